"""The access log of `serve`: the listener's JSON lines as they are, or one short line each for a person's eyes."""

import sys
from collections.abc import Callable
from typing import Any, Final

import msgspec

from httpreceiver_listener.telemetry.access_log import Sink

QUIET_EVENTS: Final = frozenset({"receiver", "endpoint", "drain", "stopped"})
"""Events that `serve` tells in its own words."""


def write_to_stderr(lines: bytes) -> None:
    """Write *lines* at once; standard output is for results."""
    sys.stderr.buffer.write(lines)
    sys.stderr.buffer.flush()


def readable(write: Callable[[bytes], object] = write_to_stderr) -> Sink:
    """Return a sink that writes the listener's lines in short form through *write*."""

    def sink(lines: bytes) -> None:
        texts = [text for line in lines.splitlines() if (text := short_form(msgspec.json.decode(line)))]
        if texts:
            write("".join(f"{text}\n" for text in texts).encode())

    return sink


def short_form(entry: dict[str, Any]) -> str:
    """
    Return one line about a request or event; ``""`` for an event that is told otherwise.

    >>> short_form({"time": "2026-01-05T10:30:00.5Z", "method": "POST", "path": "/a", "status": 404,
    ...     "duration_ms": 0.21, "receiver": "", "outcome": "refused", "fault": "NotFound", "activity": "",
    ...     "detail": "No receiver."})
    '10:30:00 POST /a 404 0.2 ms - NotFound: No receiver.'
    """
    clock = str(entry["time"])[11:19]
    if "event" in entry:
        if entry["event"] in QUIET_EVENTS:
            return ""
        return printable(f"{clock} {entry['event']} {_fields(entry['fields'])}")
    target = entry["path"] + (f"?{entry['query']}" if entry.get("query") else "")
    line = f"{clock} {entry['method']} {target} {entry['status']} {entry['duration_ms']:.1f} ms"
    line += f" {entry['receiver'] or '-'}"
    if entry["fault"]:
        activity = f" in {entry['activity']}" if entry["activity"] else ""
        line += f" {entry['fault']}{activity}: {entry['detail']}"
    elif entry["outcome"] not in ("completed", "health"):
        line += f" {entry['outcome']}"
    return printable(line)


def _fields(fields: dict[str, Any]) -> str:
    """Return what fits a line: of a record of a whole request, say, which one it is."""
    return " ".join(
        f"{name}={value}" for name, value in fields.items() if value != "" and not isinstance(value, dict | list)
    )


def printable(text: str) -> str:
    """Return *text* without characters that could move a terminal's cursor."""
    return "".join(character if character.isprintable() else "?" for character in text)
