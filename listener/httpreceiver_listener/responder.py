"""
One request: find its receiver, check its caller, read its body, drive its run, build its answer, count and log it.

Everything that can be decided at load was decided there (`receivers`). The run is the engine's generator: this module
performs each `Send` and hands the reply back in; what follows an early `Respond` goes on in the background.
"""

import os
import traceback
import uuid
from collections.abc import Callable, Generator, Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

import msgspec
from aiohttp.http import RawRequestMessage

from httpreceiver_listener.access_log import AccessLog, RequestLine, logged_path
from httpreceiver_listener.admission import admit, caller_address
from httpreceiver_listener.answers import answer_bytes, first_lines
from httpreceiver_listener.arrivals import Arrival, arrive
from httpreceiver_listener.authentication.guard import ANYONE
from httpreceiver_listener.background import Background
from httpreceiver_listener.bodies import Bodies
from httpreceiver_listener.clock import Clock
from httpreceiver_listener.connection import Answer, Connection, Request
from httpreceiver_listener.correlation import CORRELATION_HEADER, Trail, read_trail
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE, STATUS, problem_body
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.metrics import OTHER_METHOD, RUN_STAGE, ListenerMetrics
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.refusals import RETRY_AFTER, Refusal, overloaded
from httpreceiver_listener.request_attributes import RequestAttributes
from httpreceiver_listener.row_positions import RowPositions
from httpreceiver_listener.senders import Performer
from httpreceiver_workflow.pipeline.effects import (
    Effect,
    Fault,
    FaultKind,
    HttpCall,
    InboundRequest,
    Outcome,
    OutcomeKind,
    Reply,
    Respond,
    Send,
    Stage,
)
from httpreceiver_workflow.pipeline.runner import run_pipeline

Run = Generator[Effect, Reply | Fault | None, Outcome]
RunEnded = Callable[[Outcome], object]

ANSWERED: Final = Stage.RESPONSE.value
ROUTED: Final = Stage.ROUTING.value
MALFORMED_LINES_PER_S: Final = 10
_CORRELATION: Final = CORRELATION_HEADER.lower()
NOTIFICATIONS_LOGGED: Final = 100
"""Of one run: a loop in a workflow must not flood the log. What is left out is counted."""


