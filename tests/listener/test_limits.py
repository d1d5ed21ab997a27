"""What one receiver's limits let through, from a raw socket: sizes, rates, places, times, and callers that leave."""

import asyncio
import gzip
import hmac
import os
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from guarded import CLEAR, asked, guarded
from httpreceiver_listener.limits import Limits
from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.options.limits import PortLimits, RateLimit, RatePer, ReceiverLimits, Unfinished
from listening import (
    DEADLINE_S,
    Running,
    a_request,
    a_served,
    a_stub,
    an_endpoint,
    body_of,
    exchange,
    forwarding,
    listening,
    serving,
    status_of,
    until,
)
from workflow_files import a_sender, a_writer, with_activities

CLOSE = ["Connection: close"]
OTHER = "00000000-0000-0000-0000-0000000000b9"
"""Id of a second sender."""


def limited(served: ServedReceiver, **limits: Any) -> ServedReceiver:
    """Return *served* with these limits, whatever else it asks."""
    options = msgspec.structs.replace(served.options, limits=ReceiverLimits(**limits))
    return msgspec.structs.replace(served, options=options)


def rejected(running: Running, reason: str) -> float:
    """Return how many requests of team/a a limit kept out."""
    return running.metric("httpreceiver_requests_rejected_total", receiver="team/a", reason=reason)


def cut(running: Running, reason: str, work: str) -> float:
    """Return how many runs of team/a nobody waited for any longer."""
    return running.metric("httpreceiver_runs_cut_total", receiver="team/a", reason=reason, work=work)


def called(running: Running, outcome: str) -> float:
    """Return how many calls of the senders of team/a ended so."""
    labels = {"receiver": "team/a", "activity": "", "outcome": outcome}
    return running.metric("httpreceiver_activity_calls_total", **labels)


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body", "length"),
    [
        ([], b"", 10 * 2**30),
        ([], b"x" * 101, 101),
        (["Transfer-Encoding: chunked"], b"65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n", -1),
        (["Content-Encoding: gzip"], gzip.compress(b"\0" * 101), None),
    ],
    ids=["declared", "received", "chunked", "decompressed"],
)
async def test_a_body_larger_than_its_receiver_takes_is_413(
    headers: list[str], body: bytes, length: int | None
) -> None:
    async with listening(limited(a_served(), body_bytes=100)) as running:
        answer = await exchange(running.port(), a_request(body=body, headers=[*headers, *CLOSE], length=length))

        assert rejected(running, "body_size") == 1
    assert status_of(answer) == 413


async def test_a_receiver_may_take_more_than_the_process_does_by_default() -> None:
    big = limited(a_served(MessageType=13), body_bytes=2000)
    async with listening(big, limits=Limits(body_bytes=1000)) as running:
        assert status_of(await exchange(running.port(), a_request(body=b"x" * 2000, headers=CLOSE))) == 200
        assert status_of(await exchange(running.port(), a_request(body=b"x" * 2001, headers=CLOSE))) == 413


@pytest.mark.parametrize(
    ("limits", "headers", "status"),
    [
        ({"header_count": 4}, ["X: 1"], 200),
        ({"header_count": 4}, ["X: 1", "Y: 2"], 431),
        ({"header_bytes": 100}, ["X: " + "x" * 40], 200),
        ({"header_bytes": 100}, ["X: " + "x" * 60], 431),
    ],
)
async def test_header_fields_are_counted_and_measured(limits: dict[str, int], headers: list[str], status: int) -> None:
    async with listening(limited(a_served(), **limits)) as running:
        answer = await exchange(running.port(), a_request(headers=[*headers, *CLOSE]))

        assert rejected(running, "headers") == (status == 431)
    assert status_of(answer) == status


# --- rates ------------------------------------------------------------------------------------------------------------


