"""How much of everything callers get. Safe defaults; read once, at start. The meanings are the help of the options."""

from dataclasses import dataclass, field
from typing import Any


def _limit(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Each field is a limit; its meaning stands beside it."""

    body_bytes: int = _limit(10 * 1024 * 1024, "largest body, declared, received or decompressed; beyond it 413")
    line_bytes: int = _limit(8190, "longest request line; beyond it 414")
    header_bytes: int = _limit(16384, "longest header field; beyond it 431")
    headers: int = _limit(128, "most header fields; beyond it 431")
    header_timeout_s: float = _limit(10.0, "from connecting, or a request's first byte, to its complete head; then 408")
    body_idle_timeout_s: float = _limit(10.0, "longest silence inside a body; then 408")
    body_timeout_s: float = _limit(300.0, "longest time for a whole body; then 408")
    body_bytes_per_s: int = _limit(
        500,
        "slowest body after its first five seconds; then 408; and slowest taking of an answer after write_timeout_s",
    )
    keep_alive_s: float = _limit(
        75.0, "how long an idle connection stays; proxies in front should close theirs earlier"
    )
    write_timeout_s: float = _limit(30.0, "how long a caller may leave its answer unread before the connection is cut")
    buffered_bytes: int = _limit(128 * 1024 * 1024, "all bodies that are arriving at one time; beyond it 503")
    spooled_bytes: int = _limit(
        1024 * 1024 * 1024, "bodies kept in files while they arrive, once half of buffered_bytes is held; 0 for none"
    )
    linger_s: float = _limit(2.0, "how long the rest of a refused body is read away, so that the answer arrives")
    connections: int = _limit(4096, "most connections of one port; beyond it 503")
    background_runs: int = _limit(1000, "most runs that go on after their answer; beyond it 503 before the run starts")
    reply_bytes: int = _limit(64 * 1024 * 1024, "largest answer taken from a system that an activity calls")

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be told apart: the parser reports only the number that was exceeded."""
        if self.line_bytes == self.header_bytes:
            raise ValueError("line_bytes and header_bytes must differ")
