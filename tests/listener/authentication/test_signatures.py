"""HMAC signatures: the presets by examples their services publish, own forms, and what is refused."""

import gzip
import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from guarded import asked, guarded
from httpreceiver_listener.authentication.signatures import HmacCheck
from httpreceiver_listener.authentication.verdicts import Allowed, Head, Refused
from httpreceiver_workflow.options.signing import PRESETS, Scheme
from listening import a_request, exchange, listening, status_of

SECRETS = {"signing": {"old": "s-1", "new": "s-2"}}
BODY = b'{"a":  1}'


def a_head(headers: Sequence[tuple[str, str]], target: str = "/v") -> Head:
    return Head("POST", target, "", CIMultiDictProxy(CIMultiDict(headers)), "127.0.0.1", False, tuple)


async def signer(scheme: Scheme, secret: bytes, headers: Sequence[tuple[str, str]], body: bytes, now: float) -> object:
    """Return who signed, or why the head is refused already."""
    verdict = await HmacCheck(scheme, [("c", secret)], 300, lambda: now).check(a_head(headers))
    if isinstance(verdict, Refused):
        return verdict.reason
    assert isinstance(verdict, Allowed)
    assert verdict.signature is not None
    return verdict.signature.fitting(body)


PUBLISHED = {
    # docs.github.com, "Validating webhook deliveries": testing the validation
    "GitHub": (
        b"It's a Secret to Everybody",
        b"Hello, World!",
        [("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")],
        0,
    ),
    # api.slack.com, "Verifying requests from Slack": the walk-through
    "Slack": (
        b"8f742231b10e8888abcd99yyyzzz85a5",
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
        b"foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
        b"hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
        b"47445629121.803a0bc887a14d10d2c447fce8b6703c",
        [
            ("X-Slack-Request-Timestamp", "1531420618"),
            ("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
        ],
        1531420618,
    ),
    # The specification of Standard Webhooks: its example of a signature
    "StandardWebhooks": (
        b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b'{"test": 2432232314}',
        [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v2,x"),
        ],
        1614265330,
    ),
}


@pytest.mark.parametrize("preset", PUBLISHED)
async def test_a_published_example_is_accepted_and_no_other_body(preset: str) -> None:
    secret, body, headers, now = PUBLISHED[preset]
    scheme = PRESETS[preset]  # type: ignore[index]  # a name of a preset
    assert await signer(scheme, secret, headers, body, now) == "c"
    assert await signer(scheme, secret, headers, body + b" ", now) is None
    assert await signer(scheme, secret + b"x", headers, body, now) is None
    if now:
        assert await signer(scheme, secret, headers, body, now + 301) == LATE
        assert await signer(scheme, secret, headers, body, now - 301) == LATE


LATE = "hmac: the time is missing, or too far from now"


async def test_stripe_signs_with_a_time_and_several_signatures() -> None:
    """Source: docs.stripe.com, "Verify webhook signatures manually"; it publishes no example."""
    signature = hmac.new(b"whsec_s", b"1700000000." + BODY, "sha256").hexdigest()
    stripe, wrong = PRESETS["Stripe"], "0" * 64

    def header(text: str) -> list[tuple[str, str]]:
        return [("Stripe-Signature", text)]

    both = header(f"t=1700000000,v1={wrong},v1={signature},v0={wrong}")
    assert await signer(stripe, b"whsec_s", both, BODY, 1700000100) == "c"
    assert await signer(stripe, b"whsec_s", header(f"t=1700000001,v1={signature}"), BODY, 1700000100) is None
    assert await signer(stripe, b"whsec_s", header(f"v1={signature}"), BODY, 1700000100) == LATE
    assert await signer(stripe, b"whsec_s", header(f"t=1,t=1700000000,v1={signature}"), BODY, 1700000100) == LATE


def sign(secret: str, text: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), text, algorithm).digest()


async def test_an_own_form_names_its_client_and_several_secrets_count_at_once() -> None:
    rule: dict[str, Any] = {
        "secretRef": {"name": "signing"},
        "header": "X-Sig",
        "prefix": "sig ",
        "algorithm": "SHA512",
    }
    rule |= {"encoding": "Base64", "prefix": "sig=", "signedText": "{method} {target}\n{header:X-Id}\n{body}"}
    text = b"POST /v?a=%20b\nid-1\n" + BODY
    async with listening(guarded([{"hmac": rule}], SECRETS)) as running:
        for name, secret in SECRETS["signing"].items():
            signature = b64encode(sign(secret, text, "sha512")).decode()
            good = (f"X-Sig: sig={signature}", "X-Id: id-1")
            assert await asked(running.port(), *good, path="/v?a=%20b", body=BODY) == (200, name)
            assert (await asked(running.port(), *good, path="/v?a=+b", body=BODY))[0] == 401
            assert (await asked(running.port(), good[0], "X-Id: id-2", path="/v?a=%20b", body=BODY))[0] == 401
            assert (await asked(running.port(), good[0], path="/v?a=%20b", body=BODY))[0] == 401


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["X-Sig: "],
        ["X-Sig: 00"],
        ["X-Sig: " + "0" * 62],
        ["X-Sig: " + "g" * 64],
        ["X-Sig: " + "0" * 5000],
    ],
)
async def test_a_signature_of_another_shape_is_refused_before_the_body_is_asked_for(headers: list[str]) -> None:
    rule = {"secretRef": {"name": "signing"}, "header": "X-Sig"}
    async with listening(guarded([{"hmac": rule}], SECRETS)) as running:
        waits = a_request(body=b"", length=len(BODY), headers=[*headers, "Expect: 100-continue"])
        answer = await exchange(running.port(), waits)

    assert status_of(answer) == 401
    assert b'WWW-Authenticate: HMAC realm="httpreceiver", header="X-Sig"\r\n' in answer


async def test_the_bytes_that_were_sent_are_signed_not_what_they_decode_to() -> None:
    rule = {"secretRef": {"name": "signing"}, "header": "X-Sig"}
    packed = gzip.compress(BODY, mtime=0)
    async with listening(guarded([{"hmac": rule}], SECRETS)) as running:
        for covered, status in ((packed, 200), (BODY, 401)):
            header = f"X-Sig: {sign('s-1', covered).hex()}"
            assert (await asked(running.port(), header, "Content-Encoding: gzip", body=packed))[0] == status
        broken = packed[:-1]
        header = f"X-Sig: {sign('s-2', BODY).hex()}"
        assert (await asked(running.port(), header, "Content-Encoding: gzip", body=broken))[0] == 401


async def test_a_request_without_body_is_signed_too() -> None:
    rule = {"secretRef": {"name": "signing"}, "header": "X-Sig", "algorithm": "SHA1"}
    async with listening(guarded([{"hmac": rule}], SECRETS)) as running:
        empty = hmac.new(b"s-1", b"", hashlib.sha1).hexdigest()
        assert await asked(running.port(), f"X-Sig: {empty}", body=b"") == (200, "old")
        assert (await asked(running.port(), f"X-Sig: {'0' * 40}", body=b""))[0] == 401
