"""One activity of a run, compiled: what the runner drives and a tracer is shown; `activities` makes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httpreceiver_workflow.pipeline.effects import DatabaseCall, FileWrite, HttpCall, Reply
from httpreceiver_workflow.pipeline.exchange import Exchange, Instruction, Predicate

CallBuilder = Callable[[Exchange], HttpCall | FileWrite | DatabaseCall | None]
"""Return what is to be performed; None when nothing is left to do."""
ReplyReader = Callable[[Reply], str | None]
"""Return the response text to store, None for no response. Raises ExchangeFault when the reply is a failure."""


@dataclass(frozen=True, slots=True)
class ActivityStep:
    """
    One activity of the run.

    Attributes:
        inbound: slot of the response it got back.
        outbound: slot of the message it sends.
        build: makes the message that is sent, unless its filters are asked first: then *transformers* begin with that.
        waits: placeholders of the message wait for the transformers.
        preparation: actions of the activity's filter host; they run before its filters.
        predicate: None lets every message through.
        transformers: actions that run just before the activity.
    """

    id: str
    name: str
    inbound: int
    outbound: int
    build: Instruction
    waits: bool
    preparation: tuple[Instruction, ...]
    predicate: Predicate | None
    transformers: tuple[Instruction, ...]
    call: CallBuilder
    read_reply: ReplyReader
    parse: Callable[[str], Any]
