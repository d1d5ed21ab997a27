"""`response` and `errorResponse`: what they replace, what they leave, what is refused."""

from typing import Any, Final

import pytest

from engine import ADT, Ran, create_variable, drive, filter_host, receiver, request, string_filter, transformers
from httpreceiver_workflow import Prepared, prepare_workflow
from httpreceiver_workflow.options import read_options
from httpreceiver_workflow.pipeline.effects import Fault, FaultKind, OutcomeKind, Reply, Send, Stage
from httpreceiver_workflow.pipeline.runner import run_pipeline
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import a_sender, with_activities

OWN: Final = {"ResponseMessageTemplate": "own answer"}
HL7: Final = {"MessageType": 1, "ReturnResponseMessage": True, "ResponseMessageTemplate": ""}


def prepared(settings: list[Any] | None = None, **spec: Any) -> Prepared:
    """Return a workflow, by default one that answers ``own answer``, with *spec* beside it."""
    options, problems = read_options(spec)
    assert problems == ()
    return prepare_workflow([receiver(**OWN)] if settings is None else settings, options=options)


def ran(settings: list[Any] | None = None, body: str = "", reply: Reply | Fault | None = None, **spec: Any) -> Ran:
    """Return one run; every activity answers *reply*."""
    made = prepared(settings, **spec)
    assert made.pipeline is not None, made.problems

    def perform(_: Send) -> Reply | Fault:
        return reply or Reply()

    return drive(run_pipeline(made.pipeline, request(body)), perform)


def failing(**members: Any) -> list[Any]:
    """Return a workflow that flags its own run as errored."""
    flag = transformers(
        "d1", create_variable("WorkflowError", "true", 2), create_variable("WorkflowErrorMessage", "no", 2)
    )
    return [receiver(VariableTransformers="00000000-0000-0000-0000-0000000000d1", **members), flag]


def test_what_is_given_replaces_and_the_rest_stays() -> None:
    response = ran(response={"statusCode": 201}).response
    assert (response.status, response.body, response.content_type) == (201, b"own answer", "text/plain; charset=utf-8")
    response = ran(response={"body": "${HttpMethod}", "contentType": "text/x-method"}).response
    assert (response.status, response.body, response.content_type) == (200, b"POST", "text/x-method")


def test_status_reason_and_headers_come_from_expressions_and_templates() -> None:
    response = ran(
        response={
            "statusCode": "#[200 + 1]",
            "reasonPhrase": "#['Cre' + 'ated']",
            "headers": [
                {"name": "X-Time", "value": "50s"},
                {"name": "X-Method", "value": "${HttpMethod}"},
                {"name": "X-Many", "value": "#[['a', 'b']]"},
                {"name": "X-None", "value": "#[null]"},
                {"name": "X-Time", "value": "#[60]"},
            ],
        }
    ).response
    assert (response.status, response.reason) == (201, "Created")
    assert response.headers == (
        ("X-Time", "50s"),
        ("X-Method", "POST"),
        ("X-Many", "a"),
        ("X-Many", "b"),
        ("X-Time", "60"),
    )


@pytest.mark.parametrize(
    "name", ["Content-Type", "content-length", "Transfer-Encoding", "Connection", "TE", "Trailer", "Upgrade", "Date"]
)
def test_headers_of_the_connection_are_refused(name: str) -> None:
    [problem] = prepared(errorResponse={"headers": [{"name": name, "value": "1"}]}).problems
    assert (problem.where, problem.code) == (
        "spec.errorResponse.headers[0].name",
        ProblemCode.RESPONSE_HEADER_REFUSED,
    )


@pytest.mark.parametrize("status", ["99", "199", "600", "abc", "²00"])
def test_a_status_that_is_none_is_refused(status: str) -> None:
    """As text at load; of an expression when it is made."""
    [problem] = prepared(response={"statusCode": status}).problems
    assert (problem.where, problem.code) == ("spec.response.statusCode", ProblemCode.VALUE_OUT_OF_RANGE)
    result = ran(response={"statusCode": f"#['{status}']"})
    assert (result.response.status, result.outcome.kind) == (500, OutcomeKind.ERRORED)


