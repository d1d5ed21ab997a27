"""A real listener on a free port of the loopback, and what tests need around it: raw sockets, a stub, waiting."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from httpreceiver_listener.listener import Listener
from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_listener.states import ApplyReport
from httpreceiver_workflow.endpoint import Endpoint, Scheme, ServedReceiver
from httpreceiver_workflow.options import read_options
from workflow_files import a_receiver, a_sender, with_activities

DEADLINE_S = 10.0
"""No fact of these tests takes a second; a busy machine may."""

PORT = 8080
"""What receivers ask for; what is bound is free and differs each time."""


def a_served(name: str = "team/a", generation: int = 1, suspended: bool = False, **members: Any) -> ServedReceiver:
    """Return a receiver of JSON with *members* in its setting; it answers ``ok`` unless told otherwise."""
    return serving([a_receiver(**{"ResponseMessageTemplate": '"ok"', **members})], name, generation, suspended)


def serving(
    settings: Sequence[Any], name: str = "team/a", generation: int = 1, suspended: bool = False
) -> ServedReceiver:
    """Return *settings* as a receiver that is offered to a listener."""
    return ServedReceiver(name=name, generation=generation, workflow=json.dumps(settings), suspended=suspended)


def option_served(spec: Mapping[str, Any], **members: Any) -> ServedReceiver:
    """Return a receiver whose HttpReceiver says *spec* beside the workflow; else as `a_served`."""
    options, problems = read_options(spec)
    assert not problems
    return msgspec.structs.replace(a_served(**members), options=options)


def forwarding(url: str, **members: Any) -> ServedReceiver:
    """Return a receiver that calls *url* and then answers ``ok``."""
    return serving(
        with_activities(a_sender(Server=url, MessageTemplate="{}"), **{"ResponseMessageTemplate": '"ok"', **members})
    )


def an_endpoint(*receivers: ServedReceiver, port: int = PORT, **members: Any) -> Endpoint:
    """Return an endpoint of plain HTTP unless told otherwise."""
    return Endpoint(**{"host": "team/default", "port": port, "scheme": Scheme.HTTP, "receivers": receivers, **members})


@dataclass
class Running:
    """A listener that serves, and what it logged."""

    listener: Listener
    lines: list[dict[str, Any]] = field(default_factory=list)

    def port(self, asked: int = PORT) -> int:
        """Return the port that is bound for the one *asked* for."""
        url = next(one.url for one in self.listener.report.endpoints if one.port == asked)
        return int(url.rstrip("/").rpartition(":")[2])

    def url(self, path: str = "/v", scheme: str = "http") -> str:
        """Return the URL of *path* on the default port."""
        return f"{scheme}://127.0.0.1:{self.port()}{path}"

    def requests(self) -> list[dict[str, Any]]:
        """Return the lines of requests logged so far."""
        return [line for line in self.lines if "status" in line]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the fields of the events called *name* that were logged so far."""
        return [line["fields"] for line in self.lines if line.get("event") == name]

    async def logged(self, count: int = 1) -> list[dict[str, Any]]:
        """Return the request lines once there are *count* of them."""
        await until(lambda: len(self.requests()) >= count)
        return self.requests()

    def metric(self, name: str, **labels: str) -> float:
        """Return a sample of the metrics, 0 when there is none."""
        return self.listener.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def listening(
    *receivers: ServedReceiver, endpoints: Sequence[Endpoint] = (), **options: Any
) -> AsyncIterator[Running]:
    """Serve *receivers* on one endpoint, or *endpoints*; drained at the end."""
    wanted = list(endpoints) or [an_endpoint(*receivers)]
    running = Running(None)  # type: ignore[arg-type]  # set at once

    def log(lines: bytes) -> None:
        running.lines += [json.loads(line) for line in lines.splitlines()]

    options = {"bind_address": "127.0.0.1", "access_log": log, "listen_ports": _Free(), **options}
    running.listener = Listener(ListenerOptions(**options))
    await running.listener.start()
    try:
        await running.listener.apply(wanted)
        yield running
    finally:
        await running.listener.drain(0, 5)


class _Free(dict[int, int]):
    """Binds every port to a free one."""

    def get(self, key: int, default: Any = None) -> int:
        """Return 0: any free port."""
        return 0


def states(report: ApplyReport) -> dict[str, str]:
    """Return receiver → state."""
    return {one.name: one.state.value for one in report.receivers}


async def until(fact: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Wait until *fact* holds; fails when it does not in time."""
    async with asyncio.timeout(deadline_s):
        while not fact():  # noqa: ASYNC110  facts are of many kinds
            await asyncio.sleep(0.01)


async def exchange(port: int, sent: bytes, *, half_close: bool = False) -> bytes:
    """Send raw bytes and return everything that comes until the listener closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        await writer.drain()
        if half_close:
            writer.write_eof()
        async with asyncio.timeout(DEADLINE_S):
            return await reader.read()
    finally:
        writer.close()


def a_request(
    path: str = "/v", body: bytes = b"{}", method: str = "POST", headers: Sequence[str] = (), length: int | None = None
) -> bytes:
    """Return a raw request that closes its connection, with a declared length unless *length* is negative."""
    declared = len(body) if length is None else length
    lines = [f"{method} {path} HTTP/1.1", "Host: test", *headers]
    if declared >= 0:
        lines.append(f"Content-Length: {declared}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + body


def status_of(answer: bytes) -> int:
    """Return the status of a raw answer."""
    return int(answer.split(b" ", 2)[1])


def body_of(answer: bytes) -> bytes:
    """Return the body of a raw answer."""
    return answer.partition(b"\r\n\r\n")[2]


class Stub:
    """A server behind the receivers: counts calls, and answers only while its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[web.BaseRequest], web.StreamResponse] = lambda _: web.Response(text="{}")
        self.url = ""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one call."""
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        await self.gate.wait()
        return self.answer(request)


@asynccontextmanager
async def a_stub(**site: Any) -> AsyncIterator[Stub]:
    """Run a stub server on a free port."""
    stub = Stub()
    runner = web.ServerRunner(web.Server(stub.handle), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, **site).start()
    scheme = "https" if site.get("ssl_context") else "http"
    host = "localhost" if scheme == "https" else "127.0.0.1"
    stub.url = f"{scheme}://{host}:{runner.addresses[0][1]}/"
    try:
        yield stub
    finally:
        stub.gate.set()
        await runner.cleanup()


@asynccontextmanager
async def a_client(**options: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client without cookies."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DEADLINE_S), **options) as client:
        yield client


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
