"""
A case on the engine alone: nothing listens and nothing is sent but what real activities send.

What the listener decides before a run (path, health check, caller, size) is decided by the same pure functions.
"""

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp.http import HttpVersion11, RawRequestMessage
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from httpreceiver_cli.checking.activities import Activities
from httpreceiver_cli.checking.hosts import CannotRun, Host, SentRequest, Subject
from httpreceiver_cli.checking.observation import Answered
from httpreceiver_listener.arrivals import Arrival, arrive
from httpreceiver_listener.authentication.compile import GuardMaker
from httpreceiver_listener.authentication.guard import ANYONE, Caller
from httpreceiver_listener.authentication.key_sets import KeyFetcher
from httpreceiver_listener.authentication.verdicts import Head
from httpreceiver_listener.clock import Clock
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE, STATUS, problem_body
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.metrics import ListenerMetrics
from httpreceiver_listener.receivers import Catalogue, LiveReceiver
from httpreceiver_listener.refusals import Refusal
from httpreceiver_listener.routing import RoutingTable
from httpreceiver_listener.row_positions import RowPositions
from httpreceiver_listener.senders import Performer
from httpreceiver_workflow.pipeline.effects import (
    Fault,
    FaultKind,
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
        inbound = self._inbound(request, arrival, message.headers.get("Content-Type", ""), caller)
        answer, outcome = await self._run(inbound, answered, header)
        return answer, outcome

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

    def _inbound(self, request: SentRequest, arrival: Arrival, content_type: str, caller: Caller) -> InboundRequest:
        self._runs += 1
        return InboundRequest(
            method=request.method.upper(),
            rest=arrival.rest,
            query=arrival.query,
            body=request.body,
            content_type=content_type,
            client_ip=CLIENT_IP,
            received_at=self._clock.now(),
            instance_id=self._runs,
            now=self._clock.now,
            new_uuid=lambda: str(uuid.uuid4()),
            next_row=self._positions.next_row,
            random_row=self._positions.random_row,
            client_name=caller.name,
        )

    async def _run(
        self, inbound: InboundRequest, answered: Callable[[], None], header: str
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
                reply = await self._doors[type(effect.call)].perform(effect.activity_id, effect.call)
            else:
                answer = _answer(effect, header)
                answered()
        if answer is None:
            raise RuntimeError("a run ended without an answer")
        return answer, outcome


def _head(request: SentRequest) -> RawRequestMessage:
    """Return *request* as the listener's parser would hand it over."""
    headers = CIMultiDict(request.headers)
    headers.setdefault("Host", "localhost")
    url = URL(request.path, encoded=True)
    return RawRequestMessage(
        request.method, request.path, HttpVersion11, CIMultiDictProxy(headers), (), False, None, False, False, url
    )


def _answer(respond: Respond, header: str) -> Answered:
    if respond.fault is not None:
        return _refusal(respond.fault.kind, header, respond.status)
    headers = _lines(header) | ({"content-type": respond.content_type} if respond.content_type else {})
    return Answered(respond.status, headers, respond.body)


def _refusal(kind: FaultKind, header: str, status: int | None = None, title: str | None = None) -> Answered:
    status = status or STATUS[kind]
    headers = {"content-type": PROBLEM_CONTENT_TYPE} | _lines(header)
    return Answered(status, headers, problem_body(kind, "", status, title))


def _lines(header: str) -> dict[str, str]:
    """Return header lines by lower-case name."""
    named = (line.partition(": ") for line in header.splitlines())
    return {name.lower(): value for name, _, value in named if name}
