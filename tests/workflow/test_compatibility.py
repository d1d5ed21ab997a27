"""The switches of `compatibility`: told of when wrong, without effect when not set, and what the cases do not reach."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine import (
    ADT,
    RECEIVER,
    create_variable,
    filter_host,
    guid,
    mapping,
    receiver,
    request,
    run,
    string_filter,
    transformers,
    typed,
)
from httpreceiver_workflow import Prepared, prepare_workflow
from httpreceiver_workflow.contract.encodings import VALUE_ENCODERS
from httpreceiver_workflow.contract.enums import TextFormat, Truncation
from httpreceiver_workflow.endpoint import ServedReceiver, decode_receiver, encode_receiver
from httpreceiver_workflow.options import ReceiverOptions, read_options
from httpreceiver_workflow.options.compatibility import (
    DOCUMENTED,
    Compatibility,
    EncodingName,
    TextFormatName,
    TruncationName,
)
from httpreceiver_workflow.options.switches import NAMES, SETTLED, SWITCHES
from httpreceiver_workflow.problem_codes import ProblemCode

POINTS = {f"A{number}" for number in range(1, 31)}


def with_switches(**switches: object) -> ReceiverOptions:
    """Return options with *switches*, named as the API names them."""
    options, problems = read_options({"compatibility": switches})
    assert problems == ()
    return options


def prepared_with(options: ReceiverOptions, *settings: dict[str, Any]) -> Prepared:
    """Return *settings* compiled under *options*, without errors."""
    prepared = prepare_workflow(list(settings), options=options)
    assert prepared.pipeline is not None, prepared.problems
    return prepared


def answered(options: ReceiverOptions, *settings: dict[str, Any], body: str = "", **fields: Any) -> tuple[int, str]:
    """Return status and body of one request to *settings* under *options*."""
    response = run(prepared_with(options, *settings), request(body, **fields)).response
    return response.status, response.body.decode()


# --- the table -----------------------------------------------------------------------------------------------------


def test_every_doubtful_point_has_a_switch_or_is_settled() -> None:
    """None of contract 11 is forgotten, none is both."""
    switched = {switch.point for switch in SWITCHES}
    assert switched | set(SETTLED) == POINTS
    assert not switched & set(SETTLED)


def test_every_field_has_one_switch_whose_first_value_is_its_default() -> None:
    """The table tells the default; the record applies it."""
    assert [switch.field for switch in SWITCHES] == list(NAMES)
    for switch in SWITCHES:
        default = getattr(DOCUMENTED, switch.field)
        assert default is None if switch.is_list else default is next(iter(switch.values)), switch.field


def test_the_names_of_numbers_are_those_of_the_workflow_language() -> None:
    """What a list may name, the language has."""
    assert [name for name in EncodingName if name is not EncodingName.NONE] == list(VALUE_ENCODERS.values())
    for names, enumeration in ((TextFormatName, TextFormat), (TruncationName, Truncation)):
        assert {name.lower() for name in names} == {member.name.replace("_", "").lower() for member in enumeration}


def test_every_switch_is_read_somewhere() -> None:
    """A field that nothing asks for would be a switch without a wire."""
    folder = Path(__file__).parents[2] / "workflow" / "httpreceiver_workflow"
    rooms = [folder / "contract", folder / "messages", folder / "pipeline"]
    code = "".join(path.read_text() for room in rooms for path in room.rglob("*.py"))
    unread = [field for field in NAMES if not re.search(rf"\b\w+\.{field}\b", code)]
    assert unread == []


# --- mistakes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "where", "message"),
    [
        ({"jsonNul": "word"}, ".jsonNul", 'compatibility has no switch "jsonNul". Did you mean jsonNull?'),
        ({"json_null": "word"}, ".json_null", 'compatibility has no switch "json_null". Did you mean jsonNull?'),
        (
            {"jsonNull": "wrod"},
            ".jsonNull",
            'jsonNull cannot be "wrod"; it can be empty, word. Did you mean word?',
        ),
        ({"jsonNull": None}, ".jsonNull", "jsonNull cannot be null; it can be empty, word."),
        ({"jsonNull": ["word"]}, ".jsonNull", 'jsonNull cannot be ["word"]; it can be empty, word. Did you mean word?'),
        ({"truncationNumbers": "Trim"}, ".truncationNumbers", "truncationNumbers must be a list of names."),
        (
            {"truncationNumbers": ["Trim", "trim"]},
            ".truncationNumbers[1]",
            'truncationNumbers cannot be "trim"; it can be None, Truncate, Trim. Did you mean Trim?',
        ),
        (["jsonNull"], "", "compatibility must be an object of switches."),
    ],
    ids=str,
)
def test_a_mistake_is_told_with_its_place_and_the_nearest_name(chosen: object, where: str, message: str) -> None:
    """Passing it over would answer requests otherwise than the user asked."""
    _, [problem] = read_options({"compatibility": chosen})
    assert (problem.where, problem.message) == (f"spec.compatibility{where}", message)
    assert problem.code is ProblemCode.OPTION_INVALID


def test_all_mistakes_are_told_at_once() -> None:
    """One round of corrections is enough."""
    _, problems = read_options({"compatibility": {"jsonNull": 1, "typo": 2, "jsonIndexBase": "zero"}})
    assert [problem.where for problem in problems] == ["spec.compatibility.jsonNull", "spec.compatibility.typo"]


def test_switches_travel_to_the_pods_and_those_not_set_take_no_room() -> None:
    """As JSON, with the workflow."""
    options = with_switches(jsonNull="word", truncationNumbers=["Trim"])
    served = ServedReceiver(name="a/b", generation=1, workflow="[]", options=options)
    assert decode_receiver(encode_receiver(served)) == served
    assert msgspec.json.decode(msgspec.json.encode(options)) == {
        "compatibility": {"jsonNull": "word", "truncationNumbers": ["Trim"]}
    }
    assert with_switches(jsonNull="empty") == ReceiverOptions(compatibility=Compatibility())


# --- what needs no case of its own -----------------------------------------------------------------------------------


def test_a_number_that_the_list_settles_is_no_guess_and_one_beyond_it_is_refused() -> None:
    """The warning is for guesses."""

    def codes(options: ReceiverOptions, number: int) -> set[ProblemCode]:
        actions = transformers("d1", create_variable("x", "", TextFormat=number, Truncation=number, Encoding=number))
        settings = [receiver(VariableTransformers=guid("d1")), actions]
        return {problem.code for problem in prepare_workflow(settings, options=options).problems}

    settled = with_switches(textFormatNumbers=["TitleCase"], truncationNumbers=["Trim"], encodingNumbers=["URLEncode"])
    assert codes(ReceiverOptions(), 1) == {ProblemCode.ENUM_NUMBER_UNPUBLISHED}
    assert codes(settled, 1) == set()
    assert codes(settled, 2) == {ProblemCode.VALUE_OUT_OF_RANGE}
    without_meaning = with_switches(textFormatNumbers=[], truncationNumbers=[], encodingNumbers=[])
    assert codes(without_meaning, 7) == set()


@pytest.mark.parametrize(
    ("kind", "body", "loop", "bare", "first"),
    [
        (1, ADT, "OBX", "OBX-3.1", "OBX[1]-3.1"),
        (1, ADT, "OBX[1]", "OBX-3.1", "OBX[1]-3.1"),
        (1, ADT, "PID-3", "PID-3.1", "PID-3[1].1"),
        (4, "<r><i>HR</i><i>BT</i></r>", "r/i", "r/i", "r/i[1]"),
        (11, '{"i":["HR","BT"]}', "newtonsoft:$.i", "newtonsoft:$.i", "newtonsoft:$.i[0]"),
    ],
    ids=str,
)
def test_an_authored_index_holds_a_path_where_only_those_without_one_move(
    kind: int, body: str, loop: str, bare: str, first: str
) -> None:
    """In every path language: the loop moves the bare path and leaves the first item where it is."""
    source = {"FromSetting": RECEIVER, "FromDirection": 0}
    actions = transformers(
        "d1",
        typed("ForEachTransformerAction", FromPath=loop, **source),
        create_variable("a", bare),
        create_variable("b", first),
        create_variable("out", "${out}${a}/${b} ", 2),
        typed("NextTransformerAction"),
    )
    root = receiver(MessageType=kind, VariableTransformers=guid("d1"), ResponseMessageTemplate="${out}")
    _, usual = answered(ReceiverOptions(), root, actions, body=body)
    one, two = (pair.split("/") for pair in usual.split())
    assert one[0] == one[1] != two[0] == two[1]
    _, held = answered(with_switches(loopPaths="unindexed"), root, actions, body=body)
    assert held == f"{one[0]}/{one[0]} {two[0]}/{one[0]} "


def test_and_binds_more_closely_at_any_length() -> None:
    """Against the truth of Python's own operators, for every list of four verdicts and three conjunctions."""
    options = with_switches(conjunctions="andBeforeOr")
    words = ("and", "or")
    for number in range(2**7):
        bits = [number >> position & 1 for position in range(7)]
        verdicts, joins = bits[:4], bits[4:]
        filters = [
            typed("StringMessageFilter", Path=str(one), Value="1", FromDirection=2, Conjunction=join)
            for one, join in zip(verdicts, [*joins, 0], strict=True)
        ]
        text = "".join(f"{bool(one)} {words[join]} " for one, join in zip(verdicts, joins, strict=False))
        truth = eval(f"{text}{bool(verdicts[3])}")
        status_and_body = answered(
            options, receiver(Filters=guid("c1"), ResponseMessageTemplate="passed"), filter_host("c1", *filters)
        )
        assert status_and_body == (200, "passed" if truth else ""), filters


