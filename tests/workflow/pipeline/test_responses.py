"""The truth table of responses: every mode with every outcome, for HL7 and for the rest."""

import pytest

from engine import ADT, Ran, filter_host, guid, prepare, receiver, request, run, transformers, typed
from httpreceiver_workflow.contract.response_mode import ResponseMode, response_mode
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.pipeline.effects import Fault, FaultKind, OutcomeKind, Reply, Send, Stage

SWAPPED = "MSH|^~\\&|EHR|CLINIC|LAB|HOSP|20240105103000||ACK^A01^ACK|MSG001|P|2.5.1"

MODES = {
    "none": {"ReturnNoResponse": True},
    "activity": {"ReturnResponseFromActivity": True, "ReturnResponseFromActivityId": guid("b1")},
    "custom": {"ReturnCustomResponse": True, "ResponseMessageTemplate": "custom"},
    "error": {"ReturnCustomResponse": False, "ReturnApplicationError": True, "ErrorMessage": "Bad|thing"},
    "reject": {"ReturnCustomResponse": False, "ReturnApplicationReject": True, "RejectMessage": "Closed"},
    "accept": {"ReturnCustomResponse": False, "ReturnApplicationAccept": True},
}

BLOCKED = typed("StringMessageFilter", Path="no", Value="yes", FromDirection=2)


def exchange(mode: str, outcome: str, message_type: int = 1) -> Ran:
    """Run one HL7 message through a workflow in *mode* that ends in *outcome*."""
    filters = [BLOCKED] if outcome == "filtered" else []
    prepared = prepare(
        receiver(MessageType=message_type, Filters=guid("c1"), Activities=[guid("b1")], **MODES[mode]),
        filter_host("c1", *filters),
        typed("HttpSenderSetting", Id=guid("b1"), Name="next", Server="http://next/", MessageType=13),
    )

    def perform(_: Send) -> Reply | Fault:
        if outcome == "errored":
            return Fault(FaultKind.CONNECTIVITY, Stage.ACTIVITY, "no route")
        return Reply(body=b"answered")

    return run(prepared, request(ADT), perform)


@pytest.mark.parametrize(
    ("mode", "outcome", "status", "body"),
    [
        ("none", "completed", 200, ""),
        ("none", "filtered", 200, ""),
        ("none", "errored", 500, ""),
        ("activity", "completed", 200, "answered"),
        ("activity", "filtered", 200, f"{SWAPPED}\rMSA|AR|MSG001|Message was filtered"),
        ("activity", "errored", 500, f"{SWAPPED}\rMSA|AE|MSG001|no route"),
        ("custom", "completed", 200, "custom"),
        ("custom", "filtered", 200, f"{SWAPPED}\rMSA|AR|MSG001|Message was filtered"),
        ("custom", "errored", 500, f"{SWAPPED}\rMSA|AE|MSG001|no route"),
        ("error", "completed", 200, f"{SWAPPED}\rMSA|AE|MSG001|Bad\\F\\thing"),
        ("error", "filtered", 200, f"{SWAPPED}\rMSA|AR|MSG001|Message was filtered"),
        ("error", "errored", 500, f"{SWAPPED}\rMSA|AE|MSG001|no route"),
        ("reject", "completed", 200, f"{SWAPPED}\rMSA|AR|MSG001|Closed"),
        ("reject", "filtered", 200, f"{SWAPPED}\rMSA|AR|MSG001|Closed"),
        ("reject", "errored", 500, f"{SWAPPED}\rMSA|AE|MSG001|no route"),
        ("accept", "completed", 200, f"{SWAPPED}\rMSA|AA|MSG001"),
        ("accept", "filtered", 200, f"{SWAPPED}\rMSA|AR|MSG001|Message was filtered"),
        ("accept", "errored", 500, f"{SWAPPED}\rMSA|AE|MSG001|no route"),
    ],
)
def test_each_mode_answers_each_outcome_as_the_table_says(mode: str, outcome: str, status: int, body: str) -> None:
    ran = exchange(mode, outcome)
    assert (status, body) == (ran.response.status, ran.text)
    assert OutcomeKind(outcome) == ran.outcome.kind


