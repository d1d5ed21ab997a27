"""
The one door to the language of expressions, CEL: text in, a function of plain values out.

Compiling checks syntax, names and types. Evaluating is bounded by the library: 10,000 turns of all macros together, and
patterns of RE2, whose time grows with the text only. Nothing of Python can be reached from an expression.

Imported by the first workflow that has an expression: the library weighs 50 MB.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from httpreceiver_workflow.pipeline.expressions.attribute_values import ATTRIBUTES, AttributeType

_TEXTS: Final = cel.Type.Map(cel.Type.STRING, cel.Type.STRING)
_TYPES: Final = MappingProxyType(
    {
        AttributeType.TEXT: cel.Type.STRING,
        AttributeType.MAP: _TEXTS,
        AttributeType.LISTS: cel.Type.Map(cel.Type.STRING, cel.Type.List(cel.Type.STRING)),
    }
)

ERROR_NAMES: Final = ("error.kind", "error.stage", "error.description")
"""Known only where a run may have failed."""

_NAMES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **{f"attributes.{name}": _TYPES[attribute.type] for name, attribute in ATTRIBUTES.items()},
        "payload": cel.Type.DYN,
        "vars": _TEXTS,
        "correlationId": cel.Type.STRING,
        **dict.fromkeys(ERROR_NAMES, cel.Type.STRING),
    }
)
_MISTAKE: Final = re.compile(r"ERROR: <input>:(?P<line>-?\d+):(?P<column>-?\d+): (?P<words>[^\n]*)")
_STATUS_WORD: Final = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_CONTAINER: Final = re.compile(r" \(in container ''\)$")


class Mistake(ValueError):
    """An expression cannot be compiled; the text says where and why."""


class Failure(Exception):
    """An expression failed on its values; the text may quote them."""


@dataclass(frozen=True, slots=True)
class Program:
    """
    One compiled expression.

    Attributes:
        names: of the known names, those it reads.
        result: the type of what it gives, as the library names it; ``DYN`` where only a request tells.
        evaluate: values of those names → the result as Python has it. Raises Failure.
    """

    names: tuple[str, ...]
    result: str
    evaluate: Callable[[dict[str, object]], object]


def compile_program(source: str, *, has_error: bool) -> Program:
    """
    Compile *source*.

    Args:
        has_error: whether the names under `error` are known.
    Raises:
        Mistake: not an expression, a name that is unknown, types that do not fit, or a result that is no value.
    """
    hidden = () if has_error else ERROR_NAMES
    expression = _compiled(source, hidden)
    result = expression.return_type().name()
    if "optional_type" in result:
        raise Mistake("the result may be absent: end the optional with .orValue(…)")
    if result.startswith("TYPE"):
        raise Mistake("the result is a type, which is no value")
    written = expression.serialize()
    # A literal may hold a name too: what the expression compiles without, it does not read.
    named = [name for name in _NAMES if name not in hidden and name.encode() in written]
    return Program(
        tuple(name for name in named if not _compiles_without(source, name, hidden)), result, _evaluator(expression)
    )


def _compiled(source: str, hidden: tuple[str, ...]) -> Any:
    try:
        return _environment(hidden).compile(source)
    except RuntimeError as error:
        raise Mistake(_mistake(str(error))) from None


def _compiles_without(source: str, name: str, hidden: tuple[str, ...]) -> bool:
    try:
        _environment((*hidden, name)).compile(source)
    except RuntimeError:
        return False
    return True


@lru_cache(maxsize=64)
def _environment(hidden: tuple[str, ...]) -> Any:
    return cel.NewEnv(
        variables={name: kind for name, kind in _NAMES.items() if name not in hidden},
        extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional()],
        functions=[_text_function("upper", str.upper), _text_function("lower", str.lower)],
    )


def _text_function(name: str, change: Callable[[str], str]) -> Any:
    def changed(text: str) -> str:
        if "\0" in text:
            raise ValueError("a text with a NUL would be cut there")
        return change(text)

    overload = cel.Overload(
        f"{name}_string", return_type=cel.Type.STRING, parameters=[cel.Type.STRING], is_member=True, impl=changed
    )
    return cel.FunctionDecl(name, [overload])


def _evaluator(expression: Any) -> Callable[[dict[str, object]], object]:
    def evaluate(values: dict[str, object]) -> object:
        try:
            result = expression.eval(data=values)
            value: object = result.plain_value()
        except (RuntimeError, TypeError, SystemError) as error:  # too many turns, or a text no library can encode
            raise Failure(_STATUS_WORD.sub("", str(error))) from None
        if isinstance(value, str) and result.type() == cel.Type.ERROR:
            raise Failure(_STATUS_WORD.sub("", value))
        return value

    return evaluate


def _mistake(text: str) -> str:
    """Return the first of the library's complaints in one line, with its column."""
    found = _MISTAKE.search(text)
    if found is None:
        return _STATUS_WORD.sub("", text.partition("\n")[0])
    words = _CONTAINER.sub("", found["words"])
    if int(found["column"]) < 1:
        return words.rstrip(".")
    line = "" if found["line"] == "1" else f"line {found['line']}, "
    return f"{line}column {found['column']}: {words.rstrip('.')}"
