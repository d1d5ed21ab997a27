"""What a document tells callers: paths, methods and hosts of receivers, what they read and answer, whom they let in."""

import json
import random
from typing import Any

import msgspec
import pytest

from httpreceiver_workflow.endpoint import Scheme
from httpreceiver_workflow.openapi import Description, endpoint_document
from openapi_documents import described, document_of, responses_of, the_operation
from workflow_files import a_sender, object_of, with_activities, with_filters

SECTIONS = {
    "ExtractUrlSections": True,
    "UrlSections": [
        {"VariableName": "patientId", "SampleVariableValue": "12345"},
        {"VariableName": "kind", "SampleVariableValue": "visit", "SampleValueIsDefaultValue": True},
    ],
}
PROBLEM = "application/problem+json"


def routed(name: str, service_name: str, **route: Any) -> Description:
    """Return a receiver with a route."""
    return described(f"team/{name}", {"route": route} if route else {}, ServiceName=service_name)


def who(item: dict[str, Any]) -> dict[str, str]:
    """Return method → operation of a path item."""
    methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
    return {method: item[method]["operationId"] for method in methods if method in item}


# --- paths, methods and hosts ----------------------------------------------------------------------------------------


def test_without_a_route_everything_at_and_below_service_name_is_one_path_with_any_method() -> None:
    """Two extensions say so; POST stands for every method."""
    document = document_of(routed("a", "Api/Patient List"))
    assert ["/api/patient%20list"] == list(document["paths"])
    item = document["paths"]["/api/patient%20list"]
    assert ("a.post", True) == (item["x-any-method"], item["x-further-segments"])
    assert {"post": "a.post"} == who(item)
    assert [{"url": "http://{host}:8080", "variables": {"host": {"default": "localhost"}}}] == document["servers"]


def test_each_url_section_has_a_path_of_its_own() -> None:
    """The shorter ones are how a default is asked for."""
    document = document_of(described(ServiceName="p", **SECTIONS))
    assert ["/p", "/p/{patientId}", "/p/{patientId}/{kind}"] == list(document["paths"])
    patient, kind = document["paths"]["/p/{patientId}/{kind}"]["parameters"]
    assert ("patientId", "path", True, "12345") == (
        patient["name"],
        patient["in"],
        patient["required"],
        patient["example"],
    )
    assert "The path without it means visit." == kind["description"]
    assert {"post": "a.post.3"} == who(document["paths"]["/p/{patientId}/{kind}"])


def test_a_template_is_a_path_and_its_wildcards_are_parameters() -> None:
    """One in the middle is one segment; one at the end any number, so the path without it is there too."""
    document = document_of(routed("a", "api", path="{id}/*/logo", methods=["GET"]), routed("b", "b", path="{rest}/*"))
    assert ["/api/{id}/{any}/logo", "/b/{rest}", "/b/{rest}/{rest2}"] == list(document["paths"])
    assert "x-further-segments" not in document["paths"]["/api/{id}/{any}/logo"]
    [_, rest] = document["paths"]["/b/{rest}/{rest2}"]["parameters"]
    assert rest["x-further-segments"] is True


def test_receivers_share_a_path_by_method_whatever_they_call_its_parameters() -> None:
    """Who takes all methods is shown with the first that no other has."""
    document = document_of(
        routed("read", "api", path="account/{accountId}", methods=["GET"]),
        routed("write", "api", path="account/{id}", methods=["POST", "PUT"]),
        routed("other", "api", path="account/{x}"),
    )
    assert ["/api/account/{x}"] == list(document["paths"])
    item = document["paths"]["/api/account/{x}"]
    assert {"get": "read.get", "put": "write.put", "post": "write.post", "patch": "other.patch"} == who(item)
    assert "other.patch" == item["x-any-method"]


def test_a_less_specific_receiver_stands_at_a_path_with_the_methods_that_are_left() -> None:
    """As the listener would let a request fall through to it."""
    document = document_of(
        routed("exact", "api/logo", path="/", methods=["GET"]),
        routed("one", "api", path="{any}", methods=["GET", "POST"]),
        routed("rest", "api", path="*", methods=["GET", "POST", "DELETE"]),
        routed("unlisted", "api", path="logo/*"),
    )
    found = who(document["paths"]["/api/logo"])
    assert {"get": "exact.get", "post": "unlisted.post"} == found  # a final * stands for nothing too
    assert {"get": "one.get", "post": "one.post", "delete": "rest.delete.2"} == who(document["paths"]["/api/{any}"])


