"""
What kopf calls: every watch event goes into the store and wakes the loop. Three lines each, nothing that can fail.

The only module, beside `__main__`, that imports kopf. Only `on.event` is used: kopf then sets no finalizer and writes
no annotation, and nothing hangs on an event being handled, since the loop looks at what is, not at what happened.
"""

from collections.abc import Callable
from typing import Any

import kopf

from httpreceiver_operator.cluster import RESOURCES
from httpreceiver_operator.metrics import OperatorMetrics
from httpreceiver_operator.store import Store


def watch_registry(store: Store, wake: Callable[[], None], metrics: OperatorMetrics) -> kopf.OperatorRegistry:
    """Return what kopf is to watch: one handler for all kinds the store holds."""
    registry = kopf.OperatorRegistry()

    async def observe(event: Any, **_: Any) -> None:  # async, or kopf would call it in a thread of its own
        entry = dict(event["object"])
        metrics.watch_events.labels(kind=entry["kind"]).inc()
        if store.observe(event["type"], entry):
            wake()

    for resource in RESOURCES.values():
        kopf.on.event(resource.group, resource.version, resource.plural, id=resource.plural, registry=registry)(observe)
    kopf.on.login(registry=registry, id="login")(kopf.login_via_client)
    return registry


def watch_settings() -> kopf.OperatorSettings:
    """Return kopf's settings: it watches what is ours, and writes nothing."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.peering.standalone = True
    for resource in RESOURCES.values():
        if resource.selector:
            selected = (resource.group, resource.version, resource.plural)
            settings.watching.label_selectors[selected] = resource.selector
    return settings
