"""
What the listener itself refuses, as an exception on the way to its answer. Faults inside a run are the engine's values.
"""

from typing import Final

from httpreceiver_workflow.pipeline.effects import FaultKind, Stage

RETRY_AFTER: Final = "Retry-After: 5\r\n"


class Refusal(Exception):
    """
    The listener itself refuses a request.

    Attributes:
        closes: the connection cannot be used for another request.
        header: extra header lines, each with its line end.
        title: of the body, where that of the kind does not fit.
        outcome: as in the metric httpreceiver_requests_total.
    """

    def __init__(
        self,
        kind: FaultKind,
        stage: Stage,
        detail: str,
        *,
        closes: bool = False,
        header: str = "",
        title: str | None = None,
        outcome: str = "refused",
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.stage = stage
        self.detail = detail
        self.closes = closes
        self.header = header
        self.title = title
        self.outcome = outcome


def overloaded(stage: Stage, detail: str, *, closes: bool = False) -> Refusal:
    """Return the refusal of what may be tried again later."""
    return Refusal(FaultKind.OVERLOADED, stage, detail, closes=closes, header=RETRY_AFTER)
