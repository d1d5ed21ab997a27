"""Whether spans are wanted and can be had, and that whoever wants none pays nothing."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from httpreceiver_listener.spans import conventions
from httpreceiver_listener.spans.environment import objection, wants_spans

ROOT = Path(__file__).resolve().parents[3]
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SCRIPT = """
import asyncio, json, sys
blocked = json.loads(sys.argv[1])
for name in blocked:
    sys.modules[name] = None
from httpreceiver_listener.listener import Listener
from httpreceiver_listener.listener_options import ListenerOptions

async def main():
    lines = []
    listener = Listener(ListenerOptions(access_log=lines.append))
    await listener.start()
    await listener.drain(0, 0)
    events = [json.loads(line) for batch in lines for line in batch.splitlines()]
    print(json.dumps([
        [event["fields"] for event in events if event["event"] == "spans"],
        sorted(name for name in sys.modules if name.startswith("opentelemetry") and sys.modules[name]),
    ]))

asyncio.run(main())
"""


def opened(environment: dict[str, str], *blocked: str) -> list[list[object]]:
    """Return the events about spans of a listener in a fresh process, and what of OpenTelemetry it imported."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, json.dumps(blocked)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[list[object]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({ENDPOINT: ""}, False),
        ({ENDPOINT: "http://c"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://c"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": " None ", ENDPOINT: "http://c"}, False),
        ({"OTEL_SDK_DISABLED": "TRUE", ENDPOINT: "http://c"}, False),
        ({"OTEL_SDK_DISABLED": "false", ENDPOINT: "http://c"}, True),
    ],
)
def test_spans_are_wanted_when_an_exporter_is_configured(environment: dict[str, str], wanted: bool) -> None:
    assert wants_spans(environment) is wanted


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({ENDPOINT: "http://c"}, ""),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, ""),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, ""),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, ""),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc', and only http/protobuf is spoken.",
        ),
        ({"OTEL_TRACES_EXPORTER": "otlp,console"}, "OTEL_TRACES_EXPORTER is 'otlp,console', and only otlp is spoken."),
    ],
)
def test_what_is_not_spoken_is_named(environment: dict[str, str], said: str) -> None:
    assert objection(environment) == said


def test_without_a_collector_nothing_of_opentelemetry_is_imported() -> None:
    assert opened({}) == [[], []]


def test_without_the_extra_a_collector_is_asked_for_in_vain_and_the_way_out_is_named() -> None:
    [events, _] = opened({ENDPOINT: "http://127.0.0.1:9"}, "opentelemetry")

    assert events == [{"message": "OpenTelemetry is not installed; install httpreceiver[otel]."}]


def test_the_page_has_every_attribute_and_no_other() -> None:
    page = (ROOT / "docs" / "spans.md").read_text()
    table = page[page.index("## What is on them") : page.index("`httpreceiver.request.id` is `id`")]
    named = r"(?:http|url|server|client|network|user_agent|error|db|httpreceiver)\.[a-z_.]+"
    code = Path(str(conventions.__file__)).read_text()

    assert set(re.findall(f"`({named})`", table)) == set(re.findall(f'"({named})"', code))
