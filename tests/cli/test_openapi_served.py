"""
The document that `httpreceiver serve` shows, held against what it answers: by schemathesis, and method by method.

Over real sockets; the receivers are those of `tests/cases/openapi`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import pytest

from cli_process import ROOT, ServeProcess
from listening import free_port

RECEIVERS: Final = ROOT / "tests" / "cases" / "openapi" / "receivers.yaml"
CHECKS: Final = (
    "status_code_conformance",
    "response_headers_conformance",
    "ignored_auth",
    "body_conforms",
    "undeclared_methods_are_refused",
    "allow_lists_what_is_declared",
    "no_bug_is_met",
)
IMPLIED: Final = frozenset({"HEAD", "OPTIONS"})
DEADLINE_S: Final = 180.0
"""A run takes ten seconds; a busy machine may take many times that."""


class Api:
    """Receivers that are served, and how they are described."""

    def __init__(self, port: int, admin_port: int) -> None:
        self.port = port
        self.admin_port = admin_port
        status, _, body = self.ask("GET", "/openapi.json", admin_port)
        assert status == 200
        self.document: dict[str, Any] = json.loads(body)

    def ask(self, method: str, path: str, port: int | None = None, body: bytes = b"") -> tuple[int, Any, bytes]:
        """Return status, headers and body of the answer to one request."""
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Serve the receivers on a free port."""
    folder, port = tmp_path_factory.mktemp("openapi"), free_port()
    (folder / "receivers.yaml").write_text(RECEIVERS.read_text().replace("PORT", str(port)))
    with ServeProcess(folder) as serve:
        yield Api(port, int(str(serve.started["admin"]).rpartition(":")[2]))


def test_schemathesis_finds_no_answer_that_is_not_declared(api: Api, tmp_path: Path) -> None:
    """Statuses, headers, media types and schemas of the answers to what the document says, and to what it does not."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        *(f"http://127.0.0.1:{api.admin_port}/openapi.json", "--url", f"http://127.0.0.1:{api.port}"),
        *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", "10"),
        *("--header", "X-Ward-Key: yMi9cZ0vJ1", "--seed", "1", "--generation-database", "none"),
        *("--suppress-health-check", "all", "--continue-on-failure", "--no-color", "--warnings", "off"),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(ROOT / "tests" / "support")}
    environment = {**os.environ, **hooks}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Fuzzing" in done.stdout


def test_methods_that_a_path_does_not_have_are_405_with_those_it_has(api: Api) -> None:
    """Those that a path item has no place for too; with x-any-method every other one reaches a receiver."""
    tried = 0
    for path, item in api.document["paths"].items():
        here = path.replace("{", "").replace("}", "")
        has = {method.upper() for method in item if method.upper() in METHODS} | {
            *item.get("x-additional-operations", ())
        }
        for method in METHODS - IMPLIED - has:
            status, headers, _ = api.ask(method, here)
            if "x-any-method" in item:
                assert status not in (404, 405), (method, path)
            else:
                assert status == 405, (method, path)
                assert {*headers["Allow"].split(", ")} == has | IMPLIED, (method, path)
                tried += 1
    assert tried


METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "PURGE", "LINK"})


def test_operations_with_security_are_401_without_credentials(api: Api) -> None:
    """And those without are not."""
    guarded = set()
    for path, item in api.document["paths"].items():
        for method in METHODS - IMPLIED:
            operation = item.get(method.lower())
            if operation is None:
                continue
            status, headers, body = api.ask(method, path.replace("{", "").replace("}", ""))
            assert (status == 401) == ("security" in operation), (method, path)
            if status == 401:
                guarded.add(operation["operationId"])
                assert headers["WWW-Authenticate"]
                assert json.loads(body)["kind"] == "Unauthorized"
    assert {"guarded.post", "keyed.post", "signed.post"} == guarded


def test_a_methods_own_name_reaches_what_stands_under_additional_operations(api: Api) -> None:
    """OpenAPI 3.1 has no place for PURGE."""
    item = api.document["paths"]["/api/v1/account/{accountId}"]
    assert ["404"] == [status for status in item["x-additional-operations"]["PURGE"]["responses"] if status == "404"]
    status, _, body = api.ask("PURGE", "/api/v1/account/acme")
    assert (404, b"Nothing at /account/acme") == (status, body)
