"""`lint`: every mistake with its place, one clear line for what cannot be read, exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli_process import run_cli

RECEIVER = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"
SIX_MISTAKES: dict[str, Any] = {
    "WorkflowPattern": [
        {
            "$type": RECEIVER,
            "Id": "00000000-0000-0000-0000-0000000000a1",
            "Name": "six",
            "MessageType": 99,
            "Port": 99999,
            "UseSsl": True,
            "UseDefaultSSLCertificate": False,
            "Filters": "00000000-0000-0000-0000-0000000000ff",
            "ReponsePriority": "Soon",
            "Activities": ["00000000-0000-0000-0000-0000000000b1"],
        },
        {"$type": "Acme.FaxSetting, Acme", "Id": "00000000-0000-0000-0000-0000000000b1"},
    ]
}
SIX_PLACES = {
    ("$.WorkflowPattern[0].MessageType", "EnumUnknown"),
    ("$.WorkflowPattern[0].Port", "PortInvalid"),
    ("$.WorkflowPattern[0].CertificateThumbPrint", "CertificateThumbPrintMissing"),
    ("$.WorkflowPattern[0].Filters", "LinkDangling"),
    ("$.WorkflowPattern[0].ReponsePriority", "EnumUnknown"),
    ("$.WorkflowPattern[1].$type", "TypeUnknown"),
}
GOOD = {"$type": RECEIVER, "Id": "00000000-0000-0000-0000-0000000000a1", "ResponseMessageTemplate": "ok"}


def test_six_mistakes_are_reported_in_one_go(tmp_path: Path) -> None:
    """Each on a line of its own with file, path, severity, code, message and remedy."""
    (tmp_path / "six.json").write_text(json.dumps(SIX_MISTAKES))
    result = run_cli("lint", "six.json", cwd=tmp_path)
    *lines, count = result.stdout.splitlines()
    assert result.returncode == 1
    assert {(line.split(": ")[1], line.split(": ")[2].removeprefix("error ")) for line in lines} == SIX_PLACES
    assert all(line.startswith("six.json: ") for line in lines)
    assert count == "1 workflow: 6 errors, no warnings"


def test_json_output_has_every_part_of_a_problem(tmp_path: Path) -> None:
    """For other tools."""
    (tmp_path / "six.json").write_text(json.dumps(SIX_MISTAKES))
    result = run_cli("lint", "-o", "json", "six.json", cwd=tmp_path)
    found = json.loads(result.stdout)
    assert {(one["where"], one["code"]) for one in found} == SIX_PLACES
    assert {tuple(one) for one in found} == {("file", "document", "where", "code", "severity", "message", "remedy")}


def test_a_workflow_in_a_manifest_is_found_at_its_place(tmp_path: Path) -> None:
    """With the number of the object in a file of several."""
    receiver = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": "a"}}
    documents = [receiver | {"spec": {"workflow": GOOD}}, receiver | {"metadata": {"name": "b"}, "spec": {}}]
    documents.append(receiver | {"metadata": {"name": "c"}, "spec": {"workflow": SIX_MISTAKES}})
    (tmp_path / "all.yaml").write_text("---\n".join(json.dumps(document) + "\n" for document in documents))
    result = run_cli("lint", "all.yaml", cwd=tmp_path)
    assert result.returncode == 1
    assert "all.yaml (object 2): $.spec: error WorkflowMissing: " in result.stdout
    assert "all.yaml (object 3): $.spec.workflow.WorkflowPattern[0].Port: error PortInvalid: " in result.stdout


def test_a_mistake_in_the_switches_comes_with_the_nearest_name(tmp_path: Path) -> None:
    """Every one of them, at its place in the manifest."""
    receiver = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": "a"}}
    spec = {"workflow": GOOD, "compatibility": {"jsonIndexBas": "zero", "jsonNull": "wrod"}}
    (tmp_path / "a.yaml").write_text(json.dumps(receiver | {"spec": spec}))
    result = run_cli("lint", "a.yaml", cwd=tmp_path)
    assert result.returncode == 1
    assert "a.yaml: $.spec.compatibility.jsonIndexBas: error ManifestShape: " in result.stdout
    assert "Did you mean jsonIndexBase?" in result.stdout
    assert 'jsonNull cannot be "wrod"; it can be empty, word. Did you mean word?' in result.stdout


def test_a_workflow_that_is_pointed_to_is_looked_into(tmp_path: Path) -> None:
    """And a missing ConfigMap is a problem of the receiver."""
    manifest = """
apiVersion: httpreceiver.dev/v1alpha1
kind: HttpReceiver
metadata: {name: a}
spec: {workflowFrom: {configMapKeyRef: {name: texts, key: w}}}
"""
    (tmp_path / "a.yaml").write_text(manifest)
    missing = run_cli("lint", "a.yaml", cwd=tmp_path)
    assert "a.yaml: $.spec.workflowFrom: error ReferenceNotFound: ConfigMap default/texts" in missing.stdout
    (tmp_path / "b.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata: {w: '{}'}\n")
    found = run_cli("lint", "a.yaml", "b.yaml", cwd=tmp_path)
    assert "a.yaml, ConfigMap texts, key w: $: error " in found.stdout


def test_two_objects_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    """A cluster would keep only the last."""
    receiver = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": "a"}}
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(receiver | {"spec": {"workflow": GOOD}}))
    result = run_cli("lint", ".", cwd=tmp_path)
    assert result.returncode == 1
    assert "b.json: $.metadata.name: error NameTwice: HttpReceiver default/a stands in a.json already." in result.stdout


@pytest.mark.parametrize(
    ("argument", "code", "out", "err"),
    [
        ("not.json", 1, "not.json: $: error NotJson: ", ""),
        ("missing.json", 2, "", "httpreceiver: missing.json: there is no such file or folder\n"),
        ("empty", 2, "", "httpreceiver: empty: the folder holds no workflow and no manifest ("),
        ("bad.yaml", 1, "", "httpreceiver: bad.yaml: is not YAML: line "),
        ("latin.json", 1, "", "httpreceiver: latin.json: is not UTF-8 text (byte 1)\n"),
        ("other.yaml", 1, "", "httpreceiver: other.yaml: holds no HttpReceiver, ReceiverHost, Secret or ConfigMap; "),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path, argument: str, code: int, out: str, err: str) -> None:
    """Never a traceback, never two lines."""
    (tmp_path / "not.json").write_text("{ not json")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.yaml").write_text("a: [\n")
    (tmp_path / "latin.json").write_bytes('"é"'.encode("latin-1"))
    (tmp_path / "other.yaml").write_text("kind: Service\n")
    result = run_cli("lint", argument, cwd=tmp_path)
    problems = [line for line in result.stdout.splitlines() if not line.startswith("1 workflow")]
    assert result.returncode == code
    assert "\n".join(problems).startswith(out)
    assert result.stderr.startswith(err)
    assert len(problems) + result.stderr.count("\n") == 1


def test_one_missing_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """The rest is linted all the same."""
    (tmp_path / "six.json").write_text(json.dumps(SIX_MISTAKES))
    result = run_cli("lint", "missing.json", "six.json", cwd=tmp_path)
    assert result.returncode == 2
    assert "1 workflow: 6 errors, no warnings" in result.stdout


def test_warnings_count_only_when_asked_for(tmp_path: Path) -> None:
    """`--strict` is for those who want none."""
    (tmp_path / "warned.json").write_text(json.dumps(GOOD | {"Authentication": True}))
    assert run_cli("lint", "warned.json", cwd=tmp_path).returncode == 0
    assert run_cli("lint", "--strict", "warned.json", cwd=tmp_path).returncode == 1
