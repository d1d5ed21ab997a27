"""
One run: the steps of contract 10 as a generator of effects. No await, no clock, no I/O.

Whoever drives it performs each `Send` and sends the `Reply` or `Fault` back, and answers the caller at `Respond`.
Steps may follow the `Respond` (early priorities); driving on to the end is what completes the message.
"""

from collections.abc import Generator, Sequence

from httpreceiver_workflow.contract.enums import ResponsePriority
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.pipeline.activities import ActivityStep
from httpreceiver_workflow.pipeline.bodies import UnknownCharset, decode_bytes
from httpreceiver_workflow.pipeline.compiler import Pipeline
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


def run_pipeline(pipeline: Pipeline, request: InboundRequest) -> Run:
    """
    Run *pipeline* on *request*.

    Yields:
        `Send` for each activity, exactly one `Respond`.
    Returns:
        How the run ended.
    """
    try:
        text = decode_bytes(request.body, request.content_type)
    except UnknownCharset as unknown:
        fault = Fault(FaultKind.UNSUPPORTED_MEDIA_TYPE, Stage.BODY, f"unknown charset {unknown}")
        yield Respond(415, "", b"", fault)
        return Outcome(OutcomeKind.ERRORED, fault)
    exchange = Exchange(request, pipeline.slots, pipeline.request_variables(request.query, request.rest))
    exchange.messages[REQUEST_SLOT] = pipeline.request_format.parse(text)

    priority = pipeline.priority
    if priority is ResponsePriority.UPON_ARRIVAL:
        yield _respond(pipeline, exchange, OutcomeKind.COMPLETED)
    passed = exchange.fault is None and _validate(pipeline, exchange)
    if priority is ResponsePriority.AFTER_VALIDATION:
        yield _respond(pipeline, exchange, _outcome(exchange, passed=passed))
    if passed and exchange.fault is None:
        yield from _run_activities(pipeline.activities, exchange)
    if priority is ResponsePriority.AFTER_ALL_PROCESSING:
        yield _respond(pipeline, exchange, _outcome(exchange, passed=passed))
    kind = _outcome(exchange, passed=passed)
    return Outcome(kind, exchange.fault, tuple(exchange.notifications), exchange.variables)


def _outcome(exchange: Exchange, *, passed: bool) -> OutcomeKind:
    if exchange.errored:
        return OutcomeKind.ERRORED
    return OutcomeKind.COMPLETED if passed else OutcomeKind.FILTERED


def _validate(pipeline: Pipeline, exchange: Exchange) -> bool:
    """Run the receiver's filters and variable transformers (steps 3 and 4); False when filtered or failed."""
    try:
        exchange.stage = Stage.FILTERS
        _perform(pipeline.preparation, exchange)
        if pipeline.predicate is not None and not pipeline.predicate(exchange):
            return False
        exchange.stage = Stage.TRANSFORMERS
        _perform(pipeline.variable_transformers, exchange)
    except MessageFault as error:
        exchange.fail(FaultKind.TRANSFORMATION, str(error))
        return False
    return True


def _perform(instructions: Sequence[Instruction], exchange: Exchange) -> None:
    for instruction in instructions:
        instruction(exchange)


def _run_activities(steps: Sequence[ActivityStep], exchange: Exchange) -> Generator[Effect, Reply | Fault | None, None]:
    """Run the activities in order; the first that fails ends the run (contract 10)."""
    for step in steps:
        exchange.stage = Stage.ACTIVITY
        try:
            send = _prepare(step, exchange)
            if send is None:
                continue
            reply = yield send
            _store(step, exchange, reply)
        except MessageFault as error:
            exchange.fail(FaultKind.TRANSFORMATION, str(error))
        except ExchangeFault as error:
            exchange.stop(error.fault)
        except UnknownCharset as unknown:
            exchange.fail(FaultKind.ACTIVITY_FAILED, f"the reply has the unknown charset {unknown}")
        if exchange.fault is not None:
            return


def _prepare(step: ActivityStep, exchange: Exchange) -> Send | None:
    """Build the activity's message and call; None when its filters skip it."""
    step.template.build(exchange)
    _perform(step.preparation, exchange)
    if step.predicate is not None and not step.predicate(exchange):
        exchange.pending = None
        return None
    _perform(step.transformers, exchange)
    if step.template.waits:
        finish(exchange)
    return Send(step.id, step.name, step.call(exchange))


def _store(step: ActivityStep, exchange: Exchange, reply: Reply | Fault | None) -> None:
    if isinstance(reply, Fault):
        raise ExchangeFault(reply)
    text = step.read_reply(reply or Reply())
    if text is not None:
        exchange.messages[step.inbound] = step.parse(text)


def _respond(pipeline: Pipeline, exchange: Exchange, kind: OutcomeKind) -> Respond:
    """Build the response of *kind*; when that fails the run is errored and answered as such."""
    exchange.stage = Stage.RESPONSE
    try:
        return pipeline.responders[kind](exchange)
    except MessageFault as error:
        exchange.pending = None
        exchange.fail(FaultKind.TRANSFORMATION, str(error))
    return pipeline.last_resort(exchange)
