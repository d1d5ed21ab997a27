"""
A case on the engine alone: nothing listens and nothing is sent but what real activities send.

What the listener decides before a run (path, health check, caller, size) is decided by the same pure functions.
"""

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from httpreceiver_cli.checking.activities import Activities
from httpreceiver_cli.checking.hosts import CannotRun, Host, SentRequest, Subject
from httpreceiver_cli.checking.observation import Answered
from httpreceiver_listener.access import Decision, access_rule, decide
from httpreceiver_listener.clock import Clock
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE, STATUS, problem_body
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.responder import CHALLENGE
from httpreceiver_listener.routing import MalformedPath, RoutingTable
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
)
from httpreceiver_workflow.pipeline.runner import run_pipeline

CLIENT_IP: Final = "127.0.0.1"
"""Who sends the requests of cases, on every host."""


@asynccontextmanager
async def serve_on_engine(subject: Subject, activities: Activities) -> AsyncIterator[Host]:
    """Serve *subject* on the engine alone."""
    doors = activities.doors()
    try:
        yield EngineHost(subject, doors)
    finally:
        for door in doors.values():
            await door.close()


class _Refused(Exception):
    """Ends a request before its run."""

    def __init__(self, kind: FaultKind, header: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.header = header


class EngineHost:
    """One pipeline, and what lives longer than a request: the clock, the count of runs, positions in tables."""

    def __init__(self, subject: Subject, doors: Mapping[type, Performer[Any]]) -> None:
        self._pipeline = subject.pipeline
        self._rule = access_rule(subject.workflow.receiver, subject.pipeline.basic, "")
        self._table = RoutingTable([(subject.pipeline.base_path, subject.pipeline)])
        self._doors = doors
        self._clock = Clock()
        self._positions = RowPositions()
        self._runs = 0
        self._limits = Limits()

    async def send(self, request: SentRequest, answered: Callable[[], None]) -> tuple[Answered, Outcome | None]:
        """See `Host.send`."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise CannotRun("Content-Encoding is undone by the listener: check this case with --via listener.")
        path, _, query = request.path.partition("#")[0].partition("?")
        try:
            rest = self._rest_of(path)
            if request.method.upper() == "HEAD":
                answered()
                return Answered(200, {}, b""), None
            self._check(headers, request.body)
        except _Refused as refused:
            answered()
            return _refusal(refused.kind, refused.header), None
        return await self._run(self._inbound(request, rest, query, headers.get("content-type", "")), answered)

    def _rest_of(self, path: str) -> str:
        try:
            match = self._table.match(path)
        except MalformedPath:
            raise _Refused(FaultKind.BAD_REQUEST) from None
        if match is None:
            raise _Refused(FaultKind.NOT_FOUND)
        return match[1]

    def _check(self, headers: Mapping[str, str], body: bytes) -> None:
        decision = decide(self._rule, headers.get("authorization"), None)
        if decision is Decision.UNAUTHORIZED:
            raise _Refused(FaultKind.UNAUTHORIZED, CHALLENGE)
        if decision is Decision.FORBIDDEN:
            raise _Refused(FaultKind.FORBIDDEN)
        if len(body) > self._limits.body_bytes:
            raise _Refused(FaultKind.PAYLOAD_TOO_LARGE)

    def _inbound(self, request: SentRequest, rest: str, query: str, content_type: str) -> InboundRequest:
        self._runs += 1
        return InboundRequest(
            method=request.method.upper(),
            rest=rest,
            query=query,
            body=request.body,
            content_type=content_type,
            client_ip=CLIENT_IP,
            received_at=self._clock.now(),
            instance_id=self._runs,
            now=self._clock.now,
            new_uuid=lambda: str(uuid.uuid4()),
            next_row=self._positions.next_row,
            random_row=self._positions.random_row,
        )

    async def _run(self, inbound: InboundRequest, answered: Callable[[], None]) -> tuple[Answered, Outcome]:
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
                answer = _answer(effect)
                answered()
        if answer is None:
            raise RuntimeError("a run ended without an answer")
        return answer, outcome


def _answer(respond: Respond) -> Answered:
    if respond.fault is not None:
        return _refusal(respond.fault.kind, "", respond.status)
    headers = {"content-type": respond.content_type} if respond.content_type else {}
    return Answered(respond.status, headers, respond.body)


def _refusal(kind: FaultKind, header: str, status: int | None = None) -> Answered:
    status = status or STATUS[kind]
    name, _, value = header.strip().partition(": ")
    headers = {"content-type": PROBLEM_CONTENT_TYPE} | ({name.lower(): value} if name else {})
    return Answered(status, headers, problem_body(kind, "", status))
