"""The bench runs: nothing here says how fast anything is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import PARTS
from bench.job import request_bytes
from bench.listener.report import Figure
from bench.listener.servers import FASTAPI, HANDWRITTEN, OURS, UVICORN, handwritten
from bench.listener.sides import running
from bench.load import send_load
from bench.processes import pick_cores

ROOT = Path(__file__).parents[2]
IN_MAKE_CHECK = {"json", "engine"}
"""The others keep more servers busy for longer."""


def run_bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the bench as `make bench` does."""
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[] if part in IN_MAKE_CHECK else [pytest.mark.load]) for part in PARTS]
)
def test_every_part_runs_and_no_request_fails(part: str) -> None:
    little = ("--rounds=1", "--turns=1", "--seconds=0.2", "--warm=0.1", "--connections=2", "--idle-connections=20")
    done = run_bench(part, *little, "-o", "json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    turns = [turn for sides in results["turns"].values() for each in sides.values() for turn in each]
    assert all(turn["failures"] == 0 and turn["per_s"] > 0 and turn["cpu_us"] > 0 for turn in turns)
    assert results["figures"][part]
    if part == "json":
        absent = " ".join(results["absent"])
        assert all(name in results["turns"][part] or name in absent for name in (OURS, HANDWRITTEN, UVICORN, FASTAPI))


def test_the_tables_name_who_is_absent_and_every_goal() -> None:
    done = run_bench("engine")
    assert done.returncode == 0, done.stderr
    assert "Camel" in done.stdout
    assert "absent" in done.stdout
    assert "≤ 15 µs" in done.stdout


def test_a_fixed_rate_sends_every_request_however_few_connections_there_are() -> None:
    core, _ = pick_cores()
    with running(handwritten, core) as (_, port):
        result = send_load(port, [request_bytes(1)], 1, 0.25, rate=400)
    assert (100, 0) == (result.answers, result.failures)


@pytest.mark.parametrize(("value", "is_met"), [(0.5, True), (0.65, True), (0.66, False)])
def test_a_goal_is_the_most_that_a_figure_may_be(value: float, is_met: bool) -> None:
    assert Figure("ratio", value, "×", 0.65).is_met is is_met
    assert Figure("ratio", value, "×").is_met is None


@pytest.mark.parametrize(
    ("argument", "complaint"), [("--rounds=0", "must be positive"), ("nothing", "no such part: nothing")]
)
def test_nonsense_options_are_one_clear_line(argument: str, complaint: str) -> None:
    done = run_bench(argument)
    assert done.returncode == 2
    assert complaint in done.stderr