def test_an_activity_without_response_is_answered_with_the_errored_status() -> None:
    """A caller has no other signal of it."""
    sender = typed("HttpSenderSetting", Id=guid("b1"), Server="http://h/", Filters=guid("c1"))
    root = receiver(Activities=[guid("b1")], ReturnResponseFromActivity=True, ReturnResponseFromActivityId=guid("b1"))
    skipped = filter_host("c1", string_filter("", "never"))
    assert answered(with_switches(erroredStatus="badGateway"), root, sender, skipped) == (502, "")


@pytest.mark.parametrize("mode", [{"ReturnNoResponse": True}, {"ReturnApplicationAccept": True}], ids=str)
def test_the_statuses_hold_in_every_response_mode(mode: dict[str, bool]) -> None:
    """Not in that of a custom response only."""
    options = with_switches(completedStatus="accepted", filteredStatus="unprocessableContent")
    root = receiver(Filters=guid("c1"), **mode)
    gate = filter_host("c1", string_filter("", "go"))
    assert answered(options, root, gate, body="go") == (202, "")
    assert answered(options, root, gate, body="stop") == (422, "")


def test_a_response_that_cannot_be_made_has_the_errored_status() -> None:
    """The responder of last resort obeys the switch too."""
    root = receiver(MessageType=14, ResponseMessageTemplate="no base64!")
    assert answered(with_switches(erroredStatus="serviceUnavailable"), root) == (503, "")


