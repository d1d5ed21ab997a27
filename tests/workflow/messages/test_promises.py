"""What every message type promises, for random texts, paths and values, and for random bodies through a workflow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicom_files import as_text, small_file
from fuzzing.promises import check_message, check_run
from fuzzing.targets import SAMPLES, pipeline_of
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages import MessageFault, message_format

every_type = pytest.mark.parametrize("message_type", sorted(SAMPLES), ids=lambda one: one.name)
whole_texts = (MessageType.TEXT, MessageType.SQL, MessageType.TEXT_WITH_VARIABLES, MessageType.BINARY)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
markup_values = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12)


def pieces(message_type: MessageType) -> st.SearchStrategy[str]:
    """Return texts glued together of what means something in the type's language."""
    samples = SAMPLES[message_type]
    paths = [path for one in samples for path in (one.place, one.inside, *(path for path, _ in one.steps))]
    words = [word for one in samples for word in (*one.words, one.text, one.text[: len(one.text) // 2])]
    return st.lists(st.sampled_from([*words, *paths]) | st.text(max_size=3), max_size=5).map("".join)


def paths(message_type: MessageType) -> st.SearchStrategy[str]:
    """Return paths that are there, that may be, and that are none."""
    written = [path for one in SAMPLES[message_type] for path in (one.place, one.loop, one.inside)]
    return st.sampled_from(written) | pieces(message_type)


@every_type
@settings(max_examples=12)
@given(data=st.data())
def test_reading_changes_nothing_and_what_is_set_is_got(message_type: MessageType, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([one.text for one in SAMPLES[message_type]]) | pieces(message_type))
    steps = data.draw(st.lists(st.tuples(paths(message_type), pieces(message_type)), max_size=3))
    check_message(message_format(message_type, None), text, steps)


@every_type
@settings(max_examples=8)
@given(data=st.data())
def test_every_body_is_answered_by_a_workflow_that_reads_maps_loops_and_filters(
    message_type: MessageType, data: st.DataObject
) -> None:
    body = data.draw(st.binary(max_size=60) | pieces(message_type).map(lambda text: text.encode("utf-8", "replace")))
    charset = data.draw(st.sampled_from(["", "text/plain; charset=utf-16", "text/plain; charset=klingon"]))
    check_run(pipeline_of(message_type), body, charset)


@pytest.mark.parametrize("message_type", [MessageType.XML, MessageType.HL7_V3])
@settings(max_examples=30)
@given(markup_values, st.integers(1, 3), st.sampled_from(["xpath:/r/i[{}]", "xpath:/r/i[{}]/@k", "xpath:(//i)[{}]"]))
def test_xpath_by_position_gets_what_was_set(message_type: MessageType, value: str, index: int, path: str) -> None:
    own = message_format(message_type, None)
    compiled = own.compile_path(path.format(index))
    message = own.parse("<r><i k=''/><i k='x'>y</i>t<i k='z'><j/></i></r>")
    message.set_value(compiled, value)
    assert value == message.get(compiled) == own.parse(message.text()).get(compiled)


@pytest.mark.parametrize("message_type", whole_texts, ids=lambda one: one.name)
@settings(max_examples=20)
@given(values, values, values)
def test_a_whole_text_gets_what_was_set(message_type: MessageType, text: str, path: str, value: str) -> None:
    own = message_format(message_type, None)
    message = own.parse(text)
    message.set_value(own.compile_path(path), value)
    assert value == message.get(own.compile_path(path)) == message.text()


@settings(max_examples=30)
@given(values, st.sampled_from(["id", "Tags/PatientID/Value[1]", "newtonsoft:$.Report.Text"]))
def test_dicom_gets_what_was_set_as_json_and_refuses_for_a_file(value: str, path: str) -> None:
    own = message_format(MessageType.DICOM, None)
    compiled = own.compile_path(path)
    as_json = own.parse('{"Report":{}}')
    as_json.set_value(compiled, value)
    assert value == as_json.get(compiled) == own.parse(as_json.text()).get(compiled)
    file = own.parse(as_text(small_file()))
    with pytest.raises(MessageFault):
        file.set_value(compiled, value)
    assert as_text(small_file()) == file.text()
