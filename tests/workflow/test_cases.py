"""
The conformance suite: every file of `tests/cases/workflow`, through a real socket and the real listener.

The form of the files is described beside them, in `tests/cases/workflow/README.md`.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from httpreceiver_cli.yaml_text import load_documents
from httpreceiver_listener.listener import Listener, ListenerOptions
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.contract.custom_transformers import CUSTOM_TRANSFORMERS
from httpreceiver_workflow.contract.decode_parts import PATH_KINDS
from httpreceiver_workflow.contract.enums import DateComparer, StringComparer, ValidComparer
from httpreceiver_workflow.contract.support import CLASSES, Kind
from httpreceiver_workflow.endpoint import Endpoint, Scheme, ServedReceiver
from httpreceiver_workflow.messages import SUPPORTED_MESSAGE_TYPES
from httpreceiver_workflow.options import ReceiverOptions, read_options
from httpreceiver_workflow.options.switches import SWITCHES
from httpreceiver_workflow.problems import Severity
from httpreceiver_workflow.resources import Resources, read_override, read_table, resources_of

FOLDER: Final = Path(__file__).resolve().parents[1] / "cases" / "workflow"
FILES: Final = sorted(FOLDER.glob("*.yaml"))
EVENTUALLY_S: Final = 10.0
"""Work after an early response takes milliseconds; a busy machine may take seconds."""

WAITING: Final[Mapping[str, str]] = {}
"""Vectors that cannot pass yet, with the reason. `test_a_waiting_vector_does_not_pass` fails when one does."""

READY: Final = [path for path in FILES if path.name.partition("-")[0] not in WAITING]
VECTORS: Final = (
    *("V01", "V02", "V03", "V04", "V05", "V06", "V07", "V09", "V10", "V12"),
    *("V13", "V14", "V18", "V21", "V22", "V23", "V25", "V26", "V27", "V29"),
)


class Unmet(AssertionError):
    """A case does not pass: it differs from what is expected, or cannot even be served."""


@pytest.mark.parametrize("path", READY, ids=[path.stem for path in READY])
async def test_case(path: Path, tmp_path: Path) -> None:
    """Every request of the file gets the answer, and leaves the files, that the file says."""
    await run_file(path, tmp_path)


async def test_a_waiting_vector_does_not_pass(tmp_path: Path) -> None:
    """A vector that passes must leave the table."""
    for vector in WAITING:
        [path] = FOLDER.glob(f"{vector}-*.yaml")
        with pytest.raises(Unmet):
            await run_file(path, tmp_path)


def test_every_vector_has_its_file() -> None:
    """None is forgotten."""
    assert {path.name.partition("-")[0] for path in FILES} >= set(VECTORS)


def test_every_comparer_and_every_action_has_a_case() -> None:
    """Taken from the tables of the code, so that a new comparer or action needs its case."""
    rows = {row for path in FILES for row in document_in(path).get("rows", [])}
    comparers = {"String": StringComparer, "Date": DateComparer}
    wanted = {f"4.2 {kind} {pascal_case(member)}" for kind, enum in comparers.items() for member in enum}
    wanted |= {f"4.2 {pascal_case(member)}" for member in ValidComparer}
    wanted |= {f"5.2 {name.removesuffix('TransformerAction')}" for name in CLASSES if CLASSES[name].kind is Kind.ACTION}
    wanted |= {f"5.2 Custom {name}" for name in CUSTOM_TRANSFORMERS}
    assert set() == {row for row in wanted if not any(f"{proved} ".startswith(f"{row} ") for proved in rows)}


def test_every_message_type_and_every_option_has_a_case() -> None:
    """Taken from the tables of the code, so that a new type or option needs its case."""
    rows = {row for path in FILES for row in document_in(path).get("rows", [])}
    accesses = ("get", "set value", "set structure")
    whole = SUPPORTED_MESSAGE_TYPES - PATH_KINDS
    wanted = {f"6.6 {kind.name} {access}" for kind in whole for access in accesses}
    wanted |= {f"6.6 {kind.name}" for kind in SUPPORTED_MESSAGE_TYPES & PATH_KINDS}
    options = (name for name, support in CLASSES.items() if support.kind is Kind.OPTIONS)
    wanted |= {f"7 {name} {field}" for name in options for field in CLASSES[name].fields}
    assert set() == wanted - rows


def test_every_value_of_every_switch_has_a_case() -> None:
    """Taken from the table of switches; what a workflow is refused for counts too."""
    chosen = [
        said.get("compatibility", {})
        for path in FILES
        for document in [document_in(path)]
        for said in [document, *document.get("cases", [])]
    ]
    proved = {(name, one) for said in chosen for name, value in said.items() for one in _values(value)}
    assert set() == {(switch.name, str(value)) for switch in SWITCHES for value in switch.values} - proved


def _values(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def pascal_case(member: IntEnum) -> str:
    """Return the member's name as workflow files spell it."""
    return "".join(word.capitalize() for word in member.name.split("_"))


