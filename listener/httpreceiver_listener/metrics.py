"""
What the listener counts: every name, label and bucket in one place. `docs/metrics.md` is made from `METRICS`.

The hot path only adds to plain numbers (one event loop, so no locks). Prometheus families are built when scraped, in a
thread: tables are copied before they are walked, and a number may be one request older than its neighbour. What never
happened has no series, so that a thousand idle receivers cost a scrape nothing.
Every label value is bounded: receivers, activities and stages come from what is served, methods from a closed list.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

KNOWN_METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT"})
OTHER_METHOD: Final = "_OTHER"
RUN_STAGE: Final = "run"
"""The engine's own work: filters, transformers, templates; without waiting for the body or for activities."""

DURATION_BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STAGE_BOUNDS_S: Final = (0.0005, 0.002, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0)
SIZE_BOUNDS_BYTES: Final = (1024.0, 8192.0, 65536.0, 524288.0, 4194304.0)


Key = TypeVar("Key")
Value = TypeVar("Value")


class Merge(StrEnum):
    """What several workers' values of one series are together, with `serve --workers`."""

    SUM = "sum"
    """Amounts. Counters and histograms keep what workers counted that have ended."""
    LOWEST = "lowest"
    HIGHEST = "highest"
    WHOLE = "whole"
    """Not known of one worker: the parent tells it of all."""


class MetricSpec(NamedTuple):
    """One row of docs/metrics.md."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    merge: Merge = Merge.SUM


REQUESTS: Final = MetricSpec(
    "httpreceiver_requests_total",
    "counter",
    ("receiver", "method", "status", "outcome", "stage"),
    "Requests answered. receiver is empty where no receiver was found; outcome is completed, filtered, errored, "
    "accepted (answered before its run ended), health (HEAD), options, preflight, refused or cut (it lasted too long, "
    "or its caller left: status 499, which nobody saw); stage says how far the request came.",
)
REQUEST_DURATION: Final = MetricSpec(
    "httpreceiver_request_duration_seconds",
    "histogram",
    ("receiver",),
    "From the complete head of a request to its answer.",
)
REQUEST_SIZE: Final = MetricSpec(
    "httpreceiver_request_size_bytes", "histogram", ("receiver",), "Size of request bodies, decompressed."
)
RESPONSE_SIZE: Final = MetricSpec(
    "httpreceiver_response_size_bytes", "histogram", ("receiver",), "Size of response bodies."
)
STAGE_DURATION: Final = MetricSpec(
    "httpreceiver_stage_duration_seconds",
    "histogram",
    ("receiver", "stage"),
    "Where a request's time goes: body (waiting for one that did not come with its head), activity (waiting for other "
    "systems), run (our own work).",
)
IN_FLIGHT: Final = MetricSpec("httpreceiver_requests_in_flight", "gauge", ("receiver",), "Requests being answered now.")
QUEUED: Final = MetricSpec(
    "httpreceiver_requests_queued",
    "gauge",
    ("receiver",),
    "Requests that wait for one of their receiver's limits.concurrency places; they are in flight too.",
)
REJECTED: Final = MetricSpec(
    "httpreceiver_requests_rejected_total",
    "counter",
    ("receiver", "reason"),
    "Requests refused by a limit of their receiver: headers, rate, queue_full, queue_timeout, body_size, body_time, "
    "memory (bodies arriving at once), background (runs that go on already).",
)
CUT: Final = MetricSpec(
    "httpreceiver_runs_cut_total",
    "counter",
    ("receiver", "reason", "work"),
    "Runs nobody waited for any longer; reason is timeout or client_gone, work is cancelled or finished (it goes on in "
    "the background).",
)
BACKGROUND: Final = MetricSpec(
    "httpreceiver_background_runs_active", "gauge", (), "Runs that go on now after their request was answered."
)
BUFFERED: Final = MetricSpec(
    "httpreceiver_arriving_body_bytes", "gauge", (), "Bytes held of bodies that have not arrived completely yet."
)
SPOOLED: Final = MetricSpec(
    "httpreceiver_spooled_body_bytes", "gauge", (), "Bytes in files of bodies that have not arrived completely yet."
)
BACKGROUND_ENDED: Final = MetricSpec(
    "httpreceiver_background_runs_total",
    "counter",
    ("receiver", "outcome"),
    "Runs that ended after their request was answered: completed, filtered or errored.",
)
ACTIVITY_CALLS: Final = MetricSpec(
    "httpreceiver_activity_calls_total",
    "counter",
    ("receiver", "activity", "outcome"),
    "Activities performed; outcome is ok, an HTTP status class such as 5xx, or the kind of fault.",
)
ACTIVITY_DURATION: Final = MetricSpec(
    "httpreceiver_activity_duration_seconds", "histogram", ("receiver", "activity"), "Time an activity took."
)
RELOADS: Final = MetricSpec(
    "httpreceiver_reloads_total",
    "counter",
    ("result",),
    "Times the served receivers changed; ok or failed.",
    Merge.WHOLE,
)
RECEIVERS: Final = MetricSpec("httpreceiver_receivers", "gauge", ("state",), "Receivers by state.", Merge.WHOLE)
WORKERS: Final = MetricSpec(
    "httpreceiver_workers",
    "gauge",
    (),
    "Processes that serve: 1, or with `serve --workers` those that live now.",
    Merge.WHOLE,
)
WORKERS_REPLACED: Final = MetricSpec(
    "httpreceiver_workers_replaced_total", "counter", (), "Workers that ended unasked and got a successor.", Merge.WHOLE
)
CERTIFICATE_EXPIRY: Final = MetricSpec(
    "httpreceiver_certificate_expiry_timestamp_seconds",
    "gauge",
    ("port",),
    "When the server certificate of an HTTPS port expires, in Unix time.",
    Merge.LOWEST,
)
CERTIFICATE_RELOAD_FAILED: Final = MetricSpec(
    "httpreceiver_certificate_reload_failed",
    "gauge",
    ("port",),
    "1 while the certificate files of a port cannot be used and the last good pair is served.",
    Merge.HIGHEST,
)
CONNECTIONS: Final = MetricSpec("httpreceiver_connections", "gauge", ("port",), "Open connections.")
CONNECTIONS_CUT: Final = MetricSpec(
    "httpreceiver_connections_cut_total",
    "counter",
    ("reason",),
    "Connections the listener ended: head_timeout, body_timeout, write_timeout, too_many, too_many_of_peer.",
)
LOG_DROPPED: Final = MetricSpec(
    "httpreceiver_access_log_dropped_total", "counter", (), "Access-log lines dropped because nobody read them."
)
BUILD_INFO: Final = MetricSpec(
    "httpreceiver_build_info", "gauge", ("version", "python", "aiohttp"), "Always 1; says what runs.", Merge.HIGHEST
)

METRICS: Final = (
    REQUESTS,
    REQUEST_DURATION,
    REQUEST_SIZE,
    RESPONSE_SIZE,
    STAGE_DURATION,
    IN_FLIGHT,
    QUEUED,
    REJECTED,
    CUT,
    BACKGROUND,
    BUFFERED,
    SPOOLED,
    BACKGROUND_ENDED,
    ACTIVITY_CALLS,
    ACTIVITY_DURATION,
    RELOADS,
    RECEIVERS,
    WORKERS,
    WORKERS_REPLACED,
    CERTIFICATE_EXPIRY,
    CERTIFICATE_RELOAD_FAILED,
    CONNECTIONS,
    CONNECTIONS_CUT,
    LOG_DROPPED,
    BUILD_INFO,
)


class Distribution:
    """A histogram as plain numbers: ``counts[i]`` values were at most ``bounds[i]``, the last one above all."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Add one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever observed."""
        return not any(self.counts)

    def buckets(self) -> list[tuple[str, float]]:
        """Return the cumulative buckets as Prometheus wants them."""
        total = 0
        rows: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            total += count
            rows.append((bound, total))
        return rows


