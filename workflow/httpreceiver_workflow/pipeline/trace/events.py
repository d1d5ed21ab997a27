"""
What a trace is made of: one small record for each thing a run did, in the order it did them.

The names of the records and of their members are what `httpreceiver trace -o json` prints (docs/trace.md).
"""

from typing import Literal

import msgspec

from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, FileWrite, HttpCall, Notification, Reply

Origin = Literal["performed", "given", "none"]
"""Where a reply comes from; see `Replied`."""


class Operand(msgspec.Struct, frozen=True):
    """
    A value that was read.

    Attributes:
        message: which message it comes from, as in ``request``; ``""`` for text with placeholders.
        path: the path or the text as authored; loops and placeholders around it are not worked in.
        values: one, or every repetition of a field; empty where only the place was asked for.
    """

    message: str
    path: str
    values: tuple[str, ...] = ()


class Written(msgspec.Struct, frozen=True):
    """
    A place that was written.

    Attributes:
        message: ``""`` for a variable.
        path: as authored; the variable's name; ``""`` for a line that was appended.
        before: None when it was not set, or cannot be read yet.
        after: what was written; None when the write has no effect, as on a built-in variable.
    """

    message: str
    path: str
    before: str | None
    after: str | None


class Term(msgspec.Struct, frozen=True):
    """
    One filter of a list that has decided.

    Attributes:
        group: counted from 1; FilterGroup markers part them.
        verdict: None when it was not asked, since nothing could change any more.
        joined_by: how it joins the next term of its group, or its group the next group.
    """

    where: str
    group: int
    verdict: bool | None
    joined_by: Literal["And", "Or"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=True):
    """
    What all records have.

    Attributes:
        stage: as in faults.
        where: JSON path of the setting, filter or action in the workflow.
        depth: how many blocks are open around it; a pass of a loop is a block of its own.
    """

    stage: str
    where: str
    depth: int = 0


class RequestRead(Event, frozen=True, kw_only=True):
    """
    The request, and how it was read.

    Attributes:
        path: the receiver's own, and what follows it as it was sent.
        charset: the encoding its bytes were read in; of an unknown one its name.
        charset_from: what said so.
        is_lossless: False when bytes had to be replaced by U+FFFD.
        message_type: the type its text has.
        is_inferred: whether the text decided on that, and not the workflow.
        variables: name in lower case → value, as query and path set them.
    """

    method: str
    path: str
    query: str
    content_type: str
    charset: str
    charset_from: Literal["byte order mark", "Content-Type", "default", "unknown"]
    is_lossless: bool
    message_type: str
    is_inferred: bool
    text: str
    variables: dict[str, str]


class TermAsked(Event, frozen=True, kw_only=True):
    """
    One filter and its verdict.

    Attributes:
        verdict: with `Not` worked in; None when it failed.
    """

    comparer: str
    negated: bool
    case_sensitive: bool
    left: Operand
    right: Operand | None
    verdict: bool | None
    error: str = ""


class FiltersDecided(Event, frozen=True, kw_only=True):
    """How a list of filters folded, strictly from left to right."""

    terms: tuple[Term, ...]
    verdict: bool


class ActionRun(Event, frozen=True, kw_only=True):
    """One action: what it read, and what it wrote. A notification writes nothing."""

    action: str
    read: tuple[Operand, ...]
    written: tuple[Written, ...]
    error: str = ""


class ConditionalBegan(Event, frozen=True, kw_only=True):
    """A BeginConditional was met."""


class ConditionDecided(Event, frozen=True, kw_only=True):
    """Whether the block is run or jumped over."""

    entered: bool


class LoopBegan(Event, frozen=True, kw_only=True):
    """A ForEach was met, and its items counted."""

    message: str
    path: str
    passes: int
    error: str = ""


class LoopPass(Event, frozen=True, kw_only=True):
    """Pass *number* of *passes*, counted from 1; it is also what ForEachIterator reads."""

    number: int
    passes: int


class ActivityBegan(Event, frozen=True, kw_only=True):
    """It is an activity's turn."""

    activity: str


class MessageBuilt(Event, frozen=True, kw_only=True):
    """A message was made from its template; ``${…}`` stands for what waits until the actions have run."""

    message: str
    text: str
    error: str = ""


class ActivitySkipped(Event, frozen=True, kw_only=True):
    """The activity's filters kept the message from it."""

    activity: str


class CallMade(Event, frozen=True, kw_only=True):
    """
    What an activity asks for, complete.

    Attributes:
        call: None when it could not be put together.
    """

    activity: str
    kind: Literal["http", "file", "database", ""]
    call: HttpCall | FileWrite | DatabaseCall | None
    error: str = ""


class Replied(Event, frozen=True, kw_only=True):
    """
    What came back for a call.

    Attributes:
        origin: ``performed``; ``given`` by whoever asked for the trace; ``none``: not performed, the reply is empty.
    """

    activity: str
    origin: Origin
    reply: Reply | None
    fault: Fault | None


class ReplyStored(Event, frozen=True, kw_only=True):
    """
    What became of the reply.

    Attributes:
        text: the activity's response message; None when it has none.
    """

    activity: str
    text: str | None
    error: str = ""


class Responded(Event, frozen=True, kw_only=True):
    """
    The answer to the caller.

    Attributes:
        mode: which of the response modes counts.
        priority: when the workflow answers.
        fault: set when the request was refused before its run began; the listener then writes the body.
    """

    mode: str
    priority: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fault: Fault | None


class Ended(Event, frozen=True, kw_only=True):
    """How the run ended."""

    outcome: Literal["completed", "filtered", "errored"]
    fault: Fault | None
    notifications: tuple[Notification, ...]
