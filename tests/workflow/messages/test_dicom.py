"""DICOM messages: the view of a file, the option flags, JSON texts, and what hostile files cost."""

import base64
import contextlib
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Final

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicom_files import EXPLICIT, as_text, element, files_of_pydicom, item, part10, small_file
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import DicomOptions
from httpreceiver_workflow.messages import Message, MessageFault, content_type, message_format
from httpreceiver_workflow.messages.dicom_view import COMMON_FIELDS, INLINE_LIMIT

FORMAT: Final = message_format(MessageType.DICOM, None)
ROOT: Final = FORMAT.compile_path("newtonsoft:$")

REFUSED: Final = {
    "ExplVR_BigEndNoMeta.dcm": "no DICOM prefix",
    "ExplVR_LitEndNoMeta.dcm": "no DICOM prefix",
    "no_meta.dcm": "no DICOM prefix",
    "rtstruct.dcm": "no DICOM prefix",
    "MR_truncated.dcm": "cut short",
    "rtplan_truncated.dcm": "cut short",
    "SC_rgb_jpeg.dcm": "InvalidDicomError",  # explicit by its transfer syntax, implicit in fact
}
"""Files of pydicom's own tests that are not whole Part-10 files, and why each is refused."""


def parsed(data: bytes, options: DicomOptions | None = None) -> Message:
    return message_format(MessageType.DICOM, options).parse(as_text(data))


def get(message: Message, path: str) -> str:
    return message.get(FORMAT.compile_path(path))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("PatientID", "4711"),
        ("PatientName", "DOE^JANE"),
        ("AccessionNumber", "ACC1"),
        ("Tags/PatientID/vr", "LO"),
        ("Tags/PatientID/Value[1]", "4711"),
        ("Tags/PatientName/Value/Alphabetic", "DOE^JANE"),
        ("Tags/SliceThickness/Value[1]", "2.50"),
        ("Tags/ProcedureCodeSequence/Value[2]/CodeValue/Value[1]", "B2"),
        ("newtonsoft:$.Tags.ProcedureCodeSequence.Value[1].CodeValue.Value[0]", "B2"),
        ("newtonsoft:$..Value[?(@.CodeValue.Value[0] == 'A1')].CodeValue.vr", "SH"),
        ("StudyDate", ""),
        ("Report/Text", ""),
    ],
)
def test_paths_read_the_view_by_the_rules_of_json(path: str, value: str) -> None:
    assert value == get(parsed(small_file()), path)


def test_the_flags_drop_their_parts() -> None:
    def parts(**flags: bool) -> set[str]:
        report = pydicom_file("test-SR.dcm").read_bytes()
        view = json.loads(parsed(report, DicomOptions(**flags)).get(ROOT))
        return {name if name in ("Report", "Tags") else "common" for name in view}

    assert {"common", "Report", "Tags"} == parts()
    assert {"Report", "Tags"} == parts(common_fields=False)
    assert {"common", "Tags"} == parts(report=False)
    assert {"common", "Report"} == parts(tags=False)
    assert set() == parts(common_fields=False, report=False, tags=False)


def test_a_loop_goes_through_the_items_of_a_sequence() -> None:
    message = parsed(small_file())
    loop = FORMAT.compile_path("Tags/ProcedureCodeSequence/Value")
    inner = FORMAT.compile_path("Tags/ProcedureCodeSequence/Value[1]/CodeValue/Value[1]")
    passes = range(1, message.count(loop) + 1)
    assert ["A1", "B2"] == [message.get(FORMAT.indexed_path(inner, loop, index)) for index in passes]


def test_existence_asks_the_view() -> None:
    message = parsed(small_file())
    assert [True, False] == [message.exists(FORMAT.compile_path(path)) for path in ("PatientID", "StudyDate")]


def test_the_text_stays_as_it_came_and_a_clone_is_the_same_file() -> None:
    text = as_text(small_file())
    broken_up = "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76))
    message = FORMAT.parse(broken_up)
    assert ("4711", broken_up, broken_up) == (get(message, "PatientID"), message.text(), message.clone().text())
    assert "4711" == get(message.clone(), "PatientID")


