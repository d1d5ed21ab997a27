"""Where each data table stands: one position per table for all requests that are served here, and chance's source."""

import secrets
from pathlib import Path
from threading import Lock

from httpreceiver_listener.shared_state import locked


class RowPositions:
    """Positions in data tables, by the table's name; the first row comes first, after the last the first again."""

    def __init__(self) -> None:
        """Stand before the first row of every table."""
        self._next: dict[str, int] = {}
        self._lock = Lock()

    def next_row(self, table: str, count: int) -> int:
        """Advance *table*, which has *count* rows, and return the row it is at, counted from 0."""
        with self._lock:
            row = self._next.get(table, 0) % count
            self._next[table] = row + 1
        return row

    @staticmethod
    def random_row(count: int) -> int:
        """Return any row of *count*, counted from 0."""
        return secrets.randbelow(count)


class SharedRowPositions(RowPositions):
    """The same positions for all processes that share *folder*."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def next_row(self, table: str, count: int) -> int:
        """Advance *table* for all of them, and return the row it is at."""
        with locked(self._folder, table) as file:
            row = int(file.read() or 0) % count
            file.write(b"%d" % (row + 1))
        return row
