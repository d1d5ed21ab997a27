"""How much of everything one caller gets. Safe defaults; the edges read them once, at start."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    Attributes:
        body_bytes: largest body, as declared, as received and as decompressed; beyond it 413.
        line_bytes: longest request line (414).
        header_bytes: longest header field (431).
        headers: most header fields (431).
        header_timeout_s: from connecting, or from a request's first byte, until its head is complete; then 408.
        body_idle_timeout_s: longest silence inside a body; then 408.
        body_timeout_s: longest time for a whole body; then 408.
        body_bytes_per_s: slowest body after its first five seconds; then 408.
        keep_alive_s: how long an idle connection stays; longer than the idle time of common proxies (60 s).
        write_timeout_s: how long a caller may leave its answer unread before the connection is cut.
        linger_s: how long what is left of a refused body is read away, so that the caller sees the answer.
        connections: most connections of one port; beyond it 503.
        background_runs: most runs that may go on after their answer; beyond it 503 before the run starts.
        reply_bytes: largest answer taken from a system that an activity calls.
    """

    body_bytes: int = 10 * 1024 * 1024
    line_bytes: int = 8190
    header_bytes: int = 16384
    headers: int = 128
    header_timeout_s: float = 10
    body_idle_timeout_s: float = 10
    body_timeout_s: float = 300
    body_bytes_per_s: int = 500
    keep_alive_s: float = 75
    write_timeout_s: float = 30
    linger_s: float = 2
    connections: int = 4096
    background_runs: int = 1000
    reply_bytes: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        # The parser reports only the number that was exceeded; equal numbers would hide which one it was.
        if self.line_bytes == self.header_bytes:
            raise ValueError("line_bytes and header_bytes must differ")
