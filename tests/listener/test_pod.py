"""The pod's command as a process of its own, with the mounts and signals a cluster gives it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from certificates_made import a_pair, client_context, write_tls_folder
from listening import (
    DEADLINE_S,
    a_client,
    a_request,
    a_served,
    a_stub,
    exchange,
    forwarding,
    status_of,
    until,
)
from mounted import mount
from pod_process import START_S, a_pod


async def test_a_swapped_mount_is_served_within_seconds_without_a_restart(tmp_path: Path) -> None:
    mount(tmp_path, a_served())
    async with a_pod(tmp_path) as pod:
        assert status_of(await exchange(pod.port, a_request(headers=["Connection: close"]))) == 200
        mount(tmp_path, a_served(generation=2, ServiceName="new"))
        await pod.until_generation(2)
        assert status_of(await exchange(pod.port, a_request("/new", headers=["Connection: close"]))) == 200
        code, lines, err = await pod.end()

    assert (code, err) == (0, "")
    assert [line["path"] for line in lines if "status" in line] == ["/v", "/new"]


async def test_https_with_the_mounted_certificate(tmp_path: Path) -> None:
    pair = a_pair("localhost")
    write_tls_folder(pair, tmp_path / "tls")
    mount(tmp_path / "0", a_served(UseSsl=True))
    async with a_pod(tmp_path / "0", "--scheme=https", f"--tls-dir={tmp_path}/tls") as pod, a_client() as client:
        url = f"https://localhost:{pod.port}/v"
        async with client.post(url, data=b"{}", ssl=client_context(pair)) as answer:
            assert answer.status == 200
        code, _, err = await pod.end()

    assert (code, err) == (0, "")


async def test_sigterm_finishes_what_is_in_flight_and_in_the_background_and_exits_0(tmp_path: Path) -> None:
    async with a_stub() as slow, a_stub() as later:
        early = forwarding(later.url, ReponsePriority=0, ServiceName="early")
        mount(tmp_path, forwarding(slow.url), early.__class__(name="team/b", generation=1, workflow=early.workflow))
        slow.gate.clear()
        later.gate.clear()
        async with a_pod(tmp_path) as pod:
            in_flight = [asyncio.ensure_future(exchange(pod.port, a_request())) for _ in range(50)]
            answered = await asyncio.gather(
                *(exchange(pod.port, a_request("/early", headers=["Connection: close"])) for _ in range(50))
            )
            await until(lambda: len(slow.bodies) == 50 and len(later.bodies) == 50)
            ending = asyncio.ensure_future(pod.end())
            async with asyncio.timeout(DEADLINE_S), a_client() as client:
                while True:
                    async with client.get(f"{pod.admin}/readyz") as ready:
                        if ready.status == 503:
                            break
            slow.gate.set()
            later.gate.set()
            finished = await asyncio.gather(*in_flight)
            code, lines, err = await ending

    assert (code, err) == (0, "")
    assert [status_of(answer) for answer in (*answered, *finished)] == [200] * 100
    outcomes = [line["outcome"] for line in lines if "status" in line]
    assert sorted(outcomes) == ["accepted"] * 50 + ["completed"] * 100


async def test_keep_alive_callers_lose_nothing_while_a_pod_drains(tmp_path: Path) -> None:
    mount(tmp_path, a_served())
    async with a_pod(tmp_path, "--drain-lag-s=1") as pod:
        request = b"GET /v HTTP/1.1\r\nHost: test\r\n\r\n"
        callers = [await asyncio.open_connection("127.0.0.1", pod.port) for _ in range(50)]
        for reader, writer in callers:
            writer.write(request)
            await reader.readuntil(b'"ok"')
        ending = asyncio.ensure_future(pod.end())
        async with asyncio.timeout(DEADLINE_S), a_client() as client:
            while True:
                async with client.get(f"{pod.admin}/readyz") as ready:
                    if ready.status == 503:
                        break
        answers = []
        for reader, writer in callers:
            writer.write(request)
            answers.append(await reader.read())
            writer.close()
        code, _, err = await ending

    assert (code, err) == (0, "")
    assert [status_of(answer) for answer in answers] == [200] * 50
    assert all(b"Connection: close" in answer for answer in answers)


async def test_a_taken_admin_port_is_one_line_and_exit_1(tmp_path: Path) -> None:
    blocker = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = blocker.sockets[0].getsockname()[1]
    async with a_pod(tmp_path, f"--admin-port={port}") as pod:
        _, err = await asyncio.wait_for(pod.process.communicate(), START_S)
    blocker.close()

    assert pod.process.returncode == 1
    assert err.decode().splitlines() == [
        f"httpreceiver-listener: admin port {port} cannot be bound: Address already in use."
    ]


def test_without_the_c_parser_it_does_not_start(tmp_path: Path) -> None:
    environment = {**os.environ, "AIOHTTP_NO_EXTENSIONS": "1"}
    command = [sys.executable, "-m", "httpreceiver_listener", f"--bundle-dir={tmp_path}"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=START_S, check=False)

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "httpreceiver-listener: aiohttp runs without its C parser; "
        "install a wheel of it and unset AIOHTTP_NO_EXTENSIONS."
    ]


def test_help_shows_examples() -> None:
    command = [sys.executable, "-m", "httpreceiver_listener", "--help"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=START_S, check=False)

    assert ended.returncode == 0
    assert "--bundle-dir /etc/httpreceiver/bundles/0" in ended.stdout
