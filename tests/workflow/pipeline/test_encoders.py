"""Encoders and decoders."""

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.pipeline.formatting.encoders import (
    ENCODERS,
    base64_decode,
    csv_encode,
    hl7_decode,
    hl7_encode,
    hl7_quotes_encode,
    json_decode,
    json_encode,
    url_decode,
    url_encode,
    utf8,
    xml_decode,
    xml_encode,
)

ANY_TEXT = st.text() | st.text(st.characters(codec=None))
PAIRS = [(name, name.replace("Encode", "Decode")) for name in ENCODERS if name.replace("Encode", "Decode") in ENCODERS]
PAIRS = [(encode, decode) for encode, decode in PAIRS if encode != decode]


def test_documented_names_are_offered() -> None:
    assert len(PAIRS) == 6
    assert set(ENCODERS) == {name for pair in PAIRS for name in pair} | {"CSVEncode"}


@pytest.mark.parametrize(("encode", "decode"), PAIRS)
@given(text=st.text())
def test_decoding_undoes_encoding(encode: str, decode: str, text: str) -> None:
    assert ENCODERS[decode](ENCODERS[encode](text)) == text


@pytest.mark.parametrize("name", ENCODERS)
@given(text=ANY_TEXT)
def test_no_text_makes_an_encoder_raise(name: str, text: str) -> None:
    assert isinstance(ENCODERS[name](text), str)


@pytest.mark.parametrize("name", ENCODERS)
@given(text=st.text(alphabet='\\XFE0DA"&#;x%+=/ud8TSR|'))
def test_no_output_of_good_text_is_unencodable(name: str, text: str) -> None:
    ENCODERS[name](text).encode()


def test_hl7_escapes_every_delimiter_once() -> None:
    assert hl7_encode("a|b^c~d&e\\f") == "a\\F\\b\\S\\c\\R\\d\\T\\e\\E\\f"
    assert hl7_encode("one\r\ntwo") == "one\\X0D\\\\X0A\\two"


def test_hl7_decode_reads_hexadecimal_and_leaves_the_unknown() -> None:
    assert hl7_decode("caf\\XC3A9\\") == "café"
    assert hl7_decode("\\H\\bold\\N\\ \\XZZ\\ \\XFF\\") == "\\H\\bold\\N\\ \\XZZ\\ \\XFF\\"


def test_hl7_quotes_are_text_and_not_the_explicit_null() -> None:
    assert hl7_quotes_encode('""') == "\\X22\\\\X22\\"


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.sampled_from("<>&\"'")))
def test_encoded_xml_is_read_back_by_a_parser(text: str) -> None:
    if not any(character in "\ufffe\uffff" or "\x7f" <= character <= "\x9f" for character in text):
        assert (ElementTree.fromstring(f"<a>{xml_encode(text)}</a>").text or "") == text


def test_xml_decode_leaves_what_is_no_reference() -> None:
    assert xml_decode("&lt;&#65;&#x42;&nbsp;&#0;&#xD800;&amp;lt;") == "<AB&nbsp;&#0;&#xD800;&lt;"


@given(st.text())
def test_encoded_json_is_read_back_by_a_parser(text: str) -> None:
    assert json.loads(f'"{json_encode(text)}"') == text


def test_json_decode_leaves_what_is_no_json_string() -> None:
    assert json_decode('say "\\n') == 'say "\\n'
    assert json_decode("\\u00e9\\n") == "é\n"
    assert json_decode("\\ud800") == "\\ud800"


@pytest.mark.parametrize(
    ("text", "expected"), [("a", "a"), ("a,b", '"a,b"'), ('a"b', '"a""b"'), ("a\nb", '"a\nb"'), ("", "")]
)
def test_csv_quotes_only_where_needed(text: str, expected: str) -> None:
    assert csv_encode(text) == expected


@pytest.mark.parametrize("text", ["no base64!", "YQ", "/w==", "é"])
def test_base64_decode_leaves_what_is_not_base64_of_text(text: str) -> None:
    assert base64_decode(text) == text


def test_base64_decode_ignores_line_ends() -> None:
    assert base64_decode("U2Ft\r\nIEJyb3du") == "Sam Brown"


def test_url_encoding_is_right_in_path_and_query() -> None:
    assert url_encode("a b/c+d?é~") == "a%20b%2Fc%2Bd%3F%C3%A9~"
    assert url_decode("a+b%20c%2B%zz") == "a b c+%zz"
    assert url_decode("%ff") == "%ff"


def test_unpaired_surrogate_becomes_the_replacement_character() -> None:
    assert utf8("a\ud800b") == "a\ufffdb".encode()
