"""
The planner: one snapshot in, everything decided out. Reads as a table of contents.

Pure, and independent of the order of its input: no clock, no randomness, no network, nothing changed in place. What
must be random (a certificate's key) is an action of the plan for others to perform. The reconcile loop applies the
plan, the command line prints it, serves its endpoints or does both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from httpreceiver_operator import names, objects
from httpreceiver_operator.api_objects import is_ours
from httpreceiver_operator.bundles import Bundles, place_in_bundles
from httpreceiver_operator.claims import Settlement, settle_claims
from httpreceiver_operator.config import Config
from httpreceiver_operator.memo import Memo
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.objects import JsonDict
from httpreceiver_operator.readings import Reading, read_receiver
from httpreceiver_operator.snapshot import Receiver, Snapshot
from httpreceiver_operator.statuses import Outcome, PlannedEvent, events_of, host_status, ready_pods, receiver_status
from httpreceiver_operator.workloads import Wish, Workload, facts_of, group_workloads, wish_of
from httpreceiver_workflow.endpoint import Endpoint

RENEW_BEFORE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCertificate:
    """
    Action: make a self-signed pair and apply it.

    Attributes:
        secret: the Secret as it is to be applied, without its data.
        dns_names: what the certificate is valid for.
        reason: one sentence.
    """

    secret: JsonDict
    dns_names: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    All that was decided.

    Attributes:
        endpoints: what listeners serve, in order of host and port.
        objects: what must exist, complete, in the order in which it is applied.
        certificates: what must be made before `objects` are applied.
        pod_revisions: pod → value its bundle annotation must get, only pods that have another.
        expected: pod → receivers it must report, as (name, generation, revision); only pods that take traffic.
        statuses: HttpReceiver or ReceiverHost → its whole status.
        events: what changed since the statuses of the snapshot.
    """

    endpoints: tuple[Endpoint, ...]
    objects: tuple[JsonDict, ...]
    certificates: tuple[IssueCertificate, ...]
    pod_revisions: Mapping[ObjectName, str]
    expected: Mapping[ObjectName, frozenset[tuple[str, int, str]]]
    statuses: Mapping[ObjectKey, dict[str, Any]]
    events: tuple[PlannedEvent, ...]


def plan(snapshot: Snapshot, config: Config, memo: Memo | None = None) -> Plan:
    """
    Decide everything that follows from *snapshot*.

    Args:
        memo: remembers compiled workflows from one call to the next; the answer is the same without it.
    """
    memo = memo or Memo()
    readings = {key: read_receiver(one, snapshot, memo, config) for key, one in snapshot.receivers.items()}
    wishes = {key: wish for key, reading in readings.items() if (wish := wish_of(reading, snapshot, config))}
    settlement = settle_claims(wish.claim for wish in wishes.values() if wish.claim is not None)
    workloads = group_workloads(settlement.granted, wishes, snapshot)
    bundles = {workload.key: _bundles(workload, snapshot, memo) for workload in workloads}
    certificates, tls_secrets = _certificates(workloads, snapshot)
    built = [*tls_secrets, *_workload_objects(workloads, bundles, config), *_host_services(workloads)]
    own_services, service_clashes = _receiver_services(workloads, {objects.object_key(entry) for entry in built})
    wanted = {objects.object_key(entry): objects.finished(entry) for entry in (*built, *own_services)}
    taken = {key for key in wanted if key in snapshot.existing and not is_ours(snapshot.existing[key])}
    obstacles = Obstacles(taken=taken, refused=snapshot.refused, clashes=service_clashes)
    outcomes = _outcomes(readings, wishes, settlement, workloads, bundles, obstacles)
    statuses = _statuses(outcomes, workloads, snapshot)
    memo.forget_unused()
    return Plan(
        endpoints=tuple(workload.endpoint for workload in workloads),
        objects=tuple(entry for key, entry in wanted.items() if key not in taken),
        certificates=tuple(certificates),
        pod_revisions=_pod_revisions(workloads, bundles, snapshot),
        expected=_expected(workloads, bundles, snapshot),
        statuses=statuses,
        events=tuple(_events(statuses, snapshot)),
    )


