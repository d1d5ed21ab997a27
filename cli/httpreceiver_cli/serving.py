"""
The life of `httpreceiver serve`: read, plan, apply, tell; again after each change; drain at the end.

Everything decided here is decided by others: the planner says what is served, the listener serves it.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, Protocol

from httpreceiver_cli.certificate_shelf import CertificateShelf
from httpreceiver_cli.file_changes import FileChanges
from httpreceiver_cli.host_files import HostFiles
from httpreceiver_cli.local_cluster import Answer, LocalCluster
from httpreceiver_cli.local_endpoints import PortHolders, with_certificates
from httpreceiver_cli.log_lines import readable, write_to_stderr
from httpreceiver_cli.narration import Narration
from httpreceiver_cli.receiver_rows import ReceiverRow, receiver_rows, shown_address, shown_name
from httpreceiver_cli.trial import Candidate, trial_line
from httpreceiver_cli.usage import EXIT_FINE, EXIT_PROBLEMS, EXIT_USAGE
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.listener import Listener
from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_listener.site import listen
from httpreceiver_listener.states import ApplyReport
from httpreceiver_listener.workers.workers import Workers
from httpreceiver_workflow.endpoint import Endpoint

ADMIN_ADDRESS: Final = "127.0.0.1"
"""Whatever the receivers' address: metrics and states are for this machine only."""
LOOK_AGAIN_S: Final = 1.0
"""How often the listener tries a port that was in use."""
QUIT_AT_ONCE: Final = 130
"""What a shell reports for a process that Ctrl-C ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What the user asked for; the command's help describes each."""

    paths: tuple[Path, ...]
    address: str
    service_port: int | None
    admin_port: int
    trusted_proxies: tuple[str, ...]
    files_roots: tuple[Path, ...]
    globals_folder: Path | None
    tables_folder: Path | None
    code_overrides_folder: Path | None
    certificates: Path | None
    state_dir: Path | None
    body_limit: int
    grace: float
    workers: int
    log: Literal["text", "json", "none"]
    log_fault_messages: bool
    log_query: bool
    log_masks: tuple[str, ...]
    debug_tokens: Path | None
    output: Literal["table", "json"]


class Server(Protocol):
    """What serves: one `Listener`, or `Workers`."""

    @property
    def report(self) -> ApplyReport:
        """What is served now."""
        ...

    @property
    def admin_port(self) -> int | None:
        """The admin port that is really bound."""
        ...

    async def start(self) -> None:
        """Start everything but the endpoints."""
        ...

    async def apply(self, endpoints: Sequence[Endpoint]) -> ApplyReport:
        """Serve exactly *endpoints* from now on."""
        ...

    async def drain(self, lag_s: float, grace_s: float) -> int:
        """End without losing a request; return how much could not be finished."""
        ...


async def serve(options: ServeOptions) -> int:
    """Serve until SIGINT or SIGTERM and return the exit code."""
    narration = Narration(as_json=options.output == "json")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="httpreceiver-")))
        certificates = folder / "certificates"
        certificates.mkdir()
        shelf = CertificateShelf(certificates, options.certificates)
        host_files = HostFiles(
            options.globals_folder, options.tables_folder, code_overrides_folder=options.code_overrides_folder
        )
        cluster = LocalCluster(
            options.paths, service_port=options.service_port, has_certificate=shelf.has, host_files=host_files
        )
        answer = cluster.ask(datetime.now(UTC))
        if wrong := [str(refusal) for refusal in answer.refusals if refusal.is_usage]:
            narration.complain(wrong)
            return EXIT_USAGE
        stopping = _stop_on_signals(narration, folder)
        server = await _started_server(options, folder, certificates, narration)
        serving = _Serving(server, shelf, shown_address(options.address))
        rows = await serving.apply(answer)
        narration.begin(rows, answer.complaints, server.admin_port, trial_line(candidates(answer, rows)))
        if not any(row.is_served for row in rows):
            await server.drain(lag_s=0, grace_s=0)
            narration.complain(["nothing can be served"])
            return EXIT_PROBLEMS
        watched = [*options.paths, *([options.certificates] if options.certificates else [])]
        changes = await stack.enter_async_context(FileChanges(watched, host_files.folders))
        while not stopping.is_set():
            has_failed = any(row.state == "failed" for row in rows)
            if await changes.wait(stopping, timeout_s=LOOK_AGAIN_S if has_failed else None):
                answer = cluster.ask(datetime.now(UTC))
                rows = await serving.apply(answer)
            else:
                rows = serving.rows(answer)  # the listener tries ports and certificates again by itself
            narration.change(rows, answer.complaints)
        lost = await server.drain(lag_s=0, grace_s=options.grace)
        narration.end(lost)
        return EXIT_PROBLEMS if lost else EXIT_FINE


