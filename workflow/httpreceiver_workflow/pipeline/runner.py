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
    try:
        text = pipeline.read_body(request.body, request.content_type)
    except UnknownCharset as unknown:
        fault = Fault(FaultKind.UNSUPPORTED_MEDIA_TYPE, Stage.BODY, f"unknown charset {unknown}")
        yield Respond(415, "", b"", fault)
        return Outcome(_ERRORED, fault)
    except UnreadableBody as unreadable:
        fault = Fault(unreadable.kind, Stage.BODY, str(unreadable))
        yield Respond(unreadable.status, "", b"", fault)
        return Outcome(_ERRORED, fault)
    exchange = Exchange(request, pipeline.request_variables(request.query, request.rest))
    if request.client_name:
        exchange.variables["clientname"] = request.client_name  # last, so that no query parameter passes for it
    exchange.messages[REQUEST_SLOT] = pipeline.request_format.parse(text)

    priority = pipeline.priority
    if pipeline.variables:
        _set_variables(pipeline, exchange)
    if priority is _UPON_ARRIVAL:
        yield _respond(pipeline, exchange, _outcome(exchange, passed=True))
    passed = exchange.fault is None and (not pipeline.validates or _validate(pipeline, exchange))
    if priority is _AFTER_VALIDATION:
        yield _respond(pipeline, exchange, _outcome(exchange, passed=passed))
    if pipeline.activities and passed and exchange.fault is None:
        yield from _run_activities(pipeline, exchange)
    if priority is _AFTER_ALL_PROCESSING:
        yield _respond(pipeline, exchange, _outcome(exchange, passed=passed))
    kind = _outcome(exchange, passed=passed)
    return Outcome(kind, exchange.fault, tuple(exchange.notifications), exchange.variables)


def _outcome(exchange: Exchange, *, passed: bool) -> OutcomeKind:
    if exchange.errored:
        return _ERRORED
    return _COMPLETED if passed else _FILTERED


def _set_variables(pipeline: Pipeline, exchange: Exchange) -> None:
    """Set the variables that the HttpReceiver adds; a failure stops the run, also one that answers upon arrival."""
    exchange.stage = _IN_FILTERS
    try:
        _perform(pipeline.variables, exchange)
    except ExchangeFault as error:
        exchange.stop(error.fault)


def _validate(pipeline: Pipeline, exchange: Exchange) -> bool:
    """Run the receiver's filters and variable transformers (steps 3 and 4); False when filtered or failed."""
    try:
        exchange.stage = _IN_FILTERS
        _perform(pipeline.preparation, exchange)
        if pipeline.predicate is not None and not pipeline.predicate(exchange):
            return False
        exchange.stage = _IN_TRANSFORMERS
        _perform(pipeline.variable_transformers, exchange)
        if exchange.filtered:
            return False
    except MessageFault as error:
        _fail(pipeline, exchange, error)
        return False
    return True


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
            exchange.fail(FaultKind.ACTIVITY_FAILED, f"the reply has the unknown charset {unknown}")
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


def _respond(pipeline: Pipeline, exchange: Exchange, kind: OutcomeKind) -> Respond:
    """Build the response of *kind*; when that fails the run is errored and answered as such."""
    exchange.stage = _IN_RESPONSE
    try:
        return pipeline.responders[kind](exchange)
    except MessageFault as error:
        exchange.pending = None
        _fail(pipeline, exchange, error)
    except ExchangeFault as error:
        exchange.stop(error.fault)
    return pipeline.last_resort(exchange)
