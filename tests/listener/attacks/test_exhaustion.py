"""No caller gets hold of a connection, the memory or the processor for nothing."""

import asyncio
import gzip
import json
import socket
import struct
import time
import zlib
from collections.abc import Iterator

import pytest

from attacking import CHUNKED, HEAD, statuses, statuses_in
from engine import RECEIVER, create_variable, guid, receiver, transformers
from httpreceiver_listener.http.deadlines import WriteWatch
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.listener import Listener, ListenerOptions
from httpreceiver_listener.site import listen
from httpreceiver_workflow.endpoint import ServedReceiver
from listening import (
    DEADLINE_S,
    Running,
    a_request,
    a_served,
    a_stub,
    an_endpoint,
    body_of,
    exchange,
    forwarding,
    listening,
    serving,
    status_of,
    until,
)

LIMIT = 1_000_000
HASTY = Limits(header_timeout_s=0.2, body_idle_timeout_s=0.2, linger_s=0.1, keep_alive_s=0.2, write_timeout_s=0.2)
CPU_S = 5.0
"""Far more processor time than any of these needs, far less than what it would be without a defence."""


def an_echo() -> ServedReceiver:
    """Return a receiver that answers with what it was sent."""
    return a_served(MessageType=13, ResponseMessageTemplate=f"${{{RECEIVER} inbound}}")


@pytest.mark.parametrize(
    ("attack", "status"),
    [
        (HEAD + b"".join(b"X-%d: y\r\n" % number for number in range(10_000)) + b"\r\n", 431),
        (HEAD + b"X: y\r\n" * 10_000, 431),
        (HEAD + b"X: " + b"y" * 1_000_000, 431),
        (HEAD + b"X" * 1_000_000, 431),
        (b"GET /" + b"v" * 1_000_000, 414),
        (b"GET /v?" + b"&".join(b"q%d=" % number for number in range(100_000)), 414),
        (b"G" * 1_000_000, 400),
        (CHUNKED + b"0\r\n" + b"X: y\r\n" * 10_000, 431),
        (CHUNKED + b"0\r\nX: " + b"y" * 1_000_000, 431),
    ],
    ids=["fields", "one field", "a value", "a name", "a path", "a query", "a method", "trailers", "a trailer"],
)
async def test_heads_without_end_are_refused_before_their_end(attack: bytes, status: int) -> None:
    async with listening(a_served()) as running:
        _, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(attack)  # never all of it: the listener stops reading
        (line,) = await running.logged()
        writer.close()
        await until(lambda: not running.metric("httpreceiver_connections", port="8080"))

    assert line["status"] == status


async def drip(running: Running, begin: bytes, piece: bytes, reason: str) -> None:
    """Send *begin* and then *piece* for ever, until the listener cuts the connection for *reason*."""
    _, writer = await asyncio.open_connection("127.0.0.1", running.port())
    writer.write(begin)
    async with asyncio.timeout(DEADLINE_S):
        while not running.metric("httpreceiver_connections_cut_total", reason=reason):
            if not writer.is_closing():
                writer.write(piece)
            await asyncio.sleep(0.02)  # the attack's own pace
    writer.close()
    await until(lambda: not running.metric("httpreceiver_connections", port="8080"))


@pytest.mark.parametrize("piece", [b"x", b"X: y\r\n"])
async def test_a_slow_head_is_cut(piece: bytes) -> None:
    async with listening(a_served(), limits=HASTY) as running:
        await drip(running, HEAD, piece, "head_timeout")


@pytest.mark.parametrize("begin", [CHUNKED + b"2;", CHUNKED + b"0", CHUNKED + b"2\r\n{}\r\n0"], ids=repr)
async def test_a_chunk_size_or_extension_without_end_is_cut_since_no_body_comes(begin: bytes) -> None:
    async with listening(a_served(), limits=HASTY) as running:
        await drip(running, begin, b"0", "body_timeout")


async def test_a_slow_body_is_cut() -> None:
    limits = Limits(body_timeout_s=0.3, linger_s=0.1)
    async with listening(a_served(), limits=limits) as running:
        await drip(running, HEAD + b"Content-Length: 100000\r\n\r\n", b"x", "body_timeout")


