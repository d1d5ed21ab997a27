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
for an errored run or an activity without response (contract 9.2, recommended there); 400 where the run errored because
the request is not what its message type asks for, so that its sender need not try again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from httpreceiver_workflow.contract.enums import MessageType, ResponsePriority
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
from httpreceiver_workflow.contract.response_mode import ResponseMode, response_mode, response_priority
from httpreceiver_workflow.contract.settings import HttpReceiver, Workflow
from httpreceiver_workflow.messages.formats import SUPPORTED_MESSAGE_TYPES, content_type
from httpreceiver_workflow.messages.hl7_ack import acknowledge
from httpreceiver_workflow.messages.message import Message, MessageFault, MessageFormat
from httpreceiver_workflow.options.compatibility import (
    CompletedStatus,
    ErroredCustomResponse,
    ErroredStatus,
    FilteredCustomResponse,
    FilteredStatus,
    ResponseContentType,
)
from httpreceiver_workflow.pipeline.content.bodies import decode_base64, encode_text
from httpreceiver_workflow.pipeline.effects import CALLERS_STATUS, OutcomeKind, Respond
from httpreceiver_workflow.pipeline.exchange import REQUEST_SLOT, RESPONSE_SLOT, Exchange
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import MessageTemplate, finish
from httpreceiver_workflow.pipeline.transforms.transformer import assigned_variables, compile_actions
from httpreceiver_workflow.pipeline.variables import WORKFLOW_ERROR, WORKFLOW_ERROR_MESSAGE

Responder = Callable[[Exchange], Respond]
Find = Callable[[Exchange], Message | None]

_BINARY: Final = MessageType.BINARY
_HL7: Final = MessageType.HL7_V2

AckCode = Literal["AA", "AE", "AR"]


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What the switches of `compatibility` say of every answer of one receiver.

    Attributes:
        own: format of the request.
        completed: status; the others likewise.
        content_types: type of a message → Content-Type, ``""`` for none.
    """

    own: MessageFormat
    completed: int
    filtered: int
    errored: int
    content_types: Mapping[MessageType, str]

    def error_status(self, exchange: Exchange) -> int:
        """Return the status of an errored run: the caller's where the request itself cannot be read."""
        return self.errored if exchange.fault is None else CALLERS_STATUS.get(exchange.fault.kind, self.errored)


STATUSES: Final[Mapping[CompletedStatus | FilteredStatus | ErroredStatus, int]] = MappingProxyType(
    {
        CompletedStatus.OK: 200,
        CompletedStatus.ACCEPTED: 202,
        FilteredStatus.BAD_REQUEST: 400,
        FilteredStatus.UNPROCESSABLE_CONTENT: 422,
        ErroredStatus.INTERNAL_SERVER_ERROR: 500,
        ErroredStatus.BAD_GATEWAY: 502,
        ErroredStatus.SERVICE_UNAVAILABLE: 503,
    }
)
"""Contract A8; members of one spelling are equal."""


def _plain_text(kind: MessageType) -> str:
    return content_type(MessageType.BINARY if kind is MessageType.BINARY else MessageType.TEXT)


CONTENT_TYPES: Final[Mapping[ResponseContentType, Callable[[MessageType], str]]] = MappingProxyType(
    {
        ResponseContentType.BY_MESSAGE_TYPE: content_type,
        ResponseContentType.PLAIN_TEXT: _plain_text,
        ResponseContentType.ABSENT: lambda _: "",
    }
)
"""Contract A8."""


def _rules(scope: Scope) -> Rules:
    chosen = scope.compatibility
    of_type = CONTENT_TYPES[chosen.response_content_type]
    return Rules(
        own=scope.formats[REQUEST_SLOT],
        completed=STATUSES[chosen.completed_status],
        filtered=STATUSES[chosen.filtered_status],
        errored=STATUSES[chosen.errored_status],
        content_types={kind: of_type(kind) for kind in SUPPORTED_MESSAGE_TYPES},
    )


def compile_responses(workflow: Workflow, scope: Scope) -> dict[OutcomeKind, Responder]:
    """Return what to answer for each outcome. A responder may raise MessageFault or ExchangeFault."""
    receiver, rules = workflow.receiver, _rules(scope)
    mode = response_mode(receiver, scope.compatibility)
    if mode is ResponseMode.NONE:
        return {
            OutcomeKind.COMPLETED: _empty(rules.completed),
            OutcomeKind.FILTERED: _empty(rules.filtered),
            OutcomeKind.ERRORED: empty_error(scope),
        }
    reject_text = receiver.reject_message if mode is ResponseMode.REJECT else ""
    answers: dict[OutcomeKind, Responder] = {
        OutcomeKind.FILTERED: _generated(rules, "AR", rules.filtered, reject_text or "Message was filtered"),
        OutcomeKind.ERRORED: generated_error(scope),
    }
    match mode:
        case ResponseMode.ACTIVITY:
            answers[OutcomeKind.COMPLETED] = _from_activity(receiver, workflow, scope)
        case ResponseMode.CUSTOM:
            answers |= _custom_answers(workflow, scope)
        case ResponseMode.ERROR:
            answers[OutcomeKind.COMPLETED] = _generated(rules, "AE", rules.completed, receiver.error_message)
        case ResponseMode.REJECT:
            answers[OutcomeKind.COMPLETED] = _generated(rules, "AR", rules.completed, receiver.reject_message)
        case ResponseMode.ACCEPT:
            answers[OutcomeKind.COMPLETED] = _generated(rules, "AA", rules.completed, "")
    return answers


