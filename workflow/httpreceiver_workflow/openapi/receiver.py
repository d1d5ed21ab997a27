"""One receiver as its callers see it: everything of an operation but its path and method."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from httpreceiver_workflow.contract.setting_parts import VariableDescriptor
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.openapi.answers import Answer, Json, response_object, without_texts
from httpreceiver_workflow.openapi.reads import expression_reads
from httpreceiver_workflow.openapi.refusals import ALWAYS, REFUSALS
from httpreceiver_workflow.openapi.replies import RunAnswers
from httpreceiver_workflow.openapi.requests import parameters, request_body
from httpreceiver_workflow.openapi.security import security_of
from httpreceiver_workflow.options import ReceiverOptions
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.routes import Route

NAMED: Final = "#/components/responses/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """
    Attributes:
        name: of the HttpReceiver, without its namespace; one per endpoint.
        sections: variables that further segments set, in order.
        parameters: in query and header.
        body: the request body object, for methods that have one.
        responses: the responses object.
        security: the alternatives, as an operation has them; empty when everybody may call.
        refusals: names of the shared responses that *responses* refers to.
        schemes: the security schemes that *security* refers to.
    """

    name: str
    route: Route
    sections: tuple[VariableDescriptor, ...]
    parameters: list[Json]
    body: Json
    responses: Json
    security: list[Json]
    refusals: tuple[str, ...]
    schemes: Json


def describe_receiver(name: str, workflow: Workflow, pipeline: Pipeline, options: ReceiverOptions) -> Description:
    """
    Describe a receiver that was compiled from *workflow* with *options*.

    Args:
        name: of the HttpReceiver; its namespace before a slash is left out.
    """
    reads = expression_reads(options)
    asked = security_of(pipeline, options.auth)
    refusals = (*ALWAYS, *asked.refusals, *_further_refusals(pipeline.route, options))
    answers = RunAnswers(workflow, pipeline, options)
    read = parameters(pipeline.receiver, options, reads)
    told = {one["name"].lower() for one in read if one["in"] == "header"}
    return Description(
        name=name.rpartition("/")[2],
        route=pipeline.route,
        sections=pipeline.receiver.url_sections if pipeline.route.is_prefix else (),
        parameters=[*read, *(one for one in asked.headers if one["name"].lower() not in told)],
        body=request_body(pipeline.receiver, options, reads),
        responses=_responses([without_texts(one) if asked.requirements else one for one in answers], refusals, options),
        security=asked.requirements,
        refusals=refusals,
        schemes=asked.schemes,
    )


def _further_refusals(route: Route, options: ReceiverOptions) -> Iterator[str]:
    if route.hosts or (None in route.steps and not route.is_prefix):
        yield "NotFound"
    if options.limits.rates:
        yield "TooManyRequests"
    if options.limits.request_timeout is not None:
        yield "GatewayTimeout"


def _responses(answers: list[Answer], refusals: tuple[str, ...], options: ReceiverOptions) -> Json:
    """Return the responses object by status; what only the listener answers is a reference."""
    by_status: dict[int | None, list[Answer]] = {}
    for answer in answers:
        by_status.setdefault(answer.status, []).append(answer)
    shared = {REFUSALS[name].status: name for name in refusals}
    found: dict[str, Json] = {}
    for status in sorted({*by_status, *shared}, key=lambda one: (one is None, one or 0)):
        own = by_status.get(status, [])
        name = shared.get(status)
        refusal = None if name is None else REFUSALS[name]
        says_no_more = not any(answer.media or answer.headers for answer in own)
        if refusal is not None and (not own or (says_no_more and not refusal.headers)):
            found[str(status)] = {"$ref": f"{NAMED}{name}"}
            continue
        described = response_object([*own, *([refusal] if refusal is not None else [])])
        if options.correlation.enabled:
            header = {"X-Correlation-ID": {"schema": {"type": "string"}}}
            described["headers"] = described.get("headers", {}) | header
        found["default" if status is None else str(status)] = _in_order(described)
    return found


def _in_order(described: Json) -> Json:
    return {key: described[key] for key in ("description", "headers", "content") if key in described}
