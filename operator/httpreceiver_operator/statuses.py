"""
What each receiver and host is told: conditions, address, certificate and problems, and the Events of what changed.

Pure. Statuses are made from the same decisions as the objects, so the two cannot disagree.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from httpreceiver_operator import names
from httpreceiver_operator.api_objects import JsonObject
from httpreceiver_operator.claims import Conflict
from httpreceiver_operator.conditions import (
    ConditionType,
    Finding,
    Reason,
    conditions_from,
    format_time,
    shortened,
)
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.readings import Reading
from httpreceiver_operator.snapshot import Host, ListenerPod, ReceiverReport, Snapshot
from httpreceiver_operator.workloads import Wish, Workload, endpoint_status, facts_of
from httpreceiver_workflow.endpoint import Scheme, ServedReceiver
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem

MOST_PROBLEMS: Final = 100
LOADED_STATES: Final = ("serving", "suspended")
"""States a pod reports for a receiver it has taken into its routing table."""

INSECURE_CODES: Final[Mapping[ProblemCode, Reason]] = {
    ProblemCode.BASIC_AUTH_WITHOUT_TLS: Reason.WEAK_AUTHENTICATION,
    ProblemCode.BASIC_AUTH_HOSTED: Reason.WEAK_AUTHENTICATION,
    ProblemCode.BASIC_AUTH_EMPTY: Reason.WEAK_AUTHENTICATION,
    ProblemCode.CLIENT_CERTIFICATE_WITHOUT_TLS: Reason.WEAK_CLIENT_CERTIFICATE,
    ProblemCode.CLIENT_CERTIFICATE_SUBSTRING: Reason.WEAK_CLIENT_CERTIFICATE,
    ProblemCode.AUTH_IN_CLEAR: Reason.CREDENTIALS_IN_CLEAR,
    ProblemCode.PASSWORD_IN_WORKFLOW: Reason.PASSWORD_IN_CLEAR,
}
"""Warnings that also make the condition Insecure, in order of weight."""


TOLD_OBSTACLES: Final = (Reason.BUNDLE_FULL, Reason.POD_REFUSES, Reason.OBJECT_REFUSED)
"""Reasons of Programmed=False that do not pass by themselves, and so deserve an Event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    All that was decided about one receiver.

    Attributes:
        conflict: the address it asked for is held by another.
        workload: the endpoint it won an address on.
        left_out: it fits into none of the endpoint's workflow Secrets.
        taken: objects it cannot be served without whose names others hold.
        refused: why the API server would not take an object it needs.
        service_taken: why its own Service cannot be made: its name is another's; it is served all the same.
        service_refused: why the API server would not take its own Service; it is served all the same.
    """

    reading: Reading
    wish: Wish | None = None
    conflict: Conflict | None = None
    workload: Workload | None = None
    left_out: bool = False
    taken: tuple[ObjectKey, ...] = ()
    refused: str = ""
    service_taken: str = ""
    service_refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvent:
    """
    One Kubernetes Event to write.

    Attributes:
        about: the object it speaks of.
        type: ``Normal`` or ``Warning``.
    """

    about: ObjectKey
    uid: str
    type: str
    reason: str
    message: str


def receiver_status(outcome: Outcome, snapshot: Snapshot) -> dict[str, Any]:
    """Return the whole status of one receiver."""
    receiver = outcome.reading.receiver
    status: dict[str, Any] = {
        "observedGeneration": receiver.generation,
        "conditions": conditions_from(
            _findings(outcome, snapshot), receiver.status.get("conditions") or (), receiver.generation, snapshot.now
        ),
    }
    if outcome.reading.problems:
        status["problems"] = [_problem(problem) for problem in outcome.reading.problems[:MOST_PROBLEMS]]
    if outcome.workload is not None and outcome.wish is not None and outcome.wish.claim is not None:
        status["url"] = url_of(outcome.workload, outcome.wish)
        status["endpoint"] = endpoint_status(outcome.wish.claim)
        served = outcome.reading.served
        if served is not None and served.options.auth:
            status["auth"] = " | ".join("+".join(one.kinds) for one in served.options.auth)
        if outcome.workload.scheme is Scheme.HTTPS:
            status["certificate"] = _certificate(outcome.workload, outcome.wish, snapshot)
    return status


def url_of(workload: Workload, wish: Wish) -> str:
    """Return the URL at the host's Service."""
    host = workload.host.key
    path = wish.claim.route.path if wish.claim else "/"
    service = names.host_service_name(host.name)
    return f"{workload.scheme.value}://{service}.{host.namespace}.svc:{workload.port}{path}"


