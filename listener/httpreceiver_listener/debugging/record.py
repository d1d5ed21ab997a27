"""
What is logged of a request that was asked to be: the request, the answer, and each step of the run. Pure.

Secrets are masked as `httpreceiver trace` masks them, those of the request's own headers and query included, wherever
their text turns up. The rest is shown: a record holds whatever the message holds, within bounds.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from httpreceiver_listener.telemetry.access_log import RequestLine, printable
from httpreceiver_listener.telemetry.logged_queries import QueryMask
from httpreceiver_workflow.pipeline.trace.events import Event, RequestRead
from httpreceiver_workflow.pipeline.trace.masking import MASK, is_secret_name, masked_events

DEBUG_HEADER: Final = "X-Httpreceiver-Debug"
LONGEST_TEXT: Final = 16_384
"""Of each text of a record, in characters."""
LARGEST_RECORD: Final = 262_144
"""All texts of one record together, in characters."""
MOST_EVENTS: Final = 1_000


class Recorded(msgspec.Struct, frozen=True):
    """
    One request as it was.

    Attributes:
        by: the name of the token.
        headers: as they came, but the one that asked for this.
        secret_headers: lower-case names of headers in which the receiver expects a secret.
        note: why the run has no events; ``""`` when it has, or when there was no run.
    """

    by: str
    method: str
    version: str
    query: str
    headers: tuple[tuple[str, str], ...]
    secret_headers: frozenset[str]
    mask: QueryMask
    line: RequestLine
    status: int
    answer_headers: tuple[tuple[str, str], ...]
    events: Sequence[Event]
    note: str


def record_fields(recorded: Recorded) -> dict[str, Any]:
    """Return what is logged of *recorded*, in values that JSON has."""
    budget = _Budget(LARGEST_RECORD)
    secret = [pair for pair in recorded.headers if _is_secret(pair[0], recorded)]
    known = [value for _, value in secret] + [word for _, value in secret for word in value.split()[1:]]
    known += recorded.mask.secrets(recorded.query)
    kept = recorded.events[:MOST_EVENTS]
    events = [_with_masked_query(event, recorded.mask) for event in masked_events(kept, known)]
    line = recorded.line
    fields: dict[str, Any] = {
        "id": line.id,
        "receiver": line.receiver,
        "by": recorded.by,
        "request": {
            "method": recorded.method,
            "path": line.path,
            "query": recorded.mask.logged(recorded.query),
            "version": recorded.version,
            "client": line.client,
            "client_name": line.client_name,
            "headers": _pairs(recorded.headers, recorded, known),
            "body_bytes": line.bytes_in,
        },
        "answer": {
            "status": recorded.status,
            "outcome": line.outcome,
            "stage": line.stage,
            "fault": line.fault,
            "activity": line.activity,
            "headers": _pairs(recorded.answer_headers, recorded, known),
        },
        "events": msgspec.to_builtins(events, builtin_types=(bytes,)),
        "events_left_out": len(recorded.events) - len(kept),
        "note": recorded.note,
    }
    cut: dict[str, Any] = budget.cut(fields)
    return cut


def _is_secret(name: str, recorded: Recorded) -> bool:
    return is_secret_name(name) or recorded.mask.hides(name) or name.lower() in recorded.secret_headers


def _pairs(pairs: Iterable[tuple[str, str]], recorded: Recorded, known: Sequence[str]) -> list[list[str]]:
    return [[name, MASK if _is_secret(name, recorded) or value in known else value] for name, value in pairs]


def _with_masked_query(event: Event, mask: QueryMask) -> Event:
    return msgspec.structs.replace(event, query=mask.logged(event.query)) if isinstance(event, RequestRead) else event


class _Budget:
    """Cuts texts so that all of a record together stay within *left* characters."""

    def __init__(self, left: int) -> None:
        self._left = left

    def cut(self, value: Any) -> Any:
        """Return *value* with long texts cut, and bytes as text where they are UTF-8."""
        match value:
            case dict():
                return {name: self.cut(member) for name, member in value.items()}
            case list() | tuple():
                return [self.cut(member) for member in value]
            case bytes():
                return self._text(value.decode("utf-8", "backslashreplace"))
            case str():
                return self._text(printable(value))
            case _:
                return value

    def _text(self, text: str) -> str:
        room = min(LONGEST_TEXT, self._left)
        self._left -= min(len(text), room)
        return text if len(text) <= room else f"{text[:room]}… ({len(text) - room} more)"
