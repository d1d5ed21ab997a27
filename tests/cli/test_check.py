"""`check`: what fails, what is performed, where cases run, and what the reports hold."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from lxml import etree

from case_checks import ECHO, case, check_cases, file_writer, http_sender
from cli_process import ROOT
from engine import RECEIVER, create_variable, guid, receiver, transformers, typed

Check = Callable[..., tuple[int, str]]

JUNIT: Final = etree.DTD(
    io.StringIO("""
<!ELEMENT testsuites (testsuite*)>
<!ATTLIST testsuites name CDATA #IMPLIED>
<!ELEMENT testsuite (testcase*)>
<!ATTLIST testsuite name CDATA #REQUIRED tests CDATA #REQUIRED failures CDATA #REQUIRED errors CDATA #REQUIRED
  skipped CDATA #IMPLIED time CDATA #IMPLIED>
<!ELEMENT testcase (failure | error)?>
<!ATTLIST testcase name CDATA #REQUIRED classname CDATA #IMPLIED time CDATA #IMPLIED>
<!ELEMENT failure (#PCDATA)>
<!ATTLIST failure message CDATA #IMPLIED type CDATA #IMPLIED>
<!ELEMENT error (#PCDATA)>
<!ATTLIST error message CDATA #IMPLIED type CDATA #IMPLIED>
""")
)
"""What we use of the form that Jenkins' xUnit plugin publishes as junit-10.xsd."""


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Return what checks cases in the folder of the test."""
    return partial(check_cases, tmp_path)


# --- a case fails when it should -----------------------------------------------------------------------------------


def test_a_case_that_is_met_passes(check: Check) -> None:
    """With exit code 0."""
    assert check(ECHO, case("hello", status=200, body="hello")) == (
        0,
        "ok     DIR/a.yaml #1 POST /v\n1 case: 1 passed, 0 failed\n",
    )


def test_a_case_that_is_not_met_fails_with_both_sides(check: Check) -> None:
    """With exit code 1, the case that passes beside it told as well."""
    code, report = check(ECHO, case("a", body="b"), case("c", body="c"))
    assert code == 1
    assert report.splitlines() == [
        "FAILED DIR/a.yaml #1 POST /v",
        '         body: expected "b", got "a"',
        "ok     DIR/a.yaml #2 POST /v",
        "2 cases: 1 passed, 1 failed",
    ]


def test_long_bodies_are_shown_as_lines_with_their_ends(check: Check) -> None:
    """Carriage returns between segments are seen."""
    message = "MSH|^~\\&|A|B|C|D|20240105103000||ADT^A01|1|P|2.5\rPID|1||12345\rPV1|1|I"
    _, report = check(ECHO, case(message, body=message.replace("12345", "99")))
    assert report.splitlines()[1:5] == [
        "         body: (- expected, + got)",
        "             MSH|^~\\&|A|B|C|D|20240105103000||ADT^A01|1|P|2.5\\r",
        "           - PID|1||99\\r",
        "           + PID|1||12345\\r",
    ]


@pytest.mark.parametrize(
    ("expect", "difference"),
    [
        ({"status": 201}, "status: expected 201, got 200"),
        (
            {"headers": {"Content-Type": "text/html"}},
            'headers.Content-Type: expected "text/html", got "text/plain; charset=utf-8"',
        ),
        (
            {"headers": {"CONTENT-TYPE": None}},
            'headers.CONTENT-TYPE: expected nothing, got "text/plain; charset=utf-8"',
        ),
        ({"body_base64": "Yg=="}, 'body_base64: expected "Yg==", got "eyJhIjogMX0="'),
        ({"json": {"a": True}}, 'json: expected {"a": true}, got {"a": 1}'),
        ({"json": {"a": 1, "b": 2}}, 'json: expected {"a": 1, "b": 2}, got {"a": 1}'),
        ({"xml": "<a/>"}, "xml: The body is not XML:"),
        ({"contains": ["a", "z"]}, 'contains: The text does not contain this. expected "z"'),
        ({"segment2_prefix": "MSA"}, 'segment2_prefix: expected "MSA", got ""'),
        ({"outcome": "filtered"}, 'outcome: expected "filtered", got "completed"'),
        ({"outcome": {"kind": "completed", "fault": "Timeout"}}, 'outcome.fault: expected "Timeout", got nothing'),
        ({"runs": 0}, "runs: expected 0, got 1"),
        ({"variables": {"X": "2"}}, 'variables.X: expected "2", got "1"'),
        ({"variables": {"x": None}}, 'variables.x: expected nothing, got "1"'),
        ({"notifications": ["high"]}, 'notifications[0].text: expected "high", got "low"'),
        ({"notifications": [{"text": "low", "critical": True}]}, "notifications[0].critical: expected true, got false"),
        ({"notifications": []}, 'notifications: expected [], got ["low"]'),
    ],
)
@pytest.mark.parametrize("via", ["engine", "listener"])
def test_everything_that_can_be_expected_can_fail(check: Check, via: str, expect: Any, difference: str) -> None:
    """On both hosts with the same words."""
    actions = transformers(
        "d1",
        create_variable("x", "1", direction=2),
        typed("NotificationTransformerAction", FromPath="low", FromDirection=2),
    )
    workflow = [
        receiver(VariableTransformers=guid("d1"), ResponseMessageTemplate=ECHO[0]["ResponseMessageTemplate"]),
        actions,
    ]
    code, report = check(workflow, case('{"a": 1}', **expect), options=("--via", via))
    assert code == 1
    assert report.splitlines()[1].strip().startswith(difference)


def test_json_and_xml_are_compared_by_meaning(check: Check) -> None:
    """Order of members and attributes, blanks, and how a number is written do not matter."""
    assert check(ECHO, case('{"b":1.0, "a":[true]}', json={"a": [True], "b": 1}))[0] == 0
    assert check(ECHO, case('<r  b="2" a="1">\n <c></c></r>', xml='<r a="1" b="2"><c/></r>'))[0] == 0


# --- activities ----------------------------------------------------------------------------------------------------


def test_an_activity_without_a_stated_reply_fails_the_case_and_does_nothing(check: Check, tmp_path: Path) -> None:
    """The failure names it and what it was asked to do."""
    workflow = json.loads(json.dumps(file_writer()).replace("{TMP}", str(tmp_path)))
    code, report = check(workflow, case("x", status=500))
    assert code == 1
    assert "replies.Keep: The activity was called and the case states no reply: add Keep to replies." in report
    assert not (tmp_path / "kept.txt").exists()


def test_stated_replies_are_what_activities_answer(check: Check) -> None:
    """As text, JSON, bytes and fault; by Name and by Id."""
    replies: list[tuple[Any, str, str]] = [
        ("plain", "plain", "completed"),
        ({"json": {"a": 1}}, '{"a": 1}', "completed"),
        ({"body_base64": "Ynl0ZXM="}, "bytes", "completed"),
        ({"fault": {"kind": "Connectivity", "message": "gone"}}, "gone", "errored"),
    ]
    cases = [
        case(replies={name: reply}, body=body, outcome=outcome)
        for reply, body, outcome in replies
        for name in ("Tell", guid("b1"))
    ]
    assert check(http_sender(), *cases)[1].splitlines()[-1] == "8 cases: 8 passed, 0 failed"


def test_a_stated_row_is_what_a_database_returned(check: Check) -> None:
    """And the SQL with its parameters is what it was asked to run."""
    database = typed(
        "DatabaseSenderSetting",
        Id=guid("b1"),
        Name="Ask",
        DataProvider=7,
        ConnectionString="Data Source={TMP}/a.db",
        MessageTemplate="SELECT ward FROM beds WHERE id = @id",
        Parameters=[{"Name": "@id", "Value": f"${{{RECEIVER} inbound}}"}],
        ResponseNotAvailable=False,
        ResponseMessageType=5,
        ResponseMessageTemplate="ward",
    )
    workflow = [
        receiver(Activities=[guid("b1")], ReturnResponseFromActivity=True, ReturnResponseFromActivityId=guid("b1")),
        database,
    ]
    asked = {"sql": "SELECT ward FROM beds WHERE id = @id", "parameters": {"@ID": "7"}}
    effects = [{"activity": "Ask", "database": asked}]
    assert check(workflow, case("7", replies={"Ask": {"row": ["N1"]}}, body='"N1"', effects=effects))[0] == 0
    asked["parameters"] = {"@id": "8"}
    _, report = check(workflow, case("7", replies={"Ask": {"row": []}}, effects=effects))
    assert 'effects[0].database.parameters.@id: expected "8", got "7"' in report


@pytest.mark.parametrize(
    ("effects", "difference"),
    [
        ([], 'effects: Other activities were called. expected [], got ["Tell"]'),
        ([{"activity": "Tell", "file": {}}], "effects[0]: The call is of another kind."),
        ([{"activity": "Tell", "http": {"method": "PUT"}}], 'effects[0].http.method: expected "PUT", got "POST"'),
        ([{"activity": "Tell", "http": {"url": "{STUB}/x"}}], "effects[0].http.url: expected"),
        (
            [{"activity": "Tell", "http": {"headers": {"X": "1"}}}],
            'effects[0].http.headers.X: expected "1", got nothing',
        ),
        ([{"activity": "Tell", "http": {"body": "x"}}], 'effects[0].http.body: expected "x", got "told"'),
        ([{"activity": "Tell", "http": {"json": 1}}], "effects[0].http.json: The text is not JSON."),
    ],
)
def test_every_part_of_a_call_can_be_compared(check: Check, effects: Any, difference: str) -> None:
    """An empty list of effects says that nothing must be called."""
    code, report = check(http_sender(), case(replies={"Tell": "ok"}, effects=effects))
    assert code == 1
    assert difference in report


def test_a_file_that_would_be_written_is_compared(check: Check) -> None:
    """By path and text."""
    wrote = {"path": "{TMP}/kept.txt", "text": "x\r\n", "append": True}
    effects = [{"activity": "Keep", "file": wrote}]
    assert check(file_writer(), case("x", replies={"Keep": {}}, effects=effects))[0] == 0
    _, report = check(file_writer(), case("y", replies={"Keep": {}}, effects=effects))
    assert 'effects[0].file.text: expected "x\\r\\n", got "y\\r\\n"' in report


@pytest.mark.parametrize("via", ["engine", "listener"])
def test_real_activities_are_performed_below_the_folder_of_the_case(check: Check, via: str, tmp_path: Path) -> None:
    """Each case has an empty one; a path elsewhere is refused by the sender."""
    real = ("--activities", "real", "--via", via)
    kept = case("x", files={"kept.txt": "x\r\n"}, body="done")
    assert check(file_writer(), kept, kept, options=real)[0] == 0
    outside = json.loads(json.dumps(file_writer()).replace("{TMP}", str(tmp_path)))
    assert check(outside, case("x", outcome={"fault": "ActivityFailed"}), options=real)[0] == 0
    assert not (tmp_path / "kept.txt").exists()


def test_steps_share_the_folder(check: Check) -> None:
    """A difference names its step."""
    steps = [case("a", files={"kept.txt": "a\r\n"}), case("b", files={"kept.txt": "a\r\n"})]
    code, report = check(file_writer(), {"title": "twice", "steps": steps}, options=("--activities", "real"))
    assert code == 1
    assert 'steps[1].files.kept.txt: expected "a\\r\\n", got "a\\r\\nb\\r\\n"' in report


def test_what_only_real_activities_leave_behind_cannot_be_expected_of_stubs(check: Check) -> None:
    """A file that must be absent would pass unseen."""
    code, report = check(file_writer(), case("x", replies={"Keep": {}}, files_absent=["kept.txt"]))
    assert code == 1
    assert "files_absent: Activities are performed, and this can be seen, with --activities real." in report


@pytest.mark.parametrize("via", ["engine", "listener"])
def test_a_run_that_goes_on_after_its_answer_is_awaited(check: Check, via: str) -> None:
    """Its end and its effects are compared, and its answer is the early one."""
    replies = {"Tell": {"fault": {"kind": "ActivityTimeout"}}}
    late = case(replies=replies, status=200, outcome={"fault": "ActivityTimeout"}, effects=[{"activity": "Tell"}])
    assert check(http_sender(ReponsePriority=0), late, options=("--via", via))[0] == 0


# --- the hosts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("via", ["engine", "listener"])
def test_what_is_refused_before_a_run_is_refused_on_both_hosts(check: Check, via: str) -> None:
    """With status, headers and body of the listener; only the id of the request is left out."""
    problem = {"type": "about:blank", "title": "No receiver listens here.", "status": 404, "kind": "NotFound", "id": ""}
    challenge = {"WWW-Authenticate": 'Basic realm="httpreceiver", charset="UTF-8"'}
    locked = [receiver(UseSsl=True, Authentication=True, AuthenticationUserName="u", AuthenticationPassword="p")]
    options = ("--via", via)
    assert (
        check(
            ECHO,
            case(request={"path": "/w"}, status=404, json=problem, outcome="none", headers={"X": None}),
            case(request={"path": "/v/%zz"}, status=400, runs=0),
            case(request={"path": "/v%"}, status=400, runs=0),
            case(request={"method": "HEAD"}, status=200, body="", outcome="none"),
            case("a", request={"headers": {"Content-Type": "text/plain; charset=none"}}, status=415, outcome="errored"),
            options=options,
        )[1].splitlines()[-1]
        == "5 cases: 5 passed, 0 failed"
    )
    allowed = {"headers": {"Authorization": "Basic dTpw"}}
    cases = [case(status=401, headers=challenge), case(request=allowed, status=200)]
    assert check(locked, *cases, options=options)[1].splitlines()[-1] == "2 cases: 2 passed, 0 failed"


def test_a_content_coding_needs_the_listener(check: Check) -> None:
    """The engine never sees one, so the case fails with the option to use instead of passing for something else."""
    packed = {"path": "/v", "headers": {"Content-Encoding": "gzip"}, "body_base64": "H4sIAAAAAAACA0sEAEO+t+gBAAAA"}
    one = {"request": packed, "expect": {"body": "a"}}
    code, report = check(ECHO, one)
    assert (code, "check this case with --via listener" in report) == (1, True)
    assert check(ECHO, one, options=("--via", "listener"))[0] == 0


@pytest.mark.parametrize(("via", "bound"), [("engine", set()), ("listener", {"127.0.0.1"})])
def test_nothing_listens_but_the_listener_and_that_on_loopback(tmp_path: Path, via: str, bound: set[str]) -> None:
    """Seen from inside the process, where Python tells of every socket that is bound."""
    path = tmp_path / "a.yaml"
    path.write_text(yaml.safe_dump({"workflow": ECHO, "cases": [case("a", body="a")]}))
    program = (
        "import sys\n"
        "sys.addaudithook(lambda name, data: name == 'socket.bind' and print('BOUND', data[1][0]))\n"
        "from httpreceiver_cli.__main__ import run\n"
        f"sys.exit(run(['check', {str(path)!r}, '--via', {via!r}]))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(re.findall("^BOUND (.*)$", result.stdout, re.MULTILINE)) == bound


# --- workflows and requests from files -----------------------------------------------------------------------------


@pytest.mark.parametrize("via", ["engine", "listener"])
def test_the_workflow_may_stand_in_a_file_or_a_manifest(check: Check, tmp_path: Path, via: str) -> None:
    """Relative to the case file."""
    (tmp_path / "a.json").write_text(json.dumps(ECHO))
    hosted = ROOT / "examples" / "hosted-patient.yaml"
    [manifest] = [one for one in yaml.safe_load_all(hosted.read_text()) if one["kind"] == "HttpReceiver"]
    second = manifest | {"metadata": {"name": "other"}}
    (tmp_path / "b.yaml").write_text(yaml.safe_dump_all([manifest, second]))
    options = ("--via", via)
    assert check("a.json", case("x", body="x"), options=options)[0] == 0
    patient = {"request": {"path": "/patient/12345", "body": "{}"}, "expect": {"json": {"accepted": True}}}
    assert check("b.yaml", patient, receiver="other", options=options)[0] == 0
    code, report = check("b.yaml", patient)
    assert (code, "$.receiver: error CaseFileUnusable: b.yaml has these HttpReceivers:" in report) == (1, True)


def test_a_body_may_stand_in_a_file(check: Check, tmp_path: Path) -> None:
    """Its bytes are sent as they are."""
    (tmp_path / "body").write_bytes(b"a\r\n")
    assert check(ECHO, {"request": {"path": "/v", "body_file": "body"}, "expect": {"body": "a\r\n"}})[0] == 0
    _, report = check(ECHO, {"request": {"path": "/v", "body_file": "none"}, "expect": {"status": 200}})
    assert "body_file none cannot be read: No such file or directory." in report


def test_the_host_may_be_given_by_options_and_by_the_file(check: Check, tmp_path: Path) -> None:
    """The file wins."""
    (tmp_path / "globals").mkdir()
    for name in ("One", "Two"):
        (tmp_path / "globals" / f"{name}.txt").write_text("folder")
    workflow = [receiver(ResponseMessageTemplate="${One} ${Two}")]
    options = ("--globals", str(tmp_path / "globals"))
    assert check(workflow, case(body="folder file"), global_variables={"Two": "file"}, options=options)[0] == 0


# --- the reports ---------------------------------------------------------------------------------------------------


def test_the_json_report_holds_every_difference(check: Check) -> None:
    """With both sides as values."""
    _, report = check(ECHO, case("a", status=200, json=[1]), options=("-o", "json"))
    [file] = json.loads(report)["files"]
    assert file["cases"] == [
        {
            "number": 1,
            "title": "POST /v",
            "passed": False,
            "differences": [{"what": "json", "expected": [1], "actual": "a", "message": "The text is not JSON."}],
        }
    ]


def test_the_junit_report_has_the_form_that_ci_systems_read(check: Check, tmp_path: Path) -> None:
    """Also with characters that XML cannot hold."""
    results = tmp_path / "results.xml"
    cases = (case("\x01", body="\x02", request={"path": "/v"}) | {"title": "\x03"}, case("a", body="a"))
    check(ECHO, *cases, title="a & b", options=("--junit", str(results)))
    document = etree.parse(results)
    assert JUNIT.validate(document), JUNIT.error_log
    [suite] = document.getroot()
    assert {name: suite.get(name) for name in ("name", "tests", "failures", "errors")} == {
        "name": "a & b", "tests": "2", "failures": "1", "errors": "0",
    }  # fmt: skip
    assert [test.get("name") for test in suite] == ["1 \\x03", "2 POST /v"]
    assert suite[0][0].get("message") == 'body: expected "\\u0002", got "\\u0001"'


def test_a_file_with_mistakes_is_an_error_of_the_junit_report(check: Check, tmp_path: Path) -> None:
    """A build must not turn green because nothing ran."""
    results = tmp_path / "results.xml"
    check(ECHO, case(staus=200), options=("--junit", str(results)))
    document = etree.parse(results)
    assert JUNIT.validate(document), JUNIT.error_log
    assert [suite.get("errors") for suite in document.getroot()] == ["1"]
    assert "CaseKeyUnknown" in str(document.findtext(".//error"))
