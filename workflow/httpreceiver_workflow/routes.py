"""
What a receiver takes of its endpoint: hosts, a path template and methods. Which of several receivers a request means,
and when nobody could tell. Pure; docs/routing.md publishes the rules.

The listener's table and the planner's conflict rules are both built from `Route.places`: two receivers that hold a
place in common are a conflict, and the table has one receiver at each place. `rank` is the same order written down
naively; tests compare the table with it and `httpreceiver plan --match` explains by it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from httpreceiver_workflow.addresses import BasePath, base_path, is_malformed, segment_key, url_path
from httpreceiver_workflow.options.route import RouteOptions
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem

ANY_HOST: Final = ""
ANY_METHOD: Final = ""
WILDCARD: Final = "*"

READABLE_METHODS: Final = frozenset(
    {
        *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"),
        *("COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "BIND", "REBIND", "UNBIND"),
        *("ACL", "REPORT", "MKACTIVITY", "CHECKOUT", "MERGE", "MKCALENDAR", "LINK", "UNLINK", "PURGE", "SOURCE"),
        *("M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE"),
    }
)
"""What the listener's HTTP parser takes for a method; others are 400 before a receiver is looked for."""

_PARAMETER: Final = re.compile(r"\{([A-Za-z_][-A-Za-z0-9_]*)\}")
_NOT_LITERAL: Final = re.compile(r"[{}*?#\s]|[^\x21-\x7e]")


class Place(NamedTuple):
    """
    One place in the order of routes, which at most one receiver can hold: of two, neither would be more specific.

    Attributes:
        host: a name, ``*.suffix``, or `ANY_HOST`.
        steps: a segment each: the normal form of a literal, None for what takes any one segment.
        is_open: whether any number of segments may follow.
        method: one of those the receiver is restricted to, or `ANY_METHOD`.
    """

    host: str
    steps: tuple[str | None, ...]
    is_open: bool
    method: str

    @property
    def example(self) -> str:
        """A request that means this place, as people write it: method and URL, without the host where any will do."""
        host = self.host.replace("*", "any", 1)
        path = "".join("/" + quote(step or "x", safe="") for step in self.steps) or "/"
        return f"{self.method or 'POST'} {'//' if host else ''}{host}{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """
    What one receiver takes.

    Attributes:
        base: the normal form of ServiceName.
        steps, is_open: as in `Place`, ServiceName included.
        names: for each step the name of its parameter, ``""`` for a literal or a wildcard.
        is_prefix: there is no template: the contract's rule, everything below ServiceName.
        methods, hosts: sorted; empty for all.
    """

    base: BasePath
    steps: tuple[str | None, ...]
    is_open: bool = True
    names: tuple[str, ...] = ()
    is_prefix: bool = True
    methods: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def places(self) -> Iterator[Place]:
        """Yield every place it holds."""
        for host in self.hosts or (ANY_HOST,):
            for method in self.methods or (ANY_METHOD,):
                yield Place(host, self.steps, self.is_open, method)

    @property
    def path(self) -> str:
        """The template as people write it, ServiceName included; with a final slash where it is a prefix."""
        if self.is_prefix:
            return url_path(self.base)
        shown = (
            quote(step, safe="") if step is not None else f"{{{name}}}" if name else WILDCARD
            for step, name in zip(self.steps, self.names, strict=True)
        )
        return "/" + "/".join((*shown, *([WILDCARD] if self.is_open else [])))


def prefix_route(base: BasePath) -> Route:
    """Return the route of a receiver that says nothing of routes: the contract's prefix rule (3.1)."""
    return Route(base=base, steps=base, names=("",) * len(base))


def overlap(one: Route, other: Route) -> Place | None:
    """Return the first place that both would hold, so that nobody could say which is meant; None when there is none."""
    return min(set(one.places()) & set(other.places()), key=lambda place: (place.host, place.method), default=None)


# --- the order -----------------------------------------------------------------------------------------------------

Rank = tuple[tuple[int, int], tuple[int, ...], int]
"""How specific a route is for one request: host, path from its first segment on, method. The least is meant."""

