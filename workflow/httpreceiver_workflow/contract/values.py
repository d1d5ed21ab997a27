"""JSON values in the words of messages, and the spellings of GUIDs, thumbprints and JSON paths."""

import re
from collections.abc import Mapping
from typing import Final

from httpreceiver_workflow.contract.setting_parts import Guid

EMPTY_GUID: Final = "00000000-0000-0000-0000-000000000000"

_GUID = re.compile(r"([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})")
_SIMPLE_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_THUMBPRINT = re.compile(r"[0-9A-F]{40}")
_SHOWN_LENGTH: Final = 80


def child_path(where: str, name: str) -> str:
    """
    Return the JSON path of member *name* of the object at *where*.

    >>> child_path("$", "Port"), child_path("$", "site id")
    ('$.Port', '$["site id"]')
    """
    return f"{where}.{name}" if _SIMPLE_NAME.fullmatch(name) else f"{where}[{shown(name)}]"


def shown(value: object) -> str:
    """Return *value* for a message: text in quotes and cut short, containers by their kind only."""
    if isinstance(value, str):
        cut = value if len(value) <= _SHOWN_LENGTH else value[:_SHOWN_LENGTH] + "…"
        escaped = cut.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and abs(value) >= 10**_SHOWN_LENGTH:
        return "a huge number"
    return str(value) if isinstance(value, int | float) else json_kind(value)


def json_kind(value: object) -> str:
    """Return what kind of JSON value *value* is, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list | tuple):
        return "an array"
    return "an object" if isinstance(value, Mapping) else "not a JSON value"


def is_text(value: str) -> bool:
    """Whether *value* can be written as UTF-8: JSON escapes can spell half a surrogate pair, which is no text."""
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def parse_guid(text: str) -> Guid | None:
    """
    Return the normal form of a GUID, None when *text* is none. Braces and missing hyphens are tolerated.

    >>> parse_guid("{6D5F4D5D-95D4-4D2D-8A67-7C9A4DCB9F77}")
    '6d5f4d5d-95d4-4d2d-8a67-7c9a4dcb9f77'
    """
    bare = text.strip().lower()
    if bare[:1] + bare[-1:] in {"{}", "()"}:
        bare = bare[1:-1]
    parts = _GUID.fullmatch(bare)
    return "-".join(parts.groups()) if parts else None


def normal_thumbprint(text: str) -> str:
    """
    Return a thumbprint without separators, blanks and the invisible U+200E that Windows copies along; upper case.

    >>> normal_thumbprint("a1 b2:c3-d4")
    'A1B2C3D4'
    """
    return re.sub(r"[\s:\-\u200b\u200e\u200f\ufeff]", "", text).upper()


def is_thumbprint(text: str) -> bool:
    """Whether *text* is a complete SHA-1 thumbprint in normal form."""
    return _THUMBPRINT.fullmatch(text) is not None
