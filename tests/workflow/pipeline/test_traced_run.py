"""A traced run is the run itself: same effects, same outcome, whatever the workflow; and it tells all it did."""

import base64
from inspect import signature
from pathlib import Path
from typing import Any, Final

import pytest

from engine import Ran, create_variable, drive, guid, receiver, request, transformers, typed
from httpreceiver_cli.yaml_text import load_documents
from httpreceiver_workflow import load_workflow
from httpreceiver_workflow.options import read_options
from httpreceiver_workflow.pipeline.compiler import Pipeline, compile_workflow
from httpreceiver_workflow.pipeline.effects import InboundRequest, Reply
from httpreceiver_workflow.pipeline.runner import run_pipeline
from httpreceiver_workflow.pipeline.trace.events import ActionRun, Ended, Event, MessageBuilt, Responded, Written
from httpreceiver_workflow.pipeline.trace.recorder import Recorder
from httpreceiver_workflow.pipeline.trace.traced_run import run_traced
from httpreceiver_workflow.pipeline.tracer import UNTRACED, Tracer
from httpreceiver_workflow.pipeline.transforms.transformer import DEEPEST_BLOCK
from httpreceiver_workflow.resources import Resources, read_override, read_table, resources_of

CASES: Final = Path(__file__).resolve().parents[2] / "cases" / "workflow"
FILES: Final = [path for path in sorted(CASES.glob("*.yaml")) if "\ncases:" in path.read_text()]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_traced_run_does_what_an_untraced_run_does(path: Path) -> None:
    """For every request of the conformance suite."""
    [document] = load_documents(path.read_text())
    for case in document["cases"]:
        for step in case.get("steps", [case]):
            _check_case(document, case | step)


def _check_case(document: dict[str, Any], case: dict[str, Any]) -> None:
    reply = Reply(body=case["expect"].get("stub", {}).get("replies", "").encode())
    plain = drive(run_pipeline(_compiled(document, case)[0], _inbound(case["request"])), lambda _: reply)
    pipeline, recorder = _compiled(document, case, traced=True)
    run = run_traced(pipeline, _inbound(case["request"]), recorder, lambda _: "given")
    assert drive(run, lambda _: reply) == plain
    _check_whole(recorder.events, plain)


def _check_whole(events: list[Event], ran: Ran) -> None:
    """The trace has one answer and one end, the ones of the run, and every block in it is closed."""
    [responded] = [event for event in events if isinstance(event, Responded)]
    assert (responded.status, responded.body) == (ran.response.status, ran.response.body)
    assert isinstance(events[-1], Ended)
    assert events[-1].outcome == ran.outcome.kind.value
    assert {event.depth for event in events if isinstance(event, MessageBuilt)} <= {0}
    assert all(event.where.startswith("$") and event.depth >= 0 for event in events)


def _compiled(document: dict[str, Any], case: dict[str, Any], *, traced: bool = False) -> tuple[Pipeline, Recorder]:
    options, _ = read_options({"compatibility": case.get("compatibility", {})})
    loaded = load_workflow(document["workflow"], options.compatibility)
    assert loaded.workflow is not None
    recorder = Recorder(loaded.workflow, options)
    resources = _resources(document)
    compiled = (
        compile_workflow(loaded.workflow, resources, options, recorder)
        if traced
        else compile_workflow(loaded.workflow, resources, options)
    )
    assert compiled.pipeline is not None
    return compiled.pipeline, recorder


def _resources(document: dict[str, Any]) -> Resources:
    tables = [read_table(name, text) for name, text in document.get("tables", {}).items()]
    overrides = [read_override(name, text) for name, text in document.get("code_overrides", {}).items()]
    return resources_of(document.get("global_variables", {}), tables, overrides)


def _inbound(asked: dict[str, Any]) -> InboundRequest:
    path, _, query = asked["path"].partition("?")
    headers = {name.lower(): value for name, value in asked.get("headers", {}).items()}
    return request(
        base64.b64decode(asked["body_base64"]) if "body_base64" in asked else asked.get("body", ""),
        method=asked["method"],
        rest="/".join(path.strip("/").split("/")[1:]),
        query=query,
        content_type=headers.get("content-type", ""),
    )


def test_blocks_may_be_nested_as_deep_as_in_an_ordinary_run() -> None:
    """Watching takes calls of its own, and the stack has room for them."""
    opening = typed("BeginConditionalTransformerAction", Filters=[])
    closing = typed("EndConditionalTransformerAction")
    actions = [opening] * DEEPEST_BLOCK + [create_variable("a", "deep", 2)] + [closing] * DEEPEST_BLOCK
    document = {"workflow": [receiver(VariableTransformers=guid("d1")), transformers("d1", *actions)]}
    pipeline, recorder = _compiled(document, {}, traced=True)
    drive(run_traced(pipeline, request(), recorder, lambda _: "none"), lambda _: Reply())
    [action] = [event for event in recorder.events if isinstance(event, ActionRun)]
    assert action.depth == DEEPEST_BLOCK
    assert action.written == (Written("", "a", None, "deep"),)


@pytest.mark.parametrize("name", [name for name in vars(Tracer) if not name.startswith("_")])
def test_an_ordinary_compile_is_not_watched(name: str) -> None:
    """Each part of the seam gives back the very thing that was compiled, so that a request pays nothing."""
    hook = getattr(UNTRACED, name)
    compiled = object()
    others = [None] * (len(signature(hook).parameters) - 1)
    assert hook(*others, compiled) is compiled
