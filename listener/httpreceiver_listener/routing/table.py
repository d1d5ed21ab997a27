"""
Which receiver of one endpoint a request means. Pure.

The rules are those of `httpreceiver_workflow.routes`, compiled into one tree of segments for each host. `listener`
builds one table per set of receivers and `site` swaps it whole. The cost of a match depends on the path's depth, never
on how many receivers there are.
"""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar
from urllib.parse import unquote

import msgspec

from httpreceiver_workflow.addresses import is_malformed, segment_key
from httpreceiver_workflow.routes import ANY_HOST, ANY_METHOD, WILDCARD, Route

Served = TypeVar("Served")

_NO_PARAMS: Mapping[str, str] = {}


class MalformedPath(ValueError):
    """The path is one that no receiver is asked for (`addresses.is_malformed`), or a parameter's value is not UTF-8."""


class Match(msgspec.Struct, Generic[Served], frozen=True, gc=False):
    """
    The receiver a request means.

    Attributes:
        rest: what stands after its ServiceName: raw, still percent-encoded, without outer slashes.
        uri_params: the decoded value of each ``{name}`` of its template.
    """

    served: Served
    rest: str
    uri_params: Mapping[str, str]


class Miss(msgspec.Struct, Generic[Served], frozen=True):
    """
    No receiver takes the method at this path.

    Attributes:
        allowed: the methods that receivers take there; empty when there is no receiver at all.
        nearest: the first of those that were asked; None when there is no receiver at all.
    """

    allowed: frozenset[str]
    nearest: Served | None


class _Entry(Generic[Served]):
    """One receiver at its places: its template's parameters by position, and where its rest begins."""

    __slots__ = ("first_of_rest", "parameters", "served")

    def __init__(self, route: Route, served: Served) -> None:
        self.served = served
        # Positions count from 1: the piece before the first slash is empty.
        self.first_of_rest = len(route.base) + 1
        self.parameters = tuple((position, name) for position, name in enumerate(route.names, 1) if name)


class _Node(Generic[Served]):
    """
    One segment of a tree.

    Attributes:
        children: by literal.
        one: for any one segment.
        ends, rests: the receivers whose template ends here, exactly or with any number of further segments, by method.
    """

    __slots__ = ("children", "ends", "one", "rests")

    def __init__(self) -> None:
        self.children: dict[str, _Node[Served]] = {}
        self.one: _Node[Served] | None = None
        self.ends: dict[str, _Entry[Served]] = {}
        self.rests: dict[str, _Entry[Served]] = {}

    def below(self, step: str | None) -> "_Node[Served]":
        """Return the node of *step*, made if need be."""
        if step is not None:
            return self.children.setdefault(step, _Node())
        if self.one is None:
            self.one = _Node()
        return self.one


class RoutingTable(Generic[Served]):
    """The receivers of one endpoint by what they take. Complete before it is served."""

    __slots__ = ("_by_host", "_depth", "_everyone", "knows_hosts", "served")

    def __init__(self) -> None:
        self._everyone: _Node[Served] = _Node()
        self._by_host: dict[str, _Node[Served]] = {ANY_HOST: self._everyone}
        self._depth = 0
        self.knows_hosts = False
        self.served: list[Served] = []

    def add(self, route: Route, served: Served) -> Served | None:
        """Give *served* the places of *route*; when one is held already, give it none and return the holder."""
        found = []
        for place in route.places():
            node = self._by_host.setdefault(place.host, _Node())
            for step in place.steps:
                node = node.below(step)
            by_method = node.rests if place.is_open else node.ends
            if place.method in by_method:
                return by_method[place.method].served
            found.append((by_method, place.method))
        entry = _Entry(route, served)
        for by_method, method in found:
            by_method[method] = entry
        self._depth = max(self._depth, len(route.steps))
        self.knows_hosts = self.knows_hosts or bool(route.hosts)
        self.served.append(served)
        return None

    def match(self, raw_path: str, method: str, host: str = ANY_HOST) -> Match[Served] | Miss[Served]:
        """
        Find the receiver that *raw_path*, which starts with ``/``, *method* and *host* mean.

        Args:
            host: as `addresses.host_key` gives it; only looked at when the table `knows_hosts`.
        Raises:
            MalformedPath: the path is malformed.
        """
        is_escaped = "%" in raw_path
        if (is_escaped or "/." in raw_path or "\\" in raw_path) and is_malformed(raw_path):
            raise MalformedPath(raw_path)
        # The last piece stays unsplit: deeper than the deepest receiver nothing needs to be compared.
        pieces = raw_path.split("/", self._depth + 1)
        if is_escaped:
            keys = list(map(segment_key, pieces))
        else:
            lowered = raw_path.lower()
            keys = pieces if lowered == raw_path else lowered.split("/", self._depth + 1)
        missed: list[dict[str, _Entry[Served]]] = []
        if self.knows_hosts:
            found = (_search(tree, keys, method, missed) for tree in self._trees(host))
            entry = next(filter(None, found), None)
        else:
            entry = _search(self._everyone, keys, method, missed)
        if entry is None:
            return Miss(frozenset().union(*missed), next(iter(missed[0].values())).served if missed else None)
        params = _values(entry.parameters, pieces) if entry.parameters else _NO_PARAMS
        return Match(entry.served, "/".join(pieces[entry.first_of_rest :]).strip("/"), params)

    def _trees(self, host: str) -> Iterator[_Node[Served]]:
        """Yield the trees that *host* means: its own, that of the longest suffix first, and the one for every host."""
        found = self._by_host.get(host) if host else None
        if found is not None:
            yield found
        dot = host.find(".")
        while dot >= 0:
            found = self._by_host.get(WILDCARD + host[dot:]) if dot else None
            if found is not None:
                yield found
            dot = host.find(".", dot + 1)
        yield self._everyone


def _search(
    root: _Node[Served], keys: list[str], method: str, missed: list[dict[str, _Entry[Served]]]
) -> _Entry[Served] | None:
    """
    Return the receiver of the most specific template that fits *keys* and takes *method*.

    From each node the literal is followed first, then any one segment, then the rest; what was passed over waits on a
    stack, so each node is seen once at most. Templates that fit but lack the method are added to *missed*, the most
    specific first.
    """
    end = len(keys) if keys[-1] else len(keys) - 1
    node, position = root, 1
    waiting: list[tuple[_Node[Served], int]] = []
    while True:
        if node.rests:
            waiting.append((node, 0))
        if position < end:
            key = keys[position]
            position += 1
            if node.one is not None and key:
                waiting.append((node.one, position))
            child = node.children.get(key)
            if child is not None:
                node = child
                continue
        elif node.ends:
            entry = node.ends.get(method) or node.ends.get(ANY_METHOD)
            if entry is not None:
                return entry
            missed.append(node.ends)
        while waiting:
            node, position = waiting.pop()
            if position:
                break
            entry = node.rests.get(method) or node.rests.get(ANY_METHOD)
            if entry is not None:
                return entry
            missed.append(node.rests)
        else:
            return None


def _values(parameters: tuple[tuple[int, str], ...], pieces: list[str]) -> dict[str, str]:
    """Return the decoded values of a template's parameters."""
    try:
        return {name: unquote(pieces[position], errors="strict") for position, name in parameters}
    except UnicodeDecodeError:
        raise MalformedPath("a parameter's value is not UTF-8") from None
