"""What workflows read of this machine: the folders of `--globals` and `--tables`, and the environment."""

import asyncio
import base64
import json
import subprocess
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from cli_process import COMMAND, COMMAND_TIMEOUT_S, EVENT_TIMEOUT_S, ServeProcess
from free_ports import free_ports
from httpreceiver_cli.host_files import HostFiles
from httpreceiver_workflow.endpoint import decode_receiver
from httpreceiver_workflow.resources import DataTable, LookupTable

RECEIVER: Final = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"
TEMPLATE: Final = "${Site} ${ApiKey} ${HttpMethod:Lookup(Verbs)} ${DATATABLE>Wards.Name}"
SECRET: Final = "s3cr3t-k3y"


def receiver(port: int = 8080, **fields: Any) -> dict[str, Any]:
    """Return a receiver that answers what it reads of its host."""
    return {
        "$type": RECEIVER,
        "Id": "00000000-0000-0000-0000-0000000000a1",
        "Name": "reads",
        "MessageType": 13,
        "ServiceName": "reads",
        "Port": port,
        "ResponseMessageTemplate": TEMPLATE,
    } | fields


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A folder with a workflow, global variables and tables."""
    files = {
        "globals/Site.txt": "\ufeffnorth\n",
        "globals/ApiKey.TXT": SECRET,
        "globals/.hidden.txt": "x",
        "globals/notes.md": "x",
        "tables/Verbs.csv": "key,value\nPOST,posted\n*,other\n",
        "tables/Wards.CSV": "Code,Name\r\nN,North\r\nS,South\r\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    return tmp_path


def command(host: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in *host* to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=host,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )


async def post(url: str) -> str:
    """Return the body of the answer to an empty POST."""
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        return await response.text()


# --- the files -------------------------------------------------------------------------------------------------------


def test_each_file_is_a_value_or_a_table(host: Path) -> None:
    """Suffixes ignore case, a byte order mark and a last line end do not count, other files are passed over."""
    read = HostFiles(host / "globals", host / "tables", {}).read()
    assert () == read.refusals
    values = {one.name: one.value for one in read.resources.global_variables}
    assert {"Site": "north", "ApiKey": SECRET} == values
    assert (LookupTable("Verbs", (("POST", "posted"),), "other"),) == read.resources.lookup_tables
    assert (DataTable("Wards", ("Code", "Name"), (("N", "North"), ("S", "South"))),) == read.resources.data_tables


def test_the_environment_wins_over_a_file(host: Path) -> None:
    """Whatever the case of the name; also without a folder."""
    environment = {"HTTPRECEIVER_GLOBAL_APIKEY": "other", "HTTPRECEIVER_GLOBAL_": "x", "PATH": "/bin"}
    for folder, expected in ((host / "globals", {"Site": "north", "APIKEY": "other"}), (None, {"APIKEY": "other"})):
        read = HostFiles(folder, None, environment).read()
        assert expected == {one.name: one.value for one in read.resources.global_variables}


def test_a_file_that_breaks_is_told_and_its_last_readable_version_holds(host: Path) -> None:
    """Until it is mended or removed; one that never was readable is left out."""
    files = HostFiles(host / "globals", host / "tables", {})
    before = files.read().resources
    (host / "tables/Verbs.csv").write_text(f"key,value\n{SECRET}\n")
    (host / "globals/Site.txt").write_bytes(b"\xff")
    (host / "tables/New.csv").write_text('a,"')
    after = files.read()
    assert before == after.resources
    assert [
        f"{host}/globals/Site.txt: is not UTF-8 text (byte 0)",
        f"{host}/tables/New.csv: is no table: line 1: unexpected end of data",
        f"{host}/tables/Verbs.csv: is no table: line 2 has 1 values, the header 2",
    ] == [str(refusal) for refusal in after.refusals]
    (host / "tables/Verbs.csv").unlink()
    assert () == files.read().resources.lookup_tables


# --- the commands ----------------------------------------------------------------------------------------------------


async def test_serve_answers_with_them_and_takes_up_changes(host: Path) -> None:
    """Rows follow each other over all requests; an edit of a file is served without a restart."""
    [port] = free_ports(1)
    (host / "reads.json").write_text(json.dumps(receiver(port)))
    with ServeProcess(host, "reads.json", "--globals", "globals", "--tables", "tables") as process:
        [row] = process.started["receivers"]
        answers = [await post(row["url"]) for _ in range(3)]
        assert [f"north {SECRET} posted {ward}" for ward in ("North", "South", "North")] == answers
        (host / "globals/Site.txt").write_text("south")
        async with asyncio.timeout(EVENT_TIMEOUT_S):
            while not (await post(row["url"])).startswith("south "):  # noqa: ASYNC110  a file tells nobody
                await asyncio.sleep(0.02)
        process.process.terminate()
        assert 0 == process.wait()
        assert SECRET not in "".join(process.complaint_lines())


def test_serve_names_a_table_that_is_missing(host: Path) -> None:
    """The receiver is invalid; the rest would be served."""
    (host / "reads.json").write_text(json.dumps(receiver(free_ports(1)[0])))
    result = command(host, "serve", "reads.json", "--admin-port", "0", "-o", "json")
    [row] = json.loads(result.stdout.splitlines()[0])["receivers"]
    assert (1, "invalid") == (result.returncode, row["state"])
    assert "The data table Wards does not exist." in row["reason"]


def test_lint_knows_what_the_host_has(host: Path) -> None:
    """With the folders no problem, without them one for each table; never a value."""
    (host / "reads.json").write_text(json.dumps(receiver(**SECURE)))
    folders = ("--globals", "globals", "--tables", "tables")
    fine = command(host, "lint", "--strict", "reads.json", *folders)
    assert (0, "1 workflow: no errors, no warnings\n") == (fine.returncode, fine.stdout)
    bare = command(host, "lint", "reads.json", "-o", "json")
    assert ["GlobalVariableUnknown", "DataTableUnknown", "LookupTableUnknown"] == [
        finding["code"] for finding in json.loads(bare.stdout)
    ]
    locked = command(host, "lint", "reads.json", *folders, HTTPRECEIVER_GLOBAL_ApiKey=f"HL7SOUPGV1:{SECRET}")
    assert 1 == locked.returncode
    assert "GlobalVariableProtected" in locked.stdout
    assert SECRET not in locked.stdout + locked.stderr


SECURE: Final = {
    "UseSsl": True,
    "UseDefaultSSLCertificate": True,
    "Authentication": True,
    "AuthenticationUserName": "lab",
    "AuthenticationPassword": "${ApiKey}",
}


def test_a_broken_table_is_a_complaint_of_every_command(host: Path) -> None:
    """Exit code 1, with the file's name."""
    (host / "reads.json").write_text(json.dumps(receiver(ResponseMessageTemplate="fine")))
    (host / "tables/Verbs.csv").write_text("key,value\nx\n")
    for name in ("lint", "plan"):
        result = command(host, name, "reads.json", "--tables", "tables")
        assert 1 == result.returncode
        assert "httpreceiver: tables/Verbs.csv: is no table: line 2 has 1 values, the header 2" in result.stderr


