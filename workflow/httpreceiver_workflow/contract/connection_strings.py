"""
Connection strings: ``keyword=value;…`` as ADO.NET reads it, and what each database makes of it.

A further database is one record and one function here, and a driver in the listener. What is malformed, unknown or not
to be had is refused by name; no text of an error quotes a value, since values may be secrets or come out of a request.

Source: Microsoft's documentation of DbConnectionStringBuilder and of the connection strings of Microsoft.Data.Sqlite,
which is what the product uses (IntegrationSoup/Documentation, database-reader.md).
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

DEFAULT_TIMEOUT_S: Final = 30
LONGEST_TIMEOUT_S: Final = 2_147_483
NO_HOST_CONFIGURATION: Final = "config= asks for a connection string of the host, and hosts have none here"

_PAIR: Final = re.compile(
    r"""[\s;]*+(?P<keyword>(?:[^=;]|==)++)=(?!=)\s*+
    (?: "(?P<double>(?:[^"]|"")*+)" | '(?P<single>(?:[^']|'')*+)' | (?P<bare>[^;"'][^;]*+)? )\s*+(?:;|\Z)""",
    re.VERBOSE,
)
_EMPTY: Final = re.compile(r"[\s;]*+\Z")


class ConnectionStringRefused(ValueError):
    """A connection string cannot be used; the text is one sentence without any value."""


class SqliteMode(StrEnum):
    """`Mode` of a SQLite connection string."""

    READ_WRITE_CREATE = "readwritecreate"
    READ_WRITE = "readwrite"
    READ_ONLY = "readonly"
    MEMORY = "memory"


class SqliteTarget(msgspec.Struct, frozen=True):
    """
    A SQLite database, as its connection string says it.

    Attributes:
        file: as written, placeholders expanded; the host decides where below its permitted roots it is.
        foreign_keys: on unless switched off, as in the SQLite library that the product ships with.
        timeout_s: of one activity, waiting for locks included.
    """

    file: str
    mode: SqliteMode = SqliteMode.READ_WRITE_CREATE
    foreign_keys: bool = True
    recursive_triggers: bool = False
    timeout_s: int = DEFAULT_TIMEOUT_S


def parse_connection_string(text: str) -> Mapping[str, str]:
    """
    Return keyword in lower case → value.

    Raises:
        ConnectionStringRefused: it is malformed, or names a keyword twice.
    """
    pairs: dict[str, str] = {}
    position = 0
    while not _EMPTY.match(text, position):
        found = _PAIR.match(text, position)
        if found is None:
            raise ConnectionStringRefused("The connection string is not of the form keyword=value;keyword=value.")
        keyword = found["keyword"].strip().replace("==", "=").lower()
        if keyword in pairs:
            raise ConnectionStringRefused("The connection string names a keyword twice.")
        pairs[keyword] = _value(found)
        position = found.end()
    return MappingProxyType(pairs)


def _value(found: re.Match[str]) -> str:
    if found["double"] is not None:
        return found["double"].replace('""', '"')
    if found["single"] is not None:
        return found["single"].replace("''", "'")
    return (found["bare"] or "").strip()


# --- SQLite --------------------------------------------------------------------------------------------------------

_SAME: Final[Mapping[str, str]] = MappingProxyType(
    {"datasource": "data source", "filename": "data source", "command timeout": "default timeout"}
)
"""Keyword → the one it is another name of."""

_REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "config": NO_HOST_CONFIGURATION,
        "password": "Password asks for an encrypted database, which cannot be read here",
        "vfs": "Vfs cannot be chosen here",
    }
)
_WITHOUT_EFFECT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"cache": frozenset({"default", "private", "shared"}), "pooling": frozenset({"true", "false", "yes", "no"})}
)
"""Connections are pooled for files and never for memory, and no two share a cache."""

_FLAGS: Final[Mapping[str, bool]] = MappingProxyType({"true": True, "yes": True, "false": False, "no": False})


def sqlite_target(text: str) -> SqliteTarget:
    """Return the database that a connection string means. Raises ConnectionStringRefused."""
    pairs: dict[str, str] = {}
    for written, value in parse_connection_string(text).items():
        keyword = _SAME.get(written, written)
        if keyword in pairs:
            raise ConnectionStringRefused("The connection string names a keyword twice.")
        pairs[keyword] = value
    for keyword, value in pairs.items():
        if keyword in _REFUSED:
            raise ConnectionStringRefused(f"{_REFUSED[keyword]}.")
        if keyword in _WITHOUT_EFFECT:
            if value.lower() not in _WITHOUT_EFFECT[keyword]:
                raise ConnectionStringRefused(f"The value of {keyword.title()} is not known.")
        elif keyword not in _READ:
            raise ConnectionStringRefused("The connection string has a keyword that SQLite connections do not have.")
    file, mode = pairs.get("data source", ""), _mode(pairs)
    if file == ":memory:" or mode is SqliteMode.MEMORY:
        file, mode = "", SqliteMode.MEMORY
    elif not file or "|" in file or file.lower().startswith("file:"):
        raise ConnectionStringRefused("Data Source is not the path of a file.")
    return SqliteTarget(
        file=file,
        mode=mode,
        foreign_keys=_flag(pairs, "foreign keys", True),
        recursive_triggers=_flag(pairs, "recursive triggers", False),
        timeout_s=_timeout_s(pairs),
    )


_READ: Final = frozenset({"data source", "mode", "foreign keys", "recursive triggers", "default timeout"})


def _mode(pairs: Mapping[str, str]) -> SqliteMode:
    try:
        return SqliteMode(pairs.get("mode", SqliteMode.READ_WRITE_CREATE).lower())
    except ValueError:
        raise ConnectionStringRefused("Mode is none of ReadWriteCreate, ReadWrite, ReadOnly and Memory.") from None


def _flag(pairs: Mapping[str, str], keyword: str, default: bool) -> bool:
    value = pairs.get(keyword, "")
    if not value:
        return default
    if value.lower() not in _FLAGS:
        raise ConnectionStringRefused(f"{keyword.title()} is neither True nor False.")
    return _FLAGS[value.lower()]


def _timeout_s(pairs: Mapping[str, str]) -> int:
    value = pairs.get("default timeout", "") or str(DEFAULT_TIMEOUT_S)
    if not (re.fullmatch("[0-9]{1,7}", value) and 1 <= int(value) <= LONGEST_TIMEOUT_S):
        raise ConnectionStringRefused(f"Default Timeout must be from 1 to {LONGEST_TIMEOUT_S} seconds.")
    return int(value)


Target = SqliteTarget
"""What a connection string means; one record for each database that runs."""

TargetReader = Callable[[str], Target]
