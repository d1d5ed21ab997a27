"""
The engine without a socket: what `run_pipeline` costs for one request.
"""

import statistics
import time
from datetime import UTC, datetime
from typing import Any

from bench.job import PATIENT, job_workflow, passthrough_workflow
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.pipeline.effects import InboundRequest, Respond
from httpreceiver_workflow.pipeline.runner import run_pipeline


def _pipeline(settings: list[dict[str, Any]]) -> Pipeline:
    prepared = prepare_workflow(settings)
    if prepared.pipeline is None:
        raise RuntimeError(f"the bench's workflow does not compile: {prepared.problems}")
    return prepared.pipeline


def _request(number: int, now: datetime) -> InboundRequest:
    return InboundRequest(
        method="POST",
        rest=f"{number}/visit",
        query="siteId=north",
        body=PATIENT,
        content_type="application/json",
        client_ip="127.0.0.1",
        received_at=now,
        instance_id=number,
        now=lambda: now,
        new_uuid=lambda: "00000000-0000-4000-8000-000000000000",
        next_row=lambda table, count: 0,
        random_row=lambda count: 0,
    )


def answer_of(pipeline: Pipeline, request: InboundRequest) -> Respond:
    """Drive one run that has no activities to its end; return its response."""
    run = run_pipeline(pipeline, request)
    respond = next(run)
    assert isinstance(respond, Respond)
    try:
        run.send(None)
    except StopIteration:
        return respond
    raise AssertionError("the run went on")


def engine_us(runs: int, repeats: int = 5) -> dict[str, float]:
    """Return the CPU µs of one run, the median of *repeats*, for the job and for the least a receiver does."""
    now = datetime.now(UTC)
    requests = [_request(number, now) for number in range(min(runs, 500))]
    return {
        name: _median_us(_pipeline(settings), requests, runs, repeats)
        for name, settings in (("job", job_workflow(8080)), ("passthrough", passthrough_workflow()))
    }


def _median_us(pipeline: Pipeline, requests: list[InboundRequest], runs: int, repeats: int) -> float:
    answer_of(pipeline, requests[0])
    times: list[float] = []
    for _ in range(repeats):
        began = time.process_time()
        for number in range(runs):
            answer_of(pipeline, requests[number % len(requests)])
        times.append((time.process_time() - began) / runs * 1e6)
    return statistics.median(times)