async def test_more_requests_than_the_rate_are_429_and_every_answer_tells_where_its_caller_stands() -> None:
    receiver = limited(a_served(), rates=(RateLimit(requests=2, period="1h"),))
    async with listening(receiver) as running:
        answers = [await exchange(running.port(), a_request(headers=CLOSE)) for _ in range(3)]

        assert rejected(running, "rate") == 1
    assert [status_of(answer) for answer in answers] == [200, 200, 429]
    assert b'\r\nRateLimit-Policy: "Receiver";q=2;w=3600\r\n' in answers[0]
    assert [answer.partition(b'RateLimit: "Receiver";r=')[2][:1] for answer in answers] == [b"1", b"0", b"0"]
    retry_after = int(answers[2].partition(b"\r\nRetry-After: ")[2].split(b"\r\n")[0])
    assert 1750 <= retry_after <= 1800
    assert b'"kind":"RateLimited"' in body_of(answers[2])


async def test_health_checks_are_not_counted() -> None:
    receiver = limited(a_served(), rates=(RateLimit(requests=1, period="1h"),))
    async with listening(receiver) as running:
        heads = [await exchange(running.port(), a_request(method="HEAD", body=b"", headers=CLOSE)) for _ in range(3)]
        post = await exchange(running.port(), a_request(headers=CLOSE))

    assert [status_of(answer) for answer in (*heads, post)] == [200, 200, 200, 200]


@pytest.mark.parametrize(("per", "statuses"), [(RatePer.RECEIVER, [403, 403]), (RatePer.CLIENT_ADDRESS, [403, 429])])
async def test_who_is_not_let_in_uses_up_its_own_rate_but_not_the_receivers(per: RatePer, statuses: list[int]) -> None:
    guarded = a_served(RequireClientCertificate=True, UseIntegrationHostServiceAddress=True)
    async with listening(limited(guarded, rates=(RateLimit(requests=1, period="1h", per=per),))) as running:
        answers = [await exchange(running.port(), a_request(headers=CLOSE)) for _ in range(2)]

    assert [status_of(answer) for answer in answers] == statuses


async def test_a_rate_by_client_counts_the_callers_behind_a_trusted_proxy() -> None:
    served = limited(a_served(), rates=(RateLimit(requests=1, period="1h", per=RatePer.CLIENT_ADDRESS),))
    callers = ("192.0.2.1", "192.0.2.2", "192.0.2.1")
    async with listening(served, trusted_proxies=("127.0.0.0/8",)) as running:
        answers = [
            await exchange(running.port(), a_request(headers=[*CLOSE, f"X-Forwarded-For: {caller}"]))
            for caller in callers
        ]

    assert [status_of(answer) for answer in answers] == [200, 200, 429]


async def test_keys_are_guessed_at_nobodys_cost_and_who_has_one_is_counted() -> None:
    keyed = guarded(
        [{"apiKey": {"secretRef": {"name": "keys"}, "header": "X-Key"}, **CLEAR}], {"keys": {"one": "right"}}
    )
    async with listening(limited(keyed, concurrency=1, rates=(RateLimit(requests=1, period="1h"),))) as running:
        answers = [await asked(running.port(), f"X-Key: {key}") for key in ("wrong", "", "right", "right")]

    assert answers == [(401, ""), (401, ""), (200, "one"), (429, "")]


BY_NAME: Final = RateLimit(requests=2, per=RatePer.CLIENT_NAME, period="1h")
KEYS: Final = {"keys": {"ann": "a", "bob": "b"}}
KEYED: Final = [{"apiKey": {"secretRef": {"name": "keys"}, "header": "X-Key"}, **CLEAR}]


async def test_each_client_name_has_a_rate_of_its_own_wherever_it_calls_from() -> None:
    served = limited(guarded(KEYED, KEYS), rates=(BY_NAME,))
    async with listening(served, trusted_proxies=("127.0.0.0/8",)) as running:

        async def status(key: str, address: str) -> int:
            return (await asked(running.port(), f"X-Key: {key}", f"X-Forwarded-For: {address}"))[0]

        assert [await status("a", f"192.0.2.{number}") for number in range(3)] == [200, 200, 429]
        assert [await status("wrong", "192.0.2.9") for _ in range(3)] == [401] * 3
        assert [await status("b", "192.0.2.1") for _ in range(3)] == [200, 200, 429]
        assert rejected(running, "rate") == 2


