"""
Changes of letter case as .NET makes them with the invariant culture: one character stays one character.

Used by `formats` for the case modifiers and by `filters` for comparisons that ignore case.
"""

import re
import unicodedata
from typing import Final

_DOTLESS_I: Final = "ı"
_DOTTED_I: Final = "İ"
_SEPARATORS: Final = frozenset(
    ("Zs", "Zl", "Zp", "Cc", "Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So")
)
_INNER_CAPITAL = re.compile(r"[A-Z][a-z]+[A-Z][a-z]+")
_WORD = re.compile(r"[^\W\d_]+")
_AFTER_MC = re.compile(r"\bMc([^\W\d_])")
_AFTER_MARK = re.compile(r"(?<=[^\W\d_]['’-])[^\W\d_]")


def ordinal_upper(text: str) -> str:
    """Return *text* in upper case; characters whose upper case is longer (``ß``) or not invariant (``ı``) stay."""
    if text.isascii():
        return text.upper()
    return "".join([_one_upper(character) for character in text])


def ordinal_lower(text: str) -> str:
    """Return *text* in lower case, without context (a final sigma is a sigma)."""
    if text.isascii():
        return text.lower()
    return "".join([character if character == _DOTTED_I else character.lower() for character in text])


def title_case(text: str) -> str:
    """
    Return *text* with the first letter of each word in title case and the rest in lower case.

    A word all in capitals is an acronym and stays. An apostrophe does not end a word, but what follows it counts as
    having lower case: ``O'CONNOR`` becomes ``O'connor``. Digits and marks neither begin nor end a word.

    Source: Microsoft's documentation of TextInfo.ToTitleCase.
    """
    out: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character.isalpha():
            position = _title_word(text, position, out)
        else:
            out.append(character)
            position += 1
    return "".join(out)


def mc_name_case(text: str) -> str:
    """
    Return *text* in title case with a capital after ``Mc``, an apostrophe and a hyphen: ``o'connor`` → ``O'Connor``.

    A word that already has a capital inside (``LeBlanc``) stays, since nothing tells where such a name has its capital.
    The product's own rule is not published (contract 6.4). Source: IntegrationSoup/Documentation, codingcontext.md.
    """
    kept = {match.start(): match[0] for match in _WORD.finditer(text) if _INNER_CAPITAL.fullmatch(match[0])}
    cased = title_case(text)
    cased = _AFTER_MC.sub(lambda match: "Mc" + _one_title(match[1]), cased)
    cased = _AFTER_MARK.sub(lambda match: _one_title(match[0]), cased)
    for start, word in kept.items():
        cased = cased[:start] + word + cased[start + len(word) :]
    return cased


def _title_word(text: str, start: int, out: list[str]) -> int:
    """Append the word that begins at *start*, cased; return where it ends."""
    out.append(_one_title(text[start]))
    has_lower = unicodedata.category(text[start]) == "Ll"
    run_from = position = start + 1
    while position < len(text):
        character = text[position]
        if character == "'":
            position += 1
            out.append(_lower_if(has_lower, text[run_from:position]))
            run_from = position
            has_lower = True
            continue
        category = unicodedata.category(character)
        if category in _SEPARATORS:
            break
        has_lower = has_lower or category == "Ll"
        position += 1
    out.append(_lower_if(has_lower, text[run_from:position]))
    return position


def _lower_if(has_lower: bool, run: str) -> str:
    return ordinal_lower(run) if has_lower else run


def _one_upper(character: str) -> str:
    upper = character.upper()
    return upper if len(upper) == 1 and character != _DOTLESS_I else character


def _one_title(character: str) -> str:
    title = character.title()
    return title if len(title) == 1 and character != _DOTLESS_I else character