# --- running one file ----------------------------------------------------------------------------------------------


async def run_file(path: Path, folder: Path) -> None:
    """Run every case of the file at *path*, each with an empty folder. Raises Unmet."""
    document = document_in(path)
    options = ListenerOptions(bind_address="127.0.0.1", listen_ports={port_of(document): 0}, files_roots=[folder])
    listener = Listener(options)
    await listener.start()
    try:
        if "refused" in document:
            await run_refused(listener, document)
        for number, case in enumerate(document.get("cases", []), start=1):
            place = folder / str(number)
            place.mkdir()
            async with stub_server(replies_of(case["expect"].get("stub", {}))) as stub:
                filled_in = filled(document["workflow"], place, stub.url)
                options = options_in(document, case)
                await run_case(
                    listener, filled_in, resources_in(document), options, port_of(document), case, place, stub
                )
    finally:
        await listener.drain(lag_s=0, grace_s=EVENTUALLY_S)


def document_in(path: Path) -> dict[str, Any]:
    """Return the one document of the file at *path*."""
    [document] = load_documents(path.read_text())
    return dict(document)


def served_receiver(workflow: object, resources: Resources, options: ReceiverOptions) -> ServedReceiver:
    """Return the receiver of a case as the listener is told of it."""
    text = json.dumps(workflow)
    return ServedReceiver(name="default/case", generation=1, workflow=text, resources=resources, options=options)


def options_in(document: Mapping[str, Any], case: Mapping[str, Any]) -> ReceiverOptions:
    """Return what the file, or one case of it, says of `compatibility`."""
    switches = document.get("compatibility", {}) | case.get("compatibility", {})
    options, problems = read_options({"compatibility": switches})
    equal("problems of compatibility", (), problems)
    return options


def resources_in(document: Mapping[str, Any]) -> Resources:
    """Return what the host of the file offers."""
    tables = [read_table(name, text) for name, text in document.get("tables", {}).items()]
    overrides = [read_override(name, text) for name, text in document.get("code_overrides", {}).items()]
    return resources_of(document.get("global_variables", {}), tables, overrides)


async def run_refused(listener: Listener, document: Mapping[str, Any]) -> None:
    """Offer a workflow that must not be served, and compare the errors it is refused for."""
    served = served_receiver(document["workflow"], resources_in(document), options_in(document, {}))
    endpoint = Endpoint(host="default/default", port=port_of(document), scheme=Scheme.HTTP, receivers=(served,))
    [receiver] = (await listener.apply([endpoint])).receivers
    equal("state", "failed", receiver.state.value)
    errors = [
        {"where": one.where, "code": one.code.value} for one in receiver.problems if one.severity is Severity.ERROR
    ]
    equal("errors", document["refused"], errors)


async def run_case(
    listener: Listener,
    workflow: object,
    resources: Resources,
    options: ReceiverOptions,
    port: int,
    case: Mapping[str, Any],
    place: Path,
    stub: "Stub",
) -> None:
    """Serve *workflow*, send the request of *case*, and compare everything it expects."""
    served = served_receiver(workflow, resources, options)
    endpoint = Endpoint(host="default/default", port=port, scheme=Scheme.HTTP, receivers=(served,))
    [state] = (report := await listener.apply([endpoint])).endpoints
    if report.receivers[0].state != "serving":
        raise Unmet(report.receivers[0].message)
    runs_before = runs(listener)
    status, headers, body = await send(state.url, case["request"])
    expect = case["expect"]
    equal("status", expect["status"], status)
    for name, value in expect.get("headers", {}).items():
        equal(name, value, headers.get(name))
    compare_body(expect, body)
    equal("runs", expect.get("runs", 1), runs(listener) - runs_before)
    for name, content in expect.get("files", {}).items():
        equal(name, content, content_of(place / name))
    for name, content in expect.get("files_base64", {}).items():
        equal(name, content, base64.b64encode((place / name).read_bytes()).decode())
    for name, content in expect.get("files_eventually", {}).items():
        await equal_soon(place / name, content)
    for name in expect.get("files_absent", []):
        equal(name, None, content_of(place / name))
    if "stub" in expect:
        compare_stub(expect["stub"], stub)


