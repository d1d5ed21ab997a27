"""What a scrape of the admin port gets: what docs/metrics.md promises, in both formats, and never without bound."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from httpreceiver_workflow.endpoint import Scheme, ServedReceiver
from httpreceiver_workflow.options import read_options
from listening import (
    Running,
    a_client,
    a_request,
    a_served,
    a_stub,
    an_endpoint,
    exchange,
    forwarding,
    listening,
    option_served,
    until,
)

ROOT = Path(__file__).resolve().parents[2]
CLOSE = "Connection: close"
OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
"""As Prometheus asks."""
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SERIES_PER_RECEIVER = 150


def traceparent(flags: str = "01") -> str:
    """Return the header of a caller that is in a trace."""
    return f"traceparent: 00-{TRACE_ID}-00f067aa0ba902b7-{flags}"


async def scraped(running: Running, accept: str = "") -> tuple[str, str]:
    """Return content type and text of one scrape."""
    headers = {"Accept": accept} if accept else {}
    url = f"http://127.0.0.1:{running.listener.admin_port}/metrics"
    async with a_client(skip_auto_headers=("Accept",)) as client, client.get(url, headers=headers) as answer:
        assert answer.status == 200
        return answer.headers["Content-Type"], await answer.text()


async def families(running: Running) -> dict[str, Metric]:
    """Return our families, read as OpenMetrics."""
    _, text = await scraped(running, OPENMETRICS)
    return {one.name: one for one in read_openmetrics(text) if one.name.startswith("httpreceiver_")}


def documented() -> dict[str, tuple[str, set[str]]]:
    """Return name → kind and labels, as the page says."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def with_options(served: ServedReceiver, spec: dict[str, object]) -> ServedReceiver:
    """Return *served* with what an HttpReceiver says beside the workflow."""
    options, problems = read_options(spec)
    assert not problems
    return msgspec.structs.replace(served, options=options)


def named(served: ServedReceiver, name: str) -> ServedReceiver:
    """Return *served* under another name."""
    return msgspec.structs.replace(served, name=f"team/{name}")


@asynccontextmanager
async def everything_happened(folder: Path) -> AsyncIterator[Running]:
    """Serve and ask until there is something to tell of every metric."""
    async with a_stub() as stub:
        limits = {"requestTimeout": "300ms", "concurrency": 5, "rates": [{"requests": 1, "period": "1h"}]}
        slow = named(with_options(forwarding(stub.url, ServiceName="slow"), {"limits": limits}), "slow")
        early = named(forwarding(stub.url, ServiceName="early", ReponsePriority=0), "early")
        endpoints = [
            an_endpoint(slow, early),
            an_endpoint(named(a_served(), "tls"), port=8443, scheme=Scheme.HTTPS),
        ]
        async with listening(
            endpoints=endpoints, admin_port=0, admin_address="127.0.0.1", state_folder=folder
        ) as running:
            stub.gate.clear()
            await exchange(running.port(), a_request("/slow", headers=[CLOSE]))
            await exchange(running.port(), a_request("/slow", headers=[CLOSE]))
            stub.gate.set()
            await exchange(running.port(), a_request("/early", headers=[CLOSE]))
            await until(
                lambda: running.metric("httpreceiver_background_runs_total", receiver="team/early", outcome="completed")
            )
            yield running


async def test_every_documented_metric_is_scraped_with_its_labels_and_no_other(tmp_path: Path) -> None:
    async with everything_happened(tmp_path) as running:
        found = await families(running)

    shown = {
        family.name + ("_total" if family.type == "counter" else ""): (
            family.type,
            {label for sample in family.samples for label in sample.labels} - {"le"},
        )
        for family in found.values()
    }
    assert shown == documented()


