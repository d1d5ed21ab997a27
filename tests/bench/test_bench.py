"""The bench runs: nothing here says how fast anything is."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the bench as `make bench` does."""
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )


def test_every_part_runs_and_no_request_fails() -> None:
    done = run_bench("--rounds=1", "--seconds=0.3", "--warm=0.1", "--connections=2", "-o", "json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert set(results["servers"]) == {"httpreceiver", "aiohttp by hand"}
    assert all(server["failures"] == 0 and server["per_s"] > 0 for server in results["servers"].values())
    assert set(results["engine_us"]) == {"job", "passthrough"}


def test_nonsense_options_are_one_clear_line() -> None:
    done = run_bench("--rounds=0")
    assert done.returncode == 2
    assert "must be positive" in done.stderr
