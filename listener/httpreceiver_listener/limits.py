"""How much of everything callers get. Safe defaults; read once, at start. The meanings are the help of the options."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from httpreceiver_listener.http.deadlines import BodyPace
from httpreceiver_workflow.options.limits import PortLimits, ReceiverLimits, duration_s


def _limit(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Each field is a limit; its meaning stands beside it."""

    body_bytes: int = _limit(
        10 * 1024 * 1024,
        "largest body where a receiver does not say, declared, received or decompressed; beyond it 413",
    )
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
    connections_per_peer: int = _limit(1024, "most connections of one port that come from one address; beyond it 503")
    background_runs: int = _limit(1000, "most runs that go on after their answer; beyond it 503 before the run starts")
    reply_bytes: int = _limit(64 * 1024 * 1024, "largest answer taken from a system that an activity calls")

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be told apart: the parser reports only the number that was exceeded."""
        if self.line_bytes == self.header_bytes:
            raise ValueError("line_bytes and header_bytes must differ")

    def of_port(self, limits: PortLimits) -> "Limits":
        """Return these limits with what a host says of its ports."""
        head, idle, write = limits.header_timeout, limits.keep_alive_timeout, limits.write_timeout
        return replace(
            self,
            header_timeout_s=self.header_timeout_s if head is None else duration_s(head),
            keep_alive_s=self.keep_alive_s if idle is None else duration_s(idle),
            write_timeout_s=self.write_timeout_s if write is None else duration_s(write),
            connections=limits.connections or self.connections,
            connections_per_peer=limits.connections_per_peer or self.connections_per_peer,
        )


class BodyBounds(NamedTuple):
    """How large and how slow the bodies of one receiver may be."""

    limit_bytes: int
    pace: BodyPace


def body_bounds(receiver: ReceiverLimits, limits: Limits) -> BodyBounds:
    """Return what holds for the bodies of a receiver: its own limits, where it has any."""
    idle, total = receiver.body_idle_timeout, receiver.body_timeout
    pace = BodyPace(
        limits.body_idle_timeout_s if idle is None else duration_s(idle),
        limits.body_timeout_s if total is None else duration_s(total),
        limits.body_bytes_per_s,
    )
    return BodyBounds(limits.body_bytes if receiver.body_bytes is None else receiver.body_bytes, pace)
