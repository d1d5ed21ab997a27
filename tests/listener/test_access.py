"""Basic authentication and client certificates as contract 3 and 3.1 say."""

from base64 import b64encode

import pytest

from httpreceiver_listener.authentication.access import Decision, access_rule, decide
from httpreceiver_workflow.contract.settings import HttpReceiver, Workflow
from httpreceiver_workflow.pipeline.compiler import compile_workflow

OWN = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
ADMIN = "ffffffffffffffffffffffffffffffffffffffff"


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


def a_rule(admin: str = "", **members: object):  # type: ignore[no-untyped-def]
    receiver = HttpReceiver(where="$", **members)  # type: ignore[arg-type]
    pipeline = compile_workflow(Workflow(receiver=receiver)).pipeline
    assert pipeline is not None
    return access_rule(receiver, pipeline.basic, admin)


@pytest.mark.parametrize(
    ("use_ssl", "hosted", "asked"),
    [(True, False, True), (False, False, False), (True, True, False), (False, True, False)],
)
def test_basic_is_asked_for_only_self_hosted_with_ssl(use_ssl: bool, hosted: bool, asked: bool) -> None:
    rule = a_rule(authentication=True, user_name="u", password="p", use_ssl=use_ssl, hosted=hosted)

    assert decide(rule, None, None) is (Decision.UNAUTHORIZED if asked else Decision.ALLOWED)
    assert decide(rule, basic("u:p"), None) is Decision.ALLOWED


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Basic", "Basic !!!", basic("u:P"), basic("u"), basic(":"), "Bearer dTpw", "Basic dTpw dTpw", "Basic é"],
)
def test_anything_but_the_exact_credentials_is_unauthorized(authorization: str | None) -> None:
    rule = a_rule(authentication=True, user_name="u", password="p", use_ssl=True)

    assert decide(rule, authorization, None) is Decision.UNAUTHORIZED


def test_the_scheme_ignores_case_and_passwords_may_hold_colons_and_any_letter() -> None:
    rule = a_rule(authentication=True, user_name="jörg", password="a:b", use_ssl=True)

    assert decide(rule, basic("jörg:a:b").replace("Basic", "bAsIc"), None) is Decision.ALLOWED


@pytest.mark.parametrize(
    ("use_ssl", "hosted", "asked"),
    [(True, False, True), (False, False, False), (True, True, True), (False, True, True)],
)
def test_a_certificate_is_required_self_hosted_with_ssl_and_hosted_always(
    use_ssl: bool, hosted: bool, asked: bool
) -> None:
    rule = a_rule(require_client_certificate=True, client_certificate_thumbprints=OWN, use_ssl=use_ssl, hosted=hosted)

    assert decide(rule, None, None) is (Decision.FORBIDDEN if asked else Decision.ALLOWED)
    assert decide(rule, None, OWN) is Decision.ALLOWED


@pytest.mark.parametrize(
    ("configured", "allowed"),
    [
        (OWN, True),
        (OWN.upper(), True),
        (f"{ADMIN}, {OWN.upper()}", True),
        (ADMIN, False),
        ("", False),
        (OWN[:39], False),
    ],
)
def test_a_thumbprint_fits_when_it_occurs_in_the_text_ignoring_case(configured: str, allowed: bool) -> None:
    rule = a_rule(require_client_certificate=True, client_certificate_thumbprints=configured, use_ssl=True)

    assert decide(rule, None, OWN) is (Decision.ALLOWED if allowed else Decision.FORBIDDEN)


def test_hosted_receivers_also_accept_the_hosts_admin_certificate_and_others_do_not() -> None:
    hosted = a_rule(ADMIN, require_client_certificate=True, client_certificate_thumbprints=OWN, hosted=True)
    own = a_rule(ADMIN, require_client_certificate=True, client_certificate_thumbprints=OWN, use_ssl=True)

    assert decide(hosted, None, ADMIN) is Decision.ALLOWED
    assert decide(own, None, ADMIN) is Decision.FORBIDDEN


def test_without_any_check_the_rule_is_open() -> None:
    assert a_rule().is_open
