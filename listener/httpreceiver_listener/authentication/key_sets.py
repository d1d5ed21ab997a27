"""
JSON Web Key Sets: read from text, or fetched from a URL and kept.

A set is fetched again when it is old, and when a token names a key that is not in it, but not more often than twice a
minute: tokens of strangers must not make us ask. While the URL does not answer, the last set counts.
"""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

import aiohttp

from httpreceiver_listener.authentication.verdicts import Unavailable

if TYPE_CHECKING:
    import jwt

OLD_AFTER_S: Final = 600.0
BETWEEN_FETCHES_S: Final = 30.0
FETCH_TIMEOUT_S: Final = 5.0
LARGEST_SET: Final = 256 * 1024

Keys = Mapping[str, "jwt.PyJWK"]
"""Keys that may verify signatures, by their id; ``""`` for one without."""


class KeySetFault(ValueError):
    """A text is no usable key set."""


def read_key_set(text: bytes) -> Keys:
    """Return the keys of *text*; those of unknown types are left out. Raises KeySetFault when none is left."""
    import jwt

    try:
        found = jwt.PyJWKSet.from_json(text.decode())
    except (ValueError, AttributeError, TypeError, RecursionError, jwt.PyJWTError) as error:
        raise KeySetFault(f"no usable JSON Web Key Set ({type(error).__name__})") from None
    keys = {key.key_id or "": key for key in found.keys if key.public_key_use in (None, "sig")}
    if not keys:
        raise KeySetFault("no key for signatures")
    return keys


class KeySet(Protocol):
    """Where the keys of one `jwt` come from."""

    async def key(self, key_id: str) -> "jwt.PyJWK | None":
        """Return the key with that id, None when there is none. Raises Unavailable when nobody can tell."""
        ...


class FixedKeySet:
    """Keys of a ConfigMap or Secret."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def key(self, key_id: str) -> "jwt.PyJWK | None":
        """Return the key."""
        return _chosen(self._keys, key_id)


class FetchedKeySet:
    """Keys of a URL."""

    def __init__(self, url: str, session: "KeyFetcher") -> None:
        self._url = url
        self._fetcher = session
        self._keys: Keys | None = None
        self._fetched_at = -OLD_AFTER_S
        self._tried_at = -BETWEEN_FETCHES_S
        self._turn = asyncio.Lock()

    async def key(self, key_id: str) -> "jwt.PyJWK | None":
        """Return the key; fetch the set when it is old or lacks it."""
        found = _chosen(self._keys, key_id) if self._keys is not None else None
        is_old = monotonic() - self._fetched_at >= OLD_AFTER_S
        # While one caller waits for a new set, the old one is good enough for the others.
        if found is not None and (not is_old or self._turn.locked()):
            return found
        async with self._turn:
            if monotonic() - self._tried_at >= BETWEEN_FETCHES_S:
                await self._fetch()
        if self._keys is None:
            raise Unavailable("jwt: the keys cannot be fetched")
        return _chosen(self._keys, key_id)

    async def _fetch(self) -> None:
        self._tried_at = monotonic()
        try:
            self._keys = read_key_set(await self._fetcher.fetch(self._url))
            self._fetched_at = monotonic()
        except (aiohttp.ClientError, TimeoutError, KeySetFault):
            return  # the last set counts


def _chosen(keys: Keys, key_id: str) -> "jwt.PyJWK | None":
    """Return the key with *key_id*; a token that names none means the only one."""
    if not key_id and len(keys) == 1:
        return next(iter(keys.values()))
    return keys.get(key_id)


class KeyFetcher:
    """
    Fetches key sets over HTTPS, without redirects, within limits of time and size.

    Args:
        ca_file: authorities that are trusted instead of the system's.
    """

    def __init__(self, ca_file: Path | None) -> None:
        self._ca_file = ca_file
        self._sets: dict[str, FetchedKeySet] = {}
        self._session: aiohttp.ClientSession | None = None

    def key_set(self, url: str) -> FetchedKeySet:
        """Return the set of *url*, one for all receivers that name it."""
        return self._sets.setdefault(url, FetchedKeySet(url, self))

    async def fetch(self, url: str) -> bytes:
        """Return what *url* answers. Raises aiohttp.ClientError or TimeoutError."""
        if self._session is None:
            context = ssl.create_default_context(cafile=self._ca_file)
            connector = aiohttp.TCPConnector(ssl=context, limit=4)
            timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=True)
        async with self._session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise aiohttp.ClientError(f"status {answer.status}")
            text = await answer.content.read(LARGEST_SET + 1)
            while len(text) <= LARGEST_SET and (piece := await answer.content.read(LARGEST_SET)):
                text += piece
            if len(text) > LARGEST_SET:
                raise aiohttp.ClientError("too large")
            return text

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
