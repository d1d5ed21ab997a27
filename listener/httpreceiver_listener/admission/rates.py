"""
How many requests may come in a time: token buckets without tokens. Pure, told the time.

Each bucket is one number, the moment at which it would be full again (the generic cell rate algorithm). A bucket that
is full is as good as none, so only who came a moment ago is remembered.
"""

import math
from collections import OrderedDict
from typing import Final, NamedTuple

from httpreceiver_workflow.options.limits import RateLimit, RatePer, duration_s

CLIENTS_REMEMBERED: Final = 10_000
"""Beyond it, whoever was seen longest ago begins with a full bucket again."""


class Taken(NamedTuple):
    """
    What became of one request.

    Attributes:
        remaining: how many more may come at once.
        wait_s: how long until the next one may come; 0 when it may come now.
        reset_s: how long until the bucket is full again.
    """

    is_allowed: bool
    remaining: int
    wait_s: float
    reset_s: float


class RateLimiter:
    """Counts the requests of one receiver, together or by client: its address or its name."""

    def __init__(self, rate: RateLimit) -> None:
        self.rate = rate
        self._per_client = rate.per is not RatePer.RECEIVER
        self._interval_s = duration_s(rate.period) / rate.requests
        self._burst_s = self._interval_s * (rate.burst or rate.requests)
        self._full_at: OrderedDict[str, float] = OrderedDict()
        window_s = math.ceil(duration_s(rate.period))
        self._policy = f'RateLimit-Policy: "{rate.per.value}";q={rate.requests};w={window_s}\r\n'

    def take(self, client: str, now: float) -> Taken:
        """Count a request of *client* at *now*, which never goes back; one that is not allowed costs nothing."""
        key = client if self._per_client else ""
        full_at = max(self._full_at.get(key, now), now)
        after = full_at + self._interval_s
        room_s = now + self._burst_s - after
        is_allowed = room_s > -self._interval_s * 1e-6  # sums of fractions may miss the bound by a hair
        if not is_allowed:
            return Taken(False, 0, -room_s, full_at - now)
        self._full_at[key] = after
        self._full_at.move_to_end(key)
        if len(self._full_at) > CLIENTS_REMEMBERED:
            self._full_at.popitem(last=False)
        return Taken(True, int(room_s / self._interval_s + 1e-6), max(0.0, self._interval_s - room_s), after - now)

    def header(self, taken: Taken) -> str:
        """Return the lines that tell the caller where it stands (draft-ietf-httpapi-ratelimit-headers)."""
        reset_s = math.ceil(taken.reset_s)
        lines = f'{self._policy}RateLimit: "{self.rate.per.value}";r={taken.remaining};t={reset_s}\r\n'
        return lines if taken.is_allowed else f"{lines}Retry-After: {max(1, math.ceil(taken.wait_s))}\r\n"
