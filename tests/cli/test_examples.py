"""Every file of `examples/` is served by the real command, and answers what its comment promises."""

import asyncio
import json
import re
import shutil
import sqlite3
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from cli_process import ROOT, ServeProcess, run_cli
from free_ports import free_ports
from httpreceiver_cli.trial import Candidate, curl
from httpreceiver_workflow import prepare_workflow

EXAMPLES: Final = ROOT / "examples"
PORTS: Final = (8000, 8080, 8081, 8082, 8083, 8084, 8443)
"""What the examples ask for; tests take free ones, since these may be in use on anyone's machine."""

PORT: Final = r"(\"Port\": |127\.0\.0\.1:)([0-9]+)"
"""A port and what stands before it."""

MESSAGE: Final = (
    "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20240105103000||ADT^A01^ADT_A01|MSG001|P|2.5.1\rPID|1||12345^^^HOSP^MR||Brown^Sam^J"
)
WITHOUT_CHECK: Final = ssl.create_default_context()
WITHOUT_CHECK.check_hostname = False
WITHOUT_CHECK.verify_mode = ssl.CERT_NONE


class Served:
    """The examples, served on other ports."""

    def __init__(self, process: ServeProcess, ports: dict[int, int], folder: Path) -> None:
        self.process = process
        self.ports = ports
        self.folder = folder
        self.rows = {row["name"]: row for row in process.started["receivers"]}

    async def send(self, url: str, body: str, **options: Any) -> tuple[int, str]:
        """POST *body* to *url*, in which the examples' ports are replaced."""
        number = int(url.split(":")[2].split("/")[0])
        url = url.replace(str(number), str(self.ports[number]), 1)
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body.encode(), ssl=WITHOUT_CHECK, **options) as response,
        ):
            return response.status, await response.text()


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a copy of the examples until the module's tests are done."""
    folder = tmp_path_factory.mktemp("examples")
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    shutil.copytree(EXAMPLES, folder / "examples")
    for path in (folder / "examples").iterdir():
        text = path.read_text()
        path.write_text(re.sub(PORT, lambda match: match[1] + str(ports[int(match[2])]), text))
    with ServeProcess(folder, "examples", "--service-port", str(ports[8000])) as process:
        yield Served(process, ports, folder)


def test_all_of_them_are_served(examples: Served) -> None:
    """None conflicts with another, none has a problem."""
    assert {row["state"] for row in examples.rows.values()} == {"serving"}
    assert {Path(row["file"]).name.split(" ")[0] for row in examples.rows.values()} == {
        path.name for path in EXAMPLES.iterdir() if not path.match("*.check.yaml")
    }


@pytest.mark.parametrize("via", ["engine", "listener"])
def test_every_case_beside_them_passes(via: str) -> None:
    """With the replies that the cases state."""
    result = run_cli("check", "examples", "--via", via)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "3 cases: 3 passed, 0 failed")


def test_none_has_a_problem() -> None:
    """Also no warning."""
    result = run_cli("lint", "--strict", "examples")
    assert (result.returncode, result.stdout) == (0, "8 workflows: no errors, no warnings\n")


async def test_the_json_receiver_answers_its_fixed_text(examples: Served) -> None:
    """The first example of the receiver's documentation."""
    assert await examples.send("http://127.0.0.1:8080/api/inbound/", "{}") == (200, '{ "ok": true }')


async def test_the_hosted_receiver_is_on_the_service_address(examples: Served) -> None:
    """The second example of the receiver's documentation."""
    assert await examples.send("http://127.0.0.1:8000/patient/12345", "{}") == (200, '{ "accepted": true }')


async def test_the_patient_api_puts_path_query_and_body_together(examples: Served) -> None:
    """Two URL sections, a query parameter with a default, a value of the body, and text that needs escaping."""
    patient = '{"resourceType": "Patient", "name": [{"family": "O\\"Hara"}]}'
    url = "http://127.0.0.1:8081/api/patient/12/visit"
    answer = '{"patient": "12", "kind": "visit", "site": "%s", "family": "O\\"Hara", "method": "POST"}'
    assert await examples.send(url, patient) == (200, answer % "main")
    assert await examples.send(f"{url}?siteId=north", patient) == (200, answer % "north")


async def test_the_patient_api_filters_what_is_no_patient(examples: Served) -> None:
    """A filtered JSON request is answered with nothing."""
    assert await examples.send("http://127.0.0.1:8081/api/patient/1/x", '{"resourceType": "Group"}') == (200, "")


async def test_ward_names_come_from_a_table_of_the_host(examples: Served) -> None:
    """With a global variable before it; a code that the table does not have gives its default."""
    url = "http://127.0.0.1:8000/wards"
    assert await examples.send(url, "C2") == (200, "north: Cardiology")
    assert await examples.send(url, "X9") == (200, "north: unknown ward")


