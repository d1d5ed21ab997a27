"""
DICOM messages: the base64 text of a Part-10 file, read through a JSON view of its dataset.

A text that is JSON or empty, such as the template of a response, is a JSON message and can be written to. A file
cannot: what a write to the view should do to the file is published nowhere, so it is refused rather than guessed.

This module is imported when a workflow has DICOM messages: pydicom takes most of a second and 60 MB.

Source: IntegrationSoup/Documentation, imessage.md and azure-service-bus-receiver.md (DICOM is surfaced as base64 text).
"""

import binascii
from collections.abc import Mapping
from typing import Final, NoReturn

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import NO_NAMESPACES, DicomOptions
from httpreceiver_workflow.messages.dicom_view import view_of
from httpreceiver_workflow.messages.json_tree import AnyPath, JsonFormat, JsonMessage
from httpreceiver_workflow.messages.message import Message, MessageFault, UnreadableMessage

_LEADING: Final = "\ufeff \t\r\n"


class DicomMessage:
    """One DICOM file. See `message.Message` for what each method promises."""

    __slots__ = ("_json", "_options", "_text", "_view", "type")

    def __init__(self, text: str, options: DicomOptions, json: JsonFormat) -> None:
        self.type = MessageType.DICOM
        self._text = text
        self._options = options
        self._json = json
        self._view: JsonMessage | None = None

    def text(self) -> str:
        """Return the base64 text as it came."""
        return self._text

    def get(self, path: AnyPath) -> str:
        """Return what stands at *path* of the view."""
        return self._viewed().get(path)

    def get_all(self, path: AnyPath) -> list[str]:
        """Return the one value at *path*."""
        return [self.get(path)]

    def exists(self, path: AnyPath) -> bool:
        """Whether the view has the node."""
        return self._viewed().exists(path)

    def count(self, path: AnyPath) -> int:
        """Length of the view's array; 1 for a single value, 0 for none."""
        return self._viewed().count(path)

    def is_valid(self) -> bool:
        """Whether the text is base64 of a DICOM file that can be read."""
        try:
            self._viewed()
        except MessageFault:
            return False
        return True

    def set_value(self, path: AnyPath, value: str) -> None:
        """Refuse."""
        _refuse_write()

    def set_structure(self, path: AnyPath, text: str) -> None:
        """Refuse."""
        _refuse_write()

    def append_line(self, text: str) -> None:
        """Refuse: a file has no lines (contract A25)."""
        raise MessageFault("a line cannot be appended to a DICOM message")

    def clone(self) -> "DicomMessage":
        """Return this message: nothing can change it."""
        return self

    def _viewed(self) -> JsonMessage:
        if self._view is None:
            try:
                self._view = self._json.holding(view_of(_decoded(self._text), self._options))
            except MessageFault as fault:
                raise UnreadableMessage(str(fault), self._text) from fault
        return self._view


class DicomFormat:
    """How DICOM messages are read."""

    __slots__ = ("_json", "_options", "content_type", "type")

    def __init__(self, options: DicomOptions, json: JsonFormat) -> None:
        """Read the view, and texts that are JSON, as *json* does."""
        self.type = MessageType.DICOM
        self.content_type = "text/plain; charset=utf-8"
        self._options = options
        self._json = json

    def compile_path(self, text: str, namespaces: Mapping[str, str] = NO_NAMESPACES) -> AnyPath:
        """Return the place of the view that *text* names. Raises PathProblem."""
        return self._json.compile_path(text)

    def indexed_path(self, path: AnyPath, prefix: AnyPath, index: int) -> AnyPath:
        """Return *path* in pass *index* of the loop over *prefix*."""
        return self._json.indexed_path(path, prefix, index)

    def moving_path(self, path: object) -> None:
        """Return None: a loop moves each path when it is read."""

    def places(self, paths: object) -> None:
        """Return None: places are visited one by one."""

    def parse(self, text: str) -> Message:
        """Make a message of *text*; nothing is read yet."""
        if text.lstrip(_LEADING)[:1] in ("", "{", "[", '"'):
            return self._json.parse(text)
        return DicomMessage(text, self._options, self._json)


def _refuse_write() -> NoReturn:
    raise MessageFault("a DICOM file cannot be written to; map its values into a message of another type")


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise MessageFault("the text of the DICOM message is neither base64 nor JSON") from error
