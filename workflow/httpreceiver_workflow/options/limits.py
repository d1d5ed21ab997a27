"""
`limits`: how much one receiver takes, how long a request may last, and what becomes of work nobody waits for.

Absent fields take what the ReceiverHost says, and else the listener's own defaults. `duration_s` reads the durations.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from httpreceiver_workflow.options.option import Option
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem

Duration = Annotated[str, msgspec.Meta(max_length=24, pattern="^([0-9]{1,5}(h|m|s|ms)){1,4}$")]
"""As Kubernetes and Gateway API write them: ``10s``, ``500ms``, ``1m30s``."""

_PART: Final = re.compile("([0-9]+)(h|ms|m|s)")
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_NEEDS: Final = (("queue", "concurrency"), ("queue_timeout", "queue"), ("on_timeout", "request_timeout"))
"""Each has no effect without the other; in this order, since one may be left out for want of another."""
_WITHIN: Final = (
    ("body_timeout", "request_timeout"),
    ("body_idle_timeout", "body_timeout"),
    ("queue_timeout", "request_timeout"),
)
"""Each could never be reached if it were longer than the other."""
WAITS_IN_QUEUE: Final = "10s"
"""How long a request waits for its turn when `queueTimeout` does not say."""


class RatePer(StrEnum):
    """Whose requests are counted together."""

    RECEIVER = "Receiver"
    CLIENT_ADDRESS = "ClientAddress"
    CLIENT_NAME = "ClientName"


class Unfinished(StrEnum):
    """What becomes of a run that nobody waits for."""

    FINISH = "Finish"
    CANCEL = "Cancel"


class RateLimit(Option, frozen=True, kw_only=True):
    """
    Attributes:
        requests, period: so many in so long, on average.
        burst: how many may come at once after a pause; None for `requests`.
    """

    requests: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    period: Duration = "1s"
    burst: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    per: RatePer = RatePer.RECEIVER


RateLimits = Annotated[tuple[RateLimit, ...], msgspec.Meta(max_length=len(RatePer))]


class ReceiverLimits(Option, frozen=True, kw_only=True):
    """
    What a receiver's own requests may cost; None where the next in line decides.

    Attributes:
        body_bytes: declared, received or decompressed.
        header_bytes: of all header fields together, names and line ends included.
        body_idle_timeout: longest silence inside a body; `body_timeout` is for the whole of it.
        request_timeout: from the complete head to the answer.
        concurrency: runs at one time; `queue` more requests wait, each as long as `queue_timeout`.
        rates: one for each `RatePer` at most.
        on_client_gone, on_timeout: whether the run goes on without its caller.
    """

    body_bytes: Annotated[int, msgspec.Meta(ge=0, le=1 << 30)] | None = None
    header_bytes: Annotated[int, msgspec.Meta(ge=64, le=1 << 20)] | None = None
    header_count: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    body_timeout: Duration | None = None
    body_idle_timeout: Duration | None = None
    request_timeout: Duration | None = None
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    queue: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    queue_timeout: Duration | None = None
    rates: RateLimits | None = None
    on_client_gone: Unfinished | None = None
    on_timeout: Unfinished | None = None

    def over(self, defaults: "ReceiverLimits", *, has_names: bool = True) -> "ReceiverLimits":
        """
        Return these limits with *defaults* where they say nothing; a default that could not apply is left out.

        Args:
            has_names: whether callers of the receiver have names to count them by.
        """
        fields = ReceiverLimits.__struct_fields__
        chosen = {one: getattr(self, one) for one in fields}
        chosen |= {one: getattr(defaults, one) for one in fields if chosen[one] is None}
        for field, needed in _NEEDS:
            if getattr(self, field) is None and not chosen[needed]:
                chosen[field] = None
        if self.rates is None and chosen["rates"] is not None and not has_names:
            chosen["rates"] = tuple(rate for rate in chosen["rates"] if rate.per is not RatePer.CLIENT_NAME)
        for inner, outer in _WITHIN:
            if getattr(self, inner) is None and _is_longer(chosen[inner], chosen[outer]):
                chosen[inner] = None
        return ReceiverLimits(**chosen)


class PortLimits(Option, frozen=True, kw_only=True):
    """
    What holds for a whole port of a host, before anybody knows which receiver a request means.

    Attributes:
        header_timeout: from connecting, or a request's first byte, to its complete head.
        keep_alive_timeout: how long an idle connection stays.
        write_timeout: how long a caller may leave its answer unread.
        connections, connections_per_peer: at one time; of all callers, and of one address.
    """

    header_timeout: Duration | None = None
    keep_alive_timeout: Duration | None = None
    write_timeout: Duration | None = None
    connections: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    connections_per_peer: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None


class HostLimits(ReceiverLimits, frozen=True, kw_only=True):
    """`limits` of a ReceiverHost: the defaults of its receivers, and those of each of its ports."""

    port: PortLimits = PortLimits()


NO_LIMITS: Final = ReceiverLimits()
NO_HOST_LIMITS: Final = HostLimits()


def duration_s(text: str) -> float:
    """Return the seconds of a `Duration`."""
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def limit_problems(limits: ReceiverLimits, *, has_names: bool = True) -> Iterator[Problem]:
    """
    Yield what contradicts itself in the limits of one receiver, the defaults of its host included.

    Args:
        has_names: as in `ReceiverLimits.over`.
    """
    for field in empty_durations(limits):
        yield _problem(field, f"{field} is nothing, so that no request could be in time.")
    for number, per in repeated_rates(limits):
        yield _problem(f"rates[{number}].per", f"Another rate is per {per} too; each counts once.")
    for number, rate in enumerate(limits.rates or ()):
        if rate.per is RatePer.CLIENT_NAME and not has_names:
            what = "The rate is per ClientName, but nothing in auth tells a caller's name, so that all would be one."
            yield _problem(f"rates[{number}].per", what)
    for field, needed in _NEEDS:
        if getattr(limits, field) is not None and not getattr(limits, needed):
            what = f"{_camel(field)} is set, but {_camel(needed)} is absent or 0, so that it would never apply."
            yield _problem(_camel(field), what)
    for inner, outer in _WITHIN:
        within, around = getattr(limits, inner), getattr(limits, outer)
        if _is_longer(within, around):
            what = f"{_camel(inner)} ({within}) is longer than {_camel(outer)} ({around}), which would end it first."
            yield _problem(_camel(inner), what)


def repeated_rates(limits: ReceiverLimits) -> Iterator[tuple[int, RatePer]]:
    """Yield number and `per` of each rate that counts what an earlier one counts."""
    seen: set[RatePer] = set()
    for number, rate in enumerate(limits.rates or ()):
        if rate.per in seen:
            yield number, rate.per
        seen.add(rate.per)


def empty_durations(limits: Option, prefix: str = "") -> Iterator[str]:
    """Yield the place of each duration in *limits* that is nothing, such as ``rates[0].period``."""
    for name, field in zip(limits.__struct_encode_fields__, limits.__struct_fields__, strict=True):
        value = getattr(limits, field)
        if isinstance(value, Option):
            yield from empty_durations(value, f"{prefix}{name}.")
        elif isinstance(value, tuple):
            for number, item in enumerate(value):
                yield from empty_durations(item, f"{prefix}{name}[{number}].")
        elif isinstance(value, str) and not isinstance(value, StrEnum) and not duration_s(value):
            yield f"{prefix}{name}"


def _is_longer(within: str | None, around: str | None) -> bool:
    return within is not None and around is not None and duration_s(within) > duration_s(around)


def _camel(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(word.title() for word in others)


def _problem(field: str, message: str) -> Problem:
    return Problem(f"spec.limits.{field}", ProblemCode.LIMITS_CONTRADICT, message)
