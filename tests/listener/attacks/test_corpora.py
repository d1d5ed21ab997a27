"""Public test data for HTTP parsers and multipart readers, through a listener: no 5xx, and no request is invented."""

import asyncio
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from attacking import HEAD, statuses
from corpora import corpus
from listening import a_served, listening

_CASE: Final = re.compile(r"<!-- meta=(.*?) -->\n```http\n(.*?)```\n(.*?)(?=\n## |\n### |\n<!-- meta|\Z)", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|[rntf])")
_CHARACTERS: Final = {"r": "\r", "n": "\n", "t": "\t", "f": "\f"}
_CHUNKED: Final = re.compile(rb"(?im)^transfer-encoding: *chunked\r$")


class Case(NamedTuple):
    """One case of llhttp: what is sent, and how many requests its strictest reading may find."""

    name: str
    sent: bytes
    requests: int


def llhttp_cases() -> Iterator[Case]:
    """Yield the cases of requests; each gets the Host that HTTP/1.1 asks for."""
    for page in sorted((corpus("http") / "llhttp" / "test" / "request").glob("*.md")):
        for number, (_, text, log) in enumerate(_CASE.findall(page.read_text())):
            joined = re.sub(r"\\\n", "", text.removesuffix("\n")).replace("\n", "\r\n")
            sent = _ESCAPE.sub(lambda found: _CHARACTERS.get(found[1]) or chr(int(found[1][1:], 16)), joined)
            with_host = re.sub(r"( HTTP/1\.1\r\n)(?!Host:)", r"\1Host: test\r\n", sent)
            found = min(log.count("message begin"), text.count(" HTTP/"))
            yield Case(f"{page.stem} {number}", with_host.encode("latin-1", "replace"), max(found, 1))


async def test_the_cases_of_llhttp_find_no_more_requests_than_there_are() -> None:
    cases = list(llhttp_cases())
    async with listening(a_served(ServiceName="", MessageType=13)) as running:
        answers = await asyncio.gather(*(statuses(running.port(), case.sent) for case in cases))
        for case, found in zip(cases, answers, strict=True):
            served = [status for status in found if status != 400]
            assert len(served) <= case.requests, case
            assert all(status < 500 for status in found), case

    assert len(cases) > 150


async def test_no_case_of_llhttp_is_read_as_chunked_that_does_not_say_so() -> None:
    """A body of one empty chunk is longer than what it says, unless it is read as chunks."""
    async with listening(a_served(ServiceName="", MessageType=13)) as running:
        for case in llhttp_cases():
            head = case.sent.partition(b"\r\n\r\n")[0]
            if b"ransfer-" not in head or _CHUNKED.search(head + b"\r"):
                continue
            found = await statuses(running.port(), head + b"\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")
            assert len(found) == 1, case
            assert found[0] in (200, 400), case


async def test_multipart_bodies_good_and_bad_are_answered_without_a_5xx() -> None:
    bodies = sorted((corpus("multipart") / "python-multipart" / "tests" / "test_data" / "http").glob("*.http"))
    async with listening(a_served(MessageType=13)) as running:
        for path in bodies:
            body = path.read_bytes()
            boundary = body.lstrip(b"\r\n").partition(b"\r\n")[0].removeprefix(b"--") or b"boundary"
            fields = b"Content-Type: multipart/form-data; boundary=%b\r\nContent-Length: %d\r\n\r\n"
            found = await statuses(running.port(), HEAD + fields % (boundary, len(body)) + body)
            assert found in ([200], [400]), path.name

    assert len(bodies) >= 30
