"""
Dates: read from the forms that arrive in messages, written by .NET date formats with the invariant culture.

A moment keeps the wall clock and the offset as written: nothing is shifted to another zone unless a format says so
(``U``, and ``R`` and ``u``, which print a UTC mark). Formats are compiled once; a text that is no date stays unchanged.

Source: Microsoft's documentation of .NET standard and custom date format strings; contract 6.4.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTH_NUMBERS: Final = {name[:3].lower(): number for number, name in enumerate(_MONTHS, 1)}
_MAX_FRACTION_DIGITS: Final = 7
_MAX_OFFSET_MIN: Final = 14 * 60


@dataclass(frozen=True, slots=True)
class Moment:
    """
    A point on a wall clock.

    Attributes:
        clock: naive; whole seconds.
        ticks: the fraction, in units of 100 ns: 0 to 9,999,999.
        offset_min: minutes east of UTC; None when the text named no zone.
        zulu: the zone was written as ``Z`` or ``GMT``.
    """

    clock: datetime
    ticks: int = 0
    offset_min: int | None = None
    zulu: bool = False


# --- reading -------------------------------------------------------------------------------------------------------

_TIME = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
_ZONE = r"(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_HALF = r"(?:\s?(?P<half>[AaPp])[Mm])?"
_FORMS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # HL7: yyyy[MM[dd[HH[mm[ss[.ffff]]]]]][+-ZZZZ]
        r"(?P<year>[0-9]{4})(?:(?P<month>[0-9]{2})(?:(?P<day>[0-9]{2})(?:(?P<hour>[0-9]{2})(?:(?P<minute>[0-9]{2})"
        r"(?:(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?)?)?)?)?(?P<zone>[+-][0-9]{4})?",
        # ISO 8601, extended and basic
        rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})(?:-(?P<day>[0-9]{{2}})(?:[Tt ]{_TIME}\s?{_ZONE})?)?",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})[Tt](?P<hour>[0-9]{2})(?P<minute>[0-9]{2})"
        rf"(?:(?P<second>[0-9]{{2}})(?:[.,](?P<fraction>[0-9]{{1,9}}))?)?{_ZONE}",
        rf"(?P<year>[0-9]{{4}})/(?P<month>[0-9]{{1,2}})/(?P<day>[0-9]{{1,2}})(?: {_TIME}{_HALF})?",
        rf"(?P<month>[0-9]{{1,2}})/(?P<day>[0-9]{{1,2}})/(?P<year>[0-9]{{4}})(?: {_TIME}{_HALF})?",
        # RFC 1123
        r"(?:[A-Za-z]{3}, ?)?(?P<day>[0-9]{1,2}) (?P<month_name>[A-Za-z]{3}) (?P<year>[0-9]{4})"
        r" (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) (?P<zone>GMT|[+-][0-9]{4})",
    )
)
_LONGEST_DATE: Final = 50


def parse_moment(text: str) -> Moment | None:
    """
    Return the moment *text* stands for, None when it is none of the known forms or not in the calendar.

    The forms, in this order: HL7, ISO 8601, ``yyyy/MM/dd`` and ``M/d/yyyy`` (both also with a time), RFC 1123. Parts
    left out are the first of their kind. A weekday is not checked against its date.
    """
    if not 4 <= len(text) <= _LONGEST_DATE:
        return None
    stripped = text.strip()
    for form in _FORMS:
        match = form.fullmatch(stripped)
        if match is not None:
            return _moment(match.groupdict())
    return None


def _moment(parts: Mapping[str, str | None]) -> Moment | None:
    month = _MONTH_NUMBERS.get((parts.get("month_name") or "").lower()) if "month_name" in parts else None
    month = month if "month_name" in parts else int(parts["month"] or 1)
    offset_min = _offset_min(parts.get("zone"))
    hour = _hour(int(parts.get("hour") or 0), parts.get("half"))
    if month is None or hour is None or (offset_min is not None and abs(offset_min) > _MAX_OFFSET_MIN):
        return None
    minute, second = int(parts.get("minute") or 0), int(parts.get("second") or 0)
    try:
        clock = datetime(int(parts["year"] or 0), month, int(parts["day"] or 1), hour, minute, second)
    except ValueError:
        return None
    ticks = int((parts.get("fraction") or "0")[:_MAX_FRACTION_DIGITS].ljust(_MAX_FRACTION_DIGITS, "0"))
    return Moment(clock, ticks, offset_min, parts.get("zone") in {"Z", "z", "GMT"})


def _offset_min(zone: str | None) -> int | None:
    if not zone:
        return None
    if zone in {"Z", "z", "GMT"}:
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes


def _hour(hour: int, half: str | None) -> int | None:
    """Return *hour* on the 24-hour clock, None when it does not exist in that half of the day."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half in "Pp" else 0)


