"""
A workflow compiled to a pipeline. After this nothing can be malformed and nothing is parsed per request.
"""

from dataclasses import dataclass, field

from httpreceiver_workflow.contract.encodings import python_encoding
from httpreceiver_workflow.contract.enums import MessageType, ResponsePriority
from httpreceiver_workflow.contract.response_mode import ResponseMode, response_mode, response_priority
from httpreceiver_workflow.contract.settings import HttpReceiver, Workflow
from httpreceiver_workflow.messages.message import MessageFormat
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions
from httpreceiver_workflow.options.auth import tells_names
from httpreceiver_workflow.options.auth_rules import auth_problems
from httpreceiver_workflow.options.cors import cors_problems
from httpreceiver_workflow.options.framing import compression_problems
from httpreceiver_workflow.options.limits import limit_problems
from httpreceiver_workflow.options.request import request_problems
from httpreceiver_workflow.pipeline.activities.activity import compile_activity
from httpreceiver_workflow.pipeline.activity_step import ActivityStep
from httpreceiver_workflow.pipeline.content.bodies import ReadText, compile_body, text_reader
from httpreceiver_workflow.pipeline.content.media import checking
from httpreceiver_workflow.pipeline.effects import BasicCredentials, OutcomeKind
from httpreceiver_workflow.pipeline.exchange import REQUEST_SLOT, Instruction, Predicate
from httpreceiver_workflow.pipeline.filters.predicate import compile_filters
from httpreceiver_workflow.pipeline.overrides import Override
from httpreceiver_workflow.pipeline.parameters import RequestVariables, compile_request_variables
from httpreceiver_workflow.pipeline.responses.modes import (
    Responder,
    compile_responses,
    empty_error,
    generated_error,
)
from httpreceiver_workflow.pipeline.responses.option_responses import with_option_last_resort, with_option_responses
from httpreceiver_workflow.pipeline.responses.option_values import compile_variables
from httpreceiver_workflow.pipeline.scope import Scope, workflow_scope
from httpreceiver_workflow.pipeline.templates import expand_credential
from httpreceiver_workflow.pipeline.tracer import UNTRACED, Tracer
from httpreceiver_workflow.pipeline.transforms.transformer import compile_actions
from httpreceiver_workflow.problems import Problem, has_errors
from httpreceiver_workflow.resources import NO_RESOURCES, Resources
from httpreceiver_workflow.routes import Route, read_route


@dataclass(frozen=True, slots=True)
class Pipeline:
    """
    One receiver, ready to run; shared by all its requests.

    Attributes:
        receiver: the settings that routing and access checks read.
        route: which requests are its own.
        mode: what the answer is made of.
        read_body: body and Content-Type → text; raises UnreadableBody.
        request_charset: of bodies that do not say theirs.
        request_variables: those that come with a request; None where none is declared.
        variables: set what the HttpReceiver adds, before all else.
        preparation: actions of the receiver's filter host.
        responders: outcome → what to answer.
        last_resort: answers when a responder fails; never raises.
        reads_attributes: requests need `InboundRequest.attributes`.
        overrides: the Python that runs in the place of C#; `load_overrides` runs their top levels.
        basic: user name and password that callers must give; None when nobody is asked.
        priority: when the response is produced; raised to 2 where it comes from an activity.
        validates: whether there is anything to do between the arrival and the activities.
        answers_at_once: runs send nothing and end with their response, so that `runner.answer` is enough.
    """

    receiver: HttpReceiver
    route: Route
    mode: ResponseMode
    read_body: ReadText
    request_charset: str
    request_format: MessageFormat
    request_variables: RequestVariables | None
    variables: tuple[Instruction, ...]
    preparation: tuple[Instruction, ...]
    predicate: Predicate | None
    variable_transformers: tuple[Instruction, ...]
    activities: tuple[ActivityStep, ...]
    priority: ResponsePriority
    responders: dict[OutcomeKind, Responder] = field(repr=False)
    last_resort: Responder = field(repr=False)
    reads_attributes: bool
    overrides: tuple[Override, ...]
    basic: BasicCredentials | None = field(repr=False)
    validates: bool = field(init=False)
    answers_at_once: bool = field(init=False)

    def __post_init__(self) -> None:
        """Settle what no run has to ask again."""
        has_steps = self.variables or self.preparation or self.variable_transformers or self.predicate is not None
        is_last = self.priority is ResponsePriority.AFTER_ALL_PROCESSING
        object.__setattr__(self, "validates", bool(has_steps))
        object.__setattr__(self, "answers_at_once", is_last and not self.activities)


