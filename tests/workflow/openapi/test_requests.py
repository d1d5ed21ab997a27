"""What callers are told that receivers read: parameters, bodies, examples."""

from typing import Any

import pytest

from openapi_documents import described, document_of, routed, the_operation


def test_query_parameters_of_a_workflow_have_their_default_or_sample() -> None:
    """None is required, since a missing one leaves the default or nothing."""
    declared = {
        "siteId": {"VariableName": "SiteId", "SampleVariableValue": "main", "SampleValueIsDefaultValue": True},
        "ward": {"VariableName": "Other", "SampleVariableValue": "north"},
    }
    operation = the_operation(described(ExtractParameters=True, QueryStringParameters=declared))
    assert [
        {"name": "SiteId", "in": "query", "required": False, "schema": {"type": "string", "default": "main"}},
        {"name": "ward", "in": "query", "required": False, "schema": {"type": "string"}, "example": "north"},
    ] == operation["parameters"]


@pytest.mark.parametrize(
    ("expression", "name", "place", "required"),
    [
        ("attributes.headers['x-ward']", "x-ward", "header", True),
        ("attributes.headers.accept_me + ''", "accept_me", "header", True),
        ("attributes.headers['x-ward'] + ' why? ' + vars.?a.orValue('')", "x-ward", "header", True),
        ("attributes.headers[?'x-ward'].orValue('')", "x-ward", "header", False),
        ("attributes.method == 'GET'?attributes.headers['x-ward']:''", "x-ward", "header", False),
        ("'x-ward' in attributes.headers ? attributes.headers['x-ward'] : ''", "x-ward", "header", False),
        ("has(attributes.queryParams.a) ? attributes.queryParams.a : ''", "a", "query", False),
        ("attributes.queryParams.overwrite", "overwrite", "query", True),
        ('attributes.queryParams["a b"]', "a b", "query", True),
        ("attributes.queryParams['all']", "all", "query", True),
        ("attributes.queryParams.?overwrite.orValue('')", "overwrite", "query", False),
    ],
)
def test_what_expressions_read_is_a_parameter(expression: str, name: str, place: str, required: bool) -> None:
    """Required where the run fails without it."""
    operation = the_operation(described(spec={"variables": [{"name": "x", "value": f"#[{expression}]"}]}))
    assert [{"name": name, "in": place, "required": required, "schema": {"type": "string"}}] == operation["parameters"]


def test_what_no_request_can_hold_is_no_parameter() -> None:
    """A name with half a surrogate pair, and a header whose name is none."""
    spec = {"variables": [{"name": "x", "value": "#[attributes.headers['a b']]"}]}
    operation = the_operation(described(spec=spec, ExtractParameters=True, QueryStringParameters={"a\ud800": {}}))
    assert "parameters" not in operation


def test_a_parameter_of_which_all_values_are_read_may_be_repeated() -> None:
    """As an array, which OpenAPI sends as one parameter for each item."""
    spec = {"response": {"body": "#[attributes.queryParams.all.?notify.orValue([])]"}}
    [parameter] = the_operation(described(spec=spec))["parameters"]
    assert {"type": "array", "items": {"type": "string"}} == parameter["schema"]


def test_what_only_the_error_response_reads_is_optional() -> None:
    """Most requests never come there."""
    [parameter] = the_operation(described(spec={"errorResponse": {"body": "#[attributes.headers['x-lang']]"}}))[
        "parameters"
    ]
    assert ("x-lang", False) == (parameter["name"], parameter["required"])


def test_headers_that_every_request_has_are_no_parameters() -> None:
    """OpenAPI says that Content-Type and Authorization as parameters are to be ignored."""
    spec = {"variables": [{"name": "x", "value": "#[attributes.headers['content-type']]"}]}
    assert "parameters" not in the_operation(described(spec=spec))