def _problem(problem: Problem) -> dict[str, str]:
    return {
        "where": problem.where,
        "code": problem.code.value,
        "severity": problem.severity.value,
        "message": shortened(problem.message),
    }


def _certificate(workload: Workload, wish: Wish, snapshot: Snapshot) -> dict[str, Any]:
    secret = workload.certificate.identity
    facts = facts_of(snapshot.secrets.get(ObjectName(workload.host.key.namespace, secret), {}))
    status: dict[str, Any] = {"secretName": secret}
    if facts is not None:
        status |= {
            "thumbprint": facts.thumbprint,
            "notAfter": format_time(facts.not_after),
            "selfSigned": facts.self_signed,
        }
    elif wish.certificate.thumbprint:
        status["thumbprint"] = wish.certificate.thumbprint
    return status


# --- conditions of a receiver --------------------------------------------------------------------------------------


def _findings(outcome: Outcome, snapshot: Snapshot) -> Iterator[Finding]:
    reading = outcome.reading
    yield reading.refusal or _finding(ConditionType.ACCEPTED, True, Reason.ACCEPTED, "The workflow is valid.")
    yield _unresolved(outcome) or _finding(
        ConditionType.RESOLVED_REFS, True, Reason.RESOLVED, "Everything it names was found."
    )
    obstacle = _obstacle(outcome, snapshot)
    if obstacle is not None:
        yield _finding(ConditionType.PROGRAMMED, False, *obstacle)
        yield _finding(ConditionType.READY, False, *obstacle)
    else:
        generation = f"generation {reading.receiver.generation}"
        yield _programmed(outcome, generation)
        yield _ready(outcome, generation)
    yield from _conflicted(outcome)
    yield from _insecure(reading)


def _finding(kind: ConditionType, status: bool, reason: Reason, message: str) -> Finding:
    return Finding(type=kind, status=status, reason=reason, message=message)


def _programmed(outcome: Outcome, generation: str) -> Finding:
    if outcome.service_refused:
        return _finding(ConditionType.PROGRAMMED, False, Reason.OBJECT_REFUSED, outcome.service_refused)
    return _finding(ConditionType.PROGRAMMED, True, Reason.PROGRAMMED, f"Every ready pod runs {generation}.")


def _ready(outcome: Outcome, generation: str) -> Finding:
    if outcome.reading.receiver.suspended:
        message = "spec.suspend is true: requests are answered with 503."
        return _finding(ConditionType.READY, False, Reason.SUSPENDED, message)
    return _finding(ConditionType.READY, True, Reason.SERVING, f"Requests are answered by {generation}.")


def _unresolved(outcome: Outcome) -> Finding | None:
    if outcome.reading.unresolved is not None:
        return outcome.reading.unresolved
    return outcome.wish.certificate.missing if outcome.wish else None


def _obstacle(outcome: Outcome, snapshot: Snapshot) -> tuple[Reason, str] | None:
    """Return the first reason why not every ready pod runs this generation; None when all do."""
    reading, workload = outcome.reading, outcome.workload
    if reading.refusal is not None:
        return reading.refusal.reason, _with_last_good(outcome, reading.refusal.message)
    if reading.is_disabled:
        return Reason.DISABLED, "Disabled is true in the workflow: it holds no address and is not served."
    if outcome.conflict is not None:
        return Reason.CONFLICTED, outcome.conflict.message
    if workload is None or reading.served is None:
        missing = _unresolved(outcome)
        return Reason.NOT_RESOLVED, missing.message if missing else "Nothing can be served."
    if outcome.taken:
        return Reason.NAME_TAKEN, _taken_message(outcome.taken)
    if outcome.left_out:
        message = f"The workflow Secrets of Deployment {workload.key.name} are full; use another port or host."
        return Reason.BUNDLE_FULL, message
    if outcome.refused:
        return Reason.OBJECT_REFUSED, outcome.refused
    return _not_reachable(workload, snapshot) or _not_loaded(workload, reading.served, snapshot)


