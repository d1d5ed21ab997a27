"""
What became of every receiver, in one row each: the planner's conditions and the listener's report put together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from httpreceiver_cli.local_cluster import NAMESPACE, Answer
from httpreceiver_cli.tables import aligned
from httpreceiver_listener.states import ApplyReport, ReceiverState, State
from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.readings import Reading
from httpreceiver_operator.snapshot import Host
from httpreceiver_workflow.contract.enums import MessageType

SERVED: Final = (State.SERVING, State.SUSPENDED, State.STALE)
INVALID: Final = "invalid"
"""State of a receiver whose workflow has mistakes; no listener ever sees it."""
UNRESOLVED: Final = "unresolved"
"""State of a receiver whose workflow or certificate is missing; no listener ever sees it."""
HEADINGS: Final = ("NAME", "URL", "TYPE", "STATE", "REASON")

_TYPE_NAMES: Final[Mapping[MessageType, str]] = {
    MessageType.UNKNOWN: "any",
    MessageType.HL7_V2: "HL7",
    MessageType.HL7_V3: "HL7 v3",
    MessageType.FHIR: "FHIR",
    MessageType.XML: "XML",
    MessageType.CSV: "CSV",
    MessageType.JSON: "JSON",
    MessageType.TEXT: "Text",
    MessageType.BINARY: "Binary",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverRow:
    """
    One receiver.

    Attributes:
        name: without the namespace where that is ``default``.
        url: where it is, or would be, as a template where it has one; ``""`` when the workflow does not say.
        methods: the only ones it takes; empty for all.
        state: of the listener (`State`), or `INVALID` or `UNRESOLVED`.
        reason: one sentence, ``""`` when there is nothing to say.
        file: where it stands.
    """

    name: str
    url: str
    message_type: str
    state: str
    reason: str
    file: str
    generation: int
    methods: tuple[str, ...] = ()

    @property
    def is_served(self) -> bool:
        """Whether requests to its URL are answered."""
        return self.state in SERVED

    def as_json(self) -> dict[str, Any]:
        """Return the row as `-o json` prints it."""
        return asdict(self)


def receiver_rows(
    answer: Answer, report: ApplyReport, crowded_out: Mapping[str, str], address: str
) -> list[ReceiverRow]:
    """
    Return one row for each receiver, by name.

    Args:
        crowded_out: receivers whose port another host has on this machine → why.
        address: the one everything is bound to, as a URL shows it.
    """
    states = {state.name: state for state in report.receivers}
    rows = []
    for key, receiver in sorted(answer.receivers.items()):
        settings, route = answer.readings[key].settings, answer.readings[key].route
        state, reason = _state(receiver, states.get(str(key)), crowded_out.get(str(key), ""))
        rows.append(
            ReceiverRow(
                name=shown_name(key),
                url=_url(answer.readings[key], answer.snapshot.host(answer.readings[key].receiver.host_key), address),
                message_type=_TYPE_NAMES.get(settings.message_type, "") if settings else "",
                state=state,
                reason=reason,
                file=answer.places[key],
                generation=receiver["metadata"]["generation"],
                methods=route.methods if route else (),
            )
        )
    return rows


def shown_address(address: str) -> str:
    """
    Return *address* as it stands in a URL that this machine can use.

    >>> shown_address("0.0.0.0"), shown_address("::1")
    ('127.0.0.1', '[::1]')
    """
    if address in ("", "0.0.0.0", "::"):  # noqa: S104  recognised, not bound
        return "127.0.0.1"
    return f"[{address}]" if ":" in address else address


def shown_name(key: ObjectName) -> str:
    """Return the name of a receiver, with its namespace unless that is the default one."""
    return key.name if key.namespace == NAMESPACE else str(key)


def _state(receiver: Mapping[str, Any], live: ReceiverState | None, crowded_out: str) -> tuple[str, str]:
    """Return the state and its reason: first what keeps the receiver from being served, then what is worth knowing."""
    conditions = {condition["type"]: condition for condition in receiver["status"]["conditions"]}
    ready, conflicted = conditions["Ready"], conditions.get("Conflicted")
    if conditions["Accepted"]["status"] != "True":
        message = conditions["Accepted"]["message"]
        if _runs(live):
            return State.STALE, f"The last good version is served. {message}"
        return UNRESOLVED if conditions["Accepted"]["reason"] == "WorkflowUnavailable" else INVALID, message
    if crowded_out:
        return State.CONFLICTED, crowded_out
    if live is not None:
        insecure = conditions.get("Insecure", {}).get("message", "")
        return live.state, live.message or insecure
    if ready["reason"] == "Disabled":
        return State.DISABLED, ready["message"]
    if conflicted is not None:
        return State.CONFLICTED, conflicted["message"]
    if conditions["ResolvedRefs"]["status"] != "True":
        return UNRESOLVED, conditions["ResolvedRefs"]["message"]
    return State.FAILED, ready["message"]


def _runs(live: ReceiverState | None) -> bool:
    return live is not None and live.state in SERVED


def _url(reading: Reading, host: Host, address: str) -> str:
    settings, route = reading.settings, reading.route
    if settings is None or route is None:
        return ""
    port = host.service_address_port if settings.hosted else settings.port
    tls = host.service_address_tls if settings.hosted else settings.use_ssl
    return f"{'https' if tls else 'http'}://{address}:{port}{route.path}"


def table(rows: Iterable[ReceiverRow]) -> str:
    """Return the rows as people read them."""
    return aligned(HEADINGS, [(row.name, _shown_url(row), row.message_type, row.state, row.reason) for row in rows])


def _shown_url(row: ReceiverRow) -> str:
    """Return the URL, with the methods before it where only some are taken."""
    return f"{','.join(row.methods)} {row.url}" if row.methods and row.url else row.url
