"""Spans for a listener, where its environment asks for them; otherwise nothing of OpenTelemetry is touched."""

import functools
from collections.abc import Callable, Mapping

from httpreceiver_listener.responder import Responder
from httpreceiver_listener.responding import Surroundings, make_responder
from httpreceiver_listener.spans.environment import objection, wants_spans
from httpreceiver_listener.telemetry.metrics import SpanCounts


class Spans:
    """
    Whether and how a listener tells of its requests.

    Args:
        tell: told in one sentence what keeps spans from being collected; in any thread, and once they are opened.

    Attributes:
        objection: why spans that are asked for are not collected; ``""`` otherwise.
    """

    def __init__(
        self, environment: Mapping[str, str], version: str, counts: SpanCounts, tell: Callable[[str], None]
    ) -> None:
        self._export = None
        self.objection = ""
        if not wants_spans(environment):
            return
        self.objection = objection(environment)
        if self.objection:
            return
        try:
            from httpreceiver_listener.spans.export import SpanExport

            self._export = SpanExport(version, counts, tell)
        except ModuleNotFoundError as missing:
            if not str(missing.name).startswith("opentelemetry"):
                raise
            self.objection = "OpenTelemetry is not installed; install httpreceiver[otel]."
        except ValueError as error:
            self.objection = f"OpenTelemetry's environment variables cannot be used: {error}."

    def responder(self, around: Surroundings) -> Responder:
        """Return what answers requests: with spans, or without ever thinking of them."""
        if self._export is None:
            return make_responder(around)
        from httpreceiver_listener.spans import watched

        made = {"spans": watched.SpanMaker(self._export.tracer())}
        return make_responder(
            around,
            responder=functools.partial(watched.WatchedResponder, **made),
            records=watched.WatchedRecords,
            bodies=functools.partial(watched.WatchedBodies, **made),
            runs=functools.partial(watched.WatchedRuns, **made),
        )

    def close(self, within_s: float) -> None:
        """Send what waits, but no longer than *within_s*; blocks."""
        if self._export is not None:
            self._export.close(within_s)
