"""
Objects that are read by name, because they are not ours and so not watched: what receivers and hosts refer to, and
strangers that hold a name we need.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

from httpreceiver_operator import names
from httpreceiver_operator.api_objects import JsonObject, is_ours, object_name
from httpreceiver_operator.cluster import Cluster
from httpreceiver_operator.names import ObjectKey
from httpreceiver_operator.store import Store
from httpreceiver_workflow.options import read_options
from httpreceiver_workflow.options.auth import objects_used

LONGEST_FRESH_S: Final = 30.0
"""The longest a reading counts, and so the longest time until a change of a referenced object is seen."""

READ_AT_ONCE: Final = 16


class Lookups:
    """What was read by name, and when."""

    def __init__(self, cluster: Cluster, fresh_s: float) -> None:
        """
        Begin with nothing read.

        Args:
            fresh_s: how long a reading counts, at most `LONGEST_FRESH_S`.
        """
        self._cluster = cluster
        self._fresh_s = min(fresh_s, LONGEST_FRESH_S)
        self._read: dict[ObjectKey, tuple[float, JsonObject | None]] = {}
        self._strangers: set[ObjectKey] = set()

    @property
    def objects(self) -> list[JsonObject]:
        """The objects that exist."""
        return [entry for _, entry in self._read.values() if entry is not None]

    def covers(self, wanted: Iterable[ObjectKey]) -> bool:
        """Whether each of *wanted* was read, whatever came of it."""
        return all(key in self._read for key in wanted)

    async def refresh(self, wanted: Iterable[ObjectKey]) -> None:
        """Read what of *wanted*, and of the strangers found before, was not read lately; forget everything else."""
        needed = {*wanted, *self._strangers}
        self._read = {key: known for key, known in self._read.items() if key in needed}
        now = time.monotonic()
        stale = [key for key in needed if key not in self._read or now - self._read[key][0] >= self._fresh_s]
        turn = asyncio.Semaphore(READ_AT_ONCE)

        async def read(key: ObjectKey) -> None:
            async with turn:
                self._read[key] = (time.monotonic(), await self._cluster.read(key))

        await asyncio.gather(*map(read, stale))
        self._strangers = {key for key in self._strangers if _is_stranger(self._read[key][1])}

    async def is_free(self, key: ObjectKey) -> bool:
        """Whether *key* names nothing, or something of ours; a stranger is kept in sight from now on."""
        found = await self._cluster.read(key)
        if not _is_stranger(found):
            return True
        self._strangers.add(key)
        self._read[key] = (time.monotonic(), found)
        return False

    def due_in_s(self, now: float) -> float:
        """Return the seconds until something has to be read again; infinite when nothing is kept in sight."""
        oldest = min((read_at for read_at, _ in self._read.values()), default=None)
        return float("inf") if oldest is None else max(0.0, oldest + self._fresh_s - now)


def _is_stranger(entry: JsonObject | None) -> bool:
    return entry is not None and not is_ours(entry)


def references(store: Store) -> set[ObjectKey]:
    """Return every ConfigMap and Secret that receivers and hosts name."""
    wanted: set[ObjectKey] = set()
    for entry in store:
        namespace, spec = object_name(entry).namespace, entry.get("spec") or {}
        if entry["kind"] == names.RECEIVER:
            source = spec.get("workflowFrom") or {}
            named = {"ConfigMap": [source.get("configMapKeyRef")], "Secret": [source.get("secretKeyRef")]}
            for field in ("globalVariablesFrom", "tablesFrom", "codeOverridesFrom"):
                for one in spec.get(field) or ():
                    named["ConfigMap"].append(one.get("configMapRef"))
                    named["Secret"].append(one.get("secretRef"))
            wanted |= {ObjectKey(kind, namespace, one["name"]) for kind, some in named.items() for one in some if one}
            options, _ = read_options(spec)
            wanted |= {ObjectKey(use.kind, namespace, use.name) for use in objects_used(options.auth)}
        elif entry["kind"] == names.HOST:
            address = spec.get("serviceAddress") or {}
            secrets = [address.get("tls"), spec.get("defaultCertificate"), *(spec.get("certificates") or ())]
            wanted |= {
                ObjectKey("Secret", namespace, one["secretName"]) for one in secrets if (one or {}).get("secretName")
            }
    return wanted
