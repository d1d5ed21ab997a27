"""What Secrets hold: which forms are accepted, how it travels, and that it is never shown."""

import pytest

from httpreceiver_workflow.credentials import (
    CredentialFault,
    HostObject,
    check_credentials,
    password_scheme,
    without_line_end,
    without_values,
)
from httpreceiver_workflow.endpoint import ServedReceiver, decode_receiver, encode_receiver
from httpreceiver_workflow.options import ReceiverOptions, read_options

CANARY = b"c4nary"


def options_of(kind: str) -> ReceiverOptions:
    key = {"secretKeyRef": {"name": "s", "key": "k"}}
    rules = {
        "basic": {"secretRef": {"name": "s"}},
        "bearer": {"secretRef": {"name": "s"}},
        "apiKey": {"secretRef": {"name": "s"}, "header": "X"},
        "hmac": {"secretRef": {"name": "s"}, "preset": "GitHub"},
        "jwt": {"jwks": key, "issuer": "i", "audiences": ["a"]},
        "clientCertificate": {"trust": key},
    }
    options, problems = read_options({"auth": [{kind: rules[kind]}]})
    assert problems == ()
    return options


def holding(value: bytes) -> tuple[HostObject, ...]:
    return (HostObject("Secret", "s", (("k", value),)),)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("basic", b"", "is empty"),
        ("basic", b"\xff", "is not UTF-8 text"),
        ("basic", b"$apr1$c4nary$x", "looks like a hashed password of a form that is not known"),
        ("basic", b"{SHA}c4nary", "looks like a hashed password of a form that is not known"),
        ("basic", b"$2b$20$" + b"c4nary" * 8 + b"12345", "is a hash that takes too long"),
        ("basic", b"$argon2id$v=19$m=999999,t=1,p=1$c2FsdHNhbHQ$Y2Fuc2FsdHNhbHQxMjM0", "is a hash that takes too long"),
        ("basic", b"x" * 4097, "is longer than 4096 bytes"),
        ("bearer", b"c4nary c4nary", "has characters that cannot be in a header"),
        ("apiKey", "c4näry".encode(), "has characters that cannot be in a header"),
        ("jwt", b"c4nary", "is no JSON Web Key Set"),
        ("clientCertificate", b"c4nary", "holds no PEM certificate"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named_without_being_quoted(kind: str, value: bytes, reason: str) -> None:
    with pytest.raises(CredentialFault) as fault:
        check_credentials(options_of(kind).auth, holding(value))
    assert f'Key "k" of Secret s of spec.auth[0].{kind}' in str(fault.value)
    assert reason in str(fault.value)
    assert "c4n" not in str(fault.value)


@pytest.mark.parametrize("kind", ["basic", "bearer", "apiKey", "hmac"])
def test_sound_values_pass(kind: str) -> None:
    check_credentials(options_of(kind).auth, holding(CANARY))


def test_binary_secrets_sign() -> None:
    check_credentials(options_of("hmac").auth, holding(bytes(range(256))))


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        ((), "Secret s of spec.auth[0].bearer.secretRef does not exist"),
        ((HostObject("Secret", "s", ()),), "Secret s of spec.auth[0].bearer.secretRef has no keys"),
        ((HostObject("ConfigMap", "s", (("k", b"x"),)),), "Secret s of spec.auth[0].bearer.secretRef does not exist"),
    ],
)
def test_what_is_missing_is_named(credentials: tuple[HostObject, ...], message: str) -> None:
    with pytest.raises(CredentialFault) as fault:
        check_credentials(options_of("bearer").auth, credentials)
    assert str(fault.value) == message


def test_credentials_travel_with_the_receiver_and_change_its_revision() -> None:
    served = ServedReceiver(name="a/b", generation=1, workflow="[]", credentials=holding(bytes(range(256))))
    other = ServedReceiver(name="a/b", generation=1, workflow="[]", credentials=holding(CANARY))
    assert decode_receiver(encode_receiver(served)) == served
    assert len({served.revision, other.revision, ServedReceiver(name="a/b", generation=1, workflow="[]").revision}) == 3


def test_no_value_is_shown() -> None:
    assert "c4n" not in repr(holding(CANARY))
    assert without_values(holding(CANARY)) == holding(b"")


def test_a_last_line_end_is_left_out_and_no_other() -> None:
    assert without_line_end(b"a\n\r\n") == b"a\n"
    assert without_line_end(b"a ") == b"a "


def test_a_plain_password_may_begin_with_a_dollar() -> None:
    assert password_scheme("$ecret") == ""
    assert password_scheme("pa$$word") == ""
