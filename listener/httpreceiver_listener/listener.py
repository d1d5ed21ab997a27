"""
The listener: serves any number of endpoints from one process. The pod's command and `httpreceiver serve` both use it.

    listener = Listener(ListenerOptions(bind_address="127.0.0.1"))
    await listener.start()
    report = await listener.apply(endpoints)
    ...
    await listener.drain(lag_s=0, grace_s=30)
"""

import asyncio
import contextlib
import functools
import os
import platform
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import aiohttp
import msgspec

from httpreceiver_listener.admin import Admin
from httpreceiver_listener.authentication.compile import GuardMaker
from httpreceiver_listener.authentication.key_sets import KeyFetcher
from httpreceiver_listener.background import Background
from httpreceiver_listener.debugging.debugger import Debugger
from httpreceiver_listener.debugging.tokens import DebugTokens
from httpreceiver_listener.documents import Documents
from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_listener.receivers import Catalogue, LiveReceiver
from httpreceiver_listener.responding import Surroundings
from httpreceiver_listener.routing.table import RoutingTable
from httpreceiver_listener.senders import performers
from httpreceiver_listener.shared_counts import counts_in
from httpreceiver_listener.site import listen
from httpreceiver_listener.sites import EndpointKey, Sites
from httpreceiver_listener.spans.opening import Spans
from httpreceiver_listener.startup import own_version
from httpreceiver_listener.states import ApplyReport, EndpointState, ReceiverState, State, has_failed
from httpreceiver_listener.telemetry.access_log import AccessLog
from httpreceiver_listener.telemetry.exposition import Exposition, expose, registry_of
from httpreceiver_listener.telemetry.metrics import ListenerMetrics
from httpreceiver_listener.tls.certificate_source import CertificateSource
from httpreceiver_workflow.endpoint import Endpoint

SPANS_WITHIN_S: Final = 5.0
"""How long the end of a listener waits for a collector to take the last spans."""


