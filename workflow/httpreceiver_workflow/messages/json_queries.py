"""
JSONPath after ``newtonsoft:``: compiled once, and moved by loops. What it selects is found by `json_selection`.

The path language is that of RFC 9535, read by python-jsonpath. Newtonsoft's own forms that it lacks are put into it: a
path may begin without ``$``, and names after a dot may hold ``-``, ``@``, ``#``, ``$`` and ``:``. What Newtonsoft lacks
is refused while a workflow is loaded: functions, negative indexes.

As in Newtonsoft's SelectToken, a path means one place: when it matches several, reading or writing it is a fault.

Source: IntegrationSoup/Documentation, imessage.md (the prefix); JamesNK/Newtonsoft.Json, JToken.SelectToken and JPath.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, final

import msgspec
from jsonpath import JSONPath, JSONPathEnvironment, NodeList
from jsonpath.exceptions import JSONPathError
from jsonpath.filter import BaseExpression, FilterQuery, IntegerLiteral, RootFilterQuery, walk
from jsonpath.lex import Lexer
from jsonpath.parse import Parser
from jsonpath.segments import JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath.selectors import Filter, IndexSelector, NameSelector, SliceSelector
from jsonpath.stream import TokenStream

from httpreceiver_workflow.messages.json_paths import NEWTONSOFT
from httpreceiver_workflow.messages.message import (
    DEPTH_LIMIT,
    LoopIndex,
    PathProblem,
    refuse_long_path,
)


@dataclass(frozen=True, slots=True)
class Selection:
    """A step that may select several values: a wildcard, slice, list, filter, or anything after ``..``."""

    text: str
    segment: JSONPathSegment = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Match:
    """The first step in a loop over a path that selects several values: the match *index* (0-based) of *loop*."""

    loop: "JsonQuery"
    index: LoopIndex


Part = str | int | Selection | Match
"""A property's name, a 0-based index, or one of the above."""


@final
@dataclass(frozen=True, slots=True)
class JsonQuery:
    """
    One compiled JSONPath.

    Attributes:
        parts: the steps in order.
        is_one_place: whether it has no `Selection`, so that it can select one value at most.
    """

    parts: tuple[Part, ...]
    is_one_place: bool

    def indexed(self, prefix: "JsonQuery", index: int) -> "JsonQuery":
        """Return this query in pass *index* (1-based) of a loop over *prefix*."""
        return indexed_query(self, prefix, index)


class _Names(Lexer):
    """Lets names after a dot hold what Newtonsoft lets them hold."""

    key_pattern = r"[\u0080-\U0010FFFFa-zA-Z_@#$][\u0080-\U0010FFFFa-zA-Z0-9_@#$:-]*"


class _Literals(Parser):
    """Reads integers to the last digit; the library's own go through a float, which makes 2^53 + 1 another number."""

    def parse_integer_literal(self, stream: TokenStream) -> BaseExpression:
        """Return the number. Raises ValueError for one without end."""
        written = stream.current().value
        if math.isinf(float(written)):
            raise ValueError(f"the number {written[:20]} is too large")
        rounded = super().parse_integer_literal(stream)
        return IntegerLiteral(value=int(written)) if written.removeprefix("-").isdecimal() else rounded


class _Environment(JSONPathEnvironment):
    """RFC 9535 without functions, over values whose fractions are `msgspec.Raw`."""

    lexer_class = _Names
    parser_class = _Literals

    def setup_function_extensions(self) -> None:
        """Newtonsoft has no functions."""

    def compare(self, left: object, operator: str, right: object) -> bool:
        """Compare numbers by value, as 64-bit floats where one has a fraction."""
        return super().compare(_comparable(left), operator, _comparable(right))


_ENVIRONMENT: Final = _Environment(strict=True)


@lru_cache(maxsize=1024)
def compile_query(text: str) -> JsonQuery:
    """
    Return what *text* selects.

    >>> compile_query("newtonsoft:order.items[0].unit-price").parts
    ('order', 'items', 0, 'unit-price')

    Raises:
        PathProblem: no JSONPath, or one that Newtonsoft does not know or whose cost has no bound.
    """
    refuse_long_path(text)
    try:
        compiled = _ENVIRONMENT.compile(_rooted(text.removeprefix(NEWTONSOFT).strip()))
    except (JSONPathError, RecursionError, ValueError) as error:
        raise PathProblem(f"it is not a JSONPath ({str(error).partition(chr(10))[0]})") from error
    if not isinstance(compiled, JSONPath):
        raise PathProblem("it joins several JSONPaths")
    if len(compiled.segments) > DEPTH_LIMIT:
        raise PathProblem(f"the path has more than {DEPTH_LIMIT} steps")
    return _query(tuple(_part(segment) for segment in compiled.segments))


