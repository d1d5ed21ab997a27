"""
Several places of a JSON message visited in one pass: neighbours in one object find that object once.

What is written here out in full is the usual case: a property of an object that is there. Every other place goes
through the message's own `get` and `set_value`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from httpreceiver_workflow.messages.json_paths import JsonPath, Key, moving_json_path, moving_keys
from httpreceiver_workflow.messages.message import LoopIndex, Places, told_apart

if TYPE_CHECKING:
    from httpreceiver_workflow.messages.json_tree import JsonMessage

_UNUSUAL: Final = ""
"""Name of a place that is always left to the message: an item of an array, or an attribute."""

Step = tuple[int, Callable[[Sequence[int]], tuple[Key, ...]], str, Callable[[Sequence[int]], JsonPath]]
"""Number of the object among those visited, the keys that lead to it, the property's name in it, the whole path."""


def json_places(paths: Sequence[JsonPath], as_text: Callable[[Any], str]) -> Places:
    """Return *paths* to be visited together; *as_text* says how a value reads."""
    objects: dict[object, int] = {}
    steps: list[Step] = []
    for path in paths:
        last = path.steps[-1]
        around = tuple((step.name, tuple(map(told_apart, step.indexes))) for step in path.steps[:-1])
        name = _UNUSUAL if last.indexes or last.name.startswith("@") else last.name
        steps.append((objects.setdefault(around, len(objects)), moving_keys(path.steps[:-1]), name, _located(path)))
    plan = tuple(steps)
    return Places(
        lambda message, indexes: _read(plan, as_text, message, indexes),
        lambda message, indexes, values: _write(plan, message, indexes, values),
    )


def _located(path: JsonPath) -> Callable[[Sequence[int]], JsonPath]:
    if any(type(index) is LoopIndex for step in path.steps for index in step.indexes):
        return moving_json_path(path)
    return lambda _: path


def _read(
    plan: tuple[Step, ...], as_text: Callable[[Any], str], message: "JsonMessage", indexes: Sequence[int]
) -> Iterator[str]:
    node: Any = None
    visited = -1
    for number, around, name, path in plan:
        if number != visited:
            visited, node = number, message.find(around(indexes))
        if not name or type(node) is not dict:
            yield message.get(path(indexes))
            continue
        value = node.get(name, "")
        yield value if type(value) is str else as_text(value)


def _write(plan: tuple[Step, ...], message: "JsonMessage", indexes: Sequence[int], values: Iterable[str]) -> None:
    node: Any = None
    visited = -1
    # The value is asked for before the message is looked at: what cannot be read must not have changed anything.
    for (number, around, name, path), value in zip(plan, values, strict=True):
        if number != visited:
            visited, node = number, message.find(around(indexes))
        if name and type(node) is dict:
            node[name] = value
            message.changed()
        else:
            message.set_value(path(indexes), value)
            # It may have made the object.
            visited = -1
