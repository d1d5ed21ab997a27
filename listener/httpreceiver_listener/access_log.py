"""
One JSON line per request, and one per event of the listener itself.

Lines are gathered on the event loop and written by a thread, so that a slow reader of the log never delays an answer.
When it is too slow for too long, lines are dropped and counted. No query, header, body or secret is ever written.
"""

import asyncio
import queue
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

FLUSH_AFTER_S: Final = 0.1
FLUSH_AT_LINES: Final = 1000
BATCHES_WAITING: Final = 64

Sink = Callable[[bytes], object]
"""Writes complete lines; called in the log's own thread."""


def standard_output(lines: bytes) -> None:
    """Write *lines* to the process's standard output at once."""
    sys.stdout.buffer.write(lines)
    sys.stdout.buffer.flush()


class RequestLine(msgspec.Struct, gc=False, omit_defaults=True):
    """
    One request.

    Attributes:
        time: arrival.
        id: also in the body of a refused request.
        path: without the query; bytes that are not UTF-8 are escaped.
        outcome, stage: as in the metric httpreceiver_requests_total.
        fault: kind of fault, ``""`` when none.
        detail: what failed, in our own words; never data of the request.
        activity: the activity that failed.
        client: the caller's address.
        client_name: who `auth` found the caller to be, ``""`` when nobody was asked or let in.
        correlation, trace: ids that the request carries on, where the receiver asks for it.
    """

    time: datetime
    id: str
    receiver: str
    method: str
    path: str
    status: int
    outcome: str
    stage: str
    fault: str
    detail: str
    activity: str
    bytes_in: int
    bytes_out: int
    duration_ms: float
    client: str
    client_name: str = ""
    correlation: str = ""
    trace: str = ""


class EventLine(msgspec.Struct):
    """Something the listener did or met, outside a request or after its answer."""

    time: datetime
    event: str
    fields: dict[str, str | int | float]


_USER_INFO: Final = re.compile(r"((?:[^/]*//)?)[^/]*@")


def logged_path(target: str) -> str:
    """
    Return what is logged of a request's target: never its query, nor the password that an absolute one may hold.

    >>> logged_path("/a@b?c"), logged_path("http://user:password@host/a@b?c")
    ('/a@b', 'http://host/a@b')
    """
    path = target.partition("?")[0]
    return printable(path if path[:1] == "/" else _USER_INFO.sub(r"\1", path, count=1))


def printable(text: str) -> str:
    """Return *text* so that it can be encoded: bytes that were not UTF-8 are escaped."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Throttle:
    """Lets only so many lines through in each second: what anybody can cause must not flood the log."""

    def __init__(self, lines_per_s: int) -> None:
        self._lines_per_s = lines_per_s
        self._second = 0
        self._lines = 0

    def may_log(self, now: float) -> bool:
        """Count one line at *now*; whether it should be written."""
        second = int(now)
        if second != self._second:
            self._second, self._lines = second, 0
        self._lines += 1
        return self._lines <= self._lines_per_s


class AccessLog:
    """Gathers lines and hands them to the sink's thread. Without a sink it costs nothing."""

    def __init__(self, sink: Sink | None, on_dropped: Callable[[int], None]) -> None:
        self._sink = sink
        self._on_dropped = on_dropped
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._batches: queue.Queue[bytes | None] = queue.Queue(BATCHES_WAITING)
        self._thread: threading.Thread | None = None

    @property
    def is_on(self) -> bool:
        """Whether lines are wanted at all."""
        return self._sink is not None

    def start(self) -> None:
        """Start the thread that writes."""
        if self._sink is not None:
            self._thread = threading.Thread(
                target=self._write_batches, args=(self._sink,), name="access-log", daemon=True
            )
            self._thread.start()

    def request(self, line: RequestLine) -> None:
        """Log one request."""
        if self._sink is not None:
            self._add(self._encode(line))

    def event(self, event: str, **fields: str | int | float) -> None:
        """Log one event of the listener."""
        if self._sink is not None:
            self._add(self._encode(EventLine(datetime.now(UTC), event, fields)))

    def _add(self, line: bytes) -> None:
        self._lines.append(line)
        if len(self._lines) >= FLUSH_AT_LINES:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            self._batches.put_nowait(b"\n".join(lines) + b"\n")
        except queue.Full:
            self._on_dropped(len(lines))

    def _write_batches(self, sink: Sink) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                sink(batch)
            except OSError:  # the reader of the log is gone; serving goes on
                self._on_dropped(batch.count(b"\n"))

    async def close(self) -> None:
        """Write what is left and end the thread; gives up after two seconds when nobody reads."""
        self._flush()
        thread = self._thread
        if thread is None:
            return
        self._thread = None
        try:
            await asyncio.to_thread(self._batches.put, None, timeout=2)
            await asyncio.to_thread(thread.join, 2)
        except queue.Full:
            self._on_dropped(0)
