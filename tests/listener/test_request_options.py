"""`spec.request` through a real socket: what a body must be, in which charset, and its exact bytes."""

import asyncio
import gzip
import json
import re
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import brotli
import pytest
import yaml

from cli_process import ROOT
from corpora import corpus
from engine import RECEIVER
from httpreceiver_listener.http.decompression import DECODED, BrokenCoding, TooLong, decompressed
from httpreceiver_listener.limits import Limits
from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.options import read_options
from listening import a_client, a_request, a_served, body_of, exchange, listening, option_served, status_of

CLOSE = "Connection: close"
ECHO = f"${{{RECEIVER} inbound}}"
COMPRESSED = {"br": partial(brotli.compress, quality=5), "gzip": gzip.compress, "deflate": zlib.compress}
FORM = "application/x-www-form-urlencoded"


def echoing(message_type: int = 13, **request: Any) -> ServedReceiver:
    """Return a receiver that answers with its message."""
    return option_served({"request": request}, MessageType=message_type, ResponseMessageTemplate=ECHO)


async def answered(receiver: ServedReceiver, body: bytes, content_type: str) -> tuple[int, bytes]:
    """Return status and body of the answer to one request."""
    async with listening(receiver) as running:
        answer = await exchange(running.port(), a_request(body=body, headers=[CLOSE, f"Content-Type: {content_type}"]))
        return status_of(answer), body_of(answer)


async def test_the_multipart_corpus_is_200_or_400_and_never_5xx() -> None:
    samples = sorted((corpus("multipart/python-multipart") / "tests/test_data/http").glob("*.yaml"))
    async with listening(echoing(wellFormed=True)) as running, a_client() as client:
        for sample in samples:
            said = yaml.safe_load(sample.read_text())
            headers = {"Content-Type": f'multipart/form-data; boundary="{said["boundary"]}"'}
            body = sample.with_suffix(".http").read_bytes()
            async with client.post(running.url(), data=body, headers=headers) as answer:
                assert answer.status == (400 if isinstance(said["expected"], dict) else 200), sample.name
    assert len(samples) == 30


async def test_forms_of_a_real_client_are_well_formed(tmp_path: Path) -> None:
    """Also one with a file in chunks, whose length nobody declares."""
    file = tmp_path / "scan ü.bin"
    file.write_bytes(bytes(range(256)) * 1000)
    async with listening(echoing(wellFormed=True, undecodable="Replace")) as running, a_client() as client:
        async with client.post(running.url(), data={"a": "1", "b": "ü"}) as answer:
            assert (answer.status, await answer.text()) == (200, "a=1&b=%C3%BC")
        with file.open("rb") as opened:
            async with client.post(running.url(), data={"a": "1", "scan": opened}) as answer:
                assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"{}", "application/json", 200),
        (b"", "application/json", 200),
        (b"<a>", "application/xml", 400),
        (b"{", "text/plain", 200),
        (b"x", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=x; boundary=y", 400),
        (b"--x\r\n\r\n\r\n" * 101 + b"--x--", "multipart/mixed; boundary=x", 413),
        (b"&a=1" * 10_001, FORM, 413),
        (b"a=1", FORM + "; charset=no-such", 415),
    ],
)
async def test_a_body_that_is_not_what_it_says_never_runs(body: bytes, content_type: str, status: int) -> None:
    assert status == (await answered(echoing(wellFormed=True), body, content_type))[0]


async def test_a_refused_body_is_told_as_a_problem_without_its_text() -> None:
    status, problem = await answered(echoing(wellFormed=True), b'{"secret', "application/json")
    assert (status, b"secret" in problem, b'"kind":"BadRequest"' in problem) == (400, False, True)


async def test_without_options_a_body_is_whatever_it_is() -> None:
    receiver = a_served(MessageType=13, ResponseMessageTemplate=ECHO)
    assert await answered(receiver, b"{\xff", "application/json") == (200, "{\ufffd".encode())


