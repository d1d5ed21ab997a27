"""The server behind {STUB}: on loopback, answers what the step says, and keeps what it was sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from httpreceiver_cli.checking.observation import StubRequest


class Stub:
    """
    One such server.

    Attributes:
        replies: what it answers with.
        requests: what it was sent.
    """

    def __init__(self) -> None:
        self.url = ""
        self.replies = b""
        self.requests: list[StubRequest] = []

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Keep the request and reply."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = (await request.read()).decode("utf-8", "backslashreplace")
        self.requests.append(StubRequest(request.method, request.path_qs, headers, body))
        return web.Response(body=self.replies)


@asynccontextmanager
async def stub_server() -> AsyncIterator[Stub]:
    """Run a stub on a free port of loopback."""
    stub = Stub()
    runner = web.ServerRunner(web.Server(stub.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stub.url = "http://127.0.0.1:{1}".format(*runner.addresses[0])
    try:
        yield stub
    finally:
        await runner.cleanup()