def test_a_file_cannot_be_written_to() -> None:
    message = parsed(small_file())
    path = FORMAT.compile_path("PatientID")
    for write in (message.set_value, message.set_structure):
        with pytest.raises(MessageFault, match="cannot be written"):
            write(path, '"x"')
    with pytest.raises(MessageFault):
        message.append_line("x")
    assert as_text(small_file()) == message.text()


def test_a_json_or_empty_text_is_a_json_message() -> None:
    for text, expected in (('{"id":""}', '{"id":"4711"}'), ("", '{"id":"4711"}')):
        message = FORMAT.parse(text)
        message.set_value(FORMAT.compile_path("id"), get(parsed(small_file()), "PatientID"))
        assert (MessageType.JSON, expected) == (message.type, message.text())


def test_content_types_tell_base64_from_json() -> None:
    assert "text/plain; charset=utf-8" == content_type(parsed(small_file()).type)
    assert "application/json; charset=utf-8" == content_type(FORMAT.parse("{}").type)


def test_a_json_message_stays_one_when_its_root_becomes_a_string() -> None:
    message = FORMAT.parse("{}")
    message.set_value(FORMAT.compile_path("[1]"), "x")
    assert "x" == FORMAT.parse(message.text()).get(ROOT)


@pytest.mark.parametrize("text", ["no base64!", "QUJD", "MSH|^~\\&|", "<a/>", "\ud800", "QUJ"])
def test_what_is_neither_a_file_nor_json_is_a_fault(text: str) -> None:
    message = FORMAT.parse(text)
    assert not message.is_valid()
    with pytest.raises(MessageFault):
        get(message, "PatientID")
    assert text == message.text()


def test_values_without_a_json_form_are_told() -> None:
    data = part10(
        element(0x00080008, "CS", b"ORIGINAL\\\\AXIAL ")
        + element(0x00091001, "LO", b"private ")
        + element(0x00186011, "SQ", b"")
        + element(0x00189087, "FD", b"\0\0\0\0\0\0\xf8\x7f")
        + element(0x00200013, "IS", b" +7 ")
        + element(0x00200032, "DS", b"1.0\\-0\\1e3\\\\x ")
        + element(0x00280009, "AT", b"\x18\x00\x63\x10")
        + element(0x60003000, "OW", b"\1" * INLINE_LIMIT)
        + element(0x7FE00010, "OW", b"\0" * (INLINE_LIMIT + 2))
    )
    tags = json.loads(parsed(data).get(FORMAT.compile_path("Tags")))
    assert ["ORIGINAL", "", "AXIAL"] == tags["ImageType"]["Value"]
    assert {"vr": "LO", "Value": ["private"]} == tags["00091001"]
    assert {"vr": "SQ", "Value": []} == tags["SequenceOfUltrasoundRegions"]
    assert ["nan"] == tags["DiffusionBValue"]["Value"]
    assert ["+7"] == tags["InstanceNumber"]["Value"]
    assert [1.0, 0, 1000.0, None, "x"] == tags["ImagePositionPatient"]["Value"]
    assert ["00181063"] == tags["FrameIncrementPointer"]["Value"]
    assert base64.b64encode(b"\1" * INLINE_LIMIT).decode() == tags["60003000"]["InlineBinary"]
    assert {"vr": "OW", "Length": INLINE_LIMIT + 2} == tags["PixelData"]
    assert "1.0" == get(parsed(data), "Tags/ImagePositionPatient/Value[1]")
    assert "-0" == get(parsed(data), "Tags/ImagePositionPatient/Value[2]")


def test_a_report_reads_as_text_and_as_items() -> None:
    message = parsed(pydicom_file("reportsi.dcm").read_bytes())
    assert get(message, "Report/Text").splitlines()[-3:] == [
        "  Report Text: Enter text",
        "    Image Reference: 0",
        "  Image Reference: 0",
    ]
    assert "Enter text" == get(message, "newtonsoft:Report.Content[4].Content[0].Value")
    measured = parsed(pydicom_file("test-SR.dcm").read_bytes())
    assert "3 cm" == get(measured, "newtonsoft:Report.Content[1].Content[1].Value")


# --- judged by pydicom's own files -----------------------------------------------------------------------------------


def test_the_refused_files_are_among_pydicoms() -> None:
    assert REFUSED.keys() < {path.name for path in files_of_pydicom()}
    assert 90 <= len(list(files_of_pydicom()))


