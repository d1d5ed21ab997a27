"""A body as data, by its media type."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import receiver
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.options import RequestOptions, read_options
from httpreceiver_workflow.pipeline.content.bodies import TooManyParts, UnknownCharset, UnreadableBody
from httpreceiver_workflow.pipeline.content.media import MAX_FORM_FIELDS, READERS, compile_reading, payload_value

FORM = "application/x-www-form-urlencoded"
LOGO = (
    b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nCorporate Logo\r\n'
    b'--b\r\nContent-Disposition: form-data; name="logo"; filename="MuleSoft_logo.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\xff\r\n"
    b'--b\r\nContent-Disposition: form-data; name="color"\r\n\r\nblue\r\n--b--\r\n'
)


def value(body: bytes, content_type: str, **request_options: Any) -> Any:
    """Return *body* as data."""
    options = msgspec.convert(request_options, RequestOptions)
    return payload_value(body, content_type, compile_reading(options))


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b'{"a": [1, 2.5, null]}', "application/json", {"a": [1, 2.5, None]}),
        (b"\xef\xbb\xbf1", "Application/JSON; charset=utf-8", 1),
        ('{"ü": 1}'.encode("latin-1"), "application/fhir+json; charset=iso-8859-1", {"ü": 1}),
        (b"<a>1</a>", "application/xml", "<a>1</a>"),
        (b"<a/>", "application/soap+xml", "<a/>"),
        (b"a,b\n", "text/csv", "a,b\n"),
        (b"MSH|^~\\&|", "application/hl7-v2", "MSH|^~\\&|"),
        (b"text", "", "text"),
        (b"\xff\x00", "application/octet-stream", b"\xff\x00"),
        (b"\xff\x00", "image/png", b"\xff\x00"),
        (b"%PDF\xff", "application/pdf", b"%PDF\xff"),
        (
            b"a=1&b=x+y%21&a=2&c",
            FORM,
            {"a": "1", "b": "x y!", "c": "", "all": {"a": ["1", "2"], "b": ["x y!"], "c": [""]}},
        ),
        (b"all=1", FORM, {"all": {"all": ["1"]}}),
        (b"a=%FC", FORM + "; charset=iso-8859-1", {"a": "ü", "all": {"a": ["ü"]}}),
        (b"a=%FC", FORM, {"a": "\ufffd", "all": {"a": ["\ufffd"]}}),
        ("a=ü;b".encode(), FORM, {"a": "ü;b", "all": {"a": ["ü;b"]}}),
    ],
)
def test_the_media_type_says_how_a_body_is_read(body: bytes, content_type: str, expected: object) -> None:
    assert expected == value(body, content_type)


def test_parts_are_found_by_name_and_by_number() -> None:
    """With their headers, of which Content-Disposition is taken apart."""
    parts = value(LOGO, "multipart/form-data; boundary=b")["parts"]

    assert list(parts) == [0, "name", 1, "logo", 2, "color"]
    assert (parts["color"]["content"], parts[0]["content"]) == ("blue", "Corporate Logo")
    assert parts[1] is parts["logo"]
    assert parts["logo"] == {
        "name": "logo",
        "filename": "MuleSoft_logo.png",
        "headers": {
            "Content-Disposition": {"subtype": "form-data", "name": "logo", "filename": "MuleSoft_logo.png"},
            "Content-Type": "image/png",
        },
        "content": b"\x89PNG\r\n\xff",
    }


@pytest.mark.parametrize(
    ("head", "content", "expected"),
    [
        ("Content-Type: application/json", b"[1]", [1]),
        ("Content-Type: text/plain; charset=iso-8859-1", b"\xfc", "ü"),
        ('Content-Disposition: form-data; filename="a"', b"\xfc", b"\xfc"),
        ("Content-Type: multipart/mixed; boundary=c", b"--c--", b"--c--"),
    ],
)
def test_a_part_is_read_by_its_own_content_type(head: str, content: bytes, expected: object) -> None:
    """A file without one is bytes; parts inside parts are left as they are."""
    body = b"--b\r\n%s\r\n\r\n%s\r\n--b--" % (head.encode(), content)
    assert expected == value(body, "multipart/mixed; boundary=b")["parts"][0]["content"]


def test_of_parts_with_one_name_the_first_has_it() -> None:
    body = b"".join(b"--b\r\nContent-Disposition: form-data; name=n\r\n\r\n%d\r\n" % n for n in range(3)) + b"--b--"
    parts = value(body, "multipart/form-data; boundary=b")["parts"]
    assert [parts[key]["content"] for key in ("n", 0, 1, 2)] == ["0", "0", "1", "2"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"1e999", "application/json"),
        (b"<a>", "text/xml"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "application/xml"),
        (b"x", "multipart/form-data; boundary=b"),
        (b"--b\r\nContent-Type: application/json\r\n\r\n{\r\n--b--", "multipart/mixed; boundary=b"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(UnreadableBody):
        value(body, content_type)


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"\xff", "text/plain"), (b"a=%ff", FORM), (b'"\xff"', "text/json")]
)
def test_bytes_that_are_no_text_are_refused_where_asked(body: bytes, content_type: str) -> None:
    assert value(body, content_type)
    with pytest.raises(UnreadableBody):
        value(body, content_type, undecodable="Refuse")


def test_a_form_has_so_many_fields_and_no_more() -> None:
    assert len(value(b"&".join([b"a=1"] * MAX_FORM_FIELDS), FORM)["all"]["a"]) == MAX_FORM_FIELDS
    with pytest.raises(TooManyParts):
        value(b"&".join([b"a=1"] * (MAX_FORM_FIELDS + 1)), FORM)


@pytest.mark.parametrize("content_type", [FORM + "; charset=no-such", "text/plain; charset=no-such"])
def test_an_unknown_charset_is_never_guessed(content_type: str) -> None:
    with pytest.raises(UnknownCharset):
        value(b"a=1", content_type)


@given(
    st.binary(max_size=100), st.sampled_from([*READERS, "text/plain", "multipart/form-data; boundary=b", "a/b+json"])
)
def test_any_bytes_of_any_type_are_a_value_or_refused(body: bytes, content_type: str) -> None:
    try:
        value(body, content_type)
    except UnreadableBody:
        return


@pytest.mark.parametrize(
    ("spec", "message_type", "where"),
    [
        ({"request": {"charset": "no-such"}}, 13, "spec.request.charset"),
        ({"request": {"text": "Base64"}}, 11, "spec.request.text"),
        ({"compression": {"types": ["text/*", "image/png"]}}, 13, "spec.compression.types[1]"),
        ({"compression": {"types": ["video/mp4"]}}, 13, "spec.compression.types[0]"),
    ],
)
def test_what_cannot_be_done_is_a_problem_at_its_place(spec: dict[str, Any], message_type: int, where: str) -> None:
    options, problems = read_options(spec)
    assert problems == ()
    found = prepare_workflow([receiver(MessageType=message_type)], options=options).problems
    assert [(problem.where, problem.code.value) for problem in found] == [(where, "OptionUnsuited")]
