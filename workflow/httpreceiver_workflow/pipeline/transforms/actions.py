"""
Actions that do one thing, compiled to instructions (contract 5.2). An action class is one function in `LEAVES`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from httpreceiver_workflow.contract.enums import Direction, MessageType
from httpreceiver_workflow.contract.list_settings import (
    AppendLine,
    CreateMapping,
    CreateParameter,
    CreateVariable,
    CustomTransform,
    Leaf,
    Notify,
    RunCode,
)
from httpreceiver_workflow.contract.sender_settings import DatabaseParameter
from httpreceiver_workflow.messages.message import Message
from httpreceiver_workflow.messages.plain_text import with_line
from httpreceiver_workflow.options.compatibility import AppendedLine, FormattedVariables
from httpreceiver_workflow.pipeline.bindings import compile_source, compile_target, own_message, variable_name
from httpreceiver_workflow.pipeline.code.steps import compile_code_action
from httpreceiver_workflow.pipeline.effects import Notification
from httpreceiver_workflow.pipeline.exchange import Exchange, Instruction
from httpreceiver_workflow.pipeline.formatting.formats import ModifierProblem, compile_formatting
from httpreceiver_workflow.pipeline.host_reads import HostProblem
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.transforms.copies import Copy
from httpreceiver_workflow.pipeline.transforms.custom_transforms import compile_custom_transform, compile_parameter
from httpreceiver_workflow.pipeline.variables import formatted_once, write_variable


def compile_leaf(action: Leaf, scope: Scope) -> Instruction:
    """Compile one action, which writes to the scope's target."""
    return LEAVES[type(action)](action, scope)


def _create_variable(action: CreateVariable, scope: Scope) -> Instruction:
    read = compile_source(action.source, action.where, scope)
    write = write_variable(action.name)
    formatting = compile_action_formatting(action, scope)
    default, key = action.default, action.name.lower()
    if formatting is not None and scope.compatibility.formatted_variables is FormattedVariables.FORMATTED_ONCE:
        read, formatting = formatted_once(action.name, read, formatting), None

    def run(exchange: Exchange) -> None:
        value = read(exchange)
        if formatting is not None:
            value = formatting(value)
        if value == "" and default is not None:
            value = exchange.variables.get(key) or default
        write(exchange, value)

    return run


def _create_mapping(action: CreateMapping, scope: Scope) -> Instruction:
    read = compile_source(action.source, action.where, scope)
    write = compile_target(action.target, action.where, scope, structure=action.structure)
    formatting = compile_action_formatting(action, scope)
    if formatting is None:
        return Copy(read, write)
    is_variable = action.target.direction is Direction.VARIABLE
    if is_variable and scope.compatibility.formatted_variables is FormattedVariables.FORMATTED_ONCE:
        read_formatted = formatted_once(variable_name(action.target.path), read, formatting)
        return lambda exchange: write(exchange, read_formatted(exchange))
    return lambda exchange: write(exchange, formatting(read(exchange)))


def compile_action_formatting(
    action: CreateVariable | CreateMapping | DatabaseParameter, scope: Scope
) -> Callable[[str], str] | None:
    """Compile the formatting fields of *action*; None when they do nothing."""
    try:
        return compile_formatting(action.formatting, scope.host.lookup, scope.compatibility)
    except (ModifierProblem, HostProblem) as problem:
        scope.report(action.where, problem.code, str(problem))
        return None


def _append_line(action: AppendLine, scope: Scope) -> Instruction:
    read = compile_source(action.source, action.where, scope)
    slot, append = scope.target, _APPENDS[scope.compatibility.append_line]
    parse = scope.formats[slot].parse
    if append is None:
        return lambda exchange: own_message(exchange, slot).append_line(read(exchange))

    def run(exchange: Exchange) -> None:
        message = own_message(exchange, slot)
        if message.type in _LINELESS:
            exchange.messages[slot] = append(message, read(exchange), parse)
        else:
            message.append_line(read(exchange))

    return run


Parse = Callable[[str], Message]
_LINELESS: Final = frozenset(
    {
        MessageType.XML,
        MessageType.HL7_V3,
        MessageType.FHIR,
        MessageType.JSON,
        MessageType.DICOM,
        MessageType.BINARY,
    }
)
_APPENDS: Final[Mapping[AppendedLine, Callable[[Message, str, Parse], Message] | None]] = MappingProxyType(
    {
        AppendedLine.ERROR: None,
        AppendedLine.IGNORED: lambda message, _line, _parse: message,
        AppendedLine.AS_TEXT: lambda message, line, parse: parse(with_line(message.text(), line)),
    }
)
"""What a message without lines becomes by a line (contract A25); None leaves it to the message, which refuses."""


def _notify(action: Notify, scope: Scope) -> Instruction:
    read = compile_source(action.source, action.where, scope)
    where, critical = action.where, action.critical
    return lambda exchange: exchange.notify(Notification(where, critical, read(exchange)))


def _create_parameter(action: CreateParameter, scope: Scope) -> Instruction:
    read = compile_parameter(action, scope)
    write = write_variable(action.name)
    return lambda exchange: write(exchange, read(exchange))


LEAVES: Final[Mapping[type[Leaf], Callable[[Any, Scope], Instruction]]] = MappingProxyType(
    {
        CreateVariable: _create_variable,
        CreateMapping: _create_mapping,
        AppendLine: _append_line,
        Notify: _notify,
        CreateParameter: _create_parameter,
        CustomTransform: compile_custom_transform,
        RunCode: compile_code_action,
    }
)
"""Action class → what compiles it."""
