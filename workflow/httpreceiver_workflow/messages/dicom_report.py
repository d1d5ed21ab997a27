"""
The text of a DICOM structured report, from the elements of its dataset as `dicom_view` shows them.

Called by `dicom_view`. The form is ours; the vendor publishes only that there is a node for it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

Tags = Mapping[str, Any]

_TEXT_OF: Final[Mapping[str, str]] = {
    "TEXT": "TextValue",
    "PNAME": "PersonName",
    "DATETIME": "DateTime",
    "DATE": "Date",
    "TIME": "Time",
    "UIDREF": "UID",
}
"""Value type of a content item → the element that holds its value."""


def report_of(tags: Tags) -> dict[str, Any]:
    """
    Return title, text and content items of a report.

    The text has one line ``Name: value`` per item, indented by two blanks per level; an item without both has none.
    Items are ``{"Type", "Name", "Value", "Content"}``, the last only where there are items inside.
    """
    content = [_item(item) for item in _items(tags, "ContentSequence")]
    title = _meaning(tags, "ConceptNameCodeSequence")
    return {"Title": title, "Text": "\n".join(_lines(content, "")), "Content": content}


def _item(tags: Tags) -> dict[str, Any]:
    kind = _first(tags, "ValueType")
    item = {"Type": kind, "Name": _meaning(tags, "ConceptNameCodeSequence"), "Value": _value(tags, kind)}
    inside = [_item(one) for one in _items(tags, "ContentSequence")]
    return item | {"Content": inside} if inside else item


def _value(tags: Tags, kind: str) -> str:
    match kind:
        case "NUM":
            measured = next(_items(tags, "MeasuredValueSequence"), {})
            unit = next(_items(measured, "MeasurementUnitsCodeSequence"), {})
            return f"{_first(measured, 'NumericValue')} {_first(unit, 'CodeValue')}".strip()
        case "CODE":
            return _meaning(tags, "ConceptCodeSequence")
        case "IMAGE" | "COMPOSITE" | "WAVEFORM":
            return _first(next(_items(tags, "ReferencedSOPSequence"), {}), "ReferencedSOPInstanceUID")
    return _first(tags, _TEXT_OF[kind]) if kind in _TEXT_OF else ""


def _lines(content: list[dict[str, Any]], indent: str) -> Iterator[str]:
    for item in content:
        if line := ": ".join(part for part in (item["Name"], item["Value"]) if part):
            yield indent + line
        yield from _lines(item.get("Content", []), f"{indent}  ")


def _meaning(tags: Tags, name: str) -> str:
    return _first(next(_items(tags, name), {}), "CodeMeaning")


def _items(tags: Tags, name: str) -> Iterator[Tags]:
    return (item for item in tags.get(name, {}).get("Value", ()) if isinstance(item, dict))


def _first(tags: Tags, name: str) -> str:
    value = next(iter(tags.get(name, {}).get("Value", ())), "")
    match value:
        case None:
            return ""
        case msgspec.Raw():
            return bytes(value).decode("ascii")
        case dict():
            return str(value.get("Alphabetic", ""))
    return str(value)
