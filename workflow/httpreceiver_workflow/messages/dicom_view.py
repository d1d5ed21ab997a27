"""
What a DICOM file looks like to paths: a JSON value made of its dataset.

The vendor publishes the three parts but not their names, so the names are ours (contract 6.6):

    {"PatientID": "4711", …,                                          common fields, each as text
     "Report": {"Title": …, "Text": …, "Content": […]},               only of structured reports
     "Tags": {"PatientID": {"vr": "LO", "Value": ["4711"]}, …}}       every element, as the DICOM JSON model has it

Tags are named by keyword, private and unknown ones by eight hexadecimal digits. Decimal and integer strings read as
they are written in the file. Of binary values longer than `INLINE_LIMIT` only the length is told, as ``Length``.

Source: IntegrationSoup/Documentation, message-type-options.md; DICOM PS3.18 annex F.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, private_dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

from httpreceiver_workflow.contract.setting_parts import DicomOptions
from httpreceiver_workflow.messages.dicom_report import report_of
from httpreceiver_workflow.messages.dicom_source import (
    TOO_DEEP,
    Budget,
    fault,
    read_file,
    read_items,
    refusing,
    value_of,
)

INLINE_LIMIT: Final = 1024
"""Most bytes of a binary value that the view shows, as base64."""

VALUE_LIMIT: Final = 250_000
"""Most single values of one file that the view holds; contours and waveforms have many."""

DEPTH_LIMIT: Final = 32
"""Deepest nesting of sequences; structured reports have about ten levels."""

COMMON_FIELDS: Final = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "StudyID", "SeriesNumber"),
    *("InstanceNumber", "AccessionNumber", "Modality", "StudyDate", "StudyTime", "StudyDescription"),
    *("SeriesDate", "SeriesTime", "SeriesDescription", "AcquisitionDate", "ContentDate", "ContentTime"),
    *("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex", "PatientAge"),
    *("ReferringPhysicianName", "PerformingPhysicianName", "RequestedProcedureDescription", "ProtocolName"),
    *("BodyPartExamined", "InstitutionName", "StationName", "Manufacturer", "ManufacturerModelName"),
)
"""Keywords of the fields at the top of the view; ours, as the list is unpublished."""

_BINARY: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_NUMBERS: Final[Mapping[str, int]] = MappingProxyType(
    {"AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8}
)
"""Value representation → bytes of one number."""
_NUMBER_STRINGS: Final = frozenset({"DS", "IS"})
_JSON_NUMBER: Final = re.compile(rb"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_PADDING: Final = b" \0"


def view_of(data: bytes, options: DicomOptions) -> dict[str, Any]:
    """Return the view of the Part-10 file *data* with the parts that *options* ask for. Raises MessageFault."""
    budget = Budget(len(data))
    dataset = read_file(data, budget)
    viewer = _Viewer(budget)
    view: dict[str, Any] = {}
    with refusing(budget):
        if options.common_fields:
            common = viewer.tags(dataset, only=COMMON_FIELDS)
            view |= {keyword: _text(common[keyword]) for keyword in COMMON_FIELDS if keyword in common}
        tags = viewer.tags(dataset, only=() if options.tags else ("ConceptNameCodeSequence", "ContentSequence"))
        if options.report and "ContentSequence" in tags:
            view["Report"] = report_of(tags)
        if options.tags:
            view["Tags"] = tags
    return view


class _Viewer:
    """Makes one view; holds what it may still cost."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._values = VALUE_LIMIT

    def tags(self, dataset: Dataset, only: Iterable[str] = (), depth: int = 0) -> dict[str, Any]:
        """Return the elements of *dataset* by keyword, all of them without *only*."""
        if depth > DEPTH_LIMIT:
            raise fault(TOO_DEEP)
        wanted = frozenset(only)
        tags: dict[str, Any] = {}
        for element in list(dataset.values()):
            name = _name(element)
            if not wanted or name in wanted:
                tags[name] = self._tag(element, dataset, depth)
        return tags

    def _tag(self, element: DataElement | RawDataElement, dataset: Dataset, depth: int) -> dict[str, Any]:
        if isinstance(element, DataElement):
            return self._sequence(element.value, depth) if element.VR == "SQ" else self._shown(element)
        representation = _representation(element, dataset)
        if representation == "SQ":
            return self._sequence(read_items(element, dataset, self._budget), depth)
        if representation in _BINARY:
            return _binary(representation, value_of(element))
        self._count(representation, value_of(element))
        if representation in _NUMBER_STRINGS:
            return _number_strings(representation, value_of(element))
        return self._shown(dataset[element.tag])

    def _sequence(self, items: Iterable[Dataset], depth: int) -> dict[str, Any]:
        return {"vr": "SQ", "Value": [self.tags(item, depth=depth + 1) for item in items]}

    def _count(self, representation: str, value: bytes) -> None:
        size = _NUMBERS.get(representation)
        self._values -= len(value) // size if size else value.count(b"\\") + 1
        if self._values < 0:
            raise fault(f"it has more than {VALUE_LIMIT} values; leave them out with IncludeTagsNode false")

    def _shown(self, element: DataElement) -> dict[str, Any]:
        if isinstance(element.value, bytes):
            return _binary(element.VR, element.value)
        if element.is_empty:
            return {"vr": element.VR}
        values = element.value if element.VM > 1 else [element.value]
        return {"vr": element.VR, "Value": [_shown_value(element.VR, value) for value in values]}


