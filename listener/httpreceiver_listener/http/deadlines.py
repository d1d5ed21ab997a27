"""When a connection has taken too long: pure, told the time and what moved. `connection` asks about once a second."""

from typing import Final, NamedTuple

SLOW_BODY_AFTER_S: Final = 5.0


class BodyPace(NamedTuple):
    """How slowly a body may come: longest silence, longest time in all, and its rate after the first seconds."""

    idle_s: float
    total_s: float
    bytes_per_s: int


class BodyWatch:
    """Watches one body that is awaited."""

    __slots__ = ("_began", "_moved_at", "_pace", "_received", "_until")

    def __init__(self, pace: BodyPace, now: float, until: float | None) -> None:
        """Begin at *now*; *until* is when the whole request must have been answered."""
        self._pace = pace
        self._began = self._moved_at = now
        self._received = 0
        self._until = now + pace.total_s if until is None else min(until, now + pace.total_s)

    def is_late(self, now: float, received: int) -> bool:
        """Whether the body, of which *received* bytes have come in all, is not worth waiting for."""
        if received != self._received:
            self._received, self._moved_at = received, now
        slowest = (now - self._began - SLOW_BODY_AFTER_S) * self._pace.bytes_per_s
        return now >= self._until or now - self._moved_at > self._pace.idle_s or received < slowest


class WriteWatch:
    """Watches an answer that its caller does not read, or reads too slowly."""

    __slots__ = ("_began", "_moved_at", "_unwritten", "_written")

    def __init__(self, now: float, unwritten: int) -> None:
        self._began = self._moved_at = now
        self._unwritten = unwritten
        self._written = 0

    def is_stuck(self, now: float, unwritten: int, timeout_s: float, bytes_per_s: int) -> bool:
        """Whether none of the *unwritten* bytes was taken for *timeout_s*, or after that fewer than *bytes_per_s*."""
        if unwritten < self._unwritten:
            self._written += self._unwritten - unwritten
            self._moved_at = now
        self._unwritten = unwritten
        slowest = (now - self._began - timeout_s) * bytes_per_s
        return now - self._moved_at > timeout_s or self._written < slowest
