"""Two pods behind a balancer, restarted in turn under load: nobody's request fails."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from balancer import Backend, Balancer, balancing
from listening import a_client, a_served, a_stub, forwarding
from mounted import mount
from pod_process import Pod, a_pod

pytestmark = pytest.mark.load

LAG: Final = "--drain-lag-s=2"
"""Long enough for the balancer to ask, and for every caller to be told that its connection ends."""
DEADLINE_S: Final = 60.0
SLOW: Final = 10


class Callers:
    """What everybody was answered, and who was not."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.statuses: Counter[int] = Counter()
        self.failures: list[Exception] = []
        self.is_ended = False

    async def call(self, client: aiohttp.ClientSession, path: str = "/v") -> None:
        """Send one request; it counts as failed however it fails."""
        try:
            async with client.post(self._url + path, data=b"{}") as answer:
                await answer.read()
                self.statuses[answer.status] += 1
        except (aiohttp.ClientError, TimeoutError) as failure:
            self.failures.append(failure)

    async def keep_calling(self, *, is_new_each_time: bool) -> None:
        """Send one request after the other until the end."""
        connector = aiohttp.TCPConnector(force_close=is_new_each_time)
        # A caller whose POST was lost may not send it twice: aiohttp must not do so behind our back.
        async with aiohttp.ClientSession(connector=connector) as client:
            client._retry_connection = False
            while not self.is_ended:
                await self.call(client)

    async def until_answered(self, count: int) -> None:
        """Wait for *count* more answers."""
        wanted = self.statuses.total() + count
        await holds(lambda: self.statuses.total() >= wanted)

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """Call from kept and from new connections while the block runs."""
        tasks = [asyncio.create_task(self.keep_calling(is_new_each_time=number % 2 == 0)) for number in range(8)]
        try:
            yield
        finally:
            self.is_ended = True
            await asyncio.gather(*tasks)


async def holds(fact: Callable[[], bool]) -> None:
    """Wait until *fact* holds."""
    async with asyncio.timeout(DEADLINE_S):
        while not fact():  # noqa: ASYNC110  facts of other processes
            await asyncio.sleep(0.02)


def is_closed(port: int) -> bool:
    """Whether nobody accepts connections on *port*."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


async def joined(balancer: Balancer, pod: Pod) -> Backend:
    """Put *pod* behind the balancer, and return it once connections go there."""
    backend = Backend(pod.port, pod.admin)
    balancer.backends.append(backend)
    await holds(lambda: backend.is_ready)
    return backend


async def test_a_rolling_restart_fails_no_request(tmp_path: Path) -> None:
    """On kept and new connections, and requests that take longer than a pod goes on serving after its SIGTERM."""
    async with a_stub() as stub, balancing() as balancer, AsyncExitStack() as stack:
        slow = forwarding(stub.url, ServiceName="slow")
        mount(tmp_path, a_served(), slow.__class__(name="team/slow", generation=1, workflow=slow.workflow))
        running: list[tuple[Pod, Backend]] = []
        for _ in range(2):
            pod = await stack.enter_async_context(a_pod(tmp_path, LAG))
            running.append((pod, await joined(balancer, pod)))
        callers = Callers(f"http://127.0.0.1:{balancer.port}")
        async with callers.calling(), a_client() as client:
            for pod, backend in tuple(running):
                await callers.until_answered(100)
                stub.gate.clear()
                begun = len(stub.bodies) + SLOW
                pending = [asyncio.create_task(callers.call(client, "/slow")) for _ in range(SLOW)]
                await holds(lambda begun=begun: len(stub.bodies) == begun)
                ending = asyncio.create_task(pod.end())
                await holds(lambda backend=backend: not backend.is_ready)
                await holds(lambda pod=pod: is_closed(pod.port))
                stub.gate.set()
                await asyncio.gather(*pending)
                code, _, err = await ending
                assert (0, "") == (code, err)
                balancer.backends.remove(backend)
                successor = await stack.enter_async_context(a_pod(tmp_path, LAG))
                running[:1] = []
                running.append((successor, await joined(balancer, successor)))
            await callers.until_answered(100)
        endings = await asyncio.gather(*(pod.end() for pod, _ in running))
        assert [(0, "")] * 2 == [(code, err) for code, _, err in endings]
        assert [] == callers.failures
        assert {200} == set(callers.statuses)
        assert 0 == balancer.refused