async def test_a_refused_caller_that_goes_on_sending_is_cut_after_a_while() -> None:
    assert Limits().linger_s <= 5
    async with listening(a_served(), limits=Limits(body_bytes=10, linger_s=0.3)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(HEAD + b"Content-Length: 10000000000\r\n\r\n")
        async with asyncio.timeout(DEADLINE_S):
            assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
            while running.metric("httpreceiver_connections", port="8080"):
                if not writer.is_closing():
                    writer.write(bytes(1000))
                await asyncio.sleep(0.01)  # the attack's own pace
        writer.close()


async def test_callers_that_come_all_at_once_wait_for_their_turn() -> None:
    bound: list[socket.socket] = []

    def bind(address: str, port: int) -> socket.socket:
        bound.append(listen(address, port))
        return bound[0]

    listener = Listener(ListenerOptions(bind_address="127.0.0.1", listen_ports={8080: 0}), bind)
    await listener.start()
    await listener.apply([an_endpoint(a_served())])
    information = bound[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
    await listener.drain(0, 1)
    # Of a listening socket Linux tells in tcpi_sacked, the last of these integers, how many may wait to be accepted.
    assert struct.unpack("=8x6I", information)[-1] >= 1024


async def test_an_answer_that_is_read_too_slowly_is_cut() -> None:
    limits = Limits(write_timeout_s=0.2, keep_alive_s=0.1, body_bytes_per_s=10_000_000)
    async with listening(a_served(ResponseMessageTemplate="x" * 6_000_000, MessageType=13), limits=limits) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port(), limit=1024)
        writer.write(a_request())
        async with asyncio.timeout(DEADLINE_S):
            while not running.metric("httpreceiver_connections_cut_total", reason="write_timeout"):
                await reader.read(1)
                await asyncio.sleep(0.02)  # the attack's own pace
        await until(lambda: not running.metric("httpreceiver_connections", port="8080"))
        writer.close()


def test_an_answer_must_be_taken_steadily_and_not_only_now_and_then() -> None:
    steady, dripping, stuck = (WriteWatch(0.0, 100_000) for _ in range(3))
    assert not any(steady.is_stuck(second, 100_000 - 600 * second, 30.0, 500) for second in range(1, 120))
    assert not any(dripping.is_stuck(second, 100_000 - second, 30.0, 500) for second in range(1, 31))
    assert dripping.is_stuck(40, 100_000 - 40, 30.0, 500)
    assert not stuck.is_stuck(30, 100_000, 30.0, 500)
    assert stuck.is_stuck(31, 200_000, 30.0, 500)  # another answer in the queue is not taken either


async def test_of_pipelined_requests_only_a_few_are_read_while_the_first_is_answered() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url)) as running:
        stub.gate.clear()
        first = socket.create_connection(("127.0.0.1", running.port()))
        first.setblocking(False)
        request = a_request(body=b"", method="GET").replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 8000 + b"\r\n\r\n")
        sent = 0

        async def send_without_end() -> None:
            nonlocal sent
            while True:
                await asyncio.wait_for(asyncio.get_running_loop().sock_sendall(first, request), 1.0)
                sent += len(request)

        with pytest.raises(TimeoutError):
            await send_without_end()
        first.close()
        stub.gate.set()

    assert sent < 16_000_000, "what the kernel holds is all that is taken"
    assert len(stub.bodies) == 1


def deflated(plain: bytes) -> bytes:
    """Return *plain* in raw deflate, which some senders call deflate."""
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(plain) + stream.flush()


def bombs() -> Iterator[tuple[str, str, bytes, int]]:
    """Yield name, coding, body and the status of its answer."""
    zeros = bytes(100 * LIMIT)
    yield "gzip", "gzip", gzip.compress(zeros), 413
    yield "zlib", "deflate", zlib.compress(zeros), 413
    yield "raw deflate", "deflate", deflated(zeros), 413
    yield "gzip in many members", "gzip", gzip.compress(bytes(1000)) * 20_000, 413
    yield "empty members", "gzip", gzip.compress(b"") * 45_000, 200
    yield "nested", "gzip, gzip", gzip.compress(gzip.compress(zeros)), 415
    yield "nested and named once", "gzip", gzip.compress(gzip.compress(zeros)), 200


@pytest.mark.parametrize(
    ("coding", "body", "status"), [bomb[1:] for bomb in bombs()], ids=[bomb[0] for bomb in bombs()]
)
async def test_compressed_bodies_cost_no_more_than_their_limit(coding: str, body: bytes, status: int) -> None:
    asked = a_request(body=body, headers=["Connection: close", f"Content-Encoding: {coding}"])
    async with listening(an_echo(), limits=Limits(body_bytes=LIMIT)) as running:
        began = time.process_time()
        answer = await exchange(running.port(), asked)

    assert status_of(answer) == status
    assert time.process_time() - began < CPU_S
    assert len(body_of(answer)) <= LIMIT


async def test_two_fields_of_content_encoding_are_one_list() -> None:
    async with listening(an_echo()) as running:
        for first, second in (("identity", "gzip"), ("gzip", "identity"), ("gzip", "gzip")):
            fields = f"Content-Encoding: {first}\r\nContent-Encoding: {second}\r\n".encode()
            body = gzip.compress(b"plain")
            asked = HEAD + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body
            assert await statuses(running.port(), asked) == [415]


async def test_many_small_chunks_cost_little() -> None:
    async with listening(an_echo()) as running:
        began = time.process_time()
        answer = await exchange(running.port(), CHUNKED + b"1\r\nx\r\n" * 500_000 + b"0\r\n\r\n", half_close=True)

    assert body_of(answer) == b"x" * 500_000
    assert time.process_time() - began < CPU_S


async def test_many_keys_cost_little() -> None:
    # Names that collided under hashes without a secret; ours differ in each process (`startup` sees to it).
    names = [format(number, "020b").replace("0", "Aa").replace("1", "BB") for number in range(50_000)]
    keyed = [receiver(MessageType=11, VariableTransformers=guid("d1")), transformers("d1", create_variable("x", "a"))]
    body = json.dumps(dict.fromkeys([*names, "a"], 1)).encode()
    async with listening(serving(keyed)) as running:
        began = time.process_time()
        answer = await exchange(running.port(), a_request(body=body, headers=["Connection: close"]))
        query = "&".join(f"{name[:9]}=1" for name in names[:600])
        assert await statuses(running.port(), a_request(f"/v?{query}", b"{}")) == [200]
        fields = [f"X-{name[:9]}: 1" for name in names[:100]]
        assert await statuses(running.port(), a_request(headers=fields)) == [200]

    assert statuses_in(answer) == [200]
    assert time.process_time() - began < CPU_S
