"""
``#[expression]``: a value that is worked out for each request, from the request, the variables and the fault.

What an expression reads was settled while compiling; nothing else of the request is looked at. Several expressions of
one run share what they read.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from httpreceiver_workflow.pipeline.content.bodies import UnreadableBody
from httpreceiver_workflow.pipeline.content.media import compile_reading
from httpreceiver_workflow.pipeline.effects import Fault, FaultKind
from httpreceiver_workflow.pipeline.exchange import Exchange, Text
from httpreceiver_workflow.pipeline.expressions.attribute_values import ATTRIBUTES, read_attribute
from httpreceiver_workflow.pipeline.expressions.payloads import read_payload
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.variables import is_built_in, read_variable
from httpreceiver_workflow.problem_codes import ProblemCode

if TYPE_CHECKING:
    from httpreceiver_workflow.pipeline.expressions.cel import Program

Value = Callable[[Exchange], object]
"""A compiled expression. Raises ExchangeFault."""

_KEY: Final = r"""(?:\.\s*\??\s*(\w+\b)|\[\s*\??\s*(?:'([^']*)'|"([^"]*)")\s*\])"""
_VARIABLE: Final = re.compile(rf"\bvars\s*{_KEY}(?!\s*\()")
_ALL_VARIABLES: Final = re.compile(r"\bvars\b")
_TEXT: Final = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_KEY_OR_TEXT: Final = re.compile(rf"(?P<key>\[\s*\??\s*{_TEXT}\s*\])|{_TEXT}", re.DOTALL)
"""Both in one, so that the end of a key is not taken for the beginning of a text."""

_HEADER: Final = re.compile(rf"\battributes\s*\.\s*headers\s*(?:\.\s*all\s*)?{_KEY}")
_OPENING, _CLOSING = "#[", "]"


def is_expression(text: str) -> bool:
    """Whether *text* is one ``#[expression]``, blanks around it aside."""
    stripped = text.strip()
    return stripped.startswith(_OPENING) and stripped.endswith(_CLOSING)


def compile_expression(text: str, where: str, scope: Scope, *, has_error: bool = False) -> Value:
    """
    Compile *text*, for which `is_expression` holds; what is wrong with it is a problem at *where*.

    Args:
        has_error: whether the run may have failed, so that `error` is known.
    """
    # Late: most workflows have no expression, and the library is heavy.
    from httpreceiver_workflow.pipeline.expressions.cel import Failure, Mistake, compile_program

    source = _source(text)
    try:
        program = compile_program(source, has_error=has_error)
        _check_keys(program, source)
    except (Mistake, WrongKey) as mistake:
        scope.report(where, ProblemCode.EXPRESSION_MALFORMED, f"The expression cannot be compiled: {mistake}.")
        return lambda _: None
    scope.read_by_expressions.update(program.names)
    readers = _readers(program, source, where, scope)

    def evaluate(exchange: Exchange) -> object:
        try:
            return program.evaluate({name: read(exchange) for name, read in readers})
        except Failure as failure:
            raise exchange.failing(FaultKind.EXPRESSION, f"The expression at {where} failed: {failure}") from None

    return evaluate


def expression_result(text: str) -> str:
    """Return the type of what the sound expression *text* gives, as `cel.Program.result` names it."""
    from httpreceiver_workflow.pipeline.expressions.cel import compile_program

    return compile_program(_source(text), has_error=True).result


def bare_source(text: str) -> str:
    """Return the source of the expression *text* without its texts, so that what is left are names, keys and signs."""
    return _without_texts(_source(text))


def _without_texts(source: str) -> str:
    return _KEY_OR_TEXT.sub(lambda found: found["key"] or "", source)


def _source(text: str) -> str:
    return text.strip()[len(_OPENING) : -len(_CLOSING)]


class WrongKey(ValueError):
    """A header or variable is asked for in a way that would never find it."""


def _check_keys(program: "Program", source: str) -> None:
    for groups in _HEADER.findall(source):
        name = "".join(groups)
        if name != name.lower():
            raise WrongKey(f"headers have lower-case keys, so write {name.lower()} for {name}")
    if "vars" in program.names:
        bare = _without_texts(source)
        if len(_ALL_VARIABLES.findall(bare)) > len(_VARIABLE.findall(bare)):
            raise WrongKey("vars holds what the expression names, so write vars.Name or vars['Name'] each time")


def _readers(program: "Program", source: str, where: str, scope: Scope) -> tuple[tuple[str, Value], ...]:
    readers: list[tuple[str, Value]] = []
    for name in program.names:
        if name == "vars":
            # Not shared: variables change while a run goes on.
            readers.append((name, _variables(source, where, scope)))
        elif name.startswith("error."):
            readers.append((name, _ERROR[name]))
        else:
            read = _payload(scope) if name == "payload" else _REQUEST[name]
            readers.append((name, _shared(name, read)))
    return tuple(readers)


def _shared(name: str, read: Value) -> Value:
    def read_once(exchange: Exchange) -> object:
        readings = exchange.readings
        if readings is None:
            readings = exchange.readings = {}
        if name not in readings:
            readings[name] = read(exchange)
        return readings[name]

    return read_once


def _variables(source: str, where: str, scope: Scope) -> Value:
    """
    Return the reader of the variables that *source* names; one that is not set is not there.

    Names ignore letter case in a workflow and heed it in an expression: each has its key as the expression writes it.
    """
    names = {"".join(groups) for groups in _VARIABLE.findall(source)}
    fixed = {name: value for name in sorted(names) if (value := scope.global_value(name, where)) is not None}
    built_in: dict[str, Text] = {
        name: read_variable(name, formatted=False, workflow_name=scope.workflow_name)
        for name in names
        if is_built_in(name)
    }
    keys = {name: name.lower() for name in names if name not in built_in}

    def read(exchange: Exchange) -> dict[str, str]:
        variables = exchange.variables
        values = fixed | {name: variables[key] for name, key in keys.items() if key in variables}
        values |= {name: read_built_in(exchange) for name, read_built_in in built_in.items()}
        if any("\0" in value for value in values.values()):
            raise exchange.failing(FaultKind.EXPRESSION, "a variable holds a NUL, which no expression reads")
        return values

    return read


def _payload(scope: Scope) -> Value:
    """Return the reader of the request's body, as `spec.request` says."""
    reading = compile_reading(scope.options.request)

    def read(exchange: Exchange) -> object:
        try:
            return read_payload(exchange.request, reading)
        except UnreadableBody as unreadable:
            raise exchange.failing(unreadable.kind, f"The payload cannot be read: {unreadable}") from None

    return read


def _correlation_id(exchange: Exchange) -> str:
    attributes = exchange.request.attributes
    if attributes is None:
        raise RuntimeError("the driver gave no attributes to a pipeline that reads them")
    return attributes.correlation_id


def _attribute(name: str) -> Value:
    attribute = ATTRIBUTES[name]
    return lambda exchange: read_attribute(attribute, exchange)


_REQUEST: Final[Mapping[str, Value]] = {
    **{f"attributes.{name}": _attribute(name) for name in ATTRIBUTES},
    "correlationId": _correlation_id,
}


def error_of(exchange: Exchange) -> Fault:
    """Return what the run failed of; a workflow that set `WorkflowError` itself is a fault of the kind Workflow."""
    return exchange.fault or Fault(FaultKind.WORKFLOW, exchange.stage, exchange.error_message)


_ERROR: Final[Mapping[str, Value]] = {
    "error.kind": lambda exchange: error_of(exchange).kind.value,
    "error.stage": lambda exchange: error_of(exchange).stage.value,
    "error.description": lambda exchange: exchange.error_message.replace("\0", "\ufffd"),
}
