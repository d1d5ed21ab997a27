"""Bodies that attack a parser, through a real socket: refused with 400, quickly, with flat memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from corpora import corpus
from engine import create_variable, guid, receiver, transformers
from hostile_texts import JSON
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.endpoint import ServedReceiver
from listening import a_client, a_request, exchange, listening, serving, status_of

EMPTY = {"n_single_space.json", "n_structure_no_data.json", "n_structure_UTF8_BOM_no_data.json"}
"""No JSON, but what a GET has for a body: paths read nothing there."""


def reading_settings(message_type: MessageType, path: str) -> list[dict[str, Any]]:
    """Return a workflow that reads one path of the body."""
    return [
        receiver(MessageType=int(message_type), VariableTransformers=guid("d1"), ResponseMessageTemplate="1"),
        transformers("d1", create_variable("x", path)),
    ]


def reading(message_type: MessageType, path: str) -> ServedReceiver:
    """Return that workflow as a receiver."""
    return serving(reading_settings(message_type, path))


async def test_the_json_test_suite_is_answered_200_or_400_as_it_forces() -> None:
    samples = sorted((corpus("json/JSONTestSuite") / "test_parsing").glob("[yn]_*.json"))
    async with listening(reading(MessageType.JSON, "a")) as running, a_client() as client:
        for sample in samples:
            expected = 200 if sample.name.startswith("y_") or sample.name in EMPTY else 400
            async with client.post(running.url(), data=sample.read_bytes()) as answer:
                assert expected == answer.status, sample.name
    assert 283 == len(samples)


@pytest.mark.parametrize("path", ["a", "a/a/a[1]", "newtonsoft:$..a"])
async def test_json_nested_100_000_deep_is_400(path: str) -> None:
    async with listening(reading(MessageType.JSON, path)) as running:
        for name, text in JSON.items():
            asked = a_request(body=text.encode(), headers=["Connection: close"])
            answer = await exchange(running.port(), asked)
            assert 400 == status_of(answer), name


MEASURE: Final = """
import asyncio, json, resource, sys, time
from hostile_texts import JSON, XML
from listening import a_request, exchange, listening, serving, status_of
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
async def attack(settings, texts, harmless):
    async with listening(serving(settings)) as running:
        async def status(text):
            asked = a_request(body=text.encode(), headers=["Connection: close"])
            return status_of(await exchange(running.port(), asked))
        assert 200 == await status(harmless)
        before = peak()
        for name, text in texts.items():
            start = time.process_time()
            if (found := await status(text)) != 400:
                print(name, "was answered", found)
            if time.process_time() - start > 4:
                print(name, "took", time.process_time() - start)
        if peak() - before > 50:
            print("memory grew by", peak() - before, "MB")
for settings, texts, harmless in zip(json.load(sys.stdin), (XML, JSON), ("<a>1</a>", "{}")):
    asyncio.run(attack(settings, texts, harmless))
"""


def test_bombs_are_400_quickly_and_with_flat_memory() -> None:
    """In a process of its own, whose memory nothing else has used."""
    receivers = [reading_settings(MessageType.XML, "a/@b"), reading_settings(MessageType.JSON, "a")]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=json.dumps(receivers),
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[1] / "support")},
    )
    assert ("", "") == (done.stdout, done.stderr)


MEASURE_BOMBS: Final = """
import asyncio, brotli, resource, time, zlib
from listening import a_request, exchange, listening, option_served, status_of
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
SIZE = 9_000_000
def parts(part):
    return part * (SIZE // len(part)) + b"--b--"
FORM, MULTIPART = "Content-Type: application/x-www-form-urlencoded", "Content-Type: multipart/form-data; boundary=b"
def squeezed(add, flush):
    # In pieces, so that this process never holds what the bomb would become.
    return b"".join(add(bytes(1_000_000)) for _ in range(100)) + flush()
def zlibbed(bits):
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return squeezed(packer.compress, packer.flush)
brotlied = brotli.Compressor(quality=3)
BOMBS = {
    "parts": (parts(b"--b\\r\\n\\r\\n\\r\\n"), MULTIPART, 413),
    "headers": (parts(b"--b\\r\\n" + b"a: b\\r\\n" * 9 + b"\\r\\n"), MULTIPART, 413),
    "one header": (parts(b"--b\\r\\na: " + b"b" * 5000 + b"\\r\\n\\r\\n"), MULTIPART, 413),
    "delimiters that are none": (parts(b"\\r\\n--"), MULTIPART, 400),
    "line ends": (b"--b\\r\\n\\r\\n" + b"\\r\\n" * (SIZE // 2) + b"--b--", MULTIPART, 200),
    "fields": (b"a&" * (SIZE // 2), FORM, 413),
    "br": (squeezed(brotlied.process, brotlied.finish), "Content-Encoding: br", 413),
    "gzip": (zlibbed(31), "Content-Encoding: gzip", 413),
    "deflate": (zlibbed(15), "Content-Encoding: deflate", 413),
}
async def attack():
    receiver = option_served({"request": {"wellFormed": True}}, MessageType=13)
    async with listening(receiver) as running:
        async def status(body, header):
            asked = a_request(body=body, headers=["Connection: close", header])
            return status_of(await exchange(running.port(), asked))
        harmless = b"--b\\r\\n\\r\\n" + b"x" * SIZE + b"\\r\\n--b--"
        assert 200 == await status(harmless, MULTIPART)
        before = peak()
        for name, (body, header, expected) in BOMBS.items():
            start = time.process_time()
            if (found := await status(body, header)) != expected:
                print(name, "was answered", found)
            if time.process_time() - start > 4:
                print(name, "took", time.process_time() - start)
        if peak() - before > 50:
            print("memory grew by", peak() - before, "MB")
asyncio.run(attack())
"""


def test_bombs_of_parts_fields_and_codings_are_refused_quickly_and_with_flat_memory() -> None:
    """Beside a harmless body of the same size; in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE_BOMBS],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[1] / "support")},
    )
    assert ("", "") == (done.stdout, done.stderr)