async def test_adt_is_acknowledged_and_written(examples: Served) -> None:
    """Each message is a file of its own below the working directory."""
    status, acknowledgement = await examples.send("http://127.0.0.1:8082/hl7/adt", MESSAGE)
    assert (status, acknowledgement.split("\r")[1]) == (200, "MSA|AA|MSG001")
    [written] = (examples.folder / "received").glob("adt-*.hl7")
    assert written.read_bytes().decode() == MESSAGE


async def test_other_messages_than_adt_are_rejected(examples: Served) -> None:
    """With a generated reject."""
    _, acknowledgement = await examples.send("http://127.0.0.1:8082/hl7/adt", MESSAGE.replace("ADT^", "ORU^"))
    assert acknowledgement.split("\r")[1].startswith("MSA|AR|MSG001")


async def test_a_referral_is_answered_early_and_handed_over(examples: Served) -> None:
    """The caller has its answer; the other receiver gets the message all the same."""
    before = await runs_of(examples, "default/inbound-json")
    body = '{"referral": {"id": "R-17"}}'
    assert await examples.send("http://127.0.0.1:8083/api/referral", body) == (200, '{"accepted": "R-17"}')
    async with asyncio.timeout(10):
        while await runs_of(examples, "default/inbound-json") == before:  # noqa: ASYNC110  a metric tells nobody
            await asyncio.sleep(0.02)


async def test_visits_are_kept_and_counted(examples: Served) -> None:
    """In a file of the working directory; what a request says is data, never SQL."""
    url, patient = "http://127.0.0.1:8084/api/visits/", "x'); DROP TABLE visits; --"
    body = json.dumps({"patient": patient, "reason": "O'Brien's knee"})
    first, second = [json.loads((await examples.send(url, body))[1]) for _ in range(2)]
    assert (first["visitsOfPatient"], second["visitsOfPatient"]) == (1, 2)
    assert (await examples.send(url, '{"patient": ""}'))[0] == 500
    with closing(sqlite3.connect(examples.folder / "visits.db")) as database:
        kept = database.execute("SELECT patient, reason FROM visits WHERE patient = ?", [patient]).fetchall()
    assert kept == [(patient, "O'Brien's knee")] * 2


async def runs_of(examples: Served, receiver: str) -> float:
    """Return how many requests a receiver has answered, as its metrics say."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{examples.process.started['admin']}/metrics") as response,
    ):
        lines = (await response.text()).splitlines()
    counted = [line for line in lines if line.startswith("httpreceiver_requests_total{") and receiver in line]
    return sum(float(line.rpartition(" ")[2]) for line in counted)


async def test_the_secure_receiver_asks_for_a_password(examples: Served) -> None:
    """Over HTTPS with the self-signed certificate."""
    url = "https://127.0.0.1:8443/orders"
    assert (await examples.send(url, "<order/>"))[0] == 401
    allowed = {"Authorization": aiohttp.encode_basic_auth("orders", "change-me")}
    assert await examples.send(url, "<order/>", headers=allowed) == (200, "<received/>")


def test_the_suggested_request_works_as_printed(examples: Served) -> None:
    """In a plain POSIX shell, with curl."""
    trial = examples.process.started["trial"]
    assert trial.startswith("curl ")
    assert '"method": "POST"' in in_shell(trial)


def test_the_request_for_every_open_example_works_as_printed(examples: Served) -> None:
    """Whichever of them `serve` would suggest."""
    answers = {name: in_shell(command) for name, command in commands(examples)}
    assert answers["hosted-patient"] == '{ "accepted": true }'
    assert answers["inbound-json"] == '{ "ok": true }'
    assert answers["adt-to-file"].split("\r")[1] == "MSA|AA|MSG001"
    assert json.loads(answers["visit-register"])["visitsOfPatient"] >= 1
    assert answers["referral-handover"] == '{"accepted": "R-17"}'


def commands(examples: Served) -> Iterator[tuple[str, str]]:
    """Yield the suggested request of each example whose workflow is a file or stands in the manifest."""
    from httpreceiver_cli.sources import read_sources

    sources = read_sources([examples.folder / "examples"])
    workflows: dict[str, object] = {workflow.path.stem: workflow.text for workflow in sources.workflows}
    for manifest in sources.manifests:
        if "workflow" in manifest.content.get("spec", {}):
            workflows[manifest.content["metadata"]["name"]] = manifest.content["spec"]["workflow"]
    for name, text in workflows.items():
        workflow = prepare_workflow(text).workflow
        assert workflow is not None
        yield name, curl(Candidate(name, examples.rows[name]["url"], workflow.receiver))


def in_shell(command: str) -> str:
    """Run *command* in a POSIX shell and return what it prints."""
    result = subprocess.run(["sh", "-c", f"{command} --silent --show-error"], capture_output=True, check=True)
    return result.stdout.decode()
