"""
A header's value with its parameters: ``form-data; name="logo"; filename*=UTF-8''n%C3%A4he.png``.

Ours because the standard library joins what stands there twice into one text, and python-multipart drops ``filename*``.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from httpreceiver_workflow.pipeline.content.bodies import UnknownCharset, UnreadableBody, codec

_PARAMETER: Final = re.compile(
    r"""[ \t]*+;[ \t]*+(?:(?P<name>[-!#$%&'*+.^_`|~0-9A-Za-z]++)[ \t]*+=[ \t]*+"""
    r"""(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"[ \t]*+|(?P<plain>[^;"]*+)))?+(?=;|$)""",
    re.DOTALL,
)
"""Possessive throughout, so that no value takes more than one pass."""
_ESCAPED: Final = re.compile(r'\\(["\\])')
"""A backslash before anything else is one: browsers write file names of Windows as they are."""
_EXTENDED: Final = re.compile(r"(?P<charset>[-_.:0-9A-Za-z]+)'[-0-9A-Za-z]*'(?P<escaped>[^'\s]*)")


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """
    Return the value before the first semicolon, in lower case, and its parameters by lower-case name.

    Quotes and their escapes are taken off. ``name*`` (RFC 8187) is decoded and wins over a plain ``name`` beside it.
    Raises:
        UnreadableBody: another reader might read it otherwise: malformed, a parameter twice, or in numbered pieces.
    """
    first, _, _ = value.partition(";")
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    position = len(first)
    while position < len(value):
        found = _PARAMETER.match(value, position)
        if found is None:
            raise UnreadableBody("a header's parameters are malformed")
        position = found.end()
        if found["name"] is None:
            continue
        name, star, piece = found["name"].lower().partition("*")
        read = extended if star else plain
        if piece or name in read:
            raise UnreadableBody("a header's parameter stands there twice or in pieces")
        text = found["plain"].strip() if found["quoted"] is None else _ESCAPED.sub(r"\1", found["quoted"])
        read[name] = _decoded(text) if star else text
    return first.strip().lower(), plain | extended


def _decoded(text: str) -> str:
    found = _EXTENDED.fullmatch(text)
    try:
        if found is not None:
            return unquote_to_bytes(found["escaped"]).decode(codec(found["charset"]))
    except (UnknownCharset, UnicodeError):
        pass
    raise UnreadableBody("a header's encoded parameter is malformed")
