"""
Whether a request may begin now: its head's size, its rate, and a place among the runs of its receiver.

All of it is decided after routing and before a byte of the body is read. One `Intake` belongs to one receiver and
outlives its edits, so that an edit neither forgets who runs nor lets twice as many in.
"""

import asyncio
from collections import deque
from typing import Final

from aiohttp.http import RawRequestMessage

from httpreceiver_listener.admission.rates import RateLimiter
from httpreceiver_listener.refusals import Refusal, overloaded
from httpreceiver_listener.telemetry.metrics import ReceiverMetrics
from httpreceiver_workflow.options.limits import WAITS_IN_QUEUE, RatePer, ReceiverLimits, duration_s
from httpreceiver_workflow.pipeline.effects import FaultKind, Stage

FIELD_EXTRA_BYTES: Final = 4
"""Colon, blank and line end of a header field."""


class QueueFull(Exception):
    """As many run and wait as may."""


class Gate:
    """
    Lets *concurrency* in at one time; up to *queue* more wait, first come first served.

    Attributes:
        concurrency: None for any number.
        running: who is in.
    """

    def __init__(self) -> None:
        self.concurrency: int | None = None
        self.queue = 0
        self.running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def configure(self, concurrency: int | None, queue: int) -> None:
        """Change the bounds; whoever is in or waits already stays."""
        self.concurrency, self.queue = concurrency, queue
        self._let_in()

    async def enter(self, wait_s: float) -> None:
        """
        Go in; `leave` follows.

        Raises:
            QueueFull: nobody more may wait.
            TimeoutError: the turn did not come within *wait_s*.
        """
        if self._has_room and not self._waiting:
            self.running += 1
            return
        if len(self._waiting) >= self.queue:
            raise QueueFull
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(wait_s):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave()  # the turn came in the same moment, and goes to the next
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def stay(self) -> None:
        """Count whoever is in once more: what begins now follows from it, and leaves on its own."""
        self.running += 1

    def leave(self) -> None:
        """Make room for the next."""
        self.running -= 1
        self._let_in()

    @property
    def _has_room(self) -> bool:
        return self.concurrency is None or self.running < self.concurrency

    def _let_in(self) -> None:
        while self._waiting and self._has_room:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self.running += 1


class Intake:
    """What one receiver asks of a request before it begins."""

    def __init__(self, numbers: ReceiverMetrics) -> None:
        self.gate = Gate()
        self._limiters: dict[RatePer, RateLimiter] = {}
        self._fields: int | None = None
        self._fields_bytes: int | None = None
        self._wait_s = 0.0
        self._numbers = numbers
        numbers.queued = lambda: self.gate.waiting

    def configure(self, limits: ReceiverLimits) -> None:
        """Ask what *limits* say from now on; a rate that stays the same goes on counting."""
        self.gate.configure(limits.concurrency, limits.queue or 0)
        self._wait_s = duration_s(limits.queue_timeout or WAITS_IN_QUEUE)
        self._fields, self._fields_bytes = limits.header_count, limits.header_bytes
        before = self._limiters
        self._limiters = {
            rate.per: before[rate.per] if rate.per in before and before[rate.per].rate == rate else RateLimiter(rate)
            for rate in limits.rates or ()
        }

    def check_head(self, message: RawRequestMessage) -> None:
        """Refuse a head that is larger than this receiver takes, though the parser took it."""
        fields = message.raw_headers
        if self._fields is not None and len(fields) > self._fields:
            raise self._refusal("headers", FaultKind.HEADERS_TOO_LARGE, "more header fields than allowed")
        if self._fields_bytes is None:
            return
        if sum(len(name) + len(value) + FIELD_EXTRA_BYTES for name, value in fields) > self._fields_bytes:
            raise self._refusal("headers", FaultKind.HEADERS_TOO_LARGE, "the header fields are larger than allowed")

    def check_rate(self, per: RatePer, client: str, now: float) -> str:
        """
        Count one request of *client* by the rate that is *per* this, and return header lines of its answer.

        Called once for each: by address before the caller is checked, since guessing passwords is to cost something; by
        name and for the receiver after it, since nobody without a password is to use these up.
        """
        limiter = self._limiters.get(per)
        if limiter is None:
            return ""
        taken = limiter.take(client, now)
        header = limiter.header(taken)
        if not taken.is_allowed:
            raise self._refusal("rate", FaultKind.RATE_LIMITED, "more requests in a time than allowed", header)
        return header

    async def enter(self, left_s: float | None) -> None:
        """Wait for a place, no longer than the *left_s* seconds of the whole request; `gate.leave` gives it back."""
        wait_s = self._wait_s if left_s is None else min(self._wait_s, left_s)
        try:
            await self.gate.enter(wait_s)
        except QueueFull:
            self._numbers.request_rejected("queue_full")
            raise overloaded(Stage.ROUTING, "as many requests run and wait as may") from None
        except TimeoutError:
            self._numbers.request_rejected("queue_timeout")
            raise overloaded(Stage.ROUTING, "the request's turn did not come in time") from None

    def _refusal(self, reason: str, kind: FaultKind, detail: str, header: str = "") -> Refusal:
        self._numbers.request_rejected(reason)
        return Refusal(kind, Stage.ROUTING, detail, header=header)


def is_asking(limits: ReceiverLimits) -> bool:
    """Whether *limits* ask anything of a request before it begins."""
    return bool(limits.rates) or any(
        one is not None for one in (limits.concurrency, limits.header_bytes, limits.header_count)
    )
