"""
The operator's own port: ``/healthz``, ``/readyz`` and ``/metrics``.
"""

import time
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from httpreceiver_operator.metrics import OperatorMetrics
from httpreceiver_operator.reconcile import Reconciler

STUCK_AFTER_S: Final = 900.0
"""Without a successful pass for so long the operator is restarted: three resyncs, and far above every pause."""


def health_app(reconciler: Reconciler, metrics: OperatorMetrics) -> web.Application:
    """Return the application of the health port."""
    begun = time.monotonic()

    async def healthz(_: web.Request) -> web.Response:
        idle_s = time.monotonic() - (reconciler.last_success_at or begun)
        return _answer(idle_s < STUCK_AFTER_S, f"no successful pass for {idle_s:.0f} s")

    async def readyz(_: web.Request) -> web.Response:
        return _answer(reconciler.last_success_at is not None, "no successful pass yet")

    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", show_metrics)])
    return app


def _answer(is_well: bool, otherwise: str) -> web.Response:
    return web.Response(text="ok\n") if is_well else web.Response(status=503, text=f"{otherwise}\n")