@pytest.mark.parametrize("mode", ["error", "reject", "accept"])
@pytest.mark.parametrize(("outcome", "status"), [("completed", 200), ("filtered", 200), ("errored", 500)])
def test_generated_acknowledgements_are_empty_for_types_other_than_hl7(mode: str, outcome: str, status: int) -> None:
    ran = exchange(mode, outcome, message_type=13)
    assert (status, "", "") == (ran.response.status, ran.text, ran.response.content_type)


def test_a_custom_response_that_mentions_the_error_is_used_when_the_run_errored() -> None:
    prepared = prepare(
        receiver(ResponseMessageTemplate="${WorkflowError}: ${WorkflowErrorMessage}", Activities=[guid("b1")]),
        typed("HttpSenderSetting", Id=guid("b1"), Server="http://next/", MessageType=13),
    )
    ran = run(prepared, request("x"), lambda _: Fault(FaultKind.CONNECTIVITY, Stage.ACTIVITY, "no route"))
    assert (500, "True: no route") == (ran.response.status, ran.text)


def test_an_activity_that_gave_no_response_is_named_in_the_reject() -> None:
    prepared = prepare(
        receiver(MessageType=1, Activities=[guid("b1")], **MODES["activity"], ReturnResponseFromActivityName="next"),
        typed("HttpSenderSetting", Id=guid("b1"), Server="http://next/", MessageType=13, Disabled=True),
    )
    ran = run(prepared, request(ADT))
    assert (500, f"{SWAPPED}\rMSA|AR|MSG001|Activity next did not execute") == (ran.response.status, ran.text)


def test_a_binary_response_is_the_decoded_base64() -> None:
    ran = run(prepare(receiver(MessageType=14, ResponseMessageTemplate="aGVsbG8=")), request("x"))
    assert (200, b"hello", "application/octet-stream") == (
        ran.response.status,
        ran.response.body,
        ran.response.content_type,
    )


def test_a_binary_response_that_is_not_base64_is_an_error_and_no_activity_runs_after_it() -> None:
    prepared = prepare(
        receiver(MessageType=14, ResponseMessageTemplate="not base64!", ReponsePriority=0, Activities=[guid("b1")]),
        typed("HttpSenderSetting", Id=guid("b1"), Server="http://next/", MessageType=13),
    )
    ran = run(prepared, request("x"))
    assert (500, b"", []) == (ran.response.status, ran.response.body, ran.sends)
    assert OutcomeKind.ERRORED == ran.outcome.kind


def test_an_error_without_a_usable_header_segment_is_still_an_error_status() -> None:
    prepared = prepare(
        receiver(MessageType=1, **MODES["accept"], VariableTransformers=guid("d1")),
        transformers("d1", typed("AppendLineTransformerAction", FromPath="ZZZ|1", FromDirection=2)),
    )
    ran = run(prepared, request("not hl7"))
    assert (400, "") == (ran.response.status, ran.text)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ResponseMode.CUSTOM),
        ({"return_application_accept": True}, ResponseMode.ACCEPT),
        ({"return_application_accept": True, "return_custom_response": True}, ResponseMode.CUSTOM),
        ({"return_custom_response": False}, ResponseMode.ACCEPT),
        ({"return_no_response": True, "return_response_from_activity": True}, ResponseMode.NONE),
        ({"return_response_from_activity": True, "return_custom_response": True}, ResponseMode.ACTIVITY),
        ({"return_application_error": True, "return_application_reject": True}, ResponseMode.ERROR),
        ({"return_application_reject": True, "return_application_accept": True}, ResponseMode.REJECT),
    ],
)
def test_the_first_mode_that_is_on_wins(fields: dict[str, bool], expected: ResponseMode) -> None:
    assert expected is response_mode(HttpReceiver(where="$", **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message_type", "template", "expected"),
    [
        (0, '{"a":1}', "application/json; charset=utf-8"),
        (0, "<a/>", "application/xml; charset=utf-8"),
        (3, "<Patient/>", "application/xml; charset=utf-8"),
        (4, "<a/>", "application/xml; charset=utf-8"),
        (5, "a,b", "text/csv; charset=utf-8"),
        (11, "{}", "application/json; charset=utf-8"),
        (13, "a", "text/plain; charset=utf-8"),
    ],
)
def test_the_content_type_is_that_of_the_message_that_is_returned(
    message_type: int, template: str, expected: str
) -> None:
    ran = run(prepare(receiver(MessageType=message_type, ResponseMessageTemplate=template)), request("x"))
    assert expected == ran.response.content_type
