"""`trace`: every step of one run, for people and for programs; secrets masked; exit codes."""

import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from cli_process import COMMAND, COMMAND_TIMEOUT_S, ROOT, run_cli
from engine import RECEIVER, create_variable, filter_host, guid, receiver, string_filter, transformers, typed
from httpreceiver_cli.trace_layout import WIDTH
from httpreceiver_workflow.pipeline.trace.events import Event

CASES: Final = ROOT / "tests" / "cases" / "trace"
SAMPLE: Final = (
    *("trace", "tests/cases/trace/admissions.json", "--globals", "tests/cases/trace/globals"),
    *("--path", "bed/7?ward=A%20%26%20E", "-H", "Content-Type: text/plain; charset=utf-8", "-H", "X-Trace: 1"),
    *("--reply", 'Orders={"ok": true}'),
)
SECRET: Final = "hunter2-secret"


@pytest.mark.parametrize(("form", "name"), [("text", "admissions.txt"), ("json", "admissions.trace.json")])
def test_golden_trace_is_as_written(form: str, name: str) -> None:
    """Conditions, a loop, groups of filters, mappings, a file, a call, a skipped activity, a response."""
    printed = run_cli(*SAMPLE, "-o", form)
    assert (printed.returncode, printed.stderr) == (0, "")
    if os.environ.get("GOLDEN") == "rewrite":
        (CASES / name).write_text(printed.stdout)
    assert (CASES / name).read_text() == printed.stdout


def test_no_line_is_wider_than_a_page() -> None:
    """And no control character reaches the terminal."""
    lines = run_cli(*SAMPLE, "--body", "MSH|^~\\&|" + "x" * 500 + "\x1b[31m\r" + "PID|1\r" * 100).stdout.split("\n")
    assert max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)


def test_secrets_are_shown_only_when_asked_for() -> None:
    """In URLs, headers, credentials, and wherever a workflow carried them."""
    for form in ("text", "json"):
        assert SECRET not in run_cli(*SAMPLE, "-o", form).stdout
        assert SECRET in run_cli(*SAMPLE, "-o", form, "--show-secrets").stdout


def test_a_secret_is_masked_where_a_variable_carries_it(tmp_path: Path) -> None:
    """Its text counts, not only its place."""
    (tmp_path / "Token.txt").write_text("c0ffee-c0ffee")
    sender = http_sender(
        Headers=[{"Name": "Authorization", "Value": "Bearer ${carried}", "FromDirection": 2}],
        MessageTemplate="key=c0ffee-c0ffee; Password=pass-in-text;",
    )
    file = written(
        tmp_path,
        receiver(VariableTransformers=guid("d1"), Activities=[guid("b1")]),
        transformers("d1", create_variable("carried", "${Token}", 2)),
        sender,
    )
    printed = run_cli("trace", file, "--globals", tmp_path)
    assert printed.returncode == 0, printed.stderr
    assert "${carried}" in printed.stdout
    assert "c0ffee" not in printed.stdout
    assert "pass-in-text" not in printed.stdout
    shown = run_cli("trace", file, "--globals", tmp_path, "--show-secrets").stdout
    assert "Authorization: Bearer c0ffee-c0ffee" in shown


@pytest.mark.parametrize("event", Event.__subclasses__(), ids=lambda event: event.__name__)
def test_the_page_lists_every_event_with_its_members(event: type[Event]) -> None:
    """What programs rely on is written down."""
    common = Event.__struct_fields__
    members = ", ".join(f"`{name}`" for name in event.__struct_fields__ if name not in common)
    assert f"| `{event.__name__}` | {members or '-'} | " in (ROOT / "docs" / "trace.md").read_text()


