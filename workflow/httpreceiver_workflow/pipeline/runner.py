"""
One run: the steps of contract 10 as a generator of effects. No await, no clock, no I/O.

Whoever drives it performs each `Send` and sends the `Reply` or `Fault` back, and answers the caller at `Respond`.
Steps may follow the `Respond` (early priorities); driving on to the end is what completes the message.
"""

from collections.abc import Generator, Sequence
from typing import Final

from httpreceiver_workflow.contract.enums import ResponsePriority
from httpreceiver_workflow.messages.message import MessageFault, UnreadableMessage
from httpreceiver_workflow.pipeline.activity_step import ActivityStep
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.pipeline.content.bodies import UnknownCharset, UnreadableBody
from httpreceiver_workflow.pipeline.effects import (
    Effect,
    Fault,
    FaultKind,
    InboundRequest,
    Outcome,
    OutcomeKind,
    Reply,
    Respond,
    Send,
    Stage,
)
from httpreceiver_workflow.pipeline.exchange import REQUEST_SLOT, Exchange, ExchangeFault, Instruction
from httpreceiver_workflow.pipeline.templates import finish

Run = Generator[Effect, Reply | Fault | None, Outcome]

# Python 3.11 takes longer to find a member in its enum than to call a function; a run would look for a dozen.
_UPON_ARRIVAL: Final = ResponsePriority.UPON_ARRIVAL
_AFTER_VALIDATION: Final = ResponsePriority.AFTER_VALIDATION
_AFTER_ALL_PROCESSING: Final = ResponsePriority.AFTER_ALL_PROCESSING
_COMPLETED: Final = OutcomeKind.COMPLETED
_FILTERED: Final = OutcomeKind.FILTERED
_ERRORED: Final = OutcomeKind.ERRORED
_IN_FILTERS: Final = Stage.FILTERS
_IN_TRANSFORMERS: Final = Stage.TRANSFORMERS
_IN_ACTIVITY: Final = Stage.ACTIVITY
_IN_RESPONSE: Final = Stage.RESPONSE


def run_pipeline(pipeline: Pipeline, request: InboundRequest) -> Run:
    """
    Run *pipeline* on *request*.

    Yields:
        `Send` for each activity, exactly one `Respond`.
    Returns:
        How the run ended.
    """
    if pipeline.answers_at_once:
        respond, outcome = answer(pipeline, request)
        yield respond
        return outcome
    try:
        exchange = _begin(pipeline, request)
    except UnreadableBody as unreadable:
        respond, outcome = _refuse(unreadable)
        yield respond
        return outcome
    priority = pipeline.priority
    if priority is _UPON_ARRIVAL:
        yield _respond(pipeline, exchange, _COMPLETED)
    verdict = _validate(pipeline, exchange) if pipeline.validates else _COMPLETED
    if priority is _AFTER_VALIDATION:
        yield _respond(pipeline, exchange, verdict)
    if verdict is _COMPLETED and exchange.fault is None:
        yield from _run_activities(pipeline, exchange)
    if priority is _AFTER_ALL_PROCESSING:
        yield _respond(pipeline, exchange, verdict)
    return _end(exchange, verdict)


def answer(pipeline: Pipeline, request: InboundRequest) -> tuple[Respond, Outcome]:
    """Run *pipeline*, one that `answers_at_once`, on *request*; return what `run_pipeline` yields and returns."""
    try:
        exchange = _begin(pipeline, request)
    except UnreadableBody as unreadable:
        return _refuse(unreadable)
    verdict = _validate(pipeline, exchange) if pipeline.validates else _COMPLETED
    respond = _respond(pipeline, exchange, verdict)
    return respond, _end(exchange, verdict)


def _begin(pipeline: Pipeline, request: InboundRequest) -> Exchange:
    """Return the exchange with its message and the variables that come with it. Raises UnreadableBody."""
    text = pipeline.read_body(request.body, request.content_type)
    read = pipeline.request_variables
    variables = {} if read is None else read(request.query, request.rest)
    if request.client_name:
        variables["clientname"] = request.client_name  # last, so that no query parameter passes for it
    exchange = Exchange(request, variables, {REQUEST_SLOT: pipeline.request_format.parse(text)})
    if pipeline.variables:
        _set_variables(pipeline, exchange)
    return exchange


