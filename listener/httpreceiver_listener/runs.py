"""
The run of one request, driven: each `Send` is performed, `Respond` is the answer, and what follows an early answer, or
what nobody waits for any longer, goes on in the background.
"""

import asyncio
import uuid
from collections.abc import Coroutine, Generator, Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

import msgspec

from httpreceiver_listener.admission.patience import GivenUp, Wait
from httpreceiver_listener.background import Background
from httpreceiver_listener.clock import Clock
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE, STATUS, problem_body
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.refusals import overloaded
from httpreceiver_listener.requests.arrivals import Arrival
from httpreceiver_listener.requests.connection import Request
from httpreceiver_listener.requests.request_attributes import RequestAttributes
from httpreceiver_listener.row_positions import RowPositions
from httpreceiver_listener.senders import Performer
from httpreceiver_listener.telemetry.access_log import AccessLog, RequestLine
from httpreceiver_listener.telemetry.correlation import Trail
from httpreceiver_listener.telemetry.metric_specs import RUN_STAGE
from httpreceiver_listener.telemetry.records import Records
from httpreceiver_workflow.pipeline.effects import (
    Effect,
    Fault,
    HttpCall,
    InboundRequest,
    Outcome,
    Reply,
    Respond,
    Send,
    Stage,
)
from httpreceiver_workflow.pipeline.runner import answer, run_pipeline

Run = Generator[Effect, Reply | Fault | None, Outcome]

ANSWERED: Final = Stage.RESPONSE.value


