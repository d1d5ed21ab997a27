"""
What is compared through the socket; each comparison is its sides and the figures that come of their turns.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.admission import admission_request, wrong_acknowledgement
from bench.job import (
    DEVICE,
    job_workflow,
    receiving_request,
    receiving_workflow,
    request_bytes,
    wrong_answer,
    wrong_refusal,
)
from bench.listener import servers
from bench.listener.report import Figure
from bench.listener.servers import HANDWRITTEN, OURS
from bench.listener.sides import Job, Measured, Side

Turns = Mapping[str, Sequence[Measured]]

_DIFFERENT_REQUESTS: Final = 500
_KB, _MB = 1000, 1_000_000

PATIENTS: Final = Job(
    [request_bytes(number) for number in range(_DIFFERENT_REQUESTS)],
    [
        (request_bytes(4711), lambda status, body: wrong_answer(4711, status, body)),
        (request_bytes(4711, DEVICE), wrong_refusal),
    ],
)
ADMISSIONS: Final = Job(
    [admission_request(number) for number in range(_DIFFERENT_REQUESTS)],
    [(admission_request(4711), lambda status, body: wrong_acknowledgement(4711, status, body))],
)


def of_cpu(turns: Turns, conclusion: Callable[..., float], *names: str) -> float:
    """Return the median of what *conclusion* makes of each turn: of the CPU µs per request of *names*."""
    costs = [[one.cpu_us for one in turns[name]] for name in names]
    return statistics.median(conclusion(*together) for together in zip(*costs, strict=True))


def cpu_ratio(turns: Turns, name: str, other: str, goal: float | None = None) -> Figure:
    """Return how many times what *other* costs *name* does."""
    return Figure(f"CPU, {name} / {other}", of_cpu(turns, lambda one, two: one / two, name, other), "×", goal)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sides that are measured in turns, and what is concluded."""

    sides: Mapping[str, Side]
    figures: Callable[[Turns], list[Figure]]


def json_job() -> Comparison:
    """Compare who does the JSON job, as fast as it goes and at a fixed rate."""
    sides = {name: Side(command, PATIENTS, at_rate=True) for name, command in servers.job_sides().items()}

    def figures(turns: Turns) -> list[Figure]:
        goals = {HANDWRITTEN: 0.65}
        ratios = [cpu_ratio(turns, OURS, name, goals.get(name)) for name in turns if name != OURS]
        rate = statistics.median(one.rate for one in turns[OURS])
        p99_ms = statistics.median(one.rate_p99_ms for one in turns[OURS])
        return [*ratios, Figure(f"p99 at {rate:,.0f} requests/s", p99_ms, "ms", 2)]

    return Comparison(sides, figures)


def hl7_job() -> Comparison:
    """Compare who does the HL7 job."""
    sides = {name: Side(command, ADMISSIONS) for name, command in servers.admission_sides().items()}

    def figures(turns: Turns) -> list[Figure]:
        ours = Figure("CPU per acknowledgement", of_cpu(turns, float, OURS), "µs", 60)
        return [ours, *[cpu_ratio(turns, OURS, name) for name in turns if name != OURS]]

    return Comparison(sides, figures)


def receivers() -> Comparison:
    """Compare one receiver with a hundred and a thousand on its endpoint."""
    one, hundred, thousand = "1 receiver", "100 receivers", "1,000 receivers"
    counts = {one: 1, hundred: 100, thousand: 1000}
    sides = {name: Side(servers.many(count), PATIENTS) for name, count in counts.items()}

    def figures(turns: Turns) -> list[Figure]:
        memory = statistics.median(each.rss_mib for each in turns[hundred])
        return [
            cpu_ratio(turns, hundred, one, 1.05),
            cpu_ratio(turns, thousand, one, 1.05),
            Figure("resident memory with 100 receivers, under load", memory, "MiB", 80),
        ]

    return Comparison(sides, figures)


def bodies() -> Comparison:
    """Compare bodies of three sizes with a handler that only reads them."""
    sizes = {"1 KB": _KB, "100 KB": 100 * _KB, "10 MB": 10 * _MB}
    ways = {OURS: servers.ours({"p": lambda port: receiving_workflow(port, "p")}), "read by hand": servers.handwritten}
    sides = {
        f"{way}, {label}": Side(command, _reading(size), connections=2 if size > _MB else None)
        for way, command in ways.items()
        for label, size in sizes.items()
    }
    small, middle, large, small_read, middle_read, large_read = sides

    def figures(turns: Turns) -> list[Figure]:
        def slopes(low: float, high: float, low_read: float, high_read: float) -> float:
            return (high - low) / (high_read - low_read)

        per_kb = of_cpu(turns, lambda low, high: (high - low) / (10 * _MB / _KB - 1), small, large)
        whole = of_cpu(turns, slopes, small, large, small_read, large_read)
        begun = of_cpu(turns, slopes, small, middle, small_read, middle_read)
        return [
            Figure("CPU per KB up to 10 MB", per_kb, "µs"),
            Figure("CPU per KB up to 10 MB, ours / a plain read", whole, "×", 1.5),
            Figure("CPU per KB up to 100 KB, ours / a plain read", begun, "×", 1.5),
        ]

    return Comparison(sides, figures)


def _reading(size: int) -> Job:
    def wrong(status: int, body: bytes) -> str | None:
        return None if (status, body) == (200, b"ok") else f"status {status}: {body[:200]!r}"

    request = receiving_request("p", b"x" * size)
    return Job([request], [(request, wrong)])


def tls() -> Comparison:
    """Compare TLS with none."""
    ours, ours_tls, by_hand, by_hand_tls = OURS, f"{OURS}, TLS", HANDWRITTEN, f"{HANDWRITTEN}, TLS"
    sides = {
        ours: Side(servers.ours({"job": job_workflow}), PATIENTS),
        ours_tls: Side(servers.ours({"job": lambda port: job_workflow(port, tls=True)}), PATIENTS, tls=True),
        by_hand: Side(servers.handwritten, PATIENTS),
        by_hand_tls: Side(servers.handwritten_tls, PATIENTS, tls=True),
    }

    def figures(turns: Turns) -> list[Figure]:
        return [
            Figure("CPU that TLS adds", of_cpu(turns, lambda with_tls, none: with_tls - none, ours_tls, ours), "µs"),
            cpu_ratio(turns, ours_tls, ours),
            cpu_ratio(turns, by_hand_tls, by_hand),
            cpu_ratio(turns, ours_tls, by_hand_tls),
        ]

    return Comparison(sides, figures)


COMPARISONS: Final[Mapping[str, Callable[[], Comparison]]] = {
    "json": json_job,
    "hl7": hl7_job,
    "receivers": receivers,
    "bodies": bodies,
    "tls": tls,
}
