"""`serve` as a process: what it tells, what it answers, and that nothing is lost on the way."""

import asyncio
import json
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web

from cli_process import COMMAND, ServeProcess, run_cli
from collector import a_collector
from free_ports import free_ports

RECEIVER: Final = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"
SENDER: Final = "HL7Soup.Functions.Settings.Senders.HttpSenderSetting, HL7SoupWorkflow"
IN_FLIGHT: Final = 200


def receiver(port: int, path: str = "a", answer: str = "one", **fields: Any) -> dict[str, Any]:
    """Return a receiver that answers a text."""
    return {
        "$type": RECEIVER,
        "Id": "00000000-0000-0000-0000-0000000000a1",
        "Name": path,
        "MessageType": 13,
        "ServiceName": path,
        "Port": port,
        "ResponseMessageTemplate": answer,
    } | fields


def write(folder: Path, name: str, content: object) -> Path:
    """Write *content* as JSON the way editors do: whole, then renamed into place."""
    path, new = folder / name, folder / f".{name}.new"
    new.write_text(json.dumps(content))
    new.replace(path)
    return path


def rows(event: dict[str, Any], group: str = "receivers") -> dict[str, dict[str, Any]]:
    """Return the rows of an event by receiver."""
    return {row["name"]: row for row in event[group]}


