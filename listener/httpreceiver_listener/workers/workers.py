"""
All workers together: what `Listener` is for one process, for several that share every port.

    workers = Workers(options, count=4, grace_s=30, tell=print)
    await workers.start()
    report = await workers.apply(endpoints)
    ...
    await workers.drain(lag_s=0, grace_s=30)
"""

import asyncio
import contextlib
import dataclasses
import platform
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from httpreceiver_listener.admin import Admin
from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_listener.senders.file_writer import FileWriterPerformer, Roots
from httpreceiver_listener.shared_counts import counts_in, unfinished_in
from httpreceiver_listener.startup import own_version
from httpreceiver_listener.states import ApplyReport, State, has_failed
from httpreceiver_listener.telemetry.access_log import Sink
from httpreceiver_listener.telemetry.exposition import Exposition, expose, registry_of
from httpreceiver_listener.telemetry.metrics import ListenerMetrics
from httpreceiver_listener.workers.channel import Apply, Ask, Begin, FamilyNumbers
from httpreceiver_listener.workers.merging import (
    added,
    merged_families,
    merged_report,
    nothing_served,
    numbers_of,
    of_receivers,
)
from httpreceiver_listener.workers.ports import SharedPorts
from httpreceiver_listener.workers.slot import Slot
from httpreceiver_workflow.endpoint import Endpoint, ServedReceiver

TICK_S: Final = 1.0
APPLY_WITHIN_S: Final = 60.0
"""A worker starts in a second and compiles a receiver in a millisecond; a busy machine may need many times that."""
NUMBERS_WITHIN_S: Final = 2.0
"""How long a scrape waits for the newest numbers; then the last ones count."""


