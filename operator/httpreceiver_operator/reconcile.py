"""
The loop: gather changes, take one snapshot, plan, write the difference, ask the pods, tell everyone.

Level, not edge: a pass never asks what changed. It is woken by watch events and by the passing of time, and a pass that
fails is repeated with growing pauses. Nothing else writes to the cluster.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Final, TypeVar

import aiohttp

from httpreceiver_operator import names
from httpreceiver_operator.certificates import self_signed_pair
from httpreceiver_operator.cluster import RESOURCES, Cluster, ClusterError
from httpreceiver_operator.config import Config
from httpreceiver_operator.difference import Difference, difference
from httpreceiver_operator.lookups import Lookups, references
from httpreceiver_operator.memo import Memo
from httpreceiver_operator.metrics import OperatorMetrics
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.objects import JsonDict, finished, object_key, with_data
from httpreceiver_operator.observation import snapshot_from
from httpreceiver_operator.plan import Plan, plan
from httpreceiver_operator.probe import ask_pods
from httpreceiver_operator.reports import Reports
from httpreceiver_operator.snapshot import Snapshot
from httpreceiver_operator.store import Store

log = logging.getLogger("httpreceiver_operator.reconcile")

Item = TypeVar("Item")

CALLS_AT_ONCE: Final = 16
FIRST_RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 60.0
REFUSED_RETRY_S: Final = 15.0
REFUSALS: Final = (400, 403, 409, 413, 422)
"""Statuses by which the API server says that it does not like this object, not that it is unwell."""

FIRST_POLL_S: Final = 0.25
LONGEST_POLL_S: Final = 5.0


class Reconciler:
    """The loop and what it remembers between passes; all of it can be lost without harm."""

    def __init__(
        self, config: Config, cluster: Cluster, store: Store, session: aiohttp.ClientSession, metrics: OperatorMetrics
    ) -> None:
        """
        Begin without having looked.

        Args:
            session: for asking pods.
        """
        self._config = config
        self._cluster = cluster
        self._store = store
        self._session = session
        self._metrics = metrics
        self._memo = Memo()
        self._lookups = Lookups(cluster, config.resync_s)
        self._reports = Reports()
        self._refused: dict[ObjectKey, str] = {}
        self._woken = asyncio.Event()
        self._first_success = asyncio.Event()
        self._listed_at = float("-inf")
        self._poll_s = FIRST_POLL_S
        self.last_success_at: float | None = None
        """Monotonic time of the last pass that succeeded."""

    def wake(self) -> None:
        """Ask for a pass soon."""
        self._woken.set()

    async def until_listed(self) -> None:
        """Return once the first pass succeeded, so every kind exists and may be read."""
        await self._first_success.wait()

    async def run(self) -> None:
        """Pass after pass, until cancelled."""
        failures = 0
        while True:
            begun = time.monotonic()
            try:
                pause_s = await self.reconcile()
            except Exception as error:  # noqa: BLE001  one of the two loop tops: whatever failed is tried again
                failures += 1
                pause_s = _retry_pause_s(failures)
                self._metrics.passes.labels(outcome="failed").inc()
                _log_failure(error, pause_s)
                self._listed_at = float("-inf")
                await self._wait(pause_s)
                continue
            failures = 0
            self.last_success_at = time.monotonic()
            self._first_success.set()
            self._metrics.passes.labels(outcome="done").inc()
            self._metrics.pass_duration.observe(self.last_success_at - begun)
            self._metrics.last_success.set_to_current_time()
            await self._wait(pause_s)

    async def _wait(self, pause_s: float) -> None:
        """Return when woken, or after *pause_s*; a wake is followed by a short pause that gathers others."""
        try:
            # Not wait_for: it makes a task, and kopf waits for every task it does not know when it stops.
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            return
        await asyncio.sleep(self._config.debounce_s)

    async def reconcile(self) -> float:
        """
        Do one pass and return after how many seconds the next one is due if nothing wakes the loop.

        Raises:
            ClusterError: the API could not be reached or refused; what was written stays, the next pass goes on.
        """
        self._woken.clear()
        await self._list_if_due()
        snapshot, decided = await self._decide()
        self._refused = {}
        left = difference(decided, snapshot)
        await self._write(decided, left, snapshot)
        if waiting := self._reports.to_ask(decided.expected, snapshot.pods, time.monotonic()):
            self._reports.take(waiting, await ask_pods(self._session, waiting), time.monotonic())
        if waiting or left.objects_differ or decided.certificates:
            snapshot, decided = await self._decide()
            left = difference(decided, snapshot)
        await self._tell(decided, left, snapshot)
        self._count(decided)
        if not self._refused and (left.objects_differ or decided.certificates):
            self.wake()
        return min(self._next_pass_s(decided), REFUSED_RETRY_S if self._refused else float("inf"))

    async def _list_if_due(self) -> None:
        """Read everything anew at first, after a failure, and every `resync_s`: it repairs what a watch missed."""
        if time.monotonic() - self._listed_at < self._config.resync_s:
            return
        for kind in RESOURCES:
            listed = []
            for namespace in self._config.watch_namespaces or (None,):
                listed.extend(await self._cluster.list_kind(kind, namespace))
            self._store.replace(kind, listed)
        self._listed_at = time.monotonic()

    async def _decide(self) -> tuple[Snapshot, Plan]:
        """Plan for what is now; whatever a receiver names was looked for, also when it came while others were read."""
        await self._lookups.refresh(references(self._store))
        while not self._lookups.covers(wanted := references(self._store)):
            await self._lookups.refresh(wanted)
        objects = [*self._lookups.objects, *self._store]
        snapshot = snapshot_from(objects, datetime.now(UTC), self._reports.by_pod, self._refused)
        return snapshot, plan(snapshot, self._config, self._memo)

    # --- writing ---------------------------------------------------------------------------------------------------

    async def _write(self, decided: Plan, changes: Difference, snapshot: Snapshot) -> None:
        """Write what is planned: certificates first, then objects, then the pods' annotations; prune last."""
        for action in decided.certificates:
            log.info("Making a certificate: %s", action.reason)
            pair = await asyncio.to_thread(self_signed_pair, action.dns_names, snapshot.now)
            secret = finished(with_data(action.secret, pair))
            if object_key(secret) in snapshot.existing:
                await self._update(secret)
            else:
                await self._create(secret)
        await _each(self._create, changes.create)
        await _each(self._update, changes.update)
        await _each(self._refresh_mounts, decided.pod_revisions.items())
        await _each(self._prune, changes.delete)

    async def _create(self, entry: JsonDict) -> None:
        """Apply an object we have not seen, unless its name is someone else's."""
        key = object_key(entry)
        if not await self._lookups.is_free(key):
            log.warning("%s exists and is not ours; it is left untouched.", key)
            return
        log.info("Creating %s", key)
        await self._apply(entry, force=False)

    async def _update(self, entry: JsonDict) -> None:
        log.info("Updating %s", object_key(entry))
        await self._apply(entry, force=True)

    async def _apply(self, entry: JsonDict, *, force: bool) -> None:
        """Apply one object; a refusal is kept for the status of its receivers, and the other objects are written."""
        try:
            self._store.put(await self._cluster.apply(entry, force=force))
        except ClusterError as error:
            if error.status not in REFUSALS:
                raise
            log.warning("%s was refused: %s", object_key(entry), error)
            self._refused[object_key(entry)] = error.reason

    async def _prune(self, doomed: tuple[ObjectKey, str]) -> None:
        key, uid = doomed
        log.info("Deleting %s, which no receiver uses any more", key)
        await self._cluster.delete(key, uid)
        self._store.drop(key.kind, ObjectName(key.namespace, key.name), uid)

    async def _refresh_mounts(self, revision: tuple[ObjectName, str]) -> None:
        pod, digest = revision
        await self._cluster.annotate_pod(pod, {names.BUNDLE_REVISION: digest})

    async def _tell(self, decided: Plan, left: Difference, snapshot: Snapshot) -> None:
        """Write the statuses that changed, and an Event for each change worth telling."""
        uids = {ObjectKey(names.RECEIVER, *key): receiver.uid for key, receiver in snapshot.receivers.items()}
        uids |= {ObjectKey(names.HOST, *key): host.uid for key, host in snapshot.hosts.items()}

        async def tell(key: ObjectKey) -> None:
            try:
                self._store.put(await self._cluster.apply_status(key, uids[key], left.statuses[key]))
            except ClusterError as error:
                if error.status not in (404, 409):  # deleted or replaced meanwhile: a later pass sees it
                    raise
                return
            for event in decided.events:
                if event.about == key:
                    await self._cluster.create_event(event, snapshot.now)

        await _each(tell, left.statuses)

    # --- time ------------------------------------------------------------------------------------------------------

    def _next_pass_s(self, decided: Plan) -> float:
        """Return a short time while pods lag behind, growing while nothing moves; else until something falls due."""
        now = time.monotonic()
        if self._reports.lagging(decided.expected):
            pause_s, self._poll_s = self._poll_s, min(self._poll_s * 1.5, LONGEST_POLL_S)
            return pause_s
        self._poll_s = FIRST_POLL_S
        resync_s = self._listed_at + self._config.resync_s - now
        return max(0.0, min(resync_s, self._lookups.due_in_s(now), self._reports.due_in_s(decided.expected, now)))

    def _count(self, decided: Plan) -> None:
        self._metrics.endpoints.set(len(decided.endpoints))
        self._metrics.receivers.clear()
        for key, status in decided.statuses.items():
            if key.kind == names.RECEIVER:
                for condition in status["conditions"]:
                    self._metrics.receivers.labels(condition=condition["type"], status=condition["status"]).inc()


async def _each(work: Callable[[Item], Awaitable[None]], items: Iterable[Item]) -> None:
    """
    Do *work* for every item, some at once. All are tried; the first failure is raised after the last has ended.

    One object the API refuses must not keep the others from being written.
    """
    turn = asyncio.Semaphore(CALLS_AT_ONCE)

    async def one(item: Item) -> None:
        async with turn:
            await work(item)

    results = await asyncio.gather(*map(one, items), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _retry_pause_s(failures: int) -> float:
    """Return a pause that doubles with each failure, with jitter, so that many operators do not retry as one."""
    longest = min(FIRST_RETRY_S * 2.0 ** (failures - 1), LONGEST_RETRY_S)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, protects nothing


def _log_failure(error: Exception, pause_s: float) -> None:
    if isinstance(error, ClusterError):
        log.warning("The pass failed and is repeated in %.1f s: %s", pause_s, error)
    else:
        log.error("The pass failed by a mistake of ours and is repeated in %.1f s.", pause_s, exc_info=error)