async def get(url: str) -> tuple[int, str]:
    """Return status and text of a GET."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


# --- what is told ----------------------------------------------------------------------------------------------------


async def test_a_manifest_with_routes_is_served_as_it_says(tmp_path: Path) -> None:
    """Two receivers of one path by method, a template, a hostname, and pages of another origin."""
    [port] = free_ports(1)
    routes: dict[str, dict[str, Any]] = {
        "read": {"route": {"path": "beds/{bed}", "methods": ["GET"]}},
        "write": {"route": {"path": "beds/{bed}", "methods": ["PUT"]}, "cors": {"allowOrigins": ["*"]}},
        "lab": {"route": {"hostnames": ["lab.test"]}},
    }
    for name, said in routes.items():
        spec = {**said, "workflow": receiver(port, "wards", name)}
        manifest = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": name}}
        write(tmp_path, f"{name}.json", manifest | {"spec": spec})
    with ServeProcess(tmp_path) as served:
        shown = rows(served.started)
        url = f"http://127.0.0.1:{port}/wards"
        assert (shown["read"]["url"], shown["read"]["methods"]) == (f"{url}/beds/{{bed}}", ["GET"])
        assert await get(f"{url}/beds/7") == (200, "read")
        async with aiohttp.ClientSession() as session:
            async with session.put(f"{url}/beds/7") as answer:
                assert (await answer.text(), answer.headers["Access-Control-Allow-Origin"]) == ("write", "*")
            async with session.delete(f"{url}/beds/7") as answer:
                assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, PUT")
            async with session.delete(f"{url}/beds/7", headers={"Host": "lab.test"}) as answer:
                assert await answer.text() == "lab"


async def test_a_file_is_served_where_it_says(tmp_path: Path) -> None:
    """Name, URL, type, state and reason; and the URL answers."""
    [port] = free_ports(1)
    write(tmp_path, "Patient API.json", receiver(port, "api/a"))
    with ServeProcess(tmp_path) as served:
        [row] = served.started["receivers"]
        assert row == {
            "name": "patient-api",
            "url": f"http://127.0.0.1:{port}/api/a/",
            "message_type": "Text",
            "state": "serving",
            "reason": "",
            "file": "Patient API.json",
            "generation": 1,
            "methods": [],
        }
        assert await get(row["url"]) == (200, "one")
        assert (await get(f"{served.started['admin']}/readyz"))[0] == 200


def test_the_conflict_names_both_and_what_to_change(tmp_path: Path) -> None:
    """Two files ask for one address: the first by name gets it, the other is told by whom it is taken."""
    [port] = free_ports(1)
    write(tmp_path, "first.json", receiver(port))
    write(tmp_path, "second.json", receiver(port))
    with ServeProcess(tmp_path) as served:
        found = rows(served.started)
        assert found["first"]["state"] == "serving"
        assert found["second"]["state"] == "conflicted"
        assert f"Port {port}" in found["second"]["reason"]
        assert "default/first" in found["second"]["reason"]
        assert "change Port, ServiceName or route" in found["second"]["reason"]


async def test_the_loser_takes_over_when_the_winner_goes(tmp_path: Path) -> None:
    """Without a restart, and the newcomer does not push out who serves already."""
    [port] = free_ports(1)
    write(tmp_path, "second.json", receiver(port, answer="second"))
    with ServeProcess(tmp_path) as served:
        first = write(tmp_path, "first.json", receiver(port, answer="first"))
        assert rows(served.event("changed"), "added")["first"]["state"] == "conflicted"
        assert await get(f"http://127.0.0.1:{port}/a") == (200, "second")
        (tmp_path / "second.json").unlink()
        event = served.event("changed")
        assert rows(event, "changed")["first"]["state"] == "serving"
        assert list(rows(event, "removed")) == ["second"]
        assert await get(f"http://127.0.0.1:{port}/a") == (200, "first")
        assert first.exists()


def test_two_hosts_on_one_port_are_told_that_this_is_one_machine(tmp_path: Path) -> None:
    """A cluster would serve both, each on an address of its own."""
    [port] = free_ports(1)
    for name, host in (("a", "blue"), ("b", "green")):
        manifest = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": name}}
        write(tmp_path, f"{name}.json", manifest | {"spec": {"host": host, "workflow": receiver(port, name)}})
    with ServeProcess(tmp_path) as served:
        found = rows(served.started)
        assert [found["a"]["state"], found["b"]["state"]] == ["serving", "conflicted"]
        assert "default/blue" in found["b"]["reason"]
        assert "default/green" in found["b"]["reason"]


def test_a_busy_port_is_one_clear_reason_and_the_rest_is_served(tmp_path: Path) -> None:
    """And the receiver is served as soon as the port is free."""
    [other] = free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]
        write(tmp_path, "busy.json", receiver(port))
        write(tmp_path, "free.json", receiver(other))
        with ServeProcess(tmp_path) as served:
            found = rows(served.started)
            assert found["free"]["state"] == "serving"
            assert (found["busy"]["state"], found["busy"]["reason"]) == (
                "failed",
                f"Port {port} cannot be bound: it is in use.",
            )
            occupied.close()
            assert rows(served.event("changed"), "changed")["busy"]["state"] == "serving"


def test_a_busy_admin_port_keeps_nothing_from_being_served(tmp_path: Path) -> None:
    """One line says what is missing and which option chooses another."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", receiver(port))
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        busy = occupied.getsockname()[1]
        with ServeProcess(tmp_path, "--admin-port", str(busy)) as served:
            assert rows(served.started)["a"]["state"] == "serving"
            assert served.started["admin"] == ""
            assert served.complaint() == (
                f"httpreceiver: admin port {busy} is in use: serving without health and metrics; see --admin-port"
            )


