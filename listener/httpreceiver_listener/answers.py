"""
A response as bytes: built by hand, since aiohttp's response objects cost more than a small run.
"""

from functools import lru_cache
from http import HTTPStatus
from typing import Final

from aiohttp.http import HttpVersion10, RawRequestMessage

from httpreceiver_listener.connection import Answer
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
    respond: Respond, keep_alive: bool, header: str, message: RawRequestMessage | None, date: str
) -> Answer:
    """
    Return the bytes of one response.

    Args:
        header: further header lines, each with its line end.
        message: the request, None where there was no complete one; its version and method matter.
        date: the Date header's value.
    """
    if not keep_alive:
        header += "Connection: close\r\n"
    elif message is not None and message.version == HttpVersion10:
        header += "Connection: keep-alive\r\n"
    body = respond.body
    if message is not None and message.method == "HEAD":
        body = b""
    first = first_lines(respond.status, respond.content_type, respond.reason)
    if respond.headers:
        header = "".join([f"{name}: {value}\r\n" for name, value in respond.headers]) + header
    head = f"{first}Content-Length: {len(body)}\r\nDate: {date}\r\n{header}\r\n"
    return Answer(head.encode("ascii"), body, keep_alive)