def test_binary_keeps_its_content_type_where_all_others_are_plain_text() -> None:
    """Bytes are no text."""
    options = with_switches(responseContentType="plainText")
    prepared = prepared_with(options, receiver(MessageType=14, ResponseMessageTemplate="aGk="))
    assert run(prepared, request()).response.content_type == "application/octet-stream"


def test_an_action_that_writes_to_a_message_that_is_not_built_yet_is_refused() -> None:
    """With the filters asked before the build, the actions before them have no message of their own."""
    sender = typed("HttpSenderSetting", Id=guid("b1"), Server="http://h/", MessageType=13, Filters=guid("c1"))
    gate = filter_host("c1", actions=(mapping("", "x"),))
    settings = [receiver(Activities=[guid("b1")]), sender, gate]
    options = with_switches(activityFilters="beforeBuild")
    errors = [(one.where, one.code) for one in prepare_workflow(settings, options=options).problems]
    assert ("$[2].Transformers[0]", ProblemCode.FIELD_NOT_SUPPORTED) in errors
    assert prepare_workflow(settings).pipeline is not None


@pytest.mark.parametrize(
    ("switches", "settings", "path"),
    [
        ({"jsonIndexBase": "zero"}, {"MessageType": 11}, "a[x]"),
        ({}, {"MessageType": 11}, "a[0]"),
    ],
    ids=str,
)
def test_an_index_below_the_first_is_a_mistake(switches: dict[str, str], settings: dict[str, Any], path: str) -> None:
    """Found before the first request."""
    source = [receiver(VariableTransformers=guid("d1"), **settings), transformers("d1", create_variable("x", path))]
    codes = {problem.code for problem in prepare_workflow(source, options=with_switches(**switches)).problems}
    assert ProblemCode.PATH_MALFORMED in codes


