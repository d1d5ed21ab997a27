"""
Several places of an HL7 message visited in one pass: neighbours in one segment, or one field, look for it once.

What is written here out in full is the usual case: all delimiters there, a field or a component of its first
repetition. Every other place goes through the message's own `get` and `set_value`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from httpreceiver_workflow.messages.hl7_delimiters import Delimiters
from httpreceiver_workflow.messages.hl7_paths import Hl7Path, is_delimiter_field, moving_hl7_path
from httpreceiver_workflow.messages.message import GROWTH_LIMIT, LoopIndex, Places, told_apart

if TYPE_CHECKING:
    from httpreceiver_workflow.messages.hl7v2 import Hl7Message

_UNUSUAL: Final = -1
"""Field number of a place that is always left to the message."""

Step = tuple[int, int, int, Callable[[Sequence[int]], Hl7Path]]
"""Number of the segment among those visited, field, component or 0 for the whole field, and the whole path."""


def hl7_places(paths: Sequence[Hl7Path]) -> Places:
    """Return *paths* to be visited together."""
    segments: dict[object, int] = {}
    steps: list[Step] = []
    for path in paths:
        segment = segments.setdefault((path.segment, told_apart(path.occurrence)), len(segments))
        field = path.field if path.field is not None and _is_usual(path) else _UNUSUAL
        steps.append((segment, field, path.component or 0, _located(path)))
    plan = tuple(steps)
    return Places(
        lambda message, indexes, values: _read(plan, message, indexes, values),
        lambda message, indexes, values: _write(plan, message, indexes, values),
    )


def _is_usual(path: Hl7Path) -> bool:
    """Whether *path* names the first repetition of a field that is split and escaped, or a component of it."""
    if path.field is None or path.repetition is not None or path.subcomponent is not None:
        return False
    # Beyond the limit a write is refused, and the message says so.
    return not is_delimiter_field(path) and max(path.field, path.component or 0) <= GROWTH_LIMIT


def _located(path: Hl7Path) -> Callable[[Sequence[int]], Hl7Path]:
    if LoopIndex in (type(path.occurrence), type(path.repetition)):
        return moving_hl7_path(path)
    return lambda _: path


def _read(plan: tuple[Step, ...], message: "Hl7Message", indexes: Sequence[int], values: list[str]) -> None:
    delimiters = message.delimiters()
    is_complete, escape, unescape = delimiters.is_complete, delimiters.escape, delimiters.unescape
    mark, again = delimiters.component, delimiters.repetition
    fields: list[str] = []
    parts: list[str] = []
    whole = ""
    visited = opened = -1
    for segment, number, component, path in plan:
        if segment != visited:
            visited, fields, opened = segment, message.fields(path(indexes)), -1
        if number < 0 or not is_complete:
            values.append(message.get(path(indexes)))
            continue
        if number != opened:
            opened, whole = number, fields[number] if number < len(fields) else ""
            if again in whole:
                whole = whole.partition(again)[0]
            parts = whole.split(mark)
        value = whole
        if component:
            value = parts[component - 1] if component <= len(parts) else ""
        values.append(unescape(value) if escape in value else value)


def _write(plan: tuple[Step, ...], message: "Hl7Message", indexes: Sequence[int], values: Sequence[str]) -> None:
    delimiters: Delimiters | None = None
    again = mark = ""
    fields: list[str] = []
    visited = -1
    for (segment, number, component, path), value in zip(plan, values, strict=False):
        # Only now: with nothing to write, what the message is does not matter.
        if number >= 0 and delimiters is None:
            delimiters = message.delimiters()
            again, mark = delimiters.repetition, delimiters.component
        if number < 0 or delimiters is None or not delimiters.is_complete:
            message.set_value(path(indexes), value)
            continue
        if segment != visited:
            visited, fields = segment, message.growing_fields(path(indexes))
        if number >= len(fields):
            fields.extend([""] * (number + 1 - len(fields)))
        field = fields[number]
        if again in field:
            message.set_value(path(indexes), value)
            continue
        # No delimiter is a letter or a digit, and few values are more than that.
        if not value.isalnum() and delimiters.needs_encoding(value):
            value = delimiters.encode(value)
        if component:
            value = _with_component(field, mark, component, value) if field else mark * (component - 1) + value
        fields[number] = value


def _with_component(field: str, mark: str, number: int, part: str) -> str:
    """Return *field* with *part* as its 1-based *number*-th component."""
    missing = number - 1 - field.count(mark)
    if missing > 0:
        return field + mark * missing + part
    parts = field.split(mark)
    parts[number - 1] = part
    return mark.join(parts)
