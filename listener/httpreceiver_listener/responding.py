"""
Puts a responder together, once for a listener's life: the plain one, or one whose parts are watched by spans.

Who collects no spans pays nothing for them: neither a question per request nor the import of OpenTelemetry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from httpreceiver_listener.background import Background
from httpreceiver_listener.clock import Clock
from httpreceiver_listener.debugging.debugger import Debugger
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.requests.bodies import Bodies
from httpreceiver_listener.responder import Responder
from httpreceiver_listener.row_positions import RowPositions
from httpreceiver_listener.runs import Runs
from httpreceiver_listener.senders import Performer
from httpreceiver_listener.telemetry.access_log import AccessLog
from httpreceiver_listener.telemetry.metrics import ListenerMetrics
from httpreceiver_listener.telemetry.records import Records, RunEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the requests of one listener have in common."""

    limits: Limits
    metrics: ListenerMetrics
    log: AccessLog
    background: Background
    performers: Mapping[type, Performer[Any]]
    positions: RowPositions
    log_fault_messages: bool
    run_ended: RunEnded | None
    debugger: Debugger | None


def make_responder(
    around: Surroundings,
    *,
    responder: Callable[..., Responder] = Responder,
    records: Callable[..., Records] = Records,
    bodies: Callable[..., Bodies] = Bodies,
    runs: Callable[..., Runs] = Runs,
) -> Responder:
    """Return a responder of parts of these kinds."""
    clock = Clock()
    kept = records(around.log, clock, log_fault_messages=around.log_fault_messages, run_ended=around.run_ended)
    driver = runs(
        kept,
        log=around.log,
        clock=clock,
        background=around.background,
        performers=around.performers,
        positions=around.positions,
    )
    read = bodies(around.limits, around.metrics)
    return responder(around.metrics, around.log, clock, kept, read, driver, around.debugger)
