"""
The results for people: what was measured of each server, and the figures beside their goals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.listener.sides import Measured, medians

Turns = Mapping[str, Sequence[Measured]]
"""What was measured of each side."""


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One conclusion.

    Attributes:
        goal: the most it should be, in *unit*; None where there is no goal.
    """

    what: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met, to the digits that are shown; None without one."""
        return None if self.goal is None else round(self.value, 2) <= self.goal


_HEADINGS: Final = (
    *("part", "side", "CPU µs/request", "lowest … highest", "req/s", "p50 ms", "p99 ms", "p99 ms at a fixed rate"),
    *("core used", "RSS MiB", "failures"),
)


def server_table(parts: Mapping[str, Turns], absent: Mapping[str, str]) -> str:
    """Return what was measured of each side, and who is missing."""
    lines = [_row(_HEADINGS), _row(["---"] * len(_HEADINGS))]
    for part, sides in parts.items():
        for name, turns in sides.items():
            one, costs = medians(turns), [each.cpu_us for each in turns]
            cells = (
                *(part, name, f"{one.cpu_us:,.1f}", f"{min(costs):,.1f} … {max(costs):,.1f}", f"{one.per_s:,.0f}"),
                *(
                    f"{one.p50_ms:.2f}",
                    f"{one.p99_ms:.2f}",
                    f"{one.rate_p99_ms:.2f} at {one.rate:,.0f}/s" * one.has_rate,
                ),
                *(f"{one.core_used:.0%}", f"{one.rss_mib:.0f}", str(one.failures)),
            )
            lines.append(_row(cells))
    empty = [""] * (len(_HEADINGS) - 3)
    lines += [_row(["", name, f"absent: {reason}", *empty]) for name, reason in absent.items()]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def goal_table(parts: Mapping[str, Sequence[Figure]]) -> str:
    """Return the figures of each part beside their goals."""
    lines = [_row(["part", "figure", "is", "goal", ""]), _row(["---"] * 5)]
    for part, figures in parts.items():
        for one in figures:
            goal = "" if one.goal is None else f"≤ {one.goal:g} {one.unit}"
            verdict = {None: "", True: "met", False: "missed"}[one.is_met]
            lines.append(_row([part, one.what, f"{one.value:.2f} {one.unit}", goal, verdict]))
    return "\n".join(lines)
