"""Python in the place of C# on this machine: docs/code-overrides.md as it stands, and the switch for manifests."""

import json
import re
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from cli_process import ROOT, ServeProcess, run_cli
from free_ports import free_ports
from httpreceiver_workflow.pipeline.code.context import CodeActivity, CodeContext, CodeTable
from httpreceiver_workflow.pipeline.code.messages import CodeMessage, CodeSegment
from httpreceiver_workflow.resources import code_digest

PAGE: Final = (ROOT / "docs/code-overrides.md").read_text()
REQUEST: Final = "MSH|^~\\&|A\rPID|1||||Brown^sam"


def block(language: str) -> str:
    """Return the one block of *language* of the page."""
    [text] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    """The page's workflow on a port of its own, beside an empty folder `code`."""
    path = tmp_path / "hello.json"
    document = json.loads(block("json"))
    [document["WorkflowPattern"][0]["Port"]] = free_ports(1)
    path.write_text(json.dumps(document))
    (tmp_path / "code").mkdir()
    return path


def digest() -> str:
    """Return the hash of the page's C#."""
    code = json.loads(block("json"))["WorkflowPattern"][1]["Transformers"][0]["Code"]
    return code_digest(code)


def provide(workflow: Path) -> None:
    """Put the page's override into the folder."""
    (workflow.parent / "code" / f"{digest()}.py").write_text(block("python"))


def edit(workflow: Path) -> None:
    """Change the C# of the workflow."""
    workflow.write_text(workflow.read_text().replace("Hello ", "Hullo "))


def write_manifests(workflow: Path) -> None:
    """Replace the workflow by manifests that bring its override."""
    for number, one in enumerate(manifests(workflow)):
        (workflow.parent / f"{number}.json").write_text(json.dumps(one))
    workflow.unlink()


async def answer(url: str) -> str:
    """Return the body of the answer to the page's request."""
    async with aiohttp.ClientSession() as session, session.post(url, data=REQUEST) as response:
        return await response.text()


async def test_the_page_works_as_it_stands(workflow: Path) -> None:
    """Lint names the file; with it the workflow is served; an edited script refuses it again."""
    folder = workflow.parent
    refused = run_cli("lint", "hello.json", "--code-overrides", "code", cwd=folder)
    assert (1, True) == (refused.returncode, refused.stdout.startswith(block("text")))
    provide(workflow)
    assert 0 == run_cli("lint", "hello.json", "--code-overrides", "code", cwd=folder).returncode
    with ServeProcess(folder, "hello.json", "--code-overrides", "code") as process:
        assert "Hello Sam" == await answer(process.started["receivers"][0]["url"])
    edit(workflow)
    again = run_cli("lint", "hello.json", "--code-overrides", "code", cwd=folder)
    assert (1, True) == (again.returncode, f"pinned to other texts: {digest()}.py." in again.stdout)


def test_the_page_lists_everything_that_there_is() -> None:
    """Both ways: nothing is left out, and nothing is listed that does not exist."""
    classes = (CodeContext, CodeActivity, CodeMessage, CodeSegment, CodeTable)
    tables = re.findall(r"^\| of .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert len(classes) == len(tables)
    inner = {CodeContext: {"message_at", "is_filtered", "set_filtered"}, CodeMessage: {"moves"}, CodeSegment: {"check"}}
    for one, table in zip(classes, tables, strict=True):
        first_column = "".join(line.split(" | ")[0] for line in table.splitlines()[2:])
        listed = {name for name in re.findall(r"`(\w+)", first_column) if not name.isupper() and name != "len"}
        public = {name for name in dir(one) if not name.startswith("_")} - inner.get(one, set())
        assert public == listed


def test_a_file_of_another_name_is_a_complaint(workflow: Path) -> None:
    """A misspelt hash must not look like a missing override."""
    (workflow.parent / "code" / "hello.py").write_text(block("python"))
    result = run_cli("lint", "hello.json", "--code-overrides", "code", cwd=workflow.parent)
    assert "code/hello.py: is no override: its name is not the SHA-256 of a script" in result.stderr


def manifests(workflow: Path) -> list[dict[str, Any]]:
    """Return the workflow as a receiver that brings its override in a ConfigMap."""
    spec = {"workflow": json.loads(workflow.read_text()), "codeOverridesFrom": [{"configMapRef": {"name": "code"}}]}
    receiver = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": "hello"}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "code"}}
    return [receiver | {"spec": spec}, config | {"data": {f"{digest()}.py": block("python")}}]


async def test_manifests_bring_code_only_where_it_is_switched_on(workflow: Path) -> None:
    """Whoever serves a folder from elsewhere does not run its Python unasked."""
    folder = workflow.parent
    write_manifests(workflow)
    off = run_cli("lint", ".", cwd=folder)
    assert (1, True) == (off.returncode, "code overrides are switched off here" in off.stdout)
    assert "CodeOverridesOff" in run_cli("plan", ".", "-o", "table", cwd=folder).stdout
    assert 0 == run_cli("lint", ".", "--code-overrides", "code", cwd=folder).returncode
    with ServeProcess(folder, ".", "--code-overrides", "code") as process:
        assert "Hello Sam" == await answer(process.started["receivers"][0]["url"])
