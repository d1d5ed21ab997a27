"""One request: what is refused and how, what is answered, what is logged."""

import asyncio
import gzip
import json
import zlib

import pytest

from httpreceiver_listener.limits import Limits
from httpreceiver_listener.telemetry.access_log import printable
from listening import a_client, a_request, a_served, a_stub, body_of, exchange, forwarding, listening, status_of, until

CLOSE = "Connection: close"
TEXT = b'{"a":"' + b"x" * 3000 + b'"}'
GZIPPED = gzip.compress(TEXT, mtime=0)


async def test_a_run_is_answered_with_the_engines_status_type_and_body() -> None:
    async with listening(a_served()) as running, a_client() as client, client.post(running.url(), data=b"{}") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert answer.headers["Content-Length"] == "4"
        assert "Date" in answer.headers
        assert "Server" not in answer.headers
        assert await answer.text() == '"ok"'


async def test_path_sections_query_method_and_client_reach_the_engine() -> None:
    receiver = a_served(
        ResponseMessageTemplate="${A}|${B}|${Q}|${HttpMethod}|${ClientIP}",
        MessageType=13,
        ExtractUrlSections=True,
        UrlSections=[{"VariableName": "A"}, {"VariableName": "B"}],
        ExtractParameters=True,
        QueryStringParameters={"q": {"VariableName": "Q"}},
    )
    async with listening(receiver) as running:
        answer = await exchange(running.port(), a_request("/V/a%20b/c?q=d+e", method="PUT", headers=[CLOSE]))

    assert body_of(answer) == b"a b|c|d e|PUT|127.0.0.1"


async def test_head_is_200_and_empty_before_every_check_and_without_a_run() -> None:
    receiver = a_served(RequireClientCertificate=True, UseIntegrationHostServiceAddress=True)
    async with listening(receiver) as running:
        head = await exchange(running.port(), a_request(method="HEAD", body=b"", headers=[CLOSE]))
        post = await exchange(running.port(), a_request(headers=[CLOSE]))
        lines = await running.logged(2)

    assert (status_of(head), body_of(head)) == (200, b"")
    assert status_of(post) == 403
    assert [line["outcome"] for line in lines] == ["health", "refused"]


async def test_an_unknown_path_is_404_with_an_id_that_the_log_has() -> None:
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), a_request("/other?secret=1", headers=[CLOSE]))
        (line,) = await running.logged()

    problem = json.loads(body_of(answer))
    assert b"application/problem+json" in answer
    assert (problem["status"], problem["kind"], problem["id"]) == (404, "NotFound", line["id"])
    assert (line["path"], line["status"], line["stage"], line["fault"]) == ("/other", 404, "routing", "NotFound")


async def test_a_broken_percent_escape_is_400() -> None:
    async with listening(a_served()) as running:
        assert status_of(await exchange(running.port(), a_request("/v/%zz", headers=[CLOSE]))) == 400


def test_bytes_that_are_not_utf8_are_escaped_in_the_log() -> None:
    assert printable("/v/\udcff\udce9/ü") == "/v/\\xff\\xe9/ü"


async def test_an_absolute_target_is_served_as_its_path() -> None:
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), a_request("http://test/v?x", headers=[CLOSE]))

    assert status_of(answer) == 200


async def test_a_target_that_is_no_path_is_405_even_with_a_receiver_at_the_root() -> None:
    async with listening(a_served(ServiceName="")) as running:
        answer = await exchange(running.port(), a_request("*", method="OPTIONS", body=b"", headers=[CLOSE]))

    assert status_of(answer) == 405


async def test_bodies_that_together_are_too_much_are_503_and_leave_no_debt() -> None:
    async with listening(a_served(), limits=Limits(buffered_bytes=1_000_000, spooled_bytes=0)) as running:
        slow = a_request(body=b"x" * 600_000, length=600_001)
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(slow)
        await until(lambda: running.metric("httpreceiver_arriving_body_bytes") == 600_000)
        refused = await exchange(running.port(), slow)
        writer.write(b"x")
        served = await reader.readuntil(b"\r\n")
        writer.close()
        again = await exchange(running.port(), a_request(body=b"x" * 900_000, headers=[CLOSE]))

    assert (status_of(refused), status_of(served), status_of(again)) == (503, 200, 200)


async def test_a_suspended_receiver_answers_503_with_retry_after_and_still_healthy() -> None:
    async with listening(a_served(suspended=True)) as running:
        post = await exchange(running.port(), a_request(headers=[CLOSE]))
        head = await exchange(running.port(), a_request(method="HEAD", body=b"", headers=[CLOSE]))

    assert status_of(post) == 503
    assert b"\r\nRetry-After: " in post
    assert status_of(head) == 200


async def test_a_declared_body_beyond_the_limit_is_413_before_any_of_it_is_sent() -> None:
    async with listening(a_served(), limits=Limits(body_bytes=1000)) as running:
        answer = await exchange(running.port(), a_request(body=b"", length=10 * 2**30))

    assert status_of(answer) == 413
    assert b"Connection: close" in answer


async def test_a_chunked_body_beyond_the_limit_is_413() -> None:
    async with listening(a_served(), limits=Limits(body_bytes=1000)) as running:
        chunks = b"1f4\r\n" + b"x" * 500 + b"\r\n"
        head = a_request(body=b"", length=-1, headers=["Transfer-Encoding: chunked"])
        answer = await exchange(running.port(), head + chunks * 3 + b"0\r\n\r\n")

    assert status_of(answer) == 413


async def test_a_body_that_grows_beyond_the_limit_when_decompressed_is_413() -> None:
    async with listening(a_served(), limits=Limits(body_bytes=1_000_000)) as running:
        bomb = gzip.compress(b"\0" * 50_000_000)
        answer = await exchange(running.port(), a_request(body=bomb, headers=["Content-Encoding: gzip"]))

    assert status_of(answer) == 413


