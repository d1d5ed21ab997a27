"""
The lines of a trace for people: aligned, at most 120 columns, and nothing in them that a terminal would obey.
"""

from typing import Final

WIDTH: Final = 120
LONGEST_VALUE: Final = 60
MOST_LINES: Final = 40
_ESCAPES: Final = {"\r": "\\r", "\n": "\\n", "\t": "\\t"}


def visible(text: str) -> str:
    r"""
    Return *text* with everything escaped that does not print. A backslash stays one: HL7 is full of them.

    >>> visible("PID|1\r")
    'PID|1\\r'
    """
    return "".join(_ESCAPES.get(char) or (char if char.isprintable() else _code(char)) for char in text)


def _code(char: str) -> str:
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def quoted(text: str, longest: int = LONGEST_VALUE) -> str:
    r"""
    Return *text* in quotes on one line, cut short where it is long.

    >>> quoted("a\rb")
    '"a\\rb"'
    >>> quoted("abcdef", 3)
    '"abc…" (6 characters)'
    """
    if len(text) <= longest:
        return f'"{visible(text)}"'
    return f'"{visible(text[:longest])}…" ({len(text)} characters)'


def line(indent: int, text: str, where: str = "") -> list[str]:
    """Return *text* at *indent* with *where* at the right edge, on a line of its own where both do not fit."""
    start = " " * indent
    if not where:
        return wrapped(indent, text)
    if len(start) + len(text) + 2 + len(where) <= WIDTH:
        return [start + text + where.rjust(WIDTH - len(start) - len(text))]
    return [*wrapped(indent, text), where.rjust(WIDTH)]


def wrapped(indent: int, text: str) -> list[str]:
    """Return *text* at *indent*, folded at the right edge with the rest a step further in."""
    lines: list[str] = []
    room = WIDTH - indent
    while len(text) > room:
        at = text.rfind(" ", room // 2, room + 1)
        at = room if at < 0 else at
        lines.append(" " * indent + text[:at].rstrip())
        text = "  " + text[at:].lstrip()
    return [*lines, (" " * indent + text).rstrip()]


def block(indent: int, text: str) -> list[str]:
    """Return a body line by line, its line ends visible, long lines and long bodies cut short."""
    if not text:
        return [" " * indent + "(empty)"]
    pieces = [visible(piece) for piece in _pieces(text)]
    room = WIDTH - indent - 2
    lines = [" " * indent + "| " + (one if len(one) <= room else one[: room - 1] + "…") for one in pieces[:MOST_LINES]]
    if len(pieces) > MOST_LINES:
        lines.append(f"{' ' * indent}… {len(pieces) - MOST_LINES} more lines")
    return lines


def _pieces(text: str) -> list[str]:
    r"""
    Cut after CR, LF and CRLF only.

    >>> _pieces("a\rb\r\nc")
    ['a\r', 'b\r\n', 'c']
    """
    pieces = [""]
    for position, char in enumerate(text):
        pieces[-1] += char
        if char == "\n" or (char == "\r" and text[position + 1 : position + 2] != "\n"):
            pieces.append("")
    return pieces if pieces[-1] else pieces[:-1]
