"""`serve --workers`: several processes on one port that nobody can tell from one, except by what survives."""

import asyncio
import hashlib
import json
import os
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from certificates_made import a_pair, client_context, write_pem
from cli_process import ServeProcess
from free_ports import free_ports
from httpreceiver_workflow.resources import code_digest
from listening import a_client, a_stub
from waits import wait_for
from workflow_files import RECEIVER_ID, a_receiver, a_sender, a_writer, object_of, with_actions, with_activities

pytestmark = pytest.mark.load

IN_FLIGHT: Final = 200
DEADLINE_S: Final = 60.0
"""No fact here takes two seconds on an idle machine."""


def write(folder: Path, name: str, *settings: Any) -> Path:
    """Write a workflow the way editors do: whole, then renamed into place."""
    path, new = folder / name, folder / f".{name}.new"
    new.write_text(json.dumps(settings))
    new.replace(path)
    return path


def texts(port: int, answer: str, **members: Any) -> dict[str, Any]:
    """Return a receiver that answers a text at ``/v``."""
    return a_receiver(**{"Port": port, "MessageType": 13, "ResponseMessageTemplate": answer, **members})


def asking(port: int, url: str, answer: str) -> list[dict[str, Any]]:
    """Return a workflow that asks *url* before it answers."""
    sender = a_sender(Server=url, MessageType=13, UseProxy=2)
    return with_activities(sender, Port=port, MessageType=13, ResponseMessageTemplate=answer)


class Served(ServeProcess):
    """`serve --workers`."""

    @property
    def workers(self) -> list[int]:
        """The ids of the worker processes that live now."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children if b".worker\0" in Path(f"/proc/{child}/cmdline").read_bytes()]

    async def text(self, path: str) -> tuple[int, str]:
        """Return what the admin port answers."""
        async with a_client() as client, client.get(self.started["admin"] + path) as answer:
            return answer.status, await answer.text()

    async def metric(self, name: str, **labels: str) -> float:
        """Return the sum of the series *name* that have *labels*."""
        _, text = await self.text("/metrics")
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    async def until_ready(self) -> None:
        """Wait until every worker serves."""
        async with asyncio.timeout(DEADLINE_S):
            while (await self.text("/readyz"))[0] != 200:  # noqa: ASYNC110  a fact of another process
                await asyncio.sleep(0.05)

    async def next_event(self, name: str) -> dict[str, Any]:
        """Return the next result, which must be the event *name*."""
        return await asyncio.to_thread(self.event, name)


def serving(folder: Path, *arguments: str | Path, workers: int = 2) -> Served:
    """Serve *folder* with that many workers."""
    return Served(folder, ".", "--workers", str(workers), *arguments)


async def text_of(client: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    """Return status and text of a GET."""
    async with client.get(url) as answer:
        return answer.status, await answer.text()


async def post_apart(url: str, body: bytes = b"x", **options: Any) -> tuple[int, str]:
    """Return status and text of a POST over a connection of its own, which any worker may get."""
    async with a_client() as client, client.post(url, data=body, **options) as answer:
        return answer.status, await answer.text()


class Load:
    """Requests one after another from several callers, some on new connections: what they were answered."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: Counter[tuple[int, str]] = Counter()
        self.broken: list[aiohttp.ClientError] = []
        self.is_ended = False

    async def _call(self) -> None:
        while not self.is_ended:
            async with aiohttp.ClientSession() as client:
                for _ in range(10):
                    try:
                        self.answers[await text_of(client, self.url)] += 1
                    except aiohttp.ClientError as error:
                        self.broken.append(error)
                    if self.is_ended:
                        break

    async def until_answered(self, count: int) -> None:
        """Wait for *count* more answers."""
        wanted = self.answers.total() + count
        async with asyncio.timeout(DEADLINE_S):
            while self.answers.total() < wanted:  # noqa: ASYNC110  counted by many tasks
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def running(self, callers: int = 8) -> AsyncIterator["Load"]:
        """Call while the block runs."""
        tasks = [asyncio.create_task(self._call()) for _ in range(callers)]
        try:
            yield self
        finally:
            self.is_ended = True
            await asyncio.gather(*tasks)


