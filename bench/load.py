"""
The load: in a closed loop, where each connection sends its next request when the last is answered, or at a fixed rate,
which goes on whatever the server does.

Bytes are written and counted by hand, so that the sender costs less than the server and needs nothing but Python. It is
bounded by its time; a wrong status or a lost connection counts as a failure and is never retried.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final, cast

import uvloop

_LAST_ANSWERS_WITHIN_S: Final = 10.0
_TICK_S: Final = 0.001


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


class Caller(asyncio.Protocol):
    """One connection: sends what its run gives it, and tells the run of each answer."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._received = b""
        self._since = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has the methods, not the base class
        self._run.open += 1

    def send(self, request: bytes, since: float) -> None:
        """Send *request*, whose latency counts from *since*."""
        assert self._transport is not None
        self._since = since
        self._transport.write(request)

    def close(self) -> None:
        """End the connection."""
        assert self._transport is not None
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        end = _end_of_answer(received)
        if end is None or end > len(received):
            self._received = received
            return
        self._received = b""
        if end == len(received) and received.startswith(b"HTTP/1.1 200"):
            self._run.latencies.append(time.perf_counter() - self._since)
        else:
            self._run.failures += 1
        self._run.ready(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._run.lost()


class _Run:
    """What the connections of one run share: a closed loop until *until*."""

    def __init__(self, until: float, requests: Sequence[bytes]) -> None:
        self.until = until
        self.open = 0
        self.latencies: list[float] = []
        self.failures = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = cycle(requests)

    def begin(self, callers: Sequence[Caller]) -> None:
        """Send the first requests."""
        for caller in callers:
            self.ready(caller)

    def ready(self, caller: Caller) -> None:
        """Give *caller*, which waits for no answer, its next request."""
        now = time.perf_counter()
        if now < self.until:
            caller.send(next(self._requests), now)
        else:
            caller.close()

    def lost(self) -> None:
        """Count a connection no more; before the end, that is a failure."""
        self.failures += time.perf_counter() < self.until
        self.open -= 1
        if self.open == 0 and not self.ended.done():
            self.ended.set_result(None)


class _FixedRate(_Run):
    """An open loop: *rate* requests a second fall due; one that finds no free connection waits, and that counts."""

    def __init__(self, until: float, requests: Sequence[bytes], rate: float) -> None:
        super().__init__(until, requests)
        self._rate = rate
        self._began = 0.0
        self._fallen_due = 0
        self._due: deque[float] = deque()
        self._free: list[Caller] = []

    def begin(self, callers: Sequence[Caller]) -> None:
        self._free += callers
        self._began = time.perf_counter()
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        due = round((min(now, self.until) - self._began) * self._rate)
        for _ in range(due - self._fallen_due):
            if self._free:
                self._free.pop().send(next(self._requests), now)
            else:
                self._due.append(now)
        self._fallen_due = due
        if now < self.until:
            asyncio.get_running_loop().call_later(_TICK_S, self._tick)
        else:
            free, self._free = self._free, []
            for caller in free:
                caller.close()

    def ready(self, caller: Caller) -> None:
        if self._due:
            caller.send(next(self._requests), self._due.popleft())
        elif time.perf_counter() < self.until:
            self._free.append(caller)
        else:
            caller.close()


def _end_of_answer(received: bytes) -> int | None:
    """Return where the answer ends, None while its head is not complete."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = received.lower().find(b"\r\ncontent-length:", 0, head)
    return head + 4 + (int(received[length + 17 : received.find(b"\r\n", length + 17)]) if length >= 0 else 0)


async def connected(port: int, run: _Run, connections: int, tls: ssl.SSLContext | None) -> list[Caller]:
    """Return that many open connections."""
    loop = asyncio.get_running_loop()
    callers: list[Caller] = []
    for _ in range(connections):
        _, caller = await loop.create_connection(lambda: Caller(run), "127.0.0.1", port, ssl=tls)
        callers.append(caller)
    return callers


async def _load(
    port: int, requests: Sequence[bytes], connections: int, duration_s: float, rate: float | None, *, tls: bool
) -> LoadResult:
    context = trusting_context() if tls else None
    run = _Run(0, requests) if rate is None else _FixedRate(0, requests, rate)
    callers = await connected(port, run, connections, context)
    began = time.perf_counter()
    run.until = began + duration_s
    run.begin(callers)
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


def trusting_context() -> ssl.SSLContext:
    """Return a client's context that takes any certificate: the servers make their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def send_load(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    duration_s: float,
    rate: float | None = None,
    *,
    tls: bool = False,
) -> LoadResult:
    """
    Send *requests* in turn over *connections* connections for *duration_s* seconds.

    Args:
        rate: requests a second; None for a closed loop.

    Raises:
        RuntimeError: an answer did not come.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(port, requests, connections, duration_s, rate, tls=tls))
