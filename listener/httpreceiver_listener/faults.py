"""
How a fault that is the listener's own is answered: one table of statuses, one form of body.

Faults inside a run are answered by the engine as contract 9.2 says (200 or 500) and do not come here.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from httpreceiver_workflow.pipeline.effects import FaultKind

STATUS: Final[Mapping[FaultKind, int]] = {
    FaultKind.BAD_REQUEST: 400,
    FaultKind.UNAUTHORIZED: 401,
    FaultKind.FORBIDDEN: 403,
    FaultKind.NOT_FOUND: 404,
    FaultKind.METHOD_NOT_ALLOWED: 405,
    FaultKind.TIMEOUT: 408,
    FaultKind.PAYLOAD_TOO_LARGE: 413,
    FaultKind.UNSUPPORTED_MEDIA_TYPE: 415,
    FaultKind.EXPRESSION: 500,
    FaultKind.TRANSFORMATION: 500,
    FaultKind.CONNECTIVITY: 502,
    FaultKind.ACTIVITY_TIMEOUT: 504,
    FaultKind.ACTIVITY_FAILED: 500,
    FaultKind.HEADERS_TOO_LARGE: 431,
    FaultKind.RATE_LIMITED: 429,
    FaultKind.OVERLOADED: 503,
    FaultKind.CLIENT_GONE: 499,
    FaultKind.WORKFLOW: 500,
    FaultKind.INTERNAL: 500,
}

TITLE: Final[Mapping[FaultKind, str]] = {
    FaultKind.BAD_REQUEST: "The request is malformed.",
    FaultKind.UNAUTHORIZED: "User name and password are required.",
    FaultKind.FORBIDDEN: "The client certificate is not accepted.",
    FaultKind.NOT_FOUND: "No receiver listens here.",
    FaultKind.METHOD_NOT_ALLOWED: "This method is not served.",
    FaultKind.TIMEOUT: "The request did not arrive in time.",
    FaultKind.PAYLOAD_TOO_LARGE: "The body is too large.",
    FaultKind.UNSUPPORTED_MEDIA_TYPE: "The content encoding is not supported.",
    FaultKind.EXPRESSION: "The receiver failed.",
    FaultKind.TRANSFORMATION: "The receiver failed.",
    FaultKind.CONNECTIVITY: "A system behind the receiver cannot be reached.",
    FaultKind.ACTIVITY_TIMEOUT: "A system behind the receiver did not answer in time.",
    FaultKind.ACTIVITY_FAILED: "The receiver failed.",
    FaultKind.HEADERS_TOO_LARGE: "The header fields are too many or too large.",
    FaultKind.RATE_LIMITED: "Too many requests came in a short time.",
    FaultKind.OVERLOADED: "The receiver takes no requests at the moment.",
    FaultKind.CLIENT_GONE: "The caller has gone.",
    FaultKind.WORKFLOW: "The receiver failed.",
    FaultKind.INTERNAL: "The receiver failed.",
}

PROBLEM_CONTENT_TYPE: Final = "application/problem+json"


def problem_body(kind: FaultKind, request_id: str, status: int | None = None, title: str | None = None) -> bytes:
    """
    Return an RFC 9457 body without internals.

    Args:
        request_id: the id under which the access log has the request.
        status, title: where the table's are too coarse (431 for header fields).
    """
    return msgspec.json.encode(
        {
            "type": "about:blank",
            "title": title or TITLE[kind],
            "status": status or STATUS[kind],
            "kind": kind,
            "id": request_id,
        }
    )
