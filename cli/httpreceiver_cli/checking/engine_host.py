"""
A case on the engine alone: nothing listens and nothing is sent but what real activities send.

What the listener decides before a run (path, health check, caller, size) is decided by the same pure functions.
"""

import uuid
from asyncio import BaseTransport
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from aiohttp.http import HttpVersion11, RawRequestMessage
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from httpreceiver_cli.checking.activities import Activities
from httpreceiver_cli.checking.hosts import CannotRun, Host, SentRequest, Subject
from httpreceiver_cli.checking.observation import Answered
from httpreceiver_listener.authentication.compile import GuardMaker
from httpreceiver_listener.authentication.guard import ANYONE, Caller
from httpreceiver_listener.authentication.key_sets import KeyFetcher
from httpreceiver_listener.authentication.verdicts import Head
from httpreceiver_listener.clock import Clock
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE, STATUS, problem_body
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.receivers import Catalogue, LiveReceiver
from httpreceiver_listener.refusals import Refusal
from httpreceiver_listener.requests.arrivals import Arrival, arrive
from httpreceiver_listener.requests.request_attributes import RequestAttributes
from httpreceiver_listener.routing.table import RoutingTable
from httpreceiver_listener.row_positions import RowPositions
from httpreceiver_listener.senders import Performer
from httpreceiver_listener.telemetry.correlation import CORRELATION_HEADER, Trail, read_trail
from httpreceiver_listener.telemetry.metrics import ListenerMetrics
from httpreceiver_workflow.pipeline.effects import (
    Fault,
    FaultKind,
    HttpCall,
    InboundRequest,
    Outcome,
    Reply,
    Respond,
    Send,
    Stage,
)
from httpreceiver_workflow.pipeline.runner import run_pipeline

CLIENT_IP: Final = "127.0.0.1"
"""Who sends the requests of cases, on every host."""


class _Line(NamedTuple):
    """What a request came in on, as its attributes ask for it."""

    transport: BaseTransport
    is_tls: bool


_NO_LINE: Final = _Line(BaseTransport({"peername": (CLIENT_IP, 0), "sockname": (CLIENT_IP, 0)}), is_tls=False)
"""Plain HTTP within loopback; no network carries these requests."""


@asynccontextmanager
async def serve_on_engine(subject: Subject, activities: Activities) -> AsyncIterator[Host]:
    """Serve *subject* on the engine alone."""
    doors, keys = activities.doors(), KeyFetcher(None)
    try:
        yield EngineHost(subject, doors, keys)
    finally:
        await keys.close()
        for door in doors.values():
            await door.close()


