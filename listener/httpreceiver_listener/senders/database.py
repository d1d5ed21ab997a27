"""
The database activity (contract 8.5): SQL through SQLAlchemy Core and a driver that never blocks the event loop.

One engine per database and connection string, with a bounded pool, kept until too many others were used since. One
more kind of database is a record in `contract.connection_strings` and a `Driver`. No fault quotes SQL or a value.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from httpreceiver_listener.senders.database_driver import CallFailed, Driver
from httpreceiver_listener.senders.file_writer import Roots
from httpreceiver_workflow.contract.connection_strings import SqliteTarget
from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, Reply

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

ENGINES: Final = 64
"""Databases that stay open. A connection string made of request data must not open ever more of them."""


def _sqlite(roots: Roots, reply_bytes: int) -> Driver:
    # Imported when a database is first asked for: it would cost every other listener a second and 25 MB.
    from httpreceiver_listener.senders.sqlite_driver import SqliteDriver

    return SqliteDriver(roots, reply_bytes)


DRIVERS: Final[Mapping[type, Callable[[Roots, int], Driver]]] = {SqliteTarget: _sqlite}


@dataclass(slots=True)
class _Kept:
    """An open engine, and how many calls use it now."""

    engine: "AsyncEngine"
    users: int = 0


class DatabasePerformer:
    """Performs `DatabaseCall`."""

    def __init__(self, roots: Roots, reply_bytes: int = 64 * 1024 * 1024, engines: int = ENGINES) -> None:
        self._roots = roots
        self._reply_bytes = reply_bytes
        self._limit = engines
        self._drivers: dict[type, Driver] = {}
        self._kept: dict[Hashable, _Kept] = {}
        """The one used last stands last."""

    async def perform(self, activity_id: str, call: DatabaseCall) -> Reply | Fault:
        """Run the SQL; a Fault says why it took no effect."""
        try:
            driver, place = await asyncio.to_thread(self._find, call)
            async with self._engine(driver, place) as engine:
                row = await driver.run(engine, call)
        except CallFailed as failed:
            return failed.fault
        return Reply(row=row if call.returns_row else None)

    async def close(self) -> None:
        """Close every connection that is not in use."""
        kept = list(self._kept.values())
        self._kept.clear()
        for one in kept:
            await one.engine.dispose()

    def _find(self, call: DatabaseCall) -> tuple[Driver, Hashable]:
        """In a thread: find the driver and the place, which touches the file system."""
        kind = type(call.target)
        driver = self._drivers.get(kind) or self._drivers.setdefault(
            kind, DRIVERS[kind](self._roots, self._reply_bytes)
        )
        return driver, driver.place(call)

    @asynccontextmanager
    async def _engine(self, driver: Driver, place: Hashable) -> "AsyncIterator[AsyncEngine]":
        kept = self._kept.pop(place, None) or _Kept(driver.open(place))
        self._kept[place] = kept
        kept.users += 1
        try:
            await self._close_some()
            yield kept.engine
        finally:
            kept.users -= 1

    async def _close_some(self) -> None:
        """Close what was not used for longest, while there are too many; what is in use stays."""
        surplus = len(self._kept) - self._limit
        idle = [place for place, kept in self._kept.items() if not kept.users]
        closing = [self._kept.pop(place) for place in idle[: max(surplus, 0)]]
        for one in closing:
            await one.engine.dispose()
