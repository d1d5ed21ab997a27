"""
Bodies that are still arriving: in memory while there is plenty of it, else in a file until they are complete.

Many callers that send slowly then hold files and not our memory. The files have no names, so that nothing is left of
them when a request ends, however it ends.
"""

import asyncio
import tempfile
from types import TracebackType
from typing import IO, Final, Self

from httpreceiver_listener.limits import Limits
from httpreceiver_listener.telemetry.metrics import ListenerMetrics

SPOOLED_AT_ONCE: Final = 262144
"""A body that holds less stays in memory: a write for each packet would cost more than it saves."""


class NoRoom(Exception):
    """There is no room for more of this body, in memory or on disk."""


class ArrivingBody:
    """One body; a context that gives back what it held."""

    def __init__(self, limits: Limits, metrics: ListenerMetrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._pieces: list[bytes] = []
        self._held = 0
        self._file: IO[bytes] | None = None
        self._spooled = 0

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._held + self._spooled

    async def add(self, piece: bytes) -> None:
        """Keep *piece*. Raises NoRoom."""
        self._pieces.append(piece)
        self._hold(len(piece))
        if self._held >= SPOOLED_AT_ONCE and self._is_due():
            await self._spool()
        if self._metrics.arriving_body_bytes > self._limits.buffered_bytes:
            raise NoRoom("too many large bodies arrive at once")

    async def whole(self) -> bytes:
        """Return all of it. Raises NoRoom where the file cannot be read back."""
        if self._file is None:
            return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        return await asyncio.to_thread(self._read_back, self._file, b"".join(self._pieces))

    def _is_due(self) -> bool:
        """Whether memory is getting short and there is room on disk."""
        return (
            self._metrics.arriving_body_bytes > self._limits.buffered_bytes // 2
            and self._metrics.spooled_body_bytes + self._held <= self._limits.spooled_bytes
        )

    async def _spool(self) -> None:
        """Move what is held to the file."""
        count = self._held
        self._spooled += count
        self._metrics.spooled_body_bytes += count
        data = b"".join(self._pieces)
        self._pieces.clear()
        try:
            await asyncio.to_thread(self._write, data)
        except OSError as error:
            raise NoRoom(f"a large body cannot be kept on disk: {error.strerror}") from error
        finally:
            self._hold(-count)

    def _write(self, data: bytes) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the body
        self._file.write(data)

    @staticmethod
    def _read_back(file: IO[bytes], rest: bytes) -> bytes:
        try:
            file.write(rest)
            file.seek(0)
            return file.read()
        except OSError as error:
            raise NoRoom(f"a large body cannot be read back: {error.strerror}") from error

    def _hold(self, count: int) -> None:
        self._held += count
        self._metrics.arriving_body_bytes += count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget all of it."""
        self._metrics.arriving_body_bytes -= self._held
        self._metrics.spooled_body_bytes -= self._spooled
        if self._file is not None:
            self._file.close()