def test_methods_that_openapi_has_no_place_for_are_additional_operations() -> None:
    """By the name and place that OpenAPI 3.2 gives them, as an extension."""
    item = document_of(routed("a", "api", methods=["PURGE", "GET"]))["paths"]["/api"]
    assert {"get": "a.get"} == who(item)
    assert "a.purge" == item["x-additional-operations"]["PURGE"]["operationId"]


def test_hostnames_are_servers() -> None:
    """A wildcard is a variable."""
    item = document_of(routed("a", "api", hostnames=["lab.test", "*.clinic.test"]), scheme=Scheme.HTTPS)["paths"][
        "/api"
    ]
    assert [
        {"url": "https://{name}.clinic.test:8080", "variables": {"name": {"default": "www"}}},
        {"url": "https://lab.test:8080"},
    ] == item["post"]["servers"]
    assert "404" in item["post"]["responses"]


def test_who_answers_elsewhere_at_a_host_of_its_own_stands_beside_the_path() -> None:
    """A path item has one operation for a method; the others are told with their hosts."""
    item = document_of(routed("all", "api"), routed("lab", "api", hostnames=["lab.test"]))["paths"]["/api"]
    assert "all.post" == item["post"]["operationId"]
    [elsewhere] = item["x-at-hostnames"]
    assert ("any", "lab.post") == (elsewhere["method"], elsewhere["operation"]["operationId"])
    assert [{"url": "http://lab.test:8080"}] == elsewhere["operation"]["servers"]


# --- what is read ----------------------------------------------------------------------------------------------------


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
        ("attributes.headers[?'x-ward'].orValue('')", "x-ward", "header", False),
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


# --- what is answered ------------------------------------------------------------------------------------------------


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
    spec = {"limits": {"rate": {"requests": 5}, "requestTimeout": "5s"}}
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


# --- who may call ----------------------------------------------------------------------------------------------------

EACH_KIND = [
    {"basic": {"secretRef": {"name": "secret-users"}, "realm": "Orders"}},
    {"bearer": {"secretRef": {"name": "secret-tokens"}}, "addresses": {"allow": ["10.1.2.0/24"]}},
    {"apiKey": {"secretRef": {"name": "secret-keys"}, "header": "X-API-Key"}},
    {"apiKey": {"secretRef": {"name": "secret-keys"}, "query": "key"}},
    {
        "jwt": {
            "jwks": {"url": "https://keys.internal.test/jwks"},
            "issuer": "https://login.test",
            "audiences": ["orders"],
            "requiredClaims": [{"name": "secret-claim", "values": ["secret-value"]}],
        }
    },
    {
        "clientCertificate": {"pins": ["a" * 64], "subjects": ["CN=secret-subject"]},
        "hmac": {"secretRef": {"name": "secret-signing"}, "preset": "StandardWebhooks"},
    },
]
OVER_TLS = {"UseSsl": True, "UseDefaultSSLCertificate": True}


def test_each_alternative_of_auth_is_a_requirement() -> None:
    """What stands in one alternative is asked for together."""
    document = document_of(described(spec={"auth": EACH_KIND}, **OVER_TLS), scheme=Scheme.HTTPS)
    operation = document["paths"]["/v"]["post"]
    schemes = document["components"]["securitySchemes"]
    kinds = [
        sorted((schemes[name]["type"], schemes[name].get("in", "")) for name in one) for one in operation["security"]
    ]
    assert [
        [("http", "")],
        [("http", "")],
        [("apiKey", "header")],
        [("apiKey", "query")],
        [("http", "")],
        [("apiKey", "header"), ("mutualTLS", "")],
    ] == kinds
    assert {"401", "403"} <= set(operation["responses"])
    [token] = [one for one in schemes.values() if one.get("bearerFormat") == "JWT"]
    assert "https://login.test" in token["description"]
    signature = schemes["hmac-StandardWebhooks"]
    assert "webhook-signature" == signature["name"]
    assert "{header:webhook-id}.{timestamp}.{body}" in signature["description"]
    assert ["webhook-timestamp", "webhook-id"] == [one["name"] for one in operation["parameters"]]