@pytest.mark.parametrize(
    ("message_type", "media_types"),
    [
        (0, ["application/hl7-v2", "application/json", "application/xml", "text/plain"]),
        (1, ["application/hl7-v2", "text/plain"]),
        (2, ["application/xml", "text/xml"]),
        (3, ["application/fhir+json", "application/fhir+xml", "application/json", "application/xml"]),
        (4, ["application/xml", "text/xml"]),
        (5, ["text/csv"]),
        (11, ["application/json"]),
        (13, ["text/plain"]),
        (14, ["text/plain"]),
        (16, ["text/plain"]),
    ],
)
def test_the_message_type_says_which_bodies_are_sent(message_type: int, media_types: list[str]) -> None:
    """Binary and DICOM are base64 text, as in the contract."""
    body = the_operation(described(MessageType=message_type))["requestBody"]
    assert media_types == sorted(body["content"])


def test_exact_bytes_are_asked_for_as_bytes() -> None:
    """With `request.text: Base64`."""
    body = the_operation(described(spec={"request": {"text": "Base64"}}, MessageType=14))["requestBody"]
    assert ["application/octet-stream"] == list(body["content"])


def test_raw_dicom_is_asked_for_as_dicom() -> None:
    """With the switch that takes files as they are."""
    body = the_operation(described(spec={"compatibility": {"dicomBody": "raw"}}, MessageType=16))["requestBody"]
    assert ["application/dicom", "text/plain"] == list(body["content"])


def test_parts_that_expressions_read_are_a_multipart_form() -> None:
    """With their names."""
    spec = {
        "variables": [
            {"name": "a", "value": "#[payload.parts.name.content]"},
            {"name": "b", "value": "#[payload.parts.logo.filename]"},
        ]
    }
    body = the_operation(described(spec=spec, MessageType=13))["requestBody"]
    [(media_type, described_media)] = body["content"].items()
    assert "multipart/form-data" == media_type
    assert {"name", "logo"} == set(described_media["schema"]["properties"])


def test_what_only_looks_like_the_payload_is_not_the_body() -> None:
    """A variable of that name, or a text."""
    body = "#[vars.payload + 'payload.parts.name']"
    content = the_operation(described(spec={"response": {"body": body}}, MessageType=13))["requestBody"]["content"]
    assert ["text/plain"] == list(content)


def test_a_payload_of_fields_is_json_or_a_form() -> None:
    """Of a receiver of text, whose payload is read by its Content-Type."""
    body = the_operation(described(spec={"response": {"body": "#[payload.name]"}}, MessageType=13))["requestBody"]
    assert ["application/json", "application/x-www-form-urlencoded"] == list(body["content"])
    body = the_operation(described(spec={"response": {"body": "#[payload.all.name]"}}, MessageType=13))["requestBody"]
    assert ["application/x-www-form-urlencoded"] == list(body["content"])


@pytest.mark.parametrize(
    ("message_type", "template", "examples"),
    [
        (11, '{"a": [1]}', {"application/json": {"a": [1]}}),
        (11, "no json", {}),
        (1, "MSH|^~\\&|A", {"application/hl7-v2": "MSH|^~\\&|A", "text/plain": "MSH|^~\\&|A"}),
        (4, "<a/>", {"application/xml": "<a/>", "text/xml": "<a/>"}),
        (13, "to ${Somebody}", {}),
        (13, "", {}),
        (13, "a" * 20_000, {}),
    ],
)
def test_the_sample_of_a_workflow_is_its_example(message_type: int, template: str, examples: dict[str, Any]) -> None:
    """Where it is what it says, and nothing in it is a placeholder."""
    body = the_operation(described(MessageType=message_type, ReceivedMessageTemplate=template))["requestBody"]
    assert examples == {name: media["example"] for name, media in body["content"].items() if "example" in media}


def test_methods_without_a_body_have_none() -> None:
    """GET and its like; RFC 9110 gives their bodies no meaning."""
    item = document_of(routed("a", "api", methods=["GET", "DELETE", "PUT"]))["paths"]["/api"]
    assert [False, False, True] == ["requestBody" in item[method] for method in ("get", "delete", "put")]


def test_correlation_is_a_header_both_ways() -> None:
    """The caller's id is returned with every answer that is described here."""
    operation = the_operation(described(spec={"correlation": {"enabled": True}}, ResponseMessageTemplate='"ok"'))
    assert ["X-Correlation-ID", "traceparent"] == [one["name"] for one in operation["parameters"]]
    assert "X-Correlation-ID" in operation["responses"]["200"]["headers"]