def test_a_secret_that_came_with_the_request_is_masked_wherever_it_goes(tmp_path: Path) -> None:
    """A variable named like a secret, and the answer that repeats it."""
    declared = {"token": {"VariableName": "token"}}
    settings = receiver(
        ExtractParameters=True, QueryStringParameters=declared, ResponseMessageTemplate="${token} Pwd=from-template"
    )
    file = written(tmp_path, settings)
    arguments = ("trace", file, "--path", "?token=default", "--body", "x")
    printed = run_cli(*arguments)
    assert "  | ****** Pwd=******" in printed.stdout
    assert "no charset named" in printed.stdout, "a secret that is one of our words changes nothing else"
    assert "?token=******" in printed.stdout
    assert "  | default Pwd=from-template" in run_cli(*arguments, "--show-secrets").stdout


# --- exit codes ------------------------------------------------------------------------------------------------------


def test_a_filtered_request_is_fine(tmp_path: Path) -> None:
    """The trace says which filter it was."""
    file = written(tmp_path, receiver(Filters=guid("f1")), filter_host("f1", string_filter("", "yes")))
    printed = run_cli("trace", file, "--body", "no")
    assert printed.returncode == 0
    assert 'false  request = "no" equals "yes"' in printed.stdout
    assert "OUTCOME filtered" in printed.stdout


def test_an_errored_run_is_not(tmp_path: Path) -> None:
    """It is told with the action that failed, and with kind and stage of the fault."""
    file = written(
        tmp_path,
        receiver(MessageType=11, VariableTransformers=guid("d1")),
        transformers("d1", create_variable("a", "a")),
    )
    printed = run_cli("trace", file, "--body", "{")
    assert printed.returncode == 1
    assert "OUTCOME errored\n  fault BadRequest in stage transformers: " in printed.stdout
    assert "    FAILED " in printed.stdout


def test_an_unknown_charset_is_not_guessed(tmp_path: Path) -> None:
    """The run ends before it begins."""
    file = written(tmp_path, receiver())
    printed = run_cli("trace", file, "--body", "x", "-H", "Content-Type: text/plain; charset=klingon")
    assert printed.returncode == 1
    assert "charset       klingon (UNKNOWN, so that nothing is read)" in printed.stdout
    assert "status 415" in printed.stdout


def test_a_workflow_with_errors_is_not_run(tmp_path: Path) -> None:
    """Its problems are told as lint tells them."""
    file = written(tmp_path, receiver(Filters=guid("f1")))
    printed = run_cli("trace", file)
    assert printed.returncode == 1
    assert "error LinkDangling" in printed.stdout
    assert "OUTCOME" not in printed.stdout
    report = json.loads(run_cli("trace", file, "-o", "json").stdout)
    assert [problem["code"] for problem in report["problems"]] == ["LinkDangling"]
    assert report["events"] == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--body", "a", "--body-file", "-"), "--body and --body-file exclude each other"),
        (("--header", "no colon"), "--header is of the form 'Name: value'"),
        (("--method", "HEAD"), "HEAD is answered as a health check, without a run"),
        (("--reply", "Nobody=x"), '--reply "Nobody" names no activity of the workflow; there are: Copy'),
        (("--reply", "Copy=@missing"), "--reply: missing cannot be read: No such file or directory"),
    ],
)
def test_wrong_usage_is_one_clear_line(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    """With exit code 2 and nothing printed."""
    printed = run_cli("trace", copying(tmp_path), *arguments, cwd=tmp_path)
    assert (printed.returncode, printed.stdout) == (2, "")
    assert printed.stderr == f"httpreceiver: {complaint}; see httpreceiver trace --help\n"


def test_what_holds_no_single_workflow_is_refused(tmp_path: Path) -> None:
    """A folder of two, a file that is not there."""
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps([receiver()]))
    assert run_cli("trace", tmp_path).returncode == 2
    assert run_cli("trace", tmp_path / "missing.json").returncode == 2


# --- where things come from ------------------------------------------------------------------------------------------


