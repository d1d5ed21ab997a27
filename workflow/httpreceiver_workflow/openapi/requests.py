"""What a receiver reads of a request: its body by media type, its query parameters and headers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import VariableDescriptor
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.openapi.answers import Json, media_of
from httpreceiver_workflow.openapi.reads import Reads
from httpreceiver_workflow.options import ReceiverOptions
from httpreceiver_workflow.options.compatibility import DicomBody
from httpreceiver_workflow.options.request import MessageText, MultipartLimits
from httpreceiver_workflow.pipeline.templates import is_constant

JSON: Final = "application/json"
TEXT: Final = "text/plain"
HL7: Final = "application/hl7-v2"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_XML: Final = ("application/xml", "text/xml")
LONGEST_EXAMPLE: Final = 16 * 1024
"""In characters; a document is for reading."""

MEDIA_TYPES: Final[Mapping[MessageType, tuple[str, ...]]] = {
    MessageType.UNKNOWN: (HL7, JSON, _XML[0], TEXT),
    MessageType.HL7_V2: (HL7, TEXT),
    MessageType.HL7_V3: _XML,
    MessageType.FHIR: ("application/fhir+json", "application/fhir+xml", JSON, _XML[0]),
    MessageType.XML: _XML,
    MessageType.CSV: ("text/csv",),
    MessageType.SQL: (TEXT,),
    MessageType.TEXT_WITH_VARIABLES: (TEXT,),
    MessageType.JSON: (JSON,),
    MessageType.TEXT: (TEXT,),
    MessageType.BINARY: ("application/octet-stream",),
    MessageType.DICOM: ("application/dicom",),
}
"""How callers send each message type. The listener reads the body as the receiver's type whatever they declare."""

_HALF_A_PAIR: Final = re.compile("[\ud800-\udfff]")
_FREE_TEXT: Final = (MessageType.TEXT, MessageType.TEXT_WITH_VARIABLES, MessageType.SQL)


def request_body(receiver: HttpReceiver, options: ReceiverOptions, reads: Reads) -> Json:
    """Return the request body object. None is required: what an empty body means is the workflow's business."""
    template = receiver.received_message_template
    content: Json = {}
    for media_type in _media_types(receiver.message_type, options, reads):
        if media_type == MULTIPART:
            content[media_type] = {"schema": _parts_schema(reads)}
        elif media_type == FORM:
            content[media_type] = {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
        else:
            content[media_type] = with_example(media_type, template)
    return {"content": content}


def with_example(media_type: str, text: str) -> Json:
    """Return the media type object with *text* as its example, where it is one: fixed, of that type, and not long."""
    described = media_of(media_type)
    if not 0 < len(text) <= LONGEST_EXAMPLE or not is_constant(text):
        return described
    if media_type == JSON or media_type.endswith("+json"):
        try:
            return {**described, "example": msgspec.json.decode(text)}
        except (msgspec.DecodeError, RecursionError):
            return described
    is_markup = text.lstrip("\ufeff \t\r\n").startswith("<")
    fits = is_markup == media_type.endswith(("/xml", "+xml")) or media_type == TEXT
    return {**described, "example": text} if fits and described["schema"] else described


def _media_types(message_type: MessageType, options: ReceiverOptions, reads: Reads) -> Iterator[str]:
    """Yield each once, the likeliest first."""
    found: dict[str, None] = {}
    if reads.multipart or options.request.multipart != MultipartLimits():
        found[MULTIPART] = None
    elif message_type in _FREE_TEXT and reads.payload:
        found |= {FORM: None} if reads.form else {JSON: None, FORM: None}
    if message_type in _FREE_TEXT and found:
        yield from found
        return
    if options.request.text is MessageText.BASE64:
        found["application/octet-stream"] = None
    are_bytes = message_type in (MessageType.BINARY, MessageType.DICOM)
    if are_bytes and options.request.text is not MessageText.BASE64:
        # Bytes that are no DICOM file are text of their own, in base64.
        is_raw = options.compatibility.dicom_body is DicomBody.RAW
        found |= {"application/dicom": None, TEXT: None} if is_raw else {TEXT: None}
    else:
        found |= dict.fromkeys(MEDIA_TYPES[message_type])
    yield from found


def _parts_schema(reads: Reads) -> Json:
    """Return the form's schema: of a part no more is known than that it is read."""
    schema: Json = {"type": "object"}
    if reads.parts:
        schema["properties"] = {name: {"type": "string"} for name in reads.parts}
    return schema


def parameters(receiver: HttpReceiver, options: ReceiverOptions, reads: Reads) -> list[Json]:
    """Return the parameters in query and header, each once, those of the workflow first."""
    found: list[Json] = []
    declared = set()
    for key, descriptor in receiver.query_parameters.items():
        # Names ignore case, and the file's spelling of the key is gone; that of the variable is what people wrote.
        name = descriptor.name if descriptor.name.lower() == key else key
        declared.add(key)
        if _HALF_A_PAIR.search(name):
            continue  # no request can hold it
        found.append({"name": name, "in": "query", "required": False, **_variable(descriptor)})
    for name, is_required in reads.query.items():
        if name.lower() in declared:
            continue
        schema: Json = {"type": "string"}
        if name in reads.repeated:
            schema = {"type": "array", "items": schema}
        found.append({"name": name, "in": "query", "required": is_required, "schema": schema})
    for name, is_required in reads.headers.items():
        found.append({"name": name, "in": "header", "required": is_required, "schema": {"type": "string"}})
    if options.correlation.enabled:
        told = {one["name"].lower() for one in found if one["in"] == "header"}
        names = (name for name in ("X-Correlation-ID", "traceparent") if name.lower() not in told)
        found += [{"name": name, "in": "header", "required": False, "schema": {"type": "string"}} for name in names]
    return found


def _variable(descriptor: VariableDescriptor) -> dict[str, Any]:
    """Return schema and example of a parameter that sets a variable of the workflow."""
    if descriptor.default:
        return {"schema": {"type": "string", "default": descriptor.default}}
    return {"schema": {"type": "string"}, **({"example": descriptor.sample} if descriptor.sample else {})}


def section_parameter(name: str, descriptor: VariableDescriptor) -> Json:
    """Return the path parameter of a URL section, which is called *name* in the path."""
    described = _variable(descriptor)
    default = described["schema"].pop("default", None)
    if default is not None:  # a shorter path is how the default is asked for
        described["description"] = f"The path without it means {default}."
    return {"name": name, "in": "path", "required": True, **described}