class EngineHost:
    """One receiver, and what lives longer than a request: the clock, the count of runs, positions in tables."""

    def __init__(self, subject: Subject, doors: Mapping[type, Performer[Any]], keys: KeyFetcher) -> None:
        """
        Make ready what the listener would serve.

        Raises:
            CannotRun: it would not serve it.
        """
        endpoint = subject.endpoint
        [served] = endpoint.receivers
        catalogue = Catalogue(ListenerMetrics("", "", ""), GuardMaker(keys), Limits())
        receiver = catalogue.update(endpoint, served)
        if receiver is None:
            raise CannotRun(f"The workflow is not served: {catalogue.state(endpoint, served).message}")
        self._table: RoutingTable[LiveReceiver] = RoutingTable()
        self._table.add(receiver.pipeline.route, receiver)
        self._pipeline = receiver.pipeline
        self._doors = doors
        self._clock = Clock()
        self._positions = RowPositions()
        self._runs = 0

    async def send(self, request: SentRequest, answered: Callable[[], None]) -> tuple[Answered, Outcome | None]:
        """See `Host.send`."""
        message = _head(request)
        if message.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            raise CannotRun("Content-Encoding is undone by the listener: check this case with --via listener.")
        header = ""
        try:
            arrival = arrive(self._table, message)
            header = arrival.header
            if arrival.respond is not None:
                answered()
                return _answer(arrival.respond, header), None
            caller = await self._admitted(arrival, message, request.body)
        except Refusal as refused:
            answered()
            return _refusal(refused.kind, header + refused.header, title=refused.title), None
        inbound = self._inbound(request, arrival, message, caller)
        trail = read_trail(message.headers, self._id()) if arrival.receiver.correlates else None
        return await self._run(inbound, answered, header, trail)

    async def _admitted(self, arrival: Arrival, message: RawRequestMessage, body: bytes) -> Caller:
        """Return who calls; raise Refusal for a caller that may not come in, and a head or body that is too large."""
        receiver, caller = arrival.receiver, ANYONE
        if receiver.intake is not None:
            receiver.intake.check_head(message)
        if receiver.guard is not None:
            head = Head(message.method, message.path, arrival.query, message.headers, CLIENT_IP, False, tuple)
            caller = await receiver.guard.admit(head, None)
        if len(body) > receiver.bodies.limit_bytes:
            raise Refusal(FaultKind.PAYLOAD_TOO_LARGE, Stage.BODY, "")
        if caller.signs:
            await caller.verify(body)
        return caller

    def _inbound(
        self, request: SentRequest, arrival: Arrival, message: RawRequestMessage, caller: Caller
    ) -> InboundRequest:
        self._runs += 1
        reads_attributes = arrival.receiver.pipeline.reads_attributes
        return InboundRequest(
            method=request.method.upper(),
            rest=arrival.rest,
            query=arrival.query,
            body=request.body,
            content_type=message.headers.get("Content-Type", ""),
            client_ip=CLIENT_IP,
            received_at=self._clock.now(),
            instance_id=self._runs,
            now=self._clock.now,
            new_uuid=lambda: str(uuid.uuid4()),
            next_row=self._positions.next_row,
            random_row=self._positions.random_row,
            attributes=RequestAttributes(arrival, message, _NO_LINE, self._id(), CLIENT_IP)
            if reads_attributes
            else None,
            client_name=caller.name,
        )

    def _id(self) -> str:
        """Return the id of the run: what the access log would have."""
        return f"check-{self._runs}"

    async def _run(
        self, inbound: InboundRequest, answered: Callable[[], None], header: str, trail: Trail | None
    ) -> tuple[Answered, Outcome]:
        run = run_pipeline(self._pipeline, inbound)
        answer: Answered | None = None
        reply: Reply | Fault | None = None
        while True:
            try:
                effect = run.send(reply)
            except StopIteration as end:
                outcome: Outcome = end.value
                break
            reply = None
            if isinstance(effect, Send):
                call = effect.call
                if trail is not None and isinstance(call, HttpCall):
                    call = trail.continued_by(call)
                reply = await self._doors[type(call)].perform(effect.activity_id, call)
            else:
                answer = _answer(effect, header if trail is None else header + _correlation(effect, trail))
                answered()
        if answer is None:
            raise RuntimeError("a run ended without an answer")
        return answer, outcome


def _head(request: SentRequest) -> RawRequestMessage:
    """Return *request* as the listener's parser would hand it over."""
    headers = CIMultiDict(request.headers)
    headers.setdefault("Host", "localhost")
    raw = tuple((name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers.items())
    url = URL(request.path, encoded=True)
    return RawRequestMessage(
        request.method, request.path, HttpVersion11, CIMultiDictProxy(headers), raw, False, None, False, False, url
    )


def _correlation(respond: Respond, trail: Trail) -> str:
    """Return the line that tells the caller its correlation id, unless the answer has one of its own."""
    if any(name.lower() == CORRELATION_HEADER.lower() for name, _ in respond.headers):
        return ""
    return f"{CORRELATION_HEADER}: {trail.correlation_id}\r\n"


def _answer(respond: Respond, header: str) -> Answered:
    content_type, body = respond.content_type, respond.body
    if respond.fault is not None:
        content_type, body = PROBLEM_CONTENT_TYPE, problem_body(respond.fault.kind, "", respond.status)
    own = {name.lower(): value for name, value in respond.headers}
    return Answered(
        respond.status, own | _lines(header) | ({"content-type": content_type} if content_type else {}), body
    )


def _refusal(kind: FaultKind, header: str, title: str | None = None) -> Answered:
    headers = {"content-type": PROBLEM_CONTENT_TYPE} | _lines(header)
    return Answered(STATUS[kind], headers, problem_body(kind, "", STATUS[kind], title))


def _lines(header: str) -> dict[str, str]:
    """Return header lines by lower-case name."""
    named = (line.partition(": ") for line in header.splitlines())
    return {name.lower(): value for name, _, value in named if name}
