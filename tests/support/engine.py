"""
Drive the pure engine in tests: workflows as short Python values, one request in, everything that came out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, cycle
from typing import Any

from httpreceiver_workflow import Prepared, prepare_workflow
from httpreceiver_workflow.pipeline.effects import Fault, InboundRequest, Outcome, Reply, Respond, Send
from httpreceiver_workflow.pipeline.runner import Run, run_pipeline
from httpreceiver_workflow.resources import NO_RESOURCES, Resources

RECEIVER = "00000000-0000-0000-0000-0000000000a1"
NOON = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)

ADT = (
    "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20240105103000||ADT^A01^ADT_A01|MSG001|P|2.5.1\r"
    "PID|1||12345^^^HOSP^MR~67890^^^SSA^SS||Brown^Sam^J||19780203|M\r"
    "OBX|1|NM|HR^Heart rate||72|bpm\rOBX|2|NM|BT^Temp||37.1|C"
)

Performer = Callable[[Send], Reply | Fault]


def guid(suffix: str) -> str:
    """Return a GUID that ends in *suffix*, e.g. ``b1``."""
    return f"00000000-0000-0000-0000-{suffix:0>12}"


def typed(name: str, **fields: Any) -> dict[str, Any]:
    """Return a setting of class *name* with the namespace the product writes."""
    namespaces = {
        "HttpReceiverSetting": "HL7Soup.Functions.Settings.Receivers",
        "HttpSenderSetting": "HL7Soup.Functions.Settings.Senders",
        "FileWriterSenderSetting": "HL7Soup.Functions.Settings.Senders",
        "FilterHostSetting": "HL7Soup.Functions.Settings.Filters",
        "StringMessageFilter": "HL7Soup.MessageFilters",
        "DateMessageFilter": "HL7Soup.MessageFilters",
        "ValidMessageFilter": "HL7Soup.MessageFilters",
        "FilterGroup": "HL7Soup.MessageFilters",
    }
    return {"$type": f"{namespaces.get(name, 'HL7Soup.Functions.Settings')}.{name}, HL7SoupWorkflow", **fields}


def receiver(**fields: Any) -> dict[str, Any]:
    """Return a receiver of text messages on ``/v``."""
    return typed(
        "HttpReceiverSetting", **{"Id": RECEIVER, "Name": "v", "ServiceName": "v", "MessageType": 13, **fields}
    )


def transformers(suffix: str, *actions: dict[str, Any]) -> dict[str, Any]:
    """Return a transformer list."""
    return typed("TransformerSetting", Id=guid(suffix), Transformers=list(actions))


def filter_host(suffix: str, *filters: dict[str, Any], actions: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """Return a filter host."""
    return typed("FilterHostSetting", Id=guid(suffix), Filters=list(filters), Transformers=list(actions))


def create_variable(name: str, path: str, direction: int = 0, **fields: Any) -> dict[str, Any]:
    """Return a CreateVariable that reads *path* of the request; direction 2 reads literal text."""
    source = None if direction == 2 else RECEIVER
    return typed(
        "CreateVariableTransformerAction",
        **{"VariableName": name, "FromPath": path, "FromDirection": direction, "FromSetting": source, **fields},
    )


def mapping(path: str, to_path: str, **fields: Any) -> dict[str, Any]:
    """Return a CreateMapping from *path* of the request to *to_path* of the list's own message."""
    return typed(
        "CreateMappingTransformerAction",
        **{"FromPath": path, "FromSetting": RECEIVER, "FromDirection": 0, "ToPath": to_path, **fields},
    )


def string_filter(path: str, value: str, **fields: Any) -> dict[str, Any]:
    """Return a StringMessageFilter on *path* of the request."""
    return typed(
        "StringMessageFilter", **{"Path": path, "Value": value, "FromSetting": RECEIVER, "FromDirection": 0, **fields}
    )


@dataclass
class Ran:
    """Everything one run gave: what was yielded in order, and how it ended."""

    outcome: Outcome
    effects: list[Send | Respond] = field(default_factory=list)

    @property
    def response(self) -> Respond:
        """The one response."""
        (only,) = [effect for effect in self.effects if isinstance(effect, Respond)]
        return only

    @property
    def text(self) -> str:
        """The response's body."""
        return self.response.body.decode()

    @property
    def sends(self) -> list[Send]:
        """The activities performed."""
        return [effect for effect in self.effects if isinstance(effect, Send)]


def prepare(*settings: dict[str, Any], resources: Resources = NO_RESOURCES) -> Prepared:
    """Load and compile a workflow that has no errors."""
    prepared = prepare_workflow(list(settings), resources)
    assert prepared.pipeline is not None, prepared.problems
    return prepared


def request(body: str | bytes = "", **fields: Any) -> InboundRequest:
    """Return a request at a fixed time with predictable ids."""
    uuids: Iterator[int] = count(1)
    rows: dict[str, Iterator[int]] = {}
    defaults: dict[str, Any] = {
        "method": "POST",
        "rest": "",
        "query": "",
        "body": body.encode() if isinstance(body, str) else body,
        "content_type": "",
        "client_ip": "192.0.2.7",
        "received_at": NOON,
        "instance_id": 1,
        "now": lambda: NOON,
        "new_uuid": lambda: f"00000000-0000-4000-8000-{next(uuids):012}",
        "next_row": lambda table, count: next(rows.setdefault(table, cycle(range(count)))),
        "random_row": lambda count: count - 1,
    }
    return InboundRequest(**(defaults | fields))


def run(prepared: Prepared, inbound: InboundRequest, perform: Performer = lambda _: Reply()) -> Ran:
    """Run a workflow on one request."""
    assert prepared.pipeline is not None
    return drive(run_pipeline(prepared.pipeline, inbound), perform)


def drive(steps: Run, perform: Performer) -> Ran:
    """Drive one run to its end."""
    effects: list[Send | Respond] = []
    answer: Reply | Fault | None = None
    try:
        while True:
            effect = steps.send(answer)
            effects.append(effect)
            answer = perform(effect) if isinstance(effect, Send) else None
    except StopIteration as stop:
        return Ran(stop.value, effects)


def answer(settings: tuple[dict[str, Any], ...], body: str = "", **fields: Any) -> str:
    """Return the response body of one request to a workflow of *settings*."""
    return run(prepare(*settings), request(body, **fields)).text
