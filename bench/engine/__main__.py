"""
`python -m bench.engine`: measure every part in turns and print the ratios.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.engine import readers, sizes
from bench.engine.jobs import BY_HAND, JOBS, WORKFLOW
from bench.engine.timing import Job, medians_us


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    One row: a job done in several ways.

    Attributes:
        goal: what the ratio is to be.
        us: way → CPU µs of one call.
        ratio: how many times the one way costs what the other does; which ones, *means* says.
    """

    job: str
    means: str
    goal: str
    ratio: float
    us: dict[str, float]


def compare(options: argparse.Namespace) -> list[Comparison]:
    """Measure everything; the sides of one comparison in turns."""

    def measured(sides: dict[str, Job]) -> dict[str, float]:
        return medians_us(sides, options.rounds, options.slice)

    rows = []
    for name, job in JOBS.items():
        us = measured(job.sides())
        rows.append(Comparison(name, f"{WORKFLOW} / {BY_HAND}", "≤ 3", us[WORKFLOW] / us[BY_HAND], us))
    us = measured(readers.sides())
    faster = min((readers.HL7, readers.HL7APY), key=us.__getitem__)
    rows.append(
        Comparison("parse 4 kB HL7, read 20 places", f"{faster} / ours", "≥ 15", us[faster] / us[readers.OURS], us)
    )
    us = {
        f"{count} settings": each / count
        for count, each in measured({count: sizes.compiled(count) for count in sizes.SETTINGS}).items()
    }
    small, *_, large = us
    rows.append(Comparison("make ready, per setting", f"{large} / {small}", "≤ 1", us[large] / us[small], us))
    for name in sizes.UNRELATED:
        us = measured(sizes.unrelated_sides(name))
        few, many = us
        rows.append(Comparison(f"settings {name}", f"{many} / {few}", "1", us[many] / us[few], us))
    return rows


def table(rows: Sequence[Comparison]) -> str:
    """Return the results for people."""
    lines = ["| job | CPU µs | ratio | is | goal |", "|---|---|---|---|---|"]
    for row in rows:
        costs = ", ".join(f"{way} {us:.1f}" for way, us in row.us.items())
        lines.append(f"| {row.job} | {costs} | {row.means} | {row.ratio:.2f} | {row.goal} |")
    return "\n".join(lines)


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.engine",
        description="Compare the engine, without a socket, with code and libraries that do the same job.",
        epilog="The defaults take about half a minute. How to read the table: docs/performance.md.",
    )
    parser.add_argument("--rounds", type=int, default=31, help="how often each side is measured (default: %(default)s)")
    parser.add_argument(
        "--slice", type=float, default=0.02, help="CPU seconds of one measurement (default: %(default)s)"
    )
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table", help="form of the results")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.slice <= 0:
        parser.error("rounds and slice must be positive")
    return options


def main() -> int:
    """Run everything and print it."""
    options = parse_options()
    rows = compare(options)
    print(json.dumps([asdict(row) for row in rows], indent=2) if options.output == "json" else table(rows))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"bench: {error}")
