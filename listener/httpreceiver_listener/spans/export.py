"""
Takes spans to a collector, in batches and in a thread of its own: a request never waits for it.

What waits is bounded (OTEL_BSP_MAX_QUEUE_SIZE); what does not fit is dropped and counted. Nothing global of
OpenTelemetry is set but that its own log is silent: two listeners in one process do not meet.
"""

import logging
import os
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer

from httpreceiver_listener.telemetry.metrics import SpanCounts

SERVICE: Final = "httpreceiver"
_BOUND: Final = "OTEL_BSP_MAX_QUEUE_SIZE"
_DEFAULT_BOUND: Final = 2048
_LIBRARY_LOG: Final = logging.getLogger("opentelemetry")


class SpanExport:
    """
    The way to the collector that OpenTelemetry's environment variables name.

    Args:
        failed: told in one sentence, in the exporting thread, when batches begin to be refused.

    Raises:
        ValueError: a variable has a value that cannot be used.
    """

    def __init__(self, version: str, counts: SpanCounts, failed: Callable[[str], None]) -> None:
        ours = Resource({"service.name": SERVICE, "service.version": version, "service.instance.id": str(uuid.uuid4())})
        self._exporter = _Counted(OTLPSpanExporter(), counts, failed)
        self._provider = TracerProvider(
            resource=Resource.create().merge(ours).merge(OTELResourceDetector().detect()), shutdown_on_exit=False
        )
        self._provider.add_span_processor(_Queue(self._exporter, counts))
        # It tells of each batch that is refused; `failed` tells of the first.
        _LIBRARY_LOG.addHandler(logging.NullHandler())
        _LIBRARY_LOG.propagate = False

    def tracer(self) -> Tracer:
        """Return what makes spans."""
        return self._provider.get_tracer("httpreceiver_listener")

    def close(self, within_s: float) -> None:
        """Send what waits, but no longer than *within_s*; blocks."""
        # A collector that is gone would be tried for half a minute; the thread ends with the process.
        closing = threading.Thread(target=self._provider.shutdown, name="spans-close", daemon=True)
        closing.start()
        closing.join(within_s)


class _Counted(SpanExporter):
    """
    Counts what became of spans; says so once when they begin to fail.

    Attributes:
        taken: how many came out of the queue so far.
    """

    def __init__(self, exporter: SpanExporter, counts: SpanCounts, failed: Callable[[str], None]) -> None:
        self.taken = 0
        self._exporter = exporter
        self._counts = counts
        self._failed = failed
        self._is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send one batch."""
        self.taken += len(spans)
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._counts.exported += len(spans)
            self._is_failing = False
        else:
            self._counts.failed += len(spans)
            if not self._is_failing:
                self._failed("The collector does not take spans; see httpreceiver_spans_total.")
            self._is_failing = True
        return result

    def shutdown(self) -> None:
        """End."""
        self._exporter.shutdown()


class _Queue(BatchSpanProcessor):
    """The SDK's own processor, which drops the oldest span when its queue is full; counts how many."""

    def __init__(self, exporter: _Counted, counts: SpanCounts) -> None:
        self._bound = int(os.environ.get(_BOUND, _DEFAULT_BOUND))
        self._taker = exporter
        self._counts = counts
        self._put = 0
        super().__init__(exporter, max_queue_size=self._bound)

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span that is over; only on the event loop."""
        if span.context.trace_flags.sampled:
            if self._put - self._counts.dropped - self._taker.taken >= self._bound:
                self._counts.dropped += 1
            self._put += 1
        super().on_end(span)
