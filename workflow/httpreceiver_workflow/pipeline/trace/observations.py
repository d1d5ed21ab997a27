"""
What a recorder asks of a run without changing it: what a place holds now, and how a step ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from httpreceiver_workflow.contract.built_in import READ_ONLY_VARIABLES
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.pipeline.content.bodies import UnknownCharset
from httpreceiver_workflow.pipeline.exchange import Exchange, ExchangeFault
from httpreceiver_workflow.pipeline.tracer import Place
from httpreceiver_workflow.pipeline.variables import WORKFLOW_ERROR, WORKFLOW_ERROR_MESSAGE

T = TypeVar("T")
Given = TypeVar("Given")

_FAULTS: Final = (MessageFault, ExchangeFault, UnknownCharset)
"""What a step of a run may raise to end it."""


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """How a step ended: with a value, or with the fault it raised."""

    value: T | None
    fault: Exception | None = None

    @property
    def error(self) -> str:
        """The fault's text, ``""`` for none."""
        return "" if self.fault is None else str(self.fault)

    def result(self) -> T:
        """Go on as the step would have gone on unwatched: return its value or raise its fault."""
        if self.fault is not None:
            raise self.fault
        return self.value  # type: ignore[return-value]  # None only where T has it


def attempt(step: Callable[[Given], T], given: Given) -> Attempt[T]:
    """Do *step* and say how it ended."""
    try:
        return Attempt(step(given))
    except _FAULTS as fault:
        return Attempt(None, fault)


def held(exchange: Exchange, slot: int, place: Place) -> str | None:
    """Return what stands at a place of a message; None when it cannot be read (yet)."""
    message = exchange.messages.get(slot)
    try:
        return None if message is None else _shown(exchange, message.get(place(exchange)))
    except MessageFault:
        return None


def text_of(exchange: Exchange, slot: int) -> str:
    """Return the text of the message of *slot*."""
    message = exchange.messages.get(slot)
    return "" if message is None else _shown(exchange, message.text())


def _shown(exchange: Exchange, text: str) -> str:
    return text if exchange.pending is None else exchange.pending.shown(text)


def variable(exchange: Exchange, name: str) -> str | None:
    """Return what a variable holds, None for an unset one; a built-in one, which no action writes, holds nothing."""
    key = name.lower()
    if key == WORKFLOW_ERROR:
        return "True" if exchange.errored else "False"
    if key == WORKFLOW_ERROR_MESSAGE:
        return exchange.error_message
    return None if key in READ_ONLY_VARIABLES else exchange.variables.get(key)
