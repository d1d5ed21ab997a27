"""
.NET custom number formats: up to three sections of digit placeholders and literal text.

The part of `dotnet_numbers` that has its own little language. A section is read once into `_Section`; showing a number
walks its tokens from left to right, giving each placeholder the digit that belongs to its position.

Source: Microsoft's documentation of .NET custom numeric format strings.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from typing import Final

_TOKEN = re.compile(
    r"(?P<quoted>'[^']*'?|\"[^\"]*\"?)|(?P<escaped>\\.?)|(?P<exponent>[Ee][+-]?0+)|(?P<symbol>[0#.,%‰;])|(?P<literal>.)",
    re.DOTALL,
)
_MAX_EXPONENT_DIGITS: Final = 10


class _Mark(Enum):
    """A token that is not literal text."""

    DIGIT = auto()
    POINT = auto()


@dataclass(frozen=True, slots=True)
class _Exponent:
    letter: str
    always_signed: bool
    min_digits: int


_Token = str | _Mark | _Exponent


@dataclass(slots=True)
class _Section:
    """
    One section.

    Attributes:
        digit_count: placeholders in all.
        point_at: placeholders before the decimal point; all of them when there is none.
        first_zero: placeholders before the first ``0``; None without a ``0``.
        last_zero: placeholders up to the last ``0``, it included.
        shift: power of ten to multiply with, from ``%``, ``‰`` and commas before the point.
        grouped: whether thousands are separated.
    """

    tokens: list[_Token] = field(default_factory=list)
    digit_count: int = 0
    point_at: int | None = None
    first_zero: int | None = None
    last_zero: int = 0
    shift: int = 0
    grouped: bool = False
    scientific: bool = False

    @property
    def point(self) -> int:
        """Placeholders before the decimal point."""
        return self.digit_count if self.point_at is None else self.point_at


@dataclass(frozen=True, slots=True)
class _Digits:
    """A magnitude: ``0.<digits> × 10^scale``; digits begin and end with a non-zero one, and are empty for zero."""

    digits: str
    scale: int


def compile_sections(format_: str) -> Callable[[Decimal], str]:
    """Compile a custom number format. Never refuses: what is no symbol is literal text, as in .NET."""
    sections = _read_sections(format_)
    first = sections[0]
    for_negative = sections[1] if len(sections) > 1 and sections[1].tokens else first
    for_zero = sections[2] if len(sections) > 2 and sections[2].tokens else first

    def show(number: Decimal) -> str:
        magnitude = _magnitude(number)
        if not magnitude.digits:
            return _show(for_zero, magnitude, "")
        section = for_negative if number < 0 else first
        rounded = _round(_Digits(magnitude.digits, magnitude.scale + section.shift), section)
        if not rounded.digits:
            return _show(for_zero, rounded, "")
        return _show(section, rounded, "-" if number < 0 and section is first else "")

    return show


def _read_sections(format_: str) -> list[_Section]:
    sections = [_Section()]
    comma_at: int | None = None
    commas = 0
    for match in _TOKEN.finditer(format_):
        section, written = sections[-1], match[0]
        if written == ";" and match.lastgroup == "symbol":
            _settle_commas(section, comma_at, commas)
            sections.append(_Section())
            comma_at, commas = None, 0
        elif written == "," and match.lastgroup == "symbol":
            if section.digit_count and section.point_at is None:
                if comma_at is not None and comma_at != section.digit_count:
                    section.grouped = True
                commas = commas + 1 if comma_at == section.digit_count else 1
                comma_at = section.digit_count
        else:
            _read_token(section, match.lastgroup or "", written)
    _settle_commas(sections[-1], comma_at, commas)
    return sections


def _settle_commas(section: _Section, comma_at: int | None, commas: int) -> None:
    """Commas right before the point divide by a thousand each; elsewhere between digits they ask for groups."""
    if comma_at == section.point:
        section.shift -= 3 * commas
    elif comma_at is not None:
        section.grouped = True


def _read_token(section: _Section, kind: str, written: str) -> None:
    if kind == "quoted":
        section.tokens.append(written[1:].removesuffix(written[0]))
    elif kind == "escaped":
        section.tokens.append(written[1:])
    elif kind == "exponent" and not section.scientific:
        section.scientific = True
        zeros = min(written.count("0"), _MAX_EXPONENT_DIGITS)
        section.tokens.append(_Exponent(written[0], "+" in written, zeros))
    elif written in {"0", "#"}:
        if written == "0":
            section.first_zero = section.digit_count if section.first_zero is None else section.first_zero
            section.last_zero = section.digit_count + 1
        section.digit_count += 1
        section.tokens.append(_Mark.DIGIT)
    elif written == ".":
        section.point_at = section.digit_count if section.point_at is None else section.point_at
        section.tokens.append(_Mark.POINT)
    else:
        section.shift += {"%": 2, "‰": 3}.get(written, 0)
        section.tokens.append(written)


def _magnitude(number: Decimal) -> _Digits:
    parts = number.as_tuple()
    exponent = parts.exponent if isinstance(parts.exponent, int) else 0
    digits = "".join(map(str, parts.digits)).lstrip("0")
    return _Digits(digits.rstrip("0"), len(digits) + exponent) if digits else _Digits("", 0)


def _round(magnitude: _Digits, section: _Section) -> _Digits:
    """Round half away from zero to the places *section* shows."""
    digits, scale = magnitude.digits, magnitude.scale
    kept_count = section.digit_count if section.scientific else scale + section.digit_count - section.point
    if kept_count < 0:
        return _Digits("", 0)
    if kept_count >= len(digits):
        return magnitude
    kept = digits[:kept_count]
    if digits[kept_count] >= "5":
        increased = str(int(kept or "0") + 1)
        scale += len(increased) - len(kept)
        kept = increased
    kept = kept.rstrip("0")
    return _Digits(kept, scale) if kept else _Digits("", 0)


def _show(section: _Section, magnitude: _Digits, sign: str) -> str:
    writer = _Writer(section, magnitude)
    for token in section.tokens:
        if isinstance(token, str):
            writer.out.append(token)
        elif isinstance(token, _Exponent):
            writer.exponent(token)
        else:
            writer.surplus_digits()
            if token is _Mark.DIGIT:
                writer.placeholder()
            else:
                writer.point()
    shown = "".join(writer.out)
    # A section that shows nothing of a fraction shows no sign either.
    return sign + shown if shown or magnitude.scale else shown


class _Writer:
    """Walks one section for one number. Positions count down to 1 before the point and on to 0, -1, … behind it."""

    def __init__(self, section: _Section, magnitude: _Digits) -> None:
        point = section.point
        self.out: list[str] = []
        self._section = section
        self._digits = magnitude.digits
        self._next = 0
        self._exponent = magnitude.scale - point if magnitude.digits else 0
        self._position = point if section.scientific else max(magnitude.scale, point)
        self._surplus = 0 if section.scientific else magnitude.scale - point
        first_zero = point if section.first_zero is None else section.first_zero
        self._zeros_from = max(point - first_zero, 0)
        self._zeros_to = min(point - section.last_zero, 0)
        self._point_written = False

    def surplus_digits(self) -> None:
        """Before the first placeholder, write the digits that have none of their own."""
        while self._surplus > 0:
            self._write(self._take() or "0")
            self._position -= 1
            self._surplus -= 1

    def placeholder(self) -> None:
        """Write the digit of this position, a zero where the format demands one, or nothing."""
        if self._surplus < 0:
            self._surplus += 1
            self._write("0" if self._position <= self._zeros_from else "")
        else:
            self._write(self._take() or ("0" if self._position > self._zeros_to else ""))
        self._position -= 1

    def point(self) -> None:
        """Write the decimal point if a digit follows."""
        if self._position != 0 or self._point_written:
            return
        if self._zeros_to < 0 or (self._section.point < self._section.digit_count and self._next < len(self._digits)):
            self.out.append(".")
            self._point_written = True

    def exponent(self, token: _Exponent) -> None:
        """Write the exponent."""
        sign = "-" if self._exponent < 0 else "+" if token.always_signed else ""
        self.out.append(f"{token.letter}{sign}{abs(self._exponent):0{token.min_digits}d}")

    def _take(self) -> str:
        digit = self._digits[self._next : self._next + 1]
        self._next += len(digit)
        return digit

    def _write(self, digit: str) -> None:
        if not digit:
            return
        self.out.append(digit)
        if self._section.grouped and self._position > 1 and (self._position - 1) % 3 == 0:
            self.out.append(",")
