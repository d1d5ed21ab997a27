"""
The values that stand beside a workflow: each a constant, a template with ``${…}``, or one ``#[expression]``.
"""

import math

import msgspec

from httpreceiver_workflow.contract.built_in import READ_ONLY_VARIABLES
from httpreceiver_workflow.contract.enums import Direction
from httpreceiver_workflow.contract.list_settings import CreateVariable
from httpreceiver_workflow.contract.setting_parts import Source
from httpreceiver_workflow.contract.values import shown
from httpreceiver_workflow.options.request_values import Variable
from httpreceiver_workflow.pipeline.effects import FaultKind
from httpreceiver_workflow.pipeline.exchange import REQUEST_SLOT, Exchange, Instruction, Text
from httpreceiver_workflow.pipeline.expressions.expression import Value, compile_expression, is_expression
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import compile_template
from httpreceiver_workflow.pipeline.variables import write_variable
from httpreceiver_workflow.problem_codes import ProblemCode


def compile_value(text: str, where: str, scope: Scope, *, has_error: bool = False) -> Value:
    """Compile *text*; problems are reported at *where*. What it gives is a text unless it is an expression."""
    if is_expression(text):
        return compile_expression(text, where, scope, has_error=has_error)
    return compile_template(text, where, scope)


def compile_text(text: str, where: str, scope: Scope, *, has_error: bool = False) -> Text:
    """Compile *text* to what is always a text."""
    value = compile_value(text, where, scope, has_error=has_error)
    return lambda exchange: text_of(value(exchange), exchange)


def text_of(value: object, exchange: Exchange) -> str:
    """Return the text form of an expression's result: a list or map is JSON, null is empty. Raises ExchangeFault."""
    match value:
        case str():
            return value
        case None:
            return ""
        case float() if math.isfinite(value) and value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case bytes() | bytearray():
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise exchange.failing(FaultKind.EXPRESSION, "an expression's bytes are not UTF-8") from None
        case _:
            return _json_of(value, exchange)


def _json_of(value: object, exchange: Exchange) -> str:
    """Return *value* as JSON with sorted keys, since maps of expressions have no order; a moment or a span bare."""
    try:
        encoded = msgspec.json.encode(value, order="deterministic").decode()
    except TypeError:  # a type, or a map with keys that JSON does not have
        raise exchange.failing(FaultKind.EXPRESSION, "an expression's result has no JSON form") from None
    return encoded if isinstance(value, dict | list) else encoded.strip('"')


def compile_variables(scope: Scope) -> tuple[Instruction, ...]:
    """Return what sets the variables that the HttpReceiver adds, in their order."""
    instructions: list[Instruction] = []
    seen: set[str] = set()
    for number, variable in enumerate(scope.options.variables):
        where, key = f"spec.variables[{number}]", variable.name.lower()
        if key in READ_ONLY_VARIABLES:
            message = f"{shown(variable.name)} is a built-in variable; setting it has no effect."
            scope.report(f"{where}.name", ProblemCode.VARIABLE_READ_ONLY, message)
        elif key in seen:
            message = f"{shown(variable.name)} is set by an earlier item too; the last one wins."
            scope.report(f"{where}.name", ProblemCode.VARIABLE_NAME_DUPLICATE, message)
        seen.add(key)
        instructions.append(_setting(variable, where, scope))
    return tuple(instructions)


def _setting(variable: Variable, where: str, scope: Scope) -> Instruction:
    write, value = write_variable(variable.name), variable.value
    read = scope.tracer.reader(value, None, compile_text(value, f"{where}.value", scope))

    def set_variable(exchange: Exchange) -> None:
        write(exchange, read(exchange))

    # A trace tells of it as of the action of a workflow that does the same.
    action = CreateVariable(where=where, name=variable.name, source=Source(path=value, direction=Direction.VARIABLE))
    return scope.tracer.action(action, REQUEST_SLOT, set_variable)