_LITERAL, _ONE, _REST = range(3)


def rank(route: Route, method: str, host: str, keys: Sequence[str]) -> Rank | None:
    """
    Return how specifically *route* means a request; None when it does not.

    Two routes of equal rank for any request overlap.

    Args:
        host: as `addresses.host_key` gives it.
        keys: as `addresses.path_keys` gives them.
    """
    host_rank, path_rank = rank_host(route, host), rank_path(route, keys)
    if host_rank is None or path_rank is None or (route.methods and method not in route.methods):
        return None
    return host_rank, path_rank, 0 if route.methods else 1


def rank_host(route: Route, host: str) -> tuple[int, int] | None:
    """An exact name before the longest suffix before no name at all."""
    if not route.hosts:
        return 2, 0
    exact = [(0, 0) for name in route.hosts if name == host]
    suffixes = [(1, -len(name)) for name in route.hosts if name[0] == WILDCARD and host.endswith(name[1:])]
    return min(exact + [found for found in suffixes if len(host) >= -found[1]], default=None)


def rank_path(route: Route, keys: Sequence[str]) -> tuple[int, ...] | None:
    """From the first segment on: a literal, or the end, before any one segment before the rest of the path."""
    if len(keys) < len(route.steps) or (len(keys) > len(route.steps) and not route.is_open):
        return None
    ranks = []
    for step, key in zip(route.steps, keys, strict=False):
        if step != key if step is not None else not key:
            return None
        ranks.append(_ONE if step is None else _LITERAL)
    return (*ranks, _REST if route.is_open else _LITERAL)


# --- reading -------------------------------------------------------------------------------------------------------


def read_route(service_name: str, options: RouteOptions) -> tuple[Route, tuple[Problem, ...]]:
    """Return the route of a receiver with *service_name*, and every mistake in *options*."""
    base = base_path(service_name)
    problems = [
        Problem(
            f"spec.route.methods[{number}]",
            ProblemCode.ROUTE_METHOD_INVALID,
            f"{method} cannot reach a receiver; possible are {', '.join(sorted(READABLE_METHODS))}.",
        )
        for number, method in enumerate(options.methods)
        if method not in READABLE_METHODS
    ]
    steps, names, is_open = list[str | None](base), [""] * len(base), options.path is None
    segments = _split(options.path or "")
    for position, segment in enumerate(segments):
        parameter = _PARAMETER.fullmatch(segment)
        objection = "" if parameter else _objection(segment)
        if parameter and parameter[1] in names:
            objection = f"the parameter {parameter[1]} is there twice"
        if objection:
            message = f'Path "{options.path}" is no template: {objection}.'
            problems.append(Problem("spec.route.path", ProblemCode.ROUTE_PATH_INVALID, message))
        elif segment == WILDCARD and position == len(segments) - 1:
            is_open = True
        else:
            steps.append(None if parameter or segment == WILDCARD else segment_key(segment))
            names.append(parameter[1] if parameter else "")
    route = Route(
        base=base,
        steps=tuple(steps),
        is_open=is_open,
        names=tuple(names),
        is_prefix=options.path is None,
        methods=tuple(sorted(set(options.methods))),
        hosts=tuple(sorted(set(options.hostnames))),
    )
    return route, tuple(problems)


def _split(path: str) -> list[str]:
    """Return the segments of a template; its outer slashes do not matter."""
    inner = path.removeprefix("/")
    return inner.removesuffix("/").split("/") if inner else []


def _objection(segment: str) -> str:
    """Return what keeps *segment* from being a literal or a wildcard, ``""`` when nothing does."""
    if segment == WILDCARD:
        return ""
    if not segment:
        return "a segment is empty"
    if _NOT_LITERAL.search(segment):
        return f'"{segment}" is neither plain text nor * nor {{name}}; other characters are written percent-encoded'
    if is_malformed("/" + segment) or not _is_utf8(segment):
        return f'no request can hold "{segment}"'
    return ""


def _is_utf8(segment: str) -> bool:
    try:
        unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return False
    return True
