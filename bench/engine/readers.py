"""
Parse a 4 kB HL7 message and read twenty places: ours, and the libraries hl7 and hl7apy.
"""

from collections.abc import Callable
from typing import Final

import hl7
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from bench.engine.hl7_job import MESSAGE
from httpreceiver_workflow.messages.hl7v2 import Hl7Format

OURS: Final = "ours"
HL7: Final = "hl7"
HL7APY: Final = "hl7apy"

PLACES: Final = (
    *(("PID", 1, 3, component) for component in (1, 4, 5)),
    *(("PID", 1, 5, component) for component in (1, 2, 3)),
    *(("PID", 1, 11, component) for component in (3, 4, 5)),
    *(("PV1", 1, 3, component) for component in (1, 2, 3, 4)),
    ("PV1", 1, 7, 1),
    *(("OBX", occurrence, 3, component) for occurrence in (1, 20, 39) for component in (1, 2)),
)
"""Segment, which one of that name, field, component; none holds an escape, which hl7apy leaves to its caller."""

_TEXT: Final = MESSAGE.decode()
_FORMAT: Final = Hl7Format()
_PATHS: Final = [_FORMAT.compile_path(f"{name}[{number}]-{field}.{part}") for name, number, field, part in PLACES]


def by_ours() -> list[str]:
    """Read the places as a workflow does: with paths compiled before."""
    message = _FORMAT.parse(_TEXT)
    return [message.get(path) for path in _PATHS]


def by_hl7() -> list[str]:
    """Read the places by the indexes of the library's containers."""
    message = hl7.parse(_TEXT)
    found = {name: message.segments(name) for name in ("PID", "PV1", "OBX")}
    return [
        message.unescape(str(found[name][number - 1][field][0][part - 1][0])) for name, number, field, part in PLACES
    ]


def by_hl7apy() -> list[str]:
    """Read the places by the library's element names, without its validation."""
    message = parse_message(_TEXT, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)
    found = {name: [one for one in message.children if one.name == name] for name in ("PID", "PV1", "OBX")}
    values = []
    for name, number, position, part in PLACES:
        field = getattr(found[name][number - 1], f"{name}_{position}")[0]
        values.append(getattr(field, f"{field.datatype}_{part}").to_er7())
    return values


def sides() -> dict[str, Callable[[], list[str]]]:
    """Return the three readers. Raises RuntimeError when they do not read the same."""
    readers = {OURS: by_ours, HL7: by_hl7, HL7APY: by_hl7apy}
    values = {name: read() for name, read in readers.items()}
    if not values[OURS] == values[HL7] == values[HL7APY]:
        raise RuntimeError(f"the readers disagree: {values}")
    return readers