# --- one server to everybody -----------------------------------------------------------------------------------------


def open_files(process_id: int) -> int:
    """Return how many descriptors a process has."""
    return len(os.listdir(f"/proc/{process_id}/fd"))


def lives(process_id: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{process_id}").exists()


async def test_every_worker_gets_its_share_and_the_admin_port_tells_of_one_server(tmp_path: Path) -> None:
    """Requests are summed over the workers, receivers counted once."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", texts(port, "one"))
    with serving(tmp_path) as served:
        idle = {worker: open_files(worker) for worker in served.workers}
        assert len(idle) == 2
        async with a_client(connector=aiohttp.TCPConnector(limit=0)) as client:
            answers = await asyncio.gather(*(text_of(client, f"http://127.0.0.1:{port}/v") for _ in range(60)))
            assert {(200, "one")} == set(answers)
            assert all(open_files(worker) > files for worker, files in idle.items())
        assert 60 == await served.metric("httpreceiver_requests_total", receiver="default/a")
        assert 60 == await served.metric("httpreceiver_request_duration_seconds_count", receiver="default/a")
        assert 1 == await served.metric("httpreceiver_receivers")
        assert 2 == await served.metric("httpreceiver_workers")
        assert "serving" == json.loads((await served.text("/receivers"))[1])[0]["state"]
        assert f"http://127.0.0.1:{port}/" == json.loads((await served.text("/endpoints"))[1])[0]["url"]
        assert (200, "yes\n") == await served.text("/healthz") == await served.text("/readyz")


def test_a_port_that_others_serve_is_in_use_even_if_they_would_share_it(tmp_path: Path) -> None:
    """Two servers on one port would each get some of the other's requests. It is taken as soon as it is free."""
    [port, *others] = free_ports(3)
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder, other in zip(folders, others, strict=True):
        folder.mkdir()
        write(folder, "a.json", texts(port, "one"))
        write(folder, "b.json", texts(other, "two"))
    with serving(folders[0]) as first, serving(folders[1]) as second:
        row, _ = second.started["receivers"]
        assert ("failed", f"Port {port} cannot be bound: it is in use.") == (row["state"], row["reason"])
        first.interrupt()
        assert 0 == first.wait()
        assert "serving" == second.event("changed")["changed"][0]["state"]


async def test_the_self_signed_certificate_is_one_and_the_client_certificate_is_checked(tmp_path: Path) -> None:
    """By every worker, also while the certificate is made for the first time."""
    [port] = free_ports(1)
    mine, other = a_pair("mine"), a_pair("other")
    rules = {"UseSsl": True, "RequireClientCertificate": True, "ClientCertificateThumbPrint": mine.thumbprint}
    write(tmp_path, "a.json", texts(port, "one", **rules))
    write_pem(mine, tmp_path / "mine.pem")
    write_pem(other, tmp_path / "other.pem")
    url = f"https://localhost:{port}/v"
    with serving(tmp_path, workers=3):
        seen = set()
        for _ in range(30):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_context(None))
            seen.add(hashlib.sha1(writer.get_extra_info("ssl_object").getpeercert(True)).hexdigest())
            writer.close()
        assert 1 == len(seen)
        for pem, status in (("mine.pem", 200), ("other.pem", 403)):
            context = client_context(None, tmp_path / pem)
            assert {status} == {(await post_apart(url, ssl=context))[0] for _ in range(12)}


