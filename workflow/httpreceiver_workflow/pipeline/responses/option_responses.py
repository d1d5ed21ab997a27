"""
`response` and `errorResponse`: what an HttpReceiver answers in the place of its workflow's own response.

Each replaces what it gives and leaves the rest as the workflow answers it. What is a constant is settled while
compiling; what a request's data makes of a status, a reason or a header is checked, and refused as a fault.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from msgspec.structs import asdict, replace

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.values import shown
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.options.answers import (
    HIGHEST_STATUS,
    LOWEST_STATUS,
    ErrorResponseOptions,
    ResponseOptions,
)
from httpreceiver_workflow.pipeline.content.bodies import encode_text
from httpreceiver_workflow.pipeline.effects import CALLERS_STATUS, FaultKind, OutcomeKind, Respond
from httpreceiver_workflow.pipeline.exchange import REQUEST_SLOT, Exchange, ExchangeFault, Text
from httpreceiver_workflow.pipeline.expressions.expression import Value, error_of, is_expression
from httpreceiver_workflow.pipeline.responses.modes import Responder
from httpreceiver_workflow.pipeline.responses.option_values import compile_text, compile_value, text_of
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import is_constant
from httpreceiver_workflow.problem_codes import ProblemCode

CONNECTIONS_OWN: Final = frozenset(
    {
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that the connection writes; an authored one could break the response apart (RFC 9110 7.6.1)."""

_HEADER_TEXT: Final = re.compile(r"[\t\x20-\x7e]*")
_DIGITS: Final = re.compile(r"[0-9]{3}")
TEXT_TYPE: Final = "text/plain; charset=utf-8"
JSON_TYPE: Final = "application/json"
BYTES_TYPE: Final = "application/octet-stream"

