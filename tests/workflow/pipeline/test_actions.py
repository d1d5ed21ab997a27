"""Notifications, parameters and custom transformers at run time; blocks inside blocks; lines appended to every type."""

from typing import Any

import pytest

from engine import (
    ADT,
    RECEIVER,
    Ran,
    answer,
    create_variable,
    filter_host,
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
from httpreceiver_workflow.pipeline.effects import Notification, OutcomeKind
from httpreceiver_workflow.problem_codes import ProblemCode

END, NEXT = (typed(f"{name}TransformerAction") for name in ("EndConditional", "Next"))


def ran(*actions: dict[str, Any], body: str = "x", message_type: int = 13, template: str = "", **fields: Any) -> Ran:
    """Return the run of *actions* as the receiver's variable transformers."""
    custom = receiver(
        MessageType=message_type, VariableTransformers=guid("d1"), ResponseMessageTemplate=template, **fields
    )
    return run(prepare(custom, transformers("d1", *actions)), request(body))


def notify(text: str, direction: int = 2, **fields: Any) -> dict[str, Any]:
    """Return a notification of literal text, or of a place in the request."""
    source = None if direction == 2 else RECEIVER
    return typed("NotificationTransformerAction", FromPath=text, FromDirection=direction, FromSetting=source, **fields)


def parameter(text: str, direction: int = 2, **fields: Any) -> dict[str, Any]:
    """Return a parameter of literal text, or of a place in the request."""
    source = None if direction == 2 else RECEIVER
    return typed(
        "CreateParameterTransformerAction", FromPath=text, FromDirection=direction, FromSetting=source, **fields
    )


def custom_action(name: str, **parameters: Any) -> dict[str, Any]:
    """Return a custom action; ``_`` in a parameter's name stands for a blank."""
    named = {key.replace("_", " "): value for key, value in parameters.items()}
    return typed("CustomTransformerAction", CustomTransformerTypeName=f"HL7ValueTransformers.{name}", Parameters=named)


def for_each(path: str) -> dict[str, Any]:
    """Return a loop over *path* of the request."""
    return typed("ForEachTransformerAction", FromPath=path, FromSetting=RECEIVER, FromDirection=0)


def begin(*filters: dict[str, Any]) -> dict[str, Any]:
    """Return the beginning of a conditional block."""
    return typed("BeginConditionalTransformerAction", Filters=list(filters))


def append(text: str) -> dict[str, Any]:
    """Return an action that appends literal text."""
    return typed("AppendLineTransformerAction", FromPath=text, FromDirection=2)


# --- notifications -------------------------------------------------------------------------------------------------


def test_notifications_come_out_with_the_outcome_in_order() -> None:
    result = ran(notify("got ${HttpMethod}"), notify("PID-3.1", 0, Critical=True), body=ADT, message_type=1)
    assert result.outcome.notifications == (
        Notification("$[1].Transformers[0]", False, "got POST"),
        Notification("$[1].Transformers[1]", True, "12345"),
    )


def test_notifications_of_a_run_that_fails_later_come_out_too() -> None:
    result = ran(notify("before"), for_each("x"), NEXT, notify("after"))
    assert OutcomeKind.ERRORED == result.outcome.kind
    assert ["before"] == [one.text for one in result.outcome.notifications]


def test_notifications_of_a_filter_host_and_of_an_early_answer_come_out() -> None:
    settings = receiver(Filters=guid("c1"), ReponsePriority=0)
    host = filter_host("c1", string_filter("", "other"), actions=(notify("filtering"),))
    result = run(prepare(settings, host), request("x"))
    assert (OutcomeKind.FILTERED, "filtering") == (result.outcome.kind, result.outcome.notifications[0].text)


# --- parameters and custom transformers ------------------------------------------------------------------------------


def test_a_parameter_that_stands_alone_sets_a_variable() -> None:
    result = ran(parameter("PID-8", 0, ParameterName="Sex"), body=ADT, message_type=1, template="${sex}")
    assert "M" == result.text


@pytest.mark.parametrize(("body", "kind"), [(" ", OutcomeKind.ERRORED), ("x", OutcomeKind.COMPLETED)])
def test_a_required_parameter_must_not_be_blank(body: str, kind: OutcomeKind) -> None:
    result = ran(parameter("", 0, ParameterName="Site", IsRequired=True), body=body)
    assert kind is result.outcome.kind
    assert kind is OutcomeKind.COMPLETED or "Site" in (result.outcome.fault.message if result.outcome.fault else "")


def test_a_required_parameter_of_a_custom_transformer_must_not_be_blank() -> None:
    action = custom_action("DigitsOnlyTransformer", Value=parameter("${unset}", IsRequired=True))
    assert OutcomeKind.ERRORED is ran(action).outcome.kind


@pytest.mark.parametrize(
    ("name", "value", "variable", "expected"),
    [
        ("DigitsOnlyTransformer", "(021) 555-0100", "Digits", "0215550100"),
        ("LettersAndDigitsOnlyTransformer", "z aa-0067", "LettersAndDigits", "ZAA0067"),
        ("LettersDigitsAndSpacesOnlyTransformer", "abc, 1", "LettersDigitsSpaces", "ABC 1"),
        ("TextToHl7NameTransformer", "Dr Example Doctor", "XPN", "Doctor^Example^^^Dr"),
        ("TextToHl7ClinicianNameTransformer", "Christina Smith (A1234)", "XCN", "A1234^Smith^Christina"),
        ("TextToHl7AddressTransformer", "1 A St, Auckland, 1010", "XAD", "1 A St^^Auckland^^1010"),
        ("TextToHl7PhoneTransformer", "09 555 0100 ext 123", "XTN", "095550100^^^^^^^123"),
    ],
)
def test_each_custom_transformer_sets_its_variable(name: str, value: str, variable: str, expected: str) -> None:
    result = ran(custom_action(name, Value=parameter(value)), body="left alone", template=f"${{{variable}}}")
    assert expected == result.text


def test_the_options_of_a_custom_transformer_are_resolved() -> None:
    action = custom_action(
        "TextToHl7ClinicianNameTransformer",
        Value=parameter("", 0),
        Name_Order=parameter("${order}"),
        Person_Identifier=parameter("7"),
        Output_Variable=parameter("Doctor"),
    )
    result = ran(create_variable("order", "LFM", 2), action, body="CORLEY BRIAN THOMAS", template="${Doctor}|${XCN}")
    assert "7^CORLEY^BRIAN^THOMAS|" == result.text


def test_without_a_value_the_message_itself_is_converted_and_stays_as_it_is() -> None:
    write = mapping("", "${left}", ToDirection=2)
    assert (
        "12|a1b2" == ran(custom_action("DigitsOnlyTransformer"), write, body="a1b2", template="${Digits}|${left}").text
    )


def test_a_name_order_that_names_cannot_be_read_by_is_refused() -> None:
    action = custom_action("TextToHl7NameTransformer", Value=parameter("a"), Name_Order=parameter("MFL"))
    prepared = prepare_workflow([receiver(VariableTransformers=guid("d1")), transformers("d1", action)])
    (problem,) = prepared.problems
    assert ('$[1].Transformers[0].Parameters["Name Order"]', ProblemCode.FIELD_NOT_SUPPORTED) == (
        problem.where,
        problem.code,
    )


@pytest.mark.parametrize(
    "action",
    [
        custom_action("DigitsOnlyTransformer", Value=parameter("a1"), Output_Variable=parameter("v")),
        parameter("1", ParameterName="v"),
        mapping("", "${v}", ToDirection=2) | {"FromDirection": 2, "FromPath": "1"},
    ],
    ids=["custom", "parameter", "mapping"],
)
def test_a_placeholder_waits_for_every_action_that_sets_its_variable(action: dict[str, Any]) -> None:
    custom = receiver(Transformers=guid("d1"), ResponseMessageTemplate="[${v}]")
    assert "[1]" == answer((custom, transformers("d1", action)))


def own_message(*actions: dict[str, Any], template: str) -> str:
    """Return the JSON response after *actions* ran on it."""
    custom = receiver(MessageType=11, Transformers=guid("d1"), ResponseMessageTemplate=template)
    return answer((custom, transformers("d1", *actions)), "{}")


def own(class_name: str, **fields: Any) -> dict[str, Any]:
    """Return an object that reads the list's own message, the response."""
    return typed(class_name, FromSetting=RECEIVER, FromDirection=1, **fields)


def test_what_waits_in_the_own_message_is_read_with_its_value_as_of_now() -> None:
    read = own("CreateVariableTransformerAction", VariableName="seen", FromPath="id")
    actions = [create_variable("id", "7", 2), read, create_variable("id", "8", 2)]
    assert '{"id":"8","seen":"7"}' == own_message(*actions, template='{"id":"${id}","seen":"${seen}"}')


@pytest.mark.parametrize("template", ['{"id":"${id}","ok":"${ok}"}', '{"id":${id},"ok":"${ok}"}'])
@pytest.mark.parametrize(
    "condition",
    [
        own("StringMessageFilter", Path="id", Value="7"),
        own("StringMessageFilter", Path="id", Value="7", IncludesRepeatFields=True),
        own("StringMessageFilter", Path="id", Comparer="InMessage"),
        own("ValidMessageFilter"),
    ],
    ids=["equals", "any repetition", "in message", "valid"],
)
def test_a_condition_sees_values_and_not_markers_in_the_own_message(template: str, condition: dict[str, Any]) -> None:
    actions = [create_variable("id", "7", 2), create_variable("ok", "no", 2)]
    kept = own_message(*actions, begin(condition), mapping("", "ok") | {"FromPath": "yes", "FromDirection": 2}, END,
                       template=template)  # fmt: skip
    assert '"ok":"yes"' in kept


def test_a_loop_over_the_own_message_expands_what_keeps_it_from_parsing() -> None:
    loop = own("ForEachTransformerAction", FromPath="items")
    actions = [create_variable("n", "7", 2), loop, keep("${ForEachIterator}"), NEXT]
    template = '{"items":[1,${n}],"all":"${all}"}'
    assert '{"items":[1,7],"all":""}' == own_message(*actions, template=template)


# --- blocks ----------------------------------------------------------------------------------------------------------

ITEMS = '{"a":[{"k":"x","b":[1,2]},{"k":"y","b":[3]},{"k":"x","b":[4]}],"d":"20240105"}'


def collected(*actions: dict[str, Any]) -> str:
    """Return what *actions* put into the variable ``all`` while they went through `ITEMS`."""
    return ran(*actions, body=ITEMS, message_type=11, template="${all}").text


def keep(text: str) -> dict[str, Any]:
    """Return an action that adds *text* to ``all``."""
    return create_variable("all", "${all}" + text, 2)


def test_a_condition_inside_a_loop_reads_the_item_of_the_pass() -> None:
    assert "13" == collected(for_each("a"), begin(string_filter("a/k", "x")), keep("${ForEachIterator}"), END, NEXT)


def test_a_loop_inside_a_condition_inside_a_loop() -> None:
    inner = [for_each("a/b"), create_variable("v", "a/b"), keep("${v}"), NEXT]
    assert "12;4;" == collected(for_each("a"), begin(string_filter("a/k", "x")), *inner, keep(";"), END, NEXT)


def test_a_loop_in_a_condition_that_fails_does_not_run() -> None:
    assert "end" == collected(begin(string_filter("d", "other")), for_each("a"), keep("no"), NEXT, END, keep("end"))


def test_conditions_nest() -> None:
    true, false = string_filter("d", "20240105"), string_filter("d", "")
    assert "ac" == collected(begin(true), keep("a"), begin(false), keep("b"), END, keep("c"), END)


def test_a_date_condition_inside_a_loop_reads_the_item_of_the_pass() -> None:
    body = "MSH|^~\\&|A\rOBX|1|||20240101\rOBX|2|||20250101"
    late = typed("DateMessageFilter", Path="OBX-4", Comparer=1, Value="20240601", FromSetting=RECEIVER, FromDirection=0)
    actions = [for_each("OBX"), begin(late), keep("${ForEachIterator}"), END, NEXT]
    assert "2" == ran(*actions, body=body, message_type=1, template="${all}").text


@pytest.mark.parametrize(
    ("actions", "code"),
    [
        ([begin(), for_each("a"), END, NEXT], ProblemCode.BLOCK_UNOPENED),
        ([for_each("a"), begin(), NEXT, END], ProblemCode.BLOCK_UNOPENED),
        ([for_each("a"), begin(), END], ProblemCode.BLOCK_UNCLOSED),
        ([begin(), NEXT, END], ProblemCode.BLOCK_UNOPENED),
    ],
)
def test_blocks_that_cross_are_refused(actions: list[dict[str, Any]], code: ProblemCode) -> None:
    settings = [receiver(MessageType=11, VariableTransformers=guid("d1")), transformers("d1", *actions)]
    prepared = prepare_workflow(settings)
    assert prepared.pipeline is None
    assert code in {problem.code for problem in prepared.problems}


@pytest.mark.parametrize(("depth", "refused"), [(100, False), (101, True), (5000, True)])
def test_blocks_are_nested_as_deep_as_a_run_can_follow(depth: int, refused: bool) -> None:
    settings = [receiver(VariableTransformers=guid("d1")), transformers("d1", *[begin()] * depth, *[END] * depth)]
    problems = prepare_workflow(settings).problems
    assert problems == () or refused
    assert not refused or [("$[1].Transformers[100]", ProblemCode.NESTED_TOO_DEEP)] == [
        (problem.where, problem.code) for problem in problems
    ]


def test_markers_that_close_nothing_do_not_hide_how_deep_blocks_are_nested() -> None:
    settings = [receiver(VariableTransformers=guid("d1")), transformers("d1", *[begin(), NEXT] * 1000)]
    assert ProblemCode.NESTED_TOO_DEEP in {problem.code for problem in prepare_workflow(settings).problems}


@pytest.mark.parametrize(
    ("message_type", "body", "path", "kind"),
    [
        (1, ADT, "OBX", OutcomeKind.COMPLETED),
        (1, ADT, "PID-3", OutcomeKind.COMPLETED),
        (1, ADT, "PID-3.1", OutcomeKind.ERRORED),
        (4, "<a><b/></a>", "a/b", OutcomeKind.COMPLETED),
        (11, '{"a":[1]}', "a[1]", OutcomeKind.COMPLETED),
        (5, "a,b", "[0]", OutcomeKind.ERRORED),
        (13, "a", "a", OutcomeKind.ERRORED),
        (14, "YQ==", "a", OutcomeKind.ERRORED),
    ],
)
def test_only_types_with_repeating_items_can_be_looped_over(
    message_type: int, body: str, path: str, kind: OutcomeKind
) -> None:
    assert kind is ran(for_each(path), NEXT, body=body, message_type=message_type).outcome.kind


def test_a_loop_over_a_variable_is_refused() -> None:
    loop = typed("ForEachTransformerAction", FromPath="${v}", FromDirection=2)
    prepared = prepare_workflow([receiver(VariableTransformers=guid("d1")), transformers("d1", loop, NEXT)])
    assert [ProblemCode.PATH_MALFORMED] == [problem.code for problem in prepared.problems]


def test_a_loop_over_a_response_that_never_came_runs_no_pass() -> None:
    loop = typed("ForEachTransformerAction", FromPath="a", FromSetting=RECEIVER, FromDirection=1)
    assert "end" == ran(loop, keep("no"), NEXT, keep("end"), body="{}", message_type=11, template="${all}").text


# --- lines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message_type", "template", "line", "expected"),
    [
        (1, "MSH|^~\\&|A", "NTE|1\r\nNTE|2", "MSH|^~\\&|A\rNTE|1\rNTE|2"),
        (1, "MSH|^~\\&|A\r", "NTE|1", "MSH|^~\\&|A\rNTE|1\r"),
        (5, "a,b", "c,d", "a,b\r\nc,d"),
        (13, "a", "b", "a\r\nb"),
        (0, "MSH|^~\\&|A", "NTE|1", "MSH|^~\\&|A\rNTE|1"),
        (4, "<a/>", "b", None),
        (11, "{}", "b", None),
        (14, "YQ==", "b", None),
    ],
)
def test_a_line_is_appended_to_types_that_have_lines(
    message_type: int, template: str, line: str, expected: str | None
) -> None:
    custom = receiver(
        MessageType=message_type, Transformers=guid("d1"), ResponseMessageTemplate=template, ReceivedMessageTemplate="x"
    )
    result = run(prepare(custom, transformers("d1", append(line))), request(""))
    if expected is None:
        assert (500, OutcomeKind.ERRORED) == (result.response.status, result.outcome.kind)
    else:
        assert expected == result.text


def test_a_variable_may_be_called_like_the_data_table() -> None:
    assert "1" == ran(create_variable("DataTableName", "1", 2), template="${DataTableName}").text
