"""
One request: find its receiver, check its caller, read its body, drive its run, build its answer, count and log it.

Everything that can be decided at load was decided there (`receivers`). The run is the engine's generator: this module
performs each `Send` and hands the reply back in; what follows an early `Respond` goes on in the background.
"""

import asyncio
import uuid
from collections.abc import Coroutine, Generator, Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

import msgspec

from httpreceiver_listener.access_log import AccessLog, RequestLine, Throttle
from httpreceiver_listener.admission import admit, caller_address
from httpreceiver_listener.answers import answer_bytes, first_lines
from httpreceiver_listener.arrivals import Arrival, arrive
from httpreceiver_listener.authentication.guard import ANYONE, Caller
from httpreceiver_listener.background import Background
from httpreceiver_listener.bodies import Bodies
from httpreceiver_listener.clock import Clock
from httpreceiver_listener.connection import Answer, Connection, Request
from httpreceiver_listener.correlation import CORRELATION_HEADER, Trail, read_trail
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE, STATUS, problem_body
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.metric_specs import OTHER_METHOD, RUN_STAGE
from httpreceiver_listener.metrics import ListenerMetrics
from httpreceiver_listener.patience import GivenUp, Wait
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.records import Records, RunEnded
from httpreceiver_listener.refusals import RETRY_AFTER, Refusal, overloaded
from httpreceiver_listener.request_attributes import RequestAttributes
from httpreceiver_listener.row_positions import RowPositions
from httpreceiver_listener.senders import Performer
from httpreceiver_workflow.options.limits import RatePer
from httpreceiver_workflow.pipeline.effects import (
    Effect,
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
from httpreceiver_workflow.pipeline.runner import answer, run_pipeline

Run = Generator[Effect, Reply | Fault | None, Outcome]

ANSWERED: Final = Stage.RESPONSE.value
MALFORMED: Final[Mapping[int, tuple[FaultKind, str | None]]] = {
    400: (FaultKind.BAD_REQUEST, None),
    408: (FaultKind.TIMEOUT, None),
    431: (FaultKind.HEADERS_TOO_LARGE, None),
}
"""Kind and title of what the parser refuses, by status."""
MALFORMED_LINES_PER_S: Final = 10
_CORRELATION: Final = CORRELATION_HEADER.lower()


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
        self._records = Records(log, self.clock, log_fault_messages=log_fault_messages, run_ended=run_ended)
        self._positions = positions
        self._runs = 0
        self._malformed_lines = Throttle(MALFORMED_LINES_PER_S)

    # --- aiohttp's handler -------------------------------------------------------------------------------------------

    async def answer(self, request: Request) -> Answer:
        """Answer one request. Never raises: a refusal is an answer, a bug is a 500 with an id."""
        began = perf_counter()
        connection, message = request.connection, request.message
        line = self._records.begin(message.method, message.path, caller_address(connection, message))
        arrival: Arrival | None = None
        receiver: LiveReceiver | None = None
        trail: Trail | None = None
        # After a request to switch protocols the parser gives up what follows it.
        keep_alive = not (message.should_close or message.upgrade)
        header = ""
        try:
            arrival = arrive(connection.site.table, message)
            receiver = arrival.receiver
            line.receiver = receiver.name
            if receiver.logged_query is not None:
                line.query = receiver.logged_query(arrival.query)
            if receiver.correlates:
                trail = arrival.trail = read_trail(message.headers, line.id)
                line.correlation, line.trace = trail.correlation_id, trail.trace_id
            receiver.metrics.in_flight += 1
            if arrival.respond is not None:
                line.outcome, respond = arrival.outcome, arrival.respond
            else:
                respond = await self._take_in(arrival, request, line)
        except Refusal as refusal:
            respond, header = self._records.refused(refusal, line), refusal.header
            if connection.refuses_to_continue() or refusal.closes:
                keep_alive = False
        except Exception as bug:  # noqa: BLE001  the loop top: one request's bug harms no other
            respond = self._records.bug(line, bug)
        finally:
            if receiver is not None:
                receiver.metrics.in_flight -= 1
        if arrival is not None:
            header = arrival.header + header
        keep_alive = keep_alive and not (connection.closing or connection.site.is_draining)
        numbers = self.metrics.unmatched if receiver is None else receiver.metrics
        self._records.answered(numbers, line, respond, perf_counter() - began, trail)
        if trail is not None and not any(name.lower() == _CORRELATION for name, _ in respond.headers):
            header += f"{CORRELATION_HEADER}: {trail.correlation_id}\r\n"
        is_streamed = receiver is not None and receiver.streams
        return answer_bytes(respond, keep_alive, header, message, self.clock.http_date(), is_streamed=is_streamed)

    def malformed(self, connection: Connection, status: int) -> Answer:
        """Count, log (a few a second) and answer a head that the parser refused or that never ended."""
        kind, title = MALFORMED.get(status, (FaultKind.BAD_REQUEST, HTTPStatus(status).phrase))
        line = self._records.begin(OTHER_METHOD, "", connection.client_ip)
        line.status, line.outcome, line.fault, line.detail = status, "refused", kind, "malformed or incomplete head"
        if self._malformed_lines.may_log(perf_counter()):
            self._log.request(line)
        self.metrics.unmatched.request_answered(OTHER_METHOD, status, "refused", Stage.ROUTING)
        respond = Respond(status, PROBLEM_CONTENT_TYPE, problem_body(kind, line.id, status, title))
        return answer_bytes(respond, False, "", None, self.clock.http_date())

    def too_many_connections(self) -> bytes:
        """Return the whole response for a connection beyond the limit."""
        respond = Respond(503, PROBLEM_CONTENT_TYPE, problem_body(FaultKind.OVERLOADED, ""))
        answer = answer_bytes(respond, False, RETRY_AFTER, None, self.clock.http_date())
        return answer.head + answer.body

    # --- before the run ----------------------------------------------------------------------------------------------

    async def _take_in(self, arrival: Arrival, request: Request, line: RequestLine) -> Respond:
        """Serve a request when its head, its rate, its caller and its turn allow it."""
        receiver, message, caller = arrival.receiver, request.message, ANYONE
        intake, patience, now = receiver.intake, receiver.patience, asyncio.get_running_loop().time
        until = None if patience is None else patience.until(now())
        if intake is not None:
            intake.check_head(message)
            arrival.header += intake.check_rate(RatePer.CLIENT_ADDRESS, line.client, now())
        if receiver.is_guarded:
            caller = await admit(receiver, request.connection, message, arrival.query, line.client)
            line.client_name = caller.name
        if intake is None:
            return await self._serve(arrival, request, line, caller, until)
        if not caller.signs:
            arrival.header += intake.check_rate(RatePer.CLIENT_NAME, caller.name, now())
        arrival.header += intake.check_rate(RatePer.RECEIVER, "", now())
        await intake.enter(None if until is None else until - now())
        try:
            return await self._serve(arrival, request, line, caller, until)
        finally:
            intake.gate.leave()

    async def _serve(
        self, arrival: Arrival, request: Request, line: RequestLine, caller: Caller, until: float | None
    ) -> Respond:
        """Read the body and run; *until* is the loop time at which the answer must have been given."""
        receiver = arrival.receiver
        wait = None if receiver.patience is None else receiver.patience.wait(request.connection, until)
        try:
            body = await self._bodies.read(request, receiver.bodies, receiver.metrics, caller, until)
            if caller.signs:  # and who signed is known only now
                line.client_name = caller.name
                arrival.header += _counted_by_name(receiver, caller)
            line.bytes_in = len(body)
            respond = await self._run(arrival, request, body, line, wait)
        finally:
            if wait is not None:
                wait.close()
        first_lines(respond.status, respond.content_type, respond.reason)  # refuses here, where a bug is still answered
        if receiver.compression is not None:
            accepted = request.message.headers.getall("Accept-Encoding", ())
            respond, coded = await receiver.compression.compressed(respond, accepted)
            arrival.header += coded
        return respond

    # --- the run -----------------------------------------------------------------------------------------------------

    async def _run(
        self, arrival: Arrival, request: Request, body: bytes, line: RequestLine, wait: Wait | None
    ) -> Respond:
        """Run to the answer, and to the end where nothing early follows."""
        receiver, message, connection = arrival.receiver, request.message, request.connection
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
            RequestAttributes(arrival, message, connection, line.id, line.client)
            if receiver.pipeline.reads_attributes
            else None,
            line.client_name,
        )
        line.stage = ANSWERED
        if receiver.pipeline.answers_at_once:
            return self._answer(receiver, inbound, line)
        return await self._drive(receiver, inbound, line, arrival.trail, wait)

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
        inbound: InboundRequest,
        line: RequestLine,
        trail: Trail | None,
        wait: Wait | None,
    ) -> Respond:
        """Perform what the run asks for until it answers; what may go on after that has a place in the background."""
        reserved = receiver.may_outlive or wait is not None
        if reserved and not self._background.reserve():
            receiver.metrics.request_rejected("background")
            raise overloaded(Stage.RESPONSE, "too many runs go on already")
        run: Run = run_pipeline(receiver.pipeline, inbound)
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


def _counted_by_name(receiver: LiveReceiver, caller: Caller) -> str:
    """Count a request whose signature told its caller; return header lines. Raises Refusal."""
    if receiver.intake is None:
        return ""
    return receiver.intake.check_rate(RatePer.CLIENT_NAME, caller.name, asyncio.get_running_loop().time())


def _new_uuid() -> str:
    return str(uuid.uuid4())
