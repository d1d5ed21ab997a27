"""Receivers with `auth`, as they are offered to a listener: what is authenticated is the answer."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from httpreceiver_workflow.credentials import HostObject
from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.options import read_options
from listening import a_request, a_served, body_of, exchange, status_of

CLOSE: Final = "Connection: close"
CLEAR: Final = {"allowInsecure": True}
"""Most of these tests speak plain HTTP."""

Objects = Mapping[str, Mapping[str, str | bytes]]


def guarded(auth: Sequence[Mapping[str, Any]], secrets: Objects | None = None, **members: Any) -> ServedReceiver:
    """Return a receiver whose answer is the name of its client; *secrets* are what the named Secrets hold."""
    options, problems = read_options({"auth": list(auth)})
    assert problems == ()
    credentials = tuple(
        HostObject("Secret", name, tuple(sorted((key, _bytes(value)) for key, value in entries.items())))
        for name, entries in (secrets or {}).items()
    )
    served = a_served(**{"ResponseMessageTemplate": "${ClientName}", "MessageType": 13, **members})
    return msgspec.structs.replace(served, options=options, credentials=credentials)


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


async def asked(port: int, *headers: str, path: str = "/v", body: bytes = b"{}") -> tuple[int, str]:
    """Return status and body of one request."""
    answer = await exchange(port, a_request(path, body, headers=[*headers, CLOSE]))
    return status_of(answer), body_of(answer).decode() if status_of(answer) == 200 else ""


def basic(text: str) -> str:
    """Return the header with the credentials *text*."""
    return f"Authorization: Basic {b64encode(text.encode()).decode()}"


def bearer(token: str) -> str:
    """Return the header with *token*."""
    return f"Authorization: Bearer {token}"
