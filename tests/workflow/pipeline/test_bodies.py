"""Bytes to text: byte order marks, charsets, and what is refused."""

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.pipeline.content.bodies import UnknownCharset, decode_base64, decode_bytes, encode_text


@pytest.mark.parametrize(
    ("data", "content_type", "expected"),
    [
        (b"", "text/plain", ""),
        ("é".encode(), "", "é"),
        (b"\xe9", "text/plain; charset=ISO-8859-1", "é"),
        (b"\xe9", 'text/plain; charset="windows-1252"; x=y', "é"),
        (codecs.BOM_UTF8 + "é".encode(), "text/plain; charset=iso-8859-1", "é"),
        (codecs.BOM_UTF16_LE + "é".encode("utf-16-le"), "", "é"),
        (codecs.BOM_UTF32_BE + "é".encode("utf-32-be"), "", "é"),
        (b"a\xffb", "", "a\ufffdb"),
    ],
)
def test_text_is_decoded_by_mark_then_charset_then_utf8(data: bytes, content_type: str, expected: str) -> None:
    assert expected == decode_bytes(data, content_type)


@pytest.mark.parametrize(
    "name", ["klingon", "hex", "rot13", "base64", "idna", "punycode", "unicode_escape", "undefined"]
)
def test_a_charset_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UnknownCharset, match=name):
        decode_bytes(b"x", f"text/plain; charset={name}")


@given(st.binary(), st.text(max_size=40))
def test_any_bytes_with_any_content_type_decode_or_are_refused(data: bytes, content_type: str) -> None:
    with contextlib.suppress(UnknownCharset):
        decode_bytes(data, content_type)


def test_text_that_utf8_cannot_carry_is_a_fault() -> None:
    with pytest.raises(MessageFault, match="UTF-8"):
        encode_text("\ud800")


def test_base64_may_hold_blanks_and_line_breaks() -> None:
    assert b"hello" == decode_base64("aGVs\r\n bG8=")
