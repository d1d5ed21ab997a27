"""
Compressed bodies made plain, whole or not at all, and never beyond a limit.

Ours because aiohttp takes a stream that was cut off for a complete one.
"""

import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import brotli

RAW_DEFLATE: Final = -15
ZLIB: Final = 15
GZIP: Final = 31
GZIP_STEP: Final = 4096
"""How many bytes are inflated at once. A body of 500,000 empty members takes half a second so, and hours when whole."""


class TooLong(Exception):
    """The plain body is longer than allowed."""


class BrokenCoding(Exception):
    """The compressed body is malformed, was cut off, or something follows it."""


def decompressed(body: bytes, coding: str, limit: int) -> bytes:
    """
    Return *body* plain, at most *limit* bytes of it.

    Args:
        coding: one of `DECODED`.
    Raises:
        TooLong, BrokenCoding: without having inflated more than the limit.
    """
    return DECODED[coding](body, limit)


def _gunzipped(body: bytes, limit: int) -> bytes:
    """Return every member plain; in small steps, since the end of a member copies what follows it in its step."""
    pieces: list[bytes] = []
    left = limit
    stream = None
    for start in range(0, len(body), GZIP_STEP):
        fed = body[start : start + GZIP_STEP]
        while fed:
            stream = stream or zlib.decompressobj(GZIP)
            try:
                piece = stream.decompress(fed, left + 1)
            except zlib.error:
                raise BrokenCoding from None
            left -= len(piece)
            if left < 0:
                raise TooLong
            pieces.append(piece)
            fed = stream.unused_data
            if stream.eof:
                stream = None
    if stream is not None:
        raise BrokenCoding
    return b"".join(pieces)


def _undeflated(body: bytes, limit: int) -> bytes:
    if not body:
        return b""
    # What some senders call deflate lacks the zlib header.
    plain, rest = _inflated(body, ZLIB if body[0] & 0x0F == 8 else RAW_DEFLATE, limit)
    if rest:
        raise BrokenCoding
    return plain


def _inflated(body: bytes, window_bits: int, limit: int) -> tuple[bytes, bytes]:
    """Return the one stream that *body* begins with, plain, and what follows it."""
    stream = zlib.decompressobj(window_bits)
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error:
        raise BrokenCoding from None
    if len(plain) > limit:
        raise TooLong
    if not stream.eof:
        raise BrokenCoding
    return plain, stream.unused_data


def _unbrotlied(body: bytes, limit: int) -> bytes:
    if not body:
        return b""
    stream = brotli.Decompressor()
    pieces: list[bytes] = []
    left = limit
    while not stream.is_finished():
        try:
            piece = stream.process(body, output_buffer_limit=left + 1)
        except brotli.error:
            raise BrokenCoding from None  # also when something follows the stream
        if not piece and stream.can_accept_more_data() and not stream.is_finished():
            raise BrokenCoding
        body = b""
        left -= len(piece)
        if left < 0:
            raise TooLong
        pieces.append(piece)
    return b"".join(pieces)


DECODED: Final[Mapping[str, Callable[[bytes, int], bytes]]] = MappingProxyType(
    {"gzip": _gunzipped, "x-gzip": _gunzipped, "deflate": _undeflated, "br": _unbrotlied}
)
"""Content codings we decode: compressed body and limit → plain body."""
