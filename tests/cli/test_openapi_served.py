"""
The documents that `httpreceiver serve` shows, held against what it answers: by schemathesis, and method by method.

Over real sockets; the receivers are those of `tests/cases/openapi`.
"""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, Final

import pytest

from cli_process import ROOT, ServeProcess
from listening import free_port

CASES: Final = ROOT / "tests" / "cases" / "openapi"
METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "PURGE", "LINK"})
IMPLIED: Final = frozenset({"HEAD", "OPTIONS"})
CHECKS: Final = (
    "status_code_conformance",
    "response_headers_conformance",
    "missing_required_header",
    "ignored_auth",
    "body_conforms",
    "undeclared_methods_are_refused",
    "allow_lists_what_is_declared",
    "no_bug_is_met",
)
DEADLINE_S: Final = 180.0
"""A run takes ten seconds; a busy machine may take many times that."""


class Api:
    """The receivers of one port, and how they are described."""

    def __init__(self, scheme: str, port: int, admin_port: int) -> None:
        self.scheme = scheme
        self.port = port
        self.document_url = f"http://127.0.0.1:{admin_port}/openapi.json?port={port}"
        connection = HTTPConnection("127.0.0.1", admin_port, timeout=10)
        connection.request("GET", self.document_url)
        self.document: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()

    def ask(self, method: str, path: str) -> tuple[int, Any, bytes]:
        """Return status, headers and body of the answer to a request without credentials."""
        if self.scheme == "https":
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # the certificate is self-signed
            connection: HTTPConnection = HTTPSConnection("127.0.0.1", self.port, timeout=10, context=trusting)
        else:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Api]]:
    """Serve the receivers on free ports; by scheme."""
    folder, ports = tmp_path_factory.mktemp("openapi"), {"http": free_port(), "https": free_port()}
    for name, port in (("receivers", ports["http"]), ("secured", ports["https"])):
        (folder / f"{name}.yaml").write_text((CASES / f"{name}.yaml").read_text().replace("PORT", str(port)))
    with ServeProcess(folder) as serve:
        admin_port = int(str(serve.started["admin"]).rpartition(":")[2])
        yield {scheme: Api(scheme, port, admin_port) for scheme, port in ports.items()}


@pytest.mark.parametrize(
    ("scheme", "credentials"),
    [("http", ("--header", "X-Ward-Key: yMi9cZ0vJ1")), ("https", ("--auth", "ann:correct-horse"))],
)
def test_schemathesis_finds_no_answer_that_is_not_declared(
    apis: dict[str, Api], tmp_path: Path, scheme: str, credentials: tuple[str, str]
) -> None:
    """Statuses, headers, media types and schemas of the answers to what a document says, and to what it does not."""
    api = apis[scheme]
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", api.document_url, *credentials),
        *("--url", f"{scheme}://127.0.0.1:{api.port}", "--tls-verify", "false"),
        *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", "10"),
        *("--seed", "1", "--generation-database", "none", "--suppress-health-check", "all"),
        *("--continue-on-failure", "--no-color", "--warnings", "off"),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(ROOT / "tests" / "support")}
    environment = {**os.environ, **hooks}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    count = sum(len(METHODS & {method.upper() for method in item}) for item in api.document["paths"].values())
    assert f"Tested: {count}\n" in done.stdout


def test_methods_that_a_path_does_not_have_are_405_with_those_it_has(apis: dict[str, Api]) -> None:
    """Those that a path item has no place for too; with x-any-method every other one reaches a receiver."""
    refused = taken = 0
    for path, item in apis["http"].document["paths"].items():
        has = {*item.get("x-additional-operations", ()), *(method for method in METHODS if method.lower() in item)}
        for method in METHODS - IMPLIED - has:
            status, headers, _ = apis["http"].ask(method, filled(path))
            if "x-any-method" in item:
                assert status not in (404, 405), (method, path)
                taken += 1
            else:
                assert (status, {*headers["Allow"].split(", ")}) == (405, has | IMPLIED), (method, path)
                refused += 1
    assert refused
    assert taken


@pytest.mark.parametrize(
    ("scheme", "guarded"),
    [
        ("http", {"guarded.post": 401, "keyed.post": 401, "signed.post": 401}),
        ("https", {"basic.post": 401, "certificate.post": 403}),
    ],
)
def test_operations_with_security_are_refused_without_credentials(
    apis: dict[str, Api], scheme: str, guarded: dict[str, int]
) -> None:
    """And those without it are not."""
    api, found = apis[scheme], {}
    for path, item in api.document["paths"].items():
        for method in METHODS - IMPLIED:
            operation = item.get(method.lower())
            if operation is None:
                continue
            status, headers, body = api.ask(method, filled(path))
            assert (status in (401, 403)) == ("security" in operation), (method, path)
            if "security" in operation:
                found[operation["operationId"]] = status
                assert (status == 401) == ("WWW-Authenticate" in headers)
                assert json.loads(body)["status"] == status
                assert str(status) in operation["responses"]
    assert guarded == found


def test_an_additional_operation_is_reached_by_its_own_method(apis: dict[str, Api]) -> None:
    """OpenAPI 3.1 has no place for PURGE."""
    item = apis["http"].document["paths"]["/api/v1/account/{accountId}"]
    status, _, body = apis["http"].ask("PURGE", "/api/v1/account/acme")
    assert str(status) in item["x-additional-operations"]["PURGE"]["responses"]
    assert (404, b"Nothing at /account/acme") == (status, body)


def filled(path: str) -> str:
    """Return a path with a value for each of its parameters."""
    return path.replace("{", "").replace("}", "")
