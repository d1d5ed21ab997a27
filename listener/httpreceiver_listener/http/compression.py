"""
Whether and how an answer is compressed. Nothing here costs a receiver that does not ask for it.

Compression is off unless asked for: where a secret and text of the caller's choice stand in one answer, its compressed
size tells about the secret (BREACH).
"""

import asyncio
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import brotli
import msgspec

from httpreceiver_listener.http.framing import WITHOUT_BODY
from httpreceiver_workflow.options.framing import CompressionOptions, is_compressed_already
from httpreceiver_workflow.pipeline.effects import Respond

VARY: Final = "Vary: Accept-Encoding\r\n"
_CODING: Final = "content-encoding"
COMPRESSED_AT_ONCE: Final = 32768
"""Larger bodies are compressed off the event loop: gzip takes a millisecond for these."""
GZIP_LEVEL: Final = 6
BROTLI_QUALITY: Final = 4
"""As fast as gzip's 6, and smaller; the default of 11 is for what is compressed once and served often."""


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, GZIP_LEVEL, 31)


def _brotli(body: bytes) -> bytes:
    compressed: bytes = brotli.compress(body, quality=BROTLI_QUALITY)
    return compressed


CODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType({"br": _brotli, "gzip": _gzip})
"""Content codings we write, the one we like best first."""


class Compression:
    """`spec.compression` of one receiver, compiled."""

    def __init__(self, options: CompressionOptions) -> None:
        self._min_bytes = options.min_bytes
        self._takes = lru_cache(maxsize=64)(_type_matcher(options.types))

    async def compressed(self, respond: Respond, accepted: Iterable[str]) -> tuple[Respond, str]:
        """
        Return *respond* as this caller gets it, and the header lines that tell so.

        Args:
            accepted: the values of the request's Accept-Encoding.
        """
        if len(respond.body) < self._min_bytes or respond.status in WITHOUT_BODY:
            return respond, ""
        if not self._takes(respond.content_type) or any(name.lower() == _CODING for name, _ in respond.headers):
            return respond, ""
        coding = choose_coding(",".join(accepted))
        if coding is None:
            return respond, VARY
        coder = CODERS[coding]
        if len(respond.body) <= COMPRESSED_AT_ONCE:
            body = coder(respond.body)
        else:
            body = await asyncio.to_thread(coder, respond.body)
        return msgspec.structs.replace(respond, body=body), f"Content-Encoding: {coding}\r\n{VARY}"


def compile_compression(options: CompressionOptions | None) -> Compression | None:
    """Return what compresses a receiver's answers, None when nothing does."""
    return None if options is None else Compression(options)


@lru_cache(maxsize=256)
def choose_coding(accept_encoding: str) -> str | None:
    """
    Return the coding of ours that *accept_encoding* prefers; ours decide between equals. None: send it plain.

    A coding that is not named is accepted only by ``*``; a weight that is malformed counts as 0.

    >>> choose_coding("gzip;q=0.5, br;q=0.4"), choose_coding("*"), choose_coding("br;q=0, identity")
    ('gzip', 'br', None)
    """
    weights: dict[str, float] = {}
    for item in accept_encoding.split(","):
        name, _, parameters = item.partition(";")
        weights[name.strip().lower()] = _weight(parameters)
    fallback = weights.get("*", 0.0)
    candidates = {coding: weights.get(coding, fallback) for coding in CODERS}
    if "gzip" not in weights:
        candidates["gzip"] = weights.get("x-gzip", fallback)
    best = max(candidates, key=candidates.__getitem__)
    return best if candidates[best] > 0 and candidates[best] >= weights.get("identity", 0.0) else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if not name.strip():
        return 1.0
    whole, _, rest = value.strip().partition(".")
    # By hand, since float() also takes "nan", "1_0" and "1e9".
    if name.strip().lower() != "q" or whole not in ("0", "1") or (rest and not (rest.isdecimal() and rest.isascii())):
        return 0.0
    return min(float(f"{whole}.{rest or 0}"), 1.0)


def _type_matcher(ranges: tuple[str, ...]) -> Callable[[str], bool]:
    exact = frozenset(one for one in ranges if "*" not in one)
    patterns = [(before, after) for before, star, after in (one.partition("*") for one in ranges) if star]

    def matches(content_type: str) -> bool:
        media_type = content_type.partition(";")[0].strip().lower()
        if is_compressed_already(media_type):
            return False
        return media_type in exact or any(
            media_type.startswith(before) and media_type.endswith(after) for before, after in patterns
        )

    return matches
