"""Text, SQL and Binary: one whole text."""

import pytest

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.messages.plain_text import TextFormat, with_line


def test_every_path_means_the_whole_text() -> None:
    own = TextFormat(MessageType.SQL)
    message = own.parse("SELECT 1")
    path = own.compile_path("any/thing[0]")
    assert ["SELECT 1", ["SELECT 1"], True] == [message.get(path), message.get_all(path), message.exists(path)]
    message.set_value(path, "a|b")
    assert "a|b" == message.text()
    message.set_structure(path, "c")
    assert "c" == message.clone().text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "x"),
        ("a", "a\r\nx"),
        ("a\n", "a\nx\n"),
        ("a\nb", "a\nb\nx"),
        ("a\r\nb", "a\r\nb\r\nx"),
        ("a\rb", "a\rb\rx"),
    ],
)
def test_a_line_is_appended_in_the_line_breaks_of_the_text(text: str, expected: str) -> None:
    assert expected == with_line(text, "x")


def test_binary_has_no_lines_and_text_no_loops() -> None:
    with pytest.raises(MessageFault):
        TextFormat(MessageType.BINARY).parse("aGVsbG8=").append_line("x")
    with pytest.raises(MessageFault):
        TextFormat(MessageType.TEXT).parse("x").count("x")


def test_text_is_always_valid() -> None:
    assert TextFormat(MessageType.BINARY).parse("not base64!").is_valid()
