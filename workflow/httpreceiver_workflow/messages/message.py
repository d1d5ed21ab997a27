"""
What every message type can do, and the two ways it can refuse.

A *format* knows how to compile a path and parse a text; a *message* is one parsed text. The pipeline compiles the paths of
a workflow once and hands the compiled form to each request's message. Adding a message type is one file beside this one
and one row in `formats`.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.settings import NO_NAMESPACES


class PathProblem(ValueError):
    """A path does not follow the path language of its message type; the text says what is wrong with it."""


class MessageFault(Exception):
    """A message's text cannot be parsed or written to; the text says why without quoting the message."""


class Message(Protocol):
    """
    One message: text until a path is first used, parsed from then on.

    *path* is always what this message's format compiled. Reading a place that is not there gives ``""``.
    """

    type: MessageType

    def text(self) -> str:
        """Return the text as it came, byte for byte, until the first write; then the serialised form."""
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
        """Number of sibling matches of a repeating item (contract 5.4). Raises MessageFault where a type has none."""
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

        A path that does not begin with *prefix*, or carries an index other than 1 there, comes back unchanged.
        """
        ...

    def parse(self, text: str) -> Message:
        """Make a message of *text*. Lazy: never raises."""
        ...
