"""
Names as people write them turned into HL7: a person's as XPN, a clinician's as XCN.

Without a name order two words are given and family name, more are given, middle and family name, and a comma stands
after the family name. Source: IntegrationSoup/Documentation, hl7-value-transformers.md, and the examples in the tests
of the vendor's public transformers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.pipeline.formatting.hl7_values import component, components

_TITLES: Final = MappingProxyType(
    {
        "dr": "Dr",
        "doctor": "Dr",
        "mr": "Mr",
        "mister": "Mr",
        "mrs": "Mrs",
        "ms": "Ms",
        "miss": "Miss",
        "master": "Master",
        "prof": "Prof",
        "professor": "Prof",
    }
)
"""First words, in lower case and without a final point, that are a title → the title."""

_BRACKETED: Final = re.compile(r"\(([A-Za-z0-9]{1,12})\)")


class _Part(Enum):
    """What a word of a name order stands for."""

    IDENTIFIER = "I"
    TITLE = "T"
    GIVEN = "F"
    MIDDLE = "M"
    FAMILY = "L"


_PART_WORDS: Final = MappingProxyType(
    {
        **{part.value: part for part in _Part},
        **dict.fromkeys(("ID", "IDENTIFIER", "PERSONID", "PERSONIDENTIFIER"), _Part.IDENTIFIER),
        **dict.fromkeys(("TITLE", "PREFIX"), _Part.TITLE),
        **dict.fromkeys(("FIRST", "GIVEN"), _Part.GIVEN),
        **dict.fromkeys(("MIDDLE", "FURTHER"), _Part.MIDDLE),
        **dict.fromkeys(("LAST", "FAMILY", "SURNAME"), _Part.FAMILY),
    }
)
_LETTERS: Final = re.compile("ID|[ITFML]")

_ORDERS: Final = frozenset({"FML", "FL", "LFM", "LF"})
"""What an order may be once titles and the identifier are left out."""


@dataclass(frozen=True, slots=True)
class _Name:
    identifier: str = ""
    family: str = ""
    given: str = ""
    middle: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class _Order:
    """
    One alternative of a name order.

    Attributes:
        parts: one of `_ORDERS`.
        identifier_at: position of the identifier among the words, -1 for the last; None when it is not in the order.
        needs_comma: applies only to names with a comma.
    """

    parts: str
    identifier_at: int | None
    needs_comma: bool


def person_name(text: str, order: str = "") -> str:
    """
    Return *text* as XPN; a text that has components already keeps them.

    >>> person_name("Dr Example Doctor"), person_name("CORLEY BRIAN THOMAS", "LFM")
    ('Doctor^Example^^^Dr', 'CORLEY^BRIAN^THOMAS')
    """
    if "^" in text:
        return "^".join([component(part) for part in text.strip().split("^")])
    name = _read(_blanks(text), order)
    return components(name.family, name.given, name.middle, "", name.title)


def clinician_name(text: str, order: str = "", identifier: str = "") -> str:
    """
    Return *text* as XCN; an *identifier* that is not blank wins over one found in the text.

    >>> clinician_name("Christina Smith (A1234)")
    'A1234^Smith^Christina'
    """
    if "^" in text:
        first, *others = text.strip().split("^")
        return "^".join([component(part) for part in (identifier.strip() or first, *others)])
    rest, found = _split_identifier(_blanks(text), numeric=not order.strip())
    name = _read(rest, order, identified=found != "")
    identifier = identifier.strip() or found or name.identifier
    return components(identifier, name.family, name.given, name.middle, "", name.title)


def is_name_order(text: str) -> bool:
    """Whether *text* holds an order that names can be read by."""
    return bool(_orders(text))


def _blanks(text: str) -> str:
    return " ".join(text.split())


def _split_identifier(text: str, *, numeric: bool) -> tuple[str, str]:
    """Take out an identifier: letters and digits in brackets, or, when *numeric*, digits as the first word."""
    for match in _BRACKETED.finditer(text):
        if any(character.isdecimal() for character in match[1]):
            return _blanks(text[: match.start()] + text[match.end() :]), match[1]
    first, _, rest = text.partition(" ")
    return (rest, first) if numeric and rest and first.isdecimal() else (text, "")


def _read(text: str, order: str, *, identified: bool = False) -> _Name:
    """Read *text* by the first alternative of *order* that fits, else by the default order."""
    rest, title = _split_title(text)
    for alternative in _orders(order):
        words = _words(rest)
        if words and ("," in text or not alternative.needs_comma):
            identifier = "" if identified else _take_identifier(words, alternative)
            if words:
                return replace(_in_order(words, alternative.parts), identifier=identifier, title=title)
    return replace(_in_default_order(rest), title=title)


def _split_title(text: str) -> tuple[str, str]:
    first, _, rest = text.partition(" ")
    title = _TITLES.get(first.rstrip(".").lower(), "") if rest else ""
    return (rest, title) if title else (text, "")


def _words(text: str) -> list[str]:
    """Return the words of *text*; a nickname in brackets belongs to the word before it."""
    words: list[str] = []
    for word in text.replace(",", " ").split():
        nickname = word[0] == "(" and word[-1] == ")" and not any(character.isdecimal() for character in word)
        if words and nickname:
            words[-1] = f"{words[-1]} {word}"
        else:
            words.append(word)
    return words


def _take_identifier(words: list[str], order: _Order) -> str:
    """Remove the word that *order* calls the identifier and return it."""
    if order.identifier_at is None or order.identifier_at >= len(words):
        return ""
    return words.pop(order.identifier_at).strip("()")


def _in_order(words: Sequence[str], parts: str) -> _Name:
    """Return the name; a single word is family name and, where a middle name may follow it, given name too."""
    match parts:
        case "FML":
            return _Name(family=words[-1], given=words[0], middle=" ".join(words[1:-1]))
        case "FL":
            return _Name(family=words[-1], given=" ".join(words[:-1]))
        case "LFM":
            return _Name(family=words[0], given=" ".join(words[1:2]), middle=" ".join(words[2:]))
        case _:
            return _Name(family=words[0], given=" ".join(words[1:]))


def _in_default_order(text: str) -> _Name:
    family, comma, others = text.partition(",")
    if comma:
        words = _words(others)
        return _Name(family=family.strip(), given=" ".join(words[:1]), middle=" ".join(words[1:]))
    words = _words(text)
    if len(words) < 2:
        return _Name(family=" ".join(words))
    return _in_order(words, "FML")


def _orders(text: str) -> tuple[_Order, ...]:
    """Return the usable alternatives of *text*, such as ``L,F M / FML``."""
    orders = []
    for alternative in text.split("/"):
        found = [part for part in _parts(alternative) if part is not _Part.TITLE]
        parts = "".join(part.value for part in found if part is not _Part.IDENTIFIER)
        if parts in _ORDERS:
            at = found.index(_Part.IDENTIFIER) if _Part.IDENTIFIER in found else None
            last = at is not None and at == len(found) - 1
            orders.append(_Order(parts, -1 if last else at, "," in alternative))
    return tuple(orders)


def _parts(alternative: str) -> list[_Part]:
    parts: list[_Part] = []
    for word in re.split(r"[\s,_-]+", alternative.upper()):
        if word in _PART_WORDS:
            parts.append(_PART_WORDS[word])
        else:
            parts.extend(_PART_WORDS[letters] for letters in _LETTERS.findall(word))
    return parts
