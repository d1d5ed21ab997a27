"""
JSONPath after ``newtonsoft:``: what such a path selects from a decoded JSON value, and where a write through it goes.

The path language is that of RFC 9535, read by python-jsonpath. Newtonsoft's own forms that it lacks are put into it: a
path may begin without ``$``, and names after a dot may hold ``-``, ``@``, ``#``, ``$`` and ``:``. What Newtonsoft lacks
is refused while a workflow is loaded: functions, negative indexes.

As in Newtonsoft's SelectToken, a path means one place: when it matches several, reading or writing it is a fault.

Source: IntegrationSoup/Documentation, imessage.md (the prefix); JamesNK/Newtonsoft.Json, JToken.SelectToken and JPath.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, final

import msgspec
from jsonpath import JSONPath, JSONPathEnvironment, JSONPathMatch, NodeList
from jsonpath.exceptions import JSONPathError
from jsonpath.filter import BaseExpression, FilterQuery, RootFilterQuery, walk
from jsonpath.lex import Lexer
from jsonpath.segments import JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath.selectors import Filter, IndexSelector, NameSelector

from httpreceiver_workflow.messages.json_paths import MISSING, NEWTONSOFT, pad
from httpreceiver_workflow.messages.message import (
    DEPTH_LIMIT,
    LoopIndex,
    MessageFault,
    PathProblem,
    refuse_long_path,
)

VISIT_LIMIT: Final = 250_000
"""Most values one path may look at: ``..`` twice is quadratic in the size of a message that somebody else made."""

_NO_CONTEXT: Final[Mapping[str, Any]] = MappingProxyType({})


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

    def tree(self, root: Any) -> "QueriedTree":
        """Return *root* ready for this query and others; the caller need not import this module, which is slow."""
        return QueriedTree(root)

    def indexed(self, prefix: "JsonQuery", index: int) -> "JsonQuery":
        """Return this query in pass *index* (1-based) of a loop over *prefix*."""
        return indexed_query(self, prefix, index)


class _Names(Lexer):
    """Lets names after a dot hold what Newtonsoft lets them hold."""

    key_pattern = r"[\u0080-\U0010FFFFa-zA-Z_@#$][\u0080-\U0010FFFFa-zA-Z0-9_@#$:-]*"


class _Environment(JSONPathEnvironment):
    """RFC 9535 without functions, over values whose fractions are `msgspec.Raw`."""

    lexer_class = _Names

    def setup_function_extensions(self) -> None:
        """Newtonsoft has no functions."""

    def compare(self, left: object, operator: str, right: object) -> bool:
        """Compare numbers by value, as 64-bit floats where one has a fraction."""
        return super().compare(_comparable(left), operator, _comparable(right))


_ENVIRONMENT: Final = _Environment(strict=True)


class _Node(JSONPathMatch):
    """A match that remembers no more than a write needs, and counts what is looked at."""

    __slots__ = ("key", "visits")

    def __init__(self, obj: Any, parent: "_Node | None", key: str | int, root: Any, visits: list[int]) -> None:
        self.obj = obj
        self.parent = parent
        self.key = key
        self.root = root
        self.visits = visits

    def new_child(self, obj: object, key: str | int) -> "_Node":
        """Return the node of *obj*, which stands at *key*."""
        self.visits[0] += 1
        if self.visits[0] > VISIT_LIMIT:
            raise MessageFault(f"the path looks at more than {VISIT_LIMIT} values")
        return _Node(obj, self, key, self.root, self.visits)

    def add_child(self, *children: JSONPathMatch) -> None:
        """Nobody asks for children; keeping them would keep every match in memory."""

    def filter_context(self) -> Mapping[str, Any]:
        """There is none."""
        return _NO_CONTEXT


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
    assert isinstance(compiled, JSONPath)  # noqa: S101  unions of paths do not exist in strict mode
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
    looped = _without_first(prefix.parts)
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


class QueriedTree:
    """
    Reads and writes one decoded JSON value through queries.

    What a loop's path selects is looked for once, not once per pass; a write makes it be looked for again.
    """

    __slots__ = ("_known", "root")

    def __init__(self, root: Any) -> None:
        self.root = root
        self._known: dict[JsonQuery, list[_Node]] = {}

    def get(self, query: JsonQuery) -> Any:
        """Return the value, or `MISSING`. Raises MessageFault when there are several."""
        if query.is_one_place:
            return self._walk(query.parts)
        node = self._only(query)
        return MISSING if node is None else node.obj

    def exists(self, query: JsonQuery) -> bool:
        """Whether anything is selected."""
        if query.is_one_place:
            return self._walk(query.parts) is not MISSING
        return next(iter(self._select(query)), None) is not None

    def count(self, query: JsonQuery) -> int:
        """Number of passes of a loop: length of the array, 1 for another value, or the number of matches."""
        if not query.is_one_place:
            return len(self._all(query))
        value = self._walk(_without_first(query.parts))
        if type(value) is list:
            return len(value)
        return int(value is not MISSING and value is not None)

    def put(self, query: JsonQuery, value: Any) -> None:
        """
        Put *value* where *query* leads; a path of names and indexes grows what is missing, null or "".

        Raises:
            MessageFault: a path that selects nothing or several values, or leads through a value of another kind.
        """
        keys = _keys(query.parts)
        if keys is not None:
            holder = [self.root]
            _place(holder, keys, value)
            self.root = holder[0]
        else:
            node = self._only(query)
            if node is None:
                raise MessageFault("the newtonsoft: path selects nothing that could be written to")
            if node.parent is None:
                self.root = value
            else:
                around: Any = node.parent.obj
                around[node.key] = value
        self._known.clear()

    def _walk(self, parts: tuple[Part, ...]) -> Any:
        """Return what *parts* without a `Selection` lead to, or `MISSING`."""
        node, keys = self.root, parts
        if parts and isinstance(first := parts[0], Match):
            matches = self._all(first.loop)
            node, keys = matches[first.index].obj if first.index < len(matches) else MISSING, parts[1:]
        for key in keys:
            node = _child(node, key)
            if node is MISSING:
                break
        return node

    def _only(self, query: JsonQuery) -> _Node | None:
        found = list(islice(self._select(query), 2))
        if len(found) > 1:
            raise MessageFault("the newtonsoft: path selects several values where one is asked for")
        return found[0] if found else None

    def _all(self, query: JsonQuery) -> list[_Node]:
        known = self._known.get(query)
        if known is None:
            known = self._known[query] = list(self._select(query))
        return known

    def _select(self, query: JsonQuery) -> Iterator[_Node]:
        """Yield the nodes in the order of the document. Raises MessageFault."""
        parts = query.parts
        nodes: Iterable[_Node]
        if parts and isinstance(first := parts[0], Match):
            nodes = self._all(first.loop)[first.index : first.index + 1]
            parts = parts[1:]
        else:
            nodes = (_Node(self.root, None, "", self.root, [0]),)
        for part in parts:
            nodes = _selected(nodes, part.segment) if isinstance(part, Selection) else _children(nodes, part)
        try:
            yield from nodes
        except (JSONPathError, RecursionError) as error:
            raise MessageFault("the JSON is nested too deeply for the newtonsoft: path") from error


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
            _part(segment)
        if isinstance(node, RootFilterQuery) and not node.path.singular_query():
            raise PathProblem("what a filter reads from the root ($) must be one place")


def _query(parts: tuple[Part, ...]) -> JsonQuery:
    return JsonQuery(parts, not any(isinstance(part, Selection) for part in parts))


def _keys(parts: tuple[Part, ...]) -> tuple[str | int, ...] | None:
    """Return *parts* when names and indexes are all there is."""
    keys = tuple(part for part in parts if isinstance(part, str | int))
    return keys if len(keys) == len(parts) else None


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


def _without_first(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return *parts* without a final index 0, which in a loop's path says no more than none (contract 5.4)."""
    return parts[:-1] if parts and _is_movable(parts[-1]) else parts


