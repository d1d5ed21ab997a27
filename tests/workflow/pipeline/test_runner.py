"""The order of one run: priorities, errors, what runs and what does not."""

import pytest

from engine import (
    ADT,
    RECEIVER,
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
from httpreceiver_workflow.pipeline.effects import (
    Fault,
    FaultKind,
    FileWrite,
    OutcomeKind,
    Reply,
    Respond,
    Send,
    Stage,
)


def writer(suffix: str, template: str, **fields: object) -> dict[str, object]:
    """Return a file writer of text messages."""
    return typed(
        "FileWriterSenderSetting",
        Id=guid(suffix),
        FilePathToWrite=f"{suffix}.txt",
        MessageType=13,
        MessageTemplate=template,
        **fields,
    )


@pytest.mark.parametrize(
    ("priority", "order", "body"),
    [(0, [Respond, Send], "sent "), (1, [Respond, Send], "sent L"), (2, [Send, Respond], "sent L")],
)
def test_the_priority_decides_what_the_response_waits_for(priority: int, order: list[type], body: str) -> None:
    prepared = prepare(
        receiver(
            ReponsePriority=priority,
            VariableTransformers=guid("d1"),
            ResponseMessageTemplate="sent ${Later}",
            Activities=[guid("b1")],
        ),
        transformers("d1", create_variable("Later", "L", 2)),
        writer("b1", "${Later}"),
    )
    ran = run(prepared, request("x"))
    assert order == [type(effect) for effect in ran.effects]
    assert body == ran.text
    (send,) = ran.sends
    assert FileWrite(path="b1.txt", data=b"L\r\n", append=True) == send.call


@pytest.mark.parametrize(
    ("settings", "validates"),
    [
        ((receiver(),), False),
        ((receiver(Filters=guid("f1")), filter_host("f1")), False),
        ((receiver(Filters=guid("f1")), filter_host("f1", string_filter("", "x"))), True),
        ((receiver(Filters=guid("f1")), filter_host("f1", actions=(create_variable("a", "", 2),))), True),
        ((receiver(VariableTransformers=guid("d1")), transformers("d1", create_variable("a", "", 2))), True),
    ],
)
def test_a_pipeline_knows_whether_anything_stands_before_its_activities(
    settings: tuple[dict[str, object], ...], validates: bool
) -> None:
    prepared = prepare(*settings)
    assert prepared.pipeline is not None
    assert validates is prepared.pipeline.validates


@pytest.mark.parametrize(
    ("settings", "at_once"),
    [
        ((receiver(ReponsePriority=2),), True),
        ((receiver(ReponsePriority=2, Filters=guid("f1")), filter_host("f1", string_filter("", "x"))), True),
        ((receiver(ReponsePriority=2, Activities=[guid("b1")]), writer("b1", "a")), False),
        ((receiver(ReponsePriority=2, Activities=[guid("b1")]), writer("b1", "a", Disabled=True)), True),
        ((receiver(ReponsePriority=1),), False),
        ((receiver(ReponsePriority=0),), False),
    ],
    ids=["nothing", "filters", "activity", "activity switched off", "after validation", "upon arrival"],
)
def test_a_pipeline_knows_whether_its_runs_send_nothing_and_end_with_their_answer(
    settings: tuple[dict[str, object], ...], at_once: bool
) -> None:
    prepared = prepare(*settings)
    assert prepared.pipeline is not None
    assert at_once is prepared.pipeline.answers_at_once


def test_a_response_that_is_the_whole_request_stays_what_it_was_when_the_request_is_written_to() -> None:
    prepared = prepare(
        receiver(
            ReponsePriority=0,
            ResponseMessageTemplate=f"${{{RECEIVER} inbound}}",
            VariableTransformers=guid("d1"),
            Activities=[guid("b1")],
        ),
        transformers("d1", mapping("written", "", FromDirection=2)),
        writer("b1", f"${{{RECEIVER} outbound}} ${{{RECEIVER} inbound}}"),
    )
    ran = run(prepared, request("came"))
    assert "came" == ran.text
    assert [FileWrite(path="b1.txt", data=b"came written\r\n", append=True)] == [send.call for send in ran.sends]


def test_an_activity_that_fails_ends_the_run() -> None:
    prepared = prepare(
        receiver(ResponseMessageTemplate="ok", Activities=[guid("b1"), guid("b2")]),
        writer("b1", "a"),
        writer("b2", "b"),
    )
    fault = Fault(FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY, "disk full")
    ran = run(prepared, request("x"), lambda _: fault)
    assert [guid("b1")] == [send.activity_id for send in ran.sends]
    assert (OutcomeKind.ERRORED, fault) == (ran.outcome.kind, ran.outcome.fault)
    assert 500 == ran.response.status


def test_a_late_failure_after_an_early_response_is_told_by_the_outcome_only() -> None:
    prepared = prepare(
        receiver(ReponsePriority=0, ResponseMessageTemplate="ok", Activities=[guid("b1")]), writer("b1", "a")
    )
    ran = run(prepared, request("x"), lambda _: Fault(FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY, "disk full"))
    assert (200, OutcomeKind.ERRORED) == (ran.response.status, ran.outcome.kind)


def test_workflow_error_set_to_true_flags_the_run_and_lets_activities_go_on() -> None:
    prepared = prepare(
        receiver(ResponseMessageTemplate="ok", VariableTransformers=guid("d1"), Activities=[guid("b1")]),
        transformers("d1", create_variable("WorkflowError", "true", 2)),
        writer("b1", "a"),
    )
    ran = run(prepared, request("x"))
    assert (1, 500, OutcomeKind.ERRORED) == (len(ran.sends), ran.response.status, ran.outcome.kind)


def test_a_filtered_message_runs_no_transformer_and_no_activity() -> None:
    prepared = prepare(
        receiver(Filters=guid("c1"), VariableTransformers=guid("d1"), Activities=[guid("b1")], ReponsePriority=1),
        filter_host("c1", string_filter("", "let me in")),
        transformers("d1", create_variable("WorkflowError", "true", 2)),
        writer("b1", "a"),
    )
    ran = run(prepared, request("x"))
    assert ([], 200, OutcomeKind.FILTERED) == (ran.sends, ran.response.status, ran.outcome.kind)


def test_an_activity_filter_skips_only_that_activity() -> None:
    prepared = prepare(
        receiver(Activities=[guid("b1"), guid("b2")], ResponseMessageTemplate="done"),
        writer("b1", "a", Filters=guid("c1")),
        writer("b2", "b"),
        filter_host("c1", string_filter("", "never")),
    )
    ran = run(prepared, request("x"))
    assert [guid("b2")] == [send.activity_id for send in ran.sends]
    assert OutcomeKind.COMPLETED == ran.outcome.kind


def test_a_body_that_does_not_parse_errors_the_run_where_it_is_first_read() -> None:
    prepared = prepare(
        receiver(MessageType=11, Filters=guid("c1"), ResponseMessageTemplate="{}"),
        filter_host("c1", string_filter("a", "1")),
    )
    ran = run(prepared, request("{"))
    assert (400, OutcomeKind.ERRORED) == (ran.response.status, ran.outcome.kind)
    assert ran.outcome.fault is not None
    assert (FaultKind.BAD_REQUEST, Stage.FILTERS) == (ran.outcome.fault.kind, ran.outcome.fault.stage)


def test_a_reply_or_template_that_does_not_parse_is_not_the_callers_mistake() -> None:
    reads_reply = create_variable("x", "a", FromSetting=guid("b1"))
    prepared = prepare(
        receiver(MessageType=11, Activities=[guid("b1"), guid("b2")]),
        typed("HttpSenderSetting", Id=guid("b1"), Name="next", Server="http://next/", MessageType=11),
        writer("b2", "x", Transformers=guid("d1")),
        transformers("d1", reads_reply),
    )
    assert 500 == run(prepared, request("{}"), lambda _: Reply(body=b"{")).response.status
    mapped = (receiver(MessageType=11, ResponseMessageTemplate="{", Transformers=guid("d1")), mapping("a", "b"))
    assert 500 == run(prepare(mapped[0], transformers("d1", mapped[1])), request("{}")).response.status


def test_a_body_that_nobody_reads_is_never_parsed() -> None:
    assert "{}" == answer((receiver(MessageType=11, ResponseMessageTemplate="{}"),), "{")


def test_filters_of_an_activity_see_the_message_after_the_host_prepared_it() -> None:
    prepared = prepare(
        receiver(MessageType=11, Activities=[guid("b1")]),
        writer("b1", '{"a":""}', Filters=guid("c1")) | {"MessageType": 11},
        filter_host(
            "c1",
            string_filter("a", "yes", FromSetting=guid("b1"), FromDirection=1),
            actions=(mapping("ok", "a"),),
        ),
    )
    assert 1 == len(run(prepared, request('{"ok":"yes"}')).sends)
    assert 0 == len(run(prepared, request('{"ok":"no"}')).sends)


def test_the_response_of_one_activity_is_read_by_the_next() -> None:
    prepared = prepare(
        receiver(Activities=[guid("b1"), guid("b2")], ResponseMessageTemplate="got ${x}", Transformers=guid("d1")),
        typed("HttpSenderSetting", Id=guid("b1"), Server="http://one/", MessageType=11, MessageTemplate="{}"),
        writer("b2", f"${{{guid('b1')} inbound}}"),
        transformers("d1", create_variable("x", "id", FromSetting=guid("b1"))),
    )
    ran = run(prepared, request("x"), lambda send: Reply(body=b'{"id":"9"}' if send.activity_id == guid("b1") else b""))
    assert "got 9" == ran.text
    second = ran.sends[1].call
    assert isinstance(second, FileWrite)
    assert b'{"id":"9"}\r\n' == second.data


def test_variables_do_not_leak_between_runs() -> None:
    prepared = prepare(
        receiver(
            ResponseMessageTemplate="[${x}]",
            Filters=guid("c1"),
        ),
        filter_host("c1", actions=(create_variable("x", ""),)),
    )
    assert ["[first]", "[]"] == [run(prepared, request(body)).text for body in ("first", "")]


def test_an_unknown_charset_is_refused_before_the_run() -> None:
    ran = run(prepare(receiver(ResponseMessageTemplate="in")), request("x", content_type="text/plain; charset=klingon"))
    assert ran.response.fault is not None
    assert (415, FaultKind.UNSUPPORTED_MEDIA_TYPE) == (ran.response.status, ran.response.fault.kind)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("${HttpMethod} ${clientip}", "PUT 192.0.2.7"),
        ("${CurrentDateTime}|${ReceivedDate:yyyy-MM-dd}", "20261121120000|2026-11-21"),
        ("${CurrentDateTime:yyyy-MM-ddTHH:mm:ss.fff}", "2026-11-21T12:00:00.250"),
        ("${Today}", "20261121000000"),
        ("${WorkflowInstanceId}", "7"),
        ("${UUID}/${UUID}", "00000000-0000-4000-8000-000000000001/00000000-0000-4000-8000-000000000002"),
        ("${MLLPSTART}${CR}${LF}${MLLPEND}", "\x0b\r\n\x1c\r"),
        ("${WorkflowError}|${WorkflowErrorMessage}|${Unset}", "False||"),
        ("${WorkflowName}", "v"),
    ],
)
def test_built_in_variables_read_from_the_exchange(template: str, expected: str) -> None:
    assert expected == answer((receiver(ResponseMessageTemplate=template),), "x", method="PUT", instance_id=7)


def test_an_hl7_request_is_acknowledged_by_default_only_when_custom_is_off() -> None:
    settings = (receiver(MessageType=1, ReturnCustomResponse=False),)
    assert answer(settings, ADT).split("\r")[1] == "MSA|AA|MSG001"
