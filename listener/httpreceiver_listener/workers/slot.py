"""The parent's view of one worker and its successors: a place that is never empty for longer than it takes to start."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Final, Protocol

from httpreceiver_listener.states import ApplyReport
from httpreceiver_listener.telemetry.access_log import Sink
from httpreceiver_listener.workers.channel import (
    ANSWERS,
    Apply,
    Ask,
    Begin,
    Drain,
    Drained,
    FamilyNumbers,
    Order,
    Told,
    hand_over,
    hear,
    say,
)

LONG_LIFE_S: Final = 10.0
"""The second worker in a row that ends sooner is followed by a pause, which doubles each time."""
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 15.0
UNANSWERED: Final = 60
"""A worker that answers none of so many questions, one a second, hangs: an ordinary one answers within a second."""
END_WITHIN_S: Final = 10.0
"""Beyond its grace, how long a worker may take to close what is left and end."""


class Wishes(Protocol):
    """What a slot asks for when a new worker begins."""

    def begin(self) -> Begin:
        """Return what a worker hears first."""
        ...

    def orders(self, slot: "Slot") -> list[Apply]:
        """Hand the slot's sockets to its newest worker, and return what brings it to what is served now."""
        ...

    def told(self) -> None:
        """Take note that a worker told something, or that there is none for a while."""
        ...

    def ended(self, slot: "Slot", how: str) -> None:
        """Take note that a worker ended unasked, and how."""
        ...


class Slot:
    """
    One of the workers, and whoever follows it.

    Attributes:
        report: what was told last of the endpoints of `reported`; kept while a successor starts.
        reported: the number of that `Apply`, 0 before the first.
        numbers: what the living worker counted when it told last.
        is_failing: whether workers end soon after they began, from the second in a row until one serves.
        numbers_told: how often numbers were told.
        documents: what the living worker told when it was asked for its OpenAPI documents; None before.
    """

    def __init__(self, number: int, wishes: Wishes, log: Sink) -> None:
        self.number = number
        self.report = ApplyReport()
        self.reported = 0
        self.numbers: tuple[FamilyNumbers, ...] = ()
        self.numbers_told = 0
        self.documents: Mapping[int, bytes] | None = None
        self.is_failing = False
        self._wishes = wishes
        self._log = log
        self._lost = 1
        self._applied = 0
        self._is_alive = False
        self._unanswered = 0
        self._writer: asyncio.StreamWriter | None = None
        self._handed: socket.socket | None = None
        self._is_ending = False
        self._keeping: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def start(self) -> None:
        """Keep a worker from now on."""
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    @property
    def is_kept(self) -> bool:
        """Whether a worker that ends is followed by another; a bug could end that."""
        return self._keeping is not None and not self._keeping.done()

    @property
    def is_serving(self) -> bool:
        """Whether there is a worker now, and it was brought to what is served."""
        return self._writer is not None and self._applied > 0

    def order(self, order: Order) -> None:
        """Tell the worker; when there is none, the next one begins with everything."""
        if self._writer is not None:
            say(self._writer, order)

    def hand_over(self, sockets: Mapping[int, socket.socket]) -> int:
        """Hand the *sockets* of ports to the worker and return how many messages that took."""
        try:
            return hand_over(self._handed, sockets) if self._handed is not None else 0
        except OSError:
            return 0  # it has just ended; its successor gets them all

    def ask(self) -> None:
        """Ask how the worker is; kill it when it has not answered for long or is past helping itself."""
        self.order(Ask())
        self._unanswered += 1  # not a time: this process may have been stopped itself
        hangs = not self._is_alive or self._unanswered > UNANSWERED
        if hangs and self._writer is not None and self._process is not None:
            self._process.kill()

    async def drain(self, lag_s: float, grace_s: float) -> int:
        """End the worker without losing a request; return what it could not finish, at least 1 when it broke off."""
        self._is_ending = True
        if self._keeping is None:
            return 0
        if self._writer is None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
            return 0
        self.order(Drain(lag_s, grace_s))
        _, late = await asyncio.wait([self._keeping], timeout=lag_s + grace_s + END_WITHIN_S)
        if late and self._process is not None:
            self._process.kill()
            await asyncio.wait([self._keeping])
        return self._lost

    # --- the life of workers -----------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        pause_s = 0.0
        while True:
            began = loop.time()
            try:
                how = await self._live()
            except OSError as error:
                how = f"could not be started: {error.strerror}"
            if self._is_ending:
                return
            self._wishes.ended(self, how)
            has_lived = loop.time() - began > LONG_LIFE_S
            self.is_failing = not has_lived and pause_s > 0
            if self.is_failing:
                self._wishes.told()
                await asyncio.sleep(pause_s)
            pause_s = 0.0 if has_lived else min(max(FIRST_PAUSE_S, 2 * pause_s), LONGEST_PAUSE_S)

    async def _live(self) -> str:
        """Run one worker to its end and return how it ended. Raises OSError when the system has no place for it."""
        messages, theirs = socket.socketpair()
        handed, their_handed = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        log, their_log = os.pipe()
        try:
            process = await _started(theirs, their_handed, their_log)
        except OSError:
            messages.close()
            handed.close()
            os.close(log)
            raise
        finally:
            theirs.close()
            their_handed.close()
            os.close(their_log)
        reading = threading.Thread(target=pass_on, args=(log, self._log), name="worker-log", daemon=True)
        reading.start()
        self._process = process
        reader, self._writer = await asyncio.open_unix_connection(sock=messages)
        self._handed = handed
        self._is_alive = True
        self._unanswered = 0
        try:
            await self._converse(reader)
        finally:
            self._writer.close()  # a worker that has drained waits for this
            self._writer = self._handed = None
            handed.close()
            self._applied = 0
        code = await process.wait()
        await asyncio.to_thread(reading.join, END_WITHIN_S)
        return f"(process {process.pid}) {ending_of(code)}"

    async def _converse(self, reader: asyncio.StreamReader) -> None:
        self.order(self._wishes.begin())
        for order in self._wishes.orders(self):
            self.order(order)
        while (content := await hear(reader)) is not None:
            self._unanswered = 0
            answer = ANSWERS.decode(content)
            if isinstance(answer, Drained):
                self._lost, self.numbers = answer.lost, answer.numbers
                return
            self._take(answer)
            self._wishes.told()

    def _take(self, told: Told) -> None:
        self._is_alive = told.is_alive
        self._applied = told.applied
        if told.applied:
            self.is_failing = False
            self.report, self.reported = told.report, told.applied
        if told.numbers is not None:
            self.numbers = told.numbers
            self.numbers_told += 1
        if told.documents is not None:
            self.documents = told.documents


async def _started(messages: socket.socket, handed: socket.socket, log: int) -> asyncio.subprocess.Process:
    """Start a worker with its ends of the two socket pairs and of the log."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # whatever lies in the working directory is no module of ours
        "-m",
        "httpreceiver_listener.workers.worker",
        str(messages.fileno()),
        str(handed.fileno()),
        pass_fds=(messages.fileno(), handed.fileno()),
        stdin=subprocess.DEVNULL,
        stdout=log,
        start_new_session=True,  # Ctrl-C is for the parent
    )


def pass_on(log: int, sink: Sink) -> None:
    """Hand whole lines from the descriptor *log* to *sink* until nobody can write any more."""
    rest = b""
    with open(log, "rb", buffering=0) as stream:
        while chunk := stream.read(1 << 16):
            lines, end, rest = (rest + chunk).rpartition(b"\n")
            if end:
                sink(lines + end)


def ending_of(code: int) -> str:
    """Return how a process with exit *code* ended."""
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with {code}"
