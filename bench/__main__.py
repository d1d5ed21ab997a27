"""
`python -m bench`: run both servers in turns, measure the engine, print the table.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.engine.run import engine_us
from bench.job import DEVICE, PATIENT, job_workflow, target, wrong_answer, wrong_refusal
from bench.load import LoadResult, send_load
from bench.processes import cpu_s, free_port, pick_cores, rss_mib, server

OURS = "httpreceiver"
HANDWRITTEN = "aiohttp by hand"
_PROGRAM = Path(sys.executable).parent / "httpreceiver"


@dataclass(frozen=True, slots=True)
class Measured:
    """
    One round of one server.

    Attributes:
        cpu_us: user and system time of the whole process tree, per answer.
        core_used: share of the server's core; well below 1 means that the load was the limit.
    """

    cpu_us: float
    per_s: float
    p50_ms: float
    p99_ms: float
    core_used: float
    rss_mib: float
    failures: int


def ours_command(port: int, folder: Path) -> list[str]:
    """Write the job's workflow to *folder* and return the command that serves it, with the log that a pod writes."""
    file = folder / "bench.json"
    file.write_text(json.dumps(job_workflow(port)))
    return [str(_PROGRAM), "serve", str(file), "--admin-port=0", "--log=json", f"--state-dir={folder}"]


def handwritten_command(port: int, _: Path) -> list[str]:
    """Return the command that serves the hand-written handler."""
    return [sys.executable, "-m", "bench.handwritten", str(port)]


COMMANDS: dict[str, Callable[[int, Path], list[str]]] = {OURS: ours_command, HANDWRITTEN: handwritten_command}


def measure(name: str, options: argparse.Namespace, folder: Path, core: int) -> Measured:
    """Start one server, see that it does the job, warm it up, measure it, end it."""
    port = free_port()
    with (
        (folder / f"{name.replace(' ', '-')}.log").open("wb") as log,
        server(COMMANDS[name](port, folder), port, core, log) as pid,
    ):
        check(name, port)
        send_load(port, options.connections, options.warm)
        before = cpu_s(pid)
        load = send_load(port, options.connections, options.seconds)
        used = cpu_s(pid) - before
        return _measured(load, used, rss_mib(pid))


def _measured(load: LoadResult, used_s: float, rss: float) -> Measured:
    return Measured(
        used_s / max(load.answers, 1) * 1e6,
        load.per_s,
        load.p50_ms,
        load.p99_ms,
        used_s / load.duration_s,
        rss,
        load.failures,
    )


def check(name: str, port: int) -> None:
    """Raise RuntimeError when the server does not do the job: what is not right is not measured."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        status, body = _ask(connection, PATIENT)
        wrong = wrong_answer(4711, status, body) or wrong_refusal(*_ask(connection, DEVICE))
    finally:
        connection.close()
    if wrong:
        raise RuntimeError(f"{name} does not do the job: {wrong}")


def _ask(connection: http.client.HTTPConnection, body: bytes) -> tuple[int, bytes]:
    connection.request("POST", target(4711), body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, response.read()


def run_rounds(options: argparse.Namespace) -> dict[str, list[Measured]]:
    """Measure every server *options.rounds* times, one at a time, in alternating order."""
    server_core, load_core = pick_cores()
    rounds: dict[str, list[Measured]] = {name: [] for name in COMMANDS}
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {load_core})
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            for number in range(options.rounds):
                for name in list(COMMANDS)[:: -1 if number % 2 else 1]:
                    print(f"round {number + 1} of {options.rounds}: {name} …", file=sys.stderr)
                    rounds[name].append(measure(name, options, Path(folder), server_core))
    finally:
        os.sched_setaffinity(0, ours)
    return rounds


def medians(rounds: Sequence[Measured]) -> Measured:
    """Return the median of each figure; failures are added up."""
    figures = {field: statistics.median([asdict(one)[field] for one in rounds]) for field in asdict(rounds[0])}
    return Measured(**(figures | {"failures": sum(one.failures for one in rounds)}))


def table(servers: dict[str, Measured], rounds: dict[str, list[Measured]], engine: dict[str, float]) -> str:
    """Return the results for people."""
    lines = [
        "| server | CPU µs/request | lowest … highest | req/s | p50 ms | p99 ms | core used | RSS MiB | failures |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, one in servers.items():
        costs = [each.cpu_us for each in rounds[name]]
        lines.append(
            f"| {name} | {one.cpu_us:.1f} | {min(costs):.1f} … {max(costs):.1f} | {one.per_s:,.0f} | {one.p50_ms:.2f} "
            f"| {one.p99_ms:.2f} | {one.core_used:.0%} | {one.rss_mib:.0f} | {one.failures} |"
        )
    lines += [
        "",
        f"ratio {OURS} / {HANDWRITTEN}: {servers[OURS].cpu_us / servers[HANDWRITTEN].cpu_us:.2f} (CPU per request)",
        f"engine alone: {engine['job']:.1f} µs for the job, {engine['passthrough']:.1f} µs for a fixed answer",
    ]
    return "\n".join(lines)


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Compare the server CPU of one request with a hand-written aiohttp handler doing the same job.",
        epilog="The defaults take about a minute. How to read the table: docs/performance.md.",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each server is measured (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=5, help="length of one measurement (default: %(default)s)")
    parser.add_argument("--warm", type=float, default=1.5, help="seconds of load before it (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=32, help="kept-alive connections (default: %(default)s)")
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table", help="form of the results")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.connections < 1 or options.seconds <= 0:
        parser.error("rounds, seconds and connections must be positive")
    return options


def main() -> int:
    """Run everything; 1 when a request failed, so that no figure of a broken run is taken for one."""
    options = parse_options()
    rounds = run_rounds(options)
    servers = {name: medians(measured) for name, measured in rounds.items()}
    engine = engine_us()
    if options.output == "json":
        results = {
            "servers": {name: asdict(one) for name, one in servers.items()},
            "rounds": {name: [asdict(one) for one in measured] for name, measured in rounds.items()},
            "ratio": servers[OURS].cpu_us / servers[HANDWRITTEN].cpu_us,
            "engine_us": engine,
        }
        print(json.dumps(results, indent=2))
    else:
        print(table(servers, rounds, engine))
    failures = sum(one.failures for one in servers.values())
    if failures:
        print(f"{failures} requests failed: the figures mean nothing", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"bench: {error}")
