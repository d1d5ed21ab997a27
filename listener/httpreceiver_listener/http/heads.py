"""
Heads that the parser reads and nobody is served for: another HTTP server could understand them differently. Pure.

docs/attacks.md lists what each refusal answers.
"""

import re
from functools import lru_cache
from typing import Final

from aiohttp.http import HttpVersion10, HttpVersion11, RawRequestMessage

from httpreceiver_listener.refusals import Refusal
from httpreceiver_workflow.pipeline.effects import FaultKind, Stage

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[A-Za-z0-9:.%_~-]+\])(?::[0-9]*)?")
SERVED_SCHEMES: Final = frozenset({"http", "https"})


def refuse_doubtful(message: RawRequestMessage) -> None:
    """Raise Refusal, which ends the connection, for a head that must not be served."""
    if message.version != HttpVersion11:
        _refuse_old(message)
    if not _is_host(message.headers.get("Host", "")):
        raise _doubtful("the Host header is no host")
    if message.upgrade and message.method == "CONNECT":
        raise Refusal(
            FaultKind.METHOD_NOT_ALLOWED, Stage.ROUTING, "CONNECT is not served", closes=True, header="Allow: \r\n"
        )


@lru_cache(maxsize=64)  # a caller that sends ever new ones pays for the match, as without it
def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None


def _refuse_old(message: RawRequestMessage) -> None:
    if message.version != HttpVersion10:
        raise Refusal(
            FaultKind.BAD_REQUEST,
            Stage.ROUTING,
            "neither HTTP/1.0 nor HTTP/1.1",
            closes=True,
            title="This version of HTTP is not served.",
        )
    if "Transfer-Encoding" in message.headers:  # unknown to HTTP/1.0, so a proxy sees another end (RFC 9112, 6.1)
        raise _doubtful("Transfer-Encoding in HTTP/1.0")


def refuse_strange_target(message: RawRequestMessage) -> None:
    """Raise Refusal for an absolute target of another scheme, or with a user's name (RFC 9110, 4.2.4)."""
    url = message.url
    if url.scheme not in SERVED_SCHEMES or url.raw_user is not None or url.raw_password is not None:
        raise _doubtful("the absolute target is of another scheme or names a user")


def _doubtful(detail: str) -> Refusal:
    return Refusal(FaultKind.BAD_REQUEST, Stage.ROUTING, detail, closes=True)
