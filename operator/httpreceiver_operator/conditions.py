"""
The lines of status: which conditions exist, every reason they can have, and how they are kept from churning.

Closed lists: a new reason needs its sentence in `REASONS`, from which `docs/conditions.md` is made
(``python -m httpreceiver_operator.conditions`` prints it). Accepted, ResolvedRefs, Programmed and Ready are always
present; Conflicted and Insecure only while they are true. Pure.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

MESSAGE_LIMIT: Final = 1024
"""Characters of a message; the CRD allows more, people read less."""


class ConditionType(StrEnum):
    """What a condition speaks of."""

    ACCEPTED = "Accepted"
    RESOLVED_REFS = "ResolvedRefs"
    PROGRAMMED = "Programmed"
    READY = "Ready"
    CONFLICTED = "Conflicted"
    INSECURE = "Insecure"


MEANINGS: Final[Mapping[ConditionType, str]] = {
    ConditionType.ACCEPTED: "The workflow was read, understood and compiled.",
    ConditionType.RESOLVED_REFS: "Everything it names was found: its ConfigMaps and Secrets, and its certificate.",
    ConditionType.PROGRAMMED: "Every ready listener pod of its endpoint runs this generation.",
    ConditionType.READY: "A request to status.url is answered by this generation, by every pod it can reach.",
    ConditionType.CONFLICTED: "Present only while another object holds an address or a name this one asks for.",
    ConditionType.INSECURE: "Present only while the workflow protects less than it seems to.",
}


class Reason(StrEnum):
    """Why a condition is as it is."""

    ACCEPTED = "Accepted"
    INVALID_WORKFLOW = "InvalidWorkflow"
    WORKFLOW_UNAVAILABLE = "WorkflowUnavailable"

    RESOLVED = "Resolved"
    CONFIG_MAP_NOT_FOUND = "ConfigMapNotFound"
    SECRET_NOT_FOUND = "SecretNotFound"  # noqa: S105  a reason, not a secret
    KEY_NOT_FOUND = "KeyNotFound"
    VALUE_UNREADABLE = "ValueUnreadable"
    CODE_OVERRIDES_OFF = "CodeOverridesOff"
    CERTIFICATE_NOT_FOUND = "CertificateNotFound"
    CERTIFICATE_UNREADABLE = "CertificateUnreadable"

    PROGRAMMED = "Programmed"
    OBJECT_REFUSED = "ObjectRefused"
    SERVICE_PENDING = "ServicePending"
    NO_READY_POD = "NoReadyPod"
    POD_NOT_ASKED = "PodNotAsked"
    POD_OUTDATED = "PodOutdated"
    POD_REFUSES = "PodRefuses"
    BUNDLE_FULL = "BundleFull"

    SERVING = "Serving"
    SUSPENDED = "Suspended"
    DISABLED = "Disabled"
    CONFLICTED = "Conflicted"
    NOT_RESOLVED = "NotResolved"

    PATH_TAKEN = "PathTaken"
    SCHEME_DIFFERS = "SchemeDiffers"
    CERTIFICATE_DIFFERS = "CertificateDiffers"
    NAME_TAKEN = "NameTaken"

    WEAK_AUTHENTICATION = "WeakAuthentication"
    WEAK_CLIENT_CERTIFICATE = "WeakClientCertificate"
    PASSWORD_IN_CLEAR = "PasswordInClear"  # noqa: S105  a reason, not a password
    CREDENTIALS_IN_CLEAR = "CredentialsInClear"

    NO_RECEIVERS = "NoReceivers"


REASONS: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.ACCEPTED: ("The workflow is valid.", "Nothing to do."),
    Reason.INVALID_WORKFLOW: (
        "The workflow has mistakes; status.problems lists all of them. A version that was served before stays served.",
        "Correct what status.problems names; `httpreceiver lint FILE` prints the same list.",
    ),
    Reason.WORKFLOW_UNAVAILABLE: (
        "The workflow's text, or what it reads of its host, could not be read. "
        "A version that was served before stays served.",
        "See ResolvedRefs.",
    ),
    Reason.RESOLVED: ("Everything named was found.", "Nothing to do."),
    Reason.CONFIG_MAP_NOT_FOUND: (
        "A ConfigMap that is named is missing.",
        "Create it in the receiver's namespace.",
    ),
    Reason.SECRET_NOT_FOUND: ("A Secret that is named is missing.", "Create it in the receiver's namespace."),
    Reason.KEY_NOT_FOUND: (
        "The ConfigMap or Secret has no such key.",
        "Correct the key in workflowFrom or auth, or add it.",
    ),
    Reason.VALUE_UNREADABLE: (
        "A key of a ConfigMap or Secret that the receiver names is no text, table, override or known credential.",
        "Correct or remove the key that the message names.",
    ),
    Reason.CODE_OVERRIDES_OFF: (
        "The receiver brings Python in the place of C# code, which the owner of the operator has not allowed.",
        "Remove codeOverridesFrom, or set codeOverrides.enabled of the chart (docs/code-overrides.md).",
    ),
    Reason.CERTIFICATE_NOT_FOUND: (
        "No Secret that the ReceiverHost lists holds a certificate with this thumbprint.",
        "Put certificate and key into a Secret of type kubernetes.io/tls and list it in the host's spec.certificates.",
    ),
    Reason.CERTIFICATE_UNREADABLE: (
        "A certificate Secret has no usable tls.crt and tls.key.",
        "Write a PEM certificate chain to tls.crt and its PEM key to tls.key.",
    ),
    Reason.PROGRAMMED: ("Every ready pod runs this generation.", "Nothing to do."),
    Reason.OBJECT_REFUSED: (
        "The API server would not take an object it needs.",
        "Correct what the message says, for instance service.annotations, a quota or a policy.",
    ),
    Reason.SERVICE_PENDING: (
        "The host's Service does not list the port yet.",
        "Wait; the operator is about to write it.",
    ),
    Reason.NO_READY_POD: (
        "No listener pod of its endpoint is ready yet.",
        "Wait; if it stays, look at the pods of the Deployment that the message names.",
    ),
    Reason.POD_NOT_ASKED: (
        "A ready pod has not answered on its admin port yet.",
        "Wait; if it stays, allow the operator to reach the pods' admin port.",
    ),
    Reason.POD_OUTDATED: (
        "A ready pod still runs another version.",
        "Wait; the pods load a new version within seconds.",
    ),
    Reason.POD_REFUSES: ("A pod cannot run this version and says why.", "Correct what the message says."),
    Reason.BUNDLE_FULL: (
        "The workflows of this endpoint are too large together, so this one was left out.",
        "Move receivers to another port or host, or make the workflow smaller.",
    ),
    Reason.SERVING: ("Requests to status.url are answered by this generation.", "Nothing to do."),
    Reason.SUSPENDED: ("spec.suspend is true: requests are answered with 503.", "Set suspend to false."),
    Reason.DISABLED: (
        "Disabled is true in the workflow: it holds no address and is not served.",
        "Set Disabled to false in the workflow.",
    ),
    Reason.CONFLICTED: ("Another object holds what it asks for.", "See the condition Conflicted."),
    Reason.NOT_RESOLVED: ("Something it names is missing.", "See the condition ResolvedRefs."),
    Reason.PATH_TAKEN: (
        "Another receiver takes the same requests on the same port of the same host: same path, methods and hostnames.",
        "Change ServiceName, route or Port, name another host, or remove the other receiver.",
    ),
    Reason.SCHEME_DIFFERS: (
        "Its port speaks HTTP for others and HTTPS for this one, or the other way.",
        "Change Port or UseSsl.",
    ),
    Reason.CERTIFICATE_DIFFERS: (
        "Its port presents another certificate for others.",
        "Use the same CertificateThumbPrint, or change Port.",
    ),
    Reason.NAME_TAKEN: (
        "An object with a name we need exists and is not ours; it is left untouched.",
        "Rename or remove that object, or choose another name for the receiver or host.",
    ),
    Reason.WEAK_AUTHENTICATION: (
        "Basic authentication is asked for where the contract does not enforce it, or without name and password.",
        "Set UseSsl and both AuthenticationUserName and AuthenticationPassword.",
    ),
    Reason.WEAK_CLIENT_CERTIFICATE: (
        "A client certificate is asked for where it is not checked, or compared by part of its thumbprint.",
        "Set UseSsl and write complete thumbprints.",
    ),
    Reason.PASSWORD_IN_CLEAR: (
        "A password stands in the HttpReceiver itself or in a ConfigMap.",
        "Keep the workflow in a Secret and name it in workflowFrom.secretKeyRef.",
    ),
    Reason.CREDENTIALS_IN_CLEAR: (
        "auth.allowInsecure permits a password, token or key on a port that speaks plain HTTP.",
        "Set UseSsl and remove allowInsecure, or let only a proxy that ends TLS reach the port.",
    ),
    Reason.NO_RECEIVERS: ("No receiver names this host.", "Create an HttpReceiver whose spec.host is this name."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the planner found for one condition type; True, False or None for unknown."""

    type: ConditionType
    status: bool | None
    reason: Reason
    message: str