async def test_a_new_certificate_is_presented_by_every_worker(tmp_path: Path) -> None:
    """Found by its thumbprint when the workflow is edited, with no connection refused."""
    [port] = free_ports(1)
    folder = tmp_path / "certificates"
    folder.mkdir()
    pairs = [a_pair("localhost") for _ in range(2)]
    for number, pair in enumerate(pairs):
        write_pem(pair, folder / f"{number}.pem")
    with serving_certificates(tmp_path, port, pairs[0].thumbprint) as served:
        for pair in pairs:
            write(
                tmp_path,
                "a.json",
                texts(port, "one", UseSsl=True, UseDefaultSSLCertificate=False, CertificateThumbPrint=pair.thumbprint),
            )
            if pair is not pairs[0]:
                await served.next_event("changed")
            context = client_context(pair)
            url = f"https://localhost:{port}/v"
            assert {(200, "one")} == {await post_apart(url, ssl=context) for _ in range(20)}


def serving_certificates(folder: Path, port: int, thumbprint: str) -> Served:
    """Serve a receiver with the certificate of that thumbprint."""
    write(
        folder,
        "a.json",
        texts(port, "one", UseSsl=True, UseDefaultSSLCertificate=False, CertificateThumbPrint=thumbprint),
    )
    return serving(folder, "--certificates", "certificates")


# --- changes ---------------------------------------------------------------------------------------------------------


async def test_200_requests_in_flight_survive_an_edit(tmp_path: Path) -> None:
    """On every worker each finishes on the version it began with; once the edit is told, all answer the new one."""
    [port] = free_ports(1)
    async with a_stub(backlog=2 * IN_FLIGHT) as stub:
        stub.gate.clear()
        write(tmp_path, "a.json", *asking(port, stub.url, "old"))
        with serving(tmp_path) as served:
            url = f"http://127.0.0.1:{port}/v"
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
                pending = [asyncio.create_task(text_of(client, url)) for _ in range(IN_FLIGHT)]
                async with asyncio.timeout(DEADLINE_S):
                    while len(stub.bodies) < IN_FLIGHT:  # noqa: ASYNC110  counted by the stub
                        await asyncio.sleep(0.01)
                write(tmp_path, "a.json", texts(port, "new"))
                await served.next_event("changed")
                assert {(200, "new")} == {await post_apart(url) for _ in range(20)}
                stub.gate.set()
                assert [(200, "old")] * IN_FLIGHT == await asyncio.gather(*pending)


async def test_no_request_fails_while_files_come_change_and_go(tmp_path: Path) -> None:
    """Under a steady load on old and new connections."""
    [port, other] = free_ports(2)
    write(tmp_path, "a.json", texts(port, "one"))
    with serving(tmp_path) as served:
        async with Load(f"http://127.0.0.1:{port}/v").running() as load:
            for number in range(4):
                write(tmp_path, "a.json", texts(port, f"version {number}"))
                await served.next_event("changed")
                beside = write(tmp_path, "b.json", texts(other, "beside"))
                await served.next_event("changed")
                assert (200, "beside") == await post_apart(f"http://127.0.0.1:{other}/v")
                beside.unlink()
                await served.next_event("changed")
                await load.until_answered(20)
                assert await asyncio.to_thread(is_refused, other)
        assert (Counter(), {200}) == (Counter(load.broken), {status for status, _ in load.answers})


