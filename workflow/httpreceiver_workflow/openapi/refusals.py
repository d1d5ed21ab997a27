"""
What the listener itself answers, in the place of a run: every such body is a problem (RFC 9457) with a kind and an id.

The statuses are those of the listener's own table; a test compares the two.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.openapi.answers import Answer, Json, response_object
from httpreceiver_workflow.pipeline.effects import FaultKind

PROBLEM_TYPE: Final = "application/problem+json"
PROBLEM_MEDIA: Final[Mapping[str, Json]] = MappingProxyType(
    {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
)
PROBLEM_SCHEMA: Final[Json] = {
    "type": "object",
    "description": "What went wrong, by kind (RFC 9457). The operator of the receiver finds the request by its id.",
    "required": ["type", "title", "status", "kind", "id"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "kind": {"type": "string", "enum": sorted(kind.value for kind in FaultKind)},
        "id": {"type": "string"},
    },
}

_TEXT: Final[Json] = {"type": "string"}
_RETRY_AFTER: Final[dict[str, Json]] = {
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer", "minimum": 1}}
}
_CHALLENGE: Final[dict[str, Json]] = {
    "WWW-Authenticate": {"description": "One for each way to be let in.", "required": True, "schema": _TEXT}
}
_RATE: Final[dict[str, Json]] = {
    "RateLimit-Policy": {"required": True, "schema": _TEXT},
    "RateLimit": {"required": True, "schema": _TEXT},
}

REFUSALS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        name: Answer(status, when, PROBLEM_MEDIA, headers)
        for name, status, when, headers in (
            ("BadRequest", 400, "The request is malformed, or its body is not what the receiver reads.", {}),
            ("Unauthorized", 401, "Credentials are missing or wrong.", _CHALLENGE),
            ("Forbidden", 403, "This caller is not let in, whatever other credentials it has.", {}),
            ("NotFound", 404, "No receiver is at this path and host.", {}),
            ("RequestTimeout", 408, "The request did not arrive in time.", {}),
            ("PayloadTooLarge", 413, "The body is larger than the receiver takes.", {}),
            ("UriTooLong", 414, "The target is too long.", {}),
            ("UnsupportedMediaType", 415, "The body's charset or coding is not known.", {}),
            ("TooManyRequests", 429, "Too many requests came in a short time.", _RETRY_AFTER | _RATE),
            ("HeadersTooLarge", 431, "The header fields are too many or too large.", {}),
            ("InternalError", 500, "The receiver failed; the body may be empty.", {}),
            ("Unavailable", 503, "The receiver takes no requests at the moment.", _RETRY_AFTER),
            ("GatewayTimeout", 504, "The request has lasted too long.", {}),
        )
    }
)
"""By the name of the component that describes it; each status is there once."""

ALWAYS: Final = (
    *("BadRequest", "RequestTimeout", "PayloadTooLarge", "UriTooLong", "UnsupportedMediaType"),
    *("HeadersTooLarge", "InternalError", "Unavailable"),
)
"""What any receiver may be answered with."""


def refusal_components(names: Iterable[str]) -> Json:
    """Return the response components of the refusals called *names*, by status."""
    wanted = set(names)
    return {name: response_object([answer]) for name, answer in REFUSALS.items() if name in wanted}
