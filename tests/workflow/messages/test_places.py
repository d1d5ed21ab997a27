"""
Places visited together: what they read and write is what one `get` and one `set_value` after the other would.

Everything is compared with the messages' own methods, which the other tests of this folder prove.
"""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages import MessageFault, message_format
from httpreceiver_workflow.messages.message import Message, MessageFormat
from httpreceiver_workflow.options.compatibility import Compatibility, Hl7Values, JsonNull

HL7, JSON = MessageType.HL7_V2, MessageType.JSON
INDEXES: Final = (2, 1)
"""Where the loops around stand: the outer in its second pass, the inner in its first."""

HL7_TEXTS: Final = (
    "",
    "not HL7",
    "MSH|^~\\&|LAB|HOSP\r",
    "MSH|^~\\&|LAB\nPID|1||1^a\\T\\b&x~2^c||Brown^Sam\nOBX|1||HR^Rate||70~71\nOBX|2||BT||36\nPID|2||9\n",
    "MSH|^|LAB\rPID|1||1^a\r",
    "MSH|^~|LAB\rPID|1||1^a~2\r",
    "MSH$*#!%$LAB\rPID$1$$1*a!T!b%x#2*c\rPID\r",
    "MSH|^~\\&|LAB\rPID\rEVN\rNTE|1\rNTE|2\rNTE|3\rNTE|4\rNTE|5\rNTE|6\rPV1|1|I\rOBX|9||late\rPID|3\r",
)
HL7_PATHS: Final = (
    *("MSH-1", "MSH-2", "MSH-3", "MSH-7.2", "PID", "PID-1", "PID-3", "PID-3.1", "PID-3.2", "PID-3.4", "PID-3[2].1"),
    *("PID-3.2.2", "PID-5.1", "PID-5.2", "PID[2]-3", "OBX-3.1", "OBX[2]-5", "OBX-5[2]", "ZZZ-4.2", "PV1-44", "pv1-2"),
    *("PID-20000", "PID-3.20000", "ZZZ[20000]-1", "OBX-3"),
)
JSON_TEXTS: Final = (
    "",
    "{",
    "{}",
    "[]",
    '"text"',
    '{"a": {"b": 1, "c": 1.50, "d": "x", "e": null, "f": true, "at": 1}, "a2": [{"b": "y"}, {"b": 2}], "l": [[1, 2]]}',
    '{"a": [{"b": "first"}, {"b": "second"}], "a2": {"b": "single"}}',
    '{"a": "text", "a2": null}',
    '[{"b": 1}, {"b": 2}]',
)
JSON_PATHS: Final = (
    *("a", "a/b", "a/c", "a/d", "a/e", "a/f", "a/@at", "@a/b", "a/b/c", "a/new/deep", "a/new/other", "b"),
    *("a2/b", "a2[1]/b", "a2[2]/b", "a2[2]", "a2[3]/b", "l[1][2]", "[1]/b", "[2]/b", "[1]", "a2[20000]/b"),
)
SAMPLES: Final = {HL7: (HL7_TEXTS, HL7_PATHS, ("OBX", "PID-3")), JSON: (JSON_TEXTS, JSON_PATHS, ("a2", "a", "l[1]"))}
VALUES: Final = st.text('aB1^~\\&|#*!%$\r\n ü"{/', max_size=6)


@st.composite
def visits(draw: st.DrawFn, kind: MessageType) -> tuple[str, list[Any]]:
    """Draw a text and compiled paths into it, some of them moved by loops."""
    texts, authored, loops = SAMPLES[kind]
    own = message_format(kind, None)
    paths = []
    for text in draw(st.lists(st.sampled_from(authored), min_size=1, max_size=8)):
        path = own.compile_path(text)
        for number in draw(st.sampled_from([(), (1,), (2,), (1, 2)])):
            path = own.indexed_path(path, own.compile_path(draw(st.sampled_from(loops))), number)
        paths.append(path)
    return draw(st.sampled_from(texts)), paths


def moved(own: MessageFormat, path: Any) -> Any:
    """Return *path* as `moving_path` gives it in the passes that `INDEXES` says."""
    move = own.moving_path(path)
    assert move is not None
    return move(INDEXES)