class Listener:
    """
    Serves endpoints until drained. Use it from one event loop.

    Args:
        bind: returns the bound socket of an address and port, or raises OSError.
    """

    def __init__(self, options: ListenerOptions, bind: Callable[[str, int], socket.socket] = listen) -> None:
        self._options = options
        self.metrics = ListenerMetrics(own_version(), platform.python_version(), aiohttp.__version__)
        self.registry = registry_of(self.metrics)
        self._background = Background(options.limits.background_runs)
        self._log = AccessLog(options.access_log, self._count_dropped)
        self._source = CertificateSource(
            options.tls_folder, options.state_folder, options.certificates_folder, options.certificate_names
        )
        self._keys = KeyFetcher(options.ca_file)
        query_masks = options.log_masks if options.log_query else None
        self._catalogue = Catalogue(self.metrics, GuardMaker(self._keys), options.limits, query_masks)
        self._documents = Documents()
        self._endpoints: dict[EndpointKey, Endpoint] = {}
        self._report = ApplyReport()
        self._applying = asyncio.Lock()
        self._is_applied = False
        self._is_draining = False
        counts = counts_in(options.shared_folder)
        self._performers = options.performers or performers(
            certificates_folder=options.certificates_folder,
            ca_file=options.ca_file,
            files_roots=options.files_roots,
            reply_bytes=options.limits.reply_bytes,
            filling=counts.filling,
        )
        self._debugger = None
        if options.debug_tokens is not None:
            tokens = DebugTokens(options.debug_tokens, self._tell_unreadable)
            self._debugger = Debugger(tokens, self._log, options.log_masks)
        self._spans = Spans(os.environ, own_version(), self.metrics.spans, self._tell_of_spans)
        self._responder = self._spans.responder(
            Surroundings(
                limits=options.limits,
                metrics=self.metrics,
                log=self._log,
                background=self._background,
                performers=self._performers,
                positions=counts.positions,
                log_fault_messages=options.log_fault_messages,
                run_ended=options.run_ended,
                debugger=self._debugger,
            )
        )
        self._sites = Sites(options, self._responder, self._source, bind)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._admin: Admin | None = None
        self._ticking: asyncio.Task[None] | None = None
        self.metrics.ports = self._sites.metrics
        self.metrics.background_runs = self._background.__len__

    @property
    def report(self) -> ApplyReport:
        """What is served now."""
        return self._report

    @property
    def is_ready(self) -> bool:
        """Whether endpoints were applied and draining has not begun."""
        return self._is_applied and not self._is_draining

    @property
    def is_alive(self) -> bool:
        """Whether deadlines are watched and certificates followed; when a bug ended that, a restart is due."""
        return self._ticking is not None and not self._ticking.done()

    @property
    def admin_port(self) -> int | None:
        """The admin port that is really bound."""
        return self._admin.port if self._admin else None

    async def start(self) -> None:
        """
        Start everything but the endpoints.

        Raises:
            OSError: the admin port is in use.
        """
        options = self._options
        self._loop = asyncio.get_running_loop()
        self._log.start()
        if self._spans.objection:
            self._log.event("spans", message=self._spans.objection)
        self._ticking = self._loop.create_task(self._tick())
        if options.admin_port is not None:
            self._admin = Admin(self)
            await self._admin.start(options.admin_address, options.admin_port)

    async def exposition(self, accept: str) -> Exposition:
        """Return the metrics in the format that the header Accept asks for."""
        return await asyncio.to_thread(expose, self.registry, accept)

    async def openapi(self) -> Mapping[int, bytes]:
        """Return the OpenAPI document of each port that is served."""
        return self._documents.by_port

    def log_event(self, event: str, **fields: str | int | float) -> None:
        """Log one event of whoever runs this listener."""
        self._log.event(event, **fields)

    # --- what is served ----------------------------------------------------------------------------------------------

    async def apply(self, endpoints: Sequence[Endpoint]) -> ApplyReport:
        """
        Serve exactly *endpoints* from now on, and return how each fares.

        What is unchanged is not touched. Each port's table is swapped in one step; requests finish on the pipeline they
        began with. A receiver that does not compile keeps its last good pipeline; one bad endpoint harms no other.
        """
        async with self._applying:
            if self._is_draining:
                return self._report
            report = await self._apply(endpoints)
            self.metrics.reloads["failed" if has_failed(report) else "ok"] += 1
            return report

    async def _apply(self, endpoints: Sequence[Endpoint]) -> ApplyReport:
        wanted = {(endpoint.host, endpoint.port): endpoint for endpoint in endpoints}
        self._sites.retire_all_but(wanted)
        receivers: list[ReceiverState] = []
        states: list[EndpointState] = []
        for endpoint in wanted.values():
            served, table = await self._compile(endpoint)
            state = await self._sites.serve(endpoint, table)
            states.append(state)
            receivers += served if state.url else [_unbound(one, state) for one in served]
        self._endpoints = wanted
        self._catalogue.forget_all_but(wanted)
        self._publish(ApplyReport(endpoints=tuple(states), receivers=tuple(receivers)))
        tables = self._sites.tables
        self._documents.forget_all_but(tables)
        for key, table in tables.items():
            await self._documents.update(wanted[key], [one.description for one in table.served])
        return self._report

    async def _compile(self, endpoint: Endpoint) -> tuple[list[ReceiverState], RoutingTable[LiveReceiver]]:
        states: list[ReceiverState] = []
        table: RoutingTable[LiveReceiver] = RoutingTable()
        for offered in endpoint.receivers:
            compiled = self._catalogue.update(endpoint, offered)
            state = self._catalogue.state(endpoint, offered)
            if compiled is not None:
                holder = table.add(compiled.pipeline.route, compiled)
                if holder is not None:
                    taken = f"Its path is taken by {holder.name}."
                    state = msgspec.structs.replace(state, state=State.CONFLICTED, message=taken)
            states.append(state)
            await asyncio.sleep(0)  # requests go on between two compilations
        return states, table

    def _publish(self, report: ApplyReport) -> None:
        """Make *report* what `report` and the metrics show, and log what is not served as asked."""
        counts = {state.value: 0 for state in State}
        for receiver in report.receivers:
            counts[receiver.state.value] += 1
        self.metrics.receiver_states = counts
        before = set(self._report.receivers)
        for receiver in report.receivers:
            if receiver not in before:
                self._log.event(
                    "receiver",
                    receiver=receiver.name,
                    generation=receiver.generation,
                    revision=receiver.revision,
                    state=receiver.state.value,
                    message=receiver.message,
                )
        for endpoint in report.endpoints:
            if endpoint not in self._report.endpoints:
                self._log.event(
                    "endpoint",
                    host=endpoint.host,
                    port=endpoint.port,
                    url=endpoint.url,
                    error=endpoint.error,
                    certificate=endpoint.thumbprint,
                )
        self._report = report
        self._is_applied = True

    # --- the tick ----------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        """Once a second, or more often with short deadlines: cut what takes too long, see new certificates."""
        loop = asyncio.get_running_loop()
        next_look = loop.time()
        while True:
            due = loop.time() + self._sites.tick_s
            await asyncio.sleep(due - loop.time())
            now = loop.time()
            self.metrics.loop_lag_s = max(0.0, now - due)
            await self._sites.check_deadlines(now)
            if now >= next_look and not self._applying.locked() and not self._is_draining:
                next_look = now + 1.0
                self._responder.clock.refresh_zone()
                async with self._applying:
                    await self._look_again()

    async def _look_again(self) -> None:
        """Take up changed certificates, and try again what could not be bound."""
        if self._sites.reload_certificates() or any(not endpoint.url for endpoint in self._report.endpoints):
            await self._apply(tuple(self._endpoints.values()))

    # --- the end -----------------------------------------------------------------------------------------------------

    async def drain(self, lag_s: float, grace_s: float) -> int:
        """
        End without losing a request.

        Readiness goes off at once. For *lag_s* everything is still served, with ``Connection: close``, while load
        balancers learn of it. Then nothing new is accepted, and what has begun may take *grace_s* more.

        Returns:
            How many ports and background runs had not ended by then; 0 means that nothing was lost.
        """
        self._is_draining = True
        self._log.event("drain", lag_s=lag_s, grace_s=grace_s)
        async with self._applying:
            self._sites.begin_draining()
        await asyncio.sleep(lag_s)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + grace_s
        self._sites.stop_accepting()

        def unfinished() -> int:
            return self._sites.busy_count + len(self._background)

        # Asking fifty times a second costs less than an event that every request would have to set.
        while (lost := unfinished()) and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await self._close()
        return lost

    async def _close(self) -> None:
        await self._sites.close()
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking
        for performer in self._performers.values():
            await performer.close()
        await self._keys.close()
        if self._admin is not None:
            await self._admin.close()
        if self._debugger is not None:
            await self._debugger.close()
        await asyncio.to_thread(self._spans.close, SPANS_WITHIN_S)
        self._log.event("stopped")
        await self._log.close()

    def _tell_of_spans(self, sentence: str) -> None:
        """Log what the exporting thread has to say; the loop may have ended before."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(functools.partial(self._log.event, "spans", message=sentence))

    def _tell_unreadable(self, sentence: str) -> None:
        self._log.event("unreadable", message=sentence)

    def _count_dropped(self, lines: int) -> None:
        self.metrics.log_dropped += lines


def _unbound(state: ReceiverState, endpoint: EndpointState) -> ReceiverState:
    return msgspec.structs.replace(state, state=State.FAILED, message=endpoint.error)
