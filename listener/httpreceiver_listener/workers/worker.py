"""
One worker: a process with a `Listener` of its own that does what its parent says.

    python -P -m httpreceiver_listener.workers.worker MESSAGES_FD SOCKETS_FD

Signals are the parent's business: a terminal and a service manager send theirs to every process of a group. When the
parent is gone, a worker finishes what it has begun and ends; in the middle of draining that means the parent quit.
"""

import asyncio
import dataclasses
import os
import signal
import socket
import sys
import time
from typing import Final

import uvloop

from httpreceiver_listener.listener import Listener
from httpreceiver_listener.telemetry.access_log import standard_output
from httpreceiver_listener.workers.channel import (
    ORDERS,
    Apply,
    Ask,
    Begin,
    Drain,
    Drained,
    FamilyNumbers,
    Message,
    Told,
    hear,
    say,
    take,
)
from httpreceiver_listener.workers.merging import numbers_of

NUMBERS_SHARE: Final = 0.02
"""Of a worker's time that may go into telling numbers unasked; a thousand busy receivers have sixty thousand series."""


class HeldSockets:
    """The sockets this worker was handed, which the listener opens and closes as it needs them."""

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}
        self._refused: dict[int, int] = {}

    def update(self, order: Apply, taken: dict[int, socket.socket]) -> None:
        """Hold what was *taken*, and let go of ports that are no longer this worker's."""
        for port in [port for port in self._held if port not in order.ports]:
            self._held.pop(port).close()
        self._held |= taken
        self._refused = dict(order.refused)

    def open(self, _address: str, port: int) -> socket.socket:
        """Return the socket of *port*. Raises OSError with the reason that kept the parent from binding it."""
        if port not in self._held:
            raise OSError(self._refused.get(port, 0), "not bound")
        return self._held[port].dup()


class Worker:
    """The conversation with the parent."""

    def __init__(self, begin: Begin, sockets: socket.socket, writer: asyncio.StreamWriter) -> None:
        self._held = HeldSockets()
        options = dataclasses.replace(begin.options, access_log=standard_output if begin.logs else None)
        self._listener = Listener(options, self._held.open)
        self._grace_s = begin.grace_s
        self._handed = sockets
        self._writer = writer
        self._applied = 0
        self._numbers_due = 0.0
        self._draining: asyncio.Task[None] | None = None

    async def obey(self, reader: asyncio.StreamReader) -> None:
        """Do what the parent says until it is gone, and end everything then."""
        await self._listener.start()
        async with asyncio.TaskGroup() as applying:  # a bug in one ends the process, and another begins anew
            while (content := await hear(reader)) is not None:
                match ORDERS.decode(content):
                    case Apply() as order:
                        self._held.update(order, take(self._handed, order.bundles))
                        applying.create_task(self._apply(order))  # questions are answered meanwhile
                    case Ask(numbers=wanted, documents=documents):
                        is_due = time.monotonic() >= self._numbers_due
                        await self._tell(numbers=wanted or is_due, documents=documents)
                    case Drain(lag_s=lag_s, grace_s=grace_s):
                        self._draining = asyncio.create_task(self._drain(lag_s, grace_s))
                    case Begin():
                        raise RuntimeError("a worker begins once")
        if self._draining is None:
            await self._drain(0, self._grace_s)
        elif not self._draining.done():
            os._exit(1)

    async def _apply(self, order: Apply) -> None:
        await self._listener.apply(order.endpoints)  # one after the other, in the order of the parent
        self._applied = order.number
        await self._tell(numbers=False)

    async def _tell(self, *, numbers: bool, documents: bool = False) -> None:
        listener = self._listener
        told = await self._numbers() if numbers else None
        made = await listener.openapi() if documents else None
        self._say(Told(self._applied, listener.report, listener.is_alive, told, made))

    async def _numbers(self) -> tuple[FamilyNumbers, ...]:
        began = time.monotonic()
        found = await asyncio.to_thread(numbers_of, self._listener.registry)
        now = time.monotonic()
        self._numbers_due = now + (now - began) / NUMBERS_SHARE
        return found

    async def _drain(self, lag_s: float, grace_s: float) -> None:
        lost = await self._listener.drain(lag_s, grace_s)
        self._say(Drained(lost, await self._numbers()))

    def _say(self, message: Message) -> None:
        say(self._writer, message)


async def work(messages: socket.socket, sockets: socket.socket) -> None:
    """Serve as the parent says."""
    reader, writer = await asyncio.open_unix_connection(sock=messages)
    first = await hear(reader)
    if first is None:
        return
    begin = ORDERS.decode(first)
    if not isinstance(begin, Begin):
        raise RuntimeError("a worker begins first")
    await Worker(begin, sockets, writer).obey(reader)
    writer.close()


def main() -> None:
    """Run the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    messages, sockets = (socket.socket(fileno=int(text)) for text in sys.argv[1:])
    uvloop.run(work(messages, sockets))


if __name__ == "__main__":
    main()