def generated_error(scope: Scope) -> Responder:
    """Return the responder of last resort: gen(AE) with the error's text. Never raises."""
    rules = _rules(scope)
    return lambda exchange: _acknowledgement(
        exchange, rules, "AE", rules.error_status(exchange), exchange.error_message
    )


def empty_error(scope: Scope) -> Responder:
    """Return what answers an errored run of a receiver that never returns a body."""
    rules = _rules(scope)
    return lambda exchange: Respond(rules.error_status(exchange), "", b"")


def _empty(status: int) -> Responder:
    answer = Respond(status, "", b"")
    return lambda _: answer


def _custom_answers(workflow: Workflow, scope: Scope) -> dict[OutcomeKind, Responder]:
    """Return the answers that differ from the generated ones where a receiver has a custom response."""
    rules, chosen = _rules(scope), scope.compatibility
    make = _custom(workflow, scope)
    answers = {OutcomeKind.COMPLETED: _answering(make, rules, rules.completed)}
    if chosen.filtered_custom_response is FilteredCustomResponse.TEMPLATE:
        answers[OutcomeKind.FILTERED] = _answering(make, rules, rules.filtered)
    elif chosen.filtered_custom_response is FilteredCustomResponse.EMPTY:
        answers[OutcomeKind.FILTERED] = _empty(rules.filtered)
    wanted = chosen.errored_custom_response
    tells = wanted is ErroredCustomResponse.TEMPLATE_TELLING_ERROR and mentions_error(workflow)
    if tells or wanted is ErroredCustomResponse.TEMPLATE:
        answers[OutcomeKind.ERRORED] = _answering(make, rules, None)
    return answers


def _custom(workflow: Workflow, scope: Scope) -> Find:
    """Return what makes the custom message."""
    receiver = workflow.receiver
    transformers = workflow.transformers(receiver.response_transformers)
    actions = transformers.actions if transformers else ()
    where = f"{receiver.where}.ResponseMessageTemplate"
    is_last = response_priority(receiver, scope.compatibility) is ResponsePriority.AFTER_ALL_PROCESSING
    template = MessageTemplate(
        receiver.response_template,
        where,
        RESPONSE_SLOT,
        scope,
        assigned_variables(actions),
        is_final=is_last and not actions,
    )
    instructions = compile_actions(actions, scope.writing_to(RESPONSE_SLOT, waits=template.waits))
    if not instructions and not template.waits:
        return template.build

    def make(exchange: Exchange) -> Message | None:
        template.build(exchange)
        for instruction in instructions:
            instruction(exchange)
        if template.waits:
            finish(exchange)
        return exchange.messages.get(RESPONSE_SLOT)

    return make


def _answering(find: Find, rules: Rules, status: int | None) -> Responder:
    """
    Return what answers with a message: its text as UTF-8, or the bytes that a Binary message's base64 stands for.

    Args:
        status: None for that of an errored run.
    """
    content_types = rules.content_types

    def respond(exchange: Exchange) -> Respond:
        message = find(exchange)
        answered = status or rules.error_status(exchange)
        if message is None or not (text := message.text()):
            return Respond(answered, "", b"")
        # Asked of the message, not of its format: where the type was inferred, only the message knows it.
        kind = message.type
        if kind is not _BINARY:
            return Respond(answered, content_types[kind], encode_text(text))
        try:
            return Respond(answered, content_types[kind], decode_base64(text))
        except ValueError as error:
            raise MessageFault("the Binary response is not base64") from error

    return respond


def _from_activity(receiver: HttpReceiver, workflow: Workflow, scope: Scope) -> Responder:
    activity = next((one for one in workflow.activities if one.id == receiver.response_activity), None)
    name = receiver.response_activity_name or (activity.name if activity else "")
    rules = _rules(scope)
    sides = scope.sides.get(receiver.response_activity or "")
    slot = RESPONSE_SLOT if sides is None else sides[0]

    answer = _answering(lambda exchange: exchange.messages.get(slot), rules, rules.completed)

    def respond(exchange: Exchange) -> Respond:
        if slot not in exchange.messages:
            return _acknowledgement(exchange, rules, "AR", rules.errored, f"Activity {name} did not execute")
        return answer(exchange)

    return respond


def _generated(rules: Rules, code: AckCode, status: int, text: str) -> Responder:
    return lambda exchange: _acknowledgement(exchange, rules, code, status, text)


def _acknowledgement(exchange: Exchange, rules: Rules, code: AckCode, status: int, text: str) -> Respond:
    """Return the generated acknowledgement; without a usable MSH, or for another type, an empty body."""
    request = exchange.messages.get(REQUEST_SLOT)
    if request is None or request.type is not _HL7:
        return Respond(status, "", b"")
    generated = acknowledge(request.text(), code, text)
    if generated is None:
        # No MSH to answer with: an error must still be visible to the caller (contract 9.4, rule 6).
        return Respond(rules.error_status(exchange) if code == "AE" else status, "", b"")
    kind = rules.own.type
    return Respond(status, rules.content_types[kind], generated.encode("utf-8", "replace"))


def mentions_error(workflow: Workflow) -> bool:
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
