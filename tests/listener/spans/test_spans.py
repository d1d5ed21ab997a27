"""Spans as a collector gets them, over a real connection and decoded from its protobuf."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector import CollectedSpan, Collector, a_collector
from guarded import CLEAR, guarded
from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.options import read_options
from listening import (
    Running,
    a_request,
    a_served,
    a_stub,
    exchange,
    forwarding,
    free_port,
    listening,
    option_served,
    serving,
    status_of,
    until,
)
from mounted import mount
from pod_process import a_pod
from workflow_files import a_writer, with_activities

CLOSE = "Connection: close"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
PARENT = f"traceparent: 00-{TRACE_ID}-{PARENT_ID}-01"
SOON_MS = "50"


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """Run a collector that the environment names."""
    async with a_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", SOON_MS)
        yield collector


async def collected(
    collector: Collector, *receivers: ServedReceiver, sent: bytes, **options: Any
) -> list[CollectedSpan]:
    """Return the spans of one request, in the order in which they began; the listener has ended before."""
    async with listening(*receivers, **options) as running:
        await exchange(running.port(), sent)
    return sorted(collector.spans, key=lambda span: span.began_ns)


def with_options(served: ServedReceiver, spec: dict[str, object]) -> ServedReceiver:
    """Return *served* with what an HttpReceiver says beside the workflow."""
    options, problems = read_options(spec)
    assert not problems
    return msgspec.structs.replace(served, options=options)


# --- what is told ----------------------------------------------------------------------------------------------------


async def test_a_request_is_a_server_span_with_the_attributes_of_the_conventions(collector: Collector) -> None:
    sent = a_request("/v/1?a=b", b'{"a":1}', headers=["User-Agent: test/1", "Host: soup:8080", CLOSE])
    server, run = await collected(
        collector, option_served({"route": {"path": "{id}"}}), sent=sent.replace(b"Host: test\r\n", b"")
    )

    assert (server.name, server.kind, server.parent, server.failed) == ("POST /v/{id}", "SERVER", "", False)
    assert server.attributes == {
        "http.request.method": "POST",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "network.peer.address": "127.0.0.1",
        "user_agent.original": "test/1",
        "server.address": "soup",
        "server.port": 8080,
        "http.route": "/v/{id}",
        "httpreceiver.receiver": "team/a",
        "http.response.status_code": 200,
        "http.request.body.size": 7,
        "http.response.body.size": 4,
        "url.path": "/v/1",
        "client.address": "127.0.0.1",
        "httpreceiver.request.id": server.attributes["httpreceiver.request.id"],
        "httpreceiver.outcome": "completed",
        "httpreceiver.stage": "response",
    }
    assert (run.name, run.kind, run.parent, run.trace_id) == ("run", "INTERNAL", server.span_id, server.trace_id)
    assert server.began_ns <= run.began_ns <= run.ended_ns <= server.ended_ns


async def test_the_callers_trace_goes_on_through_the_activity_to_whom_it_calls(collector: Collector) -> None:
    async with a_stub() as stub:
        sent = a_request(headers=[PARENT, "tracestate: a=1", CLOSE])
        server, run, activity = await collected(collector, forwarding(stub.url), sent=sent)
        [headers] = stub.headers

    assert {span.trace_id for span in (server, run, activity)} == {TRACE_ID}
    assert (server.parent, run.parent, activity.parent) == (PARENT_ID, server.span_id, run.span_id)
    assert {span.state for span in (server, run, activity)} == {"a=1"}
    assert headers["traceparent"] == f"00-{TRACE_ID}-{activity.span_id}-01"
    assert headers["tracestate"] == "a=1"
    assert "X-Correlation-ID" not in headers
    assert activity.kind == "CLIENT"
    assert activity.attributes["url.full"] == stub.url
    assert activity.attributes["http.response.status_code"] == 200


async def test_one_id_is_in_log_span_exemplar_and_headers(collector: Collector) -> None:
    async with a_stub() as stub:
        served = with_options(forwarding(stub.url), {"correlation": {"enabled": True}})
        async with listening(served) as running:
            answer = await exchange(running.port(), a_request(headers=["X-Correlation-ID: c-1", CLOSE]))
            [line] = await running.logged()
            numbers = running.listener.metrics.receiver("team/a").durations_s[2]
        [headers] = stub.headers

    [server] = collector.named("POST /v/*")
    assert line["trace"] == server.trace_id
    assert [one.trace_id for one in numbers.exemplars.values()] == [server.trace_id]
    assert headers["traceparent"].split("-")[1] == server.trace_id
    assert b"X-Correlation-ID: c-1\r\n" in answer
    assert (
        line["correlation"] == server.attributes["httpreceiver.correlation_id"] == headers["X-Correlation-ID"] == "c-1"
    )


async def test_each_stage_that_takes_time_is_a_span(collector: Collector) -> None:
    secrets = {"keys": {"lab": "CANARY-KEY"}}
    served = guarded([{"apiKey": {"header": "X-Key", "secretRef": {"name": "keys"}}, **CLEAR}], secrets)
    options = msgspec.structs.replace(served.options, limits=read_options({"limits": {"concurrency": 1}})[0].limits)
    async with listening(msgspec.structs.replace(served, options=options)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
        writer.write(a_request(body=b"", length=2, headers=["X-Key: CANARY-KEY", CLOSE]))
        await until(lambda: running.metric("httpreceiver_requests_in_flight", receiver="team/a") == 1)
        writer.write(b"{}")
        assert status_of(await reader.read()) == 200
        writer.close()

    [server] = collector.named("POST /v/*")
    inside = [
        span.name for span in sorted(collector.spans, key=lambda span: span.began_ns) if span.parent == server.span_id
    ]
    assert inside == ["access", "queue", "body", "run"]
    assert server.attributes["httpreceiver.client.name"] == "lab"


async def test_what_goes_on_after_the_answer_stays_in_the_trace(collector: Collector) -> None:
    async with a_stub() as stub:
        stub.gate.clear()
        async with listening(forwarding(stub.url, ReponsePriority=0)) as running:
            await exchange(running.port(), a_request(headers=[PARENT, CLOSE]))
            stub.gate.set()
            lines = await running.logged(2)

    [server], [background] = collector.named("POST /v/*"), collector.named("background")
    [activity] = [span for span in collector.spans if span.kind == "CLIENT"]
    assert {span.trace_id for span in collector.spans} == {TRACE_ID}
    assert activity.parent == background.span_id
    assert server.ended_ns < background.ended_ns
    assert [line["trace"] for line in lines] == [TRACE_ID, TRACE_ID]


async def test_a_request_without_a_receiver_is_a_span_too(collector: Collector) -> None:
    [server] = await collected(collector, a_served(), sent=a_request("/no", method="PROPFIND", headers=[PARENT, CLOSE]))

    assert (server.name, server.parent, server.failed) == ("HTTP", PARENT_ID, False)
    found = {name: server.attributes.get(name) for name in ("http.request.method", "http.request.method_original")}
    assert found == {"http.request.method": "_OTHER", "http.request.method_original": "PROPFIND"}
    assert (server.attributes["http.response.status_code"], server.attributes["error.type"]) == (404, "NotFound")
    assert "http.route" not in server.attributes


async def test_an_activity_without_http_has_none_of_its_attributes(collector: Collector, tmp_path: Path) -> None:
    served = serving(with_activities(a_writer(FilePathToWrite=str(tmp_path / "CANARY.txt"))))
    _, _, activity = await collected(collector, served, sent=a_request(headers=[CLOSE]), files_roots=[tmp_path])

    assert activity.kind == "INTERNAL"
    assert set(activity.attributes) == {"httpreceiver.activity"}
    assert (tmp_path / "CANARY.txt").exists()


async def test_what_failed_is_marked_where_it_failed(collector: Collector) -> None:
    served = with_options(forwarding("http://127.0.0.1:9/"), {"errorResponse": {"statusCode": 502}})
    server, run, activity = await collected(collector, served, sent=a_request(headers=[CLOSE]))

    assert (server.failed, run.failed, activity.failed) == (True, False, True)
    assert (server.attributes["error.type"], activity.attributes["error.type"]) == ("Connectivity", "Connectivity")


# --- what is never told ----------------------------------------------------------------------------------------------


async def test_no_body_no_header_no_credential_and_no_secret_reaches_the_collector(collector: Collector) -> None:
    async with a_stub() as stub:
        url = stub.url.replace("http://", "http://user:CANARY1@") + "path?token=CANARY2&a=CANARY3"
        sent = a_request(
            "/v?password=CANARY4&code=CANARY5",
            b'{"a":"CANARY6"}',
            headers=["Authorization: CANARY7", "X-Any: CANARY8", "Cookie: CANARY9", CLOSE],
        )
        await collected(collector, forwarding(url, ResponseMessageTemplate="CANARY10"), sent=sent, log_query=True)

    assert len(collector.spans) == 3
    assert b"CANARY" not in b"".join(collector.raw)
    assert collector.named("POST /v/*")[0].attributes["url.query"] == "password=******&code=******"


async def test_a_query_is_not_told_unless_it_is_logged(collector: Collector) -> None:
    server, _ = await collected(collector, a_served(), sent=a_request("/v?q=CANARY", headers=[CLOSE]))

    assert "url.query" not in server.attributes
    assert b"CANARY" not in b"".join(collector.raw)


# --- the environment -------------------------------------------------------------------------------------------------


async def test_resource_headers_and_compression_are_as_the_environment_says(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "intake")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=t1")
    server, _ = await collected(collector, a_served(), sent=a_request(headers=[CLOSE]))

    assert server.resource["service.name"] == "intake"
    assert server.resource["deployment.environment.name"] == "test"
    assert collector.headers[0]["x-tenant"] == "t1"


async def test_the_service_is_named_after_us_where_nobody_names_it(collector: Collector) -> None:
    server, _ = await collected(collector, a_served(), sent=a_request(headers=[CLOSE]))

    assert server.resource["service.name"] == "httpreceiver"
    assert server.resource["service.instance.id"]


async def test_a_sampler_of_the_environment_decides_and_its_decision_is_passed_on(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    async with a_stub() as stub:
        assert await collected(collector, forwarding(stub.url), sent=a_request(headers=[CLOSE])) == []
        [headers] = stub.headers

    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-0[02]", headers["traceparent"])


@pytest.mark.parametrize(
    "changes",
    [{"OTEL_TRACES_EXPORTER": "none"}, {"OTEL_SDK_DISABLED": "true"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}],
    ids=["no-exporter", "disabled", "no-endpoint"],
)
async def test_without_an_exporter_nothing_is_told(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    async with listening(a_served()) as running:
        await exchange(running.port(), a_request(headers=[PARENT, CLOSE]))
        [line] = await running.logged()

    assert (collector.spans, running.events("spans"), "trace" in line) == ([], [], False)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "only http/protobuf is spoken"),
        ("OTEL_TRACES_EXPORTER", "zipkin", "only otlp is spoken"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many", "cannot be used"),
    ],
)
async def test_what_we_cannot_do_is_said_and_requests_are_served(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    async with listening(a_served()) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE]))
        await running.logged()
        [event] = running.events("spans")

    assert status_of(answer) == 200
    assert said in event["message"]


# --- the way there ---------------------------------------------------------------------------------------------------


def spans_counted(running: Running, result: str) -> float:
    """Return how many spans came to *result*."""
    return running.metric("httpreceiver_spans_total", result=result)


async def test_requests_do_not_wait_for_a_collector_that_does_not_answer(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
    collector.gate.clear()
    async with listening(a_served()) as running:
        for _ in range(20):
            assert status_of(await exchange(running.port(), a_request(headers=[CLOSE]))) == 200
        dropped = spans_counted(running, "dropped")
        collector.gate.set()
        await until(lambda: spans_counted(running, "exported") + dropped == 40)

    # Two spans a request; what is on its way and what waits is bounded.
    assert 40 - 5 - 10 <= dropped <= 40
    assert len(collector.spans) == 40 - dropped


async def test_spans_that_are_refused_are_counted_and_told_once(collector: Collector) -> None:
    collector.status = 400
    async with listening(a_served()) as running:
        for number in (2, 4):
            await exchange(running.port(), a_request(headers=[CLOSE]))
            await until(lambda wanted=number: spans_counted(running, "failed") == wanted)  # type: ignore[misc]
        await until(lambda: running.events("spans"))

    assert running.events("spans") == [{"message": "The collector does not take spans; see httpreceiver_spans_total."}]


async def test_draining_sends_what_waits(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
    spans = await collected(collector, a_served(), sent=a_request(headers=[CLOSE]))

    assert [span.name for span in spans] == ["POST /v/*", "run"]


async def test_a_pod_that_is_ended_tells_of_its_last_request(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
    mount(tmp_path, a_served())
    async with a_pod(tmp_path) as pod:
        await exchange(pod.port, a_request(headers=[PARENT, CLOSE]))
        code, _, err = await pod.end()

    assert (code, err) == (0, "")
    assert [span.parent for span in collector.named("POST /v/*")] == [PARENT_ID]


async def test_a_pod_whose_collector_is_gone_ends_in_time_and_loses_no_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    mount(tmp_path, a_served())
    async with a_pod(tmp_path) as pod:
        answer = await exchange(pod.port, a_request(headers=[CLOSE]))
        code, _, _ = await pod.end()

    assert (code, status_of(answer)) == (0, 200)
