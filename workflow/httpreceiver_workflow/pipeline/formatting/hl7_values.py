"""
Plain text turned into HL7 values: digits, letters, addresses (XAD), phone numbers (XTN).

Source: IntegrationSoup/Documentation, hl7-value-transformers.md, and the examples in the tests of the vendor's public
transformers. Every function takes any text, in time linear to its length.
"""

import re
from collections.abc import Sequence
from typing import Final

from httpreceiver_workflow.pipeline.formatting.casing import ordinal_upper

_ESCAPES: Final = str.maketrans(
    {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": " ", "\n": " "}
)
_EXTENSION_WORD: Final = re.compile(r"\s(?:extension|extn?|x)\.?$", re.IGNORECASE)
_LONGEST_EXTENSION: Final = 8
_POSTCODE: Final = re.compile(r"\d{4}")
_STATE: Final = re.compile(r"[A-Za-z]{2,3}")


def component(text: str) -> str:
    """Return *text* as one component: HL7 separators escaped, line breaks as blanks, outer blanks cut."""
    return text.replace("\r\n", "\n").translate(_ESCAPES).strip()


def components(*texts: str) -> str:
    """Return *texts* as components; empty ones at the end are left out."""
    return "^".join([component(text) for text in texts]).rstrip("^")


def digits(text: str) -> str:
    """
    Return the digits of *text*.

    >>> digits("(021) 555-0100")
    '0215550100'
    """
    return "".join([character for character in text if character.isdecimal()])


def letters_and_digits(text: str) -> str:
    """
    Return the letters, in upper case, and digits of *text*.

    >>> letters_and_digits("z aa-0067")
    'ZAA0067'
    """
    return ordinal_upper("".join([character for character in text if _is_letter_or_digit(character)]))


def letters_digits_and_spaces(text: str) -> str:
    """
    Return the letters, in upper case, and digits of *text*, with one blank where white space was.

    >>> letters_digits_and_spaces(" abc, 123   def!")
    'ABC 123 DEF'
    """
    kept = "".join([character for character in text if _is_letter_or_digit(character) or character.isspace()])
    return ordinal_upper(" ".join(kept.split()))


def _is_letter_or_digit(character: str) -> bool:
    return character.isalpha() or character.isdecimal()


def phone(text: str) -> str:
    """
    Return *text* as XTN: the number in component 1, an extension in component 8.

    A leading ``00`` becomes ``+``, and the trunk zero after +61 and +64 goes.

    >>> phone("+64 (0)21 555 0100"), phone("09 555 0100 ext 123")
    ('+64215550100', '095550100^^^^^^^123')
    """
    number, extension = _split_extension(text.rstrip())
    return components(_international(number), "", "", "", "", "", "", extension)


def _split_extension(text: str) -> tuple[str, str]:
    """Split off up to eight last digits that stand after ``ext``, ``extn``, ``extension``, ``x`` or ``#``."""
    start = len(text)
    while start and len(text) - start <= _LONGEST_EXTENSION and text[start - 1].isdecimal():
        start -= 1
    if not 0 < len(text) - start <= _LONGEST_EXTENSION:
        return text, ""
    before = text[:start].rstrip()
    if before.endswith("#"):
        return before[:-1], text[start:]
    word = _EXTENSION_WORD.search(before[-12:])
    return (before[: -len(word[0])], text[start:]) if word else (text, "")


def _international(number: str) -> str:
    kept = "".join([character for character in number if character.isdecimal() or character == "+"])
    if kept.startswith("00") and len(kept) > 2:
        kept = "+" + kept[2:]
    kept = kept[:1] + kept[1:].replace("+", "")
    return kept[:3] + kept[4:] if kept.startswith(("+610", "+640")) else kept


def address(text: str) -> str:
    """
    Return the lines of *text* (of a single line, its parts between commas) as XAD.

    The last line is city, state of two or three letters and postcode of four digits, the state optional; the postcode
    may also stand alone on a line of its own. The line before is the street, the lines before that the other
    designation. Lines that do not end so stand in components 1, 3, 5…

    >>> address("Flat 2, 1 Example Street, Auckland, 1010")
    '1 Example Street^Flat 2^Auckland^^1010'
    """
    lines = _filled(text.replace("\r", "\n").split("\n"))
    if len(lines) == 1:
        lines = _filled(lines[0].split(","))
    if not lines:
        return component(text)
    found = _locality(lines)
    if found is None:
        return "^^".join([component(line) for line in lines])
    above, city, state, postcode = found
    return components(above[-1], ", ".join(above[:-1]), city, ordinal_upper(state), postcode)


def _filled(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def _locality(lines: Sequence[str]) -> tuple[Sequence[str], str, str, str] | None:
    """Return the lines above the locality, city, state and postcode; None when *lines* do not end in a locality."""
    if len(lines) < 2:
        return None
    *place, postcode = lines[-1].rsplit(None, 1)
    if not _POSTCODE.fullmatch(postcode):
        return None
    if place:
        return lines[:-1], *_city_and_state(place[0]), postcode
    if len(lines) < 3:
        return None
    return lines[:-2], *_city_and_state(lines[-2]), postcode


def _city_and_state(place: str) -> tuple[str, str]:
    city, *state = place.rsplit(None, 1)
    return (city, state[0]) if state and _STATE.fullmatch(state[0]) else (place, "")