class ReceiverMetrics:
    """The numbers of one receiver, kept while it is served. Name ``""`` counts what found no receiver."""

    __slots__ = (
        "activities",
        "activity_time_s",
        "background_ended",
        "cut",
        "duration_s",
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
        self.duration_s = Distribution(DURATION_BOUNDS_S)
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


class PortMetrics(NamedTuple):
    """What is measured of one port when scraped; expiry is None without TLS."""

    port: str
    connections: int
    expiry: float | None
    certificate_broken: bool


class ListenerMetrics(Collector):
    """
    Everything counted, as one collector with a registry of its own.

    Attributes:
        ports: asked at each scrape.
        background_runs: asked at each scrape.
        receiver_states: state → number, set by each reload.
        workers: of those that serve, the ones that live now.
    """

    def __init__(self, version: str, python: str, aiohttp: str) -> None:
        self._build = (version, python, aiohttp)
        self._receivers: dict[str, ReceiverMetrics] = {"": ReceiverMetrics("")}
        self.receiver_states: dict[str, int] = {}
        self.workers = 1
        self.workers_replaced = 0
        self.reloads = {"ok": 0, "failed": 0}
        reasons = ("head_timeout", "body_timeout", "write_timeout", "too_many", "too_many_of_peer")
        self.connections_cut = dict.fromkeys(reasons, 0)
        self.log_dropped = 0
        self.arriving_body_bytes = 0
        self.spooled_body_bytes = 0
        self.ports: Callable[[], Iterable[PortMetrics]] = tuple
        self.background_runs: Callable[[], int] = int
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

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

    def collect(self) -> Iterator[Metric]:
        """Build the families of one scrape."""
        numbers = list(self._receivers.values())
        yield self._requests(numbers)
        yield _histogram(REQUEST_DURATION, [((one.name,), one.duration_s) for one in numbers])
        yield _histogram(REQUEST_SIZE, [((one.name,), one.request_bytes) for one in numbers])
        yield _histogram(RESPONSE_SIZE, [((one.name,), one.response_bytes) for one in numbers])
        yield _histogram(STAGE_DURATION, [((one.name, stage), d) for one in numbers for stage, d in one.stages.items()])
        yield _gauge(IN_FLIGHT, [((one.name,), one.in_flight) for one in numbers if one.requests or one.in_flight])
        yield _gauge(QUEUED, [((one.name,), one.queued()) for one in numbers if one.queued is not int])
        yield _counter(REJECTED, [((one.name, reason), n) for one in numbers for reason, n in _rows(one.rejected)])
        yield _counter(CUT, [((one.name, *key), n) for one in numbers for key, n in _rows(one.cut)])
        yield _gauge(BACKGROUND, [((), self.background_runs())])
        yield _gauge(BUFFERED, [((), self.arriving_body_bytes)])
        yield _gauge(SPOOLED, [((), self.spooled_body_bytes)])
        yield _counter(
            BACKGROUND_ENDED,
            [((one.name, outcome), n) for one in numbers for outcome, n in _rows(one.background_ended)],
        )
        yield _counter(ACTIVITY_CALLS, [((one.name, *key), n) for one in numbers for key, n in _rows(one.activities)])
        yield _histogram(
            ACTIVITY_DURATION, [((one.name, name), d) for one in numbers for name, d in _rows(one.activity_time_s)]
        )
        yield from self._listener()

    def _requests(self, numbers: list[ReceiverMetrics]) -> Metric:
        rows: list[tuple[tuple[str, ...], float]] = []
        for one in numbers:
            for (method, status, outcome, stage), count in _rows(one.requests):
                rows.append(((one.name, method, str(status), outcome, stage), count))
        return _counter(REQUESTS, rows)

    def _listener(self) -> Iterator[Metric]:
        ports = list(self.ports())
        yield _counter(RELOADS, [((result,), n) for result, n in self.reloads.items()])
        yield _gauge(RECEIVERS, [((state,), n) for state, n in self.receiver_states.items()])
        yield _gauge(WORKERS, [((), self.workers)])
        yield _counter(WORKERS_REPLACED, [((), self.workers_replaced)])
        yield _gauge(CERTIFICATE_EXPIRY, [((p.port,), p.expiry) for p in ports if p.expiry is not None])
        yield _gauge(
            CERTIFICATE_RELOAD_FAILED, [((p.port,), float(p.certificate_broken)) for p in ports if p.expiry is not None]
        )
        yield _gauge(CONNECTIONS, [((p.port,), p.connections) for p in ports])
        yield _counter(CONNECTIONS_CUT, [((reason,), n) for reason, n in self.connections_cut.items()])
        yield _counter(LOG_DROPPED, [((), self.log_dropped)])
        yield _gauge(BUILD_INFO, [(self._build, 1)])


def _rows(table: Mapping[Key, Value]) -> list[tuple[Key, Value]]:
    """Copy *table* in one step of the interpreter, so that it may change while the copy is walked."""
    return list(table.items())


def _counter(spec: MetricSpec, rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = CounterMetricFamily(spec.name, spec.meaning, labels=spec.labels)
    for labels, value in rows:
        family.add_metric(labels, value)
    return family


def _gauge(spec: MetricSpec, rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(spec.name, spec.meaning, labels=spec.labels)
    for labels, value in rows:
        family.add_metric(labels, value)
    return family


def _histogram(spec: MetricSpec, rows: Iterable[tuple[tuple[str, ...], Distribution]]) -> Metric:
    family = HistogramMetricFamily(spec.name, spec.meaning, labels=spec.labels)
    for labels, distribution in rows:
        if not distribution.is_empty:
            family.add_metric(labels, distribution.buckets(), distribution.sum)
    return family


def metrics_markdown() -> str:
    """Return docs/metrics.md."""
    lines = [
        "# Metrics of the listener",
        "",
        "Made by `python -m httpreceiver_listener.metrics`; do not edit. Served on the admin port under `/metrics`.",
        "",
        "With `serve --workers` the values of all workers are shown as one: their sum, the lowest or the highest,",
        "or *whole* for what is counted once for all.",
        "",
        "| name | kind | labels | workers | meaning |",
        "|---|---|---|---|---|",
    ]
    for spec in METRICS:
        labels = ", ".join(f"`{label}`" for label in spec.labels)
        lines.append(f"| `{spec.name}` | {spec.kind} | {labels} | {spec.merge} | {spec.meaning} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(metrics_markdown(), end="")  # noqa: T201
