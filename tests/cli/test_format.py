"""`format`: one canonical form, printed, written or asked for, and never of a file with errors."""

import json
import shutil
from pathlib import Path

import pytest

from cli_process import ROOT, run_cli
from workflow_files import a_receiver

CANONICAL = json.dumps(a_receiver(), indent=2) + "\n"
OTHER = json.dumps({**a_receiver(), "Port": 8080})
BROKEN = json.dumps(a_receiver(Port="x"))


def test_the_canonical_form_is_printed(tmp_path: Path) -> None:
    """And the file is as it was."""
    (tmp_path / "a.json").write_text(OTHER)
    result = run_cli("format", "a.json", cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, CANONICAL, "")
    assert (tmp_path / "a.json").read_text() == OTHER


def test_a_workflow_of_the_product_keeps_its_code_and_its_comments() -> None:
    """Printed as it stands in the file."""
    path = ROOT / "examples/visit-register.json"
    printed = json.loads(run_cli("format", path).stdout)
    authored = json.loads(path.read_text())
    assert printed["Comments"] == authored["Comments"]
    texts = [{setting.get("MessageTemplate") for setting in one["WorkflowPattern"]} for one in (printed, authored)]
    assert texts[0] == texts[1]


def test_files_are_rewritten_and_those_that_changed_are_named(tmp_path: Path) -> None:
    """With their permissions; a link stays a link."""
    (tmp_path / "a.json").write_text(OTHER)
    (tmp_path / "a.json").chmod(0o640)
    (tmp_path / "b.json").write_text(CANONICAL)
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/c.json").symlink_to("../a.json")
    result = run_cli("format", "--write", "flows", "b.json", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "flows/c.json: changed\n")
    assert [(tmp_path / name).read_text() for name in ("a.json", "b.json")] == [CANONICAL] * 2
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "flows/c.json").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json", "flows"]
    assert run_cli("format", "--check", ".", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("other", [OTHER.encode(), b"\xef\xbb\xbf" + CANONICAL.encode(), CANONICAL.encode()[:-1]])
def test_check_names_what_would_change_and_writes_nothing(other: bytes, tmp_path: Path) -> None:
    """With exit code 1; a byte order mark and a missing line end are differences too."""
    (tmp_path / "a.json").write_bytes(other)
    result = run_cli("format", "--check", "a.json", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "a.json: would change\n")
    assert (tmp_path / "a.json").read_bytes() == other


def test_a_file_with_errors_is_refused_with_every_reason_and_stays(tmp_path: Path) -> None:
    """The others are written."""
    (tmp_path / "a.json").write_text(BROKEN)
    (tmp_path / "b.json").write_text(OTHER)
    result = run_cli("format", "-w", ".", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "b.json: changed\n")
    assert result.stderr.startswith("a.json: $.Port: error FieldWrongType: Port must be a whole number")
    assert (tmp_path / "a.json").read_text() == BROKEN


def test_bare_prints_only_what_runs(tmp_path: Path) -> None:
    """Without what has no effect."""
    (tmp_path / "a.json").write_text(json.dumps([a_receiver(LastModified="now")]))
    assert json.loads(run_cli("format", "--bare", "a.json", cwd=tmp_path).stdout) == {
        "WorkflowPattern": [
            {**a_receiver(), "$type": "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"}
        ]
    }


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["examples"], "several workflows cannot be printed as one; give --write or --check"),
        (["examples", "--write", "--check"], "--write and --check exclude each other"),
        (["examples/hosted-patient.yaml"], "examples/hosted-patient.yaml: is a manifest; format takes workflow files"),
        (["nowhere.json"], "nowhere.json: there is no such file or folder"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], line: str) -> None:
    """With exit code 2."""
    result = run_cli("format", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert line in result.stderr
    assert result.stderr.count("\n") == 1


def test_manifests_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    """Only workflow files have a canonical form."""
    (tmp_path / "a.json").write_text(CANONICAL)
    shutil.copy(ROOT / "examples/hosted-patient.yaml", tmp_path)
    result = run_cli("format", "--check", ".", cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
