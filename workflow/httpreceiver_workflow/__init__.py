"""
The workflow language: what a workflow says, and what it does to one request. Pure: no I/O, no clock, no randomness.

    prepared = prepare_workflow(text, resources)            # decode, link, compile; every problem with its JSON path
    effects = run_pipeline(prepared.pipeline, request)      # a generator: drive it
"""

from dataclasses import dataclass

from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions
from httpreceiver_workflow.pipeline.compiler import Pipeline, compile_workflow
from httpreceiver_workflow.pipeline.runner import run_pipeline
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import NO_RESOURCES, Resources

__all__ = [
    "Pipeline",
    "Prepared",
    "Problem",
    "ReceiverOptions",
    "Resources",
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
        read: what of the host's resources the workflow reads; with these alone it compiles to the same pipeline.
    """

    workflow: Workflow | None
    pipeline: Pipeline | None
    problems: tuple[Problem, ...]
    read: Resources = NO_RESOURCES


def prepare_workflow(
    source: object, resources: Resources = NO_RESOURCES, options: ReceiverOptions = NO_OPTIONS
) -> Prepared:
    """
    Decode, link and compile *source*.

    Args:
        source: JSON text, bytes in UTF-8, or a JSON value that is already decoded.
        resources: what the host offers: global variables, tables, Python in the place of C#.
        options: what the HttpReceiver says beside the workflow.
    """
    loaded = load_workflow(source, options.compatibility)
    if loaded.workflow is None:
        return Prepared(None, None, loaded.problems)
    compiled = compile_workflow(loaded.workflow, resources, options)
    problems = tuple(sorted({*loaded.problems, *compiled.problems}))
    return Prepared(loaded.workflow, compiled.pipeline, problems, compiled.read)