def _with_last_good(outcome: Outcome, message: str) -> str:
    served = outcome.reading.served
    return f"{message} Generation {served.generation} is still served." if served and outcome.workload else message


def _not_reachable(workload: Workload, snapshot: Snapshot) -> tuple[Reason, str] | None:
    namespace, name = workload.host.key.namespace, names.host_service_name(workload.host.key.name)
    service = snapshot.existing.get(ObjectKey("Service", namespace, name), {})
    ports = {port.get("name") for port in (service.get("spec") or {}).get("ports") or ()}
    if workload.port_name not in ports:
        return Reason.SERVICE_PENDING, f"Service {name} does not list port {workload.port_name} yet."
    if not ready_pods(workload, snapshot):
        return Reason.NO_READY_POD, f"No pod of Deployment {workload.key.name} is ready."
    return None


def ready_pods(workload: Workload, snapshot: Snapshot) -> list[ListenerPod]:
    """Return the pods that requests to this endpoint can reach."""
    host = workload.host.key
    return [
        pod
        for pod in snapshot.pods
        if pod.ready
        and (pod.key.namespace, pod.host, pod.port) == (host.namespace, host.name, workload.port)
        and workload.port_name in pod.port_names
    ]


def _not_loaded(workload: Workload, served: ServedReceiver, snapshot: Snapshot) -> tuple[Reason, str] | None:
    pods = ready_pods(workload, snapshot)
    unasked = [pod for pod in pods if pod.reports is None]
    if unasked:
        return Reason.POD_NOT_ASKED, f"{len(unasked)} of {len(pods)} pods have not reported yet."
    reports = [(pod.reports or {}).get(served.name) for pod in pods]
    refused = sorted(
        report.message for report in reports if report and report.message and report.state not in LOADED_STATES
    )
    if refused:
        return Reason.POD_REFUSES, f"{len(refused)} of {len(pods)} pods cannot run it: {refused[0]}"
    behind = sum(not _runs(report, served) for report in reports)
    if behind:
        message = f"{behind} of {len(pods)} pods do not run generation {served.generation} yet."
        return Reason.POD_OUTDATED, message
    return None


def _runs(report: ReceiverReport | None, served: ServedReceiver) -> bool:
    return (
        report is not None
        and report.state in LOADED_STATES
        and (report.generation, report.revision) == (served.generation, served.revision)
    )


def _taken_message(taken: Iterable[ObjectKey]) -> str:
    listed = ", ".join(sorted(map(str, taken)))
    return f"{listed} exists and is not ours, so it is left untouched; rename or remove it, or use another host."


def _conflicted(outcome: Outcome) -> Iterator[Finding]:
    if outcome.conflict is not None:
        reason = Reason(outcome.conflict.reason.value)
        yield _finding(ConditionType.CONFLICTED, True, reason, outcome.conflict.message)
    elif outcome.taken:
        yield _finding(ConditionType.CONFLICTED, True, Reason.NAME_TAKEN, _taken_message(outcome.taken))
    elif outcome.service_taken:
        yield _finding(ConditionType.CONFLICTED, True, Reason.NAME_TAKEN, outcome.service_taken)


def _insecure(reading: Reading) -> Iterator[Finding]:
    source = reading.receiver.workflow_from
    confidential = source is not None and source.kind == "Secret"
    found = [
        problem
        for code in INSECURE_CODES
        for problem in reading.problems
        if problem.code is code and not (confidential and code is ProblemCode.PASSWORD_IN_WORKFLOW)
    ]
    if found:
        message = " ".join(f"{problem.where}: {problem.message}" for problem in found)
        yield _finding(ConditionType.INSECURE, True, INSECURE_CODES[found[0].code], message)


# --- hosts ---------------------------------------------------------------------------------------------------------


