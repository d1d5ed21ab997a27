"""
Responses: which of seven modes a receiver answers in, and what each answers to each outcome (contract 9).

    mode       completed                     filtered          errored
    NONE       empty                         empty             empty
    ACTIVITY   the activity's response       gen(AR)           gen(AE)
    CUSTOM     template and transformers     gen(AR)           the template if it mentions the error, else gen(AE)
    ERROR      gen(AE, ErrorMessage)         gen(AR)           gen(AE)
    REJECT     gen(AR, RejectMessage)        gen(AR, same)     gen(AE)
    ACCEPT     gen(AA)                       gen(AR)           gen(AE)

gen(X) is a generated HL7 acknowledgement, and an empty body for every other message type. The status is 200, and 500
for an errored run or an activity without response (contract 9.2, recommended there).
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

from httpreceiver_workflow.contract.enums import Direction, MessageType
from httpreceiver_workflow.contract.list_settings import (
    Action,
    BeginConditional,
    Comment,
    CustomTransform,
    DateFilter,
    EndConditional,
    Next,
    RunCode,
    StringFilter,
)
from httpreceiver_workflow.contract.response_mode import ResponseMode, response_mode
from httpreceiver_workflow.contract.settings import HttpReceiver, Workflow
from httpreceiver_workflow.messages.formats import content_type
from httpreceiver_workflow.messages.hl7_ack import acknowledge
from httpreceiver_workflow.messages.message import Message, MessageFault, MessageFormat
from httpreceiver_workflow.pipeline.bodies import decode_base64, encode_text
from httpreceiver_workflow.pipeline.effects import OutcomeKind, Respond
from httpreceiver_workflow.pipeline.exchange import REQUEST_SLOT, RESPONSE_SLOT, Exchange
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import MessageTemplate, finish
from httpreceiver_workflow.pipeline.transforms import assigned_variables, compile_actions
from httpreceiver_workflow.pipeline.variables import WORKFLOW_ERROR, WORKFLOW_ERROR_MESSAGE

Responder = Callable[[Exchange], Respond]

EMPTY = Respond(200, "", b"")
EMPTY_ERROR = Respond(500, "", b"")

_BINARY: Final = MessageType.BINARY
_HL7: Final = MessageType.HL7_V2

AckCode = Literal["AA", "AE", "AR"]


def compile_responses(workflow: Workflow, scope: Scope) -> dict[OutcomeKind, Responder]:
    """Return what to answer for each outcome. A responder may raise MessageFault or ExchangeFault."""
    receiver = workflow.receiver
    mode = response_mode(receiver)
    if mode is ResponseMode.NONE:
        return {
            OutcomeKind.COMPLETED: lambda _: EMPTY,
            OutcomeKind.FILTERED: lambda _: EMPTY,
            OutcomeKind.ERRORED: empty_error,
        }
    own = scope.formats[REQUEST_SLOT]
    reject_text = receiver.reject_message if mode is ResponseMode.REJECT else ""
    answers: dict[OutcomeKind, Responder] = {
        OutcomeKind.FILTERED: _generated(own, "AR", 200, reject_text or "Message was filtered"),
        OutcomeKind.ERRORED: generated_error(scope),
    }
    match mode:
        case ResponseMode.ACTIVITY:
            answers[OutcomeKind.COMPLETED] = _from_activity(receiver, workflow, scope)
        case ResponseMode.CUSTOM:
            custom = _custom(workflow, scope)
            answers[OutcomeKind.COMPLETED] = custom
            if _mentions_error(workflow):
                answers[OutcomeKind.ERRORED] = lambda exchange: _with_status(custom(exchange), 500)
        case ResponseMode.ERROR:
            answers[OutcomeKind.COMPLETED] = _generated(own, "AE", 200, receiver.error_message)
        case ResponseMode.REJECT:
            answers[OutcomeKind.COMPLETED] = _generated(own, "AR", 200, receiver.reject_message)
        case ResponseMode.ACCEPT:
            answers[OutcomeKind.COMPLETED] = _generated(own, "AA", 200, "")
    return answers


def generated_error(scope: Scope) -> Responder:
    """Return the responder of last resort: gen(AE) with the error's text. Never raises."""
    own = scope.formats[REQUEST_SLOT]
    return lambda exchange: _acknowledgement(exchange, own, "AE", 500, exchange.error_message)


