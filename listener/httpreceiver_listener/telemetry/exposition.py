"""
From the listener's numbers to what Prometheus reads: its own text format, or OpenMetrics, which has exemplars.

Families are built when scraped, in a thread: tables are copied before they are walked, and a number may be one request
older than its neighbour. What never happened has no series, so that a thousand idle receivers cost a scrape nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Final, NamedTuple, TypeVar

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from httpreceiver_listener.telemetry.metric_specs import (
    ACTIVITY_CALLS,
    ACTIVITY_DURATION,
    BACKGROUND,
    BACKGROUND_ENDED,
    BUFFERED,
    BUILD_INFO,
    CERTIFICATE_EXPIRY,
    CERTIFICATE_RELOAD_FAILED,
    CONNECTIONS,
    CONNECTIONS_CUT,
    CUT,
    IN_FLIGHT,
    LOG_DROPPED,
    LOOP_LAG,
    QUEUED,
    RECEIVERS,
    REJECTED,
    RELOADS,
    REQUEST_DURATION,
    REQUEST_SIZE,
    REQUESTS,
    RESPONSE_SIZE,
    SPANS,
    SPOOLED,
    STAGE_DURATION,
    WORKERS,
    WORKERS_REPLACED,
    MetricSpec,
)
from httpreceiver_listener.telemetry.metrics import Distribution, ListenerMetrics, ReceiverMetrics

Key = TypeVar("Key")
Value = TypeVar("Value")

OPENMETRICS: Final = "application/openmetrics-text"
_AS_OPENMETRICS: Final[Callable[[Collector], bytes]] = openmetrics.generate_latest


class Exposition(NamedTuple):
    """What a scrape gets."""

    body: bytes
    content_type: str


def expose(collector: Collector, accept: str) -> Exposition:
    """
    Return what *collector* counts, in the format that the header Accept of a scrape asks for.

    OpenMetrics for whoever names it, whatever its weight: Prometheus and its like name it only when they read it.
    """
    if any(one.partition(";")[0].strip().lower() == OPENMETRICS for one in accept.split(",")):
        return Exposition(_AS_OPENMETRICS(collector), openmetrics.CONTENT_TYPE_LATEST)
    return Exposition(generate_latest(collector), CONTENT_TYPE_PLAIN_0_0_4)


def registry_of(metrics: ListenerMetrics) -> CollectorRegistry:
    """Return a registry of *metrics*, and of what prometheus_client tells of a process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families(metrics))
    ProcessCollector(registry=registry)
    return registry


class Families(Collector):
    """The numbers of a listener as families."""

    def __init__(self, metrics: ListenerMetrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Build the families of one scrape."""
        numbers = self._metrics.receivers
        yield _requests(numbers)
        yield _histogram(
            REQUEST_DURATION,
            [((one.name, f"{digit}xx"), d) for one in numbers for digit, d in _rows(one.durations_s)],
        )
        yield _histogram(REQUEST_SIZE, [((one.name,), one.request_bytes) for one in numbers])
        yield _histogram(RESPONSE_SIZE, [((one.name,), one.response_bytes) for one in numbers])
        yield _histogram(STAGE_DURATION, [((one.name, stage), d) for one in numbers for stage, d in one.stages.items()])
        yield _gauge(IN_FLIGHT, [((one.name,), one.in_flight) for one in numbers if one.requests or one.in_flight])
        yield _gauge(QUEUED, [((one.name,), one.queued()) for one in numbers if one.queued is not int])
        yield _counter(REJECTED, [((one.name, reason), n) for one in numbers for reason, n in _rows(one.rejected)])
        yield _counter(CUT, [((one.name, *key), n) for one in numbers for key, n in _rows(one.cut)])
        yield _gauge(BACKGROUND, [((), self._metrics.background_runs())])
        yield _gauge(BUFFERED, [((), self._metrics.arriving_body_bytes)])
        yield _gauge(SPOOLED, [((), self._metrics.spooled_body_bytes)])
        yield _counter(
            BACKGROUND_ENDED,
            [((one.name, outcome), n) for one in numbers for outcome, n in _rows(one.background_ended)],
        )
        yield _counter(ACTIVITY_CALLS, [((one.name, *key), n) for one in numbers for key, n in _rows(one.activities)])
        yield _histogram(
            ACTIVITY_DURATION, [((one.name, name), d) for one in numbers for name, d in _rows(one.activity_time_s)]
        )
        yield from self._listener()

    def _listener(self) -> Iterator[Metric]:
        metrics = self._metrics
        ports = list(metrics.ports())
        secured = [(port, port.expiry) for port in ports if port.expiry is not None]
        yield _counter(RELOADS, [((result,), n) for result, n in metrics.reloads.items()])
        yield _gauge(RECEIVERS, [((state,), n) for state, n in metrics.receiver_states.items()])
        yield _gauge(WORKERS, [((), metrics.workers)])
        yield _counter(WORKERS_REPLACED, [((), metrics.workers_replaced)])
        yield _gauge(CERTIFICATE_EXPIRY, [((port.port,), expiry) for port, expiry in secured])
        yield _gauge(CERTIFICATE_RELOAD_FAILED, [((port.port,), float(port.certificate_broken)) for port, _ in secured])
        yield _gauge(CONNECTIONS, [((port.port,), port.connections) for port in ports])
        yield _counter(CONNECTIONS_CUT, [((reason,), n) for reason, n in metrics.connections_cut.items()])
        yield _gauge(LOOP_LAG, [((), metrics.loop_lag_s)])
        yield _counter(LOG_DROPPED, [((), metrics.log_dropped)])
        yield _counter(SPANS, [((result,), n) for result, n in asdict(metrics.spans).items()])
        yield _gauge(BUILD_INFO, [(metrics.build, 1)])


def _requests(numbers: list[ReceiverMetrics]) -> Metric:
    rows: list[tuple[tuple[str, ...], float]] = []
    for one in numbers:
        for (method, status, outcome, stage), count in _rows(one.requests):
            rows.append(((one.name, method, str(status), outcome, stage), count))
    return _counter(REQUESTS, rows)


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
            family.add_metric(labels, _buckets(distribution), distribution.sum)
    return family


def _buckets(distribution: Distribution) -> list[tuple[str, float] | tuple[str, float, Exemplar]]:
    """Return the buckets as Prometheus wants them: each with all below it, and the exemplar of its own."""
    total = 0
    rows: list[tuple[str, float] | tuple[str, float, Exemplar]] = []
    bounds = (*map(str, distribution.bounds), "+Inf")
    for number, (bound, count) in enumerate(zip(bounds, distribution.counts, strict=True)):
        total += count
        exemplar = distribution.exemplars.get(number)
        if exemplar is None:
            rows.append((bound, total))
        else:
            told = Exemplar({"trace_id": exemplar.trace_id}, exemplar.value, exemplar.time.timestamp())
            rows.append((bound, total, told))
    return rows
