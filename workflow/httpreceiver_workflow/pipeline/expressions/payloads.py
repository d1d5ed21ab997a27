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

from httpreceiver_workflow.pipeline.content.bodies import UnreadableBody, media_type_of
from httpreceiver_workflow.pipeline.content.media import Reading, payload_value
from httpreceiver_workflow.pipeline.effects import InboundRequest

Payload = Callable[[InboundRequest, Reading], object]
"""Raises UnreadableBody."""

_LARGEST: Final = 2**63
_JSON_SUFFIX: Final = "+json"
_NUL: Final = re.compile(r"\x00|\\u0000")


def read_payload(request: InboundRequest, reading: Reading) -> object:
    """Return the body of *request* as plain values. Raises UnreadableBody."""
    media_type = media_type_of(request.content_type)
    if media_type.endswith(_JSON_SUFFIX):
        media_type = "application/json"
    elif media_type.startswith("multipart/"):
        return _media(request, reading)
    return PAYLOADS.get(media_type, _text)(request, reading)


def _media(request: InboundRequest, reading: Reading) -> object:
    return _fitting(payload_value(request.body, request.content_type, reading))


def _text(request: InboundRequest, reading: Reading) -> object:
    return _fitting(reading.decode(request.body, request.content_type))


def _json(request: InboundRequest, reading: Reading) -> object:
    text = reading.decode(request.body, request.content_type)
    # Expressions would cut a text at its NUL, and half a value must not pass for the whole.
    if _NUL.search(text):
        raise UnreadableBody("the body holds a NUL, which no expression reads")
    try:
        return _fitting(_JSON.decode(text))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise UnreadableBody("the body is not JSON, though its Content-Type says so") from None


def _number(written: str) -> float | str:
    """Return *written* as a double where that is exact enough to be written back, else as it stands."""
    number = float(written)
    try:
        return number if Decimal(repr(number)) == Decimal(written) else written
    except InvalidOperation:
        return written


def _fitting(value: object) -> object:
    """
    Return *value* with integers beyond 64 bits as text, which keeps each digit; no expression could hold them.

    Raises UnreadableBody for a text with a NUL, at which an expression would cut it.
    """
    if isinstance(value, str) and "\0" in value:
        raise UnreadableBody("the body holds a NUL, which no expression reads")
    if isinstance(value, dict):
        # Expressions would cut bytes at their first zero too: such a content is not there for them.
        return {key: _fitting(item) for key, item in value.items() if not (isinstance(item, bytes) and 0 in item)}
    if isinstance(value, list):
        return [_fitting(item) for item in value]
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    return value


_JSON: Final = msgspec.json.Decoder(float_hook=_number)

PAYLOADS: Final[Mapping[str, Payload]] = MappingProxyType(
    {"application/json": _json, "text/json": _json, "application/x-www-form-urlencoded": _media}
)
"""By media type, in lower case, without parameters."""
