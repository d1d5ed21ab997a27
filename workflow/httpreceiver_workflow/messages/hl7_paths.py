"""
The path language of HL7 v2 messages: ``SEG[i]-F[r].C.S``, every index 1-based, a missing one meaning the first.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import msgspec
from msgspec.structs import replace

from httpreceiver_workflow.messages.hl7_delimiters import HEADER_SEGMENTS
from httpreceiver_workflow.messages.message import LoopIndex, PathProblem, movable, refuse_long_path, same_place

# A repeat index after a component or subcomponent is accepted and ignored (contract 6.6).
_PATH: Final = re.compile(
    r"(?P<segment>[A-Za-z][A-Za-z0-9]{2})(?:\[(?P<occurrence>\d{1,6})\])?"
    r"(?:-(?P<field>\d{1,6})(?:\[(?P<repetition>\d{1,6})\])?"
    r"(?:\.(?P<component>\d{1,6})(?:\[\d{1,6}\])?(?:\.(?P<subcomponent>\d{1,6})(?:\[\d{1,6}\])?)?)?)?",
    re.ASCII,
)


class Hl7Path(msgspec.Struct, frozen=True, gc=False):
    """
    One place in an HL7 message.

    Attributes:
        segment: upper case.
        occurrence: which segment of that name, 1-based; None when the path does not say, which means the first.
        field: None for the whole segment.
        repetition: None when the path does not say, which means the first.
        component: None for the whole repetition.
        subcomponent: None for the whole component.
    """

    segment: str
    occurrence: int | None = None
    field: int | None = None
    repetition: int | None = None
    component: int | None = None
    subcomponent: int | None = None


@lru_cache(maxsize=1024)
def compile_hl7_path(text: str) -> Hl7Path:
    """
    Return the place that *text* names.

    >>> compile_hl7_path("PID-3[2].1")
    Hl7Path(segment='PID', occurrence=None, field=3, repetition=2, component=1, subcomponent=None)

    Raises:
        PathProblem: *text* is not of the form ``SEG[i]-F[r].C.S``, or an index is 0.
    """
    refuse_long_path(text)
    found = _PATH.fullmatch(text.strip())
    if not found:
        raise PathProblem("an HL7 path has the form SEG[i]-F[r].C.S, for example PID-3[2].1")
    numbers = {name: int(value) for name, value in found.groupdict().items() if value is not None and name != "segment"}
    if 0 in numbers.values():
        raise PathProblem("segments, fields, repetitions and components of an HL7 path count from 1")
    return Hl7Path(found["segment"].upper(), **numbers)


def indexed_hl7_path(path: Hl7Path, prefix: Hl7Path, index: int) -> Hl7Path:
    """
    Return *path* in pass *index* of a loop over *prefix*, which names a segment or a field's repetitions.

    >>> indexed_hl7_path(compile_hl7_path("OBX-5.1"), compile_hl7_path("OBX"), 2).occurrence
    2
    """
    if path.segment != prefix.segment or prefix.component is not None:
        return path
    if prefix.field is None:
        if movable(prefix.occurrence) and movable(path.occurrence):
            return replace(path, occurrence=LoopIndex(index))
        return path
    if path.field != prefix.field or not same_place(path.occurrence, prefix.occurrence):
        return path
    if movable(prefix.repetition) and movable(path.repetition):
        return replace(path, repetition=LoopIndex(index))
    return path


def moving_hl7_path(path: Hl7Path) -> Callable[[Sequence[int]], Hl7Path]:
    """
    Return the function that puts the indexes of the loops around into *path*, where `LoopIndex` n stands for the n-th.

    What it returns is for reading, not for another loop.

    >>> marked = indexed_hl7_path(compile_hl7_path("OBX-5.1"), compile_hl7_path("OBX"), 1)
    >>> moving_hl7_path(marked)([7]).occurrence
    7
    """
    segment, field, component, subcomponent = path.segment, path.field, path.component, path.subcomponent
    occurrence, repetition = _of_loops(path.occurrence), _of_loops(path.repetition)
    return lambda indexes: Hl7Path(segment, occurrence(indexes), field, repetition(indexes), component, subcomponent)


def is_delimiter_field(path: Hl7Path) -> bool:
    """Whether *path* names MSH-1 or MSH-2, which are never split or escaped."""
    return path.field is not None and path.field <= 2 and path.segment in HEADER_SEGMENTS


def _of_loops(index: int | None) -> Callable[[Sequence[int]], int | None]:
    if type(index) is not LoopIndex:
        return lambda _: index
    loop = index - 1
    return lambda indexes: indexes[loop]
