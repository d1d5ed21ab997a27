"""
How the end of an answer's body is told, where it is not simply its length (RFC 9112, section 6).
"""

from collections.abc import Iterator
from typing import Final

from httpreceiver_workflow.pipeline.effects import Respond

CHUNK_BYTES: Final = 65536
WITHOUT_BODY: Final = frozenset({204, 304})
"""Statuses whose answers end with their head. (1xx is never an answer of ours.)"""


def unusual_framing(respond: Respond, *, is_head: bool, is_streamed: bool, is_old: bool) -> tuple[str, bytes, bool]:
    """
    Return the header line that tells where the body ends, what follows the head, and whether only the end of the
    connection tells.

    Args:
        is_head: the request was HEAD: its answer has no body, and tells the length that GET's would have. Nothing is
            told of an empty one, whose length may be unknown rather than 0.
        is_streamed: the length is not to be declared.
        is_old: the caller's HTTP is 1.0, which knows no chunks.
    """
    body = respond.body
    if respond.status in WITHOUT_BODY:
        return "", b"", False
    if is_streamed and is_old:
        return "", b"" if is_head else body, not is_head
    if is_streamed:
        return "Transfer-Encoding: chunked\r\n", b"" if is_head else b"".join(_chunks(body)), False
    length = f"Content-Length: {len(body)}\r\n"
    if is_head:
        return length if body else "", b"", False
    return length, body, False


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK_BYTES):
        piece = body[start : start + CHUNK_BYTES]
        yield b"%x\r\n" % len(piece)
        yield piece
        yield b"\r\n"
    yield b"0\r\n\r\n"