def outcome_of_reading(own: MessageFormat, text: str, paths: Sequence[Any], *, together: bool) -> list[str]:
    """Return the values read and, last, the fault if one ended the reading."""
    message, found = own.parse(text), list[str]()
    places = own.places(paths)
    assert places is not None
    try:
        if together:
            places.read(message, INDEXES, found)
        else:
            found.extend(message.get(moved(own, path)) for path in paths)
    except MessageFault as fault:
        found.append(f"fault: {fault}")
    return found


def written(own: MessageFormat, text: str, paths: Sequence[Any], values: Sequence[str], *, together: bool) -> list[str]:
    """Return the text after the writes and, last, the fault if one ended them."""
    message: Message = own.parse(text)
    places = own.places(paths)
    assert places is not None
    told = []
    try:
        if together:
            places.write(message, INDEXES, values)
        else:
            for path, value in zip(paths, values, strict=False):
                message.set_value(moved(own, path), value)
    except MessageFault as fault:
        told.append(f"fault: {fault}")
    return [message.text(), *told]


@pytest.mark.parametrize("kind", SAMPLES)
@given(data=st.data())
def test_places_read_together_read_as_one_by_one(kind: MessageType, data: st.DataObject) -> None:
    own = message_format(kind, None)
    text, paths = data.draw(visits(kind))
    assert outcome_of_reading(own, text, paths, together=False) == outcome_of_reading(own, text, paths, together=True)


@pytest.mark.parametrize("kind", SAMPLES)
@given(data=st.data())
def test_places_written_together_are_written_as_one_by_one(kind: MessageType, data: st.DataObject) -> None:
    own = message_format(kind, None)
    text, paths = data.draw(visits(kind))
    # Fewer values than places: the others could not be read.
    values = data.draw(st.lists(VALUES, max_size=len(paths)))
    assert written(own, text, paths, values, together=False) == written(own, text, paths, values, together=True)


def test_what_cannot_be_read_leaves_the_message_it_was_meant_for_as_it_came() -> None:
    own = message_format(HL7, None)
    paths = [own.compile_path("ZZZ-1"), own.compile_path("ZZZ-2")]
    places = own.places(paths)
    assert places is not None
    target = own.parse("MSH|^~\\&|LAB\nPID|1\n")
    values: list[str] = []
    with pytest.raises(MessageFault):
        places.read(own.parse("not HL7"), (), values)
    places.write(target, (), values)
    assert target.text() == "MSH|^~\\&|LAB\nPID|1\n"


def test_a_whole_segment_is_refused_before_the_message_is_looked_at() -> None:
    own = message_format(HL7, None)
    paths = [own.compile_path("PID")]
    once = written(own, "not HL7", paths, [""], together=False)
    assert once == written(own, "not HL7", paths, [""], together=True)
    assert "AllowMessageStructureToChange" in once[-1]


def test_a_loops_index_is_no_authored_one() -> None:
    """``a2[1]`` and the first loop's ``a2`` carry the same number, and lead elsewhere in its second pass."""
    own = message_format(JSON, None)
    authored = own.compile_path("a2[1]/b")
    looped = own.indexed_path(authored, own.compile_path("a2"), 1)
    places = own.places([authored, looped])
    assert places is not None
    values: list[str] = []
    places.read(own.parse('{"a2": [{"b": "first"}, {"b": "second"}]}'), (2,), values)
    assert values == ["first", "second"]


@pytest.mark.parametrize(
    ("kind", "path", "compatibility"),
    [
        (HL7, "PID-3", Compatibility(hl7_values=Hl7Values.COMPONENTS_KEPT)),
        (JSON, "a", Compatibility(json_null=JsonNull.WORD)),
        (MessageType.XML, "a", Compatibility()),
        (MessageType.CSV, "[1]", Compatibility()),
        (MessageType.TEXT, "", Compatibility()),
    ],
)
def test_types_and_switches_that_gain_nothing_are_visited_one_by_one(
    kind: MessageType, path: str, compatibility: Compatibility
) -> None:
    own = message_format(kind, None, compatibility)
    assert own.places([own.compile_path(path)]) is None


def test_a_jsonpath_among_the_paths_has_them_visited_one_by_one() -> None:
    own = message_format(JSON, None)
    assert own.places([own.compile_path("a"), own.compile_path("newtonsoft:$.a")]) is None
