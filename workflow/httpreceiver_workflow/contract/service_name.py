"""`ServiceName`: what can be the path of a URL."""

import re
from typing import Final
from urllib.parse import unquote

from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.values import shown
from httpreceiver_workflow.problem_codes import ProblemCode

DEFAULT_SERVICE_NAME: Final = "HL7Soup"

_RESERVED: Final = frozenset('&;?:@=+$,#\\<>"{}|^`*[]')
"""The first nine are those the product's editor strips (http-receiver.md); the rest cannot stand in a URL path."""
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def read_service_name(reader: Reader) -> str:
    """Return `ServiceName` without outer slashes."""
    written = reader.text("ServiceName", DEFAULT_SERVICE_NAME)
    name = written.strip("/")
    reason = _objection(name)
    if reason:
        message = f"ServiceName {shown(written)} cannot be a URL path: {reason}."
        reader.report("ServiceName", ProblemCode.SERVICE_NAME_INVALID, message)
    elif name != written:
        message = f"The outer slashes of ServiceName {shown(written)} are taken away."
        reader.report("ServiceName", ProblemCode.SERVICE_NAME_SLASH, message)
    return name


def _objection(name: str) -> str:
    """Return what keeps *name* from being a path, ``""`` when nothing does."""
    if not name:
        return "it is empty"
    reserved = sorted(_RESERVED.intersection(name))
    if reserved:
        return f"it holds {' '.join(reserved)}"
    if _BAD_ESCAPE.search(name):
        return "a % is not followed by two hexadecimal digits"
    for segment in (unquote(raw) for raw in name.split("/")):
        if not segment.strip() or segment != segment.strip():
            return "a segment is empty, or begins or ends with a blank"
        if segment in (".", "..") or "/" in segment or not segment.isprintable():
            return f"{shown(segment)} cannot be a segment"
    return ""