class Workers:
    """
    Serves endpoints with several processes until drained. Use it from one event loop.

    Args:
        options: of every worker; the admin port is bound here. `performers` and `run_ended` are for one process.
        shared_folder: a private folder for what the workers count together.
        grace_s: how long requests may take to end when this process is killed.
        tell: is told in one sentence what a user should know.
    """

    def __init__(
        self, options: ListenerOptions, *, count: int, shared_folder: Path, grace_s: float, tell: Callable[[str], None]
    ) -> None:
        self._options = options
        self._shared_folder = shared_folder
        self._begin = Begin(
            dataclasses.replace(
                options,
                admin_port=None,
                shared_folder=shared_folder,
                # Functions stay here: the log comes through each worker's standard output.
                access_log=None,
                performers=None,
                run_ended=None,
            ),
            grace_s,
            options.access_log is not None,
        )
        self._tell = tell
        self.metrics = ListenerMetrics(own_version(), platform.python_version(), aiohttp.__version__)
        self._registry = registry_of(self.metrics)
        self._ports = SharedPorts(options.bind_address, count)
        log = _Log(options.access_log, self.metrics)
        self._slots = [Slot(number, self, log.write) for number in range(count)]
        self._news = asyncio.Event()
        self._number = 0
        self._endpoints: tuple[Endpoint, ...] = ()
        self._good: dict[str, ServedReceiver] = {}
        self._ended: tuple[FamilyNumbers, ...] = ()
        self._applying = asyncio.Lock()
        self._is_draining = False
        self._admin: Admin | None = None
        self._ticking: asyncio.Task[None] | None = None

    # --- what is shown -----------------------------------------------------------------------------------------------

    @property
    def report(self) -> ApplyReport:
        """What all workers serve now."""
        return merged_report([self._report_of(slot) for slot in self._slots])

    def _report_of(self, slot: Slot) -> ApplyReport:
        """Return what the slot's worker told; a successor that starts is believed to do as well."""
        if slot.reported == self._number and not slot.is_failing:
            return slot.report
        reason = "ends again and again" if slot.is_failing else "does not answer"
        return nothing_served(self._endpoints, f"Worker {slot.number + 1} of {len(self._slots)} {reason}.")

    @property
    def is_ready(self) -> bool:
        """Whether every worker serves and draining has not begun."""
        return not self._is_draining and all(slot.is_serving for slot in self._slots)

    @property
    def is_alive(self) -> bool:
        """Whether workers are watched and replaced; when a bug ended that, a restart is due."""
        return self._ticking is not None and not self._ticking.done() and all(slot.is_kept for slot in self._slots)

    @property
    def admin_port(self) -> int | None:
        """The admin port that is really bound."""
        return self._admin.port if self._admin else None

    async def exposition(self, accept: str) -> Exposition:
        """Return the metrics of all workers in the format that the header Accept asks for."""
        before = {slot: slot.numbers_told for slot in self._slots if slot.is_serving}
        for slot in before:
            slot.order(Ask(numbers=True))
        await self._until(
            lambda: all(slot.numbers_told > told or not slot.is_serving for slot, told in before.items()),
            NUMBERS_WITHIN_S,
        )
        counts = dict.fromkeys(State, 0)
        for receiver in self.report.receivers:
            counts[receiver.state] += 1
        self.metrics.receiver_states = {state.value: count for state, count in counts.items()}
        self.metrics.workers = sum(slot.is_serving for slot in self._slots)
        numbers = [self._ended, *(slot.numbers for slot in self._slots)]
        return await asyncio.to_thread(self._exposed, numbers, accept)

    async def openapi(self) -> Mapping[int, bytes]:
        """Return the OpenAPI document of each port, as the worker that is the furthest has made it."""
        slot = max(self._slots, key=lambda slot: (slot.is_serving, slot.reported))
        if not slot.is_serving:
            return {}
        slot.documents = None
        slot.order(Ask(documents=True))
        await self._until(lambda: slot.documents is not None or not slot.is_serving, NUMBERS_WITHIN_S)
        return slot.documents or {}

    def _exposed(self, numbers: Sequence[tuple[FamilyNumbers, ...]], accept: str) -> Exposition:
        return expose(_Families(tuple(merged_families(numbers_of(self._registry), numbers))), accept)

    # --- what is served ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """
        Start everything but the endpoints.

        Raises:
            OSError: the admin port is in use.
        """
        counts_in(self._shared_folder)
        if self._options.admin_port is not None:
            self._admin = Admin(self)
            await self._admin.start(self._options.admin_address, self._options.admin_port)
        for slot in self._slots:
            slot.start()
        self._ticking = asyncio.get_running_loop().create_task(self._tick())

    async def apply(self, endpoints: Sequence[Endpoint]) -> ApplyReport:
        """Serve exactly *endpoints* with every worker from now on, and return how each fares; see `Listener.apply`."""
        async with self._applying:
            if self._is_draining:
                return self.report
            self._endpoints = tuple(endpoints)
            names = frozenset(offered.name for one in self._endpoints for offered in one.receivers)
            self._ended = of_receivers(self._ended, names)
            self._give_out()
            await self._until(
                lambda: all(slot.reported == self._number or slot.is_failing for slot in self._slots), APPLY_WITHIN_S
            )
            report = self.report
            self._remember_good(report)
            self.metrics.reloads["failed" if has_failed(report) else "ok"] += 1
            return report

    def _give_out(self) -> None:
        """Bind what can be bound, and tell every worker what is served."""
        bound = self._ports.settle([endpoint.port for endpoint in self._endpoints])
        self._number += 1
        for slot in self._slots:
            sockets = self._ports.of(slot.number)
            slot.order(self._order(self._endpoints, slot.hand_over({port: sockets[port] for port in bound})))

    def _order(self, endpoints: tuple[Endpoint, ...], bundles: int, number: int | None = None) -> Apply:
        return Apply(
            self._number if number is None else number, endpoints, bundles, self._ports.bound, self._ports.refused
        )

    def _remember_good(self, report: ApplyReport) -> None:
        """Keep the last version of each receiver that is served, for workers that begin after a worse one came."""
        served = {
            (one.name, one.generation) for one in report.receivers if one.state in (State.SERVING, State.SUSPENDED)
        }
        offered = {one.name: one for endpoint in self._endpoints for one in endpoint.receivers}
        self._good = {name: one for name, one in self._good.items() if name in offered} | {
            name: one for name, one in offered.items() if (name, one.generation) in served
        }

    # --- what slots ask for ------------------------------------------------------------------------------------------

    def begin(self) -> Begin:
        """See `Wishes`."""
        return self._begin

    def orders(self, slot: Slot) -> list[Apply]:
        """See `Wishes`: first what is known to be good, so that the new worker has it to fall back on, as others do."""
        if not self._number:
            return []
        good = tuple(
            msgspec.structs.replace(
                endpoint, receivers=tuple(self._good.get(offered.name, offered) for offered in endpoint.receivers)
            )
            for endpoint in self._endpoints
        )
        bundles = slot.hand_over(self._ports.of(slot.number))
        if good == self._endpoints:
            return [self._order(good, bundles)]
        return [self._order(good, bundles, number=0), self._order(self._endpoints, 0)]

    def told(self) -> None:
        """See `Wishes`."""
        self._news.set()

    def ended(self, slot: Slot, how: str) -> None:
        """See `Wishes`."""
        names = frozenset(offered.name for one in self._endpoints for offered in one.receivers)
        self._ended = added(self._ended, of_receivers(slot.numbers, names))
        slot.numbers = ()
        self.metrics.workers_replaced += 1
        self._tell(
            f"worker {slot.number + 1} of {len(self._slots)} {how}: "
            "what was in flight on it is lost, another takes its place"
        )

    # --- the tick ----------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        """Once a second: see that workers answer, keep their numbers, and try again what could not be bound."""
        while True:
            await asyncio.sleep(TICK_S)
            for slot in self._slots:
                slot.ask()
            if self._ports.refused and not self._applying.locked():
                self._give_out()

    async def _until(self, fact: Callable[[], bool], within_s: float) -> None:
        """Wait until *fact* holds, but not longer; it can only begin to when a slot told something."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not fact():
                    self._news.clear()
                    await self._news.wait()

    # --- the end -----------------------------------------------------------------------------------------------------

    async def drain(self, lag_s: float, grace_s: float) -> int:
        """End every worker without losing a request; see `Listener.drain`."""
        self._is_draining = True
        if self._ticking is not None:
            self._ticking.cancel()
        async with self._applying:
            self._ports.close()  # each worker has its own end of every socket
            lost = sum(await asyncio.gather(*(slot.drain(lag_s, grace_s) for slot in self._slots)))
        await FileWriterPerformer(Roots(self._options.files_roots), filling=unfinished_in(self._shared_folder)).close()
        if self._admin is not None:
            await self._admin.close()
        return lost


class _Log:
    """The one sink of all workers' logs, whose lines come in threads."""

    def __init__(self, sink: Sink | None, metrics: ListenerMetrics) -> None:
        self._sink = sink
        self._metrics = metrics
        self._lock = threading.Lock()

    def write(self, lines: bytes) -> None:
        """Pass on whole *lines*; count them when nobody reads them."""
        if self._sink is not None:
            with self._lock:
                try:
                    self._sink(lines)
                except OSError:
                    self._metrics.log_dropped += lines.count(b"\n")


class _Families(Collector):
    """Families that were merged already."""

    def __init__(self, families: tuple[Metric, ...]) -> None:
        self._families = families

    def collect(self) -> tuple[Metric, ...]:
        """Return them."""
        return self._families
