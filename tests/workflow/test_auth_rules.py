"""Mistakes in `auth` that no schema sees, each named at its place before any request."""

from typing import Any

import pytest

from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.options import read_options
from httpreceiver_workflow.options.auth import objects_used
from httpreceiver_workflow.options.signed_text import SignedTextFault, read_signed_text
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import a_receiver

SECRET = {"secretRef": {"name": "s"}}
KEYS = {"secretKeyRef": {"name": "s", "key": "k"}}
JWT = {"jwks": KEYS, "issuer": "i", "audiences": ["a"]}
CLEAR, PLAIN, INVALID = ProblemCode.AUTH_IN_CLEAR, ProblemCode.AUTH_WITHOUT_TLS, ProblemCode.AUTH_INVALID


def found(*auth: dict[str, Any], **members: Any) -> list[tuple[str, ProblemCode]]:
    """Return place and code of what is said of *auth* beside a sound workflow."""
    options, problems = read_options({"auth": list(auth)})
    assert problems == ()
    prepared = prepare_workflow([a_receiver(**members)], options=options)
    return [(problem.where, problem.code) for problem in prepared.problems if problem.where.startswith("spec.")]


@pytest.mark.parametrize(
    ("alternative", "where"),
    [
        ({}, ""),
        ({"allowInsecure": True}, ""),
        ({"basic": SECRET, "bearer": SECRET}, ""),
        ({"bearer": SECRET, "jwt": JWT}, ""),
        ({"addresses": {}}, ".addresses"),
        ({"addresses": {"allow": ["10.0.0.1/8"]}}, ".addresses.allow[0]"),
        ({"addresses": {"deny": ["::", "1.2.3"]}}, ".addresses.deny[1]"),
        ({"apiKey": SECRET}, ".apiKey"),
        ({"apiKey": {**SECRET, "header": "a", "query": "b"}}, ".apiKey"),
        ({"hmac": SECRET}, ".hmac"),
        ({"hmac": {**SECRET, "preset": "Slack", "prefix": "x"}}, ".hmac"),
        ({"hmac": {**SECRET, "header": "a", "signedText": "{bdy}"}}, ".hmac.signedText"),
        ({"hmac": {**SECRET, "header": "a", "signedText": "{timestamp}.{body}"}}, ".hmac.signedText"),
        ({"hmac": {**SECRET, "header": "a", "timestampHeader": "b"}}, ".hmac.signedText"),
        ({"jwt": {**JWT, "jwks": {}}}, ".jwt.jwks"),
        ({"jwt": {**JWT, "jwks": {**KEYS, "url": "https://id.test/"}}}, ".jwt.jwks"),
        ({"jwt": {**JWT, "algorithms": ["RS256", "HS256"]}}, ".jwt.algorithms"),
        ({"jwt": {**JWT, "jwks": {"url": "https://id.test/"}, "algorithms": ["HS256"]}}, ".jwt.algorithms"),
        ({"clientCertificate": {}}, ".clientCertificate"),
        ({"clientCertificate": {"names": ["a"]}}, ".clientCertificate"),
        ({"clientCertificate": {"trust": {}}}, ".clientCertificate.trust"),
    ],
)
def test_a_mistake_is_named_at_its_place(alternative: dict[str, Any], where: str) -> None:
    assert found({"hmac": {**SECRET, "preset": "GitHub"}}, alternative, UseSsl=True) == [
        (f"spec.auth[1]{where}", INVALID)
    ]


@pytest.mark.parametrize(
    "kind", [{"basic": SECRET}, {"bearer": SECRET}, {"apiKey": {**SECRET, "query": "k"}}, {"jwt": JWT}]
)
def test_a_secret_is_not_asked_for_in_clear_unless_that_is_permitted(kind: dict[str, Any]) -> None:
    assert found(kind) == [("spec.auth[0]", PLAIN)]
    assert found({**kind, "allowInsecure": True}) == [("spec.auth[0]", CLEAR)]
    assert found(kind, UseSsl=True) == []
    assert found(kind, UseIntegrationHostServiceAddress=True) == []


def test_what_carries_no_secret_may_go_in_clear() -> None:
    assert found({"hmac": {**SECRET, "preset": "GitHub"}, "addresses": {"allow": ["::1"]}}) == []


def test_a_certificate_needs_tls_or_a_proxy() -> None:
    rule = {"pins": ["a" * 40]}
    passed_on = {**rule, "forwarded": {"header": "X-C", "format": "Envoy"}}
    assert found({"clientCertificate": rule}) == [("spec.auth[0].clientCertificate", INVALID)]
    assert found({"clientCertificate": rule}, UseSsl=True) == []
    assert found({"clientCertificate": passed_on}) == []


@pytest.mark.parametrize("template", ["", "x", "{body}{body}", "{Body}{body}", "{body", "}{body}", "{header:}{body}"])
def test_a_signature_that_does_not_cover_the_body_once_is_no_template(template: str) -> None:
    with pytest.raises(SignedTextFault):
        read_signed_text(template)


def test_every_named_object_is_found_with_its_place() -> None:
    """The operator reads exactly these."""
    trust = {"trust": {"configMapKeyRef": {"name": "ca", "key": "ca.crt"}}}
    options, _ = read_options({"auth": [{"basic": SECRET}, {"jwt": JWT, "clientCertificate": trust}]})
    assert [(use.kind, use.name, use.key, use.where) for use in objects_used(options.auth)] == [
        ("Secret", "s", "", "spec.auth[0].basic.secretRef"),
        ("Secret", "s", "k", "spec.auth[1].jwt.jwks.secretKeyRef"),
        ("ConfigMap", "ca", "ca.crt", "spec.auth[1].clientCertificate.trust.configMapKeyRef"),
    ]
    assert [one.kinds for one in options.auth] == [("basic",), ("jwt", "clientCertificate")]
