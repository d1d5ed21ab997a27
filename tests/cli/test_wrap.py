"""`wrap`: the workflow arrives in the manifest unchanged."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli_process import ROOT, run_cli
from httpreceiver_cli.yaml_text import load_documents

WORKFLOWS = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".json", ".hl7Workflow"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=[path.name for path in WORKFLOWS])
def test_the_workflow_is_the_same_after_yaml(path: Path) -> None:
    """Same members in the same order, same values."""
    [manifest] = load_documents(run_cli("wrap", path).stdout)
    assert json.dumps(manifest["spec"]["workflow"]) == json.dumps(json.loads(path.read_text()))


def test_a_wrapped_file_is_accepted_by_lint_and_plan(tmp_path: Path) -> None:
    """What `wrap` prints, the other commands and a cluster take."""
    (tmp_path / "a.yaml").write_text(run_cli("wrap", *WORKFLOWS).stdout)
    assert run_cli("lint", "a.yaml", cwd=tmp_path).returncode == 0
    assert run_cli("plan", "a.yaml", cwd=tmp_path).returncode == 0


def test_several_files_become_several_documents() -> None:
    """Each named after its file."""
    manifests = load_documents(run_cli("wrap", *WORKFLOWS).stdout)
    assert [one["metadata"] for one in manifests] == [{"name": path.stem} for path in WORKFLOWS]


def test_name_namespace_and_host_are_taken_over() -> None:
    """Where they are given."""
    result = run_cli("wrap", WORKFLOWS[0], "--name", "intake", "--namespace", "team-a", "--host", "blue")
    [manifest] = load_documents(result.stdout)
    assert manifest["metadata"] == {"name": "intake", "namespace": "team-a"}
    assert manifest["spec"]["host"] == "blue"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["examples", "--name", "a"], "--name fits one workflow only"),
        (["examples/patient-api.json", "--name", "A"], '--name "A" would be refused by a cluster'),
        (["examples/patient-api.json", "--host", "x" * 41], "would be refused by a cluster"),
        (["examples/hosted-patient.yaml"], "examples/hosted-patient.yaml: is a manifest already"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], line: str) -> None:
    """With exit code 2."""
    result = run_cli("wrap", *arguments)
    assert result.returncode == 2
    assert line in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["{", '{"a": NaN}', '{"a": 1e999}', "[" * 100_000])
def test_what_is_not_json_is_refused(tmp_path: Path, text: str) -> None:
    """Nothing is printed that could be applied by mistake."""
    (tmp_path / "a.json").write_text(text)
    result = run_cli("wrap", "a.json", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("httpreceiver: a.json: is not JSON: ")


def test_the_last_of_equal_members_wins(tmp_path: Path) -> None:
    """As the product reads its own files."""
    (tmp_path / "a.json").write_text('{"Port": 1, "Port": 2}')
    [manifest] = load_documents(run_cli("wrap", "a.json", cwd=tmp_path).stdout)
    workflow: Any = manifest["spec"]["workflow"]
    assert workflow == {"Port": 2}
