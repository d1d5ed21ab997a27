"""
The state of one exchange while it runs: messages in numbered slots, variables by lower-case name.

Compiled closures take an `Exchange` and nothing else; slots and names were settled while compiling.
"""

from collections.abc import Callable, Sequence

import msgspec

from httpreceiver_workflow.messages.message import Message
from httpreceiver_workflow.pipeline.effects import Fault, FaultKind, InboundRequest, Notification, Stage

Text = Callable[["Exchange"], str]
"""A compiled piece of text: a template, a binding, a variable."""

Predicate = Callable[["Exchange"], bool]
"""A compiled filter, or list of filters."""

Instruction = Callable[["Exchange"], object]
"""A compiled action; what it returns is nothing that a run looks at."""

Build = Callable[["Exchange"], Message]
"""A compiled template of a message: puts it into its slot and returns it."""

REQUEST_SLOT = 0
RESPONSE_SLOT = 1


def activity_slots(position: int) -> tuple[int, int]:
    """Return the slots of the activity at *position* (0-based): the response it got back, the message it sent."""
    return 2 + 2 * position, 3 + 2 * position


class ExchangeFault(Exception):
    """Raised inside a run to stop it; carries the fault that the outcome will show."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Exchange(msgspec.Struct, eq=False, gc=False):
    """
    One request's state. Nothing that it holds refers back to it, so that it needs no garbage collector.

    Attributes:
        messages: by slot; only those that exist, so that a run costs nothing for what it does not reach.
        variables: lower-case name → text.
        loop_indexes: the running index (1-based) of each loop of the list that runs, by depth.
        loop_prefixes: the loop's own compiled path, already rebased by the loops around it, by depth.
        pending: placeholders of the message being built that wait for the list to run, None otherwise.
        stage: where the run is; goes into faults.
        filtered: message slots of what was filtered: the request's for the run itself.
        errored: by an exception or by `WorkflowError` set to true.
        fault: the exception's fault.
        error_message: `WorkflowErrorMessage`.
        notifications: recorded so far; None until there is one.
        unformatted: variable → its formatted value and the one before; None until one is kept.
        readings: what expressions have read of the request so far, by name; None until one reads.
    """

    request: InboundRequest
    variables: dict[str, str]
    messages: dict[int, Message] = {}
    loop_indexes: Sequence[int] = ()
    loop_prefixes: Sequence[object] = ()
    pending: "Pending | None" = None
    stage: Stage = Stage.BODY
    filtered: tuple[int, ...] = ()
    errored: bool = False
    fault: Fault | None = None
    error_message: str = ""
    notifications: list[Notification] | None = None
    unformatted: dict[str, tuple[str, str]] | None = None
    readings: dict[str, object] | None = None

    def notify(self, notification: Notification) -> None:
        """Record *notification*."""
        if self.notifications is None:
            self.notifications = []
        self.notifications.append(notification)

    def failing(self, kind: FaultKind, message: str) -> ExchangeFault:
        """Return what to raise to stop the run with a fault of the current stage."""
        return ExchangeFault(Fault(kind, self.stage, message))

    def fail(self, kind: FaultKind, message: str) -> None:
        """Put the run into its error state with a fault of the current stage."""
        self.stop(Fault(kind, self.stage, message))

    def stop(self, fault: Fault) -> None:
        """Put the run into its error state with *fault*; the first fault is the one that is told."""
        self.errored = True
        if self.fault is not None:
            return
        self.fault = fault
        self.error_message = fault.message


class Pending:
    """
    Placeholders of one template that must wait until its list has run (contract 5.5).

    Each stands in the message as a marker that nobody can guess, so text that came from a request is never expanded.
    """

    __slots__ = ("_markers", "_parse", "_slot")

    def __init__(self, slot: int, parse: Callable[[str], Message], markers: list[tuple[str, Text]]) -> None:
        self._slot = slot
        self._parse = parse
        self._markers = markers

    def filled(self, text: str, exchange: Exchange) -> str:
        """Return *text*, read from the message, with every marker replaced by its value as of now."""
        for marker, value in self._markers:
            if marker in text:
                text = text.replace(marker, value(exchange))
        return text

    def shown(self, text: str) -> str:
        """Return *text* with ``${…}`` for every marker: what waits must not be read before its time."""
        for marker, _ in self._markers:
            text = text.replace(marker, "${…}")
        return text

    def expand(self, exchange: Exchange) -> None:
        """Replace every marker by its value as of now, in the message of the slot."""
        exchange.pending = None
        message = exchange.messages.get(self._slot)
        if message is None:
            return
        text = message.text()
        for marker, value in self._markers:
            text = text.replace(marker, value(exchange))
        exchange.messages[self._slot] = self._parse(text)
