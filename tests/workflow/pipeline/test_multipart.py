"""A multipart body taken apart: the public corpus, what parts hold, what is refused, and where the limits are."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from corpora import corpus
from httpreceiver_workflow.options.request import MultipartLimits
from httpreceiver_workflow.pipeline.content.bodies import TooManyParts, UnreadableBody
from httpreceiver_workflow.pipeline.content.header_parameters import read_parameters
from httpreceiver_workflow.pipeline.content.multipart import Part, read_parts

LIMITS = MultipartLimits(max_parts=3, max_part_bytes=20, max_header_bytes=100, max_headers=2)
TYPE = "multipart/form-data; boundary=b"


def multipart(*parts: tuple[str, bytes]) -> bytes:
    """Return a body of parts, each with its header lines (joined by newlines) and its content."""
    written = [b"--b\r\n%s\r\n\r\n%s\r\n" % (head.encode().replace(b"\n", b"\r\n"), body) for head, body in parts]
    return b"".join([*written, b"--b--\r\n"])


def field(name: str, content: bytes = b"x") -> tuple[str, bytes]:
    """Return a field of a form."""
    return f'Content-Disposition: form-data; name="{name}"', content


def one(head: str, content: bytes = b"x") -> Part:
    """Return the one part of a body."""
    [part] = read_parts(multipart((head, content)), TYPE, MultipartLimits())
    return part


def test_the_corpus_is_read_as_its_authors_say() -> None:
    """Fields, file names and contents to the byte; what they refuse is refused."""
    samples = sorted((corpus("multipart/python-multipart") / "tests/test_data/http").glob("*.yaml"))
    for sample in samples:
        said = yaml.safe_load(sample.read_text())
        content_type = f'multipart/form-data; boundary="{said["boundary"]}"'
        expected: Any = said["expected"]
        body = sample.with_suffix(".http").read_bytes()
        if isinstance(expected, dict):
            with pytest.raises(UnreadableBody):
                read_parts(body, content_type, MultipartLimits())
            continue
        found = [(part.name, part.filename, part.content) for part in read_parts(body, content_type, MultipartLimits())]
        assert [(item["name"], item.get("file_name"), item["data"]) for item in expected] == found, sample.name
    assert len(samples) == 30


def test_a_part_has_headers_disposition_name_and_exact_bytes() -> None:
    head = 'content-DISPOSITION: Form-Data; name="logo"; filename="a;b.png"\nContent-Type: image/png'
    part = one(head, bytes(range(256)))

    assert part == Part(
        name="logo",
        filename="a;b.png",
        content_type="image/png",
        headers={
            "Content-Disposition": 'Form-Data; name="logo"; filename="a;b.png"',
            "Content-Type": "image/png",
        },
        disposition={"subtype": "form-data", "name": "logo", "filename": "a;b.png"},
        content=bytes(range(256)),
    )


def test_a_part_needs_neither_name_nor_disposition() -> None:
    part = one("Content-Type: application/json", b"{}")
    assert (part.name, part.filename, dict(part.disposition)) == ("", None, {})


@pytest.mark.parametrize(
    ("written", "filename"),
    [
        ("filename=plain.txt", "plain.txt"),
        ('filename="q\\"uote \\\\ back.txt"', 'q"uote \\ back.txt'),
        ('filename="für.txt"', "für.txt"),
        ("filename=\"a.txt\"; filename*=UTF-8''f%C3%BCr.txt", "für.txt"),
        ("filename*=UTF-8''f%C3%BCr.txt; filename=a.txt", "für.txt"),
        ("filename*=iso-8859-1'en'f%FCr.txt;", "für.txt"),
        ('filename="C:\\scans\\a.txt"', "C:\\scans\\a.txt"),
        ("filename=two words.txt ;", "two words.txt"),
        ("FileName=a.txt", "a.txt"),
        ('filename="../../etc/passwd"', "../../etc/passwd"),
        ('filename=""', ""),
    ],
)
def test_a_file_name_is_decoded_and_never_changed(written: str, filename: str) -> None:
    assert filename == one(f"Content-Disposition: form-data; name=f; {written}").filename


@pytest.mark.parametrize(
    "head",
    [
        "Content-Disposition: form-data; name=a; name=b",
        "Content-Disposition: form-data; filename*=UTF-8''a; filename*=UTF-8''b",
        "Content-Disposition: form-data; filename*0=a; filename*1=b",
        "Content-Disposition: form-data; filename*=no-such''a",
        "Content-Disposition: form-data; filename*=UTF-8''%ff",
        "Content-Disposition: form-data; filename*=a",
        'Content-Disposition: form-data; name="a',
        'Content-Disposition: form-data; name="a"b',
        "Content-Disposition: form-data; name",
        "Content-Disposition: form-data; name=a\nContent-Disposition: form-data; name=b",
        "Content-Transfer-Encoding: x-uuencode",
        "Content-Transfer-Encoding: base64",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(head: str) -> None:
    """Whoever checked the one reading must not be followed by who acts on the other."""
    with pytest.raises(UnreadableBody):
        one(head, b"!")


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", 'multipart/x; boundary="ü"', TYPE + "x" * 9000],
)
def test_a_content_type_without_a_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(UnreadableBody):
        read_parts(multipart(field("a")), content_type, LIMITS)


def test_a_body_cut_off_anywhere_is_refused() -> None:
    """Up to the two dashes that end it."""
    body = multipart(field("a"), field("b")).removesuffix(b"\r\n")
    for length in range(len(body)):
        with pytest.raises(UnreadableBody):
            read_parts(body[:length], TYPE, LIMITS)
    assert len(read_parts(body, TYPE, LIMITS)) == 2


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (multipart(*[field("a")] * 3), multipart(*[field("a")] * 4)),
        (multipart(field("a", b"x" * 20)), multipart(field("a", b"x" * 21))),
        (multipart(("A: 1\nB: 2", b"")), multipart(("A: 1\nB: 2\nC: 3", b""))),
        (multipart(("A: " + "x" * 90, b"")), multipart(("A: " + "x" * 100, b""))),
    ],
    ids=["parts", "content", "headers", "header"],
)
def test_one_more_than_a_limit_is_too_many(good: bytes, bad: bytes) -> None:
    assert read_parts(good, TYPE, LIMITS)
    with pytest.raises(TooManyParts):
        read_parts(bad, TYPE, LIMITS)


@given(
    st.binary(max_size=300).map(
        lambda noise: noise.replace(b"!", b"\r\n--b\r\n").replace(b"#", b"Content-Disposition: ")
    )
)
def test_any_bytes_are_parts_or_refused(noise: bytes) -> None:
    """No other exception leaves the reader."""
    try:
        read_parts(b"--b\r\n" + noise + b"\r\n--b--", TYPE, MultipartLimits())
    except UnreadableBody:
        return


@given(st.text(alphabet="abn*=;'\"\\%0123\r\n ü\udcff", max_size=60))
def test_any_parameters_are_read_or_refused(value: str) -> None:
    try:
        read_parameters(value)
    except UnreadableBody:
        return
