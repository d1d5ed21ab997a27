"""
One side of a comparison, a server under one load, and the rounds in which the sides take turns.
"""

import http.client
import os
import socket
import ssl
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.load import LoadResult, send_load, trusting_context
from bench.processes import cpu_s, free_port, pick_cores, rss_mib, server

Command = Callable[[int, Path], list[str]]
"""Writes what a server needs to a folder of its own, and returns the command that serves on a port."""
Check = tuple[bytes, Callable[[int, bytes], str | None]]
"""A request, and what says what is wrong with the answer's status and body."""

FIXED_RATE_PER_S = 2000.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked: *requests* in turn, after each of *checks* was answered right."""

    requests: Sequence[bytes]
    checks: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Side:
    """
    One way to do a job.

    Attributes:
        at_rate: it is also measured at a fixed rate.
    """

    command: Command
    job: Job
    tls: bool = False
    at_rate: bool = False
    connections: int | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured; `python -m bench --help` says it of each."""

    rounds: int
    turns: int
    seconds: float
    warm: float
    connections: int
    idle_connections: int


@dataclass(frozen=True, slots=True)
class Measured:
    """
    One turn of one side.

    Attributes:
        cpu_us: user and system time of the whole process tree, per answer.
        core_used: share of the server's core; well below 1 means that the load was the limit.
        rate: requests a second of the open loop, 0 where there was none.
        rate_p99_ms: p99 of the open loop.
    """

    cpu_us: float
    per_s: float
    p50_ms: float
    p99_ms: float
    core_used: float
    rss_mib: float
    rate: float
    rate_p99_ms: float
    failures: int

    @property
    def has_rate(self) -> bool:
        """Whether there was an open loop."""
        return self.rate > 0


def in_turns(part: str, sides: Mapping[str, Side], effort: Effort) -> dict[str, list[Measured]]:
    """
    Measure every side *effort.rounds* times *effort.turns* times.

    A round starts all servers anew. One of them is under load at a time, the others wait, and the turns are short: what
    disturbs the machine disturbs all of them.
    """
    turns: dict[str, list[Measured]] = {name: [] for name in sides}
    with load_core() as core:
        for number in range(effort.rounds):
            print(f"{part}, round {number + 1} of {effort.rounds} …", file=sys.stderr)
            with ExitStack() as stack:
                servers = {name: stack.enter_context(running(side.command, core)) for name, side in sides.items()}
                for name, (_, port) in servers.items():
                    check(name, sides[name], port)
                    _load(sides[name], port, effort, effort.warm)
                for turn in range(effort.turns):
                    for name in list(sides)[:: -1 if turn % 2 else 1]:
                        turns[name].append(_turn(sides[name], *servers[name], effort))
    return turns


def _turn(side: Side, pid: int, port: int, effort: Effort) -> Measured:
    """Measure one server once."""
    before = cpu_s(pid)
    load = _load(side, port, effort, effort.seconds)
    used, rss = cpu_s(pid) - before, rss_mib(pid)
    open_loop, rate = None, 0.0
    if side.at_rate:
        rate = min(FIXED_RATE_PER_S, load.per_s / 2)
        open_loop = _load(side, port, effort, effort.seconds, rate)
    return _measured(load, used, rss, open_loop, rate)


def _load(side: Side, port: int, effort: Effort, seconds: float, rate: float | None = None) -> LoadResult:
    connections = side.connections or effort.connections
    return send_load(port, side.job.requests, connections, seconds, rate, tls=side.tls)


def _measured(load: LoadResult, used_s: float, rss: float, open_loop: LoadResult | None, rate: float) -> Measured:
    return Measured(
        used_s / max(load.answers, 1) * 1e6,
        load.per_s,
        load.p50_ms,
        load.p99_ms,
        used_s / load.duration_s,
        rss,
        rate,
        0.0 if open_loop is None else open_loop.p99_ms,
        load.failures + (0 if open_loop is None else open_loop.failures),
    )


@contextmanager
def running(command: Command, core: int) -> Iterator[tuple[int, int]]:
    """Run a server in a folder of its own; yield its process id and port."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Path(folder, "log").open("wb") as log,
        server(command(port, Path(folder)), port, core, log) as pid,
    ):
        yield pid, port


def check(name: str, side: Side, port: int) -> None:
    """Raise RuntimeError when the server does not do the job: what is not right is not measured."""
    for request, wrong in side.job.checks:
        if complaint := wrong(*ask(port, request, tls=side.tls)):
            raise RuntimeError(f"{name} does not do the job: {complaint}")


def ask(port: int, request: bytes, *, tls: bool = False) -> tuple[int, bytes]:
    """Send one request on a connection of its own; return status and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        connection = trusting_context().wrap_socket(plain) if tls else plain
        try:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            return response.status, response.read()
        finally:
            if isinstance(connection, ssl.SSLSocket):
                connection.close()


@contextmanager
def load_core() -> Iterator[int]:
    """Keep this process on the load's core; yield the servers' core."""
    server_core, own_core = pick_cores()
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {own_core})
    try:
        yield server_core
    finally:
        os.sched_setaffinity(0, before)


def medians(turns: Sequence[Measured]) -> Measured:
    """Return the median of each figure; failures are added up."""
    figures = {field: statistics.median([asdict(one)[field] for one in turns]) for field in asdict(turns[0])}
    return Measured(**(figures | {"failures": sum(one.failures for one in turns)}))
