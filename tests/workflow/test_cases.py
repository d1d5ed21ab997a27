"""
The conformance suite: every file of `tests/cases/workflow`, on the engine alone and through the listener's socket.

What runs and compares the files is `httpreceiver check`; their form is described in `docs/check.md`.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from httpreceiver_cli.checking.case_files import CaseFile
from httpreceiver_cli.checking.engine_host import serve_on_engine
from httpreceiver_cli.checking.listener_host import serve_on_listener
from httpreceiver_cli.checking.observation import Observation
from httpreceiver_cli.checking.reading import ReadCases, read_case_files
from httpreceiver_cli.checking.report import as_text
from httpreceiver_cli.checking.results import FileResult
from httpreceiver_cli.checking.session import Way, check_file
from httpreceiver_workflow.options.switches import SWITCHES
from httpreceiver_workflow.resources import NO_RESOURCES

FOLDER: Final = Path(__file__).resolve().parents[1] / "cases" / "workflow"
FILES: Final = sorted(FOLDER.glob("*.yaml"))
WAYS: Final = (
    Way(serve_on_engine, are_real=True, allows_code=True),
    Way(serve_on_listener, are_real=True, allows_code=True),
)

WAITING: Final[Mapping[str, str]] = {}
"""Vectors that cannot pass yet, with the reason. `test_a_waiting_vector_does_not_pass` fails when one does."""

READY: Final = [path for path in FILES if path.name.partition("-")[0] not in WAITING]
VECTORS: Final = (
    *("V01", "V02", "V03", "V04", "V05", "V06", "V07", "V09", "V10", "V12"),
    *("V13", "V14", "V18", "V21", "V22", "V23", "V25", "V26", "V27", "V29"),
)


@pytest.mark.parametrize("path", READY, ids=[path.stem for path in READY])
async def test_case(path: Path) -> None:
    """Every request has the result that the file says, and both ways see the same."""
    on_engine, on_listener = [await check_file(read_cases(path), way, NO_RESOURCES) for way in WAYS]
    assert on_engine.has_passed, as_text([on_engine])
    assert on_listener.has_passed, as_text([on_listener])
    assert seen(on_engine) == seen(on_listener)


async def test_a_waiting_vector_does_not_pass() -> None:
    """A vector that passes must leave the table."""
    for vector in WAITING:
        [path] = FOLDER.glob(f"{vector}-*.yaml")
        for way in WAYS:
            assert not (await check_file(read_cases(path), way, NO_RESOURCES)).has_passed


def test_every_vector_has_its_file() -> None:
    """None is forgotten."""
    assert {path.name.partition("-")[0] for path in FILES} >= set(VECTORS)


def test_every_value_of_every_switch_has_a_case() -> None:
    """Taken from the table of switches; what a workflow is refused for counts too."""
    files = [content(path) for path in FILES]
    chosen = [said.compatibility for file in files for said in [file, *file.cases]]
    proved = {(name, one) for said in chosen for name, value in said.items() for one in _values(value)}
    assert set() == {(switch.name, str(value)) for switch in SWITCHES for value in switch.values} - proved


def _values(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@cache
def read_cases(path: Path) -> ReadCases:
    """Return the case file at *path*."""
    [read], refusals = read_case_files([path])
    assert refusals == []
    return read


def content(path: Path) -> CaseFile:
    """Return what the case file at *path* says."""
    read = read_cases(path)
    assert read.content is not None, read.findings
    return read.content


def seen(result: FileResult) -> list[list[Any]]:
    """Return all that both ways must agree on, of each step of each case."""
    return [[agreed(observation) for observation in case.observations] for case in result.cases]


def agreed(observation: Observation) -> Any:
    """Return an observation without what differs from run to run: folders, times and ids of its own."""
    answer, outcome = observation.answer, observation.outcome
    fault = outcome.fault if outcome else None
    return (
        (answer.status, answer.headers, answer.body),
        outcome and (outcome.kind, fault and (fault.kind, fault.stage), [one.text for one in outcome.notifications]),
        outcome and sorted(outcome.variables),
        [(called.activity_id, type(called.call)) for called in observation.calls],
        (observation.files, observation.files_later),
    )
