"""How what several workers tell becomes one: pure functions over reports and numbers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from httpreceiver_listener.states import ApplyReport, EndpointState, ReceiverState, State
from httpreceiver_listener.telemetry.metric_specs import METRICS, Merge
from httpreceiver_listener.workers.channel import FamilyNumbers, Sample, ToldExemplar
from httpreceiver_workflow.endpoint import Endpoint

WORST_LAST: Final = (
    State.SERVING,
    State.SUSPENDED,
    State.DISABLED,
    State.STALE,
    State.CONFLICTED,
    State.FAILED,
)
"""A receiver is served only when every worker serves it: of several states the worst counts."""

_RULES: Final[Mapping[str, Merge]] = {spec.name.removesuffix("_total"): spec.merge for spec in METRICS} | {
    "process_max_fds": Merge.LOWEST,
    "process_start_time_seconds": Merge.LOWEST,
}
"""The rule of each family; what is not here is an amount: prometheus_client's own of a process."""
_COMBINE: Final[Mapping[Merge, Callable[[float, float], float]]] = {
    Merge.SUM: lambda one, other: one + other,
    Merge.LOWEST: min,
    Merge.HIGHEST: max,
    Merge.WHOLE: lambda parents, _: parents,
}
_Series = tuple[str, tuple[tuple[str, str], ...]]
_KEPT_KINDS: Final = frozenset({"counter", "histogram"})


def merged_report(reports: Sequence[ApplyReport]) -> ApplyReport:
    """Return what all workers serve together, in the order of the first; one that tells nothing serves nothing."""
    if not reports:
        return ApplyReport()
    endpoints: dict[tuple[str, int], EndpointState] = {}
    receivers: dict[str, ReceiverState] = {}
    for report in reports:
        for endpoint in report.endpoints:
            key = (endpoint.host, endpoint.port)
            endpoints[key] = _worse_endpoint(endpoints.get(key, endpoint), endpoint)
        for receiver in report.receivers:
            known = receivers.get(receiver.name, receiver)
            receivers[receiver.name] = max(known, receiver, key=lambda one: WORST_LAST.index(one.state))
    return ApplyReport(endpoints=tuple(endpoints.values()), receivers=tuple(receivers.values()))


def _worse_endpoint(one: EndpointState, other: EndpointState) -> EndpointState:
    """Return the state that has something to say: not bound before an error, and that before all being well."""
    return max(one, other, key=lambda state: (not state.url, bool(state.error)))


def nothing_served(endpoints: Iterable[Endpoint], reason: str) -> ApplyReport:
    """Return what a worker would tell that serves none of *endpoints*, because of *reason*."""
    endpoints = tuple(endpoints)
    return ApplyReport(
        endpoints=tuple(
            EndpointState(host=one.host, port=one.port, scheme=one.scheme.value, error=reason) for one in endpoints
        ),
        receivers=tuple(
            ReceiverState(
                name=offered.name,
                generation=offered.generation,
                revision=offered.revision,
                state=State.FAILED,
                message=reason,
            )
            for one in endpoints
            for offered in one.receivers
        ),
    )


def numbers_of(collector: Collector) -> tuple[FamilyNumbers, ...]:
    """Return everything that *collector* counts now."""
    return tuple(
        FamilyNumbers(
            family.name,
            family.type,
            family.documentation,
            tuple((one.name, tuple(one.labels.items()), one.value) for one in family.samples),
            tuple(
                ToldExemplar(
                    one.name,
                    tuple(one.labels.items()),
                    one.exemplar.labels,
                    one.exemplar.value,
                    float(one.exemplar.timestamp or 0),
                )
                for one in family.samples
                if one.exemplar is not None
            ),
        )
        for family in collector.collect()
    )


def merged_families(parent: Iterable[FamilyNumbers], others: Iterable[Iterable[FamilyNumbers]]) -> Iterator[Metric]:
    """Yield the families that Prometheus reads: the parent's and those of *others*, each by its rule."""
    whole = {family.name: (family, _by_series(family)) for family in parent}
    newest: dict[_Series, ToldExemplar] = {}
    for numbers in others:
        for family in numbers:
            for one in family.exemplars:
                known_one = newest.setdefault((one.name, one.labels), one)
                newest[one.name, one.labels] = max(known_one, one, key=lambda told: told.time)
            _, series = whole.setdefault(family.name, (family, {}))
            rule = _RULES.get(family.name, Merge.SUM)
            for name, labels, value in family.samples:
                if rule is not Merge.WHOLE:
                    known = series.get((name, labels))
                    series[name, labels] = value if known is None else _COMBINE[rule](known, value)
    for family, series in whole.values():
        metric = Metric(family.name, family.meaning, family.kind)
        for (name, labels), value in series.items():
            told = newest.get((name, labels))
            exemplar = None if told is None else Exemplar(told.trace, told.value, told.time)
            metric.add_sample(name, dict(labels), value, exemplar=exemplar)
        yield metric


def added(kept: Iterable[FamilyNumbers], ended: Iterable[FamilyNumbers]) -> tuple[FamilyNumbers, ...]:
    """Return what is *kept* of workers that ended, with one more: what they counted, not what they held."""
    whole = {family.name: (family, _by_series(family)) for family in kept}
    for family in ended:
        if family.kind in _KEPT_KINDS and _RULES.get(family.name, Merge.SUM) is Merge.SUM:
            _, series = whole.setdefault(family.name, (family, {}))
            for name, labels, value in family.samples:
                series[name, labels] = series.get((name, labels), 0.0) + value
    return tuple(
        msgspec.structs.replace(family, samples=tuple((*key, value) for key, value in series.items()), exemplars=())
        for family, series in whole.values()
    )


def of_receivers(numbers: Iterable[FamilyNumbers], names: frozenset[str]) -> tuple[FamilyNumbers, ...]:
    """Return *numbers* without series of receivers that are not among *names*, so that labels stay bounded."""

    def stays(sample: Sample) -> bool:
        receiver = dict(sample[1]).get("receiver", "")
        return not receiver or receiver in names

    return tuple(
        msgspec.structs.replace(family, samples=tuple(filter(stays, family.samples)), exemplars=())
        for family in numbers
    )


def _by_series(family: FamilyNumbers) -> dict[_Series, float]:
    return {(name, labels): value for name, labels, value in family.samples}
