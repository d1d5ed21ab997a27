"""Runs that go on after their request was answered: bounded and counted; the listener's end waits for them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """
    The runs that outlive their answer.

    A place is reserved before a run starts and given back when it ends, so that no run that began is ever refused.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._reserved = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Return the number of runs that go on now."""
        return len(self._tasks)

    def reserve(self) -> bool:
        """Take a place; False when all are taken."""
        if self._reserved >= self._bound:
            return False
        self._reserved += 1
        return True

    def release(self) -> None:
        """Give a place back that no run needs."""
        self._reserved -= 1

    def start(self, run: Coroutine[Any, Any, None], ended: Callable[[], None] | None = None) -> None:
        """Let *run* go on in the place reserved for it; *ended* is called at its end."""
        task = asyncio.get_running_loop().create_task(run)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        if ended is not None:
            task.add_done_callback(lambda _: ended())

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._reserved -= 1