def is_refused(port: int) -> bool:
    """Whether nobody accepts connections on *port*; a socket that only the parent holds would let callers wait."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


# --- what is counted together ----------------------------------------------------------------------------------------


async def test_lines_of_one_file_are_whole_and_its_moves_are_counted_over_all_workers(tmp_path: Path) -> None:
    """200 messages at a time: seven full files of 30, and the rest when the server ends."""
    [port] = free_ports(1)
    moves = {"MoveIntoDirectoryOnComplete": True, "DirectoryToMoveInto": "done", "MaxRecordsPerFile": 30}
    writer = a_writer(MessageTemplate=f"${{{RECEIVER_ID} inbound}}", FilePathToWrite="in/out.txt", **moves)
    write(tmp_path, "a.json", *with_activities(writer, Port=port, MessageType=13, ResponseMessageTemplate="ok"))
    with serving(tmp_path, "--files-root", tmp_path) as served:
        bodies = [bytes([65 + number % 26]) * 3000 + b"%03d" % number for number in range(220)]
        answers = await asyncio.gather(*(post_apart(f"http://127.0.0.1:{port}/v", body) for body in bodies))
        assert {200} == {status for status, _ in answers}
        assert 7 == len(list((tmp_path / "done").iterdir()))
        served.interrupt()
        assert 0 == served.wait()
    files = [path.read_bytes().split() for path in (tmp_path / "done").iterdir()]
    assert [10, *[30] * 7] == sorted(map(len, files))
    assert sorted(bodies) == sorted(line for lines in files for line in lines)


async def test_rows_of_a_data_table_are_dealt_over_all_workers(tmp_path: Path) -> None:
    """Each row as often as any other, whoever answers."""
    [port] = free_ports(1)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "People.csv").write_text("Name\n" + "".join(f"name{number}\n" for number in range(10)))
    write(tmp_path, "a.json", texts(port, "${DATATABLE>People.Name}"))
    with serving(tmp_path, "--tables", "tables"):
        url = f"http://127.0.0.1:{port}/v"
        answers = Counter(await asyncio.gather(*(post_apart(url) for _ in range(60))))
    assert {(200, f"name{number}"): 6 for number in range(10)} == answers


# --- a worker ends ---------------------------------------------------------------------------------------------------


async def test_a_killed_worker_loses_what_was_in_flight_on_it_and_nothing_else(tmp_path: Path) -> None:
    """New connections wait for its successor; the metrics never go back; the user is told."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", texts(port, "one"))
    with serving(tmp_path) as served:
        async with Load(f"http://127.0.0.1:{port}/v").running() as load:
            await load.until_answered(200)
            before = await served.metric("httpreceiver_requests_total")
            [victim, survivor] = served.workers
            os.kill(victim, signal.SIGKILL)
            assert f"(process {victim}) ended by SIGKILL" in await asyncio.to_thread(served.complaint)
            assert before <= await served.metric("httpreceiver_requests_total")
            await served.until_ready()
            in_flight = len(load.broken)
            await load.until_answered(200)
            assert in_flight == len(load.broken) <= 8
        assert {(200, "one")} == set(load.answers)
        assert 1 == await served.metric("httpreceiver_workers_replaced_total")
        workers = served.workers
        assert survivor in workers
        assert victim not in workers
        assert before + 200 <= await served.metric("httpreceiver_requests_total")


async def test_a_connection_that_comes_while_a_worker_is_replaced_is_answered(tmp_path: Path) -> None:
    """The parent holds the port: even with every worker dead nobody is refused."""
    [port] = free_ports(1)
    write(tmp_path, "a.json", texts(port, "one"))
    with serving(tmp_path) as served:
        for worker in served.workers:
            os.kill(worker, signal.SIGKILL)
        answers = [post_apart(f"http://127.0.0.1:{port}/v") for _ in range(20)]
        async with asyncio.timeout(DEADLINE_S):
            assert [(200, "one")] * 20 == await asyncio.gather(*answers)


