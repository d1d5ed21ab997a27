"""What the database activity asks of one kind of database: the seam between `database` and the drivers."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Protocol

from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, FaultKind, SqlValue, Stage

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Row = tuple[SqlValue, ...]


class CallFailed(Exception):
    """Ends a call; carries the Fault to return."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(kind, Stage.ACTIVITY, message)


class Driver(Protocol):
    """One kind of database."""

    def place(self, call: DatabaseCall) -> Hashable:
        """Return what tells this call's database from others. Runs in a thread. Raises CallFailed."""
        ...

    def open(self, place: Any) -> "AsyncEngine":
        """Return the engine of a place; nothing is connected yet."""
        ...

    async def run(self, engine: "AsyncEngine", call: DatabaseCall) -> Row | None:
        """Run the SQL as one transaction and return the first row of its first result set. Raises CallFailed."""
        ...
