"""
What is written down of every request: its line in the log, its numbers, and the answer that is not its run's.
"""

import os
import traceback
from collections.abc import Callable
from typing import Final

from httpreceiver_listener.clock import Clock
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE, STATUS, problem_body
from httpreceiver_listener.refusals import Refusal
from httpreceiver_listener.telemetry.access_log import AccessLog, RequestLine, logged_path
from httpreceiver_listener.telemetry.correlation import Trail
from httpreceiver_listener.telemetry.metrics import Exemplar, ReceiverMetrics
from httpreceiver_workflow.pipeline.effects import FaultKind, Outcome, OutcomeKind, Respond, Stage

RunEnded = Callable[[Outcome], object]

_ROUTED: Final = Stage.ROUTING.value
NOTIFICATIONS_LOGGED: Final = 100
"""Of one run: a loop in a workflow must not flood the log. What is left out is counted."""


class Records:
    """Begins the line of each request and completes it; nothing of it is data of the request but the path."""

    def __init__(self, log: AccessLog, clock: Clock, *, log_fault_messages: bool, run_ended: RunEnded | None) -> None:
        self._log = log
        self._clock = clock
        self._log_fault_messages = log_fault_messages
        self._run_ended = run_ended
        self._id_prefix = os.urandom(4).hex() + "-"
        self._requests = 0

    def begin(self, method: str, target: str, client: str) -> RequestLine:
        """Return the line of one request, which got no further than to be routed."""
        self._requests += 1
        path = logged_path(target)
        return RequestLine(
            self._clock.now(),
            f"{self._id_prefix}{self._requests:x}",
            "",
            method,
            path,
            0,
            "",
            _ROUTED,
            "",
            "",
            "",
            0,
            0,
            0.0,
            client,
        )

    def run_ended(self, line: RequestLine, outcome: Outcome) -> None:
        """Take over how the run ended, and log what it notified of; the texts may quote the message."""
        if self._run_ended is not None:
            self._run_ended(outcome)
        self._set_outcome(line, outcome)
        for notification in outcome.notifications[:NOTIFICATIONS_LOGGED]:
            text = {"text": notification.text} if self._log_fault_messages else {}
            place = {"id": line.id, "receiver": line.receiver, "action": notification.where}
            self._log.event("notification", critical=notification.critical, **place, **text)
        left_out = len(outcome.notifications) - NOTIFICATIONS_LOGGED
        if left_out > 0:
            self._log.event("notifications-left-out", id=line.id, receiver=line.receiver, count=left_out)

    def refused(self, refusal: Refusal, line: RequestLine) -> Respond:
        """Return the answer of a request that the listener itself refuses."""
        line.outcome, line.stage, line.fault = refusal.outcome, refusal.stage.value, refusal.kind.value
        line.detail = refusal.detail
        body = problem_body(refusal.kind, line.id, title=refusal.title)
        return Respond(STATUS[refusal.kind], PROBLEM_CONTENT_TYPE, body)

    def bug(self, line: RequestLine, error: Exception) -> Respond:
        """Log *error* with the request's id, and answer 500 without internals."""
        line.outcome, line.fault = OutcomeKind.ERRORED.value, FaultKind.INTERNAL.value
        frames = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        # The exception's text may quote the request, its type and place cannot.
        self._log.event("bug", id=line.id, error=type(error).__name__, at=" < ".join(reversed(frames[-8:])))
        return Respond(500, PROBLEM_CONTENT_TYPE, problem_body(FaultKind.INTERNAL, line.id))

    def answered(
        self, numbers: ReceiverMetrics, line: RequestLine, respond: Respond, duration_s: float, trail: Trail | None
    ) -> None:
        """Count and log one answer."""
        numbers.request_answered(line.method, respond.status, line.outcome, line.stage)
        times, bucket = numbers.answer_took(respond.status, duration_s)
        if trail is not None and trail.is_sampled:
            times.exemplars[bucket] = Exemplar(trail.trace_id, duration_s, line.time)
        numbers.request_bytes.observe(line.bytes_in)
        numbers.response_bytes.observe(len(respond.body))
        if self._log.is_on:
            line.status = respond.status
            line.bytes_out = len(respond.body)
            line.duration_ms = int(duration_s * 1e6) / 1000  # `round` to decimals costs half of encoding the line
            self._log.request(line)

    def _set_outcome(self, line: RequestLine, outcome: Outcome) -> None:
        line.outcome = outcome.kind
        fault = outcome.fault
        if fault is not None:
            line.fault, line.stage = fault.kind.value, fault.stage.value
            if self._log_fault_messages:
                line.detail = fault.message
