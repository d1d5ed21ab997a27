"""Transformers: variables, mappings, blocks, and what may wait for them."""

from typing import Any

import pytest

from engine import (
    ADT,
    RECEIVER,
    answer,
    create_variable,
    guid,
    mapping,
    prepare,
    receiver,
    request,
    run,
    string_filter,
    transformers,
    typed,
)
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.pipeline.effects import OutcomeKind
from httpreceiver_workflow.problem_codes import ProblemCode

BEGIN, END, NEXT = (typed(f"{name}TransformerAction") for name in ("BeginConditional", "EndConditional", "Next"))


def variables(*actions: dict[str, Any], template: str, body: str = "x", message_type: int = 13) -> str:
    """Return the response template after *actions* ran as the receiver's variable transformers."""
    custom = receiver(MessageType=message_type, VariableTransformers=guid("d1"), ResponseMessageTemplate=template)
    return answer((custom, transformers("d1", *actions)), body)


def mapped(*actions: dict[str, Any], template: str, body: str, message_type: int) -> str:
    """Return the response message after *actions* ran on it."""
    custom = receiver(MessageType=message_type, Transformers=guid("d1"), ResponseMessageTemplate=template)
    return answer((custom, transformers("d1", *actions)), body)


def for_each(path: str) -> dict[str, Any]:
    """Return a loop over *path* of the request."""
    return typed("ForEachTransformerAction", FromPath=path, FromSetting=RECEIVER, FromDirection=0)


def test_hl7_paths_are_read_into_variables() -> None:
    actions = [
        create_variable("Id", "PID-3.1"),
        create_variable("Alt", "PID-3[2].1"),
        create_variable("Temp", "OBX[2]-5.1"),
        create_variable("Name", "PID-5"),
        create_variable("None", "ZZZ-4.2"),
    ]
    template = "${Id}/${Alt}/${Temp}/${Name}/${None}"
    assert "12345/67890/37.1/Brown^Sam^J/" == variables(*actions, template=template, body=ADT, message_type=1)


def test_a_value_is_formatted_before_it_is_stored_and_again_when_it_is_read() -> None:
    action = create_variable("n", "sam", 2, TextFormat="UpperCase", PaddingLength=5)
    assert "[SAM  ]" == variables(action, template="[${n}]")
    assert "[sam  ]" == variables(action, template="[${n:LowerCase}]")


@pytest.mark.parametrize(("first", "expected"), [("", "sample"), ("given", "given")])
def test_a_default_is_stored_only_when_the_result_is_empty(first: str, expected: str) -> None:
    action = create_variable("n", "", 2, SampleVariableValue="sample", SampleValueIsDefaultValue=True)
    assert expected == variables(create_variable("n", first, 2), action, template="${n}")


def test_a_built_in_variable_keeps_its_value() -> None:
    assert "POST" == variables(create_variable("HttpMethod", "no", 2), template="${HttpMethod}")


def test_a_variable_without_source_and_direction_is_literal_text() -> None:
    action = typed("CreateVariableTransformerAction", VariableName="n", FromPath="${HttpMethod}!", FromType=7)
    assert "POST!" == variables(action, template="${n}")


def test_a_mapping_writes_a_value_into_the_response() -> None:
    body = '{"order":{"items":[{"code":"A1"},{"code":"B2"}]}}'
    template = '{"result":{"code":""}}'
    assert '{"result":{"code":"B2"}}' == mapped(
        mapping("order/items[2]/code", "result/code"), template=template, body=body, message_type=11
    )


def test_a_mapping_with_structure_writes_raw() -> None:
    action = mapping("items", "copy", AllowMessageStructureToChange=True)
    assert '{"copy":[1,2.50]}' == mapped(action, template="{}", body='{"items":[1,2.50]}', message_type=11)


def test_a_mapping_to_a_variable_sets_it() -> None:
    action = mapping("", "${n}", ToDirection=2)
    assert "body" == variables(action, template="${n}", body="body")


def test_mappings_of_the_receiver_change_the_request() -> None:
    action = mapping("PID-3.1", "PID-2")
    assert "12345" == variables(action, create_variable("n", "PID-2"), template="${n}", body=ADT, message_type=1)


def test_a_placeholder_waits_for_the_list_that_sets_its_variable() -> None:
    assert '{"id":"7"}' == mapped(
        create_variable("id", "id"), template='{"id":"${id}"}', body='{"id":7}', message_type=11
    )


