"""
`payload`: the request's body as a value that expressions can walk, by its media type.

A media type without a row is text, in the charset that the rest of the run reads it with.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

import msgspec

from httpreceiver_workflow.pipeline.bodies import decode_bytes
from httpreceiver_workflow.pipeline.effects import InboundRequest

Payload = Callable[[InboundRequest], object]
"""Raises UnreadablePayload."""

_LARGEST: Final = 2**63
_JSON_SUFFIX: Final = "+json"
_NUL: Final = re.compile(r"\x00|\\u0000")


class UnreadablePayload(ValueError):
    """The body is not what its Content-Type says; the text is our own and quotes nothing."""


def read_payload(request: InboundRequest) -> object:
    """Return the body of *request* as plain values. Raises UnreadablePayload."""
    media_type = request.content_type.partition(";")[0].strip().lower()
    if media_type.endswith(_JSON_SUFFIX):
        media_type = "application/json"
    return PAYLOADS.get(media_type, _text)(request)


def _text(request: InboundRequest) -> str:
    text = decode_bytes(request.body, request.content_type)
    if "\0" in text:
        raise UnreadablePayload("the body holds a NUL, which no expression reads")
    return text


def _json(request: InboundRequest) -> object:
    text = decode_bytes(request.body, request.content_type)
    # Expressions would cut a text at its NUL, and half a value must not pass for the whole.
    if _NUL.search(text):
        raise UnreadablePayload("the body holds a NUL, which no expression reads")
    try:
        return _fitting(_JSON.decode(text))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise UnreadablePayload("the body is not JSON, though its Content-Type says so") from None


def _number(written: str) -> float | str:
    """Return *written* as a double where that is exact enough to be written back, else as it stands."""
    number = float(written)
    try:
        return number if Decimal(repr(number)) == Decimal(written) else written
    except InvalidOperation:
        return written


def _fitting(value: object) -> object:
    """Return *value* with integers beyond 64 bits as text, which keeps each digit; no expression could hold them."""
    if isinstance(value, dict):
        return {key: _fitting(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_fitting(item) for item in value]
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    return value


_JSON: Final = msgspec.json.Decoder(float_hook=_number)

PAYLOADS: Final[Mapping[str, Payload]] = MappingProxyType({"application/json": _json, "text/json": _json})
"""By media type, in lower case, without parameters."""