@pytest.mark.parametrize("path", list(files_of_pydicom()), ids=lambda path: path.name)
def test_every_element_of_pydicoms_files_is_in_the_view(path: Path) -> None:
    """
    The same elements and values as pydicom's own JSON, binary values aside; or refused for the reason listed.

    Either way the file comes out byte for byte.
    """
    message = parsed(path.read_bytes())
    assert isinstance(message.is_valid(), bool)
    assert path.read_bytes() == base64.b64decode(message.clone().text())
    if path.name in REFUSED:
        with pytest.raises(MessageFault, match=REFUSED[path.name]):
            message.get(ROOT)
        return
    view = json.loads(message.get(ROOT))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path)
        expected = dataset.to_json_dict(suppress_invalid_tags=True)
        shown = {tag_of(name): comparable(tag) for name, tag in view["Tags"].items()}
        for tag, one in expected.items():  # without what pydicom leaves out because a value in it is invalid
            assert comparable(one) == shown[tag], tag
        assert {name for name in COMMON_FIELDS if name in dataset} == view.keys() - {"Tags", "Report"}
    assert ("ContentSequence" in dataset) == ("Report" in view)


def tag_of(name: str) -> str:
    tag = pydicom.datadict.tag_for_keyword(name)
    return name if tag is None else f"{tag:08X}"


def comparable(tag: dict[str, Any]) -> Any:
    """Return an element of the DICOM JSON model without what the view says in its own way."""
    if tag["vr"] in ("OB", "OD", "OF", "OL", "OV", "OW", "UN") or "InlineBinary" in tag or "Length" in tag:
        return "binary"
    if tag["vr"] == "SQ":
        return [{tag_of(name): comparable(inner) for name, inner in one.items()} for one in tag.get("Value", [])]
    values = tag.get("Value", [])
    if tag["vr"] in ("DS", "IS"):
        return [value if isinstance(value, str) else float(value) for value in values if value is not None]
    if tag["vr"] == "PN":
        return [{name: part for name, part in value.items() if part} for value in values]
    return [value or None for value in values if value or len(values) > 1]


# --- hostile files ---------------------------------------------------------------------------------------------------

MEASURE: Final = """
import resource, sys, time
from dicom_files import as_text, hostile_files, small_file
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages import MessageFault, message_format
own = message_format(MessageType.DICOM, None)
path = own.compile_path("PatientID")
assert own.parse(as_text(small_file())).get(path) == "4711"
files = [(name, as_text(data)) for name, data in hostile_files()]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
for name, text in files:
    start = time.process_time()
    try:
        own.parse(text).get(path)
        print(name, "was read")
    except MessageFault:
        pass
    if time.process_time() - start > 8:
        print(name, "took", time.process_time() - start)
if peak() - before > 200:
    print("memory grew by", peak() - before, "MB")
"""


def test_hostile_files_are_refused_quickly_and_with_flat_memory() -> None:
    """In a process of its own, whose memory nothing else has used."""
    support = Path(__file__).parents[2] / "support"
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(support)}
    )
    assert ("", "") == (done.stdout, done.stderr)


def test_contours_are_bounded_but_common_fields_stay_readable() -> None:
    contour = element(0x00100020, "LO", b"4711") + element(0x00091010, "DS", b"1\\" * 30_000)
    sequence = element(0x30060039, "SQ", b"".join(item(contour) for _ in range(20)))
    data = part10(element(0x00100020, "LO", b"4711") + sequence)
    with pytest.raises(MessageFault, match="IncludeTagsNode"):
        get(parsed(data), "PatientID")
    assert "4711" == get(parsed(data, DicomOptions(tags=False)), "PatientID")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_raises_anything_but_a_fault(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["test-SR.dcm", "MR_small_bigendian.dcm", "rtplan.dcm", "priv_SQ.dcm"]))
    damaged = bytearray(pydicom_file(name).read_bytes()[:4000])
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(132, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    message = parsed(bytes(damaged))
    with contextlib.suppress(MessageFault):
        message.get(ROOT)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_fault(rest: bytes) -> None:
    for data in (rest, b"\0" * 128 + b"DICM" + rest, part10(rest, EXPLICIT)):
        message = parsed(data)
        if message.is_valid():
            message.get(ROOT)


def pydicom_file(name: str) -> Path:
    return next(path for path in files_of_pydicom() if path.name == name)
