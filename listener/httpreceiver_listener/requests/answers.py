"""
A response as bytes: built by hand, since aiohttp's response objects cost more than a small run.
"""

from functools import lru_cache
from http import HTTPStatus
from typing import Final

from aiohttp.http import HttpVersion11, RawRequestMessage

from httpreceiver_listener.http.framing import WITHOUT_BODY, unusual_framing
from httpreceiver_listener.requests.connection import Answer
from httpreceiver_workflow.pipeline.effects import Respond

PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


@lru_cache(maxsize=256)
def first_lines(status: int, content_type: str, reason: str = "") -> str:
    """
    Return status line and Content-Type line.

    Args:
        reason: the phrase, checked by who made it; ``""`` for the standard's.

    Raises:
        ValueError: *content_type* would break the head apart.
    """
    if not content_type.isprintable() or not content_type.isascii():
        raise ValueError("Content-Type holds characters that no header may hold")
    return f"HTTP/1.1 {status} {reason or PHRASES.get(status, '')}\r\n" + (
        f"Content-Type: {content_type}\r\n" if content_type else ""
    )


def answer_bytes(
    respond: Respond,
    keep_alive: bool,
    header: str,
    message: RawRequestMessage | None,
    date: str,
    *,
    is_streamed: bool = False,
) -> Answer:
    """
    Return the bytes of one response.

    Args:
        header: further header lines, each with its line end.
        message: the request, None where there was no complete one; its version and method matter.
        date: the Date header's value.
        is_streamed: its length is not to be declared.
    """
    is_old = message is not None and message.version < HttpVersion11
    framing, body = f"Content-Length: {len(respond.body)}\r\n", respond.body
    is_head = message is not None and message.method == "HEAD"
    if is_streamed or is_head or respond.status in WITHOUT_BODY:
        framing, body, ends = unusual_framing(respond, is_head=is_head, is_streamed=is_streamed, is_old=is_old)
        keep_alive = keep_alive and not ends
    if not keep_alive:
        header += "Connection: close\r\n"
    elif is_old:
        header += "Connection: keep-alive\r\n"
    content_type = "" if respond.status in WITHOUT_BODY else respond.content_type
    first = first_lines(respond.status, content_type, respond.reason)
    if respond.headers:
        header = "".join([f"{name}: {value}\r\n" for name, value in respond.headers]) + header
    head = f"{first}{framing}Date: {date}\r\n{header}\r\n"
    return Answer(head.encode("ascii"), body, keep_alive)
