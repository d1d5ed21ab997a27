"""
One run of the engine: a workflow made ready, a request, its answer.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from bench.engine.timing import medians_us
from bench.job import PATIENT, job_workflow, passthrough_workflow
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.pipeline.effects import InboundRequest, Respond
from httpreceiver_workflow.pipeline.runner import answer

_NOW: Final = datetime(2024, 1, 5, 10, 30, tzinfo=UTC)


def pipeline_of(settings: list[dict[str, Any]]) -> Pipeline:
    """Return the compiled workflow. Raises RuntimeError when it does not compile."""
    prepared = prepare_workflow(settings)
    if prepared.pipeline is None:
        raise RuntimeError(f"the bench's workflow does not compile: {prepared.problems}")
    return prepared.pipeline


def request_of(body: bytes, number: int = 1) -> InboundRequest:
    """Return request *number* as the listener would hand it over."""
    return InboundRequest(
        method="POST",
        rest=f"{number}/visit",
        query="siteId=north",
        body=body,
        content_type="application/json",
        client_ip="127.0.0.1",
        received_at=_NOW,
        instance_id=number,
        now=lambda: _NOW,
        new_uuid=lambda: "00000000-0000-4000-8000-000000000000",
        next_row=lambda table, count: 0,
        random_row=lambda count: 0,
    )


def runs(settings: list[dict[str, Any]], body: bytes) -> Callable[[], Respond]:
    """Return what runs the workflow once on *body*."""
    pipeline, request = pipeline_of(settings), request_of(body)
    return lambda: answer(pipeline, request)[0]


def engine_us(rounds: int = 5, slice_s: float = 0.2) -> dict[str, float]:
    """Return the CPU µs of one run for the servers' job and for the least a receiver does."""
    workflows = {"job": job_workflow(8080), "passthrough": passthrough_workflow()}
    sides = {name: runs(settings, PATIENT) for name, settings in workflows.items()}
    return medians_us(sides, rounds, slice_s)