def host_status(host: Host, workloads: Sequence[Workload], snapshot: Snapshot) -> dict[str, Any]:
    """Return the whole status of one declared host."""
    status: dict[str, Any] = {
        "observedGeneration": host.generation,
        "conditions": conditions_from(
            _host_findings(host, workloads, snapshot),
            host.status.get("conditions") or (),
            host.generation,
            snapshot.now,
        ),
        "receivers": sum(len(workload.receivers) for workload in workloads),
        "ports": [workload.port for workload in workloads],
        "serviceName": names.host_service_name(host.key.name),
    }
    return status


def _host_findings(host: Host, workloads: Sequence[Workload], snapshot: Snapshot) -> Iterator[Finding]:
    yield _finding(ConditionType.ACCEPTED, True, Reason.ACCEPTED, "The host is valid.")
    yield _host_refs(host, snapshot)
    if not workloads:
        message = "No receiver with an address names this host."
        yield _finding(ConditionType.PROGRAMMED, True, Reason.NO_RECEIVERS, message)
        yield _finding(ConditionType.READY, True, Reason.NO_RECEIVERS, message)
        return
    waiting = [str(workload.port) for workload in workloads if _not_reachable(workload, snapshot)]
    if waiting:
        message = f"No ready pod, or no Service, for port {', '.join(waiting)}."
        yield _finding(ConditionType.PROGRAMMED, False, Reason.NO_READY_POD, message)
        yield _finding(ConditionType.READY, False, Reason.NO_READY_POD, message)
        return
    yield _finding(ConditionType.PROGRAMMED, True, Reason.PROGRAMMED, "Every port has ready pods.")
    yield _finding(ConditionType.READY, True, Reason.SERVING, "Every port has ready pods.")


def _host_refs(host: Host, snapshot: Snapshot) -> Finding:
    named = sorted({*host.certificate_secrets, host.default_secret, host.service_address_secret} - {""})
    stored = {name: snapshot.secrets.get(ObjectName(host.key.namespace, name)) for name in named}
    missing = [name for name, data in stored.items() if data is None]
    unreadable = [name for name, data in stored.items() if data is not None and facts_of(data) is None]
    if missing:
        message = f"Secret {', '.join(missing)} does not exist in namespace {host.key.namespace}."
        return _finding(ConditionType.RESOLVED_REFS, False, Reason.SECRET_NOT_FOUND, message)
    if unreadable:
        message = f"Secret {', '.join(unreadable)} has no readable tls.crt, or no tls.key."
        return _finding(ConditionType.RESOLVED_REFS, False, Reason.CERTIFICATE_UNREADABLE, message)
    return _finding(ConditionType.RESOLVED_REFS, True, Reason.RESOLVED, "Everything it names was found.")


# --- events --------------------------------------------------------------------------------------------------------


def events_of(about: ObjectKey, uid: str, before: JsonObject, after: Mapping[str, Any]) -> list[PlannedEvent]:
    """Return one Event for each condition whose status or reason changed into something worth telling."""
    earlier = {item["type"]: (item.get("status"), item.get("reason")) for item in before.get("conditions") or ()}
    events = []
    for condition in after["conditions"]:
        state = (condition["status"], condition["reason"])
        kind = _event_type(*(condition[key] for key in ("type", "status", "reason")))
        if kind is not None and earlier.get(condition["type"]) != state:
            events.append(
                PlannedEvent(about=about, uid=uid, type=kind, reason=condition["reason"], message=condition["message"])
            )
    return events


def _event_type(kind: str, status: str, reason: str) -> str | None:
    """Return the type of Event a condition deserves; None for those that others already tell, or that pass by."""
    match kind, status:
        case (ConditionType.CONFLICTED | ConditionType.INSECURE, "True"):
            return "Warning"
        case (ConditionType.ACCEPTED | ConditionType.RESOLVED_REFS, "False") if reason != Reason.WORKFLOW_UNAVAILABLE:
            return "Warning"
        case (ConditionType.PROGRAMMED, "False") if reason in TOLD_OBSTACLES:
            return "Warning"
        case (ConditionType.READY, "True"):
            return "Normal"
        case (ConditionType.READY, "False") if reason in (Reason.SUSPENDED, Reason.DISABLED):
            return "Normal"
    return None
