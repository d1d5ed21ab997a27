"""
What a JSONPath selects from a decoded JSON value, and where a write through it goes.

Called by `json_tree` with what `json_queries` compiled.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from jsonpath import JSONPathMatch
from jsonpath.exceptions import JSONPathError
from jsonpath.segments import JSONPathRecursiveDescentSegment, JSONPathSegment

from httpreceiver_workflow.messages.json_paths import MISSING, pad
from httpreceiver_workflow.messages.json_queries import JsonQuery, Match, Part, Selection, without_first
from httpreceiver_workflow.messages.message import LoopIndex, MessageFault

VISIT_LIMIT: Final = 250_000
"""Most values one path may look at: ``..`` twice is quadratic in the size of a message that somebody else made."""

_NO_CONTEXT: Final[Mapping[str, Any]] = MappingProxyType({})


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
        value = self._walk(without_first(query.parts))
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


def _keys(parts: tuple[Part, ...]) -> tuple[str | int, ...] | None:
    """Return *parts* when names and indexes are all there is."""
    keys = tuple(part for part in parts if isinstance(part, str | int))
    return keys if len(keys) == len(parts) else None


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
        if type(node.obj) not in (dict, list):
            continue  # the library would slice a text
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
