"""What is served changes without a request noticing."""

import asyncio

import aiohttp
import msgspec

from httpreceiver_listener.listener import Listener
from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_workflow.endpoint import Scheme, ServedReceiver
from httpreceiver_workflow.resources import CodeOverride, code_digest, resources_of
from listening import (
    a_client,
    a_request,
    a_served,
    a_stub,
    an_endpoint,
    body_of,
    exchange,
    forwarding,
    free_port,
    listening,
    serving,
    states,
    status_of,
    until,
)
from workflow_files import TRANSFORMERS_ID, a_receiver

CODE_ACTION = {"$type": "x.CodeTransformerAction", "Code": "var a = 1;"}
CLOSE = ["Connection: close"]


async def test_200_requests_in_flight_while_everything_is_swapped_and_none_fails() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url)) as running:
        stub.gate.clear()
        async with a_client(connector=aiohttp.TCPConnector(limit=0)) as client:

            async def call() -> tuple[int, str]:
                async with client.post(running.url(), data=b"{}") as answer:
                    return answer.status, await answer.text()

            calls = [asyncio.ensure_future(call()) for _ in range(200)]
            await until(lambda: len(stub.bodies) == 200)
            await running.listener.apply([an_endpoint(a_served(generation=2, ResponseMessageTemplate='"new"'))])
            after = await call()
            stub.gate.set()
            answers = await asyncio.gather(*calls)

    assert answers == [(200, '"ok"')] * 200
    assert after == (200, '"new"')


async def test_reloads_under_load_lose_nothing_and_mix_no_versions() -> None:
    async with listening(a_served(ResponseMessageTemplate="1", MessageType=13)) as running, a_client() as client:
        answers: list[tuple[int, str]] = []
        loading = True

        async def load() -> None:
            while loading:
                async with client.post(running.url(), data=b"") as answer:
                    answers.append((answer.status, await answer.text()))

        callers = [asyncio.ensure_future(load()) for _ in range(8)]
        await until(lambda: answers)
        for generation in range(2, 22):
            seen = len(answers)
            await running.listener.apply(
                [an_endpoint(a_served(generation=generation, ResponseMessageTemplate=str(generation), MessageType=13))]
            )
            await until(lambda seen=seen: len(answers) > seen + 20)  # type: ignore[misc]
        loading = False
        await asyncio.gather(*callers)

    assert {status for status, _ in answers} == {200}
    assert {text for _, text in answers} == {str(generation) for generation in range(1, 22)}


async def test_applying_the_same_again_touches_nothing() -> None:
    receiver = a_served()
    async with listening(receiver) as running, a_client() as client:
        async with client.post(running.url(), data=b"{}"):
            pass
        port = running.port()
        first = running.listener.report
        again = await running.listener.apply([an_endpoint(receiver)])
        async with client.post(running.url(), data=b"{}") as answer:
            assert answer.status == 200
        connections = running.metric("httpreceiver_connections", port="8080")

    assert again == first
    assert (running.listener.report, connections) == (first, 1)
    assert port


async def test_what_does_not_compile_keeps_its_last_good_version_and_is_reported() -> None:
    good, bad = a_served(), a_served(generation=2, Activities=["00000000-0000-0000-0000-0000000000ff"])
    async with listening(good) as running:
        report = await running.listener.apply([an_endpoint(bad)])
        answer = await exchange(running.port(), a_request(headers=CLOSE))
        (state,) = report.receivers

        assert running.metric("httpreceiver_receivers", state="stale") == 1
        assert running.metric("httpreceiver_reloads_total", result="failed") == 1
    assert status_of(answer) == 200
    assert (state.state, state.generation, state.revision) == ("stale", 1, good.revision)
    assert "Generation 2 is not served: $[0].Activities[0]" in state.message
    assert state.problems


def with_code(source: str, generation: int = 1) -> ServedReceiver:
    """Return a receiver with C# and the Python *source* that runs in its place."""
    actions = {"$type": "x.TransformerSetting", "Id": TRANSFORMERS_ID, "Transformers": [CODE_ACTION]}
    served = serving([a_receiver(VariableTransformers=TRANSFORMERS_ID), actions], generation=generation)
    override = CodeOverride(code_digest(CODE_ACTION["Code"]), source)
    return msgspec.structs.replace(served, resources=resources_of({}, code_overrides=[override]))


async def test_an_override_that_fails_to_load_keeps_the_last_good_version() -> None:
    good, bad = with_code("def run(context): pass"), with_code("import nowhere\ndef run(context): pass", generation=2)
    async with listening(good) as running:
        (state,) = (await running.listener.apply([an_endpoint(bad)])).receivers
    assert (state.state, state.generation) == ("stale", 1)
    assert "ModuleNotFoundError: No module named 'nowhere'" in state.message
    async with listening(bad) as running:
        assert states(running.listener.report) == {"team/a": "failed"}


async def test_what_never_compiled_is_failed_and_harms_no_neighbour() -> None:
    bad = a_served("team/bad", ServiceName="bad", Port="x")
    async with listening(a_served(), bad) as running:
        assert states(running.listener.report) == {"team/a": "serving", "team/bad": "failed"}
        assert status_of(await exchange(running.port(), a_request(headers=CLOSE))) == 200
        assert status_of(await exchange(running.port(), a_request("/bad", headers=CLOSE))) == 404


async def test_two_receivers_with_one_path_are_told_apart() -> None:
    async with listening(a_served(), a_served("team/b", ServiceName="V")) as running:
        first, second = running.listener.report.receivers

    assert (first.state, second.state) == ("serving", "conflicted")
    assert "team/a" in second.message


