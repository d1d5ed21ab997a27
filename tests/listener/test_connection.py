"""No caller holds a connection for nothing, and what no parser accepts is refused without a traceback."""

import asyncio
import logging

import pytest

from httpreceiver_listener.limits import Limits
from listening import DEADLINE_S, a_request, a_served, a_stub, exchange, forwarding, listening, status_of, until

HASTY = Limits(header_timeout_s=0.2, body_idle_timeout_s=0.2, linger_s=0.2)


async def test_a_head_that_never_ends_is_408() -> None:
    async with listening(a_served(), limits=HASTY) as running:
        answer = await exchange(running.port(), b"POST /v HTTP/1.1\r\nHost: te")

        assert running.metric("httpreceiver_connections_cut_total", reason="head_timeout") == 1
    assert status_of(answer) == 408


async def test_a_dripped_head_is_cut_too() -> None:
    async with listening(a_served(), limits=HASTY) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        dripping = True

        async def drip() -> None:
            writer.write(b"GET /v HTTP/1.1\r\nHost: test\r\nX: ")
            while dripping and not writer.is_closing():
                writer.write(b"x")
                await asyncio.sleep(0.02)

        task = asyncio.ensure_future(drip())
        # Whoever goes on sending may lose the answer to a reset; the cut is the fact.
        await until(lambda: running.metric("httpreceiver_connections_cut_total", reason="head_timeout") == 1)
        dripping = False
        await task
        writer.close()
        await until(lambda: not running.metric("httpreceiver_connections", port="8080"))
        del reader


async def test_a_second_head_that_never_ends_is_408_as_well() -> None:
    async with listening(a_served(), limits=HASTY) as running:
        first = b"GET /v HTTP/1.1\r\nHost: test\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(first)
        await reader.readuntil(b'"ok"')
        writer.write(b"GET /v HT")
        async with asyncio.timeout(DEADLINE_S):
            answer = await reader.read()
        writer.close()

    assert status_of(answer) == 408


async def test_a_connection_that_says_nothing_is_closed_without_a_word() -> None:
    async with listening(a_served(), limits=HASTY) as running:
        assert await exchange(running.port(), b"") == b""


async def test_an_idle_connection_outlives_the_head_deadline() -> None:
    async with listening(a_served(), limits=HASTY) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        request = b"GET /v HTTP/1.1\r\nHost: test\r\n\r\n"
        writer.write(request + b"\r\n")
        await reader.readuntil(b'"ok"')
        await asyncio.sleep(0.6)  # three times the deadline, which must not apply
        writer.write(request)
        async with asyncio.timeout(DEADLINE_S):
            assert status_of(await reader.readuntil(b'"ok"')) == 200
        writer.close()


async def test_a_body_that_never_comes_is_408() -> None:
    async with listening(a_served(), limits=HASTY) as running:
        answer = await exchange(running.port(), a_request(body=b"", length=10))
        (line,) = await running.logged()

    assert status_of(answer) == 408
    assert (line["fault"], line["stage"], line["receiver"]) == ("Timeout", "body", "team/a")


async def test_a_body_that_stops_coming_is_408() -> None:
    async with listening(a_served(), limits=HASTY) as running:
        answer = await exchange(running.port(), a_request(body=b"{}", length=10))

    assert status_of(answer) == 408


async def test_a_body_that_takes_too_long_as_a_whole_is_408() -> None:
    limits = Limits(body_idle_timeout_s=0.4, body_timeout_s=0.3, linger_s=0.1)
    async with listening(a_served(), limits=limits) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(a_request(body=b"", length=100000))
        dripping = True

        async def drip() -> None:
            while dripping and not writer.is_closing():
                writer.write(b"x")
                await asyncio.sleep(0.02)

        task = asyncio.ensure_future(drip())
        (line,) = await running.logged()
        dripping = False
        await task
        writer.close()
        del reader

    assert line["status"] == 408


async def test_a_caller_that_closed_its_half_is_answered() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url)) as running:
        stub.gate.clear()
        answering = asyncio.ensure_future(
            exchange(running.port(), b"POST /v HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n{}", half_close=True)
        )
        await until(lambda: stub.bodies)
        stub.gate.set()
        answer = await answering

    assert status_of(answer) == 200


async def test_all_pipelined_requests_of_a_half_closed_connection_are_answered_in_order() -> None:
    async with listening(a_served()) as running:
        one = b"GET /v HTTP/1.1\r\nHost: test\r\n\r\n"
        answer = await exchange(running.port(), one * 40, half_close=True)

    assert answer.count(b"HTTP/1.1 200 OK") == 40


async def test_a_body_cut_off_by_half_closing_is_400() -> None:
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), a_request(body=b"{", length=10), half_close=True)

    assert status_of(answer) == 400


