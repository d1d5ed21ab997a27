"""
A run that is recorded from the request to the outcome.

    recorder = Recorder(workflow)
    pipeline = compile_workflow(workflow, resources, recorder).pipeline
    run = run_traced(pipeline, request, recorder, origin)      # drive it like `run_pipeline`
    recorder.events
"""

import base64
from collections.abc import Callable
from typing import Literal

from httpreceiver_workflow.addresses import url_path
from httpreceiver_workflow.contract.encodings import python_encoding
from httpreceiver_workflow.messages.inferred import InferredFormat
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.pipeline.content.bodies import UnreadableBody, byte_order_mark, charset
from httpreceiver_workflow.pipeline.effects import Fault, InboundRequest, Outcome, Reply, Respond, Send, Stage
from httpreceiver_workflow.pipeline.runner import Run, run_pipeline
from httpreceiver_workflow.pipeline.trace.events import Ended, Origin, Replied, RequestRead, Responded
from httpreceiver_workflow.pipeline.trace.recorder import Recorder

CharsetOrigin = Literal["byte order mark", "Content-Type", "default", "unknown"]


def run_traced(
    pipeline: Pipeline, request: InboundRequest, recorder: Recorder, origin: Callable[[Send], Origin]
) -> Run:
    """
    Run *pipeline*, compiled with *recorder*, on *request*: `run_pipeline` with its ends recorded too.

    Args:
        origin: where the reply comes from that was just sent in.
    """
    recorder.events.append(_request_read(pipeline, request))
    run = run_pipeline(pipeline, request)
    reply: Reply | Fault | None = None
    while True:
        try:
            effect = run.send(reply)
        except StopIteration as end:
            outcome: Outcome = end.value
            recorder.events.append(_ended(pipeline, outcome))
            return outcome
        if isinstance(effect, Respond):
            recorder.events.append(_responded(pipeline, effect))
        reply = yield effect
        if isinstance(effect, Send):
            recorder.events.append(_replied(recorder.place_of(effect.activity_id), effect, reply, origin(effect)))


def _request_read(pipeline: Pipeline, request: InboundRequest) -> RequestRead:
    encoding, said_by = _charset_of(request, pipeline.request_charset)
    text, read_variables = _text(pipeline, request), pipeline.request_variables
    own = pipeline.request_format
    return RequestRead(
        stage=Stage.BODY,
        where=pipeline.receiver.where,
        method=request.method,
        path=url_path(pipeline.route.base) + request.rest,
        query=request.query,
        content_type=request.content_type,
        charset=encoding,
        charset_from=said_by,
        is_lossless=said_by == "unknown" or _decodes(request.body, encoding) or _is_base64_of(text, request.body),
        message_type=own.parse(text).type.name,
        is_inferred=isinstance(own, InferredFormat),
        text=text,
        variables=read_variables(request.query, request.rest) if read_variables else {},
    )


def _text(pipeline: Pipeline, request: InboundRequest) -> str:
    """Return the text of the request's message, ``""`` where the run ends because there is none."""
    try:
        return pipeline.read_body(request.body, request.content_type)
    except UnreadableBody:
        return ""


def _charset_of(request: InboundRequest, default: str) -> tuple[str, CharsetOrigin]:
    """Return how `bodies.decode_bytes` reads the body, and what says so."""
    mark = byte_order_mark(request.body)
    if mark is not None:
        return mark[1], "byte order mark"
    named = charset(request.content_type)
    if not named or not request.body:
        return python_encoding(default) or default, "default"
    encoding = python_encoding(named)
    return (named, "unknown") if encoding is None else (encoding, "Content-Type")


def _is_base64_of(text: str, body: bytes) -> bool:
    """Whether *body* was taken as bytes, as a DICOM file can be (contract A24)."""
    return text == base64.b64encode(body).decode("ascii")


def _decodes(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _replied(where: str, send: Send, reply: Reply | Fault | None, origin: Origin) -> Replied:
    return Replied(
        stage=Stage.ACTIVITY,
        where=where,
        activity=send.activity_name,
        origin=origin,
        reply=None if isinstance(reply, Fault) else reply or Reply(),
        fault=reply if isinstance(reply, Fault) else None,
    )


def _responded(pipeline: Pipeline, respond: Respond) -> Responded:
    return Responded(
        stage=Stage.RESPONSE,
        where=pipeline.receiver.where,
        mode=pipeline.mode,
        priority=pipeline.priority.name,
        status=respond.status,
        headers=(*([("Content-Type", respond.content_type)] if respond.content_type else []), *respond.headers),
        body=respond.body,
        fault=respond.fault,
    )


def _ended(pipeline: Pipeline, outcome: Outcome) -> Ended:
    return Ended(
        stage=outcome.fault.stage if outcome.fault else Stage.RESPONSE,
        where=pipeline.receiver.where,
        outcome=outcome.kind.value,
        fault=outcome.fault,
        notifications=outcome.notifications,
    )