class Responder:
    """Answers the requests of every port of one listener."""

    def __init__(
        self,
        *,
        limits: Limits,
        metrics: ListenerMetrics,
        log: AccessLog,
        background: Background,
        performers: Mapping[type, Performer[Any]],
        positions: RowPositions,
        log_fault_messages: bool = False,
        run_ended: RunEnded | None = None,
    ) -> None:
        self.metrics = metrics
        self.clock = Clock()
        self._bodies = Bodies(limits, metrics)
        self._log = log
        self._background = background
        self._performers = performers
        self._log_fault_messages = log_fault_messages
        self._run_ended = run_ended
        self._id_prefix = os.urandom(4).hex() + "-"
        self._positions = positions
        self._requests = 0
        self._runs = 0
        self._malformed_second = 0
        self._malformed_lines = 0

    # --- aiohttp's handler -------------------------------------------------------------------------------------------

    async def answer(self, request: Request) -> Answer:
        """Answer one request. Never raises: a refusal is an answer, a bug is a 500 with an id."""
        began = perf_counter()
        connection, message = request.connection, request.message
        line = self._line(message.method, message.path, caller_address(connection, message))
        receiver: LiveReceiver | None = None
        trail: Trail | None = None
        # After a request to switch protocols the parser gives up what follows it.
        keep_alive = not (message.should_close or message.upgrade)
        header = ""
        try:
            arrival = arrive(connection.site.table, message)
            receiver, header = arrival.receiver, arrival.header
            line.receiver = receiver.name
            if receiver.correlates:
                trail = read_trail(message.headers, line.id)
                line.correlation, line.trace = trail.correlation_id, trail.trace_id
            receiver.metrics.in_flight += 1
            if arrival.respond is not None:
                line.outcome, respond = arrival.outcome, arrival.respond
            else:
                caller = ANYONE
                if receiver.is_guarded:
                    caller = await admit(receiver, connection, message, arrival.query, line.client)
                line.client_name = caller.name
                body = await self._bodies.read(request, receiver.metrics, caller)
                line.client_name = caller.name
                line.bytes_in = len(body)
                respond = await self._run(arrival, message, body, line, connection, trail)
                first_lines(
                    respond.status, respond.content_type, respond.reason
                )  # refuses here, where a bug is still answered
                if receiver.compression is not None:
                    accepted = message.headers.getall("Accept-Encoding", ())
                    respond, coded = await receiver.compression.compressed(respond, accepted)
                    header += coded
        except Refusal as refusal:
            respond = self._refuse(refusal, line)
            header += refusal.header
            if connection.refuses_to_continue() or refusal.closes:
                keep_alive = False
        except Exception as bug:  # noqa: BLE001  the loop top: one request's bug harms no other
            respond = self._bug(line, bug)
        finally:
            if receiver is not None:
                receiver.metrics.in_flight -= 1
        keep_alive = keep_alive and not (connection.closing or connection.site.is_draining)
        self._record(receiver, line, respond, perf_counter() - began)
        if trail is not None and not any(name.lower() == _CORRELATION for name, _ in respond.headers):
            header += f"{CORRELATION_HEADER}: {trail.correlation_id}\r\n"
        is_streamed = receiver is not None and receiver.streams
        return answer_bytes(respond, keep_alive, header, message, self.clock.http_date(), is_streamed=is_streamed)

    def malformed(self, connection: Connection, status: int) -> Answer:
        """Count, log (a few a second) and answer a head that the parser refused or that never ended."""
        kind = FaultKind.TIMEOUT if status == HTTPStatus.REQUEST_TIMEOUT else FaultKind.BAD_REQUEST
        line = self._line(OTHER_METHOD, "", connection.client_ip)
        line.status, line.outcome, line.fault, line.detail = status, "refused", kind, "malformed or incomplete head"
        second = int(perf_counter())
        if second != self._malformed_second:
            self._malformed_second, self._malformed_lines = second, 0
        self._malformed_lines += 1
        if self._malformed_lines <= MALFORMED_LINES_PER_S:
            self._log.request(line)
        self.metrics.unmatched.request_answered(OTHER_METHOD, status, "refused", Stage.ROUTING)
        title = None if status in (400, 408) else HTTPStatus(status).phrase
        respond = Respond(status, PROBLEM_CONTENT_TYPE, problem_body(kind, line.id, status, title))
        return answer_bytes(respond, False, "", None, self.clock.http_date())

    def too_many_connections(self) -> bytes:
        """Return the whole response for a connection beyond the limit."""
        body = problem_body(FaultKind.OVERLOADED, "")
        answer = answer_bytes(
            Respond(503, PROBLEM_CONTENT_TYPE, body), False, RETRY_AFTER, None, self.clock.http_date()
        )
        return answer.head + answer.body

    # --- the run -----------------------------------------------------------------------------------------------------

    async def _run(
        self,
        arrival: Arrival,
        message: RawRequestMessage,
        body: bytes,
        line: RequestLine,
        connection: Connection,
        trail: Trail | None,
    ) -> Respond:
        """Drive the run to its answer, and to its end where nothing early follows."""
        receiver = arrival.receiver
        if receiver.may_outlive and not self._background.reserve():
            raise overloaded(Stage.RESPONSE, "too many runs go on already")
        self._runs += 1
        inbound = InboundRequest(
            message.method.upper(),
            arrival.rest,
            arrival.query,
            body,
            message.headers.get("Content-Type", ""),
            line.client,
            line.time,
            self._runs,
            self.clock.now,
            _new_uuid,
            self._positions.next_row,
            self._positions.random_row,
            RequestAttributes(arrival, message, connection, line.id) if receiver.pipeline.reads_attributes else None,
            line.client_name,
        )
        line.stage = ANSWERED
        run: Run = run_pipeline(receiver.pipeline, inbound)
        started = perf_counter()
        handed_over = False
        try:
            effect = next(run)
            waited = 0.0
            while isinstance(effect, Send):
                reply, duration = await self._perform(receiver, effect, line, trail)
                waited += duration
                effect = run.send(reply)
            receiver.metrics.stages[RUN_STAGE].observe(perf_counter() - started - waited)
            if receiver.may_outlive:
                line.outcome = "accepted"
                self._background.start(self._finish_later(receiver, run, line, trail))
                handed_over = True
            else:
                self._ended(line, _finish(run))
            if effect.fault is not None:
                return msgspec.structs.replace(
                    effect,
                    content_type=PROBLEM_CONTENT_TYPE,
                    body=problem_body(effect.fault.kind, line.id, effect.status),
                )
            return effect
        finally:
            if receiver.may_outlive and not handed_over:
                self._background.release()

    async def _perform(
        self, receiver: LiveReceiver, send: Send, line: RequestLine, trail: Trail | None
    ) -> tuple[Reply | Fault, float]:
        """Perform one activity; return its reply or fault, and the seconds it took."""
        began = perf_counter()
        call = send.call
        if trail is not None and isinstance(call, HttpCall):
            call = trail.continued_by(call)
        reply = await self._performers[type(call)].perform(send.activity_id, call)
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

    async def _finish_later(self, receiver: LiveReceiver, run: Run, answered: RequestLine, trail: Trail | None) -> None:
        """Drive what follows an early answer; its end has a log line of its own under the request's id."""
        began = perf_counter()
        line = self._line(answered.method, "", answered.client)
        line.id, line.receiver, line.path = answered.id, answered.receiver, answered.path
        line.stage, line.status, line.client_name = "background", answered.status, answered.client_name
        line.correlation, line.trace = answered.correlation, answered.trace
        try:
            reply: Reply | Fault | None = None
            while True:
                try:
                    effect = run.send(reply)
                except StopIteration as end:
                    self._ended(line, end.value)
                    break
                if not isinstance(effect, Send):
                    raise RuntimeError("a run answered twice")
                reply, _ = await self._perform(receiver, effect, line, trail)
        except Exception as bug:  # noqa: BLE001  the loop top of what no caller waits for
            self._bug(line, bug)
        receiver.metrics.background_run_ended(line.outcome)
        line.duration_ms = round((perf_counter() - began) * 1000, 3)
        self._log.request(line)

    # --- the record --------------------------------------------------------------------------------------------------

    def _line(self, method: str, target: str, client: str) -> RequestLine:
        self._requests += 1
        path = logged_path(target)
        return RequestLine(
            self.clock.now(),
            f"{self._id_prefix}{self._requests:x}",
            "",
            method,
            path,
            0,
            "",
            ROUTED,
            "",
            "",
            "",
            0,
            0,
            0.0,
            client,
        )

    def _ended(self, line: RequestLine, outcome: Outcome) -> None:
        """Take over how the run ended, and log what it notified of; the texts may quote the message."""
        if self._run_ended is not None:
            self._run_ended(outcome)
        _set_outcome(line, outcome, self._log_fault_messages)
        for notification in outcome.notifications[:NOTIFICATIONS_LOGGED]:
            text = {"text": notification.text} if self._log_fault_messages else {}
            place = {"id": line.id, "receiver": line.receiver, "action": notification.where}
            self._log.event("notification", critical=notification.critical, **place, **text)
        left_out = len(outcome.notifications) - NOTIFICATIONS_LOGGED
        if left_out > 0:
            self._log.event("notifications-left-out", id=line.id, receiver=line.receiver, count=left_out)

    def _refuse(self, refusal: Refusal, line: RequestLine) -> Respond:
        line.outcome, line.stage, line.fault = "refused", refusal.stage.value, refusal.kind.value
        line.detail = refusal.detail
        body = problem_body(refusal.kind, line.id, title=refusal.title)
        return Respond(STATUS[refusal.kind], PROBLEM_CONTENT_TYPE, body)

    def _bug(self, line: RequestLine, error: Exception) -> Respond:
        """Log *error* with the request's id, and answer 500 without internals."""
        line.outcome, line.fault = OutcomeKind.ERRORED.value, FaultKind.INTERNAL.value
        frames = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        # The exception's text may quote the request, its type and place cannot.
        self._log.event("bug", id=line.id, error=type(error).__name__, at=" < ".join(reversed(frames[-8:])))
        return Respond(500, PROBLEM_CONTENT_TYPE, problem_body(FaultKind.INTERNAL, line.id))

    def _record(self, receiver: LiveReceiver | None, line: RequestLine, respond: Respond, duration_s: float) -> None:
        numbers = self.metrics.unmatched if receiver is None else receiver.metrics
        numbers.request_answered(line.method, respond.status, line.outcome, line.stage)
        numbers.duration_s.observe(duration_s)
        numbers.request_bytes.observe(line.bytes_in)
        numbers.response_bytes.observe(len(respond.body))
        if self._log.is_on:
            line.status = respond.status
            line.bytes_out = len(respond.body)
            line.duration_ms = round(duration_s * 1000, 3)
            self._log.request(line)


def _finish(run: Run) -> Outcome:
    """End a run that has answered and has nothing left to do."""
    try:
        effect = run.send(None)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    raise RuntimeError(f"a run that answers last went on with {type(effect).__name__}")


def _set_outcome(line: RequestLine, outcome: Outcome, with_message: bool) -> None:
    line.outcome = outcome.kind.value
    fault = outcome.fault
    if fault is not None:
        line.fault, line.stage = fault.kind.value, fault.stage.value
        if with_message:
            line.detail = fault.message


def _new_uuid() -> str:
    return str(uuid.uuid4())