async def test_a_name_that_is_refused_uses_up_nothing_of_the_receivers_rate() -> None:
    rates = (BY_NAME, RateLimit(requests=3, period="1h"))
    async with listening(limited(guarded(KEYED, KEYS), rates=rates)) as running:
        keys = ["a", "a", "a", "a", "b", "b"]
        assert [(await asked(running.port(), f"X-Key: {key}"))[0] for key in keys] == [200, 200, 429, 429, 200, 429]


async def test_all_rates_of_a_receiver_count_and_are_told() -> None:
    rates = (
        BY_NAME,
        RateLimit(requests=9, period="1h"),
        RateLimit(requests=8, per=RatePer.CLIENT_ADDRESS, period="1h"),
    )
    async with listening(limited(guarded(KEYED, KEYS), rates=rates)) as running:
        answer = await exchange(running.port(), a_request(headers=["X-Key: a", *CLOSE]))

    for line in ('"ClientAddress";q=8;w=3600', '"ClientName";q=2;w=3600', '"Receiver";q=9;w=3600'):
        assert f"RateLimit-Policy: {line}\r\n".encode() in answer


async def test_who_signs_is_counted_by_the_name_that_the_signature_tells() -> None:
    signing = [{"hmac": {"secretRef": {"name": "keys"}, "header": "X-Sig"}}]
    async with listening(limited(guarded(signing, KEYS), rates=(BY_NAME,))) as running:
        signed = [hmac.new(secret, b"{}", "sha256").hexdigest() for secret in (b"a", b"b", b"wrong")]
        for signature, statuses in zip(signed, ([200, 200, 429], [200, 200, 429], [401] * 3), strict=True):
            assert [(await asked(running.port(), f"X-Sig: {signature}"))[0] for _ in range(3)] == statuses


async def test_callers_whom_no_check_names_share_one_rate() -> None:
    unnamed = {"addresses": {"allow": ["127.0.0.0/8"]}}
    async with listening(limited(guarded([*KEYED, unnamed], KEYS), rates=(BY_NAME,))) as running:
        headers = [["X-Key: a"], [], ["X-Key: wrong"], [], ["X-Key: a"], ["X-Key: a"]]
        assert [(await asked(running.port(), *one))[0] for one in headers] == [200, 200, 200, 429, 200, 429]


async def test_an_edit_does_not_forget_a_rate_that_stays_the_same() -> None:
    rate = RateLimit(requests=1, period="1h")
    async with listening(limited(a_served(), rates=(rate,))) as running:
        before = await exchange(running.port(), a_request(headers=CLOSE))
        edited = limited(a_served(generation=2, ResponseMessageTemplate='"new"'), rates=(rate,))
        await running.listener.apply([an_endpoint(edited)])
        after = await exchange(running.port(), a_request(headers=CLOSE))

    assert (status_of(before), status_of(after)) == (200, 429)


# --- places -----------------------------------------------------------------------------------------------------------


async def test_requests_beyond_concurrency_wait_and_beyond_the_queue_are_503_before_their_body() -> None:
    async with a_stub() as stub, listening(limited(forwarding(stub.url), concurrency=2, queue=1)) as running:
        stub.gate.clear()
        started = [asyncio.ensure_future(exchange(running.port(), a_request(headers=CLOSE))) for _ in range(3)]
        await until(lambda: running.metric("httpreceiver_requests_queued", receiver="team/a") == 1)
        refused = await exchange(running.port(), a_request(body=b"", length=1000, headers=CLOSE))
        assert len(stub.bodies) == 2
        stub.gate.set()
        served = await asyncio.gather(*started)

        assert rejected(running, "queue_full") == 1
        assert running.metric("httpreceiver_requests_queued", receiver="team/a") == 0
    assert [status_of(answer) for answer in served] == [200, 200, 200]
    assert status_of(refused) == 503
    assert b"\r\nRetry-After: " in refused