@dataclass(frozen=True, slots=True)
class Compiled:
    """
    Attributes:
        pipeline: None when one of the problems is an error.
        problems: sorted by place.
        read: what of the host's resources the workflow reads.
    """

    pipeline: Pipeline | None
    problems: tuple[Problem, ...]
    read: Resources = NO_RESOURCES


def compile_workflow(
    workflow: Workflow,
    resources: Resources = NO_RESOURCES,
    options: ReceiverOptions = NO_OPTIONS,
    tracer: Tracer = UNTRACED,
) -> Compiled:
    """
    Compile *workflow* for a host with *resources*, as *options* say; every problem is collected.

    Args:
        tracer: sees all that is compiled; with a `recorder.Recorder` the pipeline is good for one run at a time.
    """
    scope = workflow_scope(workflow, resources, options, tracer)
    receiver = workflow.receiver
    host = workflow.filters(receiver.filters)
    transformers = workflow.transformers(receiver.variable_transformers)
    mode = response_mode(receiver, scope.compatibility)
    route, route_problems = read_route(receiver.service_name, options.route)
    scope.problems.extend((*route_problems, *cors_problems(options.cors, options.route)))
    scope.problems.extend(limit_problems(options.limits, has_names=tells_names(options.auth)))
    variables = compile_variables(scope)
    responders = with_option_responses(compile_responses(workflow, scope), scope)
    last_resort = empty_error(scope) if mode is ResponseMode.NONE else generated_error(scope)
    scope.problems.extend(auth_problems(options.auth, hosted=receiver.hosted, use_ssl=receiver.use_ssl))
    pipeline = Pipeline(
        receiver=receiver,
        route=route,
        mode=mode,
        read_body=_read_body(receiver, scope),
        request_charset=options.request.charset,
        request_format=scope.formats[REQUEST_SLOT],
        request_variables=compile_request_variables(receiver),
        variables=variables,
        preparation=compile_actions(host.actions, scope) if host else (),
        predicate=compile_filters(host.filters, scope) if host else None,
        variable_transformers=compile_actions(transformers.actions, scope) if transformers else (),
        activities=tuple(compile_activity(one, workflow, scope) for one in workflow.activities if not one.disabled),
        priority=response_priority(receiver, scope.compatibility),
        responders=responders,
        last_resort=with_option_last_resort(last_resort, responders[OutcomeKind.ERRORED], scope),
        basic=_basic(receiver, scope),
        # Last, when everything that reads attributes or runs code is compiled.
        reads_attributes=any(name != "payload" and name != "vars" for name in scope.read_by_expressions),
        overrides=tuple(scope.overrides.values()),
    )
    problems = tuple(sorted(set(scope.problems)))
    return Compiled(None if has_errors(problems) else pipeline, problems, scope.host.read)


def load_overrides(pipeline: Pipeline) -> tuple[Problem, ...]:
    """
    Run the top level of every override of *pipeline*, once, before its first request.

    Only who serves calls this: whoever merely looks at a workflow, like the planner, must not run what it names.
    """
    return tuple(problem for override in pipeline.overrides if (problem := override.load()) is not None)


def _read_body(receiver: HttpReceiver, scope: Scope) -> ReadText:
    """Return what makes the message's text of a body, and before that refuses one that is not what it says it is."""
    asked = scope.options.request
    holds_bytes = receiver.message_type in (MessageType.BINARY, MessageType.DICOM, MessageType.TEXT)
    known = python_encoding(asked.charset) is not None
    scope.problems.extend(request_problems(asked, charset_is_known=known, holds_bytes=holds_bytes))
    scope.problems.extend(compression_problems(scope.options.compression))
    decode = text_reader(asked.charset, asked.undecodable)
    text = compile_body(receiver.message_type, scope.compatibility.dicom_body, asked.text, decode)
    return checking(asked, text) if asked.well_formed else text


def _basic(receiver: HttpReceiver, scope: Scope) -> BasicCredentials | None:
    """Return what Basic asks for; it is enforced only for self-hosted receivers with UseSsl (contract 3)."""
    if not receiver.authentication or not receiver.use_ssl or receiver.hosted:
        return None
    return BasicCredentials(
        expand_credential(receiver.user_name, f"{receiver.where}.AuthenticationUserName", scope),
        expand_credential(receiver.password, f"{receiver.where}.AuthenticationPassword", scope),
    )
