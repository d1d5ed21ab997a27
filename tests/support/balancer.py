"""The smallest TCP balancer that behaves like a Service: asks for readiness, sends each new connection to one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

ASK_EVERY_S = 0.1


@dataclass
class Backend:
    """One listener behind the balancer: its port, its admin port's address, and whether it says that it is ready."""

    port: int
    admin: str
    is_ready: bool = False


@dataclass
class Balancer:
    """
    Sends connections to ready backends in turn.

    Attributes:
        port: where callers connect.
        refused: connections for which no backend was ready.
    """

    backends: list[Backend]
    port: int = 0
    refused: int = 0
    _turn: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def watch(self) -> None:
        """Ask every backend again and again."""
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(force_close=True)) as client:
            while True:
                for backend in self.backends:
                    try:
                        async with client.get(f"{backend.admin}/readyz") as answer:
                            backend.is_ready = answer.status == 200
                    except (aiohttp.ClientError, TimeoutError):
                        backend.is_ready = False
                await asyncio.sleep(ASK_EVERY_S)

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join one caller with a backend until both have ended."""
        ready = [backend for backend in self.backends if backend.is_ready]
        if not ready:
            self.refused += 1
            writer.close()
            return
        self._turn += 1
        onward_reader, onward = await asyncio.open_connection("127.0.0.1", ready[self._turn % len(ready)].port)
        await asyncio.gather(_copy(reader, onward), _copy(onward_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def balancing(*backends: Backend) -> AsyncIterator[Balancer]:
    """Balance over *backends* on a free port."""
    balancer = Balancer(list(backends))
    server = await asyncio.start_server(balancer.pass_on, "127.0.0.1", 0, backlog=1000)
    balancer.port = server.sockets[0].getsockname()[1]
    watching = asyncio.create_task(balancer.watch())
    try:
        yield balancer
    finally:
        server.close()
        watching.cancel()
        await asyncio.wait([watching])
