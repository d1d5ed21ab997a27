"""A real OTLP/HTTP collector on the loopback: it takes batches of spans, and answers only while it is willing to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2

Value = str | int


@dataclass(frozen=True)
class CollectedSpan:
    """One span as it arrived; ids are hexadecimal digits, `parent` is ``""`` for none."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent: str
    state: str
    failed: bool
    began_ns: int
    ended_ns: int
    attributes: dict[str, Value]
    resource: dict[str, Value] = field(repr=False)


class Collector:
    """
    Keeps what it is told.

    Attributes:
        status: of its answers.
        gate: nothing is answered while it is closed.
        raw: every body as it came.
    """

    def __init__(self) -> None:
        self.spans: list[CollectedSpan] = []
        self.raw: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.gate = asyncio.Event()
        self.gate.set()
        self.url = ""

    def named(self, name: str) -> list[CollectedSpan]:
        """Return the spans of that name."""
        return [span for span in self.spans if span.name == name]

    async def take(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take one batch."""
        assert (request.method, request.path) == ("POST", "/v1/traces")
        assert request.headers["Content-Type"] == "application/x-protobuf"
        body = await request.read()
        await self.gate.wait()
        if self.status == 200:
            self.raw.append(body)
            self.headers.append(dict(request.headers))
            self.spans += _decoded(body)
        return web.Response(status=self.status, content_type="application/x-protobuf")


def _decoded(body: bytes) -> list[CollectedSpan]:
    batch = ExportTraceServiceRequest.FromString(body)
    return [
        CollectedSpan(
            name=span.name,
            kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            state=span.trace_state,
            failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
            began_ns=span.start_time_unix_nano,
            ended_ns=span.end_time_unix_nano,
            attributes={one.key: _value(one.value) for one in span.attributes},
            resource={one.key: _value(one.value) for one in group.resource.attributes},
        )
        for group in batch.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def _value(value: AnyValue) -> Value:
    return value.int_value if value.HasField("int_value") else value.string_value


@asynccontextmanager
async def a_collector() -> AsyncIterator[Collector]:
    """Run a collector on a free port."""
    collector = Collector()
    runner = web.ServerRunner(web.Server(collector.take), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        collector.gate.set()
        await runner.cleanup()