# --- writing -------------------------------------------------------------------------------------------------------

_Piece = Callable[[Moment], str]

_UTC_FORMATS: Final = frozenset("RrUu")
_STANDARD_FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "d": "MM/dd/yyyy",
        "D": "dddd, dd MMMM yyyy",
        "f": "dddd, dd MMMM yyyy HH:mm",
        "F": "dddd, dd MMMM yyyy HH:mm:ss",
        "g": "MM/dd/yyyy HH:mm",
        "G": "MM/dd/yyyy HH:mm:ss",
        "M": "MMMM dd",
        "m": "MMMM dd",
        "O": "yyyy-MM-dd'T'HH:mm:ss.fffffffK",
        "o": "yyyy-MM-dd'T'HH:mm:ss.fffffffK",
        "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "s": "yyyy-MM-dd'T'HH:mm:ss",
        "t": "HH:mm",
        "T": "HH:mm:ss",
        "u": "yyyy-MM-dd HH:mm:ss'Z'",
        "U": "dddd, dd MMMM yyyy HH:mm:ss",
        "Y": "yyyy MMMM",
        "y": "yyyy MMMM",
    }
)
_TOKEN = re.compile(
    r"(?P<quoted>'[^']*'|\"[^\"]*\")|\\(?P<escaped>.)|(?P<percent>%)|(?P<point>\.)?(?P<run>(?P<letter>[dfFghHKmMstyz])(?P=letter)*)|(?P<literal>.)",
    re.DOTALL,
)


def hl7_timestamp(moment: datetime) -> str:
    """Return the default text of the date built-ins: ``yyyyMMddHHmmss``."""
    return f"{moment.year:04d}{moment.month:02d}{moment.day:02d}{moment.hour:02d}{moment.minute:02d}{moment.second:02d}"


def compile_date_format(format_: str) -> Callable[[str], str]:
    """
    Compile *format_*, a single standard letter or a custom format; the result leaves what is no date unchanged.

    Raises ValueError where .NET refuses the format: a letter that is no standard format, an open quote, a trailing
    backslash or percent sign, more than seven fraction digits.
    """
    in_utc = format_ in _UTC_FORMATS
    if len(format_) == 1:
        if format_.isalpha() and format_ not in _STANDARD_FORMATS:
            raise ValueError(f"{format_} is no standard date or number format")
        format_ = _STANDARD_FORMATS.get(format_, format_)
    pieces = _compile_pieces(format_)

    def apply(text: str) -> str:
        moment = parse_moment(text)
        if moment is not None and in_utc:
            moment = _utc(moment)
        if moment is None:
            return text
        return "".join([piece if isinstance(piece, str) else piece(moment) for piece in pieces])

    return apply


def _utc(moment: Moment) -> Moment | None:
    """Return *moment* on the UTC clock; without a known offset it is taken to be there. None outside the calendar."""
    try:
        return Moment(moment.clock - timedelta(minutes=moment.offset_min or 0), moment.ticks, 0, True)
    except OverflowError:
        return None


