"""
What every message type can do, and the two ways it can refuse.

A *format* knows how to compile a path and parse a text; a *message* is one parsed text. The pipeline compiles the paths
of a workflow once and hands the compiled form to each request's message. Adding a message type is one file beside this
one and one row in `formats`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import NO_NAMESPACES

GROWTH_LIMIT: Final = 10_000
"""Most siblings, items, segments or fields one write may add: a path made of request data must not fill the memory."""

DEPTH_LIMIT: Final = 256
"""Most steps of a path; libxml2 refuses documents nested deeper."""


PATH_LIMIT: Final = 1000
"""Most characters of a path: compiled paths are remembered, and placeholders may put request data into them."""


class PathProblem(ValueError):
    """A path does not follow the path language of its message type; the text says what is wrong with it."""


class MessageFault(Exception):
    """A message's text cannot be parsed or written to; the text says why without quoting the message."""


class UnreadableMessage(MessageFault):
    """
    A text is not what its message type asks for.

    Attributes:
        text: the whole of it, so that it can be told whose it is; it may hold a patient's data.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason)
        self.text = text


def refuse_long_path(text: str) -> None:
    """Raise PathProblem for a path nobody writes."""
    if len(text) > PATH_LIMIT:
        raise PathProblem(f"the path is longer than {PATH_LIMIT} characters")


class LoopIndex(int):
    """
    An index that a ForEach put into a path (contract 5.4).

    It is told from an authored index, so that an inner loop never moves a place that an outer loop has fixed.
    """

    __slots__ = ()


def told_apart(index: int | None) -> tuple[bool, int | None]:
    """Return what is equal only for two authored indexes, or two of loops, that are equal."""
    return type(index) is LoopIndex, index


def same_place(one: int | None, other: int | None) -> bool:
    """Whether two 1-based indexes of paths mean the same item: none is the first; a loop's only equals a loop's."""
    if type(one) is LoopIndex or type(other) is LoopIndex:
        return type(one) is type(other) and one == other
    return (one or 1) == (other or 1)


def movable(index: int | None) -> bool:
    """Whether a loop may put its own index here: authored as the first item, or without an index."""
    return type(index) is not LoopIndex and index in (None, 1)


class Message(Protocol):
    """
    One message: text until a path is first used, parsed from then on.

    *path* is always what this message's format compiled. Reading a place that is not there gives ``""``.
    """

    type: MessageType

    def text(self) -> str:
        """
        Return the text as it came until the first write; then with what was written.

        How much of the rest a write leaves as it came is for each message type to say.
        """
        ...

    def get(self, path: Any) -> str:
        """Return the decoded value at *path*. Raises MessageFault when the text does not parse."""
        ...

    def get_all(self, path: Any) -> list[str]:
        """Return the value of every repetition of *path* (HL7 field repetitions); other types give ``[get(path)]``."""
        ...

    def exists(self, path: Any) -> bool:
        """Whether the place is there, as the InMessage comparer asks (contract 4.2)."""
        ...

    def count(self, path: Any) -> int:
        """
        Number of sibling matches of a repeating item, a final index of 1 left out (contract 5.4).

        Raises MessageFault where a type has no repeating items.
        """
        ...

    def is_valid(self) -> bool:
        """Whether the text is well-formed for its type (contract 4.2, Valid)."""
        ...

    def set_value(self, path: Any, value: str) -> None:
        """Write *value*, encoded for the format. Raises MessageFault."""
        ...

    def set_structure(self, path: Any, text: str) -> None:
        """Write *text* raw, as structure. Raises MessageFault."""
        ...

    def append_line(self, text: str) -> None:
        """Append a segment or line. Raises MessageFault where the type has none (contract A25)."""
        ...

    def clone(self) -> "Message":
        """Return an independent message with the same content."""
        ...


@dataclass(frozen=True, slots=True)
class Places:
    """
    Several places of one message type, visited one after the other in less than a call for each.

    *indexes* are those of the loops around, as for `MessageFormat.moving_path`; *message* is of the format that made
    this. Who writes what was read, also what was read before a fault, has done exactly what `Message.get` and
    `Message.set_value` in turns would have done.

    Attributes:
        read: (message, indexes, values): append the value at each place; at a fault those before it are there.
        write: (message, indexes, values): put one value at each place, at the first ones if there are fewer values.
    """

    read: Callable[[Any, Sequence[int], list[str]], None]
    write: Callable[[Any, Sequence[int], Sequence[str]], None]


class MessageFormat(Protocol):
    """How one message type is read; holds the type's options."""

    type: MessageType
    content_type: str
    """Content-Type of a response of this type (contract 3.1)."""

    def compile_path(self, text: str, namespaces: Mapping[str, str] = NO_NAMESPACES) -> Any:
        """Compile *text* for `Message.get` and its siblings. Raises PathProblem."""
        ...

    def indexed_path(self, path: Any, prefix: Any, index: int) -> Any:
        """
        Return *path* with the loop's *index* (1-based) put in where *path* begins with *prefix* (contract 5.4).

        A path that does not begin with *prefix*, or carries an index other than 1 there, comes back unchanged. For
        nested loops apply the outermost first, each with its source path as the loops around it moved it.
        """
        ...

    def moving_path(self, path: Any) -> Callable[[Sequence[int]], Any] | None:
        """
        Return the function (indexes of the loops around) → *path* with them put in, as `indexed_path` would each time.

        *path* was moved by `indexed_path` while compiling, by its n-th loop with the index n: that is where they go.
        What the function returns can be read and asked for, but is no *prefix*. None: there is no faster way.
        """
        ...

    def places(self, paths: Sequence[Any]) -> Places | None:
        """
        Return *paths*, fixed or moved by loops as for `moving_path`, to be visited together.

        None: there is no faster way than one by one.
        """
        ...

    def parse(self, text: str) -> Message:
        """Make a message of *text*. Lazy: never raises."""
        ...
