"""
Messages as a Python override sees them: a path is text, and is read by the type of the message it points into.

Source: IntegrationSoup/Documentation, imessage.md, Ihl7message.md; contract gaps 1.
"""

from typing import Any

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages.hl7_delimiters import split_lines
from httpreceiver_workflow.messages.message import Message, MessageFormat


def checked_text(value: object) -> str:
    """Return *value*. Raises TypeError unless it is text: nothing is turned into text by guessing how."""
    if not isinstance(value, str):
        raise TypeError(f"a text is needed here, not {type(value).__name__}")
    return value


class CodeMessage:
    """One message; what is written is seen at once by everything that reads the message later."""

    __slots__ = ("_format", "_messages", "_slot", "moves")

    def __init__(self, messages: "dict[int, Message]", slot: int, own: MessageFormat) -> None:
        """Stand for the message of *slot*, whichever that is by the time of use."""
        self._messages = messages
        self._slot = slot
        self._format = own
        self.moves = 0
        """How often segments may have changed their places."""

    @property
    def type(self) -> str:
        """Its type, such as HL7V2, XML, JSON, CSV, TEXT; of an inferred type what its text shows."""
        return self._message.type.name.replace("_", "")

    @property
    def text(self) -> str:
        """The whole text."""
        return self._message.text()

    def set_text(self, text: str) -> None:
        """Replace the whole text."""
        self._messages[self._slot] = self._format.parse(checked_text(text))
        self.moves += 1

    def get_value_at_path(self, path: str) -> str:
        """Return the decoded value at *path*, ``""`` when it is not there."""
        return self._message.get(self._path(path))

    def get_values_at_path(self, path: str) -> list[str]:
        """Return the value of every repetition of an HL7 field; other types have one."""
        return self._message.get_all(self._path(path))

    def set_value_at_path(self, path: str, value: str) -> None:
        """Write *value*, encoded for the type of the message."""
        self._message.set_value(self._path(path), checked_text(value))

    def set_structure_at_path(self, path: str, text: str) -> None:
        """Write *text* raw, as structure."""
        self._message.set_structure(self._path(path), checked_text(text))
        self.moves += 1

    def append_line(self, text: str) -> None:
        """Append a line, or the segments of an HL7 message."""
        self._message.append_line(checked_text(text))

    # --- HL7 ---

    def segments(self, name: str = "") -> "list[CodeSegment]":
        """Return the segments of an HL7 message in order; only those called *name* when it is given."""
        self._require_hl7()
        counts: dict[str, int] = {}
        found = []
        for line in filter(None, split_lines(self.text)):
            header = line[:3]
            counts[header] = counts.get(header, 0) + 1
            if name in ("", header):
                found.append(CodeSegment(self, header, counts[header], self.moves))
        return found

    def segment(self, path: str) -> "CodeSegment | None":
        """Return one segment by its path, ``PID`` or ``OBX[2]``; None when it is not there."""
        wanted = path if "[" in path else f"{path}[1]"
        return next((one for one in self.segments(wanted.partition("[")[0]) if one.path == wanted), None)

    def add_segment(self, text: str) -> None:
        """Append one segment, or several on lines of their own, to an HL7 message."""
        self._require_hl7()
        self.append_line(text)

    def remove_segment(self, *segments: "CodeSegment") -> None:
        """Remove *segments*; any other that was asked for before must then be asked for anew."""
        self._require_hl7()
        for segment in segments:
            segment.check(self, self.moves)
        # From the last on, so that none moves before its turn.
        for segment in sorted(segments, key=lambda one: one.number, reverse=True):
            self._message.set_structure(self._path(segment.path), "")
        self.moves += 1

    # --- inside ---

    @property
    def _message(self) -> Message:
        message = self._messages.get(self._slot)
        if message is None:
            raise LookupError("the message is gone")
        return message

    def _path(self, path: str) -> Any:
        return self._format.compile_path(checked_text(path))

    def _require_hl7(self) -> None:
        if self._message.type is not MessageType.HL7_V2:
            raise TypeError(f"only HL7 messages have segments, this one is {self.type}")


class CodeSegment:
    """One segment of an HL7 message, by its place; a place that may have moved since is refused."""

    __slots__ = ("_message", "_moves", "name", "number")

    def __init__(self, message: CodeMessage, name: str, number: int, moves: int) -> None:
        """
        Stand for segment *number* (1-based) of those called *name*.

        Args:
            moves: how often segments of the message had moved when this one was asked for.
        """
        self._message = message
        self._moves = moves
        self.name = name
        self.number = number

    @property
    def path(self) -> str:
        """Its path, such as ``OBX[2]``."""
        return f"{self.name}[{self.number}]"

    @property
    def text(self) -> str:
        """Its text as it stands."""
        return self._now().get_value_at_path(self.path)

    def get_value(self, field: int | str) -> str:
        """Return the decoded value of a field ``5``, or a part of it ``"5.1"``."""
        return self._now().get_value_at_path(f"{self.path}-{field}")

    def set_value(self, field: int | str, value: str) -> None:
        """Write *value*, escaped, to a field or a part of it."""
        self._now().set_value_at_path(f"{self.path}-{field}", value)

    def check(self, message: CodeMessage, moves: int) -> None:
        """Raise unless this is a segment of *message*, whose segments have moved *moves* times."""
        if message is not self._message:
            raise ValueError(f"{self.path} is a segment of another message")
        if moves != self._moves:
            raise RuntimeError(f"segments have moved since {self.path} was asked for: ask for it anew")

    def _now(self) -> CodeMessage:
        self.check(self._message, self._message.moves)
        return self._message