Headers = Callable[[Exchange], tuple[tuple[str, str], ...]]
Body = Callable[[Exchange], tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Parts:
    """The compiled parts of one response; None where it says nothing."""

    status: Callable[[Exchange], int] | None
    reason: Text | None
    headers: Headers | None
    body: Body | None
    content_type: Text | None

    def applied(self, own: Respond, exchange: Exchange) -> Respond:
        """Return *own* with what is given put in its place. Raises ExchangeFault and MessageFault."""
        content_type, body = (own.content_type, own.body) if self.body is None else self.body(exchange)
        if self.content_type is not None:
            content_type = self.content_type(exchange)
        return replace(
            own,
            status=own.status if self.status is None else self.status(exchange),
            content_type=content_type,
            body=body,
            headers=self.headers(exchange) if self.headers else (),
            reason=self.reason(exchange) if self.reason else "",
        )


def with_option_responses(answers: dict[OutcomeKind, Responder], scope: Scope) -> dict[OutcomeKind, Responder]:
    """Return *answers*, those of the workflow, as the HttpReceiver changes them."""
    options = scope.options
    changed = dict(answers)
    if options.response is not None:
        changed[OutcomeKind.COMPLETED] = _completed(answers[OutcomeKind.COMPLETED], options.response, scope)
    if options.error_response is not None:
        changed[OutcomeKind.ERRORED] = _errored(answers[OutcomeKind.ERRORED], options.error_response, scope)
    return changed


def with_option_last_resort(last_resort: Responder, errored: Responder, scope: Scope) -> Responder:
    """Return what answers when a responder fails: the error response, and *last_resort* when that fails too."""
    if scope.options.error_response is None:
        return last_resort

    def respond(exchange: Exchange) -> Respond:
        try:
            return errored(exchange)
        except (MessageFault, ExchangeFault):
            return _with_problem_body(last_resort(exchange), exchange)

    return respond


def _completed(own: Responder, response: ResponseOptions, scope: Scope) -> Responder:
    parts = _compile_parts(response, "spec.response", scope, has_error=False)
    if parts.body is not None:
        return lambda exchange: parts.applied(Respond(200, "", b""), exchange)
    return lambda exchange: parts.applied(own(exchange), exchange)


def _errored(own: Responder, response: ErrorResponseOptions, scope: Scope) -> Responder:
    parts = _compile_parts(response, "spec.errorResponse", scope, has_error=True)
    by_kind = _statuses(response)

    def respond(exchange: Exchange) -> Respond:
        kind = error_of(exchange).kind
        answer = own(exchange) if parts.body is None else Respond(CALLERS_STATUS.get(kind, 500), "", b"")
        made = parts.applied(answer, exchange)
        chosen = by_kind.get(kind)
        made = made if chosen is None else replace(made, status=chosen)
        return made if parts.body is not None else _with_problem_body(made, exchange)

    return respond


def _statuses(response: ErrorResponseOptions) -> Mapping[FaultKind, int]:
    fields = asdict(response.status_by_kind)
    return {kind: fields[_field(kind)] for kind in FaultKind if fields.get(_field(kind)) is not None}


def _field(kind: FaultKind) -> str:
    return kind.name.lower()


def _with_problem_body(answer: Respond, exchange: Exchange) -> Respond:
    """Return *answer*, with a body of the driver's where the workflow has none; HL7 has acknowledgements of its own."""
    request = exchange.messages.get(REQUEST_SLOT)
    if answer.body or request is None or request.type is MessageType.HL7_V2:
        return answer
    return replace(answer, fault=error_of(exchange))


def _compile_parts(response: ResponseOptions, where: str, scope: Scope, *, has_error: bool) -> Parts:
    def text(field: str | None, name: str) -> Text | None:
        if field is None:
            return None
        return _head_text(compile_text(field, f"{where}.{name}", scope, has_error=has_error), f"{where}.{name}")

    body = response.body
    return Parts(
        status=_compile_status(response.status_code, f"{where}.statusCode", scope, has_error=has_error),
        reason=text(response.reason_phrase, "reasonPhrase"),
        headers=_compile_headers(response, where, scope, has_error=has_error),
        body=None if body is None else _body(compile_value(body, f"{where}.body", scope, has_error=has_error)),
        content_type=text(response.content_type, "contentType"),
    )


def _compile_status(
    authored: int | str | None, where: str, scope: Scope, *, has_error: bool
) -> Callable[[Exchange], int] | None:
    if authored is None:
        return None
    if isinstance(authored, int):
        return lambda _: authored
    if not is_expression(authored) and is_constant(authored):
        status = _status(authored)
        if status is None:
            message = f"{shown(authored)} is no status from {LOWEST_STATUS} to {HIGHEST_STATUS}."
            scope.report(where, ProblemCode.VALUE_OUT_OF_RANGE, message)
        return lambda _: status or 500
    value = compile_value(authored, where, scope, has_error=has_error)

    def read(exchange: Exchange) -> int:
        status = _status(text_of(value(exchange), exchange))
        if status is None:
            what = f"{where} gave no status from {LOWEST_STATUS} to {HIGHEST_STATUS}"
            raise exchange.failing(FaultKind.EXPRESSION, what)
        return status

    return read


def _status(text: str) -> int | None:
    stripped = text.strip()
    if not _DIGITS.fullmatch(stripped) or not LOWEST_STATUS <= int(stripped) <= HIGHEST_STATUS:
        return None
    return int(stripped)


def _body(value: Value) -> Body:
    """Return content type and bytes of the body that *value* gives."""

    def make(exchange: Exchange) -> tuple[str, bytes]:
        result = value(exchange)
        if isinstance(result, bytes | bytearray):
            return BYTES_TYPE, bytes(result)
        body = encode_text(text_of(result, exchange))
        if not body:
            return "", b""
        return JSON_TYPE if isinstance(result, dict | list) else TEXT_TYPE, body

    return make


def _compile_headers(response: ResponseOptions, where: str, scope: Scope, *, has_error: bool) -> Headers | None:
    compiled: list[tuple[str, Value, str]] = []
    for number, header in enumerate(response.headers):
        place = f"{where}.headers[{number}]"
        if header.name.lower() == "content-type":
            message = "Content-Type is given by contentType."
            scope.report(f"{place}.name", ProblemCode.RESPONSE_HEADER_REFUSED, message)
        elif header.name.lower() in CONNECTIONS_OWN:
            message = f"{shown(header.name)} is written by the connection."
            scope.report(f"{place}.name", ProblemCode.RESPONSE_HEADER_REFUSED, message)
        value = compile_value(header.value, f"{place}.value", scope, has_error=has_error)
        compiled.append((header.name, value, f"{place}.value"))
    if not compiled:
        return None
    return lambda exchange: tuple(
        (name, text) for name, value, place in compiled for text in _header_texts(value(exchange), place, exchange)
    )


def _header_texts(value: object, place: str, exchange: Exchange) -> list[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [_checked(text_of(one, exchange), place, exchange) for one in values]


def _head_text(read: Text, place: str) -> Text:
    return lambda exchange: _checked(read(exchange), place, exchange)


def _checked(text: str, place: str, exchange: Exchange) -> str:
    """Return *text* without blanks around it; what no head may hold could break the response apart."""
    if not _HEADER_TEXT.fullmatch(text):
        message = f"{place} gave characters that no response head may hold"
        raise exchange.failing(FaultKind.EXPRESSION, message)
    return text.strip()
