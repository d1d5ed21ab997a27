"""
Mappings in a row run as one instruction, and do what they did one by one.

A trace runs each mapping for itself, so the runs of `test_traced_run` compare both for the whole conformance suite.
"""

from typing import Any

import pytest

from engine import ADT, RECEIVER, create_variable, drive, guid, mapping, prepare, receiver, request, transformers, typed
from httpreceiver_workflow import load_workflow
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages import MessageFault, message_format
from httpreceiver_workflow.pipeline.compiler import compile_workflow
from httpreceiver_workflow.pipeline.effects import OutcomeKind
from httpreceiver_workflow.pipeline.exchange import Exchange, Instruction
from httpreceiver_workflow.pipeline.runner import run_pipeline
from httpreceiver_workflow.pipeline.scope import Scope, workflow_scope
from httpreceiver_workflow.pipeline.trace.recorder import Recorder
from httpreceiver_workflow.pipeline.trace.traced_run import run_traced
from httpreceiver_workflow.pipeline.transforms.copies import Copy, together
from httpreceiver_workflow.pipeline.transforms.transformer import compile_actions

HL7, JSON, XML = 1, 11, 4
NEXT = typed("NextTransformerAction")
OTHER = "00000000-0000-0000-0000-0000000000b1"


def loop(path: str) -> dict[str, Any]:
    """Return the beginning of a loop over *path* of the request."""
    return typed("ForEachTransformerAction", FromPath=path, FromSetting=RECEIVER, FromDirection=0)


def workflow(*actions: dict[str, Any], kind: int = JSON, template: str = "{}") -> list[dict[str, Any]]:
    """Return a receiver that answers with *template* as *actions* fill it."""
    custom = receiver(MessageType=kind, ResponseMessageTemplate=template, Transformers=guid("d1"))
    return [custom, transformers("d1", *actions)]


def instructions(*actions: dict[str, Any], kind: int = JSON) -> tuple[Instruction, ...]:
    """Return what *actions* are compiled to in a list that writes to the response."""
    loaded = load_workflow(workflow(*actions, kind=kind)).workflow
    assert loaded is not None
    listed = loaded.transformers(guid("d1"))
    assert listed is not None
    scope: Scope = workflow_scope(loaded)
    compiled = compile_actions(listed.actions, scope.writing_to(1))
    assert not scope.problems
    return compiled


def answers(settings: list[dict[str, Any]], body: str) -> tuple[Any, Any]:
    """Return what comes of *body* when mappings run together, and when each is traced for itself."""
    loaded = load_workflow(settings).workflow
    assert loaded is not None
    plain = compile_workflow(loaded).pipeline
    recorder = Recorder(loaded)
    traced = compile_workflow(loaded, tracer=recorder).pipeline
    assert plain is not None
    assert traced is not None
    merged = drive(run_pipeline(plain, request(body)), lambda _: pytest.fail("no activity"))
    singly = drive(run_traced(traced, request(body), recorder, lambda _: "given"), lambda _: pytest.fail("no activity"))
    return merged, singly


def test_mappings_in_a_row_are_one_instruction() -> None:
    assert len(instructions(mapping("a", "x"), mapping("b", "y"), mapping("c", "z"))) == 1


def test_what_stands_between_keeps_mappings_apart_and_in_order() -> None:
    compiled = instructions(
        *(mapping("a", "x"), mapping("b", "y"), create_variable("v", "c")), *(mapping("d", "z"), mapping("e", "u"))
    )
    assert len(compiled) == 3


@pytest.mark.parametrize(
    "odd",
    [
        mapping("b", "y", TextFormat=1),
        mapping("b", "y", AllowMessageStructureToChange=True),
        mapping("b${v}", "y"),
        mapping("b", "y${v}"),
        mapping("b", "y", FromDirection=2),
        mapping("b", "y", ToDirection=2),
        mapping("b", "y", FromDirection=1),
    ],
    ids=["formatted", "structure", "late source", "late target", "text", "variable", "the message itself"],
)
def test_a_mapping_that_does_more_than_copy_stays_for_itself(odd: dict[str, Any]) -> None:
    assert len(instructions(mapping("a", "x"), odd, mapping("c", "z"))) == 3