JsonObject = Mapping[str, Any]


def conditions_from(
    findings: Iterable[Finding], previous: Sequence[JsonObject], generation: int, now: datetime
) -> list[dict[str, Any]]:
    """
    Return the conditions of a status, in the order of `ConditionType`.

    A condition whose status is unchanged keeps its `lastTransitionTime` from *previous*.
    """
    before = {item.get("type"): item for item in previous}
    order = list(ConditionType)
    return [
        _condition(finding, before.get(finding.type.value), generation, now)
        for finding in sorted(findings, key=lambda finding: order.index(finding.type))
    ]


def _condition(finding: Finding, previous: JsonObject | None, generation: int, now: datetime) -> dict[str, Any]:
    status = {True: "True", False: "False", None: "Unknown"}[finding.status]
    unchanged = previous is not None and previous.get("status") == status
    return {
        "type": finding.type.value,
        "status": status,
        "observedGeneration": generation,
        "lastTransitionTime": previous["lastTransitionTime"] if previous and unchanged else format_time(now),
        "reason": finding.reason.value,
        "message": shortened(finding.message),
    }


def format_time(moment: datetime) -> str:
    """Return *moment*, which is aware UTC, as the API writes times: whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def shortened(message: str) -> str:
    """Return *message*, cut to what a condition may hold."""
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"


def conditions_page() -> str:
    """Return `docs/conditions.md`."""
    lines = [
        "# Conditions",
        "",
        "<!-- Made by `python -m httpreceiver_operator.conditions`; a test compares. Do not edit. -->",
        "",
        "Of HttpReceiver and ReceiverHost. Every condition carries the generation it speaks of.",
        "",
        "| condition | meaning |",
        "|---|---|",
        *(f"| `{kind.value}` | {MEANINGS[kind]} |" for kind in ConditionType),
        "",
        "## Reasons",
        "",
        "| reason | meaning | what to do |",
        "|---|---|---|",
        *(f"| `{reason.value}` | {REASONS[reason][0]} | {REASONS[reason][1]} |" for reason in Reason),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(conditions_page())
