"""`plan --match`: who answers a request, and why no other; and what else the command tells of routes."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from cli_process import run_cli

RECEIVER: Final = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"
ROUTES: Final[dict[str, dict[str, Any]]] = {
    "ward": {"path": "ward/{ward}", "methods": ["GET"]},
    "ward-put": {"path": "ward/{name}", "methods": ["PUT", "POST"]},
    "ward-lab": {"path": "ward/*", "hostnames": ["lab.test"]},
    "rest": {"path": "*"},
    "main": {"path": "ward/main"},
}


def a_manifest(name: str, route: dict[str, Any], port: int = 8080) -> dict[str, Any]:
    """Return an HttpReceiver below ``/api``."""
    workflow = {"$type": RECEIVER, "Id": "00000000-0000-0000-0000-0000000000a1", "ServiceName": "api", "Port": port}
    return {
        "apiVersion": "httpreceiver.dev/v1alpha1",
        "kind": "HttpReceiver",
        "metadata": {"name": name},
        "spec": {"route": route, "workflow": workflow | {"ResponseMessageTemplate": "ok"}},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the manifests of `ROUTES`."""
    manifests = [a_manifest(name, route) for name, route in ROUTES.items()]
    (tmp_path / "routes.yaml").write_text(yaml.safe_dump_all(manifests))
    return tmp_path


@pytest.mark.parametrize(
    ("request_line", "summary", "verdicts"),
    [
        (
            "GET http://localhost:8080/api/ward/7/",
            "ward at host default/default answers.",
            {
                "ward": "answers",
                "rest": "less specific path from segment 2 on",
                "main": "has another path",
                "ward-lab": "listens to other hostnames",
                "ward-put": "takes other methods",
            },
        ),
        (
            "PUT http://lab.test:8080/API/ward/7",
            "ward-lab at host default/default answers.",
            {
                "ward-lab": "answers",
                "ward-put": "less specific hostname",
                "rest": "less specific hostname",
                "main": "has another path",
                "ward": "takes other methods",
            },
        ),
        (
            "HEAD http://x:8080/api/ward/main",
            "main at host default/default answers with 200 and without a run.",
            {
                "main": "answers",
                "rest": "less specific path from segment 2 on",
                "ward": "takes other methods",
                "ward-lab": "listens to other hostnames",
                "ward-put": "takes other methods",
            },
        ),
    ],
)
def test_the_winner_is_told_and_why_no_other(
    folder: Path, request_line: str, summary: str, verdicts: dict[str, str]
) -> None:
    """The most specific first, then what does not fit."""
    result = run_cli("plan", ".", "--match", request_line, "-o", "json", cwd=folder)
    assert result.returncode == 0
    [found] = json.loads(result.stdout)
    assert found["summary"] == summary
    assert [(one["receiver"], one["verdict"]) for one in found["verdicts"]] == list(verdicts.items())


@pytest.mark.parametrize(
    ("request_line", "summary"),
    [
        ("GET http://x:8080/other", "404 from host default/default: no receiver is at this path."),
        ("GET http://x:8080/api/%zz", "400 from host default/default: the path has a broken escape,"),
        ("GET https://x:8080/api", "Port 8080 of host default/default speaks http."),
        ("GET http://x/api", "Nothing listens on port 80."),
    ],
)
def test_a_request_that_nobody_answers_is_told_and_exit_code_1(folder: Path, request_line: str, summary: str) -> None:
    """With what the listener would do."""
    result = run_cli("plan", ".", "--match", request_line, cwd=folder)
    assert result.returncode == 1
    assert result.stdout.startswith(summary)


def test_a_method_that_nobody_takes_is_told(tmp_path: Path) -> None:
    """405 with Allow, as the listener answers."""
    (tmp_path / "a.json").write_text(json.dumps(a_manifest("a", {"methods": ["GET"]})))
    for method, status in (("PUT", "405"), ("OPTIONS", "204"), ("HEAD", "200 without a run")):
        result = run_cli("plan", "a.json", "--match", f"{method} http://x:8080/api", cwd=tmp_path)
        text = f"{status} from host default/default: no receiver takes {method} here; Allow: GET, HEAD, OPTIONS."
        assert result.stdout.splitlines()[0] == text


@pytest.mark.parametrize("request_line", ["GET", "http://x/", "GET x:8080/a", "GET http:///a", "GET http://x:99999/"])
def test_what_is_no_request_is_wrong_usage(folder: Path, request_line: str) -> None:
    """In one line."""
    result = run_cli("plan", ".", "--match", request_line, cwd=folder)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1


def test_the_table_shows_methods_and_hostnames(folder: Path) -> None:
    """Beside the URL as a template."""
    lines = [line.split() for line in run_cli("plan", ".", "-o", "table", cwd=folder).stdout.splitlines()]
    url = "http://receivers-default.default.svc:8080/api/ward"
    assert ["default/ward-put", f"{url}/{{name}}", "POST,PUT", "-"] in lines
    assert ["default/ward-lab", f"{url}/*", "-", "lab.test"] in lines


def test_two_that_share_a_method_are_a_conflict(folder: Path) -> None:
    """Told with a request that fits both."""
    (folder / "more.json").write_text(json.dumps(a_manifest("zz", {"path": "ward/{x}", "methods": ["GET", "PURGE"]})))
    result = run_cli("plan", ".", "-o", "table", cwd=folder)
    assert result.returncode == 1
    assert "(GET /api/ward/x fits both)" in result.stdout


def test_lint_names_the_mistake_at_its_place(tmp_path: Path) -> None:
    """From the root of the manifest."""
    (tmp_path / "a.json").write_text(json.dumps(a_manifest("a", {"path": "a*", "methods": ["FROB"]})))
    result = run_cli("lint", "a.json", cwd=tmp_path)
    places = [line.split(": ")[1:3] for line in result.stdout.splitlines()[:-1]]
    assert result.returncode == 1
    assert [place for place in places if place[0].startswith("$.spec.route")] == [
        ["$.spec.route.methods[0]", "error RouteMethodInvalid"],
        ["$.spec.route.path", "error RoutePathInvalid"],
    ]
