"""The soak runs and judges; a run of twenty seconds says nothing about growth over a night."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.load

ROOT = Path(__file__).parents[2]


def test_twenty_seconds_of_everything_at_once_have_no_wrong_answer_and_lose_nothing() -> None:
    command = [sys.executable, "-m", "bench.soak", "--minutes=0.33", "--kill-every=6"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)
    # A process that has just started still grows into its caches.
    assert [] == [line for line in verdict["wrong"] if " grow" not in line]
    assert set(verdict["answers"]) == {"good", "bad", "early", "secure"}
    assert min(verdict["edits"], verdict["certificates"], verdict["kills"]) > 0
