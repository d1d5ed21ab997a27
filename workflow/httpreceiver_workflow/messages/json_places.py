"""
Several places of a JSON message visited in one pass: neighbours in one object find that object once.

What is written here out in full is the usual case: a property of an object that is there. Every other place goes
through the message's own `get` and `set_value`.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from httpreceiver_workflow.messages.json_paths import JsonPath, Key, moving_json_path, moving_keys
from httpreceiver_workflow.messages.message import LoopIndex, Places, told_apart

if TYPE_CHECKING:
    from httpreceiver_workflow.messages.json_tree import JsonMessage

_UNUSUAL: Final = ""
"""Name of a place that is always left to the message: an item of an array, or an attribute."""

Place = tuple[str, Callable[[Sequence[int]], JsonPath]]
"""The property's name in its object, and the whole path."""

Plan = tuple[tuple[Callable[[Sequence[int]], tuple[Key, ...]], tuple[Place, ...]], ...]
"""For each object visited the keys that lead to it, and the places in it."""


def json_places(paths: Sequence[JsonPath], as_text: Callable[[Any], str]) -> Places:
    """Return *paths* to be visited together; *as_text* says how a value reads."""
    neighbours = [list(group) for _, group in groupby(paths, _around)]
    plan = tuple((moving_keys(group[0].steps[:-1]), tuple(map(_place, group))) for group in neighbours)
    return Places(
        lambda message, indexes, values: _read(plan, as_text, message, indexes, values),
        lambda message, indexes, values: _write(plan, message, indexes, values),
    )


def _around(path: JsonPath) -> object:
    """Return what is equal for paths that lead into the same object."""
    return tuple((step.name, tuple(map(told_apart, step.indexes))) for step in path.steps[:-1])


def _place(path: JsonPath) -> Place:
    last = path.steps[-1]
    return _UNUSUAL if last.indexes or last.name.startswith("@") else last.name, _located(path)


def _located(path: JsonPath) -> Callable[[Sequence[int]], JsonPath]:
    if any(type(index) is LoopIndex for step in path.steps for index in step.indexes):
        return moving_json_path(path)
    return lambda _: path


def _read(
    plan: Plan, as_text: Callable[[Any], str], message: "JsonMessage", indexes: Sequence[int], values: list[str]
) -> None:
    for around, places in plan:
        node = message.find(around(indexes))
        has_names = type(node) is dict
        for name, path in places:
            if name and has_names:
                value = node.get(name, "")
                values.append(value if type(value) is str else as_text(value))
            else:
                values.append(message.get(path(indexes)))


def _write(plan: Plan, message: "JsonMessage", indexes: Sequence[int], values: Sequence[str]) -> None:
    remaining = iter(values)
    for around, places in plan:
        node: dict[str, Any] | None = None
        for (name, path), value in zip(places, remaining, strict=False):
            if name and node is None:
                node = message.growing(around(indexes))
            if name and node is not None:
                node[name] = value
            else:
                message.set_value(path(indexes), value)
                # It may have put another object there.
                node = None
