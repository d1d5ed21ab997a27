"""
.NET number formats with decimal arithmetic, the invariant culture and rounding half away from zero.

`formats` asks `is_number_format` which engine a format belongs to and compiles it here once. The function it gets takes
any text and returns it unchanged when it is no number that a .NET decimal holds, or the format cannot show that number.

Source: Microsoft's documentation of .NET standard and custom numeric format strings; contract 6.4.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from httpreceiver_workflow.pipeline.formatting.dotnet_sections import compile_sections

MAX_PRECISION: Final = 99
"""Most digits a standard format may ask for: .NET Framework's limit, far beyond a decimal's 29."""

_STANDARD = re.compile(r"([CDEFGNPRX])([0-9]*)", re.IGNORECASE)
_ALSO_DATE_FORMATS: Final = frozenset("DFGR")
_LITERALS = re.compile(r"'[^']*'|\"[^\"]*\"|\\.|[Ee][+-]?0+", re.DOTALL)
_ONLY_SYMBOLS = re.compile(r"[0#.,%‰;+-]*")
_PLACEHOLDER_FIRST = re.compile(r"(?:[\W\d_](?<![0#]))*[0#]")

_NUMBER = re.compile(
    r"\s*([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|[+-]?\.[0-9]+)((?:[eE][+-]?[0-9]{1,4})?)\s*"
)
_LONGEST_NUMBER: Final = 100
_LARGEST: Final = Decimal(2**96 - 1)
_SMALLEST_STEP: Final = Decimal("1E-28")
_EXACT: Final = Context(prec=300, rounding=ROUND_HALF_UP)

_Show = Callable[[Decimal], str | None]
"""A number as text; None when the format cannot show it."""


def is_number_format(format_: str) -> bool:
    """
    Whether *format_* belongs to the number engine; everything else is a date format.

    A lone ``D``, ``F``, ``G`` or ``R`` is a date format, with digits behind it a number format. A custom format is one
    for numbers when, quoted text aside, a digit placeholder comes before any letter (``0.0 kg``, but not
    ``yyyyMMdd00``), or when it is nothing but number symbols.
    """
    standard = _STANDARD.fullmatch(format_)
    if standard is not None:
        return standard[2] != "" or standard[1].upper() not in _ALSO_DATE_FORMATS
    symbols = _LITERALS.sub(lambda match: "0" if match[0][0] in "Ee" else "", format_)
    if _PLACEHOLDER_FIRST.match(symbols):
        return True
    return symbols != "" and _ONLY_SYMBOLS.fullmatch(symbols) is not None


def parse_number(text: str) -> Decimal | None:
    """
    Return the number *text* stands for, None when it is none.

    Commas must stand between groups of three: ``1,5`` is no number here, since half the world means one and a half.
    """
    if len(text) > _LONGEST_NUMBER:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    number = Decimal(match[1].replace(",", "") + match[2])
    if abs(number) > _LARGEST:
        return None
    return number.quantize(_SMALLEST_STEP, context=_EXACT) if _exponent(number) < -28 else number


def compile_number_format(format_: str) -> Callable[[str], str]:
    """Compile *format_* (`is_number_format` is true of it). Raises ValueError when .NET would refuse it."""
    standard = _STANDARD.fullmatch(format_)
    show = compile_sections(format_) if standard is None else _standard(standard[1], standard[2])

    def apply(text: str) -> str:
        number = parse_number(text)
        if number is None:
            return text
        shown = show(number)
        return text if shown is None else shown

    return apply


def _standard(letter: str, digits: str) -> _Show:
    precision = int(digits[:4]) if digits else None
    if precision is not None and precision > MAX_PRECISION:
        raise ValueError(f"{letter}{digits} asks for more than {MAX_PRECISION} digits")
    places = 2 if precision is None else precision
    upper = letter.upper()
    if upper == "C":
        return lambda number: _currency(number, places)
    if upper == "D":
        return lambda number: _integer(number, precision or 1, "d")
    if upper == "X":
        return lambda number: None if number < 0 else _integer(number, precision or 1, letter)
    if upper == "E":
        return lambda number: _scientific(number, 6 if precision is None else precision, letter, 3)
    if upper == "F":
        return lambda number: _fixed(number, places, "f")
    if upper == "N":
        return lambda number: _fixed(number, places, ",f")
    if upper == "P":
        return lambda number: _fixed(_EXACT.multiply(number, Decimal(100)), places, ",f") + " %"
    significant = 0 if upper == "R" else precision or 0
    return lambda number: _general(number, significant, "E" if letter.isupper() else "e")


def _fixed(number: Decimal, places: int, python_format: str) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    # A .NET decimal has no negative zero.
    return format(abs(rounded) if rounded == 0 else rounded, python_format)


def _currency(number: Decimal, places: int) -> str:
    shown = _fixed(number, places, ",f")
    return f"(¤{shown[1:]})" if shown.startswith("-") else f"¤{shown}"


def _integer(number: Decimal, width: int, python_format: str) -> str | None:
    """Return an integer zero-padded to *width* digits, None when *number* has a fraction."""
    if number != number.to_integral_value():
        return None
    shown = format(abs(int(number)), python_format).zfill(width)
    return f"-{shown}" if number < 0 else shown


def _scientific(number: Decimal, places: int, letter: str, exponent_digits: int) -> str:
    rounded = Context(prec=places + 1, rounding=ROUND_HALF_UP).plus(number)
    sign, digits, _ = rounded.as_tuple()
    mantissa = "".join(map(str, digits)).ljust(places + 1, "0") if rounded else "0" * (places + 1)
    exponent = rounded.adjusted() if rounded else 0
    return (
        ("-" if sign and rounded else "")
        + mantissa[0]
        + (f".{mantissa[1:]}" if places else "")
        + f"{letter}{'-' if exponent < 0 else '+'}{abs(exponent):0{exponent_digits}d}"
    )


def _general(number: Decimal, precision: int, letter: str) -> str:
    """Return the shorter of fixed and scientific; without *precision* (0) a decimal is always fixed, as it came."""
    if precision == 0:
        return format(number, "f")
    rounded = Context(prec=precision, rounding=ROUND_HALF_UP).plus(number)
    if not rounded:
        return "0"
    significant = rounded.normalize(_EXACT)
    if -5 < significant.adjusted() < precision:
        return format(significant, "f")
    return _scientific(significant, len(significant.as_tuple().digits) - 1, letter, 2)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