def test_column_0_of_a_row_that_counts_from_1_is_a_mistake() -> None:
    """Nothing stands before the first column."""
    source = typed(
        "CreateVariableTransformerAction", VariableName="x", FromPath="[0]", FromSetting=guid("b1"), FromDirection=0
    )
    sender = typed(
        "DatabaseSenderSetting",
        Id=guid("b1"),
        DataProvider=7,
        ConnectionString="Data Source=:memory:",
        MessageTemplate="SELECT 1",
        ResponseNotAvailable=False,
    )
    settings = [receiver(Activities=[guid("b1")], Transformers=guid("d2")), sender, transformers("d2", source)]
    options = with_switches(sqlIndexBase="one")
    assert ProblemCode.PATH_MALFORMED in {one.code for one in prepare_workflow(settings, options=options).problems}
    assert prepare_workflow(settings).pipeline is not None


def test_json_switches_hold_where_the_type_is_inferred_too() -> None:
    """Unknown and FHIR messages that turn out to be JSON are JSON."""
    options = with_switches(jsonNull="word", jsonBooleans="titleCase", jsonIndexBase="zero")
    for kind in (0, 3):
        actions = transformers("d1", create_variable("x", "a[0]"), create_variable("y", "b"))
        root = receiver(MessageType=kind, VariableTransformers=guid("d1"), ResponseMessageTemplate='["${x} ${y}"]')
        assert answered(options, root, actions, body='{"a":[true],"b":null}') == (200, '["True null"]')


def test_hl7_switches_hold_where_the_type_is_inferred_too() -> None:
    """And for a message that was cloned."""
    options = with_switches(hl7Values="componentsKept")
    root = receiver(MessageType=0, Transformers=guid("d2"), ResponseMessageTemplate=f"${{{RECEIVER} inbound}}")
    action = typed("CreateMappingTransformerAction", FromPath="A^B", FromDirection=2, ToPath="PID-5")
    status, body = answered(options, root, transformers("d2", action), body=ADT)
    assert (status, "||A^B||19780203" in body) == (200, True)


def test_instance_ids_from_arrival_tell_runs_of_one_millisecond_apart() -> None:
    """They grow with time, over restarts too, and begin with the milliseconds since 1970."""
    prepared = prepared_with(
        with_switches(instanceIds="fromArrival"), receiver(ResponseMessageTemplate="${WorkflowInstanceId}")
    )
    ids = [run(prepared, request(instance_id=number)).text for number in (1, 2, 1003)]
    assert ids == ["1795262400250001", "1795262400250002", "1795262400250003"]


@pytest.mark.parametrize(
    ("placeholder", "is_name"),
    [
        ("yyyy-MM-dd", False), ("HH:mm:ss", False), ("0.00", False), ("#,##0", False), ("N2", False), ("C", False),
        ("D5", False), ("F2", False), ("dddd", False), ("R", False), ("tt", False), ("'at' HH", False), ("zzz", False),
        ("Reverse", True), ("ProperCase", True), ("Pad(3)", True), ("ToUpper", True), (" Reverse ", True),
    ],
)  # fmt: skip
def test_only_what_can_be_no_format_counts_as_an_unknown_modifier(placeholder: str, is_name: bool) -> None:
    """A format that was refused or passed over would break a workflow that works."""
    root = receiver(VariableTransformers=guid("d1"), ResponseMessageTemplate=f"${{x:{placeholder}}}")
    options = with_switches(unknownModifier="refused")
    problems = prepare_workflow([root, transformers("d1", create_variable("x", ""))], options=options).problems
    assert (ProblemCode.MODIFIER_MALFORMED in {one.code for one in problems}) is is_name


def test_a_workflow_without_switches_has_messages_of_the_usual_classes() -> None:
    """No request pays for a switch that is not set."""
    from httpreceiver_workflow.contract.enums import MessageType
    from httpreceiver_workflow.messages.formats import message_format
    from httpreceiver_workflow.messages.hl7v2 import Hl7Message
    from httpreceiver_workflow.messages.json_tree import JsonMessage

    assert type(message_format(MessageType.JSON, None).parse("{}")) is JsonMessage
    assert type(message_format(MessageType.HL7_V2, None).parse(ADT)) is Hl7Message
