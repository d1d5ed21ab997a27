"""What callers are told that runs answer, and what the listener answers in their place."""

from typing import Any

import pytest

from openapi_documents import described, document_of, responses_of, the_operation
from workflow_files import a_sender, object_of, with_activities, with_filters

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("members", "media_types"),
    [
        ({"ResponseMessageTemplate": '{"a": "${x}"}'}, ["application/json"]),
        ({"ResponseMessageTemplate": ""}, []),
        ({"ReturnNoResponse": True}, []),
        ({"ReturnApplicationAccept": True}, []),
        ({"ReturnApplicationAccept": True, "MessageType": 1}, ["text/plain"]),
        ({"ReturnApplicationReject": True, "MessageType": 1}, ["text/plain"]),
        ({"ResponseMessageTemplate": "<a/>", "MessageType": 4}, ["application/xml"]),
        ({"ResponseMessageTemplate": "a,b", "MessageType": 5}, ["text/csv"]),
        ({"ResponseMessageTemplate": "YQ==", "MessageType": 14}, ["application/octet-stream"]),
        ({"ResponseMessageTemplate": "${x}", "MessageType": 3}, ["application/json", "application/xml"]),
    ],
)
def test_each_mode_answers_a_completed_run_with_its_media_types(
    members: dict[str, Any], media_types: list[str]
) -> None:
    """None for what is always empty."""
    assert media_types == responses_of(described(**members))["200"]


def test_the_response_of_an_activity_has_the_activitys_type() -> None:
    """Whatever the receiver's is."""
    sender = a_sender(MessageType=4, ResponseNotAvailable=False)
    settings = with_activities(sender, ReturnResponseFromActivity=True, ReturnResponseFromActivityId=sender["Id"])
    assert ["application/xml"] == responses_of(described(settings=settings))["200"]


def test_a_fixed_response_is_its_own_example() -> None:
    """Each caller gets it anyway."""
    operation = the_operation(described(ResponseMessageTemplate='{"ok": true}'))
    assert {"ok": True} == operation["responses"]["200"]["content"]["application/json"]["example"]


def test_early_answers_say_that_work_follows() -> None:
    """ReponsePriority 0 and 1."""
    texts = [
        the_operation(described(ReponsePriority=number, ResponseMessageTemplate='"ok"'))["responses"]["200"][
            "description"
        ]
        for number in (0, 1, 2)
    ]
    assert [True, True, False] == ["processed after the answer" in text for text in texts]


def test_a_filter_has_an_answer_of_its_own() -> None:
    """With the status that the switch gives it."""
    settings = with_filters(object_of("ValidMessageFilter", Comparer=0))
    assert "filtered" in the_operation(described(settings=settings))["responses"]["200"]["description"]
    responses = responses_of(
        described(spec={"compatibility": {"filteredStatus": "unprocessableContent"}}, settings=settings)
    )
    assert "422" in responses


def test_the_response_beside_a_workflow_replaces_status_body_and_headers() -> None:
    """Constants are told; what depends on the request is not."""
    spec = {
        "response": {
            "statusCode": 201,
            "headers": [{"name": "Location", "value": "/done"}, {"name": "X-Id", "value": "#[correlationId]"}],
            "contentType": "application/vnd.done+json",
            "body": "#[{'a': 1}]",
        }
    }
    responses = the_operation(described(spec=spec))["responses"]
    assert "200" not in responses
    assert ["application/vnd.done+json"] == list(responses["201"]["content"])
    headers = responses["201"]["headers"]
    assert {"required": True, "schema": {"type": "string", "const": "/done"}} == headers["Location"]
    assert {"schema": {"type": "string"}} == headers["X-Id"]


@pytest.mark.parametrize(
    ("body", "media_types"),
    [
        ("plain", ["text/plain"]),
        ("${Name}", ["text/plain"]),
        ("#['a' + vars.b]", ["text/plain"]),
        ("#[['a'].join(',')]", ["text/plain"]),
        ("#[{'a': 1}]", ["application/json"]),
        ("#[[1, 2]]", ["application/json"]),
        ("#[b'a']", ["application/octet-stream"]),
        ("#[payload]", ["application/json", "application/octet-stream", "text/plain"]),
    ],
)
def test_an_authored_body_has_the_media_types_of_what_it_gives(body: str, media_types: list[str]) -> None:
    """As the type of the expression tells."""
    assert media_types == responses_of(described(spec={"response": {"body": body}}))["200"]


def test_a_status_that_the_request_decides_is_the_default_response() -> None:
    """So is its body's description."""
    responses = responses_of(described(spec={"response": {"statusCode": "#['201']", "body": "x"}}))
    assert ["text/plain"] == responses["default"]
    assert "200" not in responses


def test_headers_of_one_name_are_described_once() -> None:
    """Whatever their letter case."""
    headers = [{"name": "Set-Cookie", "value": "a=b"}, {"name": "set-cookie", "value": "c=d"}]
    operation = the_operation(described(spec={"response": {"headers": headers}}, ResponseMessageTemplate='"ok"'))
    assert {"Set-Cookie": {"schema": {"type": "string"}}} == operation["responses"]["200"]["headers"]


def test_a_content_type_that_is_none_or_depends_on_the_request_is_any() -> None:
    """OpenAPI's word for it is a range."""
    for authored in ("nonsense", "#['a/b']"):
        assert ["*/*"] == responses_of(described(spec={"response": {"body": "x", "contentType": authored}}))["200"]


def test_errored_runs_answer_by_kind() -> None:
    """With the body of `errorResponse`; what the listener refuses is a problem still."""
    spec = {"errorResponse": {"statusCode": 502, "statusByKind": {"Connectivity": 504}, "body": "failed"}}
    responses = responses_of(described(spec=spec))
    assert [["text/plain"], ["text/plain"], [PROBLEM]] == [responses[status] for status in ("502", "504", "400")]


def test_an_error_response_without_a_body_is_a_problem() -> None:
    """Unless the caller sent HL7, who keeps the acknowledgement."""
    spec = {"errorResponse": {"statusCode": 502}}
    assert [PROBLEM] == responses_of(described(spec=spec))["502"]
    assert ["text/plain"] == responses_of(described(spec=spec, MessageType=1))["502"]


def test_limits_add_what_they_answer() -> None:
    """429 with Retry-After, and 504."""
    spec = {"limits": {"rates": [{"requests": 5}], "requestTimeout": "5s"}}
    assert {"429", "504"} <= set(responses_of(described(spec=spec)))
    assert not {"429", "504"} & set(responses_of(described()))
    too_many = document_of(described(spec=spec))["components"]["responses"]["TooManyRequests"]
    assert too_many["headers"]["Retry-After"]["required"]


def test_a_header_that_only_some_answers_with_a_status_have_is_not_required() -> None:
    """A run that errs with 503 does not say when to try again; a refusal with 503 does."""
    spec = {"compatibility": {"erroredStatus": "serviceUnavailable"}}
    unavailable = the_operation(described(spec=spec, ResponseMessageTemplate='"ok"'))["responses"]["503"]
    assert not unavailable["headers"]["Retry-After"].get("required", False)
    assert [PROBLEM] == list(unavailable["content"])