def _name(element: DataElement | RawDataElement) -> str:
    """Return the keyword; eight digits for a private element, one without keyword, and those of repeating groups."""
    tag = element.tag
    return (keyword_for_tag(tag) if dictionary_has_tag(tag) else "") or f"{tag:08X}"


def _representation(element: RawDataElement, dataset: Dataset) -> str:
    """Return the value representation; where the file has none that of the dictionaries, else that of unknown bytes."""
    tag = element.tag
    if element.VR not in (None, "UN"):
        return str(element.VR)
    if dictionary_has_tag(tag):
        return str(dictionary_VR(tag))
    if tag.is_private_creator:
        return "LO"
    creator = dataset.get(tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8) if tag.is_private else None
    try:
        return str(private_dictionary_VR(tag, str(creator.value))) if creator else "UN"
    except KeyError:
        return "UN"


def _binary(representation: str, value: bytes) -> dict[str, Any]:
    if not value:
        return {"vr": representation}
    if len(value) > INLINE_LIMIT:
        return {"vr": representation, "Length": len(value)}
    return {"vr": representation, "InlineBinary": base64.b64encode(value).decode("ascii")}


def _number_strings(representation: str, value: bytes) -> dict[str, Any]:
    """Return numbers as they are written; what is no number of JSON as text."""
    stripped = value.strip(_PADDING)
    if not stripped:
        return {"vr": representation}
    return {"vr": representation, "Value": [_number(one.strip(_PADDING)) for one in stripped.split(b"\\")]}


def _number(text: bytes) -> object:
    if not text:
        return None
    return msgspec.Raw(text) if _JSON_NUMBER.fullmatch(text) else text.decode("ascii", "replace")


def _shown_value(representation: str, value: Any) -> object:
    if representation == "PN":
        return {
            name: part
            for name, part in zip(("Alphabetic", "Ideographic", "Phonetic"), value.components, strict=False)
            if part
        }
    if representation == "AT":
        return f"{value:08X}"
    if isinstance(value, float):
        # JSON has no word for infinities and for what is no number.
        return value if value - value == 0 else str(value)
    return int(value) if isinstance(value, int) else str(value)


def _text(tag: Mapping[str, Any]) -> str:
    """Return a common field as text; several values are joined as they are in the file."""
    return "\\".join(_one_text(value) for value in tag.get("Value", ()))


def _one_text(value: object) -> str:
    match value:
        case None:
            return ""
        case msgspec.Raw():
            return bytes(value).decode("ascii")
        case dict():
            parts = [str(value.get(name, "")) for name in ("Alphabetic", "Ideographic", "Phonetic")]
            return "=".join(parts).rstrip("=")
    return str(value)
