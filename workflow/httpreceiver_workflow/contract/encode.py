"""
A decoded workflow → the JSON document that means it: the way back of `decode`, for one record as for the next.

A record says what most of it is called: attribute ``use_ssl`` is member ``UseSsl``, and a member that has the default
of its dataclass, which is that of the contract, is left out. `encode_names` holds the attributes that are called
otherwise, `_WRITERS` those that become several members or none. What decoding does not read is not in a record, so not
in the document either: `canonical` keeps it. Called by `canonical` and by whoever builds workflows in code.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from httpreceiver_workflow.contract import list_settings as lists
from httpreceiver_workflow.contract import sender_settings as senders
from httpreceiver_workflow.contract.custom_transformers import CUSTOM_TRANSFORMERS, OUTPUT_VARIABLE
from httpreceiver_workflow.contract.encode_names import (
    ALWAYS_WRITTEN,
    CLASS_NAMES,
    full_type,
    member_name,
    pascal_case,
)
from httpreceiver_workflow.contract.encodings import DEFAULT_ENCODING, dotnet_encoding
from httpreceiver_workflow.contract.enums import Direction, TextFormat, Truncation
from httpreceiver_workflow.contract.fields import enum_name
from httpreceiver_workflow.contract.roots import LIST_NAME
from httpreceiver_workflow.contract.setting_parts import Formatting, Source, Target, VariableDescriptor
from httpreceiver_workflow.contract.settings import HttpReceiver, Setting, Workflow
from httpreceiver_workflow.contract.support import CLASSES, fields_of, part_names

Members: TypeAlias = dict[str, object]
Finish: TypeAlias = Callable[[Any, str, Members], Members]
"""What is done with the members of each record that has a ``$type``: record, class name, members → members."""

_CUSTOM_NAMESPACE: Final = "HL7ValueTransformers"


def encode_workflow(workflow: Workflow) -> Members:
    """
    Return *workflow* as a workflow file holds it: an object whose WorkflowPattern lists the settings, receiver first.

    Decoding it gives *workflow* again, wherever its records stood before. Members with their documented default are
    left out, but for MessageType; enumerations are numbers, but for those whose numbers are not published. What
    decoding did not read is not there: members without effect, unused settings, what stands in disabled activities.
    """
    return {LIST_NAME: [encode_setting(setting) for setting in settings_of(workflow)]}


def settings_of(workflow: Workflow) -> Iterator[Setting]:
    """Yield the settings of *workflow* once each: the receiver and its lists, then each activity and its lists."""
    receiver = workflow.receiver
    ordered: list[Setting | None] = [
        receiver,
        workflow.filters(receiver.filters),
        workflow.transformers(receiver.variable_transformers),
        workflow.transformers(receiver.response_transformers),
    ]
    for activity in workflow.activities:
        ordered += [activity, workflow.filters(activity.filters), workflow.transformers(activity.transformers)]
    yield from {setting.id: setting for setting in ordered if setting is not None}.values()


def _as_it_is(_record: object, _class_name: str, members: Members) -> Members:
    return members


def encode_setting(record: Setting, finish: Finish = _as_it_is) -> Members:
    """Return one setting with everything inside it; *finish* has the last word on each object with a ``$type``."""
    return _Encoder(finish).object_of(record)


def class_name_of(record: object) -> str:
    """Return the class of *record*, or the name of its field table."""
    return record.class_name if isinstance(record, senders.DisabledActivity) else CLASS_NAMES[type(record)]


@dataclasses.dataclass(frozen=True, slots=True)
class _Encoder:
    finish: Finish

    def object_of(self, record: Any) -> Members:
        """Return the members of *record*, in the order of its field table, after its ``$type`` if it has one."""
        class_name = class_name_of(record)
        members = {
            name: self.value_of(value)
            for attribute in dataclasses.fields(record)
            if attribute.name not in ("where", "class_name")
            for name, value in self.members_of(record, attribute)
        }
        if CLASS_NAMES.get(type(record)) in part_names():
            return in_order(members, class_name)
        typed = {"$type": full_type(class_name)} if class_name else {}
        return self.finish(record, class_name, typed | in_order(members, class_name))

    def members_of(self, record: Any, attribute: "dataclasses.Field[Any]") -> Iterator[tuple[str, object]]:
        """Yield name and value of each member that *attribute* of *record* is written as."""
        value = getattr(record, attribute.name)
        writer = next((own[attribute.name] for own in _of_class(_WRITERS, record) if attribute.name in own), None)
        if writer is not None:
            yield from writer(record, value)
            return
        if isinstance(value, Source):
            yield from _source_members(value)
        elif isinstance(value, Target):
            yield from _target_members(value)
        elif isinstance(value, Formatting):
            yield from _formatting_members(value)
        else:
            name = member_name(type(record), attribute.name)
            if name in ALWAYS_WRITTEN or value != _default_of(attribute):
                yield name, value

    def value_of(self, value: object) -> object:
        """Return *value* as JSON."""
        if isinstance(value, IntEnum):
            return int(value)
        if isinstance(value, tuple | list):
            return [self.value_of(item) for item in value]
        if isinstance(value, Mapping):
            return {name: self.value_of(item) for name, item in value.items()}
        return self.object_of(value) if dataclasses.is_dataclass(value) else value


def in_order(members: Members, class_name: str) -> Members:
    """Return *members* in the order of the field table of *class_name*, those it does not have last, by name."""
    table = fields_of(class_name) if class_name in CLASSES or class_name in part_names() else {}
    order = {name: place for place, name in enumerate(table)}
    return {name: members[name] for name in sorted(members, key=lambda name: (order.get(name, len(order)), name))}


def _default_of(attribute: "dataclasses.Field[Any]") -> object:
    if attribute.default_factory is not dataclasses.MISSING:
        return attribute.default_factory()
    return attribute.default


def _of_class(table: Mapping[type, Mapping[str, Any]], record: object) -> Iterator[Mapping[str, Any]]:
    return (table[one] for one in type(record).__mro__ if one in table)


# --- parts that are several members of their owner -----------------------------------------------------------------


def _source_members(source: Source, path: str = "FromPath", side: str = "From") -> Iterator[tuple[str, object]]:
    written = {
        path: source.path,
        f"{side}Setting": source.setting,
        f"{side}Direction": source.direction,
        f"{side}Type": source.kind,
        f"{side}Namespaces": source.namespaces,
    }
    # A direction of 0 is not the same as none.
    yield from ((name, value) for name, value in written.items() if value or isinstance(value, IntEnum))


def _target_members(target: Target) -> Iterator[tuple[str, object]]:
    yield from _source_members(
        Source(path=target.path, setting=target.setting, direction=target.direction, namespaces=target.namespaces),
        "ToPath",
        "To",
    )


def _formatting_members(formatting: Formatting) -> Iterator[tuple[str, object]]:
    for attribute in dataclasses.fields(formatting):
        value = getattr(formatting, attribute.name)
        if value != attribute.default:
            # The numbers of these two are not published, so their names are the only certain way to say them.
            named = isinstance(value, TextFormat | Truncation)
            yield pascal_case(attribute.name), enum_name(value) if named else value


# --- attributes that are not one member of one name ----------------------------------------------------------------

_Writer: TypeAlias = Callable[[Any, Any], Iterator[tuple[str, object]]]


def _as_source(path: str, side: str = "From") -> _Writer:
    def write(_record: object, source: Source | None) -> Iterator[tuple[str, object]]:
        yield from _source_members(source, path, side) if source is not None else ()

    return write


def _pattern_name(receiver: HttpReceiver, name: str) -> Iterator[tuple[str, object]]:
    if name != receiver.name:
        yield "WorkflowPatternName", name


def _server_certificate(_receiver: HttpReceiver, thumbprint: str) -> Iterator[tuple[str, object]]:
    if thumbprint:
        yield "UseDefaultSSLCertificate", False
        yield "CertificateThumbPrint", thumbprint


def _query_parameters(
    _receiver: HttpReceiver, parameters: Mapping[str, VariableDescriptor]
) -> Iterator[tuple[str, object]]:
    if parameters:
        yield "ExtractParameters", True
        yield "QueryStringParameters", dict(_named_by_key(key, item) for key, item in parameters.items())


def _named_by_key(key: str, item: VariableDescriptor) -> tuple[str, VariableDescriptor]:
    """Return the key in the letter case of the variable, which then names it; never a member of the serialiser."""
    if item.name.lower() == key:
        return item.name, dataclasses.replace(item, name="")
    return key.upper() if key in ("$type", "$id") else key, item


def _variable_name(_descriptor: object, name: str) -> Iterator[tuple[str, object]]:
    if name:
        yield "VariableName", name


def _url_sections(_receiver: HttpReceiver, sections: tuple[VariableDescriptor, ...]) -> Iterator[tuple[str, object]]:
    if sections:
        yield "ExtractUrlSections", True
        yield "UrlSections", sections


def _text_encoding(_sender: object, codec: str) -> Iterator[tuple[str, object]]:
    if codec != DEFAULT_ENCODING:
        yield "Encoding", dotnet_encoding(codec)


def _client_certificate(_sender: object, thumbprint: str) -> Iterator[tuple[str, object]]:
    if thumbprint:
        yield "UseAuthenticationCertificate", True
        yield "AuthenticationCertificateThumbprint", thumbprint


def _returned_row(_sender: object, returns_row: bool) -> Iterator[tuple[str, object]]:
    if returns_row:
        yield "ResponseNotAvailable", False


def _variable_default(_action: object, default: str | None) -> Iterator[tuple[str, object]]:
    if default is not None:
        yield "SampleValueIsDefaultValue", True
        if default:
            yield "SampleVariableValue", default


def _custom_transformer(_action: object, name: str) -> Iterator[tuple[str, object]]:
    yield "CustomTransformerTypeName", f"{_CUSTOM_NAMESPACE}.{name}, {_CUSTOM_NAMESPACE}"


def _custom_parameters(
    action: lists.CustomTransform, parameters: Mapping[str, lists.CreateParameter]
) -> Iterator[tuple[str, object]]:
    written = {parameter.name: parameter for parameter in parameters.values()}
    if action.output != CUSTOM_TRANSFORMERS[action.transformer].output:
        literal = Source(path=action.output, direction=Direction.VARIABLE)
        written[OUTPUT_VARIABLE] = lists.CreateParameter(where="", name=OUTPUT_VARIABLE, source=literal)
    if written:
        yield "Parameters", written


def _nothing(_record: object, _value: object) -> Iterator[tuple[str, object]]:
    """Written by another attribute of the record."""
    return iter(())


_WRITERS: Final[Mapping[type, Mapping[str, _Writer]]] = MappingProxyType(
    {
        HttpReceiver: {
            "pattern_name": _pattern_name,
            "certificate_thumbprint": _server_certificate,
            "query_parameters": _query_parameters,
            "url_sections": _url_sections,
        },
        VariableDescriptor: {"name": _variable_name},
        senders.HttpSender: {"encoding": _text_encoding, "certificate_thumbprint": _client_certificate},
        senders.Header: {"source": _as_source("Value")},
        senders.DatabaseSender: {"returns_row": _returned_row},
        senders.DatabaseParameter: {"source": _as_source("Value")},
        lists.StringFilter: {"source": _as_source("Path"), "operand": _as_source("ToPath", "To")},
        lists.DateFilter: {"source": _as_source("Path"), "operand": _as_source("ToPath", "To")},
        lists.CreateVariable: {"default": _variable_default},
        lists.CustomTransform: {
            "transformer": _custom_transformer,
            "parameters": _custom_parameters,
            "output": _nothing,
        },
    }
)
"""Record → attribute → what writes it, where it is not one member that holds the value."""
