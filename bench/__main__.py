"""
`python -m bench`: run every part, its sides in turns, and print the tables.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from bench.engine.run import engine_us
from bench.listener import standing
from bench.listener.comparisons import COMPARISONS
from bench.listener.report import Figure, goal_table, server_table
from bench.listener.servers import absent
from bench.listener.sides import Effort, Measured, in_turns

PARTS = (*COMPARISONS, "idle", "start", "engine")
_ENGINE_GOAL_US = 15.0


@dataclass
class Results:
    """
    What came of each part.

    Attributes:
        turns: part → side → turns.
    """

    turns: dict[str, dict[str, list[Measured]]] = field(default_factory=dict)
    figures: dict[str, list[Figure]] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return everything for a machine."""
        turns = {
            part: {name: [asdict(one) for one in each] for name, each in sides.items()}
            for part, sides in self.turns.items()
        }
        figures = {part: [asdict(one) | {"is_met": one.is_met} for one in each] for part, each in self.figures.items()}
        results = {"turns": turns, "figures": figures, "absent": absent()}
        return json.dumps(results, indent=2, ensure_ascii=False)

    def as_tables(self) -> str:
        """Return what people read."""
        return f"{server_table(self.turns, absent())}\n\n{goal_table(self.figures)}"

    @property
    def failures(self) -> int:
        """Requests that failed."""
        return sum(one.failures for sides in self.turns.values() for each in sides.values() for one in each)


def run_parts(names: Sequence[str], effort: Effort) -> Results:
    """Run the parts of *names*."""
    results = Results()
    for name in names:
        if name in COMPARISONS:
            comparison = COMPARISONS[name]()
            results.turns[name] = in_turns(name, comparison.sides, effort)
            results.figures[name] = comparison.figures(results.turns[name])
        else:
            results.figures[name] = {
                "idle": standing.idle_figures,
                "start": standing.start_figures,
                "engine": _engine_figures,
            }[name](effort)
    return results


def _engine_figures(_: Effort) -> list[Figure]:
    us = engine_us()
    return [
        Figure("the JSON job without a socket", us["job"], "µs", _ENGINE_GOAL_US),
        Figure("a fixed answer without a socket", us["passthrough"], "µs"),
    ]


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Compare the listener with hand-written handlers and other servers that do the same jobs.",
        epilog="The defaults take about six minutes. How to read the tables: docs/performance.md.",
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"what to measure, of {', '.join(PARTS)}; default: all"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often servers are started (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=5, help="how often each is measured then (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.6, help="length of one turn (default: %(default)s)")
    parser.add_argument("--warm", type=float, default=1, help="seconds of load before the first (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=32, help="kept-alive connections (default: %(default)s)")
    parser.add_argument(
        "--idle-connections", type=int, default=1000, help="idle ones at one time (default: %(default)s)"
    )
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table", help="form of the results")
    options = parser.parse_args(arguments)
    if min(options.rounds, options.turns, options.connections, options.idle_connections) < 1 or options.seconds <= 0:
        parser.error("rounds, turns, seconds and connections must be positive")
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return options


def main() -> int:
    """Run everything; 1 when a request failed, so that no figure of a broken run is taken for one."""
    options = parse_options()
    effort = Effort(
        options.rounds, options.turns, options.seconds, options.warm, options.connections, options.idle_connections
    )
    results = run_parts(options.parts or PARTS, effort)
    print(results.as_json() if options.output == "json" else results.as_tables())
    if results.failures:
        print(f"{results.failures} requests failed: the figures mean nothing", file=sys.stderr)
    return 1 if results.failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"bench: {error}")