def test_the_body_comes_from_standard_input(tmp_path: Path) -> None:
    """As bytes, which are read as the charset says."""
    command = [*COMMAND, "trace", str(written(tmp_path, receiver())), "--body-file", "-", "-o", "json"]
    command += ["-H", "Content-Type: text/plain; charset=iso-8859-1"]
    printed = subprocess.run(
        command, input=b"caf\xe9", capture_output=True, timeout=COMMAND_TIMEOUT_S, check=True, cwd=ROOT
    )
    report = json.loads(printed.stdout)
    assert report["sample"] == "--body-file"
    assert report["events"][0]["text"] == "café"
    assert report["events"][0]["charset_from"] == "Content-Type"


def test_bytes_that_the_charset_does_not_have_are_told(tmp_path: Path) -> None:
    """They are never misread in silence."""
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    printed = run_cli("trace", written(tmp_path, receiver()), "--body-file", tmp_path / "latin")
    assert "WARNING: bytes that this charset does not have were read as U+FFFD" in printed.stdout


def test_a_type_that_the_text_decides_is_told(tmp_path: Path) -> None:
    """An Unknown message that looks like JSON."""
    printed = run_cli("trace", written(tmp_path, receiver(MessageType=0)), "--body", "{}")
    assert "message type  JSON, as its text looks" in printed.stdout


def test_the_workflow_of_a_manifest_is_traced() -> None:
    """With the options that stand beside it."""
    printed = run_cli("trace", "examples/hosted-patient.yaml")
    assert printed.returncode == 0
    assert "OUTCOME completed" in printed.stdout


def test_nothing_is_performed_unless_asked_for(tmp_path: Path) -> None:
    """A file is written below the folder given, and only with --perform."""
    file = copying(tmp_path)
    printed = run_cli("trace", file, "--body", "hello", cwd=tmp_path)
    assert "not performed" in printed.stdout
    assert not (tmp_path / "copy.txt").exists()
    performed = run_cli("trace", file, "--body", "hello", "--perform", cwd=tmp_path)
    assert "reply  performed" in performed.stdout
    assert (tmp_path / "copy.txt").read_bytes() == b"hello\r\n"


def test_a_given_reply_of_a_database_is_a_row(tmp_path: Path) -> None:
    """It is read as CSV; with --perform the database answers."""
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("create table t (a, b)")
        database.execute("insert into t values ('kept', 1)")
    file = written(
        tmp_path,
        receiver(Activities=[guid("b1")], ResponseMessageTemplate="${" + guid("b1") + " inbound}"),
        typed(
            "DatabaseSenderSetting",
            Id=guid("b1"),
            Name="Look up",
            MessageType=6,
            DataProvider=7,
            ConnectionString="Data Source=a.db",
            MessageTemplate="select a, b from t",
            ResponseNotAvailable=False,
        ),
    )
    given = json.loads(run_cli("trace", file, "--reply", "look up=x,2", "-o", "json", cwd=tmp_path).stdout)
    assert responded(given) == '"x","2"'
    performed = json.loads(run_cli("trace", file, "--perform", "-o", "json", cwd=tmp_path).stdout)
    assert responded(performed) == '"kept","1"'


def responded(report: dict[str, Any]) -> str:
    """Return the body of the answer."""
    [body] = [event["body"] for event in report["events"] if event["event"] == "Responded"]
    return str(body)


def written(folder: Path, *settings: dict[str, Any]) -> Path:
    """Write a workflow of *settings* and return its file."""
    path = folder / "workflow.json"
    path.write_text(json.dumps({"WorkflowPattern": list(settings)}))
    return path


def copying(folder: Path) -> Path:
    """Return the file of a workflow that writes the request into copy.txt."""
    writer = typed(
        "FileWriterSenderSetting",
        Id=guid("b1"),
        Name="Copy",
        MessageType=13,
        FilePathToWrite="copy.txt",
        MessageTemplate="${" + RECEIVER + " inbound}",
    )
    return written(folder, receiver(Activities=[guid("b1")]), writer)


def http_sender(**members: Any) -> dict[str, Any]:
    """Return an HTTP sender of text."""
    return typed(
        "HttpSenderSetting",
        **{"Id": guid("b1"), "Name": "Call", "MessageType": 13, "Server": "http://a.test/", "UseProxy": 2, **members},
    )
