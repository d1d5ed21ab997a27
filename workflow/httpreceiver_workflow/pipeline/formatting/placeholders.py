"""
The placeholder language of templates: text in, literal pieces and placeholders out.

Called by the compiler for every text that may hold ``${…}``. Nothing here knows what a name stands for, and nothing
here refuses: what a modifier's arguments mean is decided by `formats`, what a name means by the compiler.

Source: IntegrationSoup/Documentation, variables.md (syntax); contract 6.1, 6.4 and 5.5 (whole-message placeholders).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from httpreceiver_workflow.contract.encodings import VALUE_ENCODERS
from httpreceiver_workflow.contract.enums import Direction
from httpreceiver_workflow.contract.setting_parts import Guid

MODIFIER_NAMES: Final[tuple[str, ...]] = (
    "LowerCase",
    "UpperCase",
    "TitleCase",
    "McNameCase",
    "Truncate",
    "Trim",
    "Remove",
    "Replace",
    "Lookup",
    "Padding",
    *VALUE_ENCODERS.values(),
)
"""Every modifier we know, as the documents spell it; anything else in a placeholder is a .NET format."""

_CANONICAL: Final = {name.lower(): name for name in MODIFIER_NAMES}
_MODIFIER = re.compile(rf"\s*({'|'.join(MODIFIER_NAMES)})\s*(\(.*)?", re.IGNORECASE | re.DOTALL)
_WHOLE_MESSAGE = re.compile(
    r"\s*\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?\s+(inbound|outbound)\s*", re.IGNORECASE
)
_DIRECTIONS: Final = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND}


@dataclass(frozen=True, slots=True)
class Modifier:
    """
    One known modifier of a placeholder.

    Attributes:
        name: as in `MODIFIER_NAMES`, however it was written.
        arguments: what follows the name, parentheses included, spaces kept; ``""`` when there is nothing.
    """

    name: str
    arguments: str = ""

    @property
    def written(self) -> str:
        """The modifier as a message about it should show it."""
        return f"{self.name}{self.arguments}"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """
    ``${Name:Modifier:Format}``.

    Attributes:
        name: as written, outer spaces included, since a variable's name may have them.
        key: *name* in lower case, since names ignore case.
        modifiers: the known ones, in written order.
        format: what is left, joined with ``:`` again; ``""`` when nothing is.
        written: the whole text from ``${`` to ``}``.
    """

    name: str
    key: str
    modifiers: tuple[Modifier, ...]
    format: str
    written: str


@dataclass(frozen=True, slots=True)
class MessagePlaceholder:
    """``${<guid> inbound}`` or ``${<guid> outbound}``: the whole text of one side of an activity."""

    setting: Guid
    direction: Direction
    written: str


Part = str | Placeholder | MessagePlaceholder


@dataclass(frozen=True, slots=True)
class Template:
    """
    A text split into literal pieces and placeholders.

    Attributes:
        parts: in order; joined (placeholders as ``written``) they are the text. Literal pieces are never empty and
            never neighbours, so a text without placeholders is one part and an empty text is none.
        unclosed: 0-based positions of each ``${`` that stays literal: it is never closed, has no name, or meets the
            next ``${`` before its ``}``.
    """

    parts: tuple[Part, ...]
    unclosed: tuple[int, ...]


def parse_template(text: str) -> Template:
    """Split *text*. Never raises."""
    parts: list[Part] = []
    unclosed: list[int] = []
    literal_from = 0
    start = text.find("${")
    while start >= 0:
        brace = _closing_brace(text, start + 2)
        if brace is None:
            unclosed.append(start)
            start = text.find("${", start + 2)
            continue
        if start > literal_from:
            parts.append(text[literal_from:start])
        literal_from = brace + 1
        parts.append(_parse_placeholder(text[start:literal_from]))
        start = text.find("${", literal_from)
    if literal_from < len(text):
        parts.append(text[literal_from:])
    return Template(tuple(parts), tuple(unclosed))


def parse_modifiers(text: str) -> tuple[tuple[Modifier, ...], str]:
    """
    Split what follows a placeholder's name (without the first ``:``) into known modifiers and the .NET format.

    The parts are what stands between colons outside parentheses; unknown parts, joined with ``:`` again, are the
    format, so ``HH:mm:ss`` survives. A known name with unbalanced parentheses is still a modifier; `formats` refuses.
    """
    modifiers: list[Modifier] = []
    format_parts: list[str] = []
    for part in split_outside_parentheses(text):
        match = _MODIFIER.fullmatch(part)
        if match is None:
            format_parts.append(part)
        else:
            modifiers.append(Modifier(_CANONICAL[match[1].lower()], (match[2] or "").rstrip()))
    return tuple(modifiers), ":".join(format_parts)


def _parse_placeholder(written: str) -> Placeholder | MessagePlaceholder:
    inside = written[2:-1]
    whole_message = _WHOLE_MESSAGE.fullmatch(inside)
    if whole_message is not None:
        return MessagePlaceholder(whole_message[1].lower(), _DIRECTIONS[whole_message[2].lower()], written)
    name, _, rest = inside.partition(":")
    modifiers, format_ = parse_modifiers(rest)
    return Placeholder(name, name.lower(), modifiers, format_, written)


def _closing_brace(text: str, inside: int) -> int | None:
    """
    Return the position of the brace that closes the placeholder whose inside starts at *inside*.

    A brace within a modifier's parentheses is an argument, as in ``Replace({,[)``; when the parentheses do not balance
    before the next placeholder or line the first brace closes. None when nothing closes it or it has no name.
    """
    next_start = text.find("${", inside)
    limit = len(text) if next_start < 0 else next_start
    first = text.find("}", inside, limit)
    if first < 0 or first == inside:
        return None
    modifiers = text.find(":", inside, first)
    if modifiers < 0 or "(" not in text[modifiers:first]:
        return first
    line_end = text.find("\n", first, limit)
    depth = 0
    for position in range(modifiers, limit if line_end < 0 else line_end):
        character = text[position]
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(depth - 1, 0)
        elif character == "}" and depth == 0:
            return position
    return first


def split_outside_parentheses(text: str) -> Iterator[str]:
    """Yield what stands between colons outside parentheses."""
    if not text:
        return
    depth = 0
    part_from = 0
    for position, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(depth - 1, 0)
        elif character == ":" and depth == 0:
            yield text[part_from:position]
            part_from = position + 1
    yield text[part_from:]
