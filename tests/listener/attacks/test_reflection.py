"""What callers send never becomes a line of the log, a header of an answer, a file outside its root, or a pattern."""

import ast
import json
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec
import pytest

import httpreceiver_listener
from attacking import HEAD, statuses
from engine import RECEIVER, create_variable, receiver, transformers
from httpreceiver_listener.requests.answers import first_lines
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.options import read_options
from listening import a_request, a_served, exchange, listening, serving, status_of, until
from workflow_files import a_writer, with_activities

HOSTILE_PATHS: Final = ["/v/%0d%0aX", "/v/%0d%0a%7B%22status%22:200%7D", "/v/%1b%5b2J", "/v/%c2%9b2J", '/v/"},{"a":"']
"""A new line, a forged line, an escape sequence of terminals in both spellings, the end of a JSON text."""


async def test_a_path_cannot_forge_a_line_of_the_log_nor_move_a_terminals_cursor() -> None:
    raw: list[bytes] = []
    async with listening(a_served(), access_log=raw.append) as running:
        for path in HOSTILE_PATHS:
            await exchange(running.port(), a_request(path, headers=["Connection: close"]))
        await until(lambda: b"".join(raw).count(b'"path"') >= len(HOSTILE_PATHS))
    lines = b"".join(raw).splitlines()

    logged = [json.loads(line) for line in lines]
    assert [line["path"] for line in logged if "path" in line] == HOSTILE_PATHS
    assert all(line.isascii() and line.decode().isprintable() for line in lines)


async def test_a_client_cannot_choose_the_address_or_the_id_that_is_logged() -> None:
    disguises = b"X-Forwarded-For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\nX-Real-IP: 9.9.9.9\r\nX-Request-ID: forged\r\n"
    async with listening(a_served()) as running:
        assert await statuses(running.port(), HEAD + disguises + b"Content-Length: 2\r\n\r\n{}") == [200]
        (line,) = await running.logged()

    assert (line["client"], "forged" in str(line)) == ("127.0.0.1", False)


@pytest.mark.parametrize("target", ["/v", "/nowhere", "/v/%zz"])
async def test_nothing_of_a_request_becomes_a_header_of_its_answer(target: str) -> None:
    split = "%0d%0aX-Split:%20yes%0d%0a%0d%0aHTTP/1.1%20200%20OK"
    body = b"\r\nX-Split: yes\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    fields = ["X-Split: yes", "Origin: http://x%0d%0aX-Split", "Content-Type: text/x-split", "Connection: close"]
    receivers = a_served(MessageType=13, ResponseMessageTemplate=f"${{{RECEIVER} inbound}}")
    async with listening(receivers) as running:
        answer = await exchange(running.port(), a_request(f"{target}{split}?{split}", body, headers=fields))
    head = answer.partition(b"\r\n\r\n")[0]

    assert b"split" not in head.lower()
    assert head.count(b"HTTP/1.1") == 1


REFLECTING: Final = {
    "query": "#[attributes.queryParams.x]",
    "field": "#[attributes.headers['x-sent']]",
    "body": "#[payload.x]",
    "template": "/${x}",
}


@pytest.mark.parametrize("place", REFLECTING)
@pytest.mark.parametrize("field", ["headers", "reasonPhrase", "contentType"])
async def test_what_would_split_an_answer_is_a_fault_and_never_a_header(place: str, field: str) -> None:
    value = REFLECTING[place]
    options, problems = read_options(
        {
            "variables": [{"name": "x", "value": "#[payload.x]"}],
            "response": {field: [{"name": "Location", "value": value}] if field == "headers" else value},
        }
    )
    assert problems == ()
    served = msgspec.structs.replace(a_served(), options=options)
    async with listening(served) as running:
        for ending in ("\r\n", "\n", "\r", "\0", "\u2028", "\x0b", "\x85"):
            text = f"a{ending}X-Split: yes{ending}{ending}HTTP/1.1 200 OK"
            body = json.dumps({"x": text}).encode()
            asked = a_request(f"/v?x={quote(text)}", body, headers=["X-Sent: a\xff", "Connection: close"])
            answer = await exchange(running.port(), asked)
            assert status_of(answer) == 500, repr(ending)
            assert b"split" not in answer.partition(b"\r\n\r\n")[0].lower()
            assert answer.count(b"HTTP/1.1 ") == 1


def test_a_content_type_that_would_split_the_answer_is_an_error() -> None:
    for text in ("text/plain\r\nX: y", "text/plain\n", "text/plain\0", "text/\x85plain", "text/\u2028plain"):
        with pytest.raises(ValueError, match="no header may hold"):
            first_lines(200, text)


def files_outside(root: Path, *folders: Path) -> list[Path]:
    """Return the files below *folders* that are not below *root*, and what an absolute name would have made."""
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in [*found, Path("/etc/out")] if path.exists() and not path.is_relative_to(root)]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../out",
            "..%2fout",
            "a/../../out",
            "..\\out",
            "a\\..\\..\\out",
            "/etc/out",
            "c:\\..\\..\\out",
            "//host/out",
        ),
        *("....//../../out", "x\0out", "~/../../out", "file:///out/../../../../out", "..", ".", ""),
    ],
)
async def test_a_name_from_a_message_writes_nothing_outside_the_roots(tmp_path: Path, name: str) -> None:
    root = tmp_path / "deep" / "root"
    root.mkdir(parents=True)
    writer = a_writer(FilePathToWrite=f"${{{RECEIVER} inbound}}", MessageTemplate="x")
    async with listening(
        serving(with_activities(writer, MessageType=13, ResponseMessageTemplate="ok")), files_roots=[root]
    ) as running:
        answer = await exchange(running.port(), a_request(body=name.encode(), headers=["Connection: close"]))

    assert status_of(answer) in (200, 500)
    assert files_outside(root, tmp_path) == []


@pytest.mark.parametrize(
    "path",
    ["newtonsoft:$[?match(@.a, '(a+)+$')]", "newtonsoft:$[?search(@.a, 'a')]", "newtonsoft:$[?(@.a =~ /(a+)+$/)]"],
)
def test_no_path_of_a_workflow_holds_a_regular_expression(path: str) -> None:
    settings = [receiver(MessageType=11, VariableTransformers=transformers("d1")["Id"])]
    workflow = [*settings, transformers("d1", create_variable("x", path))]
    prepared = prepare_workflow(json.dumps(workflow))

    assert prepared.problems


def test_secrets_are_compared_in_constant_time() -> None:
    """Structural: no module of the listener compares what is named like a secret with ``==``, ``!=`` or ``in``."""
    folder = Path(httpreceiver_listener.__file__).parent
    found = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and any(isinstance(how, (ast.Eq, ast.NotEq)) for how in node.ops):
                names = {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name)}
                names |= {leaf.attr for leaf in ast.walk(node) if isinstance(leaf, ast.Attribute)}
                if any(word in name for name in names for word in ("password", "secret", "credential", "signature")):
                    found.append(f"{path.name}:{node.lineno}")

    assert found == []