async def test_a_body_of_exactly_the_limit_is_served() -> None:
    async with listening(a_served(MessageType=13), limits=Limits(body_bytes=1000)) as running:
        whole = await exchange(running.port(), a_request(body=b"x" * 1000, headers=[CLOSE]))
        more = await exchange(running.port(), a_request(body=b"x" * 1001, headers=[CLOSE]))

    assert (status_of(whole), status_of(more)) == (200, 413)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", GZIPPED),
        ("GZip", GZIPPED),
        ("x-gzip", gzip.compress(TEXT[:1000], mtime=0) + gzip.compress(TEXT[1000:], mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("identity", TEXT),
    ],
)
async def test_a_compressed_body_reaches_the_engine_plain(coding: str, body: bytes) -> None:
    async with listening(a_served(ResponseMessageTemplate="${HttpMethod}")) as running:
        await exchange(running.port(), a_request(body=body, headers=[CLOSE, f"Content-Encoding: {coding}"]))
        (line,) = await running.logged()

    assert (line["status"], line["bytes_in"]) == (200, len(TEXT))


@pytest.mark.parametrize("body", [b"garbage", GZIPPED[:-12], GZIPPED[:-1], GZIPPED[:9], GZIPPED + b"x", b"x" + GZIPPED])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_compressed_body_that_is_broken_or_cut_off_is_400(body: bytes, coding: str) -> None:
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), a_request(body=body, headers=[f"Content-Encoding: {coding}", CLOSE]))

    assert status_of(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip", "x-unknown"])
async def test_a_coding_that_nobody_decodes_is_415(coding: str) -> None:
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), a_request(headers=[f"Content-Encoding: {coding}"]))

    assert status_of(answer) == 415


@pytest.mark.parametrize("coding", ["gzip, chunked", "identity, chunked", ", chunked", "chunked,", "xchunked"])
async def test_any_transfer_encoding_but_chunked_is_400(coding: str) -> None:
    async with listening(a_served()) as running:
        head = a_request(body=b"", length=-1, headers=[f"Transfer-Encoding: {coding}"])
        answer = await exchange(running.port(), head + b"2\r\n{}\r\n0\r\n\r\n")

    assert status_of(answer) == 400


async def test_a_caller_that_waits_to_be_asked_is_asked_only_when_it_may_send() -> None:
    async with listening(a_served(), limits=Limits(body_bytes=100)) as running:
        headers = ["Expect: 100-continue", CLOSE]
        refused = await exchange(running.port(), a_request(body=b"", length=1000, headers=headers))
        unknown = await exchange(running.port(), a_request("/no", body=b"", length=2, headers=headers))

        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(a_request(body=b"", length=2, headers=headers))
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"{}")
        answer = await reader.read()
        writer.close()

    assert (status_of(refused), status_of(unknown)) == (413, 404)
    assert asked.startswith(b"HTTP/1.1 100 ")
    assert status_of(answer) == 200


async def test_http_1_0_closes_unless_asked_to_stay() -> None:
    async with listening(a_served()) as running:
        closing = await exchange(running.port(), b"GET /v HTTP/1.0\r\n\r\n")
        staying = await exchange(
            running.port(), b"GET /v HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /v HTTP/1.0\r\n\r\n"
        )

    assert status_of(closing) == 200
    assert staying.count(b"HTTP/1.1 200") == 2
    assert b"Connection: keep-alive" in staying


async def test_an_unreachable_system_errors_the_run_and_names_activity_and_reason_in_the_log() -> None:
    async with listening(forwarding("http://127.0.0.1:1/secret?x=1")) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE]))
        (line,) = await running.logged()

        assert running.metric(
            "httpreceiver_activity_calls_total", receiver="team/a", activity="", outcome="Connectivity"
        )

    assert status_of(answer) == 500
    assert (line["outcome"], line["fault"], line["stage"]) == ("errored", "Connectivity", "activity")
    assert "secret" not in json.dumps(line)
    assert line["detail"]


async def test_neither_query_headers_nor_body_reach_the_log() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url)) as running:
        sent = a_request("/v?q=CANARY1", b'{"a":"CANARY2"}', headers=["Authorization: CANARY3", "X-A: CANARY4", CLOSE])
        await exchange(running.port(), sent)
        await running.logged()

    assert "CANARY" not in json.dumps(running.lines)


async def test_requests_are_counted_by_receiver_method_status_outcome_and_stage() -> None:
    async with listening(a_served()) as running:
        await exchange(running.port(), a_request(headers=[CLOSE]))
        await exchange(running.port(), a_request("/no", method="PROPFIND", headers=[CLOSE]))
        counted = running.metric(
            "httpreceiver_requests_total",
            receiver="team/a",
            method="POST",
            status="200",
            outcome="completed",
            stage="response",
        )
        unmatched = running.metric(
            "httpreceiver_requests_total",
            receiver="",
            method="_OTHER",
            status="404",
            outcome="refused",
            stage="routing",
        )
        in_flight = running.metric("httpreceiver_requests_in_flight", receiver="team/a")
        count = running.metric("httpreceiver_request_duration_seconds_count", receiver="team/a", status_class="2xx")

    assert (counted, unmatched, in_flight, count) == (1, 1, 0, 1)


async def test_a_disabled_workflow_holds_no_address() -> None:
    async with listening(a_served(Disabled=True)) as running:
        assert status_of(await exchange(running.port(), a_request(headers=[CLOSE]))) == 404
        (state,) = running.listener.report.receivers

    assert state.state == "disabled"
