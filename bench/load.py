"""
The load: kept-alive connections that each send the next request when the last is answered.

Bytes are written and counted by hand, so that the sender costs less than the server and needs nothing but Python. It is
bounded by its time; a wrong status or a lost connection counts as a failure and is never retried.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import cast

import uvloop

from bench.job import request_bytes

_DIFFERENT_REQUESTS = 500
_LAST_ANSWERS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class LoadResult:
    """
    What one run of load saw.

    Attributes:
        duration_s: from the first request sent to the last answer.
        failures: answers that were not 200, and connections that broke.
    """

    answers: int
    failures: int
    duration_s: float
    p50_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        """Answers per second."""
        return self.answers / self.duration_s if self.duration_s else 0.0


class _Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has the methods, not the base class
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._run.requests))

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        end = _end_of_answer(received)
        if end is None or end > len(received):
            self._received = received
            return
        self._received = b""
        now = time.perf_counter()
        if end == len(received) and received.startswith(b"HTTP/1.1 200"):
            self._run.latencies.append(now - self._sent_at)
        else:
            self._run.failures += 1
        if now < self._run.until:
            self._send()
        else:
            assert self._transport is not None
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if time.perf_counter() < self._run.until:
            self._run.failures += 1
        self._run.open -= 1
        if self._run.open == 0:
            self._run.ended.set_result(None)


class _Run:
    """What the connections of one run share."""

    def __init__(self, until: float, connections: int, requests: Sequence[bytes]) -> None:
        self.until = until
        self.open = connections
        self.requests = cycle(requests)
        self.latencies: list[float] = []
        self.failures = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()


def _end_of_answer(received: bytes) -> int | None:
    """Return where the answer ends, None while its head is not complete."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = received.lower().find(b"\r\ncontent-length:", 0, head)
    return head + 4 + (int(received[length + 17 : received.find(b"\r\n", length + 17)]) if length >= 0 else 0)


async def _load(port: int, connections: int, duration_s: float) -> LoadResult:
    loop = asyncio.get_running_loop()
    requests = [request_bytes(number) for number in range(_DIFFERENT_REQUESTS)]
    began = time.perf_counter()
    run = _Run(began + duration_s, connections, requests)
    for _ in range(connections):
        await loop.create_connection(lambda: _Caller(run), "127.0.0.1", port)
    try:
        await asyncio.wait_for(run.ended, duration_s + _LAST_ANSWERS_WITHIN_S)
    except TimeoutError:
        raise RuntimeError(f"{run.open} of {connections} connections got no answer") from None
    took = time.perf_counter() - began
    ordered = sorted(run.latencies) or [0.0]
    return LoadResult(
        len(run.latencies),
        run.failures,
        took,
        ordered[len(ordered) // 2] * 1000,
        ordered[int(len(ordered) * 0.99)] * 1000,
    )


def send_load(port: int, connections: int, duration_s: float) -> LoadResult:
    """Send requests over *connections* connections for *duration_s* seconds. Raises RuntimeError when one is left."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(port, connections, duration_s))
