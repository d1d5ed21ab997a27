"""How callers learn where an answer's body ends, and in which coding it comes: raw sockets and a real client."""

import gzip
import re

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_listener.http.compression import CODERS, choose_coding
from httpreceiver_listener.http.framing import CHUNK_BYTES
from httpreceiver_listener.requests.answers import answer_bytes
from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.pipeline.effects import Respond
from listening import a_client, a_request, a_served, body_of, exchange, listening, option_served, status_of

CLOSE = "Connection: close"
LONG = "0123456789abcdef" * 5000
"""80 kB: more than one chunk, and more than is compressed on the event loop."""


def head_of(answer: bytes) -> dict[str, str]:
    """Return the headers of a raw answer by lower-case name; none of them twice."""
    lines = [line.split(": ", 1) for line in answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]]
    headers = {name.lower(): value for name, value in lines}
    assert len(headers) == len(lines), lines
    return headers


def unchunked(data: bytes) -> tuple[list[int], bytes]:
    """Return sizes and content of a chunked body that ends where *data* ends."""
    sizes, content = [], b""
    while True:
        size, _, data = data.partition(b"\r\n")
        sizes.append(int(size, 16))
        if sizes[-1] == 0:
            assert data == b"\r\n"
            return sizes, content
        content, data = content + data[: sizes[-1]], data[sizes[-1] :]
        assert data.startswith(b"\r\n")
        data = data[2:]


def answering(text: str, **spec: object) -> ServedReceiver:
    """Return a receiver that answers *text* as plain text."""
    return option_served(spec, MessageType=13, ResponseMessageTemplate=text)


@pytest.mark.parametrize("streaming", ["Auto", "Never"])
async def test_the_length_is_declared_unless_streaming_is_always(streaming: str) -> None:
    async with listening(answering("abc", streaming=streaming)) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE]))

    assert (head_of(answer)["content-length"], body_of(answer)) == ("3", b"abc")
    assert "transfer-encoding" not in head_of(answer)


async def test_always_sends_chunks_and_keeps_the_connection() -> None:
    async with listening(answering(LONG, streaming="Always")) as running:
        both = await exchange(running.port(), a_request() + a_request(headers=[CLOSE]))

    first, second = re.split(rb"(?<=0\r\n\r\n)(?=HTTP/1.1 200)", both)
    for answer in (first, second):
        assert head_of(answer)["transfer-encoding"] == "chunked"
        assert "content-length" not in head_of(answer)
        sizes, content = unchunked(body_of(answer))
        assert (sizes, content) == ([CHUNK_BYTES, len(LONG) - CHUNK_BYTES, 0], LONG.encode())


async def test_an_empty_body_in_chunks_is_the_last_chunk_alone() -> None:
    async with listening(answering("", streaming="Always")) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE]))

    assert unchunked(body_of(answer)) == ([0], b"")


async def test_a_real_client_reads_chunks_and_asks_again_on_the_same_connection() -> None:
    async with listening(answering(LONG, streaming="Always")) as running, a_client() as client:
        for _ in range(2):
            async with client.post(running.url(), data=b"x") as answer:
                assert await answer.text() == LONG
        assert running.metric("httpreceiver_connections", port="8080") == 1


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
async def test_http_1_0_gets_no_chunks_and_the_connection_ends_with_the_body(connection: str) -> None:
    """Also where the caller asked to keep it, since nothing else could tell the end."""
    asked = a_request(headers=[f"Connection: {connection}"]).replace(b"HTTP/1.1", b"HTTP/1.0")
    async with listening(answering(LONG, streaming="Always")) as running:
        answer = await exchange(running.port(), asked)

    assert not {"transfer-encoding", "content-length"} & head_of(answer).keys()
    assert (head_of(answer)["connection"], body_of(answer)) == ("close", LONG.encode())


async def test_http_1_0_keeps_its_connection_where_the_length_is_declared() -> None:
    old = a_request(headers=["Connection: keep-alive"]).replace(b"HTTP/1.1", b"HTTP/1.0")
    async with listening(answering("abc")) as running:
        both = await exchange(running.port(), old + old.replace(b"keep-alive", b"close"))

    assert both.count(b"HTTP/1.1 200 OK") == 2
    assert both.count(b"Connection: keep-alive\r\n") == 1


@pytest.mark.parametrize("streaming", ["Auto", "Always"])
async def test_the_answer_to_head_has_no_body_and_no_wrong_length(streaming: str) -> None:
    """A health check is answered without a run, so nobody knows how long GET's answer would be."""
    async with listening(answering("abc", streaming=streaming)) as running:
        health = await exchange(running.port(), a_request(method="HEAD", body=b"", headers=[CLOSE]))
        unknown = await exchange(running.port(), a_request("/no", method="HEAD", body=b"", headers=[CLOSE]))
        unknown_get = await exchange(running.port(), a_request("/no", method="GET", body=b"", headers=[CLOSE]))

    assert (status_of(health), body_of(health), "content-length" in head_of(health)) == (200, b"", False)
    assert (status_of(unknown), body_of(unknown)) == (404, b"")
    assert head_of(unknown)["content-length"] == str(len(body_of(unknown_get)))


