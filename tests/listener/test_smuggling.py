"""No disguise of a header makes the listener see a request that a proxy in front of it did not see."""

import asyncio
import json

import pytest

from corpora import corpus
from listening import a_request, a_served, exchange, listening, status_of

SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n"
AT_ONCE = 16


@pytest.mark.parametrize("place", ["before", "after"])
async def test_no_disguised_transfer_encoding_is_taken_for_chunked_beside_a_length(place: str) -> None:
    disguises = json.loads((corpus("http") / "smuggler" / "te_mutations.json").read_text())
    async with listening(a_served(MessageType=13)) as running:
        port, turn = running.port(), asyncio.Semaphore(AT_ONCE)

        async def answer_to(line: bytes) -> bytes:
            length = b"Content-Length: %d" % len(SMUGGLED)
            lines = (line, length) if place == "before" else (length, line)
            head = b"POST /v HTTP/1.1\r\nHost: test\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"
            async with turn:
                return await exchange(port, head + SMUGGLED, half_close=True)

        answers = await asyncio.gather(*(answer_to(one["header_line_latin1"].encode("latin-1")) for one in disguises))

    assert len(answers) == len(disguises) > 800
    assert {status_of(answer) for answer in answers} <= {200, 400}
    assert [answer for answer in answers if answer.count(b"HTTP/1.1 ") != 1] == []
    assert "/smuggled" not in {line["path"] for line in running.requests()}
    assert sum(status_of(answer) == 400 for answer in answers) > 800


@pytest.mark.parametrize(
    "framing",
    [
        ["Content-Length: 2", "Content-Length: 3"],
        ["Content-Length: +2"],
        ["Content-Length: 0x2"],
        ["Content-Length: 2 2"],
        ["Content-Length: 99999999999999999999999"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Transfer-Encoding: chunked, chunked"],
        ["Transfer-Encoding : chunked"],
        [" Content-Length: 2"],
    ],
)
async def test_ambiguous_framing_is_400_and_the_connection_ends(framing: list[str]) -> None:
    async with listening(a_served()) as running:
        request = a_request(body=b"", length=-1, headers=framing) + b"2\r\n{}\r\n0\r\n\r\n" + a_request()
        answer = await exchange(running.port(), request, half_close=True)

    assert status_of(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