async def test_a_request_whose_turn_does_not_come_in_time_is_503() -> None:
    places = {"concurrency": 1, "queue": 1, "queue_timeout": "50ms"}
    async with a_stub() as stub, listening(limited(forwarding(stub.url), **places)) as running:
        stub.gate.clear()
        first = asyncio.ensure_future(exchange(running.port(), a_request(headers=CLOSE)))
        await until(lambda: stub.bodies)
        second = await exchange(running.port(), a_request(headers=CLOSE))
        stub.gate.set()

        assert (status_of(second), status_of(await first)) == (503, 200)
        assert rejected(running, "queue_timeout") == 1


async def test_a_caller_that_waits_to_be_asked_is_not_asked_before_its_turn() -> None:
    async with a_stub() as stub, listening(limited(forwarding(stub.url), concurrency=1, queue=1)) as running:
        stub.gate.clear()
        first = asyncio.ensure_future(exchange(running.port(), a_request(headers=CLOSE)))
        await until(lambda: stub.bodies)
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(a_request(body=b"", length=2, headers=["Expect: 100-continue", *CLOSE]))
        await until(lambda: running.metric("httpreceiver_requests_queued", receiver="team/a") == 1)
        stub.gate.set()
        async with asyncio.timeout(DEADLINE_S):
            asked = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"{}")
            answer = await reader.read()
        writer.close()
        await first

    assert asked.startswith(b"HTTP/1.1 100 ")
    assert status_of(answer) == 200


async def test_a_run_that_goes_on_after_its_answer_keeps_its_place() -> None:
    async with a_stub() as stub, listening(limited(forwarding(stub.url, ReponsePriority=0), concurrency=1)) as running:
        stub.gate.clear()
        first = await exchange(running.port(), a_request(headers=CLOSE))
        second = await exchange(running.port(), a_request(headers=CLOSE))
        stub.gate.set()
        await until(lambda: running.metric("httpreceiver_background_runs_active") == 0)
        third = await exchange(running.port(), a_request(headers=CLOSE))

    assert [status_of(answer) for answer in (first, second, third)] == [200, 503, 200]


async def test_an_edit_lets_no_more_in_than_may() -> None:
    async with a_stub() as stub, listening(limited(forwarding(stub.url), concurrency=1)) as running:
        stub.gate.clear()
        first = asyncio.ensure_future(exchange(running.port(), a_request(headers=CLOSE)))
        await until(lambda: stub.bodies)
        edited = forwarding(stub.url, ResponseMessageTemplate='"new"')
        await running.listener.apply([an_endpoint(limited(edited, concurrency=1))])
        second = await exchange(running.port(), a_request(headers=CLOSE))
        stub.gate.set()

        assert (status_of(second), status_of(await first)) == (503, 200)


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limits", [{"body_idle_timeout": "100ms"}, {"body_timeout": "100ms"}, {"request_timeout": "100ms"}]
)
async def test_a_body_slower_than_its_receiver_allows_is_408(limits: dict[str, str]) -> None:
    async with listening(limited(a_served(), **limits)) as running:
        answer = await exchange(running.port(), a_request(body=b"{", length=2))

        assert rejected(running, "body_time") == 1
    assert status_of(answer) == 408


async def test_a_request_that_lasts_too_long_is_504_and_its_run_finishes_in_the_background() -> None:
    async with a_stub() as stub, listening(limited(forwarding(stub.url), request_timeout="100ms")) as running:
        stub.gate.clear()
        answer = await exchange(running.port(), a_request())
        assert running.metric("httpreceiver_background_runs_active") == 1
        stub.gate.set()
        first, second = await running.logged(2)

        assert cut(running, "timeout", "finished") == 1
        assert running.metric("httpreceiver_background_runs_active") == 0
    assert status_of(answer) == 504
    assert (first["status"], first["outcome"], first["fault"]) == (504, "cut", "ActivityTimeout")
    assert (second["id"], second["outcome"], second["stage"]) == (first["id"], "completed", "background")


