"""
What the listener counts: plain numbers, to which the hot path only adds (one event loop, so no locks).

`exposition` makes of them what Prometheus reads, `metric_specs` says what each is called.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from httpreceiver_listener.telemetry.metric_specs import (
    DURATION_BOUNDS_S,
    KNOWN_METHODS,
    OTHER_METHOD,
    RUN_STAGE,
    SIZE_BOUNDS_BYTES,
    STAGE_BOUNDS_S,
)


class Exemplar(NamedTuple):
    """One value of a bucket, and the trace that it was measured in."""

    trace_id: str
    value: float
    time: datetime


class Distribution:
    """
    A histogram as plain numbers: ``counts[i]`` values were at most ``bounds[i]``, the last one above all.

    Attributes:
        exemplars: bucket's number → the newest value in it that belongs to a trace; at most one for each bucket.
    """

    __slots__ = ("bounds", "counts", "exemplars", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0
        self.exemplars: dict[int, Exemplar] = {}

    def observe(self, value: float) -> int:
        """Add one value and return the number of its bucket."""
        bucket = bisect_left(self.bounds, value)
        self.counts[bucket] += 1
        self.sum += value
        return bucket

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever observed."""
        return not any(self.counts)


class ReceiverMetrics:
    """
    The numbers of one receiver, kept while it is served. Name ``""`` counts what found no receiver.

    Attributes:
        durations_s: first digit of the status → times.
    """

    __slots__ = (
        "activities",
        "activity_time_s",
        "background_ended",
        "cut",
        "durations_s",
        "in_flight",
        "name",
        "queued",
        "rejected",
        "request_bytes",
        "requests",
        "response_bytes",
        "stages",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.in_flight = 0
        self.queued: Callable[[], int] = int
        self.rejected: dict[str, int] = {}
        self.cut: dict[tuple[str, str], int] = {}
        self.requests: dict[tuple[str, int, str, str], int] = {}
        self.durations_s: dict[int, Distribution] = {}
        self.request_bytes = Distribution(SIZE_BOUNDS_BYTES)
        self.response_bytes = Distribution(SIZE_BOUNDS_BYTES)
        self.stages = {stage: Distribution(STAGE_BOUNDS_S) for stage in ("body", "activity", RUN_STAGE)}
        self.background_ended: dict[str, int] = {}
        self.activities: dict[tuple[str, str], int] = {}
        self.activity_time_s: dict[str, Distribution] = {}

    def request_answered(self, method: str, status: int, outcome: str, stage: str) -> None:
        """Count one answer."""
        key = (method if method in KNOWN_METHODS else OTHER_METHOD, status, outcome, stage)
        self.requests[key] = self.requests.get(key, 0) + 1

    def answer_took(self, status: int, duration_s: float) -> tuple[Distribution, int]:
        """Add the time of one answer; return where it was added, for its exemplar."""
        times = self.durations_s.get(status // 100)
        if times is None:
            times = self.durations_s[status // 100] = Distribution(DURATION_BOUNDS_S)
        return times, times.observe(duration_s)

    def activity_performed(self, activity: str, outcome: str, duration_s: float) -> None:
        """Count one call of an activity."""
        self.activities[activity, outcome] = self.activities.get((activity, outcome), 0) + 1
        times = self.activity_time_s.get(activity)
        if times is None:
            times = self.activity_time_s[activity] = Distribution(STAGE_BOUNDS_S)
        times.observe(duration_s)
        self.stages["activity"].observe(duration_s)

    def request_rejected(self, reason: str) -> None:
        """Count one request that a limit kept out."""
        self.rejected[reason] = self.rejected.get(reason, 0) + 1

    def run_cut(self, reason: str, work: str) -> None:
        """Count one run that nobody waited for any longer."""
        self.cut[reason, work] = self.cut.get((reason, work), 0) + 1

    def background_run_ended(self, outcome: str) -> None:
        """Count one run that ended after its answer."""
        self.background_ended[outcome] = self.background_ended.get(outcome, 0) + 1


@dataclass(slots=True)
class SpanCounts:
    """What became of the spans that ended."""

    exported: int = 0
    failed: int = 0
    dropped: int = 0


class PortMetrics(NamedTuple):
    """What is measured of one port when scraped; expiry is None without TLS."""

    port: str
    connections: int
    expiry: float | None
    certificate_broken: bool


class ListenerMetrics:
    """
    Everything counted.

    Attributes:
        ports: asked at each scrape.
        background_runs: asked at each scrape.
        receiver_states: state → number, set by each reload.
        workers: of those that serve, the ones that live now.
    """

    def __init__(self, version: str, python: str, aiohttp: str) -> None:
        self.build = (version, python, aiohttp)
        self.loop_lag_s = 0.0
        self._receivers: dict[str, ReceiverMetrics] = {"": ReceiverMetrics("")}
        self.receiver_states: dict[str, int] = {}
        self.workers = 1
        self.workers_replaced = 0
        self.reloads = {"ok": 0, "failed": 0}
        reasons = ("head_timeout", "body_timeout", "write_timeout", "too_many", "too_many_of_peer")
        self.connections_cut = dict.fromkeys(reasons, 0)
        self.log_dropped = 0
        self.spans = SpanCounts()
        self.arriving_body_bytes = 0
        self.spooled_body_bytes = 0
        self.ports: Callable[[], Iterable[PortMetrics]] = tuple
        self.background_runs: Callable[[], int] = int

    @property
    def receivers(self) -> list[ReceiverMetrics]:
        """The numbers of all receivers, and of what found none; a copy made in one step of the interpreter."""
        return list(self._receivers.values())

    @property
    def unmatched(self) -> ReceiverMetrics:
        """The numbers of requests that found no receiver."""
        return self._receivers[""]

    def receiver(self, name: str) -> ReceiverMetrics:
        """Return the numbers of receiver *name*, which begin at zero."""
        found = self._receivers.get(name)
        if found is None:
            found = self._receivers[name] = ReceiverMetrics(name)
        return found

    def forget_all_but(self, names: set[str]) -> None:
        """Drop the numbers of receivers that are served no more, so that labels stay bounded."""
        self._receivers = {name: numbers for name, numbers in self._receivers.items() if name in names or not name}
