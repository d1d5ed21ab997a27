"""What is fuzzed passes its own seeds, and an input that the fuzzer left is replayed without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzing.promises import check_run
from fuzzing.targets import SAMPLES, SEPARATOR, pipeline_of, targets
from httpreceiver_workflow.contract.enums import MessageType

TARGETS = targets()


def fuzzing(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the fuzzer as `make fuzz` does."""
    support = Path(__file__).parents[1] / "support"
    environment = {**os.environ, "PYTHONPATH": str(support)}
    command = [sys.executable, "-m", "fuzzing", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_keeps_the_promises_whole_cut_and_run_together(name: str) -> None:
    target = TARGETS[name]
    assert target.seeds
    for seed in target.seeds:
        for data in (seed, seed[: len(seed) // 2], seed.replace(SEPARATOR, b"")):
            target.check(data)


@pytest.mark.parametrize("message_type", sorted(set(SAMPLES) - {MessageType.DICOM, MessageType.BINARY}))
def test_the_workflow_that_is_fuzzed_does_its_job_on_the_samples(message_type: MessageType) -> None:
    """So that a fuzzer starts behind its filters, not in front of them. A DICOM file and base64 cannot be mapped to."""
    for position, sample in enumerate(SAMPLES[message_type]):
        response = check_run(pipeline_of(message_type, position), sample.text.encode())
        assert 200 == response.status
        assert response.body


def test_an_input_is_replayed_without_the_fuzzer(tmp_path: Path) -> None:
    left = tmp_path / "crash"
    left.write_bytes(TARGETS["json"].seeds[0])
    replayed = fuzzing("json", "--replay", str(left))
    assert (0, "", "") == (replayed.returncode, replayed.stdout, replayed.stderr)


def test_a_target_that_does_not_exist_is_one_clear_line() -> None:
    refused = fuzzing("jsno")
    assert 2 == refused.returncode
    assert "no target jsno; there are: hl7_v2, json, xml" in refused.stderr