def _child(node: Any, key: Any) -> Any:
    """Return what one name or index leads to, or `MISSING`."""
    if type(key) is str:
        return node.get(key, MISSING) if type(node) is dict else MISSING
    if type(node) is list:
        return node[key] if key < len(node) else MISSING
    # A loop goes through a single value as through an array of one.
    return node if type(key) is LoopIndex and key == 0 else MISSING


def _children(nodes: Iterable[_Node], key: Any) -> Iterator[_Node]:
    for node in nodes:
        value = _child(node.obj, key)
        if value is not MISSING:
            yield node if value is node.obj else node.new_child(value, key)


def _selected(nodes: Iterable[_Node], segment: JSONPathSegment) -> Iterator[_Node]:
    deep = isinstance(segment, JSONPathRecursiveDescentSegment)
    for node in _descendants(nodes) if deep else nodes:
        for selector in segment.selectors:
            yield from selector.resolve(node)  # type: ignore[misc]  # made by _Node.new_child


def _descendants(nodes: Iterable[_Node]) -> Iterator[_Node]:
    """Yield each node, then what is inside it, in the order of the text; the library's own way recurses."""
    for top in nodes:
        waiting = [top]
        while waiting:
            node = waiting.pop()
            yield node
            value: Any = node.obj
            inside = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
            waiting += [node.new_child(item, key) for key, item in inside if type(item) in (dict, list)][::-1]


def _place(holder: list[Any], keys: tuple[str | int, ...], value: Any) -> None:
    """Put *value* where *keys* lead, inside the only item of *holder*; grow what is missing, null or ""."""
    place: Any = holder
    slot: Any = 0
    for key in keys:
        node = place[slot]
        if node is MISSING or node is None or node == "":
            node = place[slot] = {} if isinstance(key, str) else []
        if isinstance(key, str):
            if type(node) is not dict:
                raise MessageFault("the path leads through a value that is no object")
            node.setdefault(key, None)
        else:
            if type(node) is not list:
                raise MessageFault("the path indexes a value that is no array")
            pad(node, key + 1)
        place, slot = node, key
    place[slot] = value


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