def _stop_on_signals(narration: Narration, private_folder: Path) -> asyncio.Event:
    """Return an event that the first SIGINT or SIGTERM sets; the second ends the process and leaves no key behind."""
    stopping = asyncio.Event()

    def stop() -> None:
        if stopping.is_set():
            shutil.rmtree(private_folder, ignore_errors=True)
            os._exit(QUIT_AT_ONCE)
        stopping.set()
        narration.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return stopping


async def _started_server(options: ServeOptions, folder: Path, certificates: Path, narration: Narration) -> Server:
    """Return a running server; without an admin port when that port is in use, since receivers matter more."""
    sinks = {"text": readable(), "json": write_to_stderr, "none": None}
    admin_port: int | None = options.admin_port
    try:
        listen(ADMIN_ADDRESS, options.admin_port).close()
    except OSError:
        admin_port = None
        narration.complain(
            [f"admin port {options.admin_port} is in use: serving without health and metrics; see --admin-port"]
        )
    listener_options = ListenerOptions(
        bind_address=options.address,
        admin_address=ADMIN_ADDRESS,
        admin_port=admin_port,
        limits=Limits(body_bytes=options.body_limit),
        state_folder=options.state_dir or default_state_folder(),
        certificates_folder=certificates,
        trusted_proxies=options.trusted_proxies,
        files_roots=options.files_roots or (Path.cwd(),),
        access_log=sinks[options.log],
        log_fault_messages=options.log_fault_messages,
        log_query=options.log_query,
        log_masks=options.log_masks,
        debug_tokens=options.debug_tokens,
    )
    server: Server = Listener(listener_options)
    if options.workers > 1:
        server = Workers(
            listener_options,
            count=options.workers,
            shared_folder=folder / "shared",
            grace_s=options.grace,
            tell=lambda sentence: narration.complain([sentence]),
        )
    await server.start()
    return server


def default_state_folder() -> Path:
    """Return where the self-signed certificate is kept: the place for state that the desktop standard names."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "httpreceiver"


def candidates(answer: Answer, rows: list[ReceiverRow]) -> list[Candidate]:
    """Return the receivers that a plain POST reaches."""
    served = {row.name: row for row in rows if row.state == "serving"}
    return [
        Candidate(shown_name(key), served[shown_name(key)].url, reading.settings)
        for key, reading in answer.readings.items()
        if reading.settings is not None and reading.route is not None and shown_name(key) in served
        if reading.route.is_prefix and not reading.route.hosts and "POST" in (reading.route.methods or ("POST",))
    ]


class _Serving:
    """The server, brought to each new answer."""

    def __init__(self, server: Server, shelf: CertificateShelf, address: str) -> None:
        self._server = server
        self._shelf = shelf
        self._address = address
        self._holders = PortHolders()
        self._crowded_out: dict[str, str] = {}

    async def apply(self, answer: Answer) -> list[ReceiverRow]:
        """Serve what *answer* says and return what became of each receiver."""
        self._shelf.arrange(answer.snapshot.secrets)
        endpoints, self._crowded_out = self._holders.settle(answer.plan.endpoints)
        await self._server.apply(with_certificates(endpoints, answer))
        return self.rows(answer)

    def rows(self, answer: Answer) -> list[ReceiverRow]:
        """Return what has become of each receiver of *answer*, which was applied."""
        return receiver_rows(answer, self._server.report, self._crowded_out, self._address)