async def test_a_successor_serves_the_last_good_version_as_the_others_do(tmp_path: Path) -> None:
    """Code that cannot be loaded leaves the last good one; a worker that begins afterwards must have it too."""
    [port] = free_ports(1)
    code = 'SetVariable("x", "1");'
    action = object_of("CodeTransformerAction", Code=code)
    folder = tmp_path / "code"
    folder.mkdir()
    override = folder / f"{code_digest(code)}.py"
    override.write_text("def run(context):\n    context.set_variable('x', 'good')\n")
    workflow = with_actions(action, Port=port, MessageType=13, ResponseMessageTemplate="${x}")
    write(tmp_path, "a.json", *workflow)
    url = f"http://127.0.0.1:{port}/v"
    with serving(tmp_path, "--code-overrides", "code") as served:
        override.write_text("import nothing_of_that_name\n\ndef run(context):\n    pass\n")
        assert "stale" == (await served.next_event("changed"))["changed"][0]["state"]
        for worker in served.workers:
            os.kill(worker, signal.SIGKILL)
        async with asyncio.timeout(DEADLINE_S):
            assert {(200, "good")} == set(await asyncio.gather(*(post_apart(url) for _ in range(20))))
        assert "stale" == json.loads((await served.text("/receivers"))[1])[0]["state"]


async def test_workers_end_by_themselves_when_their_parent_is_gone(tmp_path: Path) -> None:
    """What was in flight is finished first, and the port is free at once."""
    [port] = free_ports(1)
    async with a_stub() as stub:
        stub.gate.clear()
        write(tmp_path, "a.json", *asking(port, stub.url, "done"))
        with serving(tmp_path) as served:
            workers = served.workers
            pending = asyncio.create_task(post_apart(f"http://127.0.0.1:{port}/v"))
            async with asyncio.timeout(DEADLINE_S):
                while not stub.bodies:  # noqa: ASYNC110  counted by the stub
                    await asyncio.sleep(0.01)
            served.process.kill()
            await asyncio.to_thread(wait_for, lambda: is_refused(port), "the port is closed")
            stub.gate.set()
            assert (200, "done") == await pending
            await asyncio.to_thread(wait_for, lambda: not any(map(lives, workers)), "the workers end")


# --- the end ---------------------------------------------------------------------------------------------------------


async def test_sigterm_finishes_what_has_begun_on_every_worker(tmp_path: Path) -> None:
    """Each of 200 requests in flight gets its answer, then the process ends with 0 and no worker is left."""
    [port] = free_ports(1)
    async with a_stub(backlog=2 * IN_FLIGHT) as stub:
        stub.gate.clear()
        write(tmp_path, "a.json", *asking(port, stub.url, "done"))
        with serving(tmp_path) as served:
            workers = served.workers
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
                url = f"http://127.0.0.1:{port}/v"
                pending = [asyncio.create_task(text_of(client, url)) for _ in range(IN_FLIGHT)]
                async with asyncio.timeout(DEADLINE_S):
                    while len(stub.bodies) < IN_FLIGHT:  # noqa: ASYNC110  counted by the stub
                        await asyncio.sleep(0.01)
                served.process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(wait_for, lambda: is_refused(port), "the port is closed")
                stub.gate.set()
                assert [(200, "done")] * IN_FLIGHT == await asyncio.gather(*pending)
            assert {"event": "stopped", "unfinished": 0} == await served.next_event("stopped")
            assert 0 == await asyncio.to_thread(served.wait)
            assert not any(lives(worker) for worker in workers)


async def test_a_second_ctrl_c_quits_at_once(tmp_path: Path) -> None:
    """The workers too, whatever is still being answered."""
    [port] = free_ports(1)
    async with a_stub() as stub:
        stub.gate.clear()
        write(tmp_path, "a.json", *asking(port, stub.url, "never"))
        with serving(tmp_path) as served:
            workers = served.workers
            pending = asyncio.create_task(post_apart(f"http://127.0.0.1:{port}/v"))
            async with asyncio.timeout(DEADLINE_S):
                while not stub.bodies:  # noqa: ASYNC110  counted by the stub
                    await asyncio.sleep(0.01)
            served.interrupt()
            await asyncio.to_thread(wait_for, lambda: is_refused(port), "the port is closed")
            served.interrupt()
            assert 130 == await asyncio.to_thread(served.wait)
            with pytest.raises(aiohttp.ClientConnectionError):
                await pending
            await asyncio.to_thread(wait_for, lambda: not any(map(lives, workers)), "the workers end")