def empty_error(_: Exchange) -> Respond:
    """Answer an errored run of a receiver that never returns a body."""
    return EMPTY_ERROR


def _with_status(response: Respond, status: int) -> Respond:
    return Respond(status, response.content_type, response.body)


def _custom(workflow: Workflow, scope: Scope) -> Responder:
    receiver = workflow.receiver
    transformers = workflow.transformers(receiver.response_transformers)
    actions = transformers.actions if transformers else ()
    where = f"{receiver.where}.ResponseMessageTemplate"
    template = MessageTemplate(receiver.response_template, where, RESPONSE_SLOT, scope, assigned_variables(actions))
    instructions = compile_actions(actions, scope.writing_to(RESPONSE_SLOT, waits=template.waits))

    def respond(exchange: Exchange) -> Respond:
        template.build(exchange)
        for instruction in instructions:
            instruction(exchange)
        if template.waits:
            finish(exchange)
        message = exchange.messages.get(RESPONSE_SLOT)
        return _body(message)

    return respond


def _body(message: Message | None) -> Respond:
    """Return the message as an answer: its text as UTF-8, or the bytes that a Binary message's base64 stands for."""
    text = "" if message is None else message.text()
    if message is None or not text:
        return EMPTY
    # Asked of the message, not of its format: where the type was inferred, only the message knows it.
    kind = message.type
    if kind is not _BINARY:
        return Respond(200, content_type(kind), encode_text(text))
    try:
        return Respond(200, content_type(kind), decode_base64(text))
    except ValueError as error:
        raise MessageFault("the Binary response is not base64") from error


def _from_activity(receiver: HttpReceiver, workflow: Workflow, scope: Scope) -> Responder:
    activity = next((one for one in workflow.activities if one.id == receiver.response_activity), None)
    name = receiver.response_activity_name or (activity.name if activity else "")
    slot = scope.slots[receiver.response_activity, Direction.INBOUND]
    own = scope.formats[REQUEST_SLOT]

    def respond(exchange: Exchange) -> Respond:
        message = exchange.messages.get(slot)
        if message is None:
            return _acknowledgement(exchange, own, "AR", 500, f"Activity {name} did not execute")
        return _body(message)

    return respond


def _generated(own: MessageFormat, code: AckCode, status: int, text: str) -> Responder:
    return lambda exchange: _acknowledgement(exchange, own, code, status, text)


def _acknowledgement(exchange: Exchange, own: MessageFormat, code: AckCode, status: int, text: str) -> Respond:
    """Return the generated acknowledgement; without a usable MSH, or for another type, an empty body."""
    request = exchange.messages.get(REQUEST_SLOT)
    if request is None or request.type is not _HL7:
        return EMPTY if status == 200 else Respond(status, "", b"")
    generated = acknowledge(request.text(), code, text)
    if generated is None:
        # No MSH to answer with: an error must still be visible to the caller (contract 9.4, rule 6).
        return EMPTY_ERROR if code == "AE" else Respond(status, "", b"")
    return Respond(status, own.content_type, generated.encode("utf-8", "replace"))


def _mentions_error(workflow: Workflow) -> bool:
    """Whether the response template or its transformers read the error variables (contract 9.2, CUSTOM)."""
    receiver = workflow.receiver
    transformers = workflow.transformers(receiver.response_transformers)
    actions = transformers.actions if transformers else ()
    texts = [receiver.response_template, *(text for action in actions for text in _texts_read_by(action))]
    if any(isinstance(action, RunCode) and WORKFLOW_ERROR in action.code.lower() for action in actions):
        return True
    return any(f"${{{name}" in text.lower() for text in texts for name in (WORKFLOW_ERROR, WORKFLOW_ERROR_MESSAGE))


def _texts_read_by(action: Action) -> Iterator[str]:
    """Yield the texts of *action* in which placeholders are read."""
    match action:
        case BeginConditional():
            for condition in action.filters:
                if isinstance(condition, StringFilter | DateFilter):
                    yield from (condition.source.path, condition.value)
                    yield condition.operand.path if condition.operand else ""
        case CustomTransform():
            yield from (parameter.source.path for parameter in action.parameters.values())
        case RunCode() | EndConditional() | Next() | Comment():
            pass
        case _:
            yield action.source.path
