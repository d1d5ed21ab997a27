"""
Which paths a document has, and who answers at each of them: by the same order as the listener's routing table.

A receiver brings the paths it names: its template, the path of its ServiceName, and one for each URL section. At each
of them stands whoever a request there would reach, also when that receiver only takes what others leave.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import quote

from httpreceiver_workflow.contract.setting_parts import VariableDescriptor
from httpreceiver_workflow.openapi.receiver import Description
from httpreceiver_workflow.routes import ANY_HOST, ANY_METHOD, rank_path

Steps = tuple[str | None, ...]

_ELSE: Final = "\0"
"""Stands for any segment that no receiver names: no path can hold it."""
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")


class Segment(NamedTuple):
    """
    A parameter of a path.

    Attributes:
        name: one per path.
        section: the variable it sets; None where it does not come from a URL section.
        is_rest: whether it stands for any number of segments, at least one.
    """

    name: str
    section: VariableDescriptor | None = None
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """
    Who answers some requests at one path.

    Attributes:
        method: `ANY_METHOD` for all that nobody at this path lists.
        hosts: those where it is the one; empty for all that nobody lists.
    """

    method: str
    hosts: tuple[str, ...]
    description: Description


@dataclass(frozen=True, slots=True)
class ServedPath:
    """
    One path of a document.

    Attributes:
        parameters: of the segments that are None in *steps*, in order.
        takes_more: whether further segments lead to who answers here, unless they are a path of their own.
        served: for each method, and where that differs each host; those for every host first.
    """

    steps: Steps
    parameters: tuple[Segment, ...]
    takes_more: bool
    served: tuple[Served, ...]

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it."""
        names = iter(self.parameters)
        return "".join(
            f"/{{{next(names).name}}}" if step is None else f"/{quote(step, safe='')}" for step in self.steps
        )


@dataclass(slots=True)
class _Node:
    """One segment of the tree of all receivers."""

    children: "dict[str | None, _Node]" = field(default_factory=dict)
    ends: list[Description] = field(default_factory=list)
    rests: list[Description] = field(default_factory=list)


def served_paths(descriptions: Sequence[Description]) -> Iterator[ServedPath]:
    """Yield every path that one of *descriptions* names, in the order of their templates."""
    tree = _Node()
    named: dict[Steps, tuple[Segment, ...]] = {}
    for description in sorted(descriptions, key=lambda one: one.name):
        route, node = description.route, tree
        for step in route.steps:
            node = node.children.setdefault(step, _Node())
        (node.rests if route.is_open else node.ends).append(description)
        for steps, parameters in _paths_of(description):
            named.setdefault(steps, parameters)
    for steps in sorted(named, key=_in_order):
        fitting = _fitting(tree, steps)
        served = tuple(_served(fitting, steps))
        takes_more = any(one.description.route.is_open for one in served)
        yield ServedPath(steps, named[steps], takes_more, served)


def _in_order(steps: Steps) -> tuple[tuple[bool, str], ...]:
    return tuple((step is None, step or "") for step in steps)


def _paths_of(description: Description) -> Iterator[tuple[Steps, tuple[Segment, ...]]]:
    """Yield the paths that a receiver names, with what their parameters are called."""
    route, taken = description.route, set[str]()
    parameters = [
        Segment(_unique(name or "any", taken))
        for step, name in zip(route.steps, route.names, strict=True)
        if step is None
    ]
    yield route.steps, tuple(parameters)
    steps = route.steps
    for section in description.sections:
        steps = (*steps, None)
        parameters.append(Segment(_unique(section.name, taken), section))
        yield steps, tuple(parameters)
    if route.is_open and not route.is_prefix:
        yield (*steps, None), (*parameters, Segment(_unique("rest", taken), is_rest=True))


def _unique(wanted: str, taken: set[str]) -> str:
    """Return *wanted* as a parameter may be called, with a number where it is there already."""
    name = plain = _NOT_IN_A_NAME.sub("-", wanted).strip("-") or "any"
    number = 1
    while name in taken:
        number += 1
        name = f"{plain}{number}"
    taken.add(name)
    return name


def _fitting(tree: _Node, steps: Steps) -> list[Description]:
    """Return every receiver whose path fits *steps*; a parameter stands for what nobody names."""
    nodes, found = [tree], list(tree.rests)
    for step in steps:
        below = (
            (node.children.get(step), node.children.get(None)) if step is not None else (node.children.get(None),)
            for node in nodes
        )
        nodes = [node for pair in below for node in pair if node is not None]
        found += [one for node in nodes for one in node.rests]
    return found + [one for node in nodes for one in node.ends]


def _served(fitting: Sequence[Description], steps: Steps) -> Iterator[Served]:
    """Yield who answers each method: at every host first, then at hosts that are listed."""
    keys = [_ELSE if step is None else step for step in steps]
    hosts_of: dict[tuple[str, str], list[str]] = {}
    for host in (ANY_HOST, *sorted({host for one in fitting for host in one.route.hosts})):
        here = [one for one in fitting if host in (one.route.hosts or (ANY_HOST,))]
        for method in sorted({method for one in here for method in one.route.methods or (ANY_METHOD,)}):
            taking = [one for one in here if not one.route.methods or method in one.route.methods]
            if method == ANY_METHOD:
                taking = [one for one in taking if not one.route.methods]
            best = min(taking, key=lambda one: (rank_path(one.route, keys), not one.route.methods, one.name))
            # Who takes every method is there as such, also where its path is more specific than that of who lists one.
            if method == ANY_METHOD or best.route.methods:
                hosts_of.setdefault((method, best.name), []).append(host)
    by_name = {one.name: one for one in fitting}
    for (method, name), hosts in hosts_of.items():
        yield Served(method, tuple(filter(None, hosts)), by_name[name])
