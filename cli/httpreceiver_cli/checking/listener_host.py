"""A case on the real listener, through a real socket on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from httpreceiver_cli.checking.activities import Activities
from httpreceiver_cli.checking.decoding import TRANSPORT_HEADERS
from httpreceiver_cli.checking.hosts import CannotRun, Host, SentRequest, Subject
from httpreceiver_cli.checking.observation import Answered
from httpreceiver_listener.faults import PROBLEM_CONTENT_TYPE
from httpreceiver_listener.listener import Listener
from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_listener.states import State
from httpreceiver_workflow.pipeline.effects import Outcome

RUN_S: Final = 60.0
"""How long a run may go on after its early answer; the senders' own timeouts end it long before."""


@asynccontextmanager
async def serve_on_listener(subject: Subject, activities: Activities) -> AsyncIterator[Host]:
    """Serve *subject* on a free port of loopback."""
    ended: asyncio.Queue[Outcome] = asyncio.Queue()
    listener = Listener(
        ListenerOptions(
            bind_address="127.0.0.1",
            listen_ports={subject.endpoint.port: 0},
            performers=activities.doors(),
            run_ended=ended.put_nowait,
        )
    )
    await listener.start()
    try:
        report = await listener.apply([subject.endpoint])
        [receiver], [endpoint] = report.receivers, report.endpoints
        if receiver.state is not State.SERVING:
            raise CannotRun(f"The listener does not serve the workflow: {receiver.message}")
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            yield ListenerHost(listener, endpoint.url, session, ended)
    finally:
        await listener.drain(lag_s=0, grace_s=RUN_S)


class ListenerHost:
    """One running listener, and a client of it."""

    def __init__(
        self, listener: Listener, url: str, session: aiohttp.ClientSession, ended: asyncio.Queue[Outcome]
    ) -> None:
        self._listener = listener
        self._url = url.rstrip("/")
        self._session = session
        self._ended = ended

    async def send(self, request: SentRequest, answered: Callable[[], None]) -> tuple[Answered, Outcome | None]:
        """See `Host.send`."""
        try:
            response, body = await self._exchange(request)
        except aiohttp.ClientError as error:
            raise CannotRun(f"The listener gave no answer: {type(error).__name__}.") from error
        answered()
        headers = {
            name.lower(): value for name, value in response.headers.items() if name.lower() not in TRANSPORT_HEADERS
        }
        if response.content_type == PROBLEM_CONTENT_TYPE:
            body = _without_id(body)
        return Answered(response.status, headers, body), await self._outcome()

    async def _exchange(self, request: SentRequest) -> tuple[aiohttp.ClientResponse, bytes]:
        """Send *request* as it is, and return the answer with its body. Raises aiohttp.ClientError."""
        async with self._session.request(
            request.method,
            URL(self._url + request.path, encoded=True),
            data=request.body,
            headers=request.headers,
            skip_auto_headers=["Content-Type"],
            allow_redirects=False,
        ) as response:
            return response, await response.read()

    async def _outcome(self) -> Outcome | None:
        """Return how the run ended, once it has; None when there was none."""
        if self._ended.empty() and not self._listener.metrics.background_runs():
            return None
        try:
            return await asyncio.wait_for(self._ended.get(), RUN_S)
        except TimeoutError:
            raise CannotRun(f"The run had not ended {RUN_S:g} seconds after its answer.") from None


def _without_id(body: bytes) -> bytes:
    """Return the body of a refusal with its id empty: the id is another one for each request."""
    return msgspec.json.encode(msgspec.json.decode(body) | {"id": ""})
