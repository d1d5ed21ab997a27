"""
The parts of a responder with a span around each: the request, and inside it access, queue, body, run and activities.

Each does what its plain part does. The span in force travels in the context of the task, so that nothing else knows
of it.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from multidict import MultiMapping
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
    get_current_span,
    set_span_in_context,
)

from httpreceiver_listener.admission.intake import Intake
from httpreceiver_listener.admission.patience import Wait
from httpreceiver_listener.authentication.guard import Caller
from httpreceiver_listener.limits import BodyBounds
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.refusals import Refusal
from httpreceiver_listener.requests.arrivals import Arrival
from httpreceiver_listener.requests.bodies import Bodies
from httpreceiver_listener.requests.connection import Answer, Request
from httpreceiver_listener.responder import Responder
from httpreceiver_listener.runs import Runs
from httpreceiver_listener.spans.conventions import (
    Attributes,
    answer_attributes,
    arrival_attributes,
    call_attributes,
    is_our_error,
    reply_attributes,
    route_attributes,
    span_name,
)
from httpreceiver_listener.telemetry.access_log import RequestLine
from httpreceiver_listener.telemetry.correlation import Trail, read_parent
from httpreceiver_listener.telemetry.metrics import ReceiverMetrics
from httpreceiver_listener.telemetry.records import Records
from httpreceiver_workflow.pipeline.effects import Fault, HttpCall, Reply, Respond, Send


class InForce:
    """
    A span that is in force in a block and ends with it.

    What the SDK has for this costs a third of the span itself; and what exceptions say, which may quote the request, is
    not written on it: of a refusal only its kind is.
    """

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        """Begin."""
        self._token = attach(set_span_in_context(self._span))
        return self._span

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        """End, for whatever reason."""
        detach(self._token)
        if isinstance(error, Refusal):
            self._span.set_attribute("error.type", error.kind.value)
        elif isinstance(error, asyncio.CancelledError):
            self._span.set_attribute("error.type", "cancelled")
        self._span.end()


class SpanMaker:
    """Makes the spans of one listener."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def request(self, request: Request) -> InForce:
        """Let a request be a span, which continues the caller's trace."""
        message = request.message
        return InForce(
            self._tracer.start_span(
                span_name(message.method, ""),
                _context_of(message.headers),
                SpanKind.SERVER,
                arrival_attributes(message, request.connection),
            )
        )

    def step(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Callable[[], Attributes] = dict,
    ) -> AbstractContextManager[Span]:
        """Let a step be a span inside the one in force, where somebody keeps that."""
        around = get_current_span()
        if not around.get_span_context().trace_flags.sampled:
            return nullcontext(around)
        return InForce(self._tracer.start_span(name, kind=kind, attributes=attributes()))


class WatchedResponder(Responder):
    """A responder each of whose requests is a span."""

    def __init__(self, *parts: Any, spans: SpanMaker) -> None:
        super().__init__(*parts)
        self._spans = spans

    async def answer(self, request: Request) -> Answer:
        """See `Responder`."""
        with self._spans.request(request):
            return await super().answer(request)

    async def _take_in(self, arrival: Arrival, request: Request, line: RequestLine) -> Respond:
        span = get_current_span()
        if span.is_recording():
            receiver = arrival.receiver
            attributes = route_attributes(receiver.pipeline.route, receiver.name)
            span.set_attributes(attributes)
            span.update_name(span_name(request.message.method, str(attributes["http.route"])))
        return await super()._take_in(arrival, request, line)

    async def _admit(self, arrival: Arrival, request: Request, line: RequestLine) -> Caller:
        with self._spans.step("access"):
            return await super()._admit(arrival, request, line)

    async def _enter(self, intake: Intake, within_s: float | None) -> None:
        with self._spans.step("queue"):
            await super()._enter(intake, within_s)


class WatchedBodies(Bodies):
    """Bodies with a span around each that did not come with its head."""

    def __init__(self, *parts: Any, spans: SpanMaker) -> None:
        super().__init__(*parts)
        self._spans = spans

    async def _awaited(
        self, request: Request, bounds: BodyBounds, numbers: ReceiverMetrics, until: float | None
    ) -> bytes:
        with self._spans.step("body"):
            return await super()._awaited(request, bounds, numbers, until)


class WatchedRuns(Runs):
    """Runs with a span around each, around each activity, and around what goes on after the answer."""

    def __init__(self, *parts: Any, spans: SpanMaker, **more: Any) -> None:
        super().__init__(*parts, **more)
        self._spans = spans

    async def run(
        self, arrival: Arrival, request: Request, body: bytes, line: RequestLine, wait: Wait | None
    ) -> Respond:
        """See `Runs`."""
        with self._spans.step("run"):
            return await super().run(arrival, request, body, line, wait)

    async def _perform(
        self, receiver: LiveReceiver, send: Send, line: RequestLine, trail: Trail | None
    ) -> tuple[Reply | Fault, float]:
        kind = SpanKind.CLIENT if isinstance(send.call, HttpCall) else SpanKind.INTERNAL
        with self._spans.step(send.activity_name or "activity", kind, partial(call_attributes, send)) as span:
            reply, duration = await super()._perform(receiver, send, line, _trail_in(span, trail))
            if span.is_recording():
                attributes = reply_attributes(send, reply)
                span.set_attributes(attributes)
                if "error.type" in attributes:
                    span.set_status(StatusCode.ERROR)
            return reply, duration

    async def _finish_later(self, receiver: LiveReceiver, *rest: Any, **more: Any) -> None:
        with self._spans.step("background", attributes=lambda: {"httpreceiver.receiver": receiver.name}):
            await super()._finish_later(receiver, *rest, **more)


class WatchedRecords(Records):
    """Records that know the trace of each request, and complete its span."""

    def begin(self, method: str, target: str, client: str) -> RequestLine:
        """See `Records`."""
        line = super().begin(method, target, client)
        line.trace = _trail_in(get_current_span(), None).trace_id
        return line

    def answered(
        self, numbers: ReceiverMetrics, line: RequestLine, respond: Respond, duration_s: float, trail: Trail | None
    ) -> None:
        """See `Records`."""
        span = get_current_span()
        if span.is_recording():
            span.set_attributes(answer_attributes(line, respond))
            if is_our_error(respond.status):
                span.set_status(StatusCode.ERROR)
        super().answered(numbers, line, respond, duration_s, _trail_in(span, trail))


def _context_of(headers: MultiMapping[str]) -> Context:
    """Return the context of a request: in its caller's trace, or in none, whatever else goes on in this task."""
    parent = read_parent(headers)
    if parent is None:
        return Context()
    remote = SpanContext(
        trace_id=int(parent.trace_id, 16),
        span_id=int(parent.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(parent.flags, 16)),
        trace_state=TraceState.from_header([parent.trace_state] if parent.trace_state else []),
    )
    return set_span_in_context(NonRecordingSpan(remote), Context())


def _trail_in(span: Span, trail: Trail | None) -> Trail:
    """Return what a request carries on inside *span*."""
    context = span.get_span_context()
    correlation_id = "" if trail is None else trail.correlation_id
    if not context.is_valid:
        return Trail(correlation_id)
    return Trail(
        correlation_id,
        f"{context.trace_id:032x}",
        f"{context.trace_flags:02x}",
        context.trace_state.to_header(),
        f"{context.span_id:016x}",
    )
