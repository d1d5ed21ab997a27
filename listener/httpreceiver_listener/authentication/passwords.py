"""
`basic`: user names and passwords, plain or hashed.

A hash is slow on purpose, so it is computed in a thread, for few callers at a time, and what came of it is remembered
for a minute under a keyed digest: a caller who sends many passwords slows down others who send new ones, nobody else.
"""

import asyncio
import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import Mapping
from time import monotonic
from typing import Final

from httpreceiver_listener.authentication.access import basic_credentials
from httpreceiver_listener.authentication.hashes import hash_fits
from httpreceiver_listener.authentication.verdicts import Allowed, Head, Refused, Unavailable, only_value
from httpreceiver_workflow.credentials import password_scheme

REMEMBERED_S: Final = 60.0
MOST_REMEMBERED: Final = 1024
HASHES_AT_ONCE: Final = 2
MOST_WAITING: Final = 32


class _Remembered:
    """Digests that were seen within the last minute; the oldest makes room."""

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def __contains__(self, digest: bytes) -> bool:
        return self._until.get(digest, 0.0) > monotonic()

    def add(self, digest: bytes) -> None:
        self._until.pop(digest, None)
        self._until[digest] = monotonic() + REMEMBERED_S
        if len(self._until) > MOST_REMEMBERED:
            self._until.popitem(last=False)


class PasswordHashes:
    """Checks passwords against hashes. One per process: the limit on what is computed at once is for all receivers."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        # Apart, so that a flood of wrong passwords never pushes out a right one.
        self._right = _Remembered()
        self._wrong = _Remembered()
        self._turn = asyncio.Semaphore(HASHES_AT_ONCE)
        self._waiting = 0

    async def fits(self, stored: str, presented: bytes) -> bool:
        """Return whether *presented* is the password of the hash *stored*. Raises Unavailable when too many wait."""
        digest = hmac.digest(self._key, hashlib.sha256(stored.encode()).digest() + presented, "sha256")
        if digest in self._right:
            return True
        if digest in self._wrong:
            return False
        if self._waiting >= MOST_WAITING:
            raise Unavailable("basic: too many passwords are being checked")
        self._waiting += 1
        try:
            async with self._turn:
                fits = await asyncio.to_thread(hash_fits, stored, presented)
        finally:
            self._waiting -= 1
        (self._right if fits else self._wrong).add(digest)
        return fits


class BasicCheck:
    """
    `basic`.

    An unknown user's password is compared too, with another user's, so that the time an answer takes tells no names.
    """

    def __init__(self, users: Mapping[str, str], realm: str, hashes: PasswordHashes) -> None:
        self._users = users
        self._hashes = hashes
        self._challenge = f'Basic realm="{realm}", charset="UTF-8"'
        self._stand_in = max(users.values(), key=lambda stored: password_scheme(stored) or "")

    async def check(self, head: Head) -> Allowed | Refused:
        """Compare with the password of the user."""
        given = basic_credentials(only_value(head.headers, "Authorization"))
        if given is None:
            return Refused("basic: no credentials", self._challenge)
        name, _, password = given.partition(b":")
        user = name.decode("utf-8", "replace")
        stored = self._users.get(user)
        fits = await self._fits(self._stand_in if stored is None else stored, password)
        if stored is None or not fits:
            return Refused("basic: unknown user or wrong password", self._challenge)
        return Allowed(user)

    async def _fits(self, stored: str, password: bytes) -> bool:
        if password_scheme(stored):
            return await self._hashes.fits(stored, password)
        known, presented = hashlib.sha256(stored.encode()).digest(), hashlib.sha256(password).digest()
        return hmac.compare_digest(known, presented)