async def test_with_on_timeout_cancel_the_call_is_cancelled_and_nothing_follows() -> None:
    async with a_stub() as stub, a_stub() as never:
        both = serving(with_activities(a_sender(Server=stub.url), a_sender(Id=OTHER, Server=never.url)))
        receiver = limited(both, request_timeout="200ms", on_timeout=Unfinished.CANCEL)
        async with listening(receiver) as running:
            stub.gate.clear()
            answer = await exchange(running.port(), a_request())
            assert running.metric("httpreceiver_background_runs_active") == 0
            stub.gate.set()

            assert cut(running, "timeout", "cancelled") == 1
            assert called(running, "cancelled") == 1
    assert status_of(answer) == 504
    assert never.bodies == []


# --- callers that leave -----------------------------------------------------------------------------------------------


async def test_with_on_client_gone_cancel_a_caller_that_leaves_ends_its_run_and_that_is_told() -> None:
    async with a_stub() as stub, a_stub() as never:
        both = serving(with_activities(a_sender(Server=stub.url), a_sender(Id=OTHER, Server=never.url)))
        async with listening(limited(both, on_client_gone=Unfinished.CANCEL)) as running:
            stub.gate.clear()
            _, writer = await asyncio.open_connection("127.0.0.1", running.port())
            writer.write(a_request())
            await until(lambda: stub.bodies)
            writer.close()
            (line,) = await running.logged()
            stub.gate.set()

            assert cut(running, "client_gone", "cancelled") == 1
            assert called(running, "cancelled") == 1
    assert (line["status"], line["outcome"], line["fault"]) == (499, "cut", "ClientGone")
    assert line["detail"] == "the caller has gone; its run was ended"
    assert never.bodies == []


async def test_a_caller_that_closed_its_half_counts_as_gone_since_tcp_cannot_tell_and_is_told() -> None:
    async with a_stub() as stub, listening(limited(forwarding(stub.url), on_client_gone=Unfinished.CANCEL)) as running:
        stub.gate.clear()
        answer = await exchange(running.port(), a_request(), half_close=True)

    assert status_of(answer) == 499


async def test_a_file_that_is_being_written_is_written_whole_and_nothing_follows(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out")  # whoever writes to it waits for a reader
    writer = a_writer(FilePathToWrite=str(tmp_path / "out"), MessageTemplate="${HttpMethod}")
    async with a_stub() as never:
        receiver = limited(
            serving(with_activities(writer, a_sender(Server=never.url))),
            request_timeout="100ms",
            on_timeout=Unfinished.CANCEL,
        )
        async with listening(receiver, files_roots=[tmp_path]) as running:
            answer = await exchange(running.port(), a_request(headers=CLOSE))
            written = await asyncio.to_thread((tmp_path / "out").read_text)
            _, second = await running.logged(2)

    assert (status_of(answer), written.strip(), never.bodies) == (504, "POST", [])
    assert (second["outcome"], second["stage"]) == ("cut", "background")


# --- ports ------------------------------------------------------------------------------------------------------------


async def test_one_address_takes_no_more_connections_than_its_share() -> None:
    endpoint = an_endpoint(a_served(), limits=PortLimits(connections_per_peer=2))
    async with listening(endpoints=[endpoint]) as running:
        opened = [await asyncio.open_connection("127.0.0.1", running.port()) for _ in range(2)]
        await until(lambda: running.metric("httpreceiver_connections", port="8080") == 2)
        refused = await exchange(running.port(), b"")
        assert running.metric("httpreceiver_connections_cut_total", reason="too_many_of_peer") == 1
        for _, writer in opened:
            writer.close()
        await until(lambda: running.metric("httpreceiver_connections", port="8080") == 0)
        served = await exchange(running.port(), a_request(headers=CLOSE))

    assert (status_of(refused), status_of(served)) == (503, 200)


async def test_the_limits_of_a_port_change_without_closing_it() -> None:
    async with listening(a_served()) as running:
        port = running.port()
        await running.listener.apply([an_endpoint(a_served(), limits=PortLimits(header_timeout="100ms"))])
        answer = await exchange(port, b"POST /v HTTP/1.1\r\nHost: te")

    assert status_of(answer) == 408
