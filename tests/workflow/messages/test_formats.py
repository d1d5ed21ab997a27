"""Which format a message type has, and types that show only in the text."""

import pytest

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import CsvOptions, TextOptions
from httpreceiver_workflow.messages import (
    SUPPORTED_MESSAGE_TYPES,
    MessageFault,
    PathProblem,
    content_type,
    message_format,
)

UNKNOWN = message_format(MessageType.UNKNOWN, None)
FHIR = message_format(MessageType.FHIR, None)


def test_path_kinds_are_not_offered() -> None:
    refused = {kind.name for kind in MessageType if kind not in SUPPORTED_MESSAGE_TYPES}
    assert {"HL7_V2_PATH", "X_PATH", "CSV_PATH", "JSON_PATH", "MESSAGE_STRUCTURE"} == refused


@pytest.mark.parametrize("kind", sorted(SUPPORTED_MESSAGE_TYPES))
def test_a_format_and_its_messages_know_their_type(kind: MessageType) -> None:
    own = message_format(kind, None)
    assert kind is own.type
    if kind not in (MessageType.UNKNOWN, MessageType.FHIR):
        assert kind is own.parse("x").type is own.parse("x").clone().type


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (MessageType.HL7_V2, "text/plain; charset=utf-8"),
        (MessageType.HL7_V3, "application/xml; charset=utf-8"),
        (MessageType.XML, "application/xml; charset=utf-8"),
        (MessageType.CSV, "text/csv; charset=utf-8"),
        (MessageType.JSON, "application/json; charset=utf-8"),
        (MessageType.TEXT, "text/plain; charset=utf-8"),
        (MessageType.BINARY, "application/octet-stream"),
    ],
)
def test_content_types_are_the_contracts(kind: MessageType, expected: str) -> None:
    assert expected == content_type(kind) == message_format(kind, None).content_type


def test_options_shape_their_own_type_only() -> None:
    semicolon = message_format(MessageType.CSV, CsvOptions(delimiter=";"))
    assert "b" == semicolon.parse("a;b").get(semicolon.compile_path("1"))
    comma = message_format(MessageType.CSV, TextOptions())
    assert "b" == comma.parse("a,b").get(comma.compile_path("1"))


@pytest.mark.parametrize(
    ("text", "path", "kind", "value"),
    [
        ("MSH|^~\\&|LAB", "MSH-3", MessageType.HL7_V2, "LAB"),
        ("\r\nMSH|^~\\&|LAB", "MSH-3", MessageType.HL7_V2, "LAB"),
        (' {"a": 1}', "a", MessageType.JSON, "1"),
        ("[2]", "[1]", MessageType.JSON, "2"),
        ("\ufeff<a>3</a>", "a", MessageType.XML, "3"),
        ("hello", "a", MessageType.TEXT, "hello"),
        ("", "a", MessageType.TEXT, ""),
    ],
)
def test_unknown_is_what_its_first_characters_say(text: str, path: str, kind: MessageType, value: str) -> None:
    message = UNKNOWN.parse(text)
    assert (kind, value) == (message.type, message.get(UNKNOWN.compile_path(path)))
    assert text == message.text()


def test_fhir_is_json_or_xml() -> None:
    path = FHIR.compile_path("Patient/id")
    assert ["1", "2"] == [
        FHIR.parse(text).get(path) for text in ('{"Patient":{"id":1}}', "<Patient><id>2</id></Patient>")
    ]
    assert [MessageType.JSON, MessageType.XML] == [FHIR.parse(text).type for text in ("{}", "<a/>")]


def test_an_inferred_message_does_all_its_text_allows() -> None:
    message = UNKNOWN.parse("MSH|^~\\&|LAB\rPID|1||1~2")
    path = UNKNOWN.compile_path("PID-3")
    assert [["1", "2"], True, 2, True] == [
        message.get_all(path),
        message.exists(path),
        message.count(path),
        message.is_valid(),
    ]
    copy = message.clone()
    copy.set_value(path, "x")
    copy.set_structure(UNKNOWN.compile_path("PID-5"), "a^b")
    copy.append_line("NTE|1")
    assert "MSH|^~\\&|LAB\rPID|1||x~2||a^b\rNTE|1" == copy.text()
    assert "MSH|^~\\&|LAB\rPID|1||1~2" == message.text()
    assert "2" == message.get(UNKNOWN.indexed_path(path, path, 2))


def test_a_path_that_does_not_fit_the_text_is_a_fault() -> None:
    with pytest.raises(MessageFault):
        UNKNOWN.parse('{"a":1}').get(UNKNOWN.compile_path(""))
    with pytest.raises(PathProblem):
        FHIR.compile_path("")
