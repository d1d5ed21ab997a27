"""The admin port: liveness, readiness, metrics, which generation of which receiver runs, and what callers may send."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Protocol

import msgspec
from aiohttp import web

from httpreceiver_listener.states import ApplyReport
from httpreceiver_listener.telemetry.exposition import Exposition


class Shown(Protocol):
    """What the admin port tells of a listener."""

    @property
    def is_alive(self) -> bool:
        """Whether it needs no restart."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether requests should be sent to it."""
        ...

    @property
    def report(self) -> ApplyReport:
        """What it serves."""
        ...

    async def exposition(self, accept: str) -> Exposition:
        """Return the metrics in the format that the header Accept asks for."""
        ...

    async def openapi(self) -> Mapping[int, bytes]:
        """Return the OpenAPI document of each port that is served."""
        ...


class Admin:
    """
    A small HTTP server of its own, never on a receivers' port.

    ``/healthz`` answers 200 until a restart is due. ``/readyz`` answers 200 once receivers were applied and until
    draining begins, else 503. ``/metrics`` is for Prometheus. ``/receivers`` and ``/endpoints`` are the two lists of an
    `ApplyReport` as JSON; the operator reads the first to learn which generation a pod runs. ``/openapi.json`` is the
    document of the one port that receivers have; of several, ``?port=`` names one, and 300 or 404 lists them.
    """

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, address: str, port: int) -> None:
        """Bind *port* of *address*. Raises OSError when it is in use."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/receivers", self._receivers)
        app.router.add_get("/endpoints", self._endpoints)
        app.router.add_get("/openapi.json", self._openapi)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, address or None, port).start()
        self.port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _healthz(self, _: web.Request) -> web.Response:
        return _yes_or_no(self._shown.is_alive)

    async def _readyz(self, _: web.Request) -> web.Response:
        return _yes_or_no(self._shown.is_ready)

    async def _metrics(self, request: web.Request) -> web.Response:
        found = await self._shown.exposition(",".join(request.headers.getall("Accept", ())))
        return web.Response(body=found.body, headers={"Content-Type": found.content_type, "Vary": "Accept"})

    async def _receivers(self, _: web.Request) -> web.Response:
        return _json(self._shown.report.receivers)

    async def _endpoints(self, _: web.Request) -> web.Response:
        return _json(self._shown.report.endpoints)

    async def _openapi(self, request: web.Request) -> web.Response:
        documents = await self._shown.openapi()
        asked = request.query.get("port")
        if asked is None and len(documents) == 1:
            [document] = documents.values()
            return web.Response(body=document, content_type="application/json")
        for port, document in documents.items():
            if asked == str(port):
                return web.Response(body=document, content_type="application/json")
        is_choice = asked is None and bool(documents)
        return _json(_choices(documents), HTTPStatus.MULTIPLE_CHOICES if is_choice else HTTPStatus.NOT_FOUND)


def _choices(ports: Iterable[int]) -> list[dict[str, int | str]]:
    return [{"port": port, "href": f"/openapi.json?port={port}"} for port in ports]


def _yes_or_no(fact: bool) -> web.Response:
    return web.Response(text="yes\n") if fact else web.Response(status=503, text="no\n")


def _json(rows: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(rows), content_type="application/json")
