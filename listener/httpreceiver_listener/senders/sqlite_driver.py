"""
SQLite for the database activity, through aiosqlite: a file below a permitted root, or memory, and nothing else.

What keeps SQL inside: the file is resolved and judged like the file writer's; SQLite opens it without the right to
create another; an authorizer refuses ATTACH, VACUUM INTO, virtual tables, extensions and settings; a deadline
interrupts it.
"""

import asyncio
import contextlib
import os
import sqlite3
import stat
import threading
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import aiosqlite
from sqlalchemy import URL, Connection, CursorResult, exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

from httpreceiver_listener.senders.database_driver import CallFailed, Row
from httpreceiver_listener.senders.file_writer import PathRefused, Roots
from httpreceiver_workflow.contract.connection_strings import SqliteMode, SqliteTarget
from httpreceiver_workflow.contract.sql_text import ends_transaction, key_of, parameters, statements, writes
from httpreceiver_workflow.pipeline.effects import DatabaseCall, FaultKind

CONNECTIONS: Final = 4
"""Per database: writers wait for each other anyway, readers rarely."""
INTERRUPT_AGAIN_S: Final = 0.1

_DENIED: Final = frozenset(
    {
        sqlite3.SQLITE_ATTACH,  # another file; VACUUM and VACUUM INTO attach one too
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_CREATE_VTABLE,  # modules read and write what they like
        sqlite3.SQLITE_DROP_VTABLE,
        sqlite3.SQLITE_SAVEPOINT,
    }
)
_DENIED_FUNCTIONS: Final = frozenset({"load_extension", "fts3_tokenizer", "regexp"})
"""regexp is SQLAlchemy's, made of Python's: a pattern out of a request could hold the whole process."""
_PRAGMAS: Final = frozenset(
    {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"}
    | {"foreign_key_check", "integrity_check", "quick_check", "read_uncommitted", "user_version"}
)
"""What looks at the schema. Settings would outlive the call, since connections are shared; some reach other files."""

_TIMEOUT: Final = FaultKind.ACTIVITY_TIMEOUT
_FAILED: Final = FaultKind.ACTIVITY_FAILED
_UNREACHABLE: Final = FaultKind.CONNECTIVITY
_REASONS: Final[dict[str, tuple[FaultKind, str]]] = {
    "SQLITE_BUSY": (_TIMEOUT, "The database stayed locked"),
    "SQLITE_LOCKED": (_TIMEOUT, "The database stayed locked"),
    "SQLITE_INTERRUPT": (_TIMEOUT, "The SQL took longer than Default Timeout allows"),
    "SQLITE_AUTH": (_FAILED, "The SQL asks for something that is not permitted here"),
    "SQLITE_CONSTRAINT": (_FAILED, "A constraint of the database refused the SQL"),
    "SQLITE_ERROR": (_FAILED, "The SQL has a mistake or names a table or column that is not there"),
    "SQLITE_READONLY": (_FAILED, "The database cannot be written to"),
    "SQLITE_TOOBIG": (_FAILED, "A text or row is too large"),
    "SQLITE_FULL": (_FAILED, "There is no space left for the database"),
    "SQLITE_CANTOPEN": (_UNREACHABLE, "The database file cannot be opened"),
    "SQLITE_NOTADB": (_UNREACHABLE, "The file is no SQLite database"),
    "SQLITE_CORRUPT": (_UNREACHABLE, "The database file is damaged"),
    "SQLITE_IOERR": (_UNREACHABLE, "The database file cannot be read or written"),
}


@dataclass(frozen=True, slots=True)
class SqlitePlace:
    """
    One database.

    Attributes:
        path: real path, ``""`` for memory.
        identity: device and inode; a file that was replaced is another database.
    """

    path: str
    identity: tuple[int, int]
    target: SqliteTarget


class SqliteDriver:
    """See `Driver`."""

    def __init__(self, roots: Roots, reply_bytes: int) -> None:
        self._roots = roots
        self._reply_bytes = reply_bytes
        self._creating = threading.Lock()

    def place(self, call: DatabaseCall) -> SqlitePlace:
        """Find the file, and make it where the mode allows; the roots are asked for each call."""
        target: SqliteTarget = call.target
        if target.mode is SqliteMode.MEMORY:
            return SqlitePlace("", (0, 0), target)
        try:
            path = os.fspath(self._roots.resolve(target.file))
            with self._creating:
                if target.mode is SqliteMode.READ_WRITE_CREATE and not os.path.exists(path):
                    # Never open a database that is there: closing it would drop the locks of SQLite's own descriptors.
                    with contextlib.suppress(FileExistsError):  # another process was first
                        os.close(
                            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
                        )
                found = os.stat(path)
        except PathRefused as refused:
            raise CallFailed(_FAILED, f"The database was not opened: {refused}.") from None
        except OSError as error:
            reason = error.strerror or "I/O error"
            raise CallFailed(_UNREACHABLE, f"The database file cannot be opened: {reason}.") from None
        if not stat.S_ISREG(found.st_mode):
            raise CallFailed(_FAILED, "The database was not opened: it is no regular file.")
        return SqlitePlace(path, (found.st_dev, found.st_ino), target)

    def open(self, place: SqlitePlace) -> AsyncEngine:
        """Return the engine: pooled for a file; for memory a new database per call, as in the product."""
        arguments: dict[str, Any] = {
            "factory": partial(GuardedConnection, place, self._reply_bytes),
            "isolation_level": None,
            # A cached statement would not be shown to the authorizer again.
            "cached_statements": 0,
            "timeout": place.target.timeout_s,
        }
        if not place.path:
            url = URL.create("sqlite+aiosqlite", database=":memory:")
            return create_async_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
        mode = "ro" if place.target.mode is SqliteMode.READ_ONLY else "rw"
        file = f"file:{quote(os.fsencode(place.path))}"
        url = URL.create("sqlite+aiosqlite", database=file, query={"mode": mode, "uri": "true"})
        return create_async_engine(
            url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=place.target.timeout_s,
            hide_parameters=True,
            connect_args=arguments,
        )

    async def run(self, engine: AsyncEngine, call: DatabaseCall) -> Row | None:
        """Run the SQL; a deadline interrupts it between two steps of SQLite."""
        batch = _Batch(call, asyncio.get_running_loop().time() + call.target.timeout_s)
        try:
            async with engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert isinstance(driver, aiosqlite.Connection)  # noqa: S101  what the URL asked for
                late = asyncio.create_task(_interrupt_from(batch.deadline, driver))
                try:
                    return await connection.run_sync(batch.run, driver)
                finally:
                    late.cancel()
        except exc.TimeoutError:
            raise CallFailed(_TIMEOUT, "No connection to the database became free.") from None
        except exc.DBAPIError as error:
            raise _failure(error.orig) from None
        except sqlite3.Error as error:
            raise _failure(error) from None
        except PathRefused as refused:
            raise CallFailed(_FAILED, f"The database was not opened: {refused}.") from None
        except (ValueError, OverflowError):
            # Half a surrogate pair, a NUL in the SQL, a text beyond 2 GB.
            raise CallFailed(_FAILED, "A text cannot be given to the database.") from None


async def _interrupt_from(deadline: float, driver: aiosqlite.Connection) -> None:
    """Interrupt what runs once the deadline is there; again and again, since nothing stops what begins just then."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(deadline - loop.time())
    while True:
        await driver.interrupt()
        await asyncio.sleep(INTERRUPT_AGAIN_S)


class _Batch:
    """The statements of one call; all take effect, or none."""

    def __init__(self, call: DatabaseCall, deadline: float) -> None:
        self.deadline = deadline
        self._statements = list(statements(call.sql))
        self._values = _Values({key_of(name): value for name, value in call.parameters})
        self._begin = "BEGIN" if call.target.mode is SqliteMode.READ_ONLY else "BEGIN IMMEDIATE"
        if not self._statements:
            raise CallFailed(_FAILED, "The SQL holds no statement.")
        if any(ends_transaction(statement) for statement in self._statements):
            raise CallFailed(_FAILED, "The SQL begins or ends a transaction; an activity is one by itself.")
        if any(key_of(name) not in self._values for name in parameters(call.sql)):
            raise CallFailed(_FAILED, "The SQL names a parameter that has no value.")

    def run(self, connection: Connection, driver: aiosqlite.Connection) -> Row | None:
        """Run every statement. One alone is a transaction by itself, and waits for locks better that way."""
        is_batch = len(self._statements) > 1
        if is_batch:
            connection.exec_driver_sql(self._begin)
        results: list[Row | None] = []
        for statement in self._statements:
            if asyncio.get_running_loop().time() > self.deadline:
                raise CallFailed(*_REASONS["SQLITE_INTERRUPT"])
            result = connection.exec_driver_sql(statement, self._values, {"stream_results": True})
            if result.returns_rows:
                results.append(_first_row(result, statement))
            result.close()
            if driver.in_transaction is not is_batch:
                raise CallFailed(_FAILED, "The SQL begins or ends a transaction; an activity is one by itself.")
        if is_batch:
            connection.exec_driver_sql("COMMIT")
        return results[0] if results else None


def _first_row(result: CursorResult[Any], statement: str) -> Row | None:
    row = result.fetchone()
    if writes(statement):
        for _ in result:
            pass  # it takes effect, or fails to, only when its last row was read
    return None if row is None else tuple(row)


class _Values(dict[str, str]):
    """Key of a parameter → value; sqlite3 asks for names as the SQL spells them."""

    def __missing__(self, name: str) -> str:
        if name.lower() == name:
            raise KeyError
        return self[name.lower()]


class GuardedConnection(sqlite3.Connection):
    """A connection that stays inside its database. Made in the thread that uses it."""

    def __init__(self, place: SqlitePlace, longest: int, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        target = place.target
        self.execute(f"PRAGMA foreign_keys = {target.foreign_keys:d}")
        self.execute(f"PRAGMA recursive_triggers = {target.recursive_triggers:d}")
        self.execute("PRAGMA trusted_schema = 0")
        if place.path:
            self._check_identity(place)
        self.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
        self.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self.set_authorizer(_authorize)

    def _check_identity(self, place: SqlitePlace) -> None:
        """Refuse a file that was put in the place of the one that was judged."""
        [(_, _, opened)] = self.execute("PRAGMA database_list").fetchall()
        found = os.stat(opened, follow_symlinks=False)
        if (found.st_dev, found.st_ino) != place.identity:
            self.close()
            raise PathRefused("the file was replaced meanwhile")


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _inner: str | None) -> int:
    is_denied = (
        action in _DENIED
        or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _DENIED_FUNCTIONS)
        or (action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in _PRAGMAS)
    )
    return sqlite3.SQLITE_DENY if is_denied else sqlite3.SQLITE_OK


def _failure(error: BaseException | None) -> CallFailed:
    """Say what went wrong in words of our own: SQLite's may quote the SQL."""
    name = getattr(error, "sqlite_errorname", None)
    if not isinstance(name, str):
        return CallFailed(_FAILED, "The driver of the database refused the SQL or a value in it.")
    primary = "_".join(name.split("_")[:2])
    kind, reason = _REASONS.get(primary, (_FAILED, "The database refused the SQL"))
    return CallFailed(kind, f"{reason} ({name}).")
