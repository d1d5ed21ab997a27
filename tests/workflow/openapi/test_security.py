"""Whom receivers let in, as far as callers must know; nothing that protects a receiver is told."""

import json

from httpreceiver_workflow.endpoint import Scheme
from openapi_documents import EACH_KIND, OVER_TLS, described, document_of, the_operation


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


def test_what_only_those_who_are_let_in_get_is_not_told() -> None:
    """A fixed body or header is an example where everybody gets it."""
    members = {"ResponseMessageTemplate": '"for-callers"', **OVER_TLS}
    spec = {"response": {"headers": [{"name": "X-Note", "value": "for-callers"}]}}
    open_to_all = json.dumps(document_of(described(spec=spec, **members)))
    guarded = document_of(described(spec=spec | {"auth": EACH_KIND}, **members))
    assert 2 == open_to_all.count("for-callers")
    assert "for-callers" not in json.dumps(guarded)
    header = guarded["paths"]["/v"]["post"]["responses"]["200"]["headers"]["X-Note"]
    assert {"required": True, "schema": {"type": "string"}} == header


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