def test_mappings_of_a_type_that_gains_nothing_stay_single() -> None:
    compiled = instructions(mapping("a/b", "a/x"), mapping("a/c", "a/y"), kind=XML)
    assert [Copy, Copy] == [type(one) for one in compiled]


def test_the_messages_may_be_missing() -> None:
    """A source that never came to be reads as empty; without a target the first mapping fails, as it would alone."""
    (merged,) = instructions(mapping("a", "x"), mapping("b", "y"))
    prepared = prepare(*workflow(mapping("a", "x")))
    assert prepared.pipeline is not None
    own = prepared.pipeline.request_format
    exchange = Exchange(request(), {})
    exchange.messages[1] = own.parse("{}")
    merged(exchange)
    assert exchange.messages[1].text() == '{"x":"","y":""}'
    with pytest.raises(Exception, match="no message to write to"):
        merged(Exchange(request(), {}))


def test_copies_in_loops_go_to_the_items_of_the_pass() -> None:
    inner = "o[${ForEachIterator}]"
    settings = workflow(
        *(mapping("id", "id"), mapping("kind", "about/kind")),
        *(loop("l"), mapping("l/a", f"{inner}/a"), mapping("l/b/c", f"{inner}/c"), mapping("id", f"{inner}/of"), NEXT),
        *(mapping("l[1]/a", "first"), mapping("missing/x", "none")),
    )
    merged, singly = answers(settings, '{"id": 7, "kind": "k", "l": [{"a": 1.0, "b": {"c": true}}, {"a": null}, 3]}')
    assert merged == singly
    assert merged.text == (
        '{"id":"7","about":{"kind":"k"},"o":[{"a":"1.0","c":"true","of":"7"},{"a":"","c":"","of":"7"},'
        '{"a":"","c":"","of":"7"}],"first":"1.0","none":""}'
    )


def test_hl7_copies_unescape_and_grow() -> None:
    settings = workflow(
        *(mapping("PID-3.1", "PID-3.1"), mapping("PID-3.4", "PID-3.5"), mapping("PID-5.2", "PID-5")),
        *(mapping("OBX[2]-3.2", "ZZZ-2.3"), mapping("MSH-7", "MSH-7"), mapping("PID-3[2].1", "PID-3[2].1")),
        kind=HL7,
        template="MSH|^~\\&|HUB\rPID|1\r",
    )
    merged, singly = answers(settings, ADT.replace("Sam", "S\\T\\m"))
    assert merged == singly
    assert merged.text == ("MSH|^~\\&|HUB||||20240105103000\rPID|1||12345^^^^HOSP~67890||S\\T\\m\rZZZ||^^Temp\r")


@pytest.mark.parametrize("body", ["", "not JSON", "[1]", '{"a": "x"}'])
def test_faults_are_those_of_single_mappings(body: str) -> None:
    merged, singly = answers(workflow(mapping("a/b", "x"), mapping("a", "x/y"), mapping("b", "[2]")), body)
    assert merged == singly
    assert merged.outcome.kind is OutcomeKind.ERRORED


def test_what_was_read_before_a_fault_is_written() -> None:
    """The second value cannot be read: half a surrogate pair inside of an object is no JSON text."""
    (merged,) = instructions(mapping("a", "x"), mapping("b", "y"), mapping("c", "z"))
    own = message_format(MessageType.JSON, None)
    source, target = own.parse('{"a": 1, "c": 3}'), own.parse("{}")
    source.set_value(own.compile_path("b/half"), "\ud800")
    with pytest.raises(MessageFault, match="surrogate"):
        merged(Exchange(request(), {}, {0: source, 1: target}))
    assert target.text() == '{"x":"1"}'


def test_instructions_that_are_no_copies_come_back_as_they_are() -> None:
    def one(_: Exchange) -> None: ...

    assert [one, one] == together([one, one], {})
