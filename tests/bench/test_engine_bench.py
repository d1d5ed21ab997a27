"""The engine's bench runs and compares like with like; that unrelated settings cost nothing is counted, not timed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from bench.engine import hl7_job, readers
from bench.engine.jobs import BY_HAND, JOBS, WORKFLOW, Job
from bench.engine.run import pipeline_of, request_of
from bench.engine.sizes import SETTINGS, UNRELATED, compiled, unrelated_sides
from httpreceiver_workflow import Prepared
from httpreceiver_workflow.pipeline.runner import answer

ROOT = Path(__file__).parents[2]


def run_bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the bench as `make bench-engine` does."""
    return subprocess.run(
        [sys.executable, "-m", "bench.engine", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_every_part_runs_and_gives_a_ratio() -> None:
    done = run_bench("--rounds=1", "--slice=0.001", "-o", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert len(JOBS) + 2 + len(UNRELATED) == len(rows)
    assert all(row["ratio"] > 0 and min(row["us"].values()) > 0 for row in rows)


def test_nonsense_options_are_one_clear_line() -> None:
    done = run_bench("--slice=0")
    assert done.returncode == 2
    assert "must be positive" in done.stderr


@pytest.mark.parametrize("name", JOBS)
def test_the_workflow_and_the_function_by_hand_answer_the_same(name: str) -> None:
    sides = JOBS[name].sides()
    assert {WORKFLOW, BY_HAND} == set(sides)
    assert sides[WORKFLOW]() == sides[BY_HAND]()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"\xef\xbb\xbftext", "text/plain"),
        (b"caf\xe9", "text/plain"),
        (b"caf\xe9", "text/plain; charset=iso-8859-1"),
        (b"caf\xe9", 'text/plain; charset="iso-8859-1"'),
        (b"text", "text/plain; charset=none-such"),
    ],
    ids=["nothing", "byte order mark", "no UTF-8", "charset", "quoted charset", "unknown charset"],
)
def test_what_any_caller_may_send_is_passed_through_alike_by_hand(body: bytes, content_type: str) -> None:
    job = JOBS["passthrough"]
    request = msgspec.structs.replace(request_of(body), content_type=content_type)
    respond, _ = answer(pipeline_of(job.settings), request)
    assert respond == job.answer_by_hand(request)


def test_a_message_that_the_function_by_hand_would_misread_is_refused_by_it() -> None:
    for text in ("MSH$*#!%$LAB\r", "MSH|^~\\&|LAB\nPID|1\n"):
        with pytest.raises(ValueError, match="delimiters"):
            hl7_job.by_hand(text)


def test_sides_that_answer_differently_are_not_compared() -> None:
    job = next(iter(JOBS.values()))
    with pytest.raises(RuntimeError, match="by hand"):
        Job(job.settings, job.body, lambda text: f"{text}!").sides()


def test_the_jobs_are_as_large_as_the_goals_say() -> None:
    _, hl7, orders = JOBS.values()
    assert 20 == len(hl7.settings[1]["Transformers"])
    assert 4000 < len(hl7.body) < 4400
    assert 50 == len(orders.settings[1]["Transformers"])
    assert 100 == len(json.loads(orders.body)["lines"])


def test_three_readers_read_the_same_twenty_places() -> None:
    values = [read() for read in readers.sides().values()]
    assert 20 == len(values[0]) == len(readers.PLACES)
    assert all(values[0])
    assert values[0] == values[1] == values[2]


@pytest.mark.parametrize("count", SETTINGS)
def test_a_workflow_of_each_size_compiles(count: int) -> None:
    prepared = compiled(count)()
    assert isinstance(prepared, Prepared)
    assert prepared.pipeline is not None
    assert (count - 1) // 3 == len(prepared.pipeline.activities)


@pytest.mark.parametrize("name", UNRELATED)
def test_a_request_executes_no_more_instructions_for_settings_it_has_no_use_for(name: str) -> None:
    few, many = unrelated_sides(name).values()
    assert few() == many()
    assert 0 < instructions_of(few) == instructions_of(many)


def instructions_of(job: Callable[[], object]) -> int:
    """Return how many of the interpreter's instructions one call of *job* executes."""
    executed = 0

    def trace(frame: FrameType, event: str, _: Any) -> Callable[[FrameType, str, Any], Any]:
        nonlocal executed
        frame.f_trace_opcodes = True
        executed += event == "opcode"
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        job()
    finally:
        sys.settrace(outer)
    return executed
