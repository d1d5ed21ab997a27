"""HL7 messages as they come from real systems: odd, legal or nearly so. Untouched they come out byte for byte."""

import pytest

from httpreceiver_workflow.messages.hl7v2 import Hl7Format
from httpreceiver_workflow.messages.message import MessageFault

FORMAT = Hl7Format()
HEAD = "MSH|^~\\&|LAB"

ODDITIES = {
    "custom separators": ("MSH$%*?@$LAB\rPID$1$$7%x@y", "PID-3.2.2", "y"),
    "a fifth encoding character": ("MSH|^~\\&#|LAB\rPID|1||7^x", "PID-3.2", "x"),
    "no trailing separators": (f"{HEAD}\rPID|1", "PID-30.2", ""),
    "trailing separators": (f"{HEAD}|||||\rPID|1||7^x^^^|||||", "PID-3.2", "x"),
    "a segment without fields": (f"{HEAD}\rPID\rOBX|1", "OBX-1", "1"),
    "a segment of separators": (f"{HEAD}\rPID||||\rOBX|1", "PID-3", ""),
    "empty lines between segments": (f"{HEAD}\r\r\rPID|1\r\r", "PID-1", "1"),
    "a blank line": (f"{HEAD}\r  \rPID|1", "PID-1", "1"),
    "the header only": ("MSH|^~\\&|", "MSH-3", ""),
    "the header without a third field": ("MSH|^~\\&", "MSH-9.2", ""),
    "a byte order mark": (f"\ufeff{HEAD}\rPID|1", "MSH-3", "LAB"),
    "line breaks before the header": (f"\r\n{HEAD}\rPID|1", "PID-1", "1"),
    "line breaks of three kinds": (f"{HEAD}\nPID|1\r\nOBX|2\rNTE|3\n", "NTE-1", "3"),
    "an explicit null": (f'{HEAD}\rPID|1||""', "PID-3", '""'),
    "the escape character alone": (f"{HEAD}\rPID|a\\b\\", "PID-1", "a\\b\\"),
    "a segment id in lower case is another segment": (f"{HEAD}\rpid|1", "PID-1", ""),
    "a segment id of four letters is another segment": (f"{HEAD}\rPIDX|1\rPID|2", "PID-1", "2"),
    "a second header": (f"{HEAD}\rPID|1\rMSH|^~\\&|OTHER", "MSH[2]-3", "OTHER"),
    "a batch": ("FHS|^~\\&|F\rBHS|^~\\&|B\rMSH|^~\\&|LAB\rBTS|1\rFTS|1", "BHS-3", "B"),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_an_odd_message_is_read_and_comes_out_as_it_came(oddity: str) -> None:
    text, path, value = ODDITIES[oddity]
    message = FORMAT.parse(text)
    assert (value, text) == (message.get(FORMAT.compile_path(path)), message.text())


@pytest.mark.parametrize("oddity", ODDITIES)
def test_a_write_to_an_odd_message_is_read_back_and_leaves_the_other_segments(oddity: str) -> None:
    text, _, _ = ODDITIES[oddity]
    path = FORMAT.compile_path("ZZZ-2")
    message = FORMAT.parse(text)
    message.set_value(path, "x|y")
    written = message.text().replace("\r", "\n").splitlines()
    assert "x|y" == FORMAT.parse(message.text()).get(path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").splitlines()
    assert lines == [line for line in written if not line.startswith("ZZZ")][-len(lines) :]


@pytest.mark.parametrize(
    "text",
    ["msh|^~\\&|LAB", " MSH|^~\\&|LAB", "\x0bMSH|^~\\&|LAB\r\x1c\r", "PID|1\rMSH|^~\\&|LAB", "MSH|", "MSH^~\\&|LAB^^"],
    ids=["lower case", "a blank before", "MLLP framing", "not first", "cut off", "one character for two purposes"],
)
def test_what_has_no_usable_header_is_refused_and_never_guessed(text: str) -> None:
    message = FORMAT.parse(text)
    with pytest.raises(MessageFault, match="the message is not HL7"):
        message.get(FORMAT.compile_path("PID-1"))
    assert (text, False) == (message.text(), message.is_valid())
