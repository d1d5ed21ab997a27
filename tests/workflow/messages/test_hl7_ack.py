"""Generated acknowledgements (contract 9.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.messages.hl7_ack import acknowledge
from httpreceiver_workflow.messages.hl7v2 import Hl7Format

ADT = "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20240105103000||ADT^A01^ADT_A01|MSG001|P|2.5.1\rPID|1"
HEADER = "MSH|^~\\&|EHR|CLINIC|LAB|HOSP|20240105103000||ACK^A01^ACK|MSG001|P|2.5.1"


def test_accept_swaps_sender_and_receiver_and_names_the_message() -> None:
    assert f"{HEADER}\rMSA|AA|MSG001" == acknowledge(ADT, "AA", "text of an accept is not sent")


def test_error_and_reject_carry_escaped_text() -> None:
    assert f"{HEADER}\rMSA|AE|MSG001|Bad\\F\\thing" == acknowledge(ADT, "AE", "Bad|thing")
    assert f"{HEADER}\rMSA|AR|MSG001|a b c" == acknowledge(ADT, "AR", "a\r\nb\nc")
    assert f"{HEADER}\rMSA|AR|MSG001" == acknowledge(ADT, "AR")


def test_text_is_cut_to_80_characters_without_cutting_an_escape() -> None:
    answer = acknowledge(ADT, "AE", "x" * 78 + "|y")
    assert answer is not None
    assert "x" * 78 == answer.rpartition("|")[2]


@pytest.mark.parametrize(
    ("type_and_version", "answered"),
    [
        ("ADT^A01||P|2.3", "ACK^A01||P|2.3"),
        ("ADT^A01||P|2.5", "ACK^A01^ACK||P|2.5"),
        ("ADT^A01||P|2.10^x", "ACK^A01^ACK||P|2.10^x"),
        ("ADT^A01^S||P|2.3", "ACK^A01^ACK||P|2.3"),
        ("ADT||P|2.3", "ACK||P|2.3"),
        ("ADT||P|2.5", "ACK^^ACK||P|2.5"),
        ("ADT^A01||P|new", "ACK^A01||P|new"),
        ("", "ACK"),
    ],
)
def test_message_type_keeps_the_trigger_and_gets_a_structure_from_2_5_on(type_and_version: str, answered: str) -> None:
    answer = acknowledge("MSH|^~\\&|A|B|C|D|||" + type_and_version, "AA")
    assert answer is not None
    assert "MSH|^~\\&|C|D|A|B|||" + answered == answer.split("\r")[0]


def test_a_short_header_keeps_what_cannot_be_swapped() -> None:
    assert "MSH|^~\\&|LAB||||||ACK\rMSA|AA|" == acknowledge("MSH|^~\\&|LAB", "AA")


def test_own_delimiters_and_any_line_break_are_followed() -> None:
    text = "\ufeff\r\nMSH#*%!@#A#B#C#D###ADT*A01#7#P#2.3\nPID#1"
    assert "MSH#*%!@#C#D#A#B###ACK*A01#7#P#2.3\rMSA#AR#7#x!F!y" == acknowledge(text, "AR", "x#y")


@pytest.mark.parametrize("text", ["", "PID|1", "{}", "MSH", "MSH|", "MSH|||", "FHS|^~\\&|A"])
def test_without_a_usable_header_there_is_none(text: str) -> None:
    assert acknowledge(text, "AE", "x") is None


@given(st.text(max_size=40), st.text(max_size=120))
def test_an_acknowledgement_is_always_two_segments_that_read_back(rest: str, text: str) -> None:
    answer = acknowledge("MSH|^~\\&|" + rest, "AE", text)
    assert answer is not None
    message = Hl7Format().parse(answer)
    assert message.is_valid()
    header, confirmation = answer.split("\r")
    assert header.startswith("MSH|^~\\&|")
    assert confirmation.startswith("MSA|AE|")
    assert len(confirmation.split("|")[3:4] or [""]) == 1
