"""When a connection has taken too long: pure, told the time and what moved. `connection` asks about once a second."""


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
