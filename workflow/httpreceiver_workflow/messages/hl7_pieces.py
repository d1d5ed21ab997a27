"""
The pieces of one HL7 field as text: its repetitions, components and subcomponents, each 1-based and read or replaced.
"""

from httpreceiver_workflow.messages.hl7_delimiters import Delimiters
from httpreceiver_workflow.messages.hl7_paths import Hl7Path
from httpreceiver_workflow.messages.message import GROWTH_LIMIT, MessageFault


def piece(text: str, delimiter: str, number: int) -> str:
    """Return the 1-based *number*-th part of *text*, ``""`` when there are fewer."""
    if not delimiter or delimiter not in text:
        return text if number == 1 else ""
    parts = text.split(delimiter, number)
    return parts[number - 1] if number <= len(parts) else ""


def component_of(repetition: str, path: Hl7Path, delimiters: Delimiters) -> str:
    """Return the encoded part of one repetition that *path* names."""
    if path.component is None:
        return repetition
    component = piece(repetition, delimiters.component, path.component)
    return component if path.subcomponent is None else piece(component, delimiters.subcomponent, path.subcomponent)


def with_piece(field: str, path: Hl7Path, encoded: str, delimiters: Delimiters) -> str:
    """Return *field* with *encoded* in the repetition, component and subcomponent that *path* names."""
    number = path.repetition or 1
    if path.component is not None:
        repetition = piece(field, delimiters.repetition, number) if field else ""
        if path.subcomponent is not None:
            component = piece(repetition, delimiters.component, path.component)
            encoded = _replaced(component, delimiters.subcomponent, path.subcomponent, encoded)
        encoded = _replaced(repetition, delimiters.component, path.component, encoded)
    return _replaced(field, delimiters.repetition, number, encoded)


def _replaced(text: str, delimiter: str, number: int, part: str) -> str:
    """Return *text* with *part* as its 1-based *number*-th part."""
    if number == 1 and (not delimiter or delimiter not in text):
        return part
    if not delimiter:
        raise MessageFault("MSH-2 defines no delimiter for what is to be written")
    parts = text.split(delimiter)
    if number > len(parts):
        pad(parts, number)
    parts[number - 1] = part
    return delimiter.join(parts)


def pad(parts: list[str], length: int) -> None:
    """Lengthen *parts* with empty ones. Raises MessageFault for a length that nobody means."""
    missing = length - len(parts)
    check_growth(missing)
    parts.extend([""] * missing)


def check_growth(missing: int) -> None:
    """Raise MessageFault for more empty places than a path may add."""
    if missing > GROWTH_LIMIT:
        raise MessageFault(f"the path would add {missing} empty places; at most {GROWTH_LIMIT} are added at once")
