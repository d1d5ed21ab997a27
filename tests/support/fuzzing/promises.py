"""
What messages, workflows and runs promise whatever they are given. A check raises when a promise is broken.
"""

import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec

from engine import request
from httpreceiver_workflow import Prepared, prepare_workflow
from httpreceiver_workflow.endpoint import Scheme
from httpreceiver_workflow.messages import Message, MessageFault, MessageFormat, PathProblem
from httpreceiver_workflow.messages.inferred import InferredFormat
from httpreceiver_workflow.openapi import describe_receiver, endpoint_document
from httpreceiver_workflow.options import NO_OPTIONS
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.pipeline.content.bodies import media_type_of
from httpreceiver_workflow.pipeline.effects import Reply, Respond, Send
from httpreceiver_workflow.pipeline.runner import run_pipeline
from httpreceiver_workflow.problems import has_errors

LOOP_PASSES = 3
STATUSES = frozenset({200, 400, 415, 500})
"""What a run may answer: done or filtered, an unreadable request, an unknown charset, errored."""

SELECTING = ("xpath:", "newtonsoft:")
"""Paths that may select by value, so that they need not find what they wrote, or be a question whose answer is no."""


def check_message(own: MessageFormat, text: str, steps: Sequence[tuple[str, str]]) -> None:
    """
    Read and write a message of *text*.

    Args:
        steps: a path, which need not be one, and the value that is written there.
    """
    message = own.parse(text)
    places = [(path, written, value) for written, value in steps if (path := compiled(own, written)) is not None]
    for path, written, _ in places:
        _read(own, message, path, written)
    assert isinstance(message.is_valid(), bool)
    assert message.text() == text, "reading changed the text"
    assert message.clone().text() == text, "a clone differs"
    for path, written, value in places:
        _write_value(own, message, path, written, value)
        _write_raw(message, path, value)
    _rendered(message)


def compiled(own: MessageFormat, path: str) -> Any:
    """Return *path* compiled, None when it is no path of the message type."""
    try:
        return own.compile_path(path)
    except PathProblem as problem:
        _tellable(problem)
        return None


def _read(own: MessageFormat, message: Message, path: Any, written: str) -> None:
    try:
        value = message.get(path)
        assert isinstance(value, str)
        assert value in message.get_all(path), "get gives what get_all does not"
        exists = message.exists(path)
        assert exists or not value or written.startswith(SELECTING), "what has a value does not exist"
        passes = message.count(path)
        assert passes >= 0
        for index in range(1, min(passes, LOOP_PASSES) + 1):
            message.get(own.indexed_path(path, path, index))
    except MessageFault as fault:
        _tellable(fault)


def _write_value(own: MessageFormat, message: Message, path: Any, written: str, value: str) -> None:
    before = message.clone()
    try:
        message.set_value(path, value)
    except MessageFault as fault:
        _tellable(fault)
        return
    text = _rendered(message)
    again = before.clone()
    again.set_value(path, value)
    assert _rendered(again) == text, "a write depends on more than the text"
    if text is None or written.startswith(SELECTING) or not _grows(own, before, path):
        return
    assert message.get(path) == value, "what was set is not what is got"
    if isinstance(own, InferredFormat):
        return
    reader = own.parse(text)
    assert reader.is_valid() or not before.is_valid(), "a write broke the message"
    if reader.is_valid():
        assert reader.get(path) == value, "a reader of the written text gets something else"


def _grows(own: MessageFormat, before: Message, path: Any) -> bool:
    """Whether a write there must take: a CSV column that does not exist stays missing."""
    return own.content_type != "text/csv; charset=utf-8" or before.exists(path)


def _write_raw(message: Message, path: Any, value: str) -> None:
    changed = message.clone()
    with contextlib.suppress(MessageFault):
        changed.set_structure(path, value)
        changed.get(path)
    with contextlib.suppress(MessageFault):
        changed.append_line(value)
        changed.get(path)
    _rendered(changed)


def _rendered(message: Message) -> str | None:
    try:
        text = message.text()
        assert message.clone().text() == text, "a clone differs"
    except MessageFault as fault:
        _tellable(fault)
        return None
    return text


def _tellable(error: Exception) -> None:
    """A fault's text goes into logs and answers."""
    assert 0 < len(str(error)) < 10_000
    str(error).encode()


def check_run(pipeline: Pipeline, body: bytes, content_type: str = "") -> Respond:
    """Run *pipeline* on *body*; every activity answers with what it got. Return the response."""
    steps = run_pipeline(pipeline, request(body, content_type=content_type))
    responses: list[Respond] = []
    answer: Reply | None = None
    with contextlib.suppress(StopIteration):
        while True:
            effect = steps.send(answer)
            answer = Reply(body=body) if isinstance(effect, Send) else None
            responses += [effect] if isinstance(effect, Respond) else []
    (response,) = responses
    assert response.status in STATUSES
    return response


def check_workflow(source: object, body: bytes = b"") -> Prepared:
    """Load and compile *source*, run what compiles, and describe it to its callers."""
    prepared = prepare_workflow(source)
    assert (prepared.pipeline is None) == has_errors(prepared.problems)
    for problem in prepared.problems:
        assert problem.message
        problem.message.encode()
        problem.where.encode()
    if prepared.pipeline is not None:
        check_described(prepared, check_run(prepared.pipeline, body))
    return prepared


def check_described(prepared: Prepared, answer: Respond) -> None:
    """Describe a receiver to its callers, who must find the *answer* of a run there."""
    assert prepared.workflow is not None
    assert prepared.pipeline is not None
    description = describe_receiver("a", prepared.workflow, prepared.pipeline, NO_OPTIONS)
    msgspec.json.encode(endpoint_document(Scheme.HTTP, 8080, [description]))
    response = description.responses[str(answer.status)]
    if answer.body:
        assert media_type_of(answer.content_type) in response["content"]
