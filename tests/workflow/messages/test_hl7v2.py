"""HL7 v2 messages: paths, escapes, growth, and text that stays as it came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import corpus
from httpreceiver_workflow.messages.hl7v2 import Hl7Format, Hl7Message
from httpreceiver_workflow.messages.message import GROWTH_LIMIT, MessageFault, PathProblem

ADT = (
    "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20240105103000||ADT^A01^ADT_A01|MSG001|P|2.5.1\r"
    "PID|1||12345^^^HOSP&1.2&ISO^MR~67890^^^SSA^SS||Brown^Sam^J||19780203|M\r"
    "OBX|1|NM|HR^Heart rate||72|bpm\r"
    "OBX|2|NM|BT^Temp||37.1\\T\\x|C"
)
FORMAT = Hl7Format()


def get(text: str, path: str) -> str:
    return FORMAT.parse(text).get(FORMAT.compile_path(path))


def after(text: str, **writes: str) -> str:
    """Return *text* after value writes, given as ``PID_5_1="x"`` for ``PID-5.1``."""
    message = FORMAT.parse(text)
    for name, value in writes.items():
        message.set_value(FORMAT.compile_path(name.replace("_", "-", 1).replace("_", ".")), value)
    return message.text()


def structured(text: str, path: str, raw: str) -> str:
    message = FORMAT.parse(text)
    message.set_structure(FORMAT.compile_path(path), raw)
    return message.text()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("MSH-1", "|"),
        ("MSH-2", "^~\\&"),
        ("MSH-3", "LAB"),
        ("MSH-9", "ADT^A01^ADT_A01"),
        ("MSH-9.2", "A01"),
        ("MSH-12", "2.5.1"),
        ("MSH-13", ""),
        ("PID-3", "12345^^^HOSP&1.2&ISO^MR"),
        ("PID-3[2]", "67890^^^SSA^SS"),
        ("PID-3[3]", ""),
        ("PID-3.1", "12345"),
        ("PID-3.4", "HOSP&1.2&ISO"),
        ("PID-3.4.2", "1.2"),
        ("PID-3.4.4", ""),
        ("PID-3[2].1", "67890"),
        ("PID-3.1[1]", "12345"),
        ("PID-8.1", "M"),
        ("PID-8.1.1", "M"),
        ("PID-8.2", ""),
        ("PID-8.1.2", ""),
        ("pid-8", "M"),
        ("OBX-5", "72"),
        ("OBX[1]-5.1", "72"),
        ("OBX[2]-5", "37.1&x"),
        ("OBX[3]-5", ""),
        ("ZZZ-4.2", ""),
        ("OBX[2]", "OBX|2|NM|BT^Temp||37.1\\T\\x|C"),
        ("ZZZ", ""),
    ],
)
def test_a_path_reads_the_decoded_value_and_a_missing_place_reads_empty(path: str, value: str) -> None:
    assert value == get(ADT, path)


@pytest.mark.parametrize(
    "path", ["", "PI", "PIDX-3", "PID-0", "PID[0]-3", "PID-3.1.1.1", "PID.3", "PID-x", "PID-3[2", "PID-1234567"]
)
def test_a_path_of_another_form_is_refused(path: str) -> None:
    with pytest.raises(PathProblem):
        FORMAT.compile_path(path)


def test_delimiters_are_the_messages_own() -> None:
    text = "MSH#*%!@#A#B\rPID#1##1*2@3%4*5##x!S!y!F!z"
    assert ["#", "*%!@", "3", "5", "x*y#z"] == [
        get(text, path) for path in ("MSH-1", "MSH-2", "PID-3.2.2", "PID-3[2].2", "PID-5")
    ]


@pytest.mark.parametrize("line_break", ["\r", "\n", "\r\n"])
def test_segments_may_end_with_any_line_break(line_break: str) -> None:
    assert "Sam" == get(ADT.replace("\r", line_break), "PID-5.2")


@pytest.mark.parametrize("before", [0, 1, 7, 8, 30])
@pytest.mark.parametrize("first", ["PID", "PID|1||9"])
def test_the_first_segment_of_a_name_is_found_near_and_far(before: int, first: str) -> None:
    lines = ["MSH|^~\\&|LAB", *["NTE|PID"] * before, first, "PID|2||8", "PID"]
    assert first == get("\r".join(lines), "PID")
    assert "8" == get("\r".join(lines), "PID[2]-3")


def test_a_segment_that_grew_is_found_by_the_next_path() -> None:
    assert after("MSH|^~\\&|LAB", PV1_2="I", ZZZ_1="z", PV1_3="W") == "MSH|^~\\&|LAB\rPV1||I|W\rZZZ|z"


def test_a_longer_name_is_another_segment() -> None:
    assert "b" == get("MSH|^~\\&\rPIDX|a\rPID|b", "PID-1")


@pytest.mark.parametrize(
    ("encoded", "decoded"),
    [
        (r"\F\\S\\R\\T\\E" + "\\", "|^~&\\"),
        (r"\X41\b", "Ab"),
        (r"\X0D0A" + "\\", "\r\n"),
        (r"\XC3A9" + "\\", "é"),
        (r"\XE9" + "\\", "é"),
        (r"\.br\x\H\y", r"\.br\x\H\y"),
        (r"\X4" + "\\", r"\X4" + "\\"),
        ("a\\b", "a\\b"),
    ],
)
def test_known_escapes_are_decoded_and_others_stay(encoded: str, decoded: str) -> None:
    assert decoded == get(f"MSH|^~\\&\rNTE|{encoded}", "NTE-1")


def test_the_text_is_the_same_object_until_the_first_write() -> None:
    message = FORMAT.parse(ADT)
    message.get(FORMAT.compile_path("PID-5"))
    assert message.text() is ADT


def test_a_value_is_escaped_so_that_it_stays_one_value() -> None:
    expected = ADT.replace("Brown^Sam^J", "Do\\S\\e\\F\\\\E\\\\X0D\\x")
    assert expected == after(ADT, PID_5="Do^e|\\\rx")


@pytest.mark.parametrize(
    ("path", "segment"),
    [
        ("PID-3", "PID|1||NEW~67890^^^SSA^SS||Brown^Sam^J||19780203|M"),
        ("PID-3[2].1", "PID|1||12345^^^HOSP&1.2&ISO^MR~NEW^^^SSA^SS||Brown^Sam^J||19780203|M"),
        ("PID-3.4.2", "PID|1||12345^^^HOSP&NEW&ISO^MR~67890^^^SSA^SS||Brown^Sam^J||19780203|M"),
        ("PID-3[4]", "PID|1||12345^^^HOSP&1.2&ISO^MR~67890^^^SSA^SS~~NEW||Brown^Sam^J||19780203|M"),
        ("PID-5.5", "PID|1||12345^^^HOSP&1.2&ISO^MR~67890^^^SSA^SS||Brown^Sam^J^^NEW||19780203|M"),
        ("PID-8.1.3", "PID|1||12345^^^HOSP&1.2&ISO^MR~67890^^^SSA^SS||Brown^Sam^J||19780203|M&&NEW"),
        ("PID-10", "PID|1||12345^^^HOSP&1.2&ISO^MR~67890^^^SSA^SS||Brown^Sam^J||19780203|M||NEW"),
    ],
)
def test_a_write_changes_its_place_only(path: str, segment: str) -> None:
    message = FORMAT.parse(ADT)
    message.set_value(FORMAT.compile_path(path), "NEW")
    assert segment == message.text().split("\r")[1]
    assert ADT.split("\r")[2:] == message.text().split("\r")[2:]
    assert "NEW" == message.get(FORMAT.compile_path(path))


def test_missing_segments_grow_before_a_final_cr() -> None:
    assert ADT + "\rZZZ\rZZZ||x\r" == structured(ADT + "\n", "ZZZ[2]-2", "x")


def test_output_is_joined_with_cr_and_keeps_blank_lines_and_what_stands_before() -> None:
    assert "\ufeffMSH|^~\\&|X\r\rPID|1\r" == after("\ufeffMSH|^~\\&|A\n\nPID|1\r\n\r\n", MSH_3="X")


def test_structure_is_placed_raw() -> None:
    assert "A^B&C" == FORMAT.parse(structured(ADT, "PID-5", "A^B&C")).get(FORMAT.compile_path("PID-5"))
    assert "MSH|^~\\&|A\rNTE|1\rNTE|2" == structured("MSH|^~\\&|A\rPID|1", "PID", "NTE|1\nNTE|2")
    assert "MSH|^~\\&|A\rNTE|x\rNTE|y" == structured("MSH|^~\\&|A\rNTE|1", "NTE-1", "x\rNTE|y")


def test_a_new_header_brings_its_delimiters() -> None:
    message = FORMAT.parse("MSH|^~\\&|A")
    message.set_structure(FORMAT.compile_path("MSH"), "MSH#*%!@#B*C")
    assert "C" == message.get(FORMAT.compile_path("MSH-3.2"))
    with pytest.raises(MessageFault):
        message.set_structure(FORMAT.compile_path("MSH"), "PID|1")


def test_delimiters_can_be_written_only_as_they_are() -> None:
    assert "MSH|^~\\&|||||||ACK" == after("", MSH_1="|", MSH_2="^~\\&", MSH_9="ACK")
    with pytest.raises(MessageFault, match="MSH-1 and MSH-2"):
        after(ADT, MSH_1="#")


def test_a_whole_segment_is_structure() -> None:
    with pytest.raises(MessageFault, match="AllowMessageStructureToChange"):
        after(ADT, PID="x")


def test_lines_are_appended_as_segments_before_a_final_cr() -> None:
    message = FORMAT.parse("MSH|^~\\&|A\r")
    message.append_line("NTE|1\r\n\r\nNTE|2\n")
    assert "MSH|^~\\&|A\rNTE|1\rNTE|2\r" == message.text()
    empty = FORMAT.parse("")
    empty.append_line("MSH#*%!@#B*C")
    assert "C" == empty.get(FORMAT.compile_path("MSH-3.2"))


def test_growth_is_bounded() -> None:
    for path in (f"OBX[{GROWTH_LIMIT * 2}]-1", f"PID-{GROWTH_LIMIT * 2}", f"PID-3[{GROWTH_LIMIT * 2}]"):
        with pytest.raises(MessageFault, match="at once"):
            FORMAT.parse(ADT).set_value(FORMAT.compile_path(path), "x")


def test_existence_is_a_segment_that_is_there_or_a_field_that_is_not_empty() -> None:
    message = FORMAT.parse(ADT)
    found = [message.exists(FORMAT.compile_path(path)) for path in ("OBX", "OBX[3]", "PID-5", "PID-2", "PID-99")]
    assert [True, False, True, False, False] == found


def test_every_repetition_is_returned_unless_one_is_named() -> None:
    message = FORMAT.parse(ADT)
    paths = ("PID-3.1", "PID-3[2].1", "PID-2", "ZZZ-1", "MSH-2", "OBX[2]")
    assert [["12345", "67890"], ["67890"], [""], [""], ["^~\\&"], ["OBX|2|NM|BT^Temp||37.1\\T\\x|C"]] == [
        message.get_all(FORMAT.compile_path(path)) for path in paths
    ]


@pytest.mark.parametrize(
    "text",
    [
        "PID|1",
        "hello",
        "MSH",
        "MSH|",
        "MSH||",
        "MSH|||x",
        "MSHA^~\\&|",
        "MSH|ABCD|",
        "MSH|^^^^|x",
        "MSH||^~\\&|x",
        "{}",
        "\x0bMSH|^~\\&|",
    ],
)
def test_a_text_without_usable_header_is_invalid_and_reading_it_faults(text: str) -> None:
    assert not FORMAT.parse(text).is_valid()
    with pytest.raises(MessageFault):
        get(text, "PID-1")


def test_empty_text_reads_empty_and_is_not_valid() -> None:
    assert ["", ""] == [get(text, "PID-1") for text in ("", " \r\n")]
    assert not FORMAT.parse("").is_valid()


def test_a_clone_is_independent() -> None:
    message = FORMAT.parse(ADT)
    message.set_value(FORMAT.compile_path("PID-8"), "F")
    copy = message.clone()
    copy.set_value(FORMAT.compile_path("PID-8"), "X")
    assert ["F", "X"] == [one.get(FORMAT.compile_path("PID-8")) for one in (message, copy)]


def test_missing_encoding_characters_are_the_usual_ones_or_none() -> None:
    assert "b" == get("MSH|^|A\rPID|1~2||a^b", "PID-3.2")
    assert "b" == get("MSH|&|A\rPID|1~2||a&b", "PID-3.2")


def test_sample_messages_come_out_byte_for_byte_and_survive_a_write() -> None:
    samples = sorted(corpus("hl7/fhir-converter").glob("*.hl7"))
    assert len(samples) == 70
    sending = FORMAT.compile_path("MSH-3")
    for sample in samples:
        text = sample.read_bytes().decode("utf-8")
        message = FORMAT.parse(text)
        assert message.is_valid(), sample.name
        original = message.get(sending)
        assert text == message.text(), sample.name
        message.set_value(sending, original)
        assert text.replace("\r\n", "\r").replace("\n", "\r").rstrip("\r") == message.text().rstrip("\r"), sample.name


values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(1, 5)


@given(numbers, numbers, numbers, numbers, numbers, values)
def test_what_is_set_is_what_is_got_and_a_reader_of_the_text_agrees(
    i: int, f: int, r: int, c: int, s: int, value: str
) -> None:
    for tail in ("", f".{c}", f".{c}.{s}"):
        path = FORMAT.compile_path(f"PID[{i}]-{f}[{r}]{tail}")
        message = FORMAT.parse(ADT)
        message.set_value(path, value)
        assert value == message.get(path)
        assert value == Hl7Message(message.text()).get(path)


@given(
    st.text("MSH|^~\\&PID\r\n.X0A ", max_size=60),
    st.sampled_from(["MSH", "MSH-2", "PID-1", "PID-3[2].1", "NTE[3]-2"]),
    values,
)
def test_no_text_raises_anything_but_a_fault(text: str, path: str, value: str) -> None:
    compiled = FORMAT.compile_path(path)
    for start in ("", "MSH|^~\\&|"):
        message = FORMAT.parse(start + text)
        try:
            message.get(compiled)
            message.get_all(compiled)
            message.count(compiled)
            message.set_structure(compiled, value)
            message.set_value(compiled, value)
            message.append_line(value)
        except MessageFault:
            pass
        message.text()