# --- objects -------------------------------------------------------------------------------------------------------


def _bundles(workload: Workload, snapshot: Snapshot, memo: Memo) -> Bundles:
    host = workload.host.key
    numbers = {
        names.bundle_secret_name(host.name, workload.port, number): number
        for number in range(names.BUNDLES_PER_ENDPOINT)
    }
    places = {receiver.key.name: snapshot.bundled.get(receiver.key, ("", b""))[0] for receiver, _ in workload.receivers}
    return place_in_bundles(
        {receiver.key.name: memo.encode(served) for receiver, served in workload.receivers},
        {name: numbers[place] for name, place in places.items() if place in numbers},
    )


def _certificates(workloads: Iterable[Workload], snapshot: Snapshot) -> tuple[list[IssueCertificate], list[JsonDict]]:
    """Return the self-signed certificates to make, and the Secrets of those that are good as they are."""
    users: dict[ObjectName, list[Receiver]] = {}
    for workload in workloads:
        if workload.certificate.made:
            users.setdefault(workload.host.key, []).extend(receiver for receiver, _ in workload.receivers)
    issues, secrets = [], []
    for host, owners in users.items():
        key = ObjectName(host.namespace, names.host_tls_secret_name(host.name))
        data = snapshot.secrets.get(key, {})
        facts = facts_of(data)
        if facts is not None and facts.not_after - snapshot.now > RENEW_BEFORE:
            secrets.append(objects.tls_secret(host, owners, data))
            continue
        reason = f"The certificate in Secret {key} ends soon." if facts else f"Secret {key} has no certificate yet."
        secret = objects.tls_secret(host, owners, {})
        issues.append(IssueCertificate(secret=secret, dns_names=objects.host_dns_names(host), reason=reason))
    return issues, secrets


def _workload_objects(
    workloads: Iterable[Workload], bundles: Mapping[ObjectKey, Bundles], config: Config
) -> Iterable[JsonDict]:
    for workload in workloads:
        for number, contents in bundles[workload.key].contents.items():
            yield objects.bundle_secret(workload, number, contents)
        yield objects.deployment(workload, config)


def _host_services(workloads: Sequence[Workload]) -> Iterable[JsonDict]:
    for host_workloads in _by_host(workloads).values():
        yield objects.host_service(host_workloads)


def _by_host(workloads: Iterable[Workload]) -> dict[ObjectName, list[Workload]]:
    hosts: dict[ObjectName, list[Workload]] = {}
    for workload in workloads:
        hosts.setdefault(workload.host.key, []).append(workload)
    return hosts


def _receiver_services(
    workloads: Iterable[Workload], reserved: set[ObjectKey]
) -> tuple[list[JsonDict], set[ObjectName]]:
    """Return each receiver's own Service, and the receivers whose name is that of a host's Service."""
    services, clashes = [], set()
    for workload in workloads:
        for receiver, _ in workload.receivers:
            if not receiver.service.enabled:
                continue
            if ObjectKey("Service", *receiver.key) in reserved:
                clashes.add(receiver.key)
            else:
                services.append(objects.receiver_service(receiver, workload))
    return services, clashes


# --- what everyone is told -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacles:
    """
    Objects that cannot be as planned.

    Attributes:
        taken: their names belong to others.
        refused: the API server would not take them, and why.
        clashes: receivers whose own Service would have the name of a host's.
    """

    taken: set[ObjectKey]
    refused: Mapping[ObjectKey, str]
    clashes: set[ObjectName]

    def refusal(self, key: ObjectKey) -> str:
        """Return what the API server said of *key*; ``""`` when it took it."""
        return f"{key} was refused: {self.refused[key]}" if key in self.refused else ""


