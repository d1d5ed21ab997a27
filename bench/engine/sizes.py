"""
Workflows that grow: what making them ready costs per setting, and what settings cost that a request has no use for.
"""

import functools
from collections.abc import Callable
from typing import Any, Final

from bench.engine.run import runs
from bench.job import PATIENT, RECEIVER, typed
from httpreceiver_workflow import prepare_workflow

SETTINGS: Final = (10, 100, 1000)
"""Settings of the workflows whose compile time is measured."""

_HOST: Final = "00000000-0000-4000-8000-0000000000f1"
_SOURCE: Final = {"FromSetting": RECEIVER, "FromDirection": 0, "FromType": 12}


def _guid(letter: str, number: int) -> str:
    return f"{letter * 8}-0000-4000-8000-{number:012}"


def _activity(number: int) -> list[dict[str, Any]]:
    """Return an HTTP sender with its filter host and its transformer list: three settings."""
    condition = typed("StringMessageFilter", Path="resourceType", Comparer=0, Value="Patient", **_SOURCE)
    mapping = typed("CreateMappingTransformerAction", FromPath="name[1]/family", ToPath="family", **_SOURCE)
    variable = typed("CreateVariableTransformerAction", VariableName=f"id{number}", FromPath="id", **_SOURCE)
    return [
        typed(
            "HttpSenderSetting",
            Id=_guid("a", number),
            Name=f"sender {number}",
            Server=f"http://example.org/{number}/${{id{number}}}",
            Method=1,
            MessageType=11,
            MessageTemplate='{"kind":"patient"}',
            Filters=_guid("b", number),
            Transformers=_guid("c", number),
        ),
        typed("FilterHostSetting", Id=_guid("b", number), Name="patients", Filters=[condition]),
        typed("TransformerSetting", Id=_guid("c", number), Name="family", Transformers=[mapping, variable]),
    ]


def _receiver(template: str, **fields: Any) -> dict[str, Any]:
    return typed(
        "HttpReceiverSetting",
        Id=RECEIVER,
        Name="sizes",
        ServiceName="sizes",
        MessageType=11,
        ResponseMessageTemplate=template,
        **fields,
    )


def _with_activities(count: int, **fields: Any) -> list[dict[str, Any]]:
    activities = [setting for number in range(count) for setting in _activity(number)]
    return [_receiver("ok", Activities=[_guid("a", number) for number in range(count)], **fields), *activities]


def compiled(settings: int) -> Callable[[], object]:
    """Return what makes a workflow of *settings* settings ready: a receiver, and three for each activity."""
    return functools.partial(prepare_workflow, _with_activities((settings - 1) // 3))


def unreferenced(count: int) -> list[dict[str, Any]]:
    """Return a receiver with a fixed answer, and *count* settings that nothing links to."""
    others = [setting for number in range(count // 3 + 1) for setting in _activity(number)]
    return [_receiver("ok"), *others[:count]]


def disabled(count: int) -> list[dict[str, Any]]:
    """Return a receiver with a fixed answer, and *count* settings of activities that are switched off."""
    receiver, *others = _with_activities(count // 3 + 1)
    switched = [one | {"Disabled": True} if "HttpSender" in one["$type"] else one for one in others]
    return [receiver, *switched]


def filtered_out(count: int) -> list[dict[str, Any]]:
    """Return a receiver whose filter turns the request away before *count* settings of activities."""
    nobody = typed("StringMessageFilter", Path="resourceType", Comparer=0, Value="Nobody", **_SOURCE)
    host = typed("FilterHostSetting", Id=_HOST, Name="nobody", Filters=[nobody])
    return [*_with_activities(count // 3 + 1, Filters=_HOST), host]


UNRELATED: Final = {"unreferenced": unreferenced, "disabled": disabled, "filtered out": filtered_out}
"""Why settings have nothing to do with a request → the workflow with so many of them."""


def unrelated_sides(name: str) -> dict[str, Callable[[], object]]:
    """Return a run with one and with a thousand settings that it has no use for."""
    return {f"{count} settings": runs(UNRELATED[name](count), PATIENT) for count in (1, 1000)}
