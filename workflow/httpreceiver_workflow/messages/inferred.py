"""
Messages whose type shows only in their text: Unknown, and FHIR, which is JSON or XML.

A path is written down before any text is there, so it is compiled when the first message of each type meets it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import NO_NAMESPACES
from httpreceiver_workflow.messages.message import Message, MessageFault, MessageFormat, PathProblem

Choose = Callable[[str], MessageFormat]
"""Text → the format it has."""


@dataclass(frozen=True, slots=True)
class InferredPath:
    """
    A path as written, with the loops that have moved it.

    Attributes:
        moves: prefix and index of each loop, outermost first.
    """

    text: str
    namespaces: Mapping[str, str] = field(default_factory=lambda: NO_NAMESPACES)
    moves: tuple[tuple["InferredPath", int], ...] = ()

    def compiled(self, own: MessageFormat) -> Any:
        """Return this path in the language of *own*. Raises MessageFault when it is no path there."""
        try:
            path = own.compile_path(self.text, self.namespaces)
        except PathProblem as problem:
            raise MessageFault(f"the path does not fit a message of type {own.type.name}: {problem}") from problem
        for prefix, index in self.moves:
            path = own.indexed_path(path, prefix.compiled(own), index)
        return path


class InferredMessage:
    """One message that behaves as its text looks. See `message.Message` for what each method promises."""

    __slots__ = ("_format", "_inner", "type")

    def __init__(self, inner: Message, own: MessageFormat) -> None:
        self.type = own.type
        self._inner = inner
        self._format = own

    def text(self) -> str:
        """Return the text."""
        return self._inner.text()

    def get(self, path: InferredPath) -> str:
        """Return the value at *path*."""
        return self._inner.get(path.compiled(self._format))

    def get_all(self, path: InferredPath) -> list[str]:
        """Return the value of every repetition of *path*."""
        return self._inner.get_all(path.compiled(self._format))

    def exists(self, path: InferredPath) -> bool:
        """Whether the place is there."""
        return self._inner.exists(path.compiled(self._format))

    def count(self, path: InferredPath) -> int:
        """Number of sibling matches."""
        return self._inner.count(path.compiled(self._format))

    def is_valid(self) -> bool:
        """Whether the text is well-formed for the type it looks like."""
        return self._inner.is_valid()

    def set_value(self, path: InferredPath, value: str) -> None:
        """Write *value*, encoded."""
        self._inner.set_value(path.compiled(self._format), value)

    def set_structure(self, path: InferredPath, text: str) -> None:
        """Write *text* as structure."""
        self._inner.set_structure(path.compiled(self._format), text)

    def append_line(self, text: str) -> None:
        """Append a segment or line."""
        self._inner.append_line(text)

    def clone(self) -> "InferredMessage":
        """Return an independent message with the same content."""
        return InferredMessage(self._inner.clone(), self._format)


class InferredFormat:
    """
    How messages are read whose type shows in their text.

    Args:
        choose: what decides.
        languages: the formats it may choose; a path has to fit at least one.
        content_type: of a response of this type; `formats.content_type` of the message's own type is more exact.
    """

    __slots__ = ("_choose", "_languages", "content_type", "type")

    def __init__(
        self, message_type: MessageType, choose: Choose, languages: tuple[MessageFormat, ...], content_type: str
    ) -> None:
        self.type = message_type
        self.content_type = content_type
        self._choose = choose
        self._languages = languages

    def compile_path(self, text: str, namespaces: Mapping[str, str] = NO_NAMESPACES) -> InferredPath:
        """Return *text* for later. Raises PathProblem when it is a path in none of the languages."""
        problems: list[PathProblem] = []
        for language in self._languages:
            try:
                language.compile_path(text, namespaces)
            except PathProblem as problem:
                problems.append(problem)
        if len(problems) == len(self._languages):
            raise PathProblem("; ".join(map(str, problems)))
        return InferredPath(text, namespaces)

    def indexed_path(self, path: InferredPath, prefix: InferredPath, index: int) -> InferredPath:
        """Return *path* in pass *index* of the loop over *prefix*."""
        return replace(path, moves=(*path.moves, (prefix, index)))

    def moving_path(self, path: object) -> None:
        """Return None: a loop moves each path when it is read."""

    def places(self, paths: object) -> None:
        """Return None: places are visited one by one."""

    def parse(self, text: str) -> InferredMessage:
        """Make a message of *text*; only its first characters are looked at."""
        own = self._choose(text)
        return InferredMessage(own.parse(text), own)