@pytest.mark.parametrize(
    ("request_options", "body", "content_type", "expected"),
    [
        ({"charset": "windows-1252"}, b"\x80", "text/plain", (200, "€".encode())),
        ({"charset": "windows-1252"}, "€".encode(), "text/plain; charset=utf-8", (200, "€".encode())),
        ({"charset": "windows-1252"}, b"\xef\xbb\xbf\xe2\x82\xac", "text/plain", (200, "€".encode())),
        ({"undecodable": "Refuse"}, "€".encode(), "text/plain", (200, "€".encode())),
        ({"undecodable": "Refuse", "charset": "windows-1252"}, b"\x80", "text/plain", (200, "€".encode())),
    ],
)
async def test_the_charset_is_the_bodys_own_before_the_receivers(
    request_options: dict[str, Any], body: bytes, content_type: str, expected: tuple[int, bytes]
) -> None:
    assert expected == await answered(echoing(**request_options), body, content_type)


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=us-ascii"])
async def test_undecodable_bytes_are_400_where_they_are_refused(content_type: str) -> None:
    assert (await answered(echoing(undecodable="Refuse"), b"a\xe9", content_type))[0] == 400


async def test_a_binary_message_of_base64_answers_the_exact_bytes() -> None:
    """Every byte there is, and a byte order mark in front."""
    body = b"\xef\xbb\xbf" + bytes(range(256))
    assert await answered(echoing(14, text="Base64"), body, "text/plain; charset=no-such") == (200, body)


async def test_the_manifest_of_the_documentation_does_what_it_says() -> None:
    [text] = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs/bodies.md").read_text(), re.MULTILINE | re.DOTALL)
    spec = yaml.safe_load(text)["spec"]
    options, problems = read_options(spec)
    receiver = ServedReceiver(name="a/b", generation=1, workflow=json.dumps(spec["workflow"]), options=options)
    async with listening(receiver) as running:
        headers = [CLOSE, "Content-Type: text/plain", "Accept-Encoding: gzip"]
        good = await exchange(running.port(), a_request("/scans", body=b"\x80" * 2000, headers=headers))
        bad = await exchange(running.port(), a_request("/scans", body=b"\x81", headers=headers))

    assert (problems, status_of(good), status_of(bad)) == ((), 200, 400)
    assert b"Content-Encoding: gzip\r\n" in good
    assert b"Transfer-Encoding: chunked\r\n" in good


async def test_a_br_body_is_decoded() -> None:
    body = b"text " * 20_000
    async with listening(a_served(MessageType=13, ResponseMessageTemplate=ECHO)) as running:
        asked = a_request(body=brotli.compress(body), headers=[CLOSE, "Content-Encoding: br"])
        assert body == body_of(await exchange(running.port(), asked))


@pytest.mark.parametrize("damage", ["cut", "longer", "garbage"])
async def test_a_br_body_that_is_broken_is_400(damage: str) -> None:
    whole = brotli.compress(b"text" * 1000)
    body = {"cut": whole[:-1], "longer": whole + b"x", "garbage": b"\xff" * 20}[damage]
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), a_request(body=body, headers=[CLOSE, "Content-Encoding: br"]))
    assert status_of(answer) == 400


@pytest.mark.parametrize("coding", COMPRESSED)
async def test_a_bomb_is_413(coding: str) -> None:
    bomb = await asyncio.to_thread(COMPRESSED[coding], b"\0" * 50_000_000)
    async with listening(a_served(), limits=Limits(body_bytes=1_000_000)) as running:
        answer = await exchange(running.port(), a_request(body=bomb, headers=[f"Content-Encoding: {coding}"]))
    assert status_of(answer) == 413


@pytest.mark.parametrize("coding", DECODED)
def test_a_compressed_body_is_whole_or_refused(coding: str) -> None:
    """At each byte it may be cut off, and at the limit to the byte."""
    plain = b"some text, " * 40
    packed = COMPRESSED[coding.removeprefix("x-")](plain)

    assert plain == decompressed(packed, coding, len(plain))
    with pytest.raises(TooLong):
        decompressed(packed, coding, len(plain) - 1)
    for length in range(1, len(packed)):
        with pytest.raises(BrokenCoding):
            decompressed(packed[:length], coding, len(plain))
