"""
Start the operator: ``python -m httpreceiver_operator``. Settings come from the environment, see `config`.
"""

import asyncio
import logging
import os
import sys

import aiohttp
import kopf
import prometheus_client
from aiohttp import web

from httpreceiver_operator.cluster import NoCluster, connect
from httpreceiver_operator.config import Config, ConfigError, config_from
from httpreceiver_operator.handlers import watch_registry, watch_settings
from httpreceiver_operator.health import health_app
from httpreceiver_operator.metrics import OperatorMetrics
from httpreceiver_operator.reconcile import Reconciler
from httpreceiver_operator.store import Store

log = logging.getLogger("httpreceiver_operator")


async def operate(config: Config) -> None:
    """Watch and reconcile until SIGTERM or SIGINT."""
    metrics, store = OperatorMetrics(), Store()
    async with connect(metrics) as cluster, aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        reconciler = Reconciler(config, cluster, store, session, metrics)
        runner = web.AppRunner(health_app(reconciler, metrics), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, port=config.health_port).start()
        loop = tasks.create_task(reconciler.run(), name="reconcile")
        try:
            # Without the kinds themselves kopf would watch nothing, and never find out.
            await reconciler.until_listed()
            await kopf.operator(
                registry=watch_registry(store, reconciler.wake, metrics),
                settings=watch_settings(),
                clusterwide=not config.watch_namespaces,
                namespaces=config.watch_namespaces,
            )
        finally:
            loop.cancel()
            await runner.cleanup()


def main() -> int:
    """Run until told to stop; return the exit code: 0 stopped, 2 unusable settings."""
    kopf.configure(log_format=kopf.LogFormat.JSON)
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)  # else one line per watch event
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    try:
        config = config_from(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        asyncio.run(operate(config))
    except NoCluster as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