def test_text_from_a_request_is_never_expanded() -> None:
    body = '{"id":"${HttpMethod}"}'
    assert '{"id":"${HttpMethod}"}' == mapped(
        create_variable("id", "id"), template='{"id":"${id}"}', body=body, message_type=11
    )
    assert '{"id":"${HttpMethod}"}' == mapped(mapping("id", "id"), template='{"id":""}', body=body, message_type=11)


def test_a_placeholder_that_keeps_the_text_from_parsing_is_expanded_when_the_text_is_needed() -> None:
    actions = [create_variable("n", "n"), mapping("n", "copy")]
    assert '{"n":7,"copy":"7"}' == mapped(*actions, template='{"n":${n}}', body='{"n":7}', message_type=11)


@pytest.mark.parametrize(("body", "expected"), [(ADT, "[true]"), (ADT.replace("ADT^A01", "ADT^A04"), "[]")])
def test_a_conditional_block_runs_only_when_its_filters_pass(body: str, expected: str) -> None:
    begin = BEGIN | {"Filters": [string_filter("MSH-9.2", "A01")]}
    actions = [begin, create_variable("IsA01", "true", 2), END]
    assert expected == variables(*actions, template="[${IsA01}]", body=body, message_type=1)


def test_an_unclosed_conditional_ends_with_the_list_and_is_warned_about() -> None:
    settings = [receiver(VariableTransformers=guid("d1")), transformers("d1", BEGIN)]
    prepared = prepare_workflow(settings)
    assert prepared.pipeline is not None
    assert ProblemCode.CONDITIONAL_UNCLOSED in {problem.code for problem in prepared.problems}


def test_a_loop_reads_each_repetition_in_turn() -> None:
    actions = [
        for_each("OBX"),
        create_variable("all", "${all}${ForEachIterator}=${v},", 2),
        create_variable("v", "OBX-5"),
        create_variable("all", "${all}${v};", 2),
        NEXT,
    ]
    assert "1=,72;2=72,37.1;" == variables(*actions, template="${all}", body=ADT, message_type=1)


def test_loops_nest_and_the_iterator_returns_to_the_outer_value() -> None:
    body = '{"a":[{"b":[1,2]},{"b":[3]}]}'
    actions = [
        for_each("a"),
        for_each("a/b"),
        create_variable("v", "a/b"),
        create_variable("all", "${all}${v}", 2),
        NEXT,
        create_variable("all", "${all}/${ForEachIterator} ", 2),
        NEXT,
    ]
    assert "12/1 3/2 " == variables(*actions, template="${all}", body=body, message_type=11)


def test_a_loop_over_text_errors_the_run() -> None:
    custom = receiver(VariableTransformers=guid("d1"))
    ran = run(prepare(custom, transformers("d1", for_each("x"), NEXT)), request("x"))
    assert OutcomeKind.ERRORED == ran.outcome.kind


@pytest.mark.parametrize(
    ("actions", "code"),
    [
        ([for_each("OBX")], ProblemCode.BLOCK_UNCLOSED),
        ([NEXT], ProblemCode.BLOCK_UNOPENED),
        ([END], ProblemCode.BLOCK_UNOPENED),
        ([for_each("OBX"), END, NEXT], ProblemCode.BLOCK_UNOPENED),
        ([create_variable("x", "PID-")], ProblemCode.PATH_MALFORMED),
        ([create_variable("x", "${a:Truncate(x)}", 2)], ProblemCode.MODIFIER_MALFORMED),
    ],
)
def test_a_list_that_cannot_run_is_refused_before_the_start(actions: list[dict[str, Any]], code: ProblemCode) -> None:
    settings = [receiver(MessageType=1, VariableTransformers=guid("d1")), transformers("d1", *actions)]
    prepared = prepare_workflow(settings)
    assert prepared.pipeline is None
    (problem,) = [problem for problem in prepared.problems if problem.code is code]
    assert problem.where.startswith("$[1].Transformers[")


def test_append_line_adds_a_segment_to_the_response() -> None:
    action = typed("AppendLineTransformerAction", FromPath="NTE|1||${HttpMethod}", FromDirection=2)
    assert "MSH|^~\\&|A\rNTE|1||POST" == mapped(action, template="MSH|^~\\&|A", body=ADT, message_type=1)


def test_append_line_to_json_errors_the_run() -> None:
    custom = receiver(MessageType=11, Transformers=guid("d1"), ResponseMessageTemplate="{}")
    append = typed("AppendLineTransformerAction", FromPath="x", FromDirection=2)
    ran = run(prepare(custom, transformers("d1", append)), request("{}"))
    assert (500, OutcomeKind.ERRORED) == (ran.response.status, ran.outcome.kind)
