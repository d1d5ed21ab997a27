"""docs/expressions.md and docs/responses.md: every expression they show gives what they say, over a real connection."""

import json
import re
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import yaml

from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.options import read_options
from listening import a_request, a_served, a_stub, exchange, forwarding, free_port, listening

DOCS: Final = Path(__file__).parents[2] / "docs"
EXPRESSIONS: Final = (DOCS / "expressions.md").read_text()
RESPONSES: Final = (DOCS / "responses.md").read_text()
ROW: Final = re.compile(r"^\|.*\| (`.+`) \| `([^`]*)` \|$", re.MULTILINE)
REQUEST: Final = re.search(r"```http\n(.*?)```", EXPRESSIONS, re.DOTALL)


def rows() -> list[tuple[str, str]]:
    """Return expression and value of each row that tells what one gives."""
    documented = EXPRESSIONS.partition("## Attributes")[2]
    found = [line.strip("| ").split(" | ") for line in documented.splitlines() if line.startswith("| `")]
    return [(cells[-2].strip("`"), cells[-1].strip("`")) for cells in found]


def beside(served: ServedReceiver, spec: dict[str, Any]) -> ServedReceiver:
    """Return *served* with *spec* beside its workflow."""
    options, problems = read_options(spec)
    assert problems == ()
    return msgspec.structs.replace(served, options=options)


def example(text: str) -> dict[str, Any]:
    """Return the fields of the one YAML block of a document."""
    [block] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    spec: dict[str, Any] = yaml.safe_load(block)
    return spec


async def test_every_expression_of_the_page_gives_what_it_says() -> None:
    """All in one answer, so that one connection is enough."""
    assert REQUEST is not None
    expected = rows()
    assert len(expected) > 35
    head, _, body = REQUEST[1].strip().partition("\n\n")
    receivers = [
        beside(
            a_served(f"team/e{number}", ServiceName="api/v1"),
            {
                "route": {"path": "account/{accountId}/*", "hostnames": [f"e{number}.example.com"]},
                "response": {"body": f"#[{expression}]"},
            },
        )
        for number, (expression, _) in enumerate(expected)
    ]
    async with listening(*receivers) as running:
        for number, (expression, value) in enumerate(expected):
            lines = [*head.splitlines(), "Connection: close", f"Content-Length: {len(body)}"]
            lines[1] = f"Host: e{number}.example.com"
            answer = await exchange(running.port(), "\r\n".join([*lines, "", body]).encode())
            shown = answer.partition(b"\r\n\r\n")[2].decode().replace(f"e{number}.example.com", "localhost:8081")
            assert (expression, shown) == (expression, value)


async def test_the_variables_of_the_page_reach_the_workflow() -> None:
    spec = {**example(EXPRESSIONS), "route": {"path": "{accountId}"}}
    template = '{"a": "${AccountId}|${notified}|${CorrelationId}|${Greeting}"}'
    served = beside(a_served(ResponseMessageTemplate=template), spec)
    async with listening(served) as running:
        sent = a_request("/v/acme?notify=a&notify=b", headers=["Connection: close", "X-Correlation-ID: c1"])
        answer = await exchange(running.port(), sent)
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"a": "acme|a,b|c1|Hello acme"}


@pytest.mark.parametrize("run", ["completed", "Connectivity", "ActivityFailed"])
async def test_the_stored_logo_is_answered_as_the_page_says(run: str) -> None:
    found = re.search(rf"^\| {run} \| `([^`]*)`, `([^`]*)` \|$", RESPONSES, re.MULTILINE)
    assert found is not None
    async with a_stub() as stub:
        url = {
            "completed": stub.url,
            "Connectivity": f"http://127.0.0.1:{free_port()}/",
            "ActivityFailed": "ftp://nowhere/",
        }[run]
        served = beside(forwarding(url), {**example(RESPONSES), "route": {"path": "account/{accountId}/logo"}})
        async with listening(served) as running:
            body = b'{"name": "Corporate Logo"}'
            headers = ["Connection: close", "Content-Type: application/json"]
            answer = await exchange(running.port(), a_request("/v/account/mulesoft/logo", body, headers=headers))
    head, _, text = answer.decode().partition("\r\n\r\n")
    lines = head.split("\r\n")
    assert (lines[0], text) == (f"HTTP/1.1 {found[1]}", found[2])
    wanted = "Location: /account/mulesoft/logo" if run == "completed" else "X-Time: 50s"
    assert wanted in lines
