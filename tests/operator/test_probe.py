"""Asking pods, over real sockets: what they say, and that silence and nonsense are not mistaken for an answer."""

import aiohttp
import pytest
from aiohttp import web

from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.probe import ask_pods
from httpreceiver_operator.snapshot import ListenerPod, ReceiverReport

POD = ObjectName("team", "pod")
REPORT = '[{"name": "team/a", "generation": 2, "revision": "r", "state": "serving", "message": "", "problems": []}]'


async def asked(body: str, status: int = 200) -> tuple[ReceiverReport, ...] | None:
    """What a pod that answers with *body* is understood to have said."""

    async def receivers(_: web.Request) -> web.Response:
        return web.Response(text=body, status=status)

    app = web.Application()
    app.add_routes([web.get("/receivers", receivers)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return await answer_of(("127.0.0.1", runner.addresses[0][1]))
    finally:
        await runner.cleanup()


async def answer_of(address: tuple[str, int] | None) -> tuple[ReceiverReport, ...] | None:
    """What the pod at *address* says."""
    pod = ListenerPod(
        key=POD,
        uid="1",
        host="default",
        port=8080,
        port_names=frozenset({"http-8080", "admin"}),
        admin_address=address,
        ready=True,
        bundle_revision="",
    )
    async with aiohttp.ClientSession() as session:
        return (await ask_pods(session, [pod]))[POD]


async def test_a_report_is_understood() -> None:
    """Name, generation, revision and state come through; more members do no harm."""
    expected = ReceiverReport(receiver="team/a", generation=2, revision="r", state="serving")
    assert (expected,) == await asked(REPORT)


@pytest.mark.parametrize(
    ("body", "status"), [(REPORT, 500), ("rubbish", 200), ('[{"name": 1}]', 200)], ids=["status", "text", "shape"]
)
async def test_nonsense_is_no_answer(body: str, status: int) -> None:
    """Another service behind the address is not mistaken for a listener."""
    assert await asked(body, status) is None


async def test_silence_is_no_answer() -> None:
    """A closed port, and a pod without an address."""
    assert [None, None] == [await answer_of(("127.0.0.1", 1)), await answer_of(None)]
