"""Where a request ends is never in doubt: what two servers could read differently is refused, then closed."""

from typing import Final

from attacking import CHUNKED, HEAD, REFUSED, SERVED_BOTH, SMUGGLED, statuses
from listening import a_served, listening

ONE_CHUNK: Final = b"2\r\n{}\r\n0\r\n\r\n"

LENGTH_AND_CHUNKS: Final = {
    "CL.TE": HEAD + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "TE.CL": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n8\r\nSMUGGLED\r\n0\r\n\r\n",
    "TE.TE": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "TE.TE, the last chunked": HEAD + b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a list": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a parameter": HEAD + b"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
    "quoted": HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "empty": HEAD + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": CHUNKED.replace(b"1.1", b"1.0") + b"0\r\n\r\n",
    "kept alive in HTTP/1.0": CHUNKED.replace(b"1.1\r\n", b"1.0\r\nConnection: keep-alive\r\n") + b"0\r\n\r\n",
    "no Host in HTTP/1.0": b"POST /v HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}

LENGTHS: Final = {
    text: HEAD + b"Content-Length: " + text.encode("latin-1") + b"\r\n\r\n{}"
    for text in (
        *("", "-2", "+2", "2 2", "2,2", "2, 2", "2,3", "2;", "0x2", "1_0", "2.0", "2e0", '"2"', "\xb2", "2\t2"),
        *("18446744073709551616", "18446744073709551618", "99999999999999999999999999"),
    )
} | {
    "twice": HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two that differ": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a space before the colon": HEAD + b"Content-Length : 2\r\n\r\n{}",
}

LINE_ENDS: Final = {
    "bare LF everywhere": HEAD.replace(b"\r", b"") + b"\n",
    "bare LF behind the request line": HEAD.replace(b"\r", b"", 1) + b"\r\n",
    "bare LF behind a field": HEAD + b"X: a\nContent-Length: 0\r\n\r\n",
    "bare LF at the end of the head": HEAD + b"Content-Length: 0\r\n\n",
    "bare CR in a value": HEAD + b"X: a\rContent-Length: 2\r\n\r\n",
    "bare CR before a name": HEAD + b"X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two CR": HEAD + b"X: a\r\r\n\r\n",
    "a folded value": HEAD + b"X: a\r\n b\r\n\r\n",
    "a folded Transfer-Encoding": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a folded first field": b"POST /v HTTP/1.1\r\n Host: test\r\n\r\n",
    "no colon": HEAD + b"X\r\n\r\n",
    "no name": HEAD + b": x\r\n\r\n",
    "a space in a name": HEAD + b"X Y: z\r\n\r\n",
    "a space before the colon": HEAD + b"X : y\r\n\r\n",
    "a null byte in a name": HEAD + b"X\0: y\r\n\r\n",
    "a null byte in a value": HEAD + b"X: a\0b\r\n\r\n",
    "a control character in a value": HEAD + b"X: \x01\r\n\r\n",
    "DEL in a value": HEAD + b"X: \x7f\r\n\r\n",
    "letters beyond ASCII in a name": HEAD + b"X\xff: y\r\n\r\n",
    "tabs in the request line": HEAD.replace(b" ", b"\t", 2) + b"\r\n",
    "a word too many in the request line": HEAD.replace(b" ", b" /x ", 1) + b"\r\n",
}

CHUNKS: Final = {
    "hexadecimal mark": b"0x2\r\n{}\r\n0\r\n\r\n",
    "a sign": b"+2\r\n{}\r\n0\r\n\r\n",
    "negative": b"-2\r\n{}\r\n0\r\n\r\n",
    "underscore": b"0_2\r\n{}\r\n0\r\n\r\n",
    "no number": b"\r\n{}\r\n0\r\n\r\n",
    "no hexadecimal": b"zz\r\n{}\r\n0\r\n\r\n",
    "a space before": b" 2\r\n{}\r\n0\r\n\r\n",
    "a space behind": b"2 \r\n{}\r\n0\r\n\r\n",
    "more than 64 bits": b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "as large as there is": b"FFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
    "too small": b"1\r\n{}\r\n0\r\n\r\n",
    "too large": b"3\r\n{}\r\n0\r\n\r\n",
    "no line end behind the data": b"2\r\n{}0\r\n\r\n",
    "bare LF": b"2\n{}\n0\n\n",
    "bare LF behind the data": b"2\r\n{}\n0\r\n\r\n",
    "bare LF behind the last": b"2\r\n{}\r\n0\n\n",
    "bare LF at the end": b"2\r\n{}\r\n0\r\n\n",
    "bare LF in an extension": b"2;a\n{}\r\n0\r\n\r\n",
    "bare CR in an extension": b"2;a\r{}\r\n0\r\n\r\n",
    "a line end in a quoted extension": b'2;a="\r\n"\r\n{}\r\n0\r\n\r\n',
    "a request as trailer": b"2\r\n{}\r\n0\r\nGET / HTTP/1.1\r\n\r\n",
    "a length as trailer": b"2\r\n{}\r\n0\r\nContent-Length: 40\r\n\r\n",
    "a transfer coding as trailer": b"2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a host as trailer": b"2\r\n{}\r\n0\r\nHost: other\r\n\r\n",
}

LEGAL: Final = {
    "a length": HEAD + b"Content-Length: 2\r\n\r\n{}",
    "a length with zeros": HEAD + b"Content-Length: 0002\r\n\r\n{}",
    "no body": HEAD + b"\r\n",
    "a body of GET": HEAD.replace(b"POST", b"GET") + b"Content-Length: 2\r\n\r\n{}",
    "chunks": CHUNKED + ONE_CHUNK,
    "chunks in capitals": HEAD + b"TRANSFER-ENCODING: CHUNKED\r\n\r\n" + ONE_CHUNK,
    "zeros before a size": CHUNKED + b"0002\r\n{}\r\n000\r\n\r\n",
    "an extension": CHUNKED + b'2;a=b;c="d;e"\r\n{}\r\n0;f\r\n\r\n',
    "a trailer": CHUNKED + b"2\r\n{}\r\n0\r\nX-Checksum: 1\r\n\r\n",
}


async def unlike(expected: list[int], attacks: dict[str, bytes]) -> dict[str, list[int]]:
    """Send each attack with a request behind it; return those answered otherwise, and fail when one was not counted."""
    async with listening(a_served(MessageType=13)) as running:
        got = {name: await statuses(running.port(), attack + SMUGGLED) for name, attack in attacks.items()}
        lines = await running.logged(min(len(attacks), 10))
    if expected == REFUSED:
        assert "/smuggled" not in {line["path"] for line in lines}
        assert 200 not in {line["status"] for line in lines}
    return {name: statuses for name, statuses in got.items() if statuses != expected}


async def test_a_length_beside_chunks_and_every_other_transfer_coding_is_refused() -> None:
    assert await unlike(REFUSED, LENGTH_AND_CHUNKS) == {}


async def test_a_length_that_is_no_plain_number_or_stands_twice_is_refused() -> None:
    assert await unlike(REFUSED, LENGTHS) == {}


async def test_line_ends_and_fields_that_servers_read_differently_are_refused() -> None:
    assert await unlike(REFUSED, LINE_ENDS) == {}


async def test_malformed_chunks_and_trailers_that_change_the_framing_are_refused() -> None:
    assert await unlike(REFUSED, {name: CHUNKED + chunks for name, chunks in CHUNKS.items()}) == {}


async def test_legal_framing_is_read_to_its_exact_end() -> None:
    assert await unlike(SERVED_BOTH, LEGAL) == {}


async def test_a_length_that_covers_the_next_request_makes_it_body() -> None:
    async with listening(a_served(MessageType=13)) as running:
        sent = HEAD + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED
        assert await statuses(running.port(), sent) == [200]
        (line,) = await running.logged()
    assert line["bytes_in"] == len(SMUGGLED)
