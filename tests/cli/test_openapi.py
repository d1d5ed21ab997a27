"""`httpreceiver openapi`: a document for each endpoint, the same as a server's."""

import json
import os
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from cli_process import ROOT, ServeProcess, run_cli
from listening import free_port
from openapi_documents import assert_is_openapi
from receiver_manifests import receiver_manifest

CASES: Final = ROOT / "tests" / "cases" / "openapi"
GOLDEN: Final = CASES / "receivers.openapi.yaml"
ABOUT_GOLDEN: Final = "# What `httpreceiver openapi` prints of receivers.yaml; `make golden` rewrites it.\n"


def write(folder: Path, **manifests: str) -> None:
    """Write manifests by name."""
    for name, text in manifests.items():
        (folder / f"{name}.yaml").write_text(text)


def test_the_golden_document_of_all_kinds_of_receivers(tmp_path: Path) -> None:
    """Line by line, so that a change of what callers are told is seen in review."""
    write(tmp_path, receivers=(CASES / "receivers.yaml").read_text().replace("PORT", "8080"))
    printed = ABOUT_GOLDEN + run_cli("openapi", tmp_path / "receivers.yaml").stdout
    if os.environ.get("GOLDEN") == "rewrite":
        GOLDEN.write_text(printed)
    assert GOLDEN.read_text() == printed
    assert_is_openapi(yaml.safe_load(printed))


@pytest.mark.parametrize("folder", ["examples", "examples/mule", "examples/boomi"])
def test_the_documents_of_all_examples_are_openapi(folder: str) -> None:
    """One for each port."""
    done = run_cli("openapi", folder)
    assert (0, "") == (done.returncode, done.stderr)
    documents = list(yaml.safe_load_all(done.stdout))
    assert documents
    for document in documents:
        assert_is_openapi(document)
        assert document["paths"]


def test_a_document_as_json_is_that_in_yaml() -> None:
    """Of one endpoint an object, of several an array."""
    one = run_cli("openapi", "examples/boomi", "-o", "json", "--endpoint", "8081")
    several = run_cli("openapi", "examples/boomi", "-o", "json")
    document, listed = json.loads(one.stdout), json.loads(several.stdout)
    assert document == listed[0]
    assert yaml.safe_load(run_cli("openapi", "examples/boomi", "--endpoint", "default:8081").stdout) == document
    assert ["Receivers on port 8081", "Receivers on port 8082"] == [each["info"]["title"] for each in listed]


def test_an_endpoint_that_is_not_there_is_a_mistake_that_names_those_that_are() -> None:
    """Exit code 2."""
    done = run_cli("openapi", "examples/boomi", "--endpoint", "8099")
    assert 2 == done.returncode
    assert "the endpoints are default/default:8081, default/default:8082" in done.stderr


def test_a_refused_receiver_is_named_and_the_others_are_described(tmp_path: Path) -> None:
    """Exit code 1; a disabled one is meant to be left out."""
    write(
        tmp_path,
        sound=receiver_manifest("sound", "sound"),
        broken=receiver_manifest("broken", "broken", MessageType=99),
        off=receiver_manifest("off", "off", Disabled=True),
        later=receiver_manifest("later", "sound"),
    )
    done = run_cli("openapi", tmp_path)
    assert 1 == done.returncode
    assert ["/sound"] == list(yaml.safe_load(done.stdout)["paths"])
    lines = done.stderr.splitlines()
    assert [True, True] == [": broken is left out: " in lines[0], "is left out: " in lines[1]]
    assert 2 == len(lines)


def test_nothing_to_describe_is_a_problem(tmp_path: Path) -> None:
    """Exit code 1, and no document."""
    write(tmp_path, off=receiver_manifest("off", "off", Disabled=True))
    done = run_cli("openapi", tmp_path)
    assert (1, "", "httpreceiver: no receiver is left to describe\n") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_shows_the_same_document_and_takes_up_changes(tmp_path: Path, workers: int) -> None:
    """With one process and with several; `?port=` tells ports apart."""
    first, second = free_port(), free_port()
    write(tmp_path, one=receiver_manifest("one", "one", Port=first))
    with ServeProcess(tmp_path, "--workers", str(workers)) as serve:
        admin = int(str(serve.started["admin"]).rpartition(":")[2])
        status, document = asked(admin, "/openapi.json")
        assert (200, ["/one"]) == (status, list(document["paths"]))
        write(tmp_path, two=receiver_manifest("two", "two", Port=second), one=receiver_manifest("one", "1", Port=first))
        serve.event("changed")
        status, choices = asked(admin, "/openapi.json")
        assert 300 == status
        assert {first: f"/openapi.json?port={first}", second: f"/openapi.json?port={second}"} == {
            choice["port"]: choice["href"] for choice in choices
        }
        printed = json.loads(run_cli("openapi", tmp_path, "-o", "json").stdout)
        for port in (first, second):
            status, document = asked(admin, f"/openapi.json?port={port}")
            assert 200 == status
            assert document in printed
        assert (404, choices) == asked(admin, "/openapi.json?port=1")


def asked(port: int, path: str) -> tuple[int, Any]:
    """Return status and content of the admin port's answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert "application/json" == answer.headers.get_content_type()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