async def test_a_receiver_that_is_gone_is_404_and_forgotten_by_the_metrics() -> None:
    async with listening(a_served(), a_served("team/b", ServiceName="b")) as running:
        await exchange(running.port(), a_request("/b", headers=CLOSE))
        await running.listener.apply([an_endpoint(a_served())])
        answer = await exchange(running.port(), a_request("/b", headers=CLOSE))

        assert running.metric("httpreceiver_request_duration_seconds_count", receiver="team/b", status_class="2xx") == 0
    assert status_of(answer) == 404


async def test_a_taken_port_is_named_and_taken_up_as_soon_as_it_is_free() -> None:
    port = free_port()
    blocker = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    endpoints = [an_endpoint(a_served(), port=port), an_endpoint(a_served("team/b"), port=port + 1)]
    async with listening(endpoints=endpoints, listen_ports={port + 1: 0}) as running:
        taken, other = running.listener.report.endpoints
        assert (taken.url, taken.error) == ("", f"Port {port} cannot be bound: it is in use.")
        assert other.url
        assert states(running.listener.report) == {"team/a": "failed", "team/b": "serving"}
        blocker.close()
        await blocker.wait_closed()
        await until(lambda: states(running.listener.report)["team/a"] == "serving")
        assert status_of(await exchange(port, a_request(headers=CLOSE))) == 200


async def test_an_endpoint_that_is_gone_closes_its_port_after_its_last_answer() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url)) as running:
        stub.gate.clear()
        port = running.port()
        answering = asyncio.ensure_future(
            exchange(port, b"POST /v HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n{}")
        )
        await until(lambda: stub.bodies)
        await running.listener.apply([])
        stub.gate.set()
        answer = await answering
        try:
            await exchange(port, a_request())
        except ConnectionError:
            refused = True

    assert status_of(answer) == 200
    assert b"Connection: close" in answer
    assert refused


async def test_http_becomes_https_on_the_same_port_and_nobody_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    async with listening(a_served(), state_folder=tmp_path) as running:
        port = running.port()
        refusals = 0
        switching = True

        async def connect() -> None:
            nonlocal refusals
            while switching:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                except ConnectionRefusedError:
                    refusals += 1

        connecting = asyncio.ensure_future(connect())
        for scheme in (Scheme.HTTPS, Scheme.HTTP) * 3 + (Scheme.HTTPS,):
            await running.listener.apply([an_endpoint(a_served(), scheme=scheme)])
            async with a_client() as client, client.post(running.url(scheme=scheme), data=b"{}", ssl=False) as answer:
                assert answer.status == 200
        switching = False
        await connecting
        assert running.port() == port

    assert refusals == 0


async def test_draining_goes_unready_says_close_and_ends_with_the_last_answer() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url), admin_port=0, admin_address="127.0.0.1") as running:
        stub.gate.clear()
        admin = f"http://127.0.0.1:{running.listener.admin_port}"
        in_flight = asyncio.ensure_future(exchange(running.port(), a_request()))
        await until(lambda: stub.bodies)
        port = running.port()
        async with a_client() as client:
            async with client.get(f"{admin}/readyz") as before:
                assert before.status == 200
            draining = asyncio.ensure_future(running.listener.drain(0.5, 5))
            await until(lambda: not running.listener.is_ready)
            async with client.get(f"{admin}/readyz") as during, client.get(f"{admin}/healthz") as alive:
                assert (during.status, alive.status) == (503, 200)
            late = await exchange(port, b"HEAD /v HTTP/1.1\r\nHost: test\r\n\r\n")
        assert status_of(late) == 200
        assert b"Connection: close" in late
        stub.gate.set()
        assert await draining == 0
        assert status_of(await in_flight) == 200


async def test_before_anything_is_applied_the_listener_is_not_ready() -> None:
    listener = Listener(ListenerOptions(admin_port=0, admin_address="127.0.0.1"))
    await listener.start()
    async with a_client() as client, client.get(f"http://127.0.0.1:{listener.admin_port}/readyz") as answer:
        assert answer.status == 503
    await listener.drain(0, 0)


async def test_the_admin_port_tells_which_generation_runs() -> None:
    receiver = a_served(generation=7)
    async with listening(receiver, admin_port=0, admin_address="127.0.0.1") as running, a_client() as client:
        admin = f"http://127.0.0.1:{running.listener.admin_port}"
        async with client.get(f"{admin}/receivers") as answer:
            (row,) = await answer.json()
        async with client.get(f"{admin}/endpoints") as answer:
            (endpoint,) = await answer.json()
        async with client.get(f"{admin}/metrics") as answer:
            metrics = await answer.text()

    assert {**row, "problems": []} == {
        "name": "team/a",
        "generation": 7,
        "revision": receiver.revision,
        "state": "serving",
        "message": "",
        "problems": [],
    }
    assert (endpoint["host"], endpoint["port"], endpoint["scheme"]) == ("team/default", 8080, "http")
    assert 'httpreceiver_receivers{state="serving"} 1.0' in metrics


async def test_each_endpoint_answers_on_its_own_port() -> None:
    endpoints = [
        an_endpoint(a_served(ResponseMessageTemplate="one", MessageType=13), port=8081),
        an_endpoint(a_served("team/b", ResponseMessageTemplate="two", MessageType=13), port=8082),
    ]
    async with listening(endpoints=endpoints) as running:
        one = await exchange(running.port(8081), a_request(headers=CLOSE))
        two = await exchange(running.port(8082), a_request(headers=CLOSE))

    assert (body_of(one), body_of(two)) == (b"one", b"two")
