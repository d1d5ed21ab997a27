"""
What ties a request to what its caller knows of it: the correlation id, and the W3C trace context.

Both come from outside, so what is not well-formed is not repeated: another id is made, and a trace is not continued.
Source: W3C Trace Context, level 1 and the random flag of level 2.
"""

import os
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
from multidict import MultiMapping

from httpreceiver_workflow.pipeline.effects import HttpCall

CORRELATION_HEADER: Final = "X-Correlation-ID"
_SOURCES: Final = (CORRELATION_HEADER, "MULE_CORRELATION_ID")
_ID: Final = re.compile(r"[\x20-\x7e]{1,255}")
_TRACE_PARENT: Final = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_TRACE_STATE: Final = re.compile(r"[\t\x20-\x7e]{1,512}")
_KNOWN_FLAGS: Final = 0b11
_SAMPLED: Final = frozenset("13")


class TraceParent(NamedTuple):
    """The trace context that a request came with: its ids as lower-case hexadecimal digits."""

    trace_id: str
    span_id: str
    flags: str
    trace_state: str


class Trail(msgspec.Struct, frozen=True, gc=False):
    """
    What one request carries on.

    Attributes:
        correlation_id: ``""`` where the receiver does not pass it on.
        trace_id, flags, trace_state: of the trace that the request is in; ``""`` when it is in none.
        span_id: of the span that is the parent of what a call begins; ``""`` where nobody collects spans.
    """

    correlation_id: str
    trace_id: str = ""
    flags: str = ""
    trace_state: str = ""
    span_id: str = ""

    @property
    def is_sampled(self) -> bool:
        """Whether somebody keeps the trace, as far as its caller knows."""
        return self.flags[-1:] in _SAMPLED

    def continued_by(self, call: HttpCall) -> HttpCall:
        """Return *call* with the headers that carry this on; the ones its workflow writes itself stay as they are."""
        own = {name.lower() for name, _ in call.headers}
        added = [(CORRELATION_HEADER, self.correlation_id)] if self.correlation_id else []
        if self.trace_id and "traceparent" not in own:
            added.append(("traceparent", f"00-{self.trace_id}-{self.span_id or _span_id()}-{self.flags}"))
            added.extend([("tracestate", self.trace_state)] if self.trace_state else [])
        lines = tuple((name, value) for name, value in added if name.lower() not in own)
        return msgspec.structs.replace(call, headers=call.headers + lines)


def correlation_id(headers: Mapping[str, str], made: str) -> str:
    """Return the caller's id, *made* where it gave none that can be repeated."""
    for name in _SOURCES:
        given = headers.get(name)
        if given is not None:
            return given if _ID.fullmatch(given) else made
    return made


def read_trail(headers: MultiMapping[str], made: str) -> Trail:
    """Return what a request with *headers* carries on; *made* is its own id."""
    parent = read_parent(headers)
    found = correlation_id(headers, made)
    return Trail(found) if parent is None else Trail(found, parent.trace_id, parent.flags, parent.trace_state)


def read_parent(headers: MultiMapping[str]) -> TraceParent | None:
    """Return the trace context of a request with *headers*; None without one that is well-formed."""
    parents = headers.getall("traceparent", [])
    parent = _TRACE_PARENT.fullmatch(parents[0]) if len(parents) == 1 else None
    if parent is None or (parent[1] == "00" and parent[5]):
        return None
    state = ",".join(headers.getall("tracestate", []))
    flags = f"{int(parent[4], 16) & _KNOWN_FLAGS:02x}"
    return TraceParent(parent[2], parent[3], flags, state if _TRACE_STATE.fullmatch(state) else "")


def _span_id() -> str:
    """Return eight random bytes, not all zero."""
    return (os.urandom(7) + b"\1").hex()
