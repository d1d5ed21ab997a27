"""Runs that go on after their answer, and callers that leave before theirs."""

import asyncio
import socket
import struct

import pytest

from httpreceiver_listener.limits import Limits
from listening import a_request, a_stub, exchange, forwarding, listening, status_of, until

CLOSE = ["Connection: close"]


async def test_an_early_answer_does_not_wait_for_its_activities() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url, ReponsePriority=0)) as running:
        stub.gate.clear()
        answer = await exchange(running.port(), a_request(headers=CLOSE))
        await until(lambda: running.metric("httpreceiver_background_runs_active") == 1)
        stub.gate.set()
        await until(
            lambda: running.metric("httpreceiver_background_runs_total", receiver="team/a", outcome="completed") == 1
        )
        first, second = await running.logged(2)

    assert status_of(answer) == 200
    assert (first["outcome"], second["outcome"], second["stage"]) == ("accepted", "completed", "background")
    assert first["id"] == second["id"]


async def test_beyond_the_bound_a_request_is_503_before_its_run_starts() -> None:
    limits = Limits(background_runs=2)
    async with a_stub() as stub, listening(forwarding(stub.url, ReponsePriority=1), limits=limits) as running:
        stub.gate.clear()
        accepted = [await exchange(running.port(), a_request(headers=CLOSE)) for _ in range(2)]
        refused = await exchange(running.port(), a_request(headers=CLOSE))
        await until(lambda: len(stub.bodies) == 2)
        stub.gate.set()
        await until(lambda: running.metric("httpreceiver_background_runs_active") == 0)
        again = await exchange(running.port(), a_request(headers=CLOSE))

    assert [status_of(answer) for answer in (*accepted, refused, again)] == [200, 200, 503, 200]
    assert b"Retry-After" in refused
    assert len(stub.bodies) == 3


async def test_a_failing_background_run_is_told_in_log_and_metric() -> None:
    async with listening(forwarding("http://127.0.0.1:1/", ReponsePriority=0)) as running:
        await exchange(running.port(), a_request(headers=CLOSE))
        _, second = await running.logged(2)

    assert (second["outcome"], second["fault"]) == ("errored", "Connectivity")


@pytest.mark.parametrize("with_reset", [False, True])
async def test_a_caller_that_leaves_does_not_stop_its_run(with_reset: bool) -> None:
    async with a_stub() as stub, listening(forwarding(stub.url)) as running:
        stub.gate.clear()
        _, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(a_request())
        await until(lambda: stub.bodies)
        if with_reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        if with_reset:
            await until(lambda: not running.metric("httpreceiver_connections", port="8080"))
        stub.gate.set()
        (line,) = await running.logged()

    assert (line["outcome"], line["status"]) == ("completed", 200)


async def test_draining_waits_for_background_runs() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url, ReponsePriority=0)) as running:
        stub.gate.clear()
        await exchange(running.port(), a_request(headers=CLOSE))
        await until(lambda: stub.bodies)
        draining = asyncio.ensure_future(running.listener.drain(0, 5))
        await until(lambda: running.events("drain"))
        assert not draining.done()
        stub.gate.set()
        assert await draining == 0

    assert [line["outcome"] for line in running.requests()] == ["accepted", "completed"]


async def test_what_outlasts_the_grace_is_reported_as_lost() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url, ReponsePriority=0)) as running:
        stub.gate.clear()
        await exchange(running.port(), a_request(headers=CLOSE))
        await until(lambda: stub.bodies)
        assert await running.listener.drain(0, 0.05) == 1
        stub.gate.set()
