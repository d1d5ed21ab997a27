"""Our HL7 reading judged by two libraries that others wrote: hl7 and hl7apy, over samples that others wrote."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hl7
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import InvalidName
from hl7apy.parser import parse_message

from corpora import corpus, corpus_text
from httpreceiver_workflow.messages.hl7v2 import Hl7Format

FORMAT = Hl7Format()

REORDERED_BY_HL7APY = "ORM-O01-06.hl7"
"""A sample of whose telephone numbers that judge puts the first component elsewhere; hl7 and the eye do not."""


def samples() -> list[Path]:
    return sorted(corpus("hl7/fhir-converter").glob("*.hl7"))


def normal(text: str) -> str:
    """Return the message as both libraries want it: CR between segments, none after the last."""
    return text.replace("\r\n", "\r").replace("\n", "\r").strip("\r")


def test_every_leaf_that_hl7_finds_reads_the_same() -> None:
    leaves = 0
    for sample in samples():
        message = FORMAT.parse(corpus_text(sample))
        judge = hl7.parse(normal(corpus_text(sample)))
        for path, raw in leaves_of(judge):
            assert judge.unescape(raw) == message.get(FORMAT.compile_path(path)), f"{sample.name} {path}"
            leaves += 1
    assert 61547 == leaves


def test_a_message_written_to_comes_out_as_hl7_renders_it() -> None:
    """Byte for byte: the value written is the one that stood there."""
    for sample in samples():
        message = FORMAT.parse(corpus_text(sample))
        path = FORMAT.compile_path("MSH-3.1")
        message.set_value(path, message.get(path))
        assert str(hl7.parse(normal(corpus_text(sample)))).rstrip("\r") == message.text().rstrip("\r"), sample.name


# hl7apy needs half a second for one message; every seventh is enough to see another reader's mind.
@pytest.mark.parametrize("position", range(0, 70, 7))
def test_every_field_that_hl7apy_finds_reads_the_same(position: int) -> None:
    sample = samples()[position]
    if sample.name == REORDERED_BY_HL7APY:
        pytest.skip(f"hl7apy moves components of {sample.name}, PID-13")
    message = FORMAT.parse(corpus_text(sample))
    try:
        judge = parse_message(
            normal(corpus_text(sample)), find_groups=False, validation_level=VALIDATION_LEVEL.TOLERANT
        )
    except InvalidName as error:
        pytest.skip(f"hl7apy does not know the segment of {sample.name}: {error}")
    for path, raw in fields_of(judge):
        if "\\" not in raw:  # hl7apy gives escapes as they are written
            assert trimmed(raw) == trimmed(message.get(FORMAT.compile_path(path))), f"{sample.name} {path}"


def leaves_of(message: hl7.Message) -> Iterator[tuple[str, str]]:
    """Yield the path and raw text of every subcomponent, except the encoding characters."""
    seen: Counter[str] = Counter()
    for segment in message:
        name = str(segment[0])
        seen[name] += 1
        for number in range(3 if name == "MSH" else 1, len(segment)):
            for r, repetition in enumerate(segment[number], 1):
                for c, component in enumerate(inside(repetition, hl7.Repetition), 1):
                    for s, leaf in enumerate(inside(component, hl7.Component), 1):
                        yield f"{name}[{seen[name]}]-{number}[{r}].{c}.{s}", str(leaf)


def inside(part: object, kind: type) -> list[object]:
    """Return the parts of *part*, which is a plain text where there is only one."""
    return list(part) if isinstance(part, kind) else [part]


def fields_of(message: object) -> Iterator[tuple[str, str]]:
    """Yield the path and text of every field repetition, except the encoding characters."""
    seen: Counter[str] = Counter()
    for segment in message.children:
        seen[segment.name] += 1
        repetitions: Counter[str] = Counter()
        for field in segment.children:
            number = (field.name or "").rpartition("_")[2]
            if number and not (segment.name == "MSH" and number in "12"):
                repetitions[number] += 1
                yield f"{segment.name}[{seen[segment.name]}]-{number}[{repetitions[number]}]", field.to_er7()


def trimmed(field: str) -> str:
    """Return *field* without what hl7apy leaves away: empty parts and blanks at the end of each level."""
    components = ["&".join(part.strip() for part in component.split("&")).rstrip("&") for component in field.split("^")]
    return "^".join(components).rstrip("^")
