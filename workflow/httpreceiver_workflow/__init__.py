"""
The workflow language: what a workflow says, and what it does to one request. Pure: no I/O, no clock, no randomness.

    prepared = prepare_workflow(text)                       # decode, link, compile; every problem with its JSON path
    effects = run_pipeline(prepared.pipeline, request)      # a generator: drive it
"""

from dataclasses import dataclass

from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.pipeline.compiler import Pipeline, compile_workflow
from httpreceiver_workflow.pipeline.runner import run_pipeline
from httpreceiver_workflow.problems import Problem

__all__ = [
    "Pipeline",
    "Prepared",
    "Problem",
    "Workflow",
    "compile_workflow",
    "load_workflow",
    "prepare_workflow",
    "run_pipeline",
]


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    A workflow as far as it got.

    Attributes:
        workflow: None when it could not be decoded and linked.
        pipeline: None when any problem is an error.
        problems: all of them, sorted by place.
    """

    workflow: Workflow | None
    pipeline: Pipeline | None
    problems: tuple[Problem, ...]


def prepare_workflow(source: object) -> Prepared:
    """
    Decode, link and compile *source*.

    Args:
        source: JSON text, bytes in UTF-8, or a JSON value that is already decoded.
    """
    loaded = load_workflow(source)
    if loaded.workflow is None:
        return Prepared(None, None, loaded.problems)
    compiled = compile_workflow(loaded.workflow)
    return Prepared(loaded.workflow, compiled.pipeline, tuple(sorted({*loaded.problems, *compiled.problems})))
