"""
Runs that may be given up: because their request has lasted too long, or because the caller has gone.

A run is only ever given up between two effects, or while it waits for one. A call over HTTP that nobody waits for any
more is cancelled; a write to a file or a database has begun for good and is let end.
"""

import asyncio
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from httpreceiver_listener.refusals import Refusal
from httpreceiver_workflow.options.limits import ReceiverLimits, Unfinished, duration_s
from httpreceiver_workflow.pipeline.effects import FaultKind, Stage

Performed = TypeVar("Performed")


class Cut(StrEnum):
    """Why nobody waits for a run any more; the label of a metric."""

    TIMEOUT = "timeout"
    CLIENT_GONE = "client_gone"


class Caller(Protocol):
    """What a wait asks of a connection."""

    when_gone: Callable[[], None] | None

    @property
    def is_gone(self) -> bool:
        """Whether the caller has left already."""
        ...


class Patience:
    """When the runs of one receiver are given up, and what becomes of them."""

    __slots__ = ("_cancels_late", "_request_timeout_s", "_watches_caller")

    def __init__(self, limits: ReceiverLimits) -> None:
        self._request_timeout_s = None if limits.request_timeout is None else duration_s(limits.request_timeout)
        self._cancels_late = limits.on_timeout is Unfinished.CANCEL
        self._watches_caller = limits.on_client_gone is Unfinished.CANCEL

    @property
    def is_idle(self) -> bool:
        """Whether no run is ever given up."""
        return self._request_timeout_s is None and not self._watches_caller

    def cancels(self, cut: Cut) -> bool:
        """Whether the work ends with the waiting; it goes on in the background otherwise."""
        return cut is Cut.CLIENT_GONE or self._cancels_late

    def until(self, now: float) -> float | None:
        """Return when a request whose head was complete at loop time *now* must have been answered."""
        return None if self._request_timeout_s is None else now + self._request_timeout_s

    def wait(self, caller: Caller, until: float | None) -> "Wait":
        """Return what watches over one run that must have answered at loop time *until*."""
        return Wait(self, caller if self._watches_caller else None, until)


class Wait:
    """Watches over one run; `close` ends that."""

    __slots__ = ("_caller", "_gone", "_loop", "_rule", "_until")

    def __init__(self, rule: Patience, caller: Caller | None, until: float | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._rule = rule
        self._until = until
        self._caller = caller
        if caller is not None:
            caller.when_gone = self._caller_gone
            if caller.is_gone:
                self._caller_gone()

    def close(self) -> None:
        """Watch no more."""
        if self._caller is not None:
            self._caller.when_gone = None

    async def result(self, effect: Coroutine[Any, Any, Performed]) -> Performed:
        """
        Perform *effect* and return what came of it.

        Raises:
            GivenUp: it is to be waited for no longer, or is not even to begin.
        """
        cut = self._cut
        if cut is not None and self._rule.cancels(cut):
            effect.close()
            raise GivenUp(cut, None, cancels=True)
        task = self._loop.create_task(effect)
        left_s = None if self._until is None else self._until - self._loop.time()
        try:
            await asyncio.wait((task, self._gone), timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            return task.result()
        cut = Cut.CLIENT_GONE if self._gone.done() else Cut.TIMEOUT
        raise GivenUp(cut, task, cancels=self._rule.cancels(cut))

    @property
    def _cut(self) -> Cut | None:
        """Why nothing more should begin; None while it may."""
        if self._gone.done():
            return Cut.CLIENT_GONE
        return Cut.TIMEOUT if self._until is not None and self._loop.time() >= self._until else None

    def _caller_gone(self) -> None:
        if not self._gone.done():
            self._gone.set_result(None)


class GivenUp(Exception):
    """
    Nobody waits for a run any more.

    Attributes:
        effect: what had begun and has not ended; None between two effects.
        cancels: whether the work is to end too.
    """

    def __init__(self, cut: Cut, effect: "asyncio.Task[Any] | None", *, cancels: bool) -> None:
        super().__init__(cut)
        self.cut = cut
        self.effect = effect
        self.cancels = cancels

    @property
    def kind(self) -> FaultKind:
        """What the caller is told."""
        return FaultKind.ACTIVITY_TIMEOUT if self.cut is Cut.TIMEOUT else FaultKind.CLIENT_GONE

    def refusal(self) -> Refusal:
        """Return the answer, which a caller that has gone will not see."""
        why = "the request has lasted too long" if self.cut is Cut.TIMEOUT else "the caller has gone"
        what = "its run was ended" if self.cancels else "its run goes on in the background"
        return Refusal(self.kind, Stage.ACTIVITY, f"{why}; {what}", closes=True, outcome="cut")
