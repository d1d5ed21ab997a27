"""The access log: what each line has, and that no secret of a query is in it."""

import ast
import doctest
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guarded import asked, guarded
from httpreceiver_listener.telemetry import logged_queries
from httpreceiver_listener.telemetry.access_log import RequestLine
from httpreceiver_listener.telemetry.log_page import EVENTS, log_markdown
from httpreceiver_listener.telemetry.logged_queries import LONGEST_QUERY, MASK, MASKED_NAMES, QueryMask
from listening import a_request, a_served, exchange, listening, option_served

ROOT = Path(__file__).resolve().parents[2]
CLOSE = "Connection: close"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def line_of(served: Any, path: str = "/v", headers: tuple[str, ...] = (), **options: Any) -> dict[str, Any]:
    """Return what one request leaves in the log."""
    async with listening(served, **options) as running:
        await exchange(running.port(), a_request(path, headers=[*headers, CLOSE]))
        (line,) = await running.logged()
    return line


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "access-log.md").read_text()
    assert page == log_markdown(), "run: python -m httpreceiver_listener.telemetry.log_page > docs/access-log.md"


def test_every_event_that_is_logged_is_described_and_no_other() -> None:
    named = set()
    for file in (ROOT / "listener").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("event", "log_event")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                named.add(node.args[0].value)

    assert named == set(EVENTS)


async def test_a_line_has_the_documented_fields_in_their_order() -> None:
    served = option_served({"correlation": {"enabled": True}})
    line = await line_of(served, "/v?a=1", ("X-Correlation-ID: c-1", f"traceparent: {PARENT}"), log_query=True)

    written = [name for name in RequestLine.__struct_fields__ if name != "client_name"]
    assert list(line) == written
    assert (line["correlation"], line["trace"], line["query"]) == ("c-1", "4bf92f3577b34da6a3ce929d0e0e4736", "a=1")


async def test_a_query_is_not_logged_unless_asked_for() -> None:
    line = await line_of(a_served(), "/v?q=CANARY")

    assert "CANARY" not in json.dumps(line)


@pytest.mark.parametrize("name", [pattern.strip("*") for pattern in MASKED_NAMES])
async def test_what_sounds_like_a_secret_is_masked(name: str) -> None:
    coded = "".join(f"%{ord(letter):02X}" for letter in name)
    line = await line_of(a_served(), f"/v?a=1&{name.upper()}=CANARY&{coded}=CANARY&b=2;{name}=CANARY", log_query=True)

    assert line["query"] == f"a=1&{name.upper()}={MASK}&{coded}={MASK}&b=2;{name}={MASK}"


async def test_names_can_be_added_and_none_taken_away() -> None:
    line = await line_of(
        a_served(), "/v?mrn=1&patientName=2&ward=3&token=4", log_query=True, log_masks=("mrn", "*name*")
    )

    assert line["query"] == f"mrn={MASK}&patientName={MASK}&ward=3&token={MASK}"


async def test_the_parameter_that_holds_a_callers_key_is_masked_whatever_its_name() -> None:
    served = guarded(
        [{"apiKey": {"query": "from", "secretRef": {"name": "keys"}}, "allowInsecure": True}],
        {"keys": {"lab": "CANARY-KEY"}},
    )
    async with listening(served, log_query=True) as running:
        accepted = await asked(running.port(), path="/v?from=CANARY-KEY&a=1")
        (line,) = await running.logged()

    assert accepted == (200, "lab")
    assert line["query"] == f"from={MASK}&a=1"


async def test_a_request_without_a_receiver_leaves_no_query() -> None:
    line = await line_of(a_served(), "/elsewhere?from=CANARY", log_query=True)

    assert (line["status"], "query" in line) == (404, False)


def test_a_name_without_a_value_is_masked_since_it_may_be_the_secret() -> None:
    assert QueryMask().logged("CANARY&a=1") == f"{MASK}&a=1"


def test_an_endless_query_is_cut() -> None:
    assert len(QueryMask().logged("a=" + "x" * 100_000)) == LONGEST_QUERY + 1


def test_bytes_that_are_not_utf8_can_be_written() -> None:
    assert msgspec.json.encode(QueryMask().logged("a=\udcff")) == b'"a=\\\\xff"'


def test_the_example_holds() -> None:
    assert doctest.testmod(logged_queries).failed == 0
