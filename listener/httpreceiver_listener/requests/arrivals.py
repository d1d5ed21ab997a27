"""
What the head of a request means: its receiver, and everything that is answered without running one.

400 for a malformed path, 404 where no receiver is, 405 with Allow where none takes the method, OPTIONS that no receiver
takes, HEAD that asks for health (contract 3.1), and preflights of receivers with `cors`.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp.http import RawRequestMessage

from httpreceiver_listener.debugging.debugger import DebuggedRequest
from httpreceiver_listener.http.heads import refuse_doubtful, refuse_strange_target
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.refusals import Refusal
from httpreceiver_listener.routing.table import MalformedPath, Match, Miss, RoutingTable
from httpreceiver_listener.telemetry.correlation import Trail
from httpreceiver_workflow.addresses import host_key
from httpreceiver_workflow.pipeline.effects import FaultKind, Respond, Stage

EMPTY: Final = Respond(200, "", b"")
NO_CONTENT: Final = Respond(204, "", b"")
ANSWERED_WITHOUT_RUN: Final = frozenset({"HEAD", "OPTIONS"})
"""Methods that every path of a receiver answers."""

Table = RoutingTable[LiveReceiver]


class Arrival(msgspec.Struct, gc=False):
    """
    One request whose receiver was found.

    Attributes:
        rest, uri_params: as in `routing.Match`.
        query: raw, without ``?``.
        header: header lines of every answer to it, errors too; each with its line end.
        respond: the whole answer where the receiver does not run; None where it does.
        trail: how it belongs to what came before it; None for a receiver that does not tell.
        debugged: records it; None for all but the few that ask for it and may.
        outcome: of `respond`, as in the metric httpreceiver_requests_total.
    """

    receiver: LiveReceiver
    rest: str
    uri_params: Mapping[str, str]
    query: str
    header: str = ""
    respond: Respond | None = None
    outcome: str = ""
    trail: Trail | None = None
    debugged: DebuggedRequest | None = None


def arrive(table: Table, message: RawRequestMessage) -> Arrival:
    """Return what *message* means. Raises Refusal."""
    refuse_doubtful(message)
    path, query, absolute_host = _split_target(message)
    host = _host(message, absolute_host) if table.knows_hosts else ""
    method = message.method
    try:
        found = table.match(path, method, host)
        if method == "OPTIONS":
            preflight = _preflight(table, message, path, query, host)
            if preflight is not None:
                return preflight
    except MalformedPath:
        raise Refusal(FaultKind.BAD_REQUEST, Stage.ROUTING, "malformed path") from None
    if isinstance(found, Miss):
        return _answered(found, message, query)
    receiver = found.served
    arrival = Arrival(receiver, found.rest, found.uri_params, query)
    if receiver.cors is not None:
        arrival.header = receiver.cors.answer_lines(message.headers.get("Origin"))
    if method == "HEAD" and not receiver.runs_head:
        arrival.respond, arrival.outcome = EMPTY, "health"
    return arrival


def _answered(miss: Miss[LiveReceiver], message: RawRequestMessage, query: str) -> Arrival:
    """Return the answer where no receiver takes the method."""
    nearest, method = miss.nearest, message.method
    if nearest is None:
        raise Refusal(FaultKind.NOT_FOUND, Stage.ROUTING, "no receiver at this path")
    cors = nearest.cors.answer_lines(message.headers.get("Origin")) if nearest.cors is not None else ""
    if method == "HEAD":
        return Arrival(nearest, "", {}, query, cors, EMPTY, "health")
    allow = f"{cors}Allow: {', '.join(sorted(miss.allowed | ANSWERED_WITHOUT_RUN))}\r\n"
    if method == "OPTIONS":
        return Arrival(nearest, "", {}, query, allow, NO_CONTENT, "options")
    raise Refusal(FaultKind.METHOD_NOT_ALLOWED, Stage.ROUTING, "no receiver takes this method", header=allow)


def _preflight(table: Table, message: RawRequestMessage, path: str, query: str, host: str) -> Arrival | None:
    """Return the answer to a preflight: that of the receiver the announced request means; None without its `cors`."""
    origin, method = message.headers.get("Origin"), message.headers.get("Access-Control-Request-Method")
    if origin is None or method is None:
        return None
    found = table.match(path, method, host)
    receiver = found.served if isinstance(found, Match) else found.nearest
    if receiver is None or receiver.cors is None:
        return None
    asked = message.headers.getall("Access-Control-Request-Headers", [])
    objection = "method" if isinstance(found, Miss) else receiver.cors.objection(origin, method, ",".join(asked))
    if objection:
        raise Refusal(
            FaultKind.FORBIDDEN,
            Stage.ROUTING,
            f"preflight: this {objection} is not allowed",
            header=receiver.cors.vary_lines,
            title=f"This {objection} is not allowed.",
        )
    return Arrival(receiver, "", {}, query, receiver.cors.preflight_lines(origin, method), NO_CONTENT, "preflight")


def _split_target(message: RawRequestMessage) -> tuple[str, str, str | None]:
    """Return raw path, raw query and, of an absolute target, the host; refuse ``*`` and CONNECT's address."""
    target = message.path
    if not target.startswith("/"):
        url = message.url
        if not url.scheme:
            raise Refusal(
                FaultKind.METHOD_NOT_ALLOWED, Stage.ROUTING, "the target is no path", closes=True, header="Allow: \r\n"
            )
        refuse_strange_target(message)
        return url.raw_path or "/", url.raw_query_string, url.raw_host or ""
    if "#" in target:
        target = target.partition("#")[0]
    path, _, query = target.partition("?")
    return path, query, None


def _host(message: RawRequestMessage, absolute_host: str | None) -> str:
    """Return the host a request is for; that of an absolute target counts more than the header (RFC 9112, 3.2.2)."""
    names = message.headers.getall("Host", [])
    if len(names) > 1:
        raise Refusal(FaultKind.BAD_REQUEST, Stage.ROUTING, "several Host headers", closes=True)
    return host_key(absolute_host if absolute_host is not None else "".join(names))
