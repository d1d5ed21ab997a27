"""
One request: find its receiver, check its caller, read its body, drive its run, build its answer, count and log it.

Everything that can be decided at load was decided there (`receivers`); `runs` drives the engine.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Final

from httpreceiver_listener.admission.intake import Intake
from httpreceiver_listener.authentication.guard import ANYONE, Caller
from httpreceiver_listener.clock import Clock
from httpreceiver_listener.debugging.debugger import Debugger
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE, problem_body
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.refusals import RETRY_AFTER, Refusal
from httpreceiver_listener.requests.answers import answer_bytes, first_lines
from httpreceiver_listener.requests.arrivals import Arrival, arrive
from httpreceiver_listener.requests.bodies import Bodies
from httpreceiver_listener.requests.caller import admit, caller_address
from httpreceiver_listener.requests.connection import Answer, Connection, Request
from httpreceiver_listener.runs import Runs
from httpreceiver_listener.telemetry.access_log import AccessLog, RequestLine, Throttle
from httpreceiver_listener.telemetry.correlation import CORRELATION_HEADER, Trail, read_trail
from httpreceiver_listener.telemetry.metric_specs import OTHER_METHOD
from httpreceiver_listener.telemetry.metrics import ListenerMetrics
from httpreceiver_listener.telemetry.records import Records
from httpreceiver_workflow.options.limits import RatePer
from httpreceiver_workflow.pipeline.effects import (
    FaultKind,
    Respond,
    Stage,
)

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
        metrics: ListenerMetrics,
        log: AccessLog,
        clock: Clock,
        records: Records,
        bodies: Bodies,
        runs: Runs,
        debugger: Debugger | None,
    ) -> None:
        self.metrics = metrics
        self.clock = clock
        self._log = log
        self._records = records
        self._bodies = bodies
        self._runs = runs
        self._debugger = debugger
        self._malformed_lines = Throttle(MALFORMED_LINES_PER_S)

    # --- aiohttp's handler -------------------------------------------------------------------------------------------

    async def answer(self, request: Request) -> Answer:
        """Answer one request. Never raises: a refusal is an answer, a bug is a 500 with an id."""
        began = perf_counter()
        connection, message = request.connection, request.message
        line = self._records.begin(message.method, message.path, caller_address(connection, message))
        debugged = None if self._debugger is None else self._debugger.asked(message, line)
        arrival: Arrival | None = None
        receiver: LiveReceiver | None = None
        trail: Trail | None = None
        # After a request to switch protocols the parser gives up what follows it.
        keep_alive = not (message.should_close or message.upgrade)
        header = ""
        try:
            arrival = arrive(connection.site.table, message)
            receiver, arrival.debugged = arrival.receiver, debugged
            line.receiver = receiver.name
            if receiver.query_mask is not None:
                line.query = receiver.query_mask.logged(arrival.query)
            if receiver.correlates:
                trail = arrival.trail = read_trail(message.headers, line.id)
                line.correlation, line.trace = trail.correlation_id, trail.trace_id or line.trace
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
        if debugged is not None:
            debugged.answered(line, respond)
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
            caller = await self._admit(arrival, request, line)
            line.client_name = caller.name
        if intake is None:
            return await self._serve(arrival, request, line, caller, until)
        if not caller.signs:
            arrival.header += intake.check_rate(RatePer.CLIENT_NAME, caller.name, now())
        arrival.header += intake.check_rate(RatePer.RECEIVER, "", now())
        await self._enter(intake, None if until is None else until - now())
        try:
            return await self._serve(arrival, request, line, caller, until)
        finally:
            intake.gate.leave()

    async def _admit(self, arrival: Arrival, request: Request, line: RequestLine) -> Caller:
        """Return who calls. Raises Refusal."""
        return await admit(arrival.receiver, request.connection, request.message, arrival.query, line.client)

    async def _enter(self, intake: Intake, within_s: float | None) -> None:
        """Wait for a place. Raises Refusal."""
        await intake.enter(within_s)

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
            respond = await self._runs.run(arrival, request, body, line, wait)
        finally:
            if wait is not None:
                wait.close()
        first_lines(respond.status, respond.content_type, respond.reason)  # refuses here, where a bug is still answered
        if receiver.compression is not None:
            accepted = request.message.headers.getall("Accept-Encoding", ())
            respond, coded = await receiver.compression.compressed(respond, accepted)
            arrival.header += coded
        return respond


def _counted_by_name(receiver: LiveReceiver, caller: Caller) -> str:
    """Count a request whose signature told its caller; return header lines. Raises Refusal."""
    if receiver.intake is None:
        return ""
    return receiver.intake.check_rate(RatePer.CLIENT_NAME, caller.name, asyncio.get_running_loop().time())
