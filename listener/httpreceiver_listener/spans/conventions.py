"""
What is written on spans: OpenTelemetry's semantic conventions for HTTP, and ours under ``httpreceiver.``.

Never a body, a header but User-Agent, or a credential; of a query what the access log has, so nothing unless
`--log-query`. Source: OpenTelemetry semantic conventions, HTTP spans (stable).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from aiohttp.http import RawRequestMessage

from httpreceiver_listener.requests.connection import Connection
from httpreceiver_listener.telemetry.access_log import RequestLine, printable
from httpreceiver_listener.telemetry.metric_specs import KNOWN_METHODS, OTHER_METHOD
from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, HttpCall, Reply, Respond, Send
from httpreceiver_workflow.routes import Route

LONGEST_TEXT: Final = 256
"""Of what a caller may write as long as a header can be."""

Attributes = Mapping[str, str | int]


def arrival_attributes(message: RawRequestMessage, connection: Connection) -> Attributes:
    """Return what is known of a request from its head; samplers see it."""
    method = message.method
    known = method in KNOWN_METHODS
    found: dict[str, str | int] = {
        "http.request.method": method if known else OTHER_METHOD,
        "url.scheme": "https" if connection.is_tls else "http",
        "network.protocol.version": f"{message.version.major}.{message.version.minor}",
        "network.peer.address": connection.client_ip,
    }
    if not known:
        found["http.request.method_original"] = _bounded(method)
    agent = message.headers.get("User-Agent")
    if agent:
        found["user_agent.original"] = _bounded(agent)
    return found | _server(message.headers.get("Host", ""))


def route_attributes(route: Route, receiver: str) -> Attributes:
    """Return what is known once the receiver is found."""
    return {"http.route": f"{route.path}*" if route.is_prefix else route.path, "httpreceiver.receiver": receiver}


def answer_attributes(line: RequestLine, respond: Respond) -> Attributes:
    """Return what is known when the answer is."""
    found: dict[str, str | int] = {
        "http.response.status_code": respond.status,
        "http.request.body.size": line.bytes_in,
        "http.response.body.size": len(respond.body),
        "url.path": line.path,
        "client.address": line.client,
        "httpreceiver.request.id": line.id,
        "httpreceiver.outcome": line.outcome,
        "httpreceiver.stage": line.stage,
    }
    error = line.fault or (str(respond.status) if is_our_error(respond.status) else "")
    optional = {
        "error.type": error,
        "url.query": line.query,
        "httpreceiver.correlation_id": line.correlation,
        "httpreceiver.client.name": line.client_name,
    }
    return found | {name: value for name, value in optional.items() if value}


def is_our_error(status: int) -> bool:
    """Whether the span of a request with this answer has failed; a caller's mistake is no failure of the server."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR


def call_attributes(send: Send) -> Attributes:
    """Return what is known of an activity before it is performed; of a URL neither credentials nor query."""
    found: dict[str, str | int] = {"httpreceiver.activity": send.activity_name}
    call = send.call
    if isinstance(call, HttpCall):
        found["http.request.method"] = call.method if call.method in KNOWN_METHODS else OTHER_METHOD
        try:
            parts = urlsplit(call.url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return found  # the sender will say what is wrong with it
        found["url.full"] = printable(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")
        found["server.address"] = host
        found["server.port"] = port or (443 if parts.scheme == "https" else 80)
    elif isinstance(call, DatabaseCall):
        found["db.system.name"] = "sqlite"
    return found


def reply_attributes(send: Send, reply: Reply | Fault) -> Attributes:
    """Return what came of an activity; ``error.type`` is there when it failed."""
    if isinstance(reply, Fault):
        return {"error.type": reply.kind.value}
    if not isinstance(send.call, HttpCall):
        return {}
    if reply.status < HTTPStatus.BAD_REQUEST:
        return {"http.response.status_code": reply.status}
    return {"http.response.status_code": reply.status, "error.type": str(reply.status)}


def span_name(method: str, route: str) -> str:
    """Return the name of a request's span: few different ones, whatever callers send."""
    shown = method if method in KNOWN_METHODS else "HTTP"
    return f"{shown} {route}" if route else shown


def _server(host: str) -> dict[str, str | int]:
    """Return the address that the caller meant, as its header Host says it."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdecimal() or len(port) > len("65535"):
        return {"server.address": _bounded(host)} if host else {}
    return {"server.address": _bounded(name), "server.port": int(port)}


def _bounded(text: str) -> str:
    return printable(text[:LONGEST_TEXT])
