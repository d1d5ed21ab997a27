"""
A body as data, by its media type: what `payload` means in expressions, and what a well-formed body is.

The values are plain: str, bytes, numbers, lists, dicts. A media type without a row is text, as in the contract.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.messages.xml_source import parse_xml
from httpreceiver_workflow.options.request import MultipartLimits, RequestOptions, Undecodable
from httpreceiver_workflow.pipeline.content.bodies import (
    ReadText,
    TooManyParts,
    UnreadableBody,
    charset,
    codec,
    media_type_of,
    text_reader,
)
from httpreceiver_workflow.pipeline.content.multipart import Part, read_parts

MAX_FORM_FIELDS: Final = 10_000


class Reading(msgspec.Struct, frozen=True):
    """
    How bodies are read.

    Attributes:
        decode: bytes and Content-Type → text.
        charset: of a form that does not say its own.
        errors: what `decode` does with bytes that are no text, as Python names it.
    """

    decode: ReadText
    charset: str
    errors: str
    multipart: MultipartLimits


ReadMedia = Callable[[bytes, str, Reading], object]
"""Body and Content-Type → value. Raises UnreadableBody."""


def compile_reading(options: RequestOptions) -> Reading:
    """Return how a receiver with *options* reads its bodies."""
    errors = "strict" if options.undecodable is Undecodable.REFUSE else "replace"
    decode = text_reader(options.charset, options.undecodable)
    return Reading(decode, options.charset, errors, options.multipart)


def payload_value(body: bytes, content_type: str, reading: Reading) -> object:
    """
    Return *body* as data.

    JSON gives its value; XML, CSV and all other text a str; what is no text bytes. A form gives its fields by name,
    each with its first value, and under ``all`` lists of all values, whatever a field of that name says. Multipart
    gives ``{"parts": {name or number: part}}``: each part by its number, from 0, and by its name, if no earlier one
    has it. A part is ``{"name", "filename", "headers", "content"}``, the first two only where it has them; its content
    is read by its own Content-Type, without one as text, or as bytes if it is a file.
    Raises:
        UnreadableBody: it is not what its Content-Type says, or it or a part has an unknown charset.
    """
    return _reader(media_type_of(content_type))(body, content_type, reading)


def checking(options: RequestOptions, text: ReadText) -> ReadText:
    """Return *text*, refusing before it a body that is not what its Content-Type says; no body at all is fine."""
    reading = compile_reading(options)

    def read(body: bytes, content_type: str) -> str:
        if body:
            payload_value(body, content_type, reading)
        return text(body, content_type)

    return read


def _reader(media_type: str) -> ReadMedia:
    found = READERS.get(media_type)
    if found is not None:
        return found
    kind, _, subtype = media_type.partition("/")
    if kind == "multipart":
        return _read_multipart
    if subtype.endswith("+json"):
        return _read_json
    if subtype.endswith("+xml"):
        return _read_xml
    return _read_bytes if kind in _BINARY_KINDS else _read_text


def _read_text(body: bytes, content_type: str, reading: Reading) -> str:
    return reading.decode(body, content_type)


def _read_bytes(body: bytes, _: str, __: Reading) -> bytes:
    return body


def _read_json(body: bytes, content_type: str, reading: Reading) -> object:
    text = reading.decode(body, content_type)
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise UnreadableBody("the JSON is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeError):
        raise UnreadableBody("the body is not JSON, though its Content-Type says so") from None


def _read_xml(body: bytes, content_type: str, reading: Reading) -> str:
    text = reading.decode(body, content_type)
    try:
        parse_xml(text)
    except MessageFault as fault:
        raise UnreadableBody(str(fault)) from None
    return text


def _read_form(body: bytes, content_type: str, reading: Reading) -> dict[str, object]:
    values: dict[str, list[str]] = {}
    for name, value in form_fields(body, content_type, reading):
        values.setdefault(name, []).append(value)
    return {name: found[0] for name, found in values.items()} | {"all": values}


def form_fields(body: bytes, content_type: str, reading: Reading) -> list[tuple[str, str]]:
    """Return names and values of an urlencoded body in their order; ``+`` is a blank, ``%`` escapes are undone."""
    text = reading.decode(body, content_type)
    encoding = codec(charset(content_type) or reading.charset)
    try:
        return parse_qsl(text, True, False, encoding, reading.errors, MAX_FORM_FIELDS)
    except UnicodeDecodeError as error:
        raise UnreadableBody(f"an escape in the form is no text in {error.encoding}") from None
    except ValueError:
        raise TooManyParts("the form has too many fields") from None


def _read_multipart(body: bytes, content_type: str, reading: Reading) -> dict[str, object]:
    parts: dict[str | int, object] = {}
    for number, part in enumerate(read_parts(body, content_type, reading.multipart)):
        value = _part_value(part, reading)
        parts[number] = value
        if part.name:
            parts.setdefault(part.name, value)
    return {"parts": parts}


def _part_value(part: Part, reading: Reading) -> dict[str, object]:
    headers: dict[str, object] = dict(part.headers)
    if part.disposition:
        headers["Content-Disposition"] = dict(part.disposition)
    named = {name: value for name, value in (("name", part.name), ("filename", part.filename)) if value}
    return {**named, "headers": headers, "content": _content(part, reading)}


def _content(part: Part, reading: Reading) -> object:
    media_type = media_type_of(part.content_type)
    if media_type.startswith("multipart/") or (not media_type and part.filename is not None):
        return part.content  # what is nested is left to whoever wants it
    return _reader(media_type)(part.content, part.content_type, reading)


READERS: Final[Mapping[str, ReadMedia]] = MappingProxyType(
    {
        "application/json": _read_json,
        "text/json": _read_json,
        "application/xml": _read_xml,
        "text/xml": _read_xml,
        "image/svg+xml": _read_xml,
        "application/x-www-form-urlencoded": _read_form,
        "application/octet-stream": _read_bytes,
        "application/dicom": _read_bytes,
        "application/gzip": _read_bytes,
        "application/pdf": _read_bytes,
        "application/zip": _read_bytes,
    }
)
"""By media type, in lower case; families and all others: `_reader`."""

_BINARY_KINDS: Final = frozenset({"audio", "font", "image", "video"})
