"""What was seen of one request, wherever it ran: plain values, ready to be compared. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from httpreceiver_workflow.pipeline.effects import Outcome


@dataclass(frozen=True, slots=True)
class Answered:
    """
    The answer to one request.

    Attributes:
        headers: lower-case name → value, without those that each connection makes anew.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Called:
    """
    One activity that was called.

    Attributes:
        call: what was asked for, of one of the kinds of a `Send`.
        is_answered: whether the case or a sender answered it; otherwise the run met a fault.
    """

    activity_id: str
    activity_name: str
    call: object
    is_answered: bool


@dataclass(frozen=True, slots=True)
class StubRequest:
    """What the server at {STUB} was sent; *headers* by lower-case name."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """
    All that came of one request.

    Attributes:
        outcome: None when the request was answered without a run.
        files: name below {TMP} → content when the answer was there, of those that the case names.
        files_later: the same when the run had ended.
    """

    answer: Answered
    outcome: Outcome | None
    calls: tuple[Called, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    files_later: Mapping[str, bytes] = field(default_factory=dict)
    stub: tuple[StubRequest, ...] = ()
