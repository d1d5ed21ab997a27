"""The HTTP sender: every status is a reply, only the lack of an answer is a fault."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from certificates_made import pair_of, write_pem
from httpreceiver_listener.http.compression import CODERS
from httpreceiver_listener.senders import HttpSenderPerformer
from httpreceiver_workflow.pipeline.effects import (
    BasicCredentials,
    Fault,
    HttpCall,
    OAuthCredentials,
    Proxy,
    Reply,
)
from listening import Stub, a_stub, free_port


@asynccontextmanager
async def a_sender(**options: Any) -> AsyncIterator[HttpSenderPerformer]:
    sender = HttpSenderPerformer(**options)
    try:
        yield sender
    finally:
        await sender.close()


def a_call(url: str, **members: Any) -> HttpCall:
    return HttpCall(**{"url": url, "method": "POST", "headers": (), "body": b"{}", "timeout_s": 5, **members})


def oauth(url: str, **members: Any) -> OAuthCredentials:
    return OAuthCredentials(
        **{
            "token_endpoint": url,
            "client_id": "id",
            "client_secret": "se:cret",
            "form": (("grant_type", "client_credentials"), ("scope", "a b")),
            "client_in_header": True,
            "expiry_skew_s": 60,
            **members,
        }
    )


async def faulted(call: HttpCall, **options: Any) -> Fault:
    """Perform *call* and return the fault it must end in."""
    async with a_sender(**options) as sender:
        fault = await sender.perform("a", call)
    assert isinstance(fault, Fault)
    return fault


@pytest.mark.parametrize("status", [200, 404, 503])
async def test_any_status_is_a_reply(status: int) -> None:
    async with a_stub() as stub, a_sender() as sender:
        stub.answer = lambda _: web.Response(status=status, body=b"\xff", content_type="a/b")
        reply = await sender.perform("a", a_call(stub.url))

    assert reply == Reply(status, "a/b", b"\xff")


async def test_method_headers_and_body_arrive_as_they_are() -> None:
    async with a_stub() as stub, a_sender() as sender:
        methods: list[str] = []

        def answer(request: web.BaseRequest) -> web.Response:
            methods.append(request.method)
            return web.Response()

        stub.answer = answer
        headers = (("Content-Type", "text/plain; charset=utf-8"), ("X-U", "ä"))
        await sender.perform("a", a_call(stub.url, method="PUT", headers=headers, body=b"x" * 500_000))
        await sender.perform("a", a_call(stub.url, method="GET", body=None))

    assert methods == ["PUT", "GET"]
    assert [len(body) for body in stub.bodies] == [500_000, 0]
    assert stub.headers[0]["Content-Type"] == "text/plain; charset=utf-8"
    assert stub.headers[0]["X-U"] == "ä"
    assert stub.headers[0]["Content-Length"] == "500000"


async def test_redirects_are_followed_and_credentials_stay_with_their_origin() -> None:
    async with a_stub() as other, a_stub() as stub, a_sender() as sender:
        stub.answer = lambda _: web.Response(status=307, headers={"Location": other.url})
        reply = await sender.perform("a", a_call(stub.url, credentials=BasicCredentials("u", "p")))

    assert isinstance(reply, Reply)
    assert reply.status == 200
    assert "Authorization" in stub.headers[0]
    assert "Authorization" not in other.headers[0]
    assert other.bodies == [b"{}"]


async def test_basic_replaces_an_authored_header() -> None:
    async with a_stub() as stub, a_sender() as sender:
        call = a_call(stub.url, headers=(("authorization", "mine"),), credentials=BasicCredentials("u", "p"))
        await sender.perform("a", call)
        await sender.perform("a", a_call(stub.url, headers=(("authorization", "mine"),)))

    assert [headers.get("Authorization") or headers.get("authorization") for headers in stub.headers] == [
        "Basic dTpw",
        "mine",
    ]


async def test_a_late_answer_is_a_timeout() -> None:
    async with a_stub() as stub:
        stub.gate.clear()
        fault = await faulted(a_call(stub.url, timeout_s=0.1))
        stub.gate.set()

    assert (fault.kind, fault.message) == ("ActivityTimeout", "No answer came within 0.1 seconds.")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{closed}/secret", "http://no-such-host.invalid/secret", "https://127.0.0.1:{plain}/secret"],
)
async def test_what_cannot_be_reached_is_a_connectivity_fault_that_does_not_quote_the_url(url: str) -> None:
    async with a_stub() as stub:
        plain = stub.url.rstrip("/").rpartition(":")[2]
        fault = await faulted(a_call(url.format(closed=free_port(), plain=plain), proxy=Proxy("none")))

    assert fault.kind == "Connectivity"
    assert "secret" not in fault.message


@pytest.mark.parametrize(
    "members",
    [
        {"headers": (("X", "a\r\nInjected: 1"),)},
        {"headers": (("X", "a\nb"),)},
        {"headers": (("X", "a\0"),)},
        {"headers": (("X Y", "a"),)},
        {"headers": (("Content-Length", "1"),)},
        {"headers": (("Transfer-Encoding", "chunked"),)},
        {"url": "ftp://host/x"},
        {"url": "/relative"},
        {"url": ""},
        {"url": "http://"},
        {"url": "http://host:99999/"},
        {"url": "http://host/a\r\nb"},
    ],
)
async def test_what_would_break_the_request_apart_is_refused(members: dict[str, Any]) -> None:
    fault = await faulted(a_call(**{"url": "http://127.0.0.1:1/", **members}))

    assert fault.kind == "ActivityFailed"


async def test_an_answer_beyond_the_limit_is_a_fault() -> None:
    async with a_stub() as stub:
        stub.answer = lambda _: web.Response(body=b"x" * 2000)
        fault = await faulted(a_call(stub.url), reply_bytes=1000)

    assert fault.message == "The answer is larger than 1000 bytes."


@pytest.mark.parametrize("coding", CODERS)
async def test_a_compressed_answer_is_read_whole_or_is_a_fault(coding: str) -> None:
    """Also when it was cut off where its framing does not tell, and when it grows beyond the limit."""
    packed = CODERS[coding](b"text" * 1000)
    async with a_stub() as stub, a_sender(reply_bytes=4000) as sender:
        answers = []
        for body in (packed, packed[:-1], CODERS[coding](b"text" * 1001)):
            stub.answer = lambda _, body=body: web.Response(body=body, headers={"Content-Encoding": coding})
            answers.append(await sender.perform("a", a_call(stub.url)))

    whole, cut_off, too_large = answers
    assert isinstance(whole, Reply)
    assert whole.body == b"text" * 1000
    assert isinstance(cut_off, Fault)
    assert cut_off.message == f"The answer's {coding} coding is broken or cut off."
    assert isinstance(too_large, Fault)
    assert too_large.message == "The answer is larger than 4000 bytes."


async def test_an_answer_in_a_coding_nobody_asked_for_stays_as_it_is() -> None:
    async with a_stub() as stub, a_sender() as sender:
        stub.answer = lambda _: web.Response(body=b"text", headers={"Content-Encoding": "utf-8"})
        reply = await sender.perform("a", a_call(stub.url))

    assert isinstance(reply, Reply)
    assert reply.body == b"text"


async def test_cookies_are_never_kept() -> None:
    async with a_stub() as stub, a_sender() as sender:
        stub.answer = lambda _: web.Response(headers={"Set-Cookie": "a=b; Path=/"})
        for _ in range(2):
            await sender.perform("a", a_call(stub.url))

    assert "Cookie" not in stub.headers[1]


# --- OAuth 2 ---------------------------------------------------------------------------------------------------------


def token_server(stub: Stub, **members: Any) -> None:
    """Let *stub* give out tokens t1, t2… and refuse nothing."""
    stub.answer = lambda _: web.json_response({"access_token": f"t{len(stub.bodies)}", **members})


async def test_a_token_is_asked_for_once_kept_and_renewed_before_it_ends() -> None:
    clock = [0.0]
    async with a_stub() as tokens, a_stub() as stub, a_sender(now=lambda: clock[0]) as sender:
        token_server(tokens, expires_in=100)
        call = a_call(stub.url, headers=(("Authorization", "authored"),), credentials=oauth(tokens.url))
        for clock[0] in (0.0, 39.0, 41.0):
            assert isinstance(await sender.perform("a", call), Reply)

    assert [headers["Authorization"] for headers in stub.headers] == ["Bearer t1", "Bearer t1", "Bearer t2"]
    assert tokens.bodies == [b"grant_type=client_credentials&scope=a+b"] * 2
    assert tokens.headers[0]["Authorization"] == "Basic aWQ6c2U6Y3JldA=="


async def test_a_client_in_the_body_sends_no_header() -> None:
    async with a_stub() as tokens, a_stub() as stub, a_sender() as sender:
        token_server(tokens)
        await sender.perform("a", a_call(stub.url, credentials=oauth(tokens.url, client_in_header=False)))

    assert "Authorization" not in tokens.headers[0]


async def test_a_refused_token_is_replaced_once() -> None:
    async with a_stub() as tokens, a_stub() as stub, a_sender() as sender:
        token_server(tokens)
        stub.answer = lambda request: web.Response(
            status=200 if request.headers["Authorization"] == "Bearer t2" else 401
        )
        first = await sender.perform("a", a_call(stub.url, credentials=oauth(tokens.url)))
        stub.answer = lambda _: web.Response(status=401)
        second = await sender.perform("a", a_call(stub.url, credentials=oauth(tokens.url)))

    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    assert (first.status, second.status) == (200, 401)
    assert len(stub.bodies) == 4


@pytest.mark.parametrize(
    ("status", "body"), [(400, "{}"), (200, "not json"), (200, "{}"), (200, '{"access_token":"a\\r\\nb"}')]
)
async def test_a_token_endpoint_that_gives_none_is_a_fault_without_its_answer(status: int, body: str) -> None:
    async with a_stub() as tokens:
        tokens.answer = lambda _: web.Response(status=status, text=body)
        fault = await faulted(a_call("http://127.0.0.1:1/", credentials=oauth(tokens.url)))

    assert fault.kind == "ActivityFailed"
    assert "token" in fault.message


# --- TLS and proxies -------------------------------------------------------------------------------------------------


def server_context(authority: trustme.CA, *, asks_client: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    if asks_client:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


async def test_the_servers_certificate_is_verified(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with a_stub(ssl_context=server_context(authority)) as stub:
        fault = await faulted(a_call(stub.url))
        async with a_sender(ca_file=tmp_path / "ca.pem") as sender:
            reply = await sender.perform("a", a_call(stub.url))

    assert (fault.kind, fault.message) == ("Connectivity", "The server's certificate is not trusted.")
    assert isinstance(reply, Reply)


async def test_a_client_certificate_is_presented_by_its_thumbprint(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    pair = pair_of(authority.issue_cert("client.test"))
    folder = tmp_path / "certificates"
    folder.mkdir()
    options: dict[str, Any] = {"ca_file": tmp_path / "ca.pem", "certificates_folder": folder}
    async with a_stub(ssl_context=server_context(authority, asks_client=True)) as stub:
        call = a_call(stub.url, certificate_thumbprint=pair.thumbprint)
        missing = await faulted(call, **options)
        write_pem(pair, folder / "client.pem")
        async with a_sender(**options) as sender:
            reply = await sender.perform("a", call)

    assert pair.thumbprint in missing.message
    assert isinstance(reply, Reply)


async def test_a_manual_proxy_is_used_with_its_credentials_and_none_goes_direct(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_stub() as proxy, a_stub() as stub, a_sender() as sender:
        manual = Proxy("manual", proxy.url, BasicCredentials("u", "p"))
        await sender.perform("a", a_call("http://behind.test/x", proxy=manual))
        monkeypatch.setenv("http_proxy", proxy.url.replace("http://", "http://v:q@"))
        await sender.perform("a", a_call("http://environment.test/x"))
        await sender.perform("a", a_call(stub.url, proxy=Proxy("none")))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        await sender.perform("a", a_call(stub.url))

    assert [headers["Host"] for headers in proxy.headers] == ["behind.test", "environment.test"]
    assert [headers.get("Proxy-Authorization") for headers in proxy.headers] == ["Basic dTpw", "Basic djpx"]
    assert len(stub.bodies) == 2