def _refuse(unreadable: UnreadableBody) -> tuple[Respond, Outcome]:
    fault = Fault(unreadable.kind, Stage.BODY, str(unreadable))
    return Respond(unreadable.status, "", b"", fault), Outcome(_ERRORED, fault)


def _end(exchange: Exchange, verdict: OutcomeKind) -> Outcome:
    kind = _ERRORED if exchange.errored else verdict
    return Outcome(
        kind,
        exchange.fault,
        () if exchange.notifications is None else tuple(exchange.notifications),
        exchange.variables,
    )


def _set_variables(pipeline: Pipeline, exchange: Exchange) -> None:
    """Set the variables that the HttpReceiver adds; a failure stops the run, also one that answers upon arrival."""
    exchange.stage = _IN_FILTERS
    try:
        _perform(pipeline.variables, exchange)
    except ExchangeFault as error:
        exchange.stop(error.fault)


def _validate(pipeline: Pipeline, exchange: Exchange) -> OutcomeKind:
    """Run the receiver's filters and variable transformers (steps 3 and 4); return how they leave the run."""
    if exchange.fault is not None:
        return _ERRORED
    try:
        exchange.stage = _IN_FILTERS
        _perform(pipeline.preparation, exchange)
        if pipeline.predicate is not None and not pipeline.predicate(exchange):
            return _FILTERED
        exchange.stage = _IN_TRANSFORMERS
        _perform(pipeline.variable_transformers, exchange)
        return _FILTERED if exchange.filtered else _COMPLETED
    except MessageFault as error:
        _fail(pipeline, exchange, error)
        return _ERRORED


def _fail(pipeline: Pipeline, exchange: Exchange, error: MessageFault) -> None:
    """End the run; a text that nobody can read is the caller's mistake when it is the caller's text."""
    kind = FaultKind.TRANSFORMATION
    if isinstance(error, UnreadableMessage):
        request = exchange.request
        # Decoded once more rather than kept: no run that goes well needs it.
        if error.text == pipeline.read_body(request.body, request.content_type):
            kind = FaultKind.BAD_REQUEST
    exchange.fail(kind, str(error))


def _perform(instructions: Sequence[Instruction], exchange: Exchange) -> None:
    for instruction in instructions:
        instruction(exchange)


def _run_activities(pipeline: Pipeline, exchange: Exchange) -> Generator[Effect, Reply | Fault | None, None]:
    """Run the activities in order; the first that fails ends the run (contract 10)."""
    for step in pipeline.activities:
        exchange.stage = _IN_ACTIVITY
        try:
            send = _prepare(step, exchange)
            if send is None:
                continue
            reply = yield send
            _store(step, exchange, reply)
        except MessageFault as error:
            _fail(pipeline, exchange, error)
        except ExchangeFault as error:
            exchange.stop(error.fault)
        except UnknownCharset as unknown:
            exchange.fail(FaultKind.ACTIVITY_FAILED, f"the reply has an {unknown}")
        if exchange.fault is not None:
            return


def _prepare(step: ActivityStep, exchange: Exchange) -> Send | None:
    """Build the activity's message and call; None when it is filtered, or has done its work without an effect."""
    step.build(exchange)
    _perform(step.preparation, exchange)
    if step.predicate is not None and not step.predicate(exchange):
        exchange.pending = None
        exchange.filtered += (step.outbound,)
        return None
    _perform(step.transformers, exchange)
    if step.waits:
        finish(exchange)
    call = step.call(exchange)
    return None if call is None else Send(step.id, step.name, call)


def _store(step: ActivityStep, exchange: Exchange, reply: Reply | Fault | None) -> None:
    if isinstance(reply, Fault):
        raise ExchangeFault(reply)
    text = step.read_reply(reply or Reply())
    if text is not None:
        exchange.messages[step.inbound] = step.parse(text)


def _respond(pipeline: Pipeline, exchange: Exchange, verdict: OutcomeKind) -> Respond:
    """Build the response to the run so far; when that fails the run is errored and answered as such."""
    exchange.stage = _IN_RESPONSE
    try:
        return pipeline.responders[_ERRORED if exchange.errored else verdict](exchange)
    except MessageFault as error:
        exchange.pending = None
        _fail(pipeline, exchange, error)
    except ExchangeFault as error:
        exchange.stop(error.fault)
    return pipeline.last_resort(exchange)
