"""`plan`: the operator's own answer, without a cluster."""

import json
from collections import Counter
from pathlib import Path

from cli_process import run_cli
from httpreceiver_cli.yaml_text import load_documents

RECEIVER = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"


def workflow(port: int) -> str:
    """Return the text of a small workflow."""
    return json.dumps({"$type": RECEIVER, "Id": "00000000-0000-0000-0000-0000000000a1", "Port": port})


def test_the_objects_of_the_examples_are_printed() -> None:
    """One Deployment for each port, one Service for the host and for each receiver."""
    result = run_cli("plan", "examples")
    kinds = Counter(document["kind"] for document in load_documents(result.stdout))
    assert result.returncode == 0
    assert (kinds["HttpReceiver"], kinds["Deployment"], kinds["Service"]) == (18, 8, 19)


def test_yaml_and_json_hold_the_same() -> None:
    """But for the time of the day."""
    documents = load_documents(run_cli("plan", "examples/patient-api.json").stdout)
    items = json.loads(run_cli("plan", "-o", "json", "examples/patient-api.json").stdout)["items"]
    assert [(one["kind"], one["metadata"]["name"]) for one in documents] == [
        (one["kind"], one["metadata"]["name"]) for one in items
    ]
    assert documents[0]["spec"] == items[0]["spec"]


def test_a_conflict_is_told_and_exit_code_1(tmp_path: Path) -> None:
    """With the condition a cluster would show."""
    (tmp_path / "a.json").write_text(workflow(8080))
    (tmp_path / "b.json").write_text(workflow(8080))
    result = run_cli("plan", "-o", "table", ".", cwd=tmp_path)
    [line] = [line for line in result.stdout.splitlines() if line.split()[1:2] == ["Conflicted"]]
    assert result.returncode == 1
    assert line.startswith("default/b ")
    assert "PathTaken" in line
    assert "default/a" in line


def test_a_mistake_is_told_and_exit_code_1(tmp_path: Path) -> None:
    """The receiver is not accepted."""
    (tmp_path / "a.json").write_text(workflow(99999))
    result = run_cli("plan", "-o", "table", "a.json", cwd=tmp_path)
    assert result.returncode == 1
    assert "InvalidWorkflow" in result.stdout


def test_a_missing_path_is_wrong_usage() -> None:
    """As everywhere."""
    assert run_cli("plan", "missing").returncode == 2