async def test_a_malformed_chunk_is_400() -> None:
    async with listening(a_served()) as running:
        head = a_request(body=b"", length=-1, headers=["Transfer-Encoding: chunked"])
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(head + b"2\r\n{}\r\n")
        await until(lambda: running.metric("httpreceiver_requests_in_flight", receiver="team/a"))
        writer.write(b"zz\r\n")
        async with asyncio.timeout(DEADLINE_S):
            answer = await reader.read()
        writer.close()

    assert status_of(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", 400),
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET /v HTTP/1.1\r\n\r\n", 400),
        (b"GET /v HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /v HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /v HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET /v HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20000 + b"\r\n\r\n", 431),
        (b"GET /v HTTP/1.1\r\nHost: a\r\n" + b"X: x\r\n" * 200 + b"\r\n", 431),
        (b"GET /v?" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ],
)
async def test_what_the_parser_refuses_is_answered_closed_counted_and_never_a_traceback(
    sent: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with listening(a_served()) as running:
            answer = await exchange(running.port(), sent)
            (line,) = await running.logged()

    assert status_of(answer) == status
    assert answer.startswith(b"HTTP/1.1 ")
    assert b"Connection: close" in answer
    assert b"application/problem+json" in answer
    assert (line["status"], line["path"], line["outcome"]) == (status, "", "refused")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_of_many_malformed_requests_only_a_few_are_logged_and_all_are_counted() -> None:
    async with listening(a_served()) as running:
        for _ in range(50):
            await exchange(running.port(), b"GARBAGE\r\n\r\n")
        counted = running.metric(
            "httpreceiver_requests_total",
            receiver="",
            method="_OTHER",
            status="400",
            outcome="refused",
            stage="routing",
        )

    assert counted == 50
    assert len(running.requests()) <= 30


async def test_a_connection_beyond_the_limit_is_503_and_the_others_go_on() -> None:
    async with listening(a_served(), limits=Limits(connections=2)) as running:
        opened = [await asyncio.open_connection("127.0.0.1", running.port()) for _ in range(2)]
        await until(lambda: running.metric("httpreceiver_connections", port="8080") == 2)
        refused = await exchange(running.port(), b"")
        reader, writer = opened[0]
        writer.write(b"GET /v HTTP/1.1\r\nHost: test\r\n\r\n")
        served = await reader.readuntil(b'"ok"')
        for _, writer in opened:
            writer.close()
        await until(lambda: running.metric("httpreceiver_connections", port="8080") == 0)

    assert status_of(refused) == 503
    assert b"Retry-After" in refused
    assert status_of(served) == 200


async def test_a_caller_that_never_reads_its_answer_is_cut() -> None:
    big = "x" * 8_000_000
    limits = Limits(write_timeout_s=0.3)
    async with listening(a_served(ResponseMessageTemplate=big, MessageType=13), limits=limits) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port(), limit=1024)
        writer.write(a_request())
        await until(lambda: running.metric("httpreceiver_connections_cut_total", reason="write_timeout"))
        await until(lambda: not running.metric("httpreceiver_connections", port="8080"))
        writer.close()
        del reader


async def test_a_websocket_upgrade_is_an_ordinary_request() -> None:
    async with listening(a_served()) as running:
        headers = ["Connection: Upgrade, close", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        answer = await exchange(running.port(), a_request(method="GET", body=b"", headers=headers, length=-1))

    assert status_of(answer) == 200


async def test_connect_is_not_served() -> None:
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), b"CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n", half_close=True)

    assert status_of(answer) == 405


async def test_a_body_of_very_many_tiny_chunks_is_read_whole() -> None:
    async with listening(a_served(MessageType=13)) as running:
        head = a_request(body=b"", length=-1, headers=["Transfer-Encoding: chunked", "Connection: close"])
        answer = await exchange(running.port(), head + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n")
        (line,) = await running.logged()

    assert (status_of(answer), line["bytes_in"]) == (200, 100_000)


async def test_a_chunk_that_says_it_is_huge_gets_no_more_room_than_any_other() -> None:
    async with listening(a_served(), limits=Limits(body_bytes=1000)) as running:
        head = a_request(body=b"", length=-1, headers=["Transfer-Encoding: chunked"])
        answer = await exchange(running.port(), head + b"fffffffffffffff\r\n" + b"x" * 2000)

    assert status_of(answer) == 413


async def test_an_early_refusal_reaches_a_caller_that_is_still_sending() -> None:
    async with listening(a_served(), limits=Limits(body_bytes=1000, linger_s=5)) as running:
        answer = await exchange(running.port(), a_request(body=b"x" * 3_000_000))

    assert status_of(answer) == 413
