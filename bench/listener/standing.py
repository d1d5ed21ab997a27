"""
What a server takes while it does nothing: memory for connections that are kept alive; and how soon it answers.
"""

import asyncio
import statistics
import sys
import time

import uvloop

from bench.job import request_bytes
from bench.listener import servers
from bench.listener.comparisons import PATIENTS
from bench.listener.report import Figure
from bench.listener.servers import HANDWRITTEN, OURS
from bench.listener.sides import Command, Effort, Side, check, load_core, running
from bench.processes import cpu_s, rss_mib

Sides = dict[str, Command]


def _sides() -> Sides:
    return {name: command for name, command in servers.job_sides().items() if name in (OURS, HANDWRITTEN)}


def idle_figures(effort: Effort) -> list[Figure]:
    """Return the memory of one idle connection that was used once."""
    kib = {name: statistics.median(each) for name, each in _idle_rounds(effort).items()}
    return [
        Figure("memory of an idle keep-alive connection", kib[OURS], "KiB", 12),
        Figure(f"memory of an idle connection, {HANDWRITTEN}", kib[HANDWRITTEN], "KiB"),
    ]


def _idle_rounds(effort: Effort) -> dict[str, list[float]]:
    rounds: dict[str, list[float]] = {name: [] for name in _sides()}
    with load_core() as core:
        for number in range(effort.rounds):
            for name, command in _sides().items():
                print(f"idle connections, round {number + 1} of {effort.rounds}: {name} …", file=sys.stderr)
                with running(command, core) as (pid, port):
                    rounds[name].append(uvloop.run(_idle_kib(pid, port, effort.idle_connections)))
    return rounds


async def _idle_kib(pid: int, port: int, connections: int) -> float:
    few = connections // 5  # a server's own caches are not counted
    writers = [await _used_once(port) for _ in range(few)]
    before = rss_mib(pid)
    writers += [await _used_once(port) for _ in range(connections - few)]
    kib = (rss_mib(pid) - before) * 1024 / (connections - few)
    for writer in writers:
        writer.close()
    return kib


async def _used_once(port: int) -> asyncio.StreamWriter:
    """Return a connection that one request was answered on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_bytes(1))
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length[15:]))
    return writer


def start_figures(effort: Effort) -> list[Figure]:
    """Return the seconds from starting a server to its first answer, and what of them is its own work."""
    wall: dict[str, list[float]] = {name: [] for name in _sides()}
    own: dict[str, list[float]] = {name: [] for name in _sides()}
    with load_core() as core:
        for number in range(effort.rounds):
            print(f"start, round {number + 1} of {effort.rounds} …", file=sys.stderr)
            for name, command in _sides().items():
                began = time.perf_counter()
                with running(command, core) as (pid, port):
                    check(name, Side(command, PATIENTS), port)
                    wall[name].append(time.perf_counter() - began)
                    own[name].append(cpu_s(pid))
    return [
        Figure("start to first answer", statistics.median(wall[OURS]), "s", 0.7),
        Figure("CPU of the start", statistics.median(own[OURS]), "s"),
        Figure(f"CPU of the start, {HANDWRITTEN}", statistics.median(own[HANDWRITTEN]), "s"),
    ]