@pytest.mark.parametrize("field", ["reasonPhrase", "contentType", "header"])
@pytest.mark.parametrize("text", ["a\\r\\nSet-Cookie: b", "a\\nb", "a\\u0000b", "ä", "\\u2028", "a\\u007fb"])
def test_what_would_break_the_head_apart_is_a_fault(field: str, text: str) -> None:
    value = f"#['{text}']"
    spec = {"headers": [{"name": "X", "value": value}]} if field == "header" else {field: value}
    result = ran(response=spec)
    assert result.outcome.fault is not None
    assert result.outcome.fault.kind is FaultKind.EXPRESSION
    assert (result.response.status, result.response.headers, result.response.reason) == (500, (), "")


def test_without_fields_beside_it_the_workflow_answers_as_before() -> None:
    bare, empty = ran(failing()), ran(failing(), response={}, errorResponse={"body": ""})
    assert (bare.response.status, bare.response.fault, empty.response.status) == (500, None, 500)
    assert ran(response={}).response == ran().response


def test_an_errored_run_gets_the_error_response() -> None:
    response = ran(
        failing(), errorResponse={"body": "#[error.kind + ' at ' + error.stage + ': ' + error.description]"}
    ).response
    assert (response.status, response.body) == (500, b"Workflow at response: no")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.CONNECTIVITY, 504),
        (FaultKind.ACTIVITY_TIMEOUT, 408),
        (FaultKind.ACTIVITY_FAILED, 503),
    ],
)
def test_the_status_of_the_kind_comes_before_the_status(kind: FaultKind, status: int) -> None:
    result = ran(
        with_activities(a_sender(MessageTemplate="{}"), **OWN),
        reply=Fault(kind, Stage.ACTIVITY, "secret.internal is down"),
        errorResponse={"statusCode": 503, "statusByKind": {"Connectivity": 504, "ActivityTimeout": 408}},
    )
    assert result.response.status == status
    assert result.response.fault is not None
    assert result.response.fault.kind is kind


def test_an_hl7_caller_keeps_its_acknowledgement() -> None:
    response = ran(failing(**HL7), body=ADT, errorResponse={"statusCode": 502}).response
    assert response.status == 502
    assert b"\rMSA|AE|MSG001" in response.body
    assert response.fault is None


def test_a_response_that_fails_is_answered_by_the_error_response() -> None:
    result = ran(
        response={"statusCode": "#['x']"}, errorResponse={"statusCode": 502, "body": "#['failed: ' + error.kind]"}
    )
    assert (result.response.status, result.text) == (502, "failed: Expression")
    assert result.outcome.kind is OutcomeKind.ERRORED


def test_an_error_response_that_fails_too_is_answered_with_a_body_of_the_drivers() -> None:
    response = ran(failing(), errorResponse={"headers": [{"name": "X", "value": "#['ä']"}]}).response
    assert (response.status, response.headers) == (500, ())
    assert response.fault is not None


def test_a_filtered_run_is_answered_by_the_workflow() -> None:
    settings = [
        receiver(Filters="00000000-0000-0000-0000-0000000000f1", **OWN),
        filter_host("f1", string_filter("", "never")),
    ]
    result = ran(settings, body="x", response={"statusCode": 299}, errorResponse={"statusCode": 599})
    assert (result.outcome.kind, result.response.status) == (OutcomeKind.FILTERED, 200)


def test_an_answer_upon_arrival_has_the_variables_beside_the_workflow() -> None:
    result = ran(
        [receiver(ReponsePriority=0, **OWN)],
        variables=[{"name": "a", "value": "early"}],
        response={"body": "${a}"},
    )
    assert result.text == "early"


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        ("#[{'a': 1}]", "application/json", b'{"a":1}'),
        ("#[b'\\xff']", "application/octet-stream", b"\xff"),
        ("", "", b""),
        ("grün", "text/plain; charset=utf-8", "grün".encode()),
    ],
)
def test_the_content_type_follows_the_body(body: str, content_type: str, sent: bytes) -> None:
    response = ran(response={"body": body}).response
    assert (response.content_type, response.body) == (content_type, sent)


def test_the_status_that_a_switch_chose_stays_where_none_is_given() -> None:
    spec: dict[str, Any] = {"compatibility": {"erroredStatus": "badGateway", "completedStatus": "accepted"}}
    headers = [{"name": "X", "value": "1"}]
    assert ran(failing(), errorResponse={"headers": headers}, **spec).response.status == 502
    assert ran(response={"headers": headers}, **spec).response.status == 202
