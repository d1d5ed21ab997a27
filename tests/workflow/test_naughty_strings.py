"""The big list of naughty strings as value, path, text and body of every message type, and through every modifier."""

import json
from functools import cache

import pytest

from corpora import corpus
from fuzzing.promises import check_message, check_run, compiled
from fuzzing.targets import SAMPLES, pipeline_of
from httpreceiver_workflow.contract.encodings import VALUE_ENCODERS
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages import SUPPORTED_MESSAGE_TYPES, message_format
from httpreceiver_workflow.pipeline.formatting.encoders import ENCODERS
from httpreceiver_workflow.pipeline.formatting.formats import Lookups, compile_modifiers
from httpreceiver_workflow.pipeline.formatting.placeholders import MODIFIER_NAMES, Placeholder, parse_template

ARGUMENTS = {
    "Truncate": "(5)",
    "Remove": "(a)",
    "Replace": "(e,é)",
    "Lookup": "(Ward)",
    "Padding": "(-40)",
}
WARD: Lookups = {"Ward": str.upper}.get


@cache
def naughty_strings() -> list[str]:
    strings: list[str] = json.loads((corpus("strings/blns") / "blns.json").read_text())
    assert 515 == len(strings)
    return strings


every_type = pytest.mark.parametrize("message_type", sorted(SAMPLES), ids=lambda one: one.name)


def test_every_message_type_has_samples() -> None:
    assert SUPPORTED_MESSAGE_TYPES == set(SAMPLES)


@every_type
def test_as_a_value_it_is_read_back_or_refused(message_type: MessageType) -> None:
    own = message_format(message_type, None)
    for sample in SAMPLES[message_type]:
        for text in naughty_strings():
            check_message(own, sample.text, [(sample.place, text)])


@every_type
def test_as_a_text_or_a_path_it_is_read_or_refused(message_type: MessageType) -> None:
    own = message_format(message_type, None)
    for sample in SAMPLES[message_type]:
        for text in naughty_strings():
            check_message(own, text, [(sample.place, "v"), *sample.steps])
            compiled(own, text)


@every_type
def test_as_a_body_it_is_answered_by_the_workflow(message_type: MessageType) -> None:
    for text in naughty_strings():
        check_run(pipeline_of(message_type), text.encode())


@pytest.mark.parametrize("name", MODIFIER_NAMES)
def test_every_modifier_gives_a_text(name: str) -> None:
    (part,) = parse_template(f"${{X:{name}{ARGUMENTS.get(name, '')}}}").parts
    assert isinstance(part, Placeholder)
    change = compile_modifiers(part, WARD)
    assert change is not None
    for text in naughty_strings():
        change(text).encode()


@pytest.mark.parametrize("name", [name for name in ENCODERS if name.endswith("Encode") and name != "CSVEncode"])
def test_every_decoder_undoes_its_encoder(name: str) -> None:
    decode = ENCODERS[name.replace("Encode", "Decode")]
    assert set(VALUE_ENCODERS.values()) == set(ENCODERS)
    for text in naughty_strings():
        assert text == decode(ENCODERS[name](text))
