"""The admin port: liveness, readiness, metrics, and which generation of which receiver runs."""

from collections.abc import Callable

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from httpreceiver_listener.states import ApplyReport


class Admin:
    """
    A small HTTP server of its own, never on a receivers' port.

    ``/healthz`` answers 200 while the event loop turns. ``/readyz`` answers 200 once receivers were applied and until
    draining begins, else 503. ``/metrics`` is for Prometheus. ``/receivers`` and ``/endpoints`` are the two lists of an
    `ApplyReport` as JSON; the operator reads the first to learn which generation a pod runs.
    """

    def __init__(
        self, registry: CollectorRegistry, is_ready: Callable[[], bool], report: Callable[[], ApplyReport]
    ) -> None:
        self._registry = registry
        self._is_ready = is_ready
        self._report = report
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
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        return web.Response(text="ready\n") if self._is_ready() else web.Response(status=503, text="not ready\n")

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _receivers(self, _: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(self._report().receivers), content_type="application/json")

    async def _endpoints(self, _: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(self._report().endpoints), content_type="application/json")
