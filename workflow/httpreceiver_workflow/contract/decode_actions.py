"""Transformer actions, and the two settings that hold lists of them, → records (contract 5)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.built_in import warn_of_read_only
from httpreceiver_workflow.contract.class_binding import bind_class
from httpreceiver_workflow.contract.decode_custom import create_parameter, custom_transform
from httpreceiver_workflow.contract.decode_filters import decode_filters
from httpreceiver_workflow.contract.decode_parts import read_formatting, read_namespaces, read_source
from httpreceiver_workflow.contract.enums import Direction
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import Findings, LinkKind
from httpreceiver_workflow.contract.list_settings import (
    Action,
    AppendLine,
    BeginConditional,
    Comment,
    CreateMapping,
    CreateVariable,
    EndConditional,
    FilterHost,
    ForEach,
    Next,
    Notify,
    RunCode,
    TransformerList,
)
from httpreceiver_workflow.contract.setting_parts import Target
from httpreceiver_workflow.contract.support import Kind, fields_of
from httpreceiver_workflow.options.compatibility import SampleAsDefault
from httpreceiver_workflow.problem_codes import ProblemCode


def filter_host(reader: Reader) -> FilterHost:
    """FilterHostSetting."""
    return FilterHost(
        where=reader.where,
        id=reader.guid("Id") or "",
        name=reader.text("Name"),
        filters=decode_filters(reader, "Filters"),
        actions=decode_actions(reader, "Transformers"),
    )


def transformer_list(reader: Reader) -> TransformerList:
    """TransformerSetting."""
    return TransformerList(
        where=reader.where,
        id=reader.guid("Id") or "",
        name=reader.text("Name"),
        actions=decode_actions(reader, "Transformers"),
    )


def decode_actions(reader: Reader, name: str) -> tuple[Action, ...]:
    """Return the actions in array *name*; those that cannot run are reported and left out."""
    decoded = (decode_action(value, where, reader.findings) for where, value in reader.items(name))
    return tuple(action for action in decoded if action is not None)


def decode_action(value: object, where: str, findings: Findings) -> Action | None:
    """Return the record of one action object; None, after reporting, when it cannot run."""
    name = bind_class(value, where, Kind.ACTION, findings)
    if name is None or not isinstance(value, Mapping):
        return None
    reader = Reader(name.name, fields_of(name.name), value, where, findings)
    decoded = ACTION_DECODERS[name.name](reader)
    reader.finish()
    return decoded


def create_variable(reader: Reader) -> CreateVariable:
    """CreateVariableTransformerAction."""
    name = reader.text("VariableName")
    if not name.strip():
        reader.report("VariableName", ProblemCode.FIELD_MISSING, "VariableName is missing: nothing says what to set.")
    warn_of_read_only(reader, "VariableName", name)
    sample = reader.text("SampleVariableValue")
    is_default = reader.flag("SampleValueIsDefaultValue")
    counts = reader.findings.compatibility.sample_as_default is SampleAsDefault.WHEN_EMPTY
    return CreateVariable(
        where=reader.where,
        source=read_source(reader),
        formatting=read_formatting(reader),
        name=name,
        default=sample if is_default and counts else None,
    )


def create_mapping(reader: Reader) -> CreateMapping:
    """CreateMappingTransformerAction."""
    target = _read_target(reader, path=reader.text("ToPath"), namespaces=read_namespaces(reader, "ToNamespaces"))
    if target.direction is Direction.VARIABLE:
        name = target.path.strip().removeprefix("${").removesuffix("}")
        if not name.strip():
            message = "ToPath is missing: nothing says which variable to write."
            reader.report("ToPath", ProblemCode.FIELD_MISSING, message)
        warn_of_read_only(reader, "ToPath", name)
    return CreateMapping(
        where=reader.where,
        source=read_source(reader),
        target=target,
        formatting=read_formatting(reader),
        structure=reader.flag("AllowMessageStructureToChange"),
    )


def append_line(reader: Reader) -> AppendLine:
    """AppendLineTransformerAction."""
    target = _read_target(reader)
    if target.direction is Direction.VARIABLE:
        message = "ToDirection is 2, a variable; a line is appended to the list's own message only."
        reader.report("ToDirection", ProblemCode.FIELD_NOT_SUPPORTED, message)
    return AppendLine(where=reader.where, source=read_source(reader), target=target)


def _read_target(reader: Reader, path: str = "", namespaces: Mapping[str, str] | None = None) -> Target:
    direction = reader.optional_enum("ToDirection", Direction)
    setting = reader.guid("ToSetting")
    # A variable belongs to no setting, so that an old GUID beside it does no harm (contract 5.3).
    if setting is not None and direction is not Direction.VARIABLE:
        reader.note_link("ToSetting", setting, LinkKind.TARGET)
    target = Target(path=path, setting=setting, direction=direction)
    return target if not namespaces else Target(path=path, setting=setting, direction=direction, namespaces=namespaces)


def notify(reader: Reader) -> Notify:
    """NotificationTransformerAction."""
    return Notify(where=reader.where, source=read_source(reader), critical=reader.flag("Critical"))


def run_code(reader: Reader) -> RunCode:
    """CodeTransformerAction."""
    return RunCode(where=reader.where, code=reader.text("Code"))


def begin_conditional(reader: Reader) -> BeginConditional:
    """BeginConditionalTransformerAction."""
    return BeginConditional(where=reader.where, filters=decode_filters(reader, "Filters"))


def end_conditional(reader: Reader) -> EndConditional:
    """EndConditionalTransformerAction."""
    return EndConditional(where=reader.where)


def for_each(reader: Reader) -> ForEach:
    """ForEachTransformerAction."""
    source = read_source(reader)
    if not source.path.strip():
        reader.report("FromPath", ProblemCode.FIELD_MISSING, "FromPath is missing: nothing says what to repeat for.")
    return ForEach(where=reader.where, source=source)


def next_pass(reader: Reader) -> Next:
    """NextTransformerAction."""
    return Next(where=reader.where)


def comment(reader: Reader) -> Comment:
    """CommentTransformerAction."""
    return Comment(where=reader.where)


ACTION_DECODERS: Final[Mapping[str, Callable[[Reader], Action]]] = MappingProxyType(
    {
        "CreateVariableTransformerAction": create_variable,
        "CreateMappingTransformerAction": create_mapping,
        "AppendLineTransformerAction": append_line,
        "BeginConditionalTransformerAction": begin_conditional,
        "EndConditionalTransformerAction": end_conditional,
        "ForEachTransformerAction": for_each,
        "NextTransformerAction": next_pass,
        "CommentTransformerAction": comment,
        "NotificationTransformerAction": notify,
        "CodeTransformerAction": run_code,
        "CreateParameterTransformerAction": create_parameter,
        "CustomTransformerAction": custom_transform,
    }
)