def _outcomes(
    readings: Mapping[ObjectName, Reading],
    wishes: Mapping[ObjectName, Wish],
    settlement: Settlement,
    workloads: Iterable[Workload],
    bundles: Mapping[ObjectKey, Bundles],
    obstacles: Obstacles,
) -> list[Outcome]:
    homes = {receiver.key: workload for workload in workloads for receiver, _ in workload.receivers}
    outcomes = []
    for key, reading in readings.items():
        workload = homes.get(key)
        if workload is None:
            conflict = settlement.conflicts.get(key)
            outcomes.append(Outcome(reading=reading, wish=wishes.get(key), conflict=conflict))
            continue
        needed = _needed(workload, key, bundles[workload.key])
        outcomes.append(
            Outcome(
                reading=reading,
                wish=wishes.get(key),
                workload=workload,
                left_out=key.name in bundles[workload.key].left_out,
                taken=tuple(one for one in needed if one in obstacles.taken),
                refused=next((obstacles.refusal(one) for one in needed if one in obstacles.refused), ""),
                service_taken=_service_taken(key, obstacles),
                service_refused=obstacles.refusal(ObjectKey("Service", *key)),
            )
        )
    return outcomes


def _needed(workload: Workload, receiver: ObjectName, bundles: Bundles) -> list[ObjectKey]:
    """Return the objects *receiver* cannot be served without, sorted."""
    host = workload.host.key
    secrets = [number for number, contents in bundles.contents.items() if receiver.name in contents]
    return sorted(
        [
            workload.key,
            ObjectKey("Service", host.namespace, names.host_service_name(host.name)),
            *(
                ObjectKey("Secret", host.namespace, names.bundle_secret_name(host.name, workload.port, number))
                for number in secrets
            ),
        ]
    )


def _service_taken(receiver: ObjectName, obstacles: Obstacles) -> str:
    """Return why *receiver* gets no Service of its own; ``""`` when it does, or wants none."""
    if receiver in obstacles.clashes:
        return f"Service {receiver} is the Service of a host; rename this receiver to get a Service of its own."
    if ObjectKey("Service", *receiver) in obstacles.taken:
        return (
            f"Service {receiver} exists and is not ours, so it is left untouched and the receiver has no Service of its"
            " own; rename one of them, or set service.enabled to false."
        )
    return ""


def _statuses(
    outcomes: Iterable[Outcome], workloads: Sequence[Workload], snapshot: Snapshot
) -> dict[ObjectKey, dict[str, Any]]:
    by_host = _by_host(workloads)
    receivers = {
        ObjectKey(names.RECEIVER, *outcome.reading.receiver.key): receiver_status(outcome, snapshot)
        for outcome in outcomes
    }
    hosts = {
        ObjectKey(names.HOST, *key): host_status(host, by_host.get(key, ()), snapshot)
        for key, host in snapshot.hosts.items()
    }
    return receivers | hosts


def _events(statuses: Mapping[ObjectKey, dict[str, Any]], snapshot: Snapshot) -> Iterable[PlannedEvent]:
    for key, status in statuses.items():
        if key.kind == names.RECEIVER:
            receiver = snapshot.receivers[ObjectName(key.namespace, key.name)]
            yield from events_of(key, receiver.uid, receiver.status, status)


# --- pods ----------------------------------------------------------------------------------------------------------


def _pod_revisions(
    workloads: Iterable[Workload], bundles: Mapping[ObjectKey, Bundles], snapshot: Snapshot
) -> dict[ObjectName, str]:
    revisions = {
        (workload.host.key.namespace, workload.host.key.name, workload.port): bundles[workload.key].revision(
            {receiver.key.name: served for receiver, served in workload.receivers}
        )
        for workload in workloads
    }
    wanted = {pod.key: revisions.get((pod.key.namespace, pod.host, pod.port)) for pod in snapshot.pods}
    return {
        pod.key: revision
        for pod in snapshot.pods
        if (revision := wanted[pod.key]) is not None and revision != pod.bundle_revision
    }


def _expected(
    workloads: Iterable[Workload], bundles: Mapping[ObjectKey, Bundles], snapshot: Snapshot
) -> dict[ObjectName, frozenset[tuple[str, int, str]]]:
    return {
        pod.key: frozenset(
            (served.name, served.generation, served.revision)
            for receiver, served in workload.receivers
            if receiver.key.name not in bundles[workload.key].left_out
        )
        for workload in workloads
        for pod in ready_pods(workload, snapshot)
    }
