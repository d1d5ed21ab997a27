"""
The delimiters of one HL7 v2 message, and its escape sequences.

Every message brings its own in MSH-1 and MSH-2. Shared by the message reader and by generated acknowledgements.
Source: HL7 v2.5.1 chapter 2, 2.5.4 "Message delimiters" and 2.7 "Use of escape sequences in text fields".
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from httpreceiver_workflow.messages.message import MessageFault

HEADER_SEGMENTS: Final = ("MSH", "FHS", "BHS")
"""Segments whose first field is the separator itself, so that their fields count from one further left."""

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_RECOMMENDED: Final = ("^", "~", "\\", "&")
BEFORE_HEADER: Final = "\ufeff\r\n"
"""What may stand before the header segment without harm: a byte order mark and line breaks."""


class Delimiters:
    """
    The five delimiters of one message, with the functions that escape and unescape text between them.

    Attributes:
        field, component, repetition, escape, subcomponent: one character each; all but *field* are ``""`` when the
            message has none, and then nothing is split or escaped by it.
        is_complete: whether the message has all of them.
        needs_encoding: whether a text is changed by *encode*.
    """

    __slots__ = (
        "component",
        "encode",
        "encoding_characters",
        "escape",
        "field",
        "is_complete",
        "needs_encoding",
        "repetition",
        "subcomponent",
        "unescape",
    )

    def __init__(self, field: str, encoding_characters: str) -> None:
        self.field = field
        self.encoding_characters = encoding_characters
        self.component, self.repetition, self.escape, self.subcomponent = _roles(encoding_characters, field)
        self.is_complete = "" not in (self.component, self.repetition, self.escape, self.subcomponent)
        self.needs_encoding, self.encode = _encoder(self)
        self.unescape: Callable[[str], str] = _unescaper(self)


def split_lines(text: str) -> list[str]:
    """Split at CR, LF or CRLF."""
    if "\n" not in text:
        return text.split("\r")
    return _LINE_BREAK.split(text)


def header_line(text: str) -> str:
    """Return the first line that is not blank, without a byte order mark."""
    start = text.lstrip(BEFORE_HEADER)
    end = len(start)
    for line_break in "\r\n":
        found = start.find(line_break, 0, end)
        end = end if found < 0 else found
    return start[:end]


def read_delimiters(header: str) -> Delimiters:
    """
    Return what *header*, a MSH, FHS or BHS segment, says.

    Raises:
        MessageFault: another segment, no encoding characters, or characters that cannot be told apart.
    """
    if header[:3] not in HEADER_SEGMENTS or len(header) < 5:
        raise MessageFault("the message is not HL7: it does not start with MSH and its encoding characters")
    field = header[3]
    return _delimiters(field, header[4:].split(field, 1)[0])


@lru_cache(maxsize=64)
def _delimiters(field: str, encoding_characters: str) -> Delimiters:
    found = field + encoding_characters
    if not encoding_characters or any(one.isalnum() or one.isspace() for one in found):
        raise MessageFault("the message is not HL7: MSH-1 and MSH-2 hold no usable delimiters")
    if len(set(found[:5])) != len(found[:5]):
        raise MessageFault("the message is not HL7: MSH-2 uses one character for two purposes")
    return Delimiters(field, encoding_characters)


def _roles(encoding_characters: str, field: str) -> tuple[str, str, str, str]:
    """Return component, repetition, escape, subcomponent; what MSH-2 leaves out is the usual one if still free."""
    given = list(encoding_characters[:4])
    for recommended in _RECOMMENDED[len(given) :]:
        given.append(recommended if recommended not in given and recommended != field else "")
    component, repetition, escape, subcomponent = given
    return component, repetition, escape, subcomponent


def _encoder(delimiters: Delimiters) -> tuple[Callable[[str], object], Callable[[str], str]]:
    """
    Return what finds something to escape in a text, and what escapes it.

    All that has a meaning in a field is escaped in one pass; line breaks become hexadecimal.
    """
    escape = delimiters.escape
    letters = {
        escape: "E",
        delimiters.field: "F",
        delimiters.component: "S",
        delimiters.repetition: "R",
        delimiters.subcomponent: "T",
        "\r": "X0D",
        "\n": "X0A",
    }
    letters.pop("", None)
    special = re.compile("[" + "".join(map(re.escape, letters)) + "]")

    def encode(text: str) -> str:
        if not special.search(text):
            return text
        if not escape:
            raise MessageFault("the value holds delimiters, and the message has no escape character")
        return special.sub(lambda found: f"{escape}{letters[found[0]]}{escape}", text)

    return special.search, encode


def _unescaper(delimiters: Delimiters) -> Callable[[str], str]:
    r"""Return the function that decodes the five delimiter escapes and ``\Xhh..\``; others stay as they are."""
    escape = delimiters.escape
    if not escape:
        return lambda text: text
    values = {
        "E": escape,
        "F": delimiters.field,
        "S": delimiters.component,
        "R": delimiters.repetition,
        "T": delimiters.subcomponent,
    }
    quoted = re.escape(escape)
    sequence = re.compile(f"{quoted}([FSRTE]|X(?:[0-9A-Fa-f]{{2}})+){quoted}")

    def decode(found: re.Match[str]) -> str:
        inside = found[1]
        return _from_hexadecimal(inside[1:]) if inside[0] == "X" else values[inside]

    def unescape(text: str) -> str:
        return sequence.sub(decode, text) if escape in text else text

    return unescape


def _from_hexadecimal(digits: str) -> str:
    """Return the characters of a hexadecimal escape: UTF-8 where the bytes are that, else ISO 8859-1."""
    data = bytes.fromhex(digits)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")
