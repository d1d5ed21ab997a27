"""
The path language of JSON messages: ``a/b[n]/c``, indexes 1-based, a leading ``[n]`` for an array at the root.

A path that begins with ``newtonsoft:`` is a JSONPath instead, see `json_queries`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, final

import msgspec

from httpreceiver_workflow.messages.message import (
    DEPTH_LIMIT,
    GROWTH_LIMIT,
    LoopIndex,
    MessageFault,
    PathProblem,
    movable,
    refuse_long_path,
    same_place,
)

_STEP: Final = re.compile(r"(?P<name>[^\[\]]*)(?P<indexes>(?:\[\d{1,6}\])*)", re.ASCII)

NEWTONSOFT: Final = "newtonsoft:"
"""What a JSONPath begins with."""

MISSING: Final = object()
"""No value, as null is one."""

Key = str | int
"""A property's name, or a 0-based index into an array."""


@dataclass(frozen=True, slots=True)
class JsonStep:
    """
    One step between slashes.

    Attributes:
        name: the property; ``""`` only in a first step that indexes the root.
        indexes: 1-based, as written; several reach into arrays of arrays.
    """

    name: str
    indexes: tuple[int, ...] = ()


@final
class JsonPath(msgspec.Struct, frozen=True, gc=False):
    """
    One place in a JSON message.

    Attributes:
        steps: as written, for loops.
        keys: the same as names and 0-based indexes in the order they are followed.
    """

    steps: tuple[JsonStep, ...]
    keys: tuple[Key, ...]


@lru_cache(maxsize=1024)
def compile_json_path(text: str, first_index: int = 1) -> JsonPath:
    """
    Return the place that *text* names, whose indexes count from *first_index*.

    >>> compile_json_path("order/items[2]/code").keys
    ('order', 'items', 1, 'code')

    Raises:
        PathProblem: an empty step, or an index that is not a number from *first_index*.
    """
    refuse_long_path(text)
    steps = tuple(_step(part, position, first_index) for position, part in enumerate(text.split("/")))
    if len(steps) > DEPTH_LIMIT:
        raise PathProblem(f"the path has more than {DEPTH_LIMIT} steps")
    return _path(steps)


def indexed_json_path(path: JsonPath, prefix: JsonPath, index: int) -> JsonPath:
    """
    Return *path* in pass *index* of a loop over *prefix*.

    >>> indexed_json_path(compile_json_path("a/b[1]/c"), compile_json_path("a/b"), 3).keys
    ('a', 'b', 2, 'c')
    """
    last = len(prefix.steps) - 1
    if len(path.steps) <= last or not all(map(_same_step, path.steps[:last], prefix.steps[:last])):
        return path
    step, looped = path.steps[last], without_first(prefix.steps[last])
    inner = step.indexes[len(looped.indexes) :]
    if not _same_step(JsonStep(step.name, step.indexes[: len(looped.indexes)]), looped):
        return path
    if not movable(inner[0] if inner else None):
        return path
    moved = JsonStep(step.name, (*looped.indexes, LoopIndex(index), *inner[1:]))
    return _path((*path.steps[:last], moved, *path.steps[last + 1 :]))


def moving_json_path(path: JsonPath) -> Callable[[Sequence[int]], JsonPath]:
    """
    Return the function that puts the indexes of the loops around into *path*, where `LoopIndex` n stands for the n-th.

    What it returns is for reading, not for another loop: only its keys are moved.

    >>> marked = indexed_json_path(compile_json_path("a/b/c"), compile_json_path("a/b"), 1)
    >>> moving_json_path(marked)([7]).keys
    ('a', 'b', 6, 'c')
    """
    steps, keys = path.steps, moving_keys(path.steps)
    return lambda indexes: JsonPath(steps, keys(indexes))


def moving_keys(steps: Sequence[JsonStep]) -> Callable[[Sequence[int]], tuple[Key, ...]]:
    """Return the function (indexes of the loops around) → the keys of *steps*, as for `moving_json_path`."""
    authored = [key for step in steps for key in ((step.name,) if step.name else ()) + step.indexes]
    places = [(place, int(key) - 1) for place, key in enumerate(authored) if type(key) is LoopIndex]
    fixed = _keys(steps)
    if not places:
        return lambda _: fixed
    if len(places) == 1:
        ((place, loop),) = places
        before, after = fixed[:place], fixed[place + 1 :]
        return lambda indexes: (*before, indexes[loop] - 1, *after)

    def move(indexes: Sequence[int]) -> tuple[Key, ...]:
        moved = list(fixed)
        for place, loop in places:
            moved[place] = indexes[loop] - 1
        return tuple(moved)

    return move


def without_first(step: JsonStep) -> JsonStep:
    """Return *step* without a final index 1, which in a loop's path says no more than none (contract 5.4)."""
    if step.indexes and movable(step.indexes[-1]):
        return JsonStep(step.name, step.indexes[:-1])
    return step


def repeating(path: JsonPath) -> JsonPath:
    """Return the place of the array that a loop over *path* goes through."""
    return _path((*path.steps[:-1], without_first(path.steps[-1])))


@lru_cache(maxsize=4096)
def _step(text: str, position: int, first_index: int) -> JsonStep:
    found = _STEP.fullmatch(text)
    if not found:
        raise PathProblem(f"a JSON path has the form a/b[n]/c, where n is a number from {first_index}")
    indexes = tuple(int(number) + 1 - first_index for number in re.findall(r"\d+", found["indexes"]))
    if 0 in indexes:
        raise PathProblem("indexes of a JSON path count from 1")
    if not found["name"] and not (position == 0 and indexes):
        raise PathProblem("a JSON path needs a property name between its slashes")
    return JsonStep(found["name"], indexes)


def _path(steps: tuple[JsonStep, ...]) -> JsonPath:
    return JsonPath(steps, _keys(steps))


def _keys(steps: Sequence[JsonStep]) -> tuple[Key, ...]:
    keys: list[Key] = []
    for step in steps:
        if step.name:
            keys.append(step.name)
        keys.extend(index - 1 for index in step.indexes)
    return tuple(keys)


def _same_step(one: JsonStep, other: JsonStep) -> bool:
    if one.name != other.name:
        return False
    length = max(len(one.indexes), len(other.indexes))
    return length - min(len(one.indexes), len(other.indexes)) <= 1 and all(
        same_place(*pair) for pair in zip(_padded(one, length), _padded(other, length), strict=True)
    )


def _padded(step: JsonStep, length: int) -> tuple[int | None, ...]:
    return step.indexes + (None,) * (length - len(step.indexes))


def pad(items: list[Any], length: int) -> None:
    """Lengthen *items* with null up to *length*. Raises MessageFault for a length that nobody means."""
    missing = length - len(items)
    if missing > GROWTH_LIMIT:
        raise MessageFault(f"the path would add {missing} empty items; at most {GROWTH_LIMIT} are added at once")
    items.extend([None] * missing)