async def test_a_request_pipelined_behind_head_is_answered_in_its_place() -> None:
    async with listening(answering("abc")) as running:
        both = await exchange(running.port(), a_request(method="HEAD", body=b"") + a_request(headers=[CLOSE]))

    first, second = both.split(b"\r\n\r\n", 1)
    assert (status_of(first), status_of(second), body_of(second)) == (200, 200, b"abc")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=0.9, br;q=0.5", "gzip"),
        ("GZIP ; Q=1.0", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("", None),
        ("identity", None),
        ("deflate, zstd", None),
        ("gzip;q=0, br;q=0.000", None),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=nan", None),
        ("gzip;q=1e9", None),
        ("gzip;q=-1", None),
        ("gzip;level=9", None),
        ("*;q=0", None),
    ],
)
def test_the_coding_is_the_one_the_caller_prefers(accepted: str, coding: str | None) -> None:
    assert coding == choose_coding(accepted)


@given(st.text(alphabet="gzipbr*;q=.01, \t\x80", max_size=40))
def test_any_accept_encoding_gives_a_coding_or_none(accepted: str) -> None:
    assert choose_coding(accepted) in {None, *CODERS}


@pytest.mark.parametrize("streaming", ["Auto", "Always"])
@pytest.mark.parametrize("text", [LONG, LONG[:2000]], ids=["large", "small"])
async def test_an_answer_is_compressed_for_who_accepts_it(streaming: str, text: str) -> None:
    async with listening(answering(text, streaming=streaming, compression={})) as running:
        found = {}
        for coding in ("gzip", "br", "identity"):
            answer = await exchange(running.port(), a_request(headers=[CLOSE, f"Accept-Encoding: {coding}"]))
            body = body_of(answer) if streaming == "Auto" else unchunked(body_of(answer))[1]
            found[coding] = (head_of(answer), body)
        lines = await running.logged(3)

    assert gzip.decompress(found["gzip"][1]) == brotli.decompress(found["br"][1]) == text.encode()
    assert found["identity"][1] == text.encode()
    for coding, (head, body) in found.items():
        assert head["vary"] == "Accept-Encoding"
        assert head.get("content-encoding", "identity") == coding
        assert int(head.get("content-length", len(body))) == len(body)
    assert [line["bytes_out"] for line in lines] == [len(body) for _, body in found.values()]


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({}, LONG),
        ({"compression": {"minBytes": 5000}}, LONG[:4999]),
        ({"compression": {"types": ["application/json", "image/*"]}}, LONG),
    ],
    ids=["off", "too small", "another type"],
)
async def test_other_answers_are_sent_as_they_are(spec: dict[str, object], text: str) -> None:
    async with listening(answering(text, **spec)) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE, "Accept-Encoding: gzip"]))

    assert not {"vary", "content-encoding"} & head_of(answer).keys()
    assert body_of(answer) == text.encode()


async def test_several_accept_encoding_lines_count_as_one() -> None:
    async with listening(answering(LONG, compression={})) as running:
        headers = [CLOSE, "Accept-Encoding: gzip;q=0.1", "Accept-Encoding: br"]
        answer = await exchange(running.port(), a_request(headers=headers))

    assert head_of(answer)["content-encoding"] == "br"


async def test_a_refusal_is_never_compressed() -> None:
    async with listening(answering(LONG, compression={"minBytes": 1, "types": ["application/*"]})) as running:
        headers = [CLOSE, "Accept-Encoding: gzip", "Content-Encoding: unknown"]
        answer = await exchange(running.port(), a_request(headers=headers))

    assert (status_of(answer), head_of(answer).get("content-encoding")) == (415, None)


async def test_without_options_an_answer_has_the_headers_it_always_had() -> None:
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE, "Accept-Encoding: gzip, br"]))

    assert head_of(answer).keys() == {"content-type", "content-length", "date", "connection"}


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_status_without_body_has_neither_body_nor_length_nor_type(status: int, is_streamed: bool) -> None:
    """A body after such a head would be read as the next answer."""
    answer = answer_bytes(Respond(status, "text/plain", b"abc"), True, "", None, "now", is_streamed=is_streamed)

    assert answer.head.decode().split("\r\n")[1:] == ["Date: now", "", ""]
    assert (answer.body, answer.keep_alive) == (b"", True)


async def test_head_that_a_receiver_runs_has_the_head_of_get() -> None:
    """Its length too, in the coding that GET would have."""
    spec = {"compression": {}, "route": {"methods": ["GET", "HEAD"]}, "cors": {"allowOrigins": ["*"]}}
    async with listening(answering(LONG, **spec)) as running:
        headers = [CLOSE, "Accept-Encoding: gzip", "Origin: https://a.test"]
        get = await exchange(running.port(), a_request(method="GET", body=b"", headers=headers))
        head = await exchange(running.port(), a_request(method="HEAD", body=b"", headers=headers))

    assert head_of(get) | {"date": ""} == head_of(head) | {"date": ""}
    assert head_of(get)["access-control-allow-origin"] == "*"
    assert (gzip.decompress(body_of(get)), body_of(head)) == (LONG.encode(), b"")
