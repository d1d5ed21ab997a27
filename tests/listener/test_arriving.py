"""Large bodies that arrive while memory is short wait in files, and leave nothing behind."""

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine import RECEIVER
from httpreceiver_listener.limits import Limits
from listening import Running, a_request, a_served, body_of, exchange, listening, option_served, status_of, until

LIMITS = Limits(buffered_bytes=800_000, spooled_bytes=4_000_000)
BODY = random.Random(7).randbytes(3_000_000)
CLOSE = ["Connection: close"]
ARRIVING, SPOOLED = "httpreceiver_arriving_body_bytes", "httpreceiver_spooled_body_bytes"


def files_without_names() -> int:
    """Return how many open files of this process have been deleted."""
    links = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]
    return sum(os.readlink(link).endswith("(deleted)") for link in links if link.is_symlink())


@asynccontextmanager
async def sending(running: Running, count: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Send the head and *count* bytes of the body; leave when all of them are held."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
    before = running.metric(ARRIVING) + running.metric(SPOOLED)
    writer.write(a_request(body=BODY[:count], length=len(BODY), headers=CLOSE))
    await until(lambda: running.metric(ARRIVING) + running.metric(SPOOLED) == before + count)
    try:
        yield reader, writer
    finally:
        writer.close()


async def test_a_large_body_waits_in_a_file_and_arrives_as_it_was_sent() -> None:
    spec = {"request": {"text": "Base64"}}
    receiver = option_served(spec, MessageType=14, ResponseMessageTemplate=f"${{{RECEIVER} inbound}}")
    files = files_without_names()
    async with listening(receiver, limits=LIMITS) as running:
        async with sending(running, 2_900_000) as (reader, writer):
            assert running.metric(SPOOLED) > 2_000_000
            assert running.metric(ARRIVING) < LIMITS.buffered_bytes
            assert files_without_names() == files + 1
            writer.write(BODY[2_900_000:])
            answer = await reader.read()
        held = running.metric(ARRIVING), running.metric(SPOOLED)

    assert body_of(answer) == BODY
    assert (held, files_without_names()) == ((0, 0), files)


async def test_a_caller_that_leaves_leaves_no_file() -> None:
    files = files_without_names()
    async with listening(a_served(), limits=LIMITS) as running:
        async with sending(running, 2_000_000):
            assert running.metric(SPOOLED) > 0
        await until(lambda: running.metric(ARRIVING) + running.metric(SPOOLED) == 0)

    assert files_without_names() == files


async def test_a_small_body_is_served_from_memory_while_large_ones_wait() -> None:
    async with listening(a_served(), limits=LIMITS) as running, sending(running, 2_900_000):
        spooled = running.metric(SPOOLED)
        answer = await exchange(running.port(), a_request(body=b"x" * 200_000, headers=CLOSE))

        assert (status_of(answer), running.metric(SPOOLED)) == (200, spooled)


async def test_without_room_on_disk_a_body_is_503() -> None:
    """Beyond the bodies that are kept already."""
    async with listening(a_served(), limits=LIMITS) as running, sending(running, 2_900_000):
        answer = await exchange(running.port(), a_request(body=BODY, headers=CLOSE))

    assert status_of(answer) == 503
    assert b"Retry-After: " in answer


async def test_a_disk_that_cannot_be_written_is_503_and_not_the_callers_mistake(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    async with listening(a_served(), limits=LIMITS) as running:
        answer = await exchange(running.port(), a_request(body=BODY, headers=CLOSE))
        held = running.metric(ARRIVING), running.metric(SPOOLED)

    assert (status_of(answer), held) == (503, (0, 0))