def indexed_query(path: JsonQuery, prefix: JsonQuery, index: int) -> JsonQuery:
    """
    Return *path* in pass *index* (1-based) of a loop over *prefix*.

    >>> indexed_query(compile_query("newtonsoft:a[0].b"), compile_query("newtonsoft:a"), 3).parts
    ('a', 2, 'b')
    """
    position = LoopIndex(index - 1)
    if not prefix.is_one_place:
        length = len(prefix.parts)
        if not _begins_with(path.parts, prefix.parts):
            return path
        return _query((Match(prefix, position), *path.parts[length:]))
    looped = without_first(prefix.parts)
    length = len(looped)
    if path.parts[:length] != looped or not all(map(_same_kind, path.parts[:length], looped)):
        return path
    rest = path.parts[length:]
    if rest and _is_index(rest[0]):
        if not _is_movable(rest[0]):
            return path
        rest = rest[1:]
    elif rest and isinstance(rest[0], Selection):
        return path
    return _query((*looped, position, *rest))


def _rooted(text: str) -> str:
    """Return *text* with the ``$`` that RFC 9535 wants; ``$type`` is a property's name to Newtonsoft."""
    if text == "$" or text.startswith(("$.", "$[")):
        return text
    return f"${text}" if text.startswith(("[", ".")) else f"$.{text}"


def _part(segment: JSONPathSegment) -> Part:
    for selector in segment.selectors:
        if isinstance(selector, IndexSelector) and selector.index < 0:
            raise PathProblem("Newtonsoft knows no negative index; the last item is [-1:]")
        if isinstance(selector, Filter):
            _check_filter(selector.expression)
    if len(segment.selectors) == 1 and not isinstance(segment, JSONPathRecursiveDescentSegment):
        match segment.selectors[0]:
            case NameSelector(name=name):
                return name
            case IndexSelector(index=index):
                return index
    return Selection(str(segment), segment)


def _check_filter(expression: BaseExpression) -> None:
    """Refuse a filter that would look through the whole message for each value it judges."""
    for node in walk(expression):
        if not isinstance(node, FilterQuery):
            continue
        for segment in node.path.segments:
            if isinstance(segment, JSONPathRecursiveDescentSegment):
                raise PathProblem("a filter cannot look through all descendants (..)")
            if any(isinstance(selector, SliceSelector) for selector in segment.selectors):
                raise PathProblem("a filter cannot look at a slice")  # the library would slice texts too
            _part(segment)
        if isinstance(node, RootFilterQuery) and not node.path.singular_query():
            raise PathProblem("what a filter reads from the root ($) must be one place")


def _query(parts: tuple[Part, ...]) -> JsonQuery:
    return JsonQuery(parts, not any(isinstance(part, Selection) for part in parts))


def _begins_with(parts: Sequence[Part], prefix: Sequence[Part]) -> bool:
    """Whether *parts* go on where *prefix* leads; its last ``[*]`` may be written as the first item."""
    last = len(prefix) - 1
    if len(parts) <= last or not all(map(_same, parts[:last], prefix[:last])):
        return False
    if _same(parts[last], prefix[last]):
        return True
    looped = prefix[last]
    return isinstance(looped, Selection) and looped.text == "[*]" and _is_movable(parts[last])


def _same(one: Part, other: Part) -> bool:
    return one == other and _same_kind(one, other)


def _same_kind(one: Part, other: Part) -> bool:
    """Whether both are of one kind: an index that a loop put there is never an authored one."""
    return type(one) is type(other)


def _is_index(part: Part) -> bool:
    return isinstance(part, int)


def _is_movable(part: Part) -> bool:
    """Whether a loop may put its own index here: authored as the first item."""
    return type(part) is int and part == 0


def without_first(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return *parts* without a final index 0, which in a loop's path says no more than none (contract 5.4)."""
    return parts[:-1] if parts and _is_movable(parts[-1]) else parts


def _comparable(value: object) -> object:
    """Return *value* with fractions as numbers, in containers too."""
    if type(value) is msgspec.Raw:
        return float(bytes(value))
    if isinstance(value, NodeList):
        return value
    if type(value) is list:
        return [_comparable(item) for item in value]
    if type(value) is dict:
        return {name: _comparable(item) for name, item in value.items()}
    return value
