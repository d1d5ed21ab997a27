"""
The jobs by hand under uvicorn, without a framework: nearly the least that a server in Python does.

    uvicorn bench.peers.raw_asgi:app
"""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_visit_path = re.compile(r"/api/patient/([^/]+)/([^/]+)").fullmatch

Answer = tuple[int, bytes, bytes]
"""Status, Content-Type, body."""


def _visit(match: re.Match[str], query: str, body: bytes) -> Answer:
    try:
        patient = _decode(body)
    except msgspec.DecodeError:
        patient = None
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        return 400, b"application/json", b'{"ok":false}'
    answer = {
        "ok": True,
        "id": match[1],
        "kind": match[2],
        "site": parse_qs(query).get("siteId", ["main"])[0],
        "name": patient["name"][0]["family"],
    }
    return 200, b"application/json", _encode(answer)


def _admit(body: bytes) -> Answer:
    fields = body.decode().split("\r", 1)[0].split("|")
    if fields[0] != "MSH" or len(fields) < 12:
        return 400, b"text/plain", b""
    application, facility, sender, site, number = fields[4], fields[5], fields[2], fields[3], fields[9]
    now = f"{datetime.now():%Y%m%d%H%M%S}"
    head = f"MSH|^~\\&|{application}|{facility}|{sender}|{site}|{now}||ACK|A{number}|P|2.5"
    return 200, b"application/hl7-v2", f"{head}\rMSA|AA|{number}\r".encode()


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer one request."""
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    match = _visit_path(scope["path"])
    if match:
        status, kind, answer = _visit(match, scope["query_string"].decode(), body)
    elif scope["path"] == "/hl7/adt":
        status, kind, answer = _admit(body)
    else:
        status, kind, answer = 404, b"text/plain", b""
    headers = [(b"content-type", kind), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