def test_nothing_that_protects_a_receiver_is_told() -> None:
    """Names of Secrets, networks, claims, pins and subjects are nobody's business."""
    text = json.dumps(document_of(described(spec={"auth": EACH_KIND}, **OVER_TLS)))
    for hidden in ("secret-", "10.1.2.0", "keys.internal.test", "a" * 64):
        assert hidden not in text


def test_what_the_workflow_asks_for_counts_with_each_alternative() -> None:
    """Basic only where it is enforced, a client certificate by TLS."""
    own = {"Authentication": True, "AuthenticationUserName": "secret-user", "AuthenticationPassword": "secret-word"}
    operation = the_operation(described(**own, **OVER_TLS, RequireClientCertificate=True))
    assert [{"basic": [], "mutualTLS": []}] == operation["security"]
    assert {"401", "403"} <= set(operation["responses"])
    assert "security" not in the_operation(described(**own))
    both = the_operation(described(spec={"auth": [EACH_KIND[2]]}, **OVER_TLS, RequireClientCertificate=True))
    assert [{"apiKey-header-X-API-Key": [], "mutualTLS": []}] == both["security"]


def test_addresses_alone_ask_for_no_credentials_and_answer_403() -> None:
    """An empty requirement is OpenAPI's word for it."""
    operation = the_operation(described(spec={"auth": [{"addresses": {"allow": ["10.0.0.0/8"]}}]}))
    assert [{}] == operation["security"]
    assert ("403" in operation["responses"], "401" in operation["responses"]) == (True, False)


# --- the whole -------------------------------------------------------------------------------------------------------


def test_a_document_is_the_same_whatever_the_order_of_receivers() -> None:
    """To the byte; so is its version."""
    receivers = [
        routed("b", "api", path="{x}/*"),
        routed("a", "api", path="{y}/logo", methods=["GET", "POST"]),
        routed("c", "api", hostnames=["lab.test"]),
        described("team/d", {"auth": EACH_KIND}, ServiceName="d", **OVER_TLS),
    ]
    expected = msgspec.json.encode(document_of(*receivers))
    for seed in range(5):
        random.Random(seed).shuffle(receivers)
        assert expected == msgspec.json.encode(document_of(*receivers))


def test_the_version_changes_with_what_callers_could_notice() -> None:
    """And with nothing else, such as the name of a workflow."""
    versions = [
        document_of(one)["info"]["version"]
        for one in (described(), described(Name="Internal name"), described(ServiceName="w"))
    ]
    assert versions[0] == versions[1] != versions[2]


def test_a_workflows_inner_texts_are_not_told() -> None:
    """Names of workflow and activities, URLs, and templates that are filled from messages or the host."""
    settings = with_activities(
        a_sender(Name="hidden-activity", Server="http://hidden-server.test/", MessageTemplate="hidden-message"),
        Name="hidden-name",
        WorkflowPatternName="hidden-pattern",
        ResponseMessageTemplate="hidden-response ${x}",
    )
    spec = {"variables": [{"name": "hidden-variable", "value": "hidden-value"}]}
    assert "hidden" not in json.dumps(document_of(described(spec=spec, settings=settings)))


def test_no_receivers_make_an_empty_document() -> None:
    """It is OpenAPI still."""
    assert {} == document_of()["paths"]


def test_documents_of_many_receivers_grow_with_their_number_only() -> None:
    """Each path asks only those that could answer there."""
    receivers = [described(f"team/r{number}", ServiceName=f"api/{number}") for number in range(300)]
    document = endpoint_document(Scheme.HTTP, 8080, receivers)
    assert 300 == len(document["paths"])
    assert all(len(who(item)) == 1 for item in document["paths"].values())


def test_tags_are_the_names_of_httpreceivers() -> None:
    """Without the namespace, which callers do not know."""
    document = document_of(described("team/b", ServiceName="w"), described("team/a"))
    assert [{"name": "a"}, {"name": "b"}] == document["tags"]
    assert "team" not in json.dumps(document)