async def send(base: str, request: Mapping[str, Any]) -> tuple[int, Mapping[str, str], str]:
    """Send *request* with its path as it is written, and return status, headers and body."""
    in_base64 = request.get("body_base64")
    body = request.get("body", "").encode() if in_base64 is None else base64.b64decode(in_base64)
    url = URL(base.rstrip("/") + request["path"], encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            request["method"],
            url,
            data=body,
            headers=request.get("headers"),
            skip_auto_headers=["Content-Type"],
        ) as response,
    ):
        return response.status, response.headers, (await response.read()).decode()


def compare_body(expect: Mapping[str, Any], body: str) -> None:
    """Compare *body* in the way the case asks for."""
    if "body" in expect:
        equal("body", expect["body"], body)
    if "json" in expect:
        equal("json", expect["json"], json.loads(body))
    if "segment2_prefix" in expect:
        second = body.split("\r")[1]
        equal("segment2_prefix", expect["segment2_prefix"], second[: len(expect["segment2_prefix"])])


def replies_of(stub: Mapping[str, str]) -> bytes:
    """Return the body that the stub answers with."""
    return base64.b64decode(stub["replies_base64"]) if "replies_base64" in stub else stub.get("replies", "").encode()


def compare_stub(expect: Mapping[str, str], stub: "Stub") -> None:
    """Compare the one request that the stub was sent."""
    equal("requests at the stub", 1, len(stub.requests))
    [seen] = stub.requests
    for what, value in expect.items():
        if what.startswith("header "):
            equal(what, value, seen["headers"].get(what.removeprefix("header ")))
        elif what not in ("replies", "replies_base64"):
            equal(what, value, seen[what])


async def equal_soon(path: Path, content: str) -> None:
    """Wait until the file at *path* holds *content*."""
    try:
        async with asyncio.timeout(EVENTUALLY_S):
            while content_of(path) != content:  # noqa: ASYNC110  a file tells nobody that it was written
                await asyncio.sleep(0.01)
    except TimeoutError:
        equal(path.name, content, content_of(path))


def equal(what: str, expected: object, actual: object) -> None:
    """Raise Unmet unless both are equal."""
    if expected != actual:
        raise Unmet(f"{what}: expected {expected!r}, got {actual!r}")


def content_of(path: Path) -> str | None:
    """Return the text of a file, line ends untouched; None when there is none."""
    return path.read_bytes().decode() if path.exists() else None


def runs(listener: Listener) -> float:
    """Return how many runs of the workflow the listener has counted: requests that no health check answered."""
    return sum(
        sample.value
        for family in listener.metrics.collect()
        for sample in family.samples
        if sample.name == "httpreceiver_requests_total" and sample.labels["outcome"] not in ("health", "refused")
    )


def filled(workflow: object, folder: Path, stub_url: str) -> Any:
    """Return *workflow* with ``{TMP}`` and ``{STUB}`` replaced in every text."""
    if isinstance(workflow, str):
        return workflow.replace("{TMP}", str(folder)).replace("{STUB}", stub_url)
    if isinstance(workflow, list):
        return [filled(item, folder, stub_url) for item in workflow]
    if isinstance(workflow, dict):
        return {name: filled(value, folder, stub_url) for name, value in workflow.items()}
    return workflow


def port_of(document: Mapping[str, Any]) -> int:
    """Return the port the workflow asks for; a free one is bound in its place."""
    prepared = prepare_workflow(document["workflow"], resources_in(document))
    return prepared.workflow.receiver.port if prepared.workflow else 8080


# --- the server behind {STUB} --------------------------------------------------------------------------------------


class Stub:
    """A server that always answers the same and keeps what it was sent."""

    def __init__(self, replies: bytes) -> None:
        self.requests: list[dict[str, Any]] = []
        self.url = ""
        self._replies = replies

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Keep the request and reply."""
        body = (await request.read()).decode()
        self.requests.append(
            {"method": request.method, "path": request.path_qs, "body": body, "headers": request.headers}
        )
        return web.Response(body=self._replies)


@asynccontextmanager
async def stub_server(replies: bytes) -> AsyncIterator[Stub]:
    """Run a stub on a free port of loopback."""
    stub = Stub(replies)
    runner = web.ServerRunner(web.Server(stub.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stub.url = "http://127.0.0.1:{1}".format(*runner.addresses[0])
    try:
        yield stub
    finally:
        await runner.cleanup()
