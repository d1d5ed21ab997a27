"""
One JSON line per request, and one per event of the listener itself.

Lines are gathered on the event loop and written by a thread, so that a slow reader of the log never delays an answer.
When it is too slow for too long, lines are dropped and counted. No header, body or secret is ever written; a query only
where the listener was told so, and then without the values that sound like a secret (`logged_queries`).
`docs/access-log.md` is made from `RequestLine`.
"""

import asyncio
import queue
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

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


def _field(meaning: str) -> msgspec.Meta:
    return msgspec.Meta(description=meaning)


class RequestLine(msgspec.Struct, gc=False, omit_defaults=True):
    """One request: its fields with what each means, in the order in which they are written."""

    time: Annotated[datetime, _field("When its head had arrived.")]
    id: Annotated[str, _field("Of this request; also in the body of a refused one.")]
    receiver: Annotated[str, _field('`namespace/name`; `""` when none was found.')]
    method: Annotated[str, _field("As it was sent.")]
    path: Annotated[str, _field("As it was sent, without the query; bytes that are not UTF-8 are escaped.")]
    status: Annotated[int, _field("Of the answer; 499 when the caller was gone.")]
    outcome: Annotated[str, _field("As in the metric `httpreceiver_requests_total`.")]
    stage: Annotated[
        str, _field("How far it came, as in that metric; `background` in the line of what went on after the answer.")
    ]
    fault: Annotated[str, _field('Kind of fault; `""` for none.')]
    detail: Annotated[
        str,
        _field("What failed, in our own words; never data of the request unless `--log-fault-messages` asks for it."),
    ]
    activity: Annotated[str, _field("The activity that failed.")]
    bytes_in: Annotated[int, _field("Size of the body, decompressed.")]
    bytes_out: Annotated[int, _field("Size of the answer's body.")]
    duration_ms: Annotated[float, _field("From the complete head to the answer.")]
    client: Annotated[str, _field("The caller's address.")]
    client_name: Annotated[str, _field("Whom `spec.auth` found the caller to be.")] = ""
    correlation: Annotated[str, _field("The correlation id, of a receiver with `spec.correlation`.")] = ""
    trace: Annotated[
        str,
        _field("Trace id: of the trace context that came, of a receiver with `spec.correlation`; or of the spans."),
    ] = ""
    query: Annotated[str, _field("The query with secrets masked, only with `--log-query`.")] = ""


class EventLine(msgspec.Struct):
    """Something the listener did or met, outside a request or after its answer."""

    time: datetime
    event: str
    fields: dict[str, Any]


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

    def event(self, event: str, **fields: Any) -> None:
        """Log one event of the listener; *fields* are values that JSON has."""
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