class Runs:
    """Drives the runs of one listener."""

    def __init__(
        self,
        records: Records,
        *,
        log: AccessLog,
        clock: Clock,
        background: Background,
        performers: Mapping[type, Performer[Any]],
        positions: RowPositions,
    ) -> None:
        self._records = records
        self._log = log
        self._clock = clock
        self._background = background
        self._performers = performers
        self._positions = positions
        self._count = 0

    async def run(
        self, arrival: Arrival, request: Request, body: bytes, line: RequestLine, wait: Wait | None
    ) -> Respond:
        """Run to the answer, and to the end where nothing early follows."""
        receiver, message, connection = arrival.receiver, request.message, request.connection
        self._count += 1
        inbound = InboundRequest(
            message.method.upper(),
            arrival.rest,
            arrival.query,
            body,
            message.headers.get("Content-Type", ""),
            line.client,
            line.time,
            self._count,
            self._clock.now,
            _new_uuid,
            self._positions.next_row,
            self._positions.random_row,
            RequestAttributes(arrival, message, connection, line.id, line.client)
            if receiver.pipeline.reads_attributes
            else None,
            line.client_name,
        )
        line.stage = ANSWERED
        if arrival.debugged is not None:
            run = await arrival.debugged.run(receiver, inbound)
        elif receiver.pipeline.answers_at_once:
            return self._answer(receiver, inbound, line)
        else:
            run = run_pipeline(receiver.pipeline, inbound)
        return await self._drive(receiver, run, line, arrival.trail, wait)

    def _answer(self, receiver: LiveReceiver, inbound: InboundRequest, line: RequestLine) -> Respond:
        """Run what has nothing to wait for and ends with its answer."""
        started = perf_counter()
        respond, outcome = answer(receiver.pipeline, inbound)
        receiver.metrics.stages[RUN_STAGE].observe(perf_counter() - started)
        self._records.run_ended(line, outcome)
        return _with_body(respond, line)

    async def _drive(
        self,
        receiver: LiveReceiver,
        run: Run,
        line: RequestLine,
        trail: Trail | None,
        wait: Wait | None,
    ) -> Respond:
        """Perform what the run asks for until it answers; what may go on after that has a place in the background."""
        reserved = receiver.may_outlive or wait is not None
        if reserved and not self._background.reserve():
            receiver.metrics.request_rejected("background")
            raise overloaded(Stage.RESPONSE, "too many runs go on already")
        started = perf_counter()
        handed_over = False
        try:
            effect = next(run)
            waited = 0.0
            while isinstance(effect, Send):
                performing = self._perform(receiver, effect, line, trail)
                reply, duration = await (performing if wait is None else wait.result(performing))
                waited += duration
                effect = run.send(reply)
            receiver.metrics.stages[RUN_STAGE].observe(perf_counter() - started - waited)
            if receiver.may_outlive:
                line.outcome = "accepted"
                self._hand_over(receiver, self._finish_later(receiver, run, line, trail))
                handed_over = True
            else:
                self._records.run_ended(line, _finish(run))
            return _with_body(effect, line)
        except GivenUp as given_up:
            may_cancel = isinstance(effect, Send) and isinstance(effect.call, HttpCall)
            handed_over = self._give_up(receiver, run, given_up, line, trail, may_cancel=may_cancel)
            raise given_up.refusal() from None
        finally:
            if reserved and not handed_over:
                self._background.release()

    def _give_up(
        self,
        receiver: LiveReceiver,
        run: Run,
        given_up: GivenUp,
        line: RequestLine,
        trail: Trail | None,
        *,
        may_cancel: bool,
    ) -> bool:
        """End a run that nobody waits for, and return False; True when something of it goes on in the background."""
        effect, cancels = given_up.effect, given_up.cancels
        receiver.metrics.run_cut(given_up.cut.value, "cancelled" if cancels else "finished")
        if effect is not None and not (cancels and may_cancel):
            line.status = STATUS[given_up.kind]
            self._hand_over(receiver, self._finish_later(receiver, run, line, trail, effect, ends=cancels))
            return True
        run.close()
        if effect is not None:
            effect.cancel()
        return False

    def _hand_over(self, receiver: LiveReceiver, rest: Coroutine[Any, Any, None]) -> None:
        """Let the rest of a run go on; it keeps its receiver's place until it ends."""
        if receiver.intake is None:
            self._background.start(rest)
        else:
            receiver.intake.gate.stay()
            self._background.start(rest, receiver.intake.gate.leave)

    async def _perform(
        self, receiver: LiveReceiver, send: Send, line: RequestLine, trail: Trail | None
    ) -> tuple[Reply | Fault, float]:
        """Perform one activity; return its reply or fault, and the seconds it took."""
        began = perf_counter()
        call = send.call
        if trail is not None and isinstance(call, HttpCall):
            call = trail.continued_by(call)
        try:
            reply = await self._performers[type(call)].perform(send.activity_id, call)
        except asyncio.CancelledError:
            receiver.metrics.activity_performed(send.activity_name, "cancelled", perf_counter() - began)
            raise
        duration = perf_counter() - began
        if isinstance(reply, Fault):
            outcome: str = reply.kind
            line.activity, line.detail = send.activity_name, reply.message
        elif reply.status >= HTTPStatus.BAD_REQUEST:
            outcome = f"{reply.status // 100}xx"
            line.activity, line.detail = send.activity_name, f"answered with status {reply.status}"
        else:
            outcome = "ok"
        receiver.metrics.activity_performed(send.activity_name, outcome, duration)
        return reply, duration

    async def _finish_later(
        self,
        receiver: LiveReceiver,
        run: Run,
        answered: RequestLine,
        trail: Trail | None,
        begun: "asyncio.Task[tuple[Reply | Fault, float]] | None" = None,
        *,
        ends: bool = False,
    ) -> None:
        """
        Drive what follows an answer; its end has a log line of its own under the request's id.

        Args:
            begun: the effect that the run waits for already.
            ends: whether the run is to end with that effect, whatever would follow.
        """
        began = perf_counter()
        line = self._records.begin(answered.method, "", answered.client)
        line.id, line.receiver, line.path = answered.id, answered.receiver, answered.path
        line.stage, line.status, line.client_name = "background", answered.status, answered.client_name
        line.correlation, line.trace = answered.correlation, answered.trace
        try:
            reply: Reply | Fault | None = None
            is_answered = begun is None
            if begun is not None:
                reply, _ = await begun
                line.activity, line.detail = answered.activity, answered.detail
            if ends:
                run.close()
                line.outcome = "cut"
            while not ends:
                try:
                    effect = run.send(reply)
                except StopIteration as end:
                    self._records.run_ended(line, end.value)
                    break
                if isinstance(effect, Send):
                    reply, _ = await self._perform(receiver, effect, line, trail)
                elif is_answered:
                    raise RuntimeError("a run answered twice")
                else:
                    reply, is_answered = None, True  # its caller was told something else
        except Exception as bug:  # noqa: BLE001  the loop top of what no caller waits for
            self._records.bug(line, bug)
        receiver.metrics.background_run_ended(line.outcome)
        line.duration_ms = round((perf_counter() - began) * 1000, 3)
        self._log.request(line)


def _with_body(respond: Respond, line: RequestLine) -> Respond:
    """Return *respond*; with our problem body where the run leaves that to us."""
    if respond.fault is None:
        return respond
    body = problem_body(respond.fault.kind, line.id, respond.status)
    return msgspec.structs.replace(respond, content_type=PROBLEM_CONTENT_TYPE, body=body)


def _finish(run: Run) -> Outcome:
    """End a run that has answered and has nothing left to do."""
    try:
        effect = run.send(None)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    raise RuntimeError(f"a run that answers last went on with {type(effect).__name__}")


def _new_uuid() -> str:
    return str(uuid.uuid4())
