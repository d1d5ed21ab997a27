"""
Messages without an inside: Text, SQL, TextWithVariables and Binary, whose text is base64. A path means the whole text.
"""

from collections.abc import Mapping

import msgspec

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import NO_NAMESPACES
from httpreceiver_workflow.messages.message import MessageFault


class TextMessage(msgspec.Struct, eq=False, gc=False):
    """One text. See `message.Message` for what each method promises."""

    _text: str
    type: MessageType

    def text(self) -> str:
        """Return the text."""
        return self._text

    def get(self, path: str) -> str:
        """Return the whole text."""
        return self._text

    def get_all(self, path: str) -> list[str]:
        """Return the whole text."""
        return [self._text]

    def exists(self, path: str) -> bool:
        """Whether there is any text."""
        return self._text != ""

    def count(self, path: str) -> int:
        """Refuse: text has nothing to loop over."""
        raise MessageFault("a loop cannot go through a message of text")

    def is_valid(self) -> bool:
        """Text is always valid (contract 4.2)."""
        return True

    def set_value(self, path: str, value: str) -> None:
        """Replace the whole text."""
        self._text = value

    def set_structure(self, path: str, text: str) -> None:
        """Replace the whole text."""
        self._text = text

    def append_line(self, text: str) -> None:
        """Append *text* as a line; Binary has none."""
        if self.type is MessageType.BINARY:
            raise MessageFault("a line cannot be appended to a Binary message")
        self._text = with_line(self._text, text)

    def clone(self) -> "TextMessage":
        """Return an independent message with the same content."""
        return TextMessage(self._text, self.type)


class TextFormat:
    """How messages without an inside are read."""

    __slots__ = ("content_type", "type")

    def __init__(self, message_type: MessageType) -> None:
        self.type = message_type
        binary = message_type is MessageType.BINARY
        self.content_type = "application/octet-stream" if binary else "text/plain; charset=utf-8"

    def compile_path(self, text: str, namespaces: Mapping[str, str] = NO_NAMESPACES) -> str:
        """Return *text*: every path means the whole message."""
        return text

    def indexed_path(self, path: str, prefix: str, index: int) -> str:
        """Return *path*: no loop goes through text."""
        return path

    def moving_path(self, path: object) -> None:
        """Return None: a loop moves each path when it is read."""

    def places(self, paths: object) -> None:
        """Return None: places are visited one by one."""

    def parse(self, text: str) -> TextMessage:
        """Make a message of *text*."""
        return TextMessage(text, self.type)


def with_line(text: str, line: str) -> str:
    r"""
    Return *text* with *line* as its last line, in the line breaks *text* uses already, else CRLF.

    >>> with_line("a", "b")
    'a\r\nb'
    """
    if not text:
        return line
    line_break = next((one for one in ("\r\n", "\n", "\r") if one in text), "\r\n")
    return text + line + line_break if text.endswith(line_break) else text + line_break + line
