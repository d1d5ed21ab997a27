"""Credentials that two servers could read differently, stale or sent again."""

import asyncio
import hashlib
import hmac
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from certificates_made import client_context
from guarded import CLEAR, asked, basic, bearer, guarded
from httpreceiver_workflow.endpoint import Scheme
from listening import DEADLINE_S, a_request, a_served, an_endpoint, exchange, listening, status_of

SECRETS: Final = {"known": {"ann": "right", "bob": "other"}}
NAMED: Final = {"secretRef": {"name": "known"}}
BODY: Final = b"{}"
SIGNED: Final = hmac.new(b"right", BODY, "sha256").hexdigest()
WRONG_SIGNATURE: Final = "0" * 64

REPEATED: Final[dict[str, tuple[dict[str, Any], str, str]]] = {
    "basic": ({"basic": NAMED, **CLEAR}, basic("ann:right"), basic("bob:wrong")),
    "bearer": ({"bearer": NAMED, **CLEAR}, bearer("right"), bearer("wrong")),
    "two schemes": ({"bearer": NAMED, **CLEAR}, bearer("right"), basic("ann:right")),
    "apiKey": ({"apiKey": {**NAMED, "header": "X-Key"}, **CLEAR}, "X-Key: right", "x-key: wrong"),
    "hmac": ({"hmac": {**NAMED, "header": "X-Sig"}}, f"X-Sig: {SIGNED}", f"x-sig: {WRONG_SIGNATURE}"),
}
"""Kind → alternative, the header that lets in, another of the same name."""


@pytest.mark.parametrize("kind", REPEATED)
async def test_credentials_that_are_there_twice_are_400_whichever_comes_first(kind: str) -> None:
    alternative, right, other = REPEATED[kind]
    async with listening(guarded([alternative], SECRETS)) as running:
        port = running.port()
        assert await asked(port, right) == (200, "ann")
        for both in ([right, other], [other, right], [right, right]):
            waits = a_request(body=b"", length=len(BODY), headers=[*both, "Expect: 100-continue"])
            answer = await exchange(port, waits)  # it ends by itself: the connection is closed
            assert status_of(answer) == 400
            assert b"100 Continue" not in answer
        *_, line = await running.logged(4)
    assert (line["stage"], line["outcome"]) == ("access", "refused")
    assert line["detail"].startswith("several headers ")
    assert "client_name" not in line


async def test_a_key_that_is_twice_in_the_query_is_400() -> None:
    alternative = {"apiKey": {**NAMED, "query": "key"}, **CLEAR}
    async with listening(guarded([alternative], SECRETS)) as running:
        assert await asked(running.port(), path="/v?key=right") == (200, "ann")
        for query in ("key=right&key=wrong", "key=wrong&key=right", "k%65y=right&key=right"):
            assert (await asked(running.port(), path=f"/v?{query}"))[0] == 400


@pytest.mark.parametrize("kind", REPEATED)
async def test_a_list_of_credentials_in_one_header_is_one_wrong_credential(kind: str) -> None:
    alternative, right, other = REPEATED[kind]
    async with listening(guarded([alternative], SECRETS)) as running:
        listed = f"{right}, {other.partition(': ')[2]}"
        assert (await asked(running.port(), listed))[0] == 401


async def test_a_header_that_no_alternative_reads_may_be_there_twice() -> None:
    alternative = {"apiKey": {**NAMED, "header": "X-Key"}, **CLEAR}
    async with listening(guarded([alternative], SECRETS)) as running:
        assert await asked(running.port(), "X-Key: right", basic("a:b"), basic("c:d")) == (200, "ann")


async def test_basic_of_the_workflow_that_is_there_twice_is_400(tmp_path: Path) -> None:
    receiver = a_served(UseSsl=True, Authentication=True, AuthenticationUserName="u", AuthenticationPassword="p")
    endpoint = an_endpoint(receiver, scheme=Scheme.HTTPS)
    async with listening(endpoints=[endpoint], state_folder=tmp_path) as running:
        for headers, status in (([basic("u:p")], 200), ([basic("u:p"), basic("u:x")], 400), ([basic("u:x")] * 2, 400)):
            sent = a_request(headers=[*headers, "Connection: close"])
            assert status_of(await exchange_tls(running.port(), sent)) == status


async def exchange_tls(port: int, sent: bytes) -> bytes:
    context: ssl.SSLContext = client_context(None)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(sent)
    async with asyncio.timeout(DEADLINE_S):
        answer = await reader.read()
    writer.close()
    return answer


def slack(at: int) -> list[str]:
    signature = hmac.new(b"right", b"v0:%d:%b" % (at, BODY), "sha256").hexdigest()
    return [f"X-Slack-Request-Timestamp: {at}", f"X-Slack-Signature: v0={signature}"]


def stripe(at: int) -> list[str]:
    signature = hmac.new(b"right", b"%d.%b" % (at, BODY), "sha256").hexdigest()
    return [f"Stripe-Signature: t={at},v1={signature}"]


def standard_webhooks(at: int) -> list[str]:
    digest = hmac.new(b"right", b"msg_1.%d.%b" % (at, BODY), hashlib.sha256).digest()
    return ["webhook-id: msg_1", f"webhook-timestamp: {at}", f"webhook-signature: v1,{b64encode(digest).decode()}"]


TIMED: Final[dict[str, Callable[[int], list[str]]]] = {
    "Slack": slack,
    "Stripe": stripe,
    "StandardWebhooks": standard_webhooks,
}


@pytest.mark.parametrize("preset", TIMED)
async def test_a_signed_request_is_refused_once_its_time_is_past_or_not_yet_near(preset: str) -> None:
    signed, now = TIMED[preset], int(time.time())
    async with listening(guarded([{"hmac": {**NAMED, "preset": preset}}], SECRETS)) as running:
        assert await asked(running.port(), *signed(now)) == (200, "ann")
        for at in (now - 3600, now + 3600):
            assert (await asked(running.port(), *signed(at)))[0] == 401


@pytest.mark.parametrize("preset", TIMED)
async def test_the_time_of_a_signed_request_cannot_be_changed(preset: str) -> None:
    signed, now = TIMED[preset], int(time.time())
    async with listening(guarded([{"hmac": {**NAMED, "preset": preset}}], SECRETS)) as running:
        stale = [header.replace(str(now - 3600), str(now)) for header in signed(now - 3600)]
        assert (await asked(running.port(), *stale))[0] == 401


def copies(kind: str) -> tuple[dict[str, Any], Sequence[str]]:
    if kind == "GitHub":
        return {**NAMED, "preset": "GitHub"}, [f"X-Hub-Signature-256: sha256={SIGNED}"]
    return {**NAMED, "preset": kind}, TIMED[kind](int(time.time()))


@pytest.mark.parametrize("preset", ["GitHub", *TIMED])
async def test_a_copy_of_a_signed_request_counts_again_while_its_time_is_near(preset: str) -> None:
    """As docs/access.md says: a signature says who wrote a request, not how often it was sent."""
    rule, headers = copies(preset)
    async with listening(guarded([{"hmac": rule}], SECRETS)) as running:
        assert [await asked(running.port(), *headers) for _ in range(2)] == [(200, "ann")] * 2