def test_plan_shows_names_and_no_value(host: Path) -> None:
    """The workflow Secret in its output says what is read, and holds no value of it, encoded or not."""
    (host / "reads.json").write_text(json.dumps(receiver()))
    arguments = ("plan", "reads.json", "--globals", "globals", "--tables", "tables", "-o", "json")
    result = command(host, *arguments)
    assert 0 == result.returncode, result.stdout
    [bundle] = [one for one in json.loads(result.stdout)["items"] if one["kind"] == "Secret"]
    resources = decode_receiver(base64.b64decode(bundle["data"]["reads"])).resources
    assert [("ApiKey", ""), ("Site", "")] == [(one.name, one.value) for one in resources.global_variables]
    assert (LookupTable("Verbs", ()),) == resources.lookup_tables
    assert (DataTable("Wards", ("Code", "Name"), ()),) == resources.data_tables
    assert SECRET not in result.stdout


# --- manifests -------------------------------------------------------------------------------------------------------


def manifests(port: int = 8080) -> list[dict[str, Any]]:
    """Return a receiver that names a ConfigMap and a Secret, and both."""
    spec = {
        "workflow": receiver(port, ResponseMessageTemplate="${Site} ${ApiKey} ${HttpMethod:Lookup(Verbs)}"),
        "globalVariablesFrom": [{"configMapRef": {"name": "values"}}, {"secretRef": {"name": "keys"}}],
        "tablesFrom": [{"configMapRef": {"name": "values"}}],
    }
    return [
        {
            "apiVersion": "httpreceiver.dev/v1alpha1",
            "kind": "HttpReceiver",
            "metadata": {"name": "reads"},
            "spec": spec,
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "values"},
            "data": {"Site": "config", "ApiKey": "config", "Verbs.csv": "key,value\nPOST,config\n"},
        },
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"ApiKey": SECRET}},
    ]


async def test_manifests_bring_their_own_and_the_folders_win(host: Path) -> None:
    """As in a cluster, except that what is asked for on the command line counts most."""
    [port] = free_ports(1)
    for one in manifests(port):
        (host / f"{one['kind']}.json").write_text(json.dumps(one))
    with ServeProcess(host, ".", "--globals", "globals") as process:
        assert f"north {SECRET} config" == await post(process.started["receivers"][0]["url"])


def test_lint_names_a_missing_object_of_a_manifest(host: Path) -> None:
    """Beside what follows from it."""
    [one, config, _] = manifests()
    (host / "all.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": [one, config]}))
    result = command(host, "lint", "all.json", "-o", "json")
    found = {finding["code"]: finding for finding in json.loads(result.stdout)}
    assert "Secret default/keys of globalVariablesFrom does not exist." == found["ReferenceNotFound"]["message"]
