"""Case files of `check`: every mistake is told at its place, and the page describes every key."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from case_checks import ECHO, case, check_cases
from cli_process import ROOT
from engine import receiver
from httpreceiver_cli.__main__ import run
from httpreceiver_cli.checking import case_files
from httpreceiver_cli.checking.case_files import Case, Part, Step

Check = Callable[..., tuple[int, str]]
PAGE: Final = (ROOT / "docs" / "check.md").read_text()


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Return what checks cases in the folder of the test."""
    return partial(check_cases, tmp_path)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (
            {"expect": {"staus": 200}},
            '$.cases[0].expect.staus: error CaseKeyUnknown: "staus" is not read; did you mean status?',
        ),
        (
            {"expects": {"status": 200}},
            '$.cases[0].expects: error CaseKeyUnknown: "expects" is not read; did you mean expect?',
        ),
        ({"expect": {}}, "$.cases[0].expect: error CaseExpectsNothing:"),
        ({"expect": {"status": "200"}}, "$.cases[0].expect.status: error CaseShape: Expected `int | null`, got `str`."),
        ({"expect": {"outcome": "done"}}, '$.cases[0].expect.outcome: error CaseShape: "done" is no outcome:'),
        ({"expect": {"outcome": {"fault": "Bad"}}}, "$.cases[0].expect.outcome.fault: error CaseShape:"),
        ({"expect": {"headers": {"Date": "x"}}}, "$.cases[0].expect.headers.Date: error CaseContradiction:"),
        (
            {"expect": {"files": {"../x": ""}}},
            "$.cases[0].expect.files: error CaseShape: Expected a name below {TMP}, without ...",
        ),
        ({"expect": {"body_base64": "?"}}, "$.cases[0].expect.body_base64: error CaseShape: This is not base64."),
        (
            {"expect": {"stub": {"metod": "GET"}}},
            '$.cases[0].expect.stub.metod: error CaseKeyUnknown: "metod" is not read; did',
        ),
        (
            {"expect": {"effects": [{"activity": "a", "htp": {}}]}},
            "$.cases[0].expect.effects[0].htp: error CaseKeyUnknown:",
        ),
        ({"request": {"path": "v"}}, "$.cases[0].request.path: error CaseShape:"),
        ({"request": {}}, "$.cases[0].request: error CaseShape: Object missing required field `path`."),
        (
            {"request": {"path": "/v", "body": "a", "body_file": "b"}},
            "$.cases[0].request: error CaseContradiction: body and",
        ),
        (
            {"request": {"path": "/v", "headers": {"A": "b\r\nC: d"}}},
            "$.cases[0].request.headers[...]: error CaseShape: Expected the value of a header",
        ),
        ({"replies": {"Tell it": {"bdy": ""}}}, '$.cases[0].replies["Tell it"].bdy: error CaseKeyUnknown:'),
        (
            {"replies": {"Tell it": "x"}},
            '$.cases[0].replies["Tell it"]: error CaseActivityUnknown: The workflow has no',
        ),
        ({"steps": []}, '$.cases[0].request: error CaseKeyUnknown: "request" is not read'),
    ],
)
def test_every_mistake_of_a_case_is_told_at_its_place(check: Check, wrong: dict[str, Any], line: str) -> None:
    """And the case is not run."""
    good = {"request": {"path": "/v"}, "expect": {"status": 200}}
    code, report = check(ECHO, good | wrong)
    assert code == 1
    assert f"DIR/a.yaml: {line}" in report
    assert report.splitlines()[-1] == "0 cases: 0 passed, 0 failed; 1 file with problems"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "$: error CaseExpectsNothing: The file has neither cases nor refused."),
        ({"cases": {}}, "$.cases: error CaseShape: cases is a list."),
        ({"refused": []}, "$.refused: error CaseShape:"),
        ({"cass": []}, '$.cass: error CaseKeyUnknown: "cass" is not read; did you mean cases?'),
        (
            {"cases": [case(status=200)], "refused": [{"where": "$", "code": "x"}]},
            "$.refused: error CaseContradiction:",
        ),
        ({"cases": [case(status=200)], "tables": {"T": ""}}, "$.tables.T: error CaseFileUnusable: This is no table:"),
        (
            {"cases": [case(status=200)], "workflow": "none.json"},
            "$.workflow: error CaseFileUnusable: none.json there is no",
        ),
        (
            {"cases": [case(status=200)], "compatibility": {"none": 1}},
            "$.compatibility.none: error CaseShape: compatibility has no switch",
        ),
        ({"cases": [case(status=200)], "workflow": []}, "$.workflow: error NoReceiver:"),
        ({"cases": [{"steps": [case(status=200)]}]}, "$.cases[0].steps: error CaseShape: steps are two or more"),
    ],
)
def test_every_mistake_of_a_file_is_told_at_its_place(check: Check, more: dict[str, Any], line: str) -> None:
    """With exit code 1."""
    code, report = check(ECHO, **more)
    assert code == 1
    assert f"DIR/a.yaml: {line}" in report


def test_several_mistakes_are_told_at_once(check: Check) -> None:
    """Those of different cases as those of one."""
    _, report = check(ECHO, case(staus=1, boddy=2), case(contain=3))
    assert [line.partition(": ")[2].split(":")[0] for line in report.splitlines()[:-1]] == [
        "$.cases[0].expect.boddy",
        "$.cases[0].expect.staus",
        "$.cases[1].expect.contain",
    ]


def test_a_key_that_occurs_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """YAML readers would drop the first one."""
    path = tmp_path / "a.yaml"
    path.write_text("workflow: x\ncases:\n- request: {path: /v}\n  expect:\n    status: 500\n    status: 200\n")
    assert run(["check", str(path)]) == 1
    assert 'is not YAML: line 6, column 5: "status" occurs twice' in capsys.readouterr().err


def test_wrong_usage_has_its_own_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that is not there, a folder without case files, an option that does not exist."""
    assert run(["check", str(tmp_path / "none.yaml")]) == 2
    assert run(["check", str(tmp_path)]) == 2
    assert run(["check", "--via", "air", str(tmp_path)]) == 2
    assert [line.rpartition(": ")[2] for line in capsys.readouterr().err.splitlines()][:2] == [
        "there is no such file or folder",
        "the folder holds no case file (.yaml or .yml)",
    ]


def test_a_workflow_must_be_refused_for_exactly_these_errors(check: Check) -> None:
    """Neither more nor fewer."""
    port = [{"where": "$[0].Port", "code": "PortInvalid"}]
    assert check([receiver(Port=99999)], refused=port)[0] == 0
    assert check(ECHO, refused=port)[0] == 1


def test_the_case_file_of_the_page_passes(check: Check, tmp_path: Path) -> None:
    """As it stands there."""
    [text] = re.findall("```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "page.yaml").write_text(text)
    assert run(["check", str(tmp_path / "page.yaml")]) == 0


def test_the_page_names_every_key() -> None:
    """Taken from the records, so that a new key needs its line."""
    parts = [part for part in vars(case_files).values() if isinstance(part, type) and issubclass(part, Part)]
    keys = {field.encode_name for part in parts for field in msgspec.structs.fields(part)}
    assert {Case, Step} <= set(parts)
    assert set() == {key for key in keys if f"`{key}`" not in PAGE and f"`{key}s`" not in PAGE}
