"""Whom a request is for is never in doubt, and nothing but HTTP/1.0 and HTTP/1.1 is spoken."""

from typing import Final

import msgspec
import pytest

from attacking import SMUGGLED, statuses, statuses_in
from httpreceiver_workflow.options import read_options
from listening import a_served, exchange, listening

H2_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
GET: Final = b"GET /v HTTP/1.1\r\nHost: test\r\n"


def head(target: bytes, host: bytes = b"test") -> bytes:
    """Return a complete request for *target*."""
    return b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"


TRAVERSALS: Final = [
    *("/v/../admin", "/v/..", "/v/./x", "/../v", "/..", "/.", "/v/%2e%2e/x", "/v/%2E./x", "/v/.%2e", "/v/%2e"),
    *("/v/..%2fx", "/v/..%2Fx", "/v/%2e%2e%2fx", "/v/..%5cx", "/v/..\\x", "/v\\..\\x", "/v/%2e%2e%5c", "/v/a%2f.."),
    *("/v/%00", "/v/x%00.txt", "/v/%", "/v/%2", "/v/%zz", "/v/%u002e"),
]


@pytest.mark.parametrize("service_name", ["v", ""])
async def test_dot_segments_null_bytes_and_broken_escapes_are_400_however_they_are_written(service_name: str) -> None:
    async with listening(a_served(ServiceName=service_name)) as running:
        got = {path: await statuses(running.port(), head(path.encode()) + SMUGGLED) for path in TRAVERSALS}

    assert {path: found for path, found in got.items() if found[:1] != [400]} == {}


async def test_raw_bytes_that_no_target_holds_are_refused() -> None:
    raw = [b"/v/\0", b"/v/\x1b[2J", b"/v/\x7f", b"/v/\xff", b"/v/\xc2\x9b", b"/v/\x0b", b"/v/\xe2\x80\xae", b"v", b"*"]
    async with listening(a_served()) as running:
        got = {target: await statuses(running.port(), head(target) + SMUGGLED) for target in raw}

    assert got == {target: [400] for target in raw}


async def test_a_host_header_that_is_no_host_is_400() -> None:
    hosts = ["a b", "a/b", "a@b", "user:password@a", "a?b", "a#b", "a\\b", "a:b", "a:80:80", "[::1", "é", "<a>", "a\tb"]
    async with listening(a_served()) as running:
        got = {host: await statuses(running.port(), head(b"/v", host.encode()) + SMUGGLED) for host in hosts}

    assert got == {host: [400] for host in hosts}


async def test_every_form_of_a_host_is_served() -> None:
    hosts = ["", "a", "A.b.", "a_b:8080", "10.0.0.1:80", "[::1]", "[fe80::1%25eth0]:80", "xn--bcher-kva.example", "a:"]
    async with listening(a_served()) as running:
        got = {host: await statuses(running.port(), head(b"/v", host.encode())) for host in hosts}

    assert got == {host: [200] for host in hosts}


async def test_two_hosts_or_none_are_400() -> None:
    two = b"GET /v HTTP/1.1\r\nHost: test\r\nHost: test\r\n\r\n"
    async with listening(a_served()) as running:
        assert await statuses(running.port(), two + SMUGGLED) == [400]
        assert await statuses(running.port(), b"GET /v HTTP/1.1\r\n\r\n" + SMUGGLED) == [400]


async def test_the_host_of_an_absolute_target_decides_and_forwarded_hosts_do_not() -> None:
    options, problems = read_options({"route": {"hostnames": ["lab.test"]}})
    assert problems == ()
    lab = msgspec.structs.replace(a_served("t/lab", ResponseMessageTemplate='"lab"'), options=options)
    async with listening(lab, a_served("t/all", ResponseMessageTemplate='"all"')) as running:
        absolute = await exchange(running.port(), head(b"http://lab.test/v", b"other"), half_close=True)
        disguised = GET + b"X-Forwarded-Host: lab.test\r\nForwarded: host=lab.test\r\nX-Host: lab.test\r\n\r\n"
        forwarded = await exchange(running.port(), disguised, half_close=True)

    assert absolute.endswith(b'"lab"')
    assert forwarded.endswith(b'"all"')


async def test_an_absolute_target_of_another_scheme_or_with_a_password_is_400_and_no_password_is_logged() -> None:
    targets = [b"ftp://test/v", b"ws://test/v", b"http://user:pass-word@test/v", b"http://us-er@test/v", b"http:///v"]
    async with listening(a_served()) as running:
        got = {target: await statuses(running.port(), head(target) + SMUGGLED) for target in targets}
        lines = await running.logged(len(targets))

    assert got == {target: [400] for target in targets}
    assert "pass-word" not in str(lines)


async def test_connect_is_405_whatever_its_target_and_what_follows_is_not_read() -> None:
    async with listening(a_served()) as running:
        for target in (b"test:443", b"/v"):
            assert await statuses(running.port(), head(target).replace(b"GET", b"CONNECT") + SMUGGLED) == [405]


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.0", b"x"])
async def test_an_upgrade_is_an_ordinary_request_whose_answer_says_that_the_connection_ends(protocol: bytes) -> None:
    asks = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\nUpgrade: " + protocol + b"\r\n"
    async with listening(a_served(MessageType=13)) as running:
        for rest in (
            b"\r\n",
            b"Content-Length: 2\r\n\r\n{}",
            b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        ):
            answer = await exchange(running.port(), GET + asks + rest + SMUGGLED)
            assert statuses_in(answer) == [200]
            assert b"\r\nConnection: close\r\n" in answer
        lines = await running.logged(3)

    assert "/smuggled" not in {line["path"] for line in lines}


@pytest.mark.parametrize(
    "first_line",
    [b"GET /v", b"GET /v HTTP/0.9", b"GET /v HTTP/1.2", b"GET /v HTTP/2.0", b"GET /v HTTP/3", b"GET /v HTTP/11.1"],
)
async def test_other_versions_of_http_are_400(first_line: bytes) -> None:
    async with listening(a_served()) as running:
        assert await statuses(running.port(), first_line + b"\r\nHost: test\r\n\r\n" + SMUGGLED) == [400]


async def test_the_preface_of_http_2_is_400() -> None:
    async with listening(a_served()) as running:
        assert await statuses(running.port(), H2_PREFACE) == [400]


async def test_pipelined_requests_are_answered_in_order() -> None:
    sent = b"".join(head(b"/v/%d" % number) for number in range(500))
    async with listening(a_served()) as running:
        assert await statuses(running.port(), sent) == [200] * 500
        lines = await running.logged(500)

    assert [line["path"] for line in lines] == [f"/v/{number}" for number in range(500)]