def test_what_cannot_be_served_says_why(tmp_path: Path) -> None:
    """A suspended and a disabled receiver, a mistake, a missing Secret, beside one that is served."""
    ports = free_ports(5)
    write(tmp_path, "fine.json", receiver(ports[0]))
    write(tmp_path, "disabled.json", receiver(ports[1], Disabled=True))
    write(tmp_path, "mistaken.json", receiver(ports[2], ResponsePriority=9, ReponsePriority=9))
    manifest = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver"}
    suspended = {"metadata": {"name": "suspended"}, "spec": {"workflow": receiver(ports[3]), "suspend": True}}
    lost = {"metadata": {"name": "lost"}, "spec": {"workflowFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}}
    write(tmp_path, "suspended.json", manifest | suspended)
    write(tmp_path, "lost.json", manifest | lost)
    with ServeProcess(tmp_path) as served:
        found = {name: (row["state"], row["reason"]) for name, row in rows(served.started).items()}
    assert found["fine"] == ("serving", "")
    assert found["disabled"][0] == "disabled"
    assert found["suspended"][0] == "suspended"
    assert found["lost"] == ("unresolved", "Secret default/s of workflowFrom does not exist.")
    assert found["mistaken"][0] == "invalid"
    assert "$.ReponsePriority" in found["mistaken"][1]


@pytest.mark.parametrize(
    ("name", "content", "code", "line"),
    [
        ("nothing.txt", "", 2, "httpreceiver: .: the folder holds no workflow and no manifest"),
        ("bad.json", "{", 1, "httpreceiver: nothing can be served"),
    ],
)
def test_nothing_to_serve_ends_at_once(tmp_path: Path, name: str, content: str, code: int, line: str) -> None:
    """With the reason, and not by waiting for requests that nobody answers."""
    (tmp_path / name).write_text(content)
    result = run_cli("serve", ".", "--admin-port", "0", cwd=tmp_path)
    assert result.returncode == code
    assert result.stderr.splitlines()[-1].startswith(line)


def test_a_missing_path_is_wrong_usage(tmp_path: Path) -> None:
    """Also beside one that is there: the caller meant another file."""
    write(tmp_path, "a.json", receiver(free_ports(1)[0]))
    result = run_cli("serve", "a.json", "b.json", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "httpreceiver: b.json: there is no such file or folder\n"


# --- changes ---------------------------------------------------------------------------------------------------------


async def test_an_edit_is_served_and_told(tmp_path: Path) -> None:
    """Also of a file that was named by itself and is replaced whole."""
    [port] = free_ports(1)
    path = write(tmp_path, "a.json", receiver(port))
    with ServeProcess(tmp_path, "a.json") as served:
        write(tmp_path, "a.json", receiver(port, answer="two"))
        assert rows(served.event("changed"), "changed")["a"]["generation"] == 2
        assert await get(f"http://127.0.0.1:{port}/a") == (200, "two")
        path.write_text(json.dumps(receiver(port, "b", "three")))
        assert rows(served.event("changed"), "changed")["a"]["url"] == f"http://127.0.0.1:{port}/b/"
        assert await get(f"http://127.0.0.1:{port}/b") == (200, "three")


@pytest.mark.parametrize("broken", ["{", "[]", ""])
async def test_an_edit_with_a_mistake_leaves_the_last_good_version(tmp_path: Path, broken: str) -> None:
    """A half-saved or broken file takes nobody off the network; the mistake is told."""
    [port] = free_ports(1)
    path = write(tmp_path, "a.json", receiver(port))
    with ServeProcess(tmp_path) as served:
        path.write_text(broken)
        row = rows(served.event("changed"), "changed")["a"]
        assert row["state"] == "stale"
        assert row["reason"].startswith("The last good version is served. ")
        assert await get(f"http://127.0.0.1:{port}/a") == (200, "one")
        write(tmp_path, "a.json", receiver(port, answer="mended"))
        assert rows(served.event("changed"), "changed")["a"]["state"] == "serving"
        assert await get(f"http://127.0.0.1:{port}/a") == (200, "mended")


@pytest.mark.parametrize("broken", ["a: [", "", "kind: HttpReceiver\nmetadata: {name: a}\nspec: {wrong: 1}\n"])
async def test_a_broken_manifest_leaves_its_receivers(tmp_path: Path, broken: str) -> None:
    """What was read from it before holds, and the complaint names the file."""
    [port] = free_ports(1)
    manifest = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": "a"}}
    path = write(tmp_path, "a.yaml", manifest | {"spec": {"workflow": receiver(port)}})
    with ServeProcess(tmp_path) as served:
        path.write_text(broken)
        assert served.complaint().startswith("httpreceiver: a.yaml: ")
        assert await get(f"http://127.0.0.1:{port}/a") == (200, "one")


@asynccontextmanager
async def holding_stub() -> AsyncIterator[tuple[str, asyncio.Semaphore, asyncio.Event]]:
    """A server that keeps every request until released: its URL, what counts arrivals, what releases."""
    arrivals, release = asyncio.Semaphore(0), asyncio.Event()

    async def hold(_: web.BaseRequest) -> web.Response:
        arrivals.release()
        await release.wait()
        return web.Response(text="held")

    runner = web.ServerRunner(web.Server(hold))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2 * IN_FLIGHT).start()
    try:
        yield "http://127.0.0.1:{1}/".format(*runner.addresses[0]), arrivals, release
    finally:
        release.set()
        await runner.cleanup()


def forwarding(port: int, url: str, answer: str) -> list[dict[str, Any]]:
    """Return a workflow that asks *url* before it answers."""
    activity = "00000000-0000-0000-0000-0000000000b1"
    sender = {"$type": SENDER, "Id": activity, "Name": "ask", "Server": url, "UseProxy": 2, "MessageType": 13}
    return [receiver(port, answer=answer, Activities=[activity]), sender]


async def test_200_requests_in_flight_survive_an_edit(tmp_path: Path) -> None:
    """Each finishes on the version it began with, while new requests get the new one."""
    [port] = free_ports(1)
    async with holding_stub() as (stub, arrivals, release):
        write(tmp_path, "a.json", forwarding(port, stub, "old"))
        with ServeProcess(tmp_path) as served:
            url = f"http://127.0.0.1:{port}/a"
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                pending = [asyncio.create_task(text_of(session, url)) for _ in range(IN_FLIGHT)]
                for _ in range(IN_FLIGHT):
                    await arrivals.acquire()
                write(tmp_path, "a.json", receiver(port, answer="new"))
                await asyncio.to_thread(served.event, "changed")
                assert await text_of(session, url) == (200, "new")
                release.set()
                assert await asyncio.gather(*pending) == [(200, "old")] * IN_FLIGHT


async def test_no_request_fails_while_files_come_change_and_go(tmp_path: Path) -> None:
    """Under a steady load, through every kind of change of the port's receivers."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", receiver(port))
    with ServeProcess(tmp_path) as served:
        ended = asyncio.Event()
        load = [asyncio.create_task(statuses_until(ended, f"http://127.0.0.1:{port}/a")) for _ in range(8)]
        for number in range(5):
            write(tmp_path, "a.json", receiver(port, answer=f"version {number}"))
            await asyncio.to_thread(served.event, "changed")
            other = write(tmp_path, "b.json", receiver(port, "b"))
            await asyncio.to_thread(served.event, "changed")
            other.unlink()
            await asyncio.to_thread(served.event, "changed")
        ended.set()
        counts = await asyncio.gather(*load)
    assert all(seen == {200} for seen in counts)


async def text_of(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    """Return status and text of a GET over *session*."""
    async with session.get(url) as response:
        return response.status, await response.text()


async def statuses_until(ended: asyncio.Event, url: str) -> set[int]:
    """Send one request after another, some on new connections, until *ended*; return the statuses seen."""
    seen = set()
    while not ended.is_set():
        async with aiohttp.ClientSession() as session:
            for _ in range(10):
                seen.add((await text_of(session, url))[0])
    return seen


# --- the end ---------------------------------------------------------------------------------------------------------


async def test_ctrl_c_finishes_what_has_begun(tmp_path: Path) -> None:
    """The request that is being answered gets its answer, then the process ends with 0."""
    [port] = free_ports(1)
    async with holding_stub() as (stub, arrivals, release):
        write(tmp_path, "a.json", forwarding(port, stub, "done"))
        with ServeProcess(tmp_path) as served:
            pending = asyncio.create_task(get(f"http://127.0.0.1:{port}/a"))
            await arrivals.acquire()
            served.interrupt()
            while not await asyncio.to_thread(is_closed, port):
                assert served.process.poll() is None
            release.set()
            assert await pending == (200, "done")
            assert await asyncio.to_thread(served.event, "stopped") == {"event": "stopped", "unfinished": 0}
            assert await asyncio.to_thread(served.wait) == 0


async def test_a_second_ctrl_c_quits_at_once(tmp_path: Path) -> None:
    """Whatever is still being answered."""
    [port] = free_ports(1)
    async with holding_stub() as (stub, arrivals, _):
        write(tmp_path, "a.json", forwarding(port, stub, "never"))
        with ServeProcess(tmp_path) as served:
            pending = asyncio.create_task(get(f"http://127.0.0.1:{port}/a"))
            await arrivals.acquire()
            served.interrupt()
            while not await asyncio.to_thread(is_closed, port):
                assert served.process.poll() is None
            served.interrupt()
            assert await asyncio.to_thread(served.wait) == 130
            with pytest.raises(aiohttp.ClientConnectionError):
                await pending


def is_closed(port: int) -> bool:
    """Whether nobody accepts connections on *port*."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


# --- for people's eyes -----------------------------------------------------------------------------------------------


def test_a_terminal_sees_a_table_and_a_request_to_try(tmp_path: Path) -> None:
    """Results on standard output, the access log on standard error, nothing else."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", receiver(port, ReceivedMessageTemplate="it's me"))
    command = ["serve", "a.json", "--admin-port", "0", "--state-dir", ".state"]

    with subprocess.Popen(
        [*COMMAND, *command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            lines: list[str] = []
            while not lines or not lines[-1].startswith("Try: "):
                lines.append(process.stdout.readline().rstrip("\n"))
            tried = subprocess.run(
                ["sh", "-c", lines[-1].removeprefix("Try: ") + " --silent"], capture_output=True, text=True, check=True
            )
            logged = process.stderr.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert lines[0].split() == ["NAME", "URL", "TYPE", "STATE", "REASON"]
    assert lines[1].split() == ["a", f"http://127.0.0.1:{port}/a/", "Text", "serving", "-"]
    assert tried.stdout == "one"
    assert " POST /a/ 200 " in logged


@pytest.mark.parametrize("workers", [1, 2])
async def test_queries_are_logged_when_asked_for_and_secrets_are_masked(tmp_path: Path, workers: int) -> None:
    """Also with several processes, whose lines are one log."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", receiver(port))
    arguments = ("--workers", str(workers), "--log", "json", "--log-query", "--log-mask", "mrn")
    with ServeProcess(tmp_path, *arguments) as served:
        assert await get(f"http://127.0.0.1:{port}/a/?ward=3&mrn=4711&api_key=k") == (200, "one")
        line = next(entry for entry in map(json.loads, served.complaint_lines()) if "status" in entry)

    assert line["query"] == "ward=3&mrn=******&api_key=******"


@pytest.mark.parametrize("workers", [1, 2])
async def test_every_request_is_a_span_where_the_environment_names_a_collector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """Each process sends its own, the last ones when it ends."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", receiver(port))
    async with a_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with ServeProcess(tmp_path, "--workers", str(workers)) as served:
            for _ in range(20):
                assert await get(f"http://127.0.0.1:{port}/a/") == (200, "one")
            served.interrupt()
            assert await asyncio.to_thread(served.wait) == 0

    assert len(collector.named("GET /a/*")) == 20
    instances = {span.resource["service.instance.id"] for span in collector.spans}
    assert len(instances) <= workers


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_request_with_a_token_is_recorded(tmp_path: Path, workers: int) -> None:
    """Also with several processes, each of which reads the tokens."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", receiver(port))
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "anna").write_text("a-token-of-sixteen-bytes\n")
    arguments = ("--workers", str(workers), "--log", "json", "--debug-tokens", tmp_path / "tokens", "a.json")
    with ServeProcess(tmp_path, *arguments) as served:
        headers = {"X-Httpreceiver-Debug": "a-token-of-sixteen-bytes"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/a/", headers=headers) as one,
        ):
            assert (one.status, await one.text()) == (200, "one")
        record = next(one for one in map(json.loads, served.complaint_lines()) if one.get("event") == "debug")["fields"]

    assert (record["by"], record["receiver"]) == ("anna", "default/a")
    assert [event["event"] for event in record["events"]][-2:] == ["Responded", "Ended"]


async def test_it_serves_and_stops_when_nobody_reads_its_output(tmp_path: Path) -> None:
    """`httpreceiver serve . | head -1` goes on serving, and SIGTERM still ends it."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", receiver(port))
    command = [*COMMAND, "serve", "a.json", "--admin-port", "0", "--state-dir", ".state"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: ASYNC220
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline().startswith(b"NAME")
            process.stdout.close()
            process.stderr.close()
            url = f"http://127.0.0.1:{port}/a/"
            assert await get(url) == (200, "one")
            write(tmp_path, "a.json", receiver(port, answer="two"))
            async with asyncio.timeout(30):
                while await get(url) != (200, "two"):  # noqa: ASYNC110  a fact of another process
                    await asyncio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