def _compile_pieces(format_: str) -> list[str | _Piece]:
    pieces: list[str | _Piece] = []
    for match in _TOKEN.finditer(format_):
        if match["quoted"] is not None:
            pieces.append(match["quoted"][1:-1])
        elif match["escaped"] is not None:
            pieces.append(match["escaped"])
        elif match["percent"] is not None:
            if format_[match.end() : match.end() + 1] in {"", "%"}:
                raise ValueError("% must stand before a date part")
        elif match["run"] is not None:
            pieces.extend(_run_pieces(match["point"] or "", match["run"]))
        else:
            if match["literal"] in "'\"\\":
                raise ValueError(f"{match['literal']} has no end")
            pieces.append(match["literal"])
    return pieces


def _run_pieces(point: str, run: str) -> list[str | _Piece]:
    """Return the pieces of one run of equal letters; a point before optional fraction digits goes with them."""
    letter, count = run[0], len(run)
    if letter == "K":
        return [*([point] if point else []), *[_round_trip_zone] * count]
    if letter in "fF" and count > _MAX_FRACTION_DIGITS:
        raise ValueError(f"{run} asks for more than {_MAX_FRACTION_DIGITS} fraction digits")
    if letter == "F":
        return [lambda moment: _optional_fraction(moment, count, point)]
    return [*([point] if point else []), _PIECES[letter](count)]


def _optional_fraction(moment: Moment, count: int, point: str) -> str:
    digits = _fraction(moment, count).rstrip("0")
    return f"{point}{digits}" if digits else ""


def _fraction(moment: Moment, count: int) -> str:
    return f"{moment.ticks:07d}"[:count]


def _year(count: int) -> _Piece:
    if count <= 2:
        return lambda moment: f"{moment.clock.year % 100:0{count}d}"
    return lambda moment: f"{moment.clock.year:0{count}d}"


def _month(count: int) -> _Piece:
    if count <= 2:
        return lambda moment: f"{moment.clock.month:0{count}d}"
    if count == 3:
        return lambda moment: _MONTHS[moment.clock.month - 1][:3]
    return lambda moment: _MONTHS[moment.clock.month - 1]


def _day(count: int) -> _Piece:
    if count <= 2:
        return lambda moment: f"{moment.clock.day:0{count}d}"
    if count == 3:
        return lambda moment: _DAYS[moment.clock.weekday()][:3]
    return lambda moment: _DAYS[moment.clock.weekday()]


def _half(count: int) -> _Piece:
    return lambda moment: ("AM" if moment.clock.hour < 12 else "PM")[: min(count, 2)]


def _offset(count: int) -> _Piece:
    if count <= 2:
        return lambda moment: f"{_sign(moment)}{abs(moment.offset_min or 0) // 60:0{count}d}"
    return _long_offset


def _long_offset(moment: Moment) -> str:
    hours, minutes = divmod(abs(moment.offset_min or 0), 60)
    return f"{_sign(moment)}{hours:02d}:{minutes:02d}"


def _round_trip_zone(moment: Moment) -> str:
    if moment.offset_min is None:
        return ""
    return "Z" if moment.zulu else _long_offset(moment)


def _sign(moment: Moment) -> str:
    return "-" if (moment.offset_min or 0) < 0 else "+"


def _two_digits(read: Callable[[datetime], int]) -> Callable[[int], _Piece]:
    """Return the maker of a piece that shows one digit or, from two letters on, two."""

    def make(count: int) -> _Piece:
        width = min(count, 2)
        return lambda moment: f"{read(moment.clock):0{width}d}"

    return make


_PIECES: Final[Mapping[str, Callable[[int], _Piece]]] = MappingProxyType(
    {
        "d": _day,
        "f": lambda count: lambda moment: _fraction(moment, count),
        "g": lambda _: lambda _: "A.D.",
        "h": _two_digits(lambda clock: clock.hour % 12 or 12),
        "H": _two_digits(lambda clock: clock.hour),
        "m": _two_digits(lambda clock: clock.minute),
        "M": _month,
        "s": _two_digits(lambda clock: clock.second),
        "t": _half,
        "y": _year,
        "z": _offset,
    }
)