async def test_both_formats_tell_the_same(tmp_path: Path) -> None:
    async with everything_happened(tmp_path) as running:
        kind, text = await scraped(running)
        open_kind, open_text = await scraped(running, OPENMETRICS)

    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    assert open_kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert open_text.endswith("# EOF\n")

    def series(found: Sequence[Metric]) -> set[tuple[str, ...]]:
        return {
            (sample.name, *map(str, sorted(sample.labels.items())))
            for family in found
            if family.name.startswith("httpreceiver_")
            for sample in family.samples
        }

    assert series(list(read_text(text))) == series(list(read_openmetrics(open_text)))


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/openmetrics", ";;,=,version=x", "a" * 5000])
async def test_whoever_does_not_name_openmetrics_gets_the_text_format(accept: str) -> None:
    async with listening(a_served(), admin_port=0, admin_address="127.0.0.1") as running:
        kind, _ = await scraped(running, accept)

    assert kind.startswith("text/plain")


@pytest.mark.parametrize("version", ["version=9.9", "version=x", "version=0.0.1", ""])
async def test_openmetrics_is_always_the_version_we_speak(version: str) -> None:
    async with listening(a_served(), admin_port=0, admin_address="127.0.0.1") as running:
        kind, _ = await scraped(running, f"application/openmetrics-text;{version}")

    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"


# --- exemplars -------------------------------------------------------------------------------------------------------

CORRELATING = {"correlation": {"enabled": True}}


async def exemplars(*headers: str, spec: dict[str, object]) -> list[tuple[dict[str, str], float, float]]:
    """Return labels, value and bucket of each exemplar after one request."""
    async with listening(option_served(spec), admin_port=0, admin_address="127.0.0.1") as running:
        await exchange(running.port(), a_request(headers=[*headers, CLOSE]))
        found = await families(running)
    return [
        (sample.exemplar.labels, sample.exemplar.value, float(sample.labels["le"]))
        for family in found.values()
        for sample in family.samples
        if sample.exemplar is not None
    ]


async def test_the_trace_of_a_request_is_the_exemplar_of_its_bucket() -> None:
    [(labels, value, bound)] = await exemplars(traceparent(), spec=CORRELATING)

    assert labels == {"trace_id": TRACE_ID}
    assert 0 < value <= bound


@pytest.mark.parametrize(
    ("headers", "spec"),
    [((), CORRELATING), ((traceparent("00"),), CORRELATING), ((traceparent(),), {})],
    ids=["no-trace", "a-trace-that-nobody-keeps", "a-receiver-that-does-not-correlate"],
)
async def test_without_a_trace_to_look_at_there_is_no_exemplar(
    headers: tuple[str, ...], spec: dict[str, object]
) -> None:
    assert await exemplars(*headers, spec=spec) == []


# --- bounds ----------------------------------------------------------------------------------------------------------


async def test_no_caller_adds_series_without_end() -> None:
    async with listening(option_served(CORRELATING), admin_port=0, admin_address="127.0.0.1") as running:

        async def count_after(batch: int) -> int:
            for number in range(batch, batch + 20):
                sent = [
                    a_request(f"/v/{number}?{number}=1", headers=[f"X-{number}: 1", traceparent(), CLOSE]),
                    a_request(f"/{number}", headers=[CLOSE]),
                    a_request(
                        method="PROPFIND" if number % 2 else f"METHOD{number}",
                        headers=[f"X-Correlation-ID: {number}", CLOSE],
                    ),
                ]
                await asyncio.gather(*(exchange(running.port(), one) for one in sent))
            return sum(len(family.samples) for family in (await families(running)).values())

        # A bucket's own series are all there from the first value on.
        assert await count_after(0) == await count_after(20)


async def test_a_receiver_that_answers_in_two_ways_has_no_more_than_150_series() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url), admin_port=0, admin_address="127.0.0.1") as running:
        await exchange(running.port(), a_request(headers=[CLOSE]))
        stub.answer = lambda _: aiohttp.web.Response(status=500)
        await exchange(running.port(), a_request(headers=[CLOSE]))
        found = await families(running)

    own = [one for family in found.values() for one in family.samples if one.labels.get("receiver") == "team/a"]
    assert 0 < len(own) <= SERIES_PER_RECEIVER
