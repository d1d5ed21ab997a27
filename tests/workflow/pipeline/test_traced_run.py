"""A traced run is the run itself: same effects, same outcome, whatever the workflow; and it tells all it did."""

from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from engine import Ran, request
from httpreceiver_cli.yaml_text import load_documents
from httpreceiver_workflow import load_workflow
from httpreceiver_workflow.pipeline.compiler import Pipeline, compile_workflow
from httpreceiver_workflow.pipeline.effects import InboundRequest, Reply, Respond, Send
from httpreceiver_workflow.pipeline.recorder import Recorder
from httpreceiver_workflow.pipeline.runner import Run, run_pipeline
from httpreceiver_workflow.pipeline.trace_events import Ended, Event, Responded
from httpreceiver_workflow.pipeline.traced_run import run_traced
from httpreceiver_workflow.resources import Resources, read_table, resources_of

CASES: Final = Path(__file__).resolve().parents[2] / "cases" / "workflow"
FILES: Final = [path for path in sorted(CASES.glob("*.yaml")) if "\ncases:" in path.read_text()]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_traced_run_does_what_an_untraced_run_does(path: Path) -> None:
    """For every request of the conformance suite."""
    [document] = load_documents(path.read_text())
    for case in document["cases"]:
        asked = case["request"]
        replied = Reply(body=case["expect"].get("stub", {}).get("replies", "").encode())
        plain = _driven(run_pipeline(_compiled(document)[0], _inbound(asked)), replied)
        pipeline, recorder = _compiled(document, traced=True)
        traced = _driven(run_traced(pipeline, _inbound(asked), recorder, lambda _: "given"), replied)
        assert traced == plain
        _check_whole(recorder.events, plain)


def _check_whole(events: list[Event], ran: Ran) -> None:
    """The trace has one answer and one end, the ones of the run, and every block in it is closed."""
    [responded] = [event for event in events if isinstance(event, Responded)]
    assert (responded.status, responded.body) == (ran.response.status, ran.response.body)
    assert isinstance(events[-1], Ended)
    assert (events[-1].outcome, events[-1].depth) == (ran.outcome.kind.value, 0)
    assert all(event.where.startswith("$") and event.depth >= 0 for event in events)


def _compiled(document: dict[str, Any], *, traced: bool = False) -> tuple[Pipeline, Recorder]:
    loaded = load_workflow(document["workflow"])
    assert loaded.workflow is not None
    recorder = Recorder(loaded.workflow)
    resources = _resources(document)
    compiled = (
        compile_workflow(loaded.workflow, resources, tracer=recorder)
        if traced
        else compile_workflow(loaded.workflow, resources)
    )
    assert compiled.pipeline is not None
    return compiled.pipeline, recorder


def _resources(document: dict[str, Any]) -> Resources:
    tables = [read_table(name, text) for name, text in document.get("tables", {}).items()]
    return resources_of(document.get("global_variables", {}), tables)


def _inbound(asked: dict[str, Any]) -> InboundRequest:
    path, _, query = asked["path"].partition("?")
    headers = {name.lower(): value for name, value in asked.get("headers", {}).items()}
    return request(
        asked.get("body", ""),
        method=asked["method"],
        rest="/".join(path.strip("/").split("/")[1:]),
        query=query,
        content_type=headers.get("content-type", ""),
    )


def _driven(run: Run, replied: Reply) -> Ran:
    effects: list[Send | Respond] = []
    answer: Reply | None = None
    for _ in count():
        try:
            effect = run.send(answer)
        except StopIteration as end:
            return Ran(end.value, effects)
        effects.append(effect)
        answer = replied if isinstance(effect, Send) else None
    raise AssertionError
