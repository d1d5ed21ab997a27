"""Database activities reach only their database, take effect whole or not at all, and never block the event loop."""

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from httpreceiver_listener.senders import DatabasePerformer, Roots
from httpreceiver_listener.senders.database_driver import CallFailed
from httpreceiver_listener.senders.sqlite_driver import SqliteDriver
from httpreceiver_workflow.contract.connection_strings import SqliteMode, SqliteTarget, sqlite_target
from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, FaultKind, Reply
from workflow_files import SENDER_ID

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


class Database:
    """A performer whose one root is a folder, and short ways to ask it."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.performer = DatabasePerformer(Roots([folder]), **options)

    async def ask(self, sql: str, connection: str = "Data Source=a.db", **parameters: str) -> Reply | Fault:
        """Run *sql*; its row is asked for."""
        values = tuple((f"@{name}", value) for name, value in parameters.items())
        call = DatabaseCall(target=sqlite_target(connection), sql=sql, parameters=values, returns_row=True)
        return await self.performer.perform(SENDER_ID, call)

    async def row(self, sql: str, connection: str = "Data Source=a.db", **parameters: str) -> Any:
        """Run *sql*, expect that it succeeds, and return its row."""
        reply = await self.ask(sql, connection, **parameters)
        assert isinstance(reply, Reply), reply
        return reply.row

    async def fault(self, sql: str, connection: str = "Data Source=a.db", **parameters: str) -> Fault:
        """Run *sql* and expect that it fails."""
        fault = await self.ask(sql, connection, **parameters)
        assert isinstance(fault, Fault), fault
        return fault


@pytest.fixture(autouse=True)
async def threads_end() -> AsyncIterator[None]:
    """No connection may outlive its test; the thread of one that could not be opened ends a moment later."""
    yield
    async with asyncio.timeout(10):
        while connection_threads():  # noqa: ASYNC110  a thread tells nobody that it ended
            await asyncio.sleep(0.01)


def connection_threads() -> list[str]:
    """Return the threads of the connections that are open."""
    return [thread.name for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database whose root is an empty folder."""
    root = tmp_path / "root"
    root.mkdir()
    made = Database(root)
    yield made
    await made.performer.close()


# --- rows and parameters -------------------------------------------------------------------------------------------


async def test_the_first_row_of_the_first_result_set_comes_back(database: Database) -> None:
    assert await database.row("SELECT 1, 'a', NULL, 2.5, x'00ff' UNION ALL SELECT 2, 3, 4, 5, 6; SELECT 9") == (
        1,
        "a",
        None,
        2.5,
        b"\x00\xff",
    )


async def test_no_row_and_no_result_set_are_both_none(database: Database) -> None:
    assert await database.row("CREATE TABLE t (a)") is None
    assert await database.row("SELECT a FROM t; SELECT 1") is None


async def test_execute_gives_no_row_even_when_there_is_one(database: Database) -> None:
    call = DatabaseCall(target=SqliteTarget(file="a.db"), sql="SELECT 1")
    assert await database.performer.perform(SENDER_ID, call) == Reply()


async def test_parameters_are_text_and_match_without_letter_case_or_sign(database: Database) -> None:
    sql = "SELECT @PATIENTID, typeof(:patientId), $Patientid, typeof(@other), @Größe"
    assert await database.row(sql, PatientId="1", other="2", größe="x") == ("1", "text", "1", "text", "x")


async def test_a_parameter_is_data_whatever_it_holds(database: Database) -> None:
    value = "'); DROP TABLE t; -- @other ${x} \0 \r\n"
    await database.row("CREATE TABLE t (a); INSERT INTO t VALUES (@v)", v=value, other="no")
    assert await database.row("SELECT a FROM t") == (value,)


async def test_a_parameter_without_a_value_is_refused_before_anything_runs(database: Database) -> None:
    fault = await database.fault("CREATE TABLE t (a); INSERT INTO t VALUES (@missing)")
    assert (fault.kind, "missing" in fault.message) == (FaultKind.ACTIVITY_FAILED, False)
    assert await database.row("SELECT count(*) FROM sqlite_master") == (0,)


async def test_a_percent_sign_and_a_colon_are_nothing_special(database: Database) -> None:
    assert await database.row("SELECT '100%s %(a)s :b 12:30', 7 % 4") == ("100%s %(a)s :b 12:30", 3)


# --- all or nothing ------------------------------------------------------------------------------------------------


async def test_what_succeeded_is_there_for_other_processes(database: Database) -> None:
    await database.row("CREATE TABLE t (a)")
    await database.row("INSERT INTO t VALUES (1)")
    await database.row("INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)")
    with closing(sqlite3.connect(database.folder / "a.db")) as other:
        assert other.execute("SELECT sum(a) FROM t").fetchone() == (6,)


async def test_a_batch_that_fails_takes_no_effect(database: Database) -> None:
    await database.row("CREATE TABLE t (a UNIQUE)")
    fault = await database.fault("INSERT INTO t VALUES ('hunter2'); INSERT INTO t VALUES ('hunter2')")
    assert fault.kind is FaultKind.ACTIVITY_FAILED
    assert "SQLITE_CONSTRAINT_UNIQUE" in fault.message
    assert "hunter2" not in fault.message
    assert await database.row("SELECT count(*) FROM t") == (0,)


async def test_every_row_of_returning_takes_effect(database: Database) -> None:
    await database.row("CREATE TABLE t (a)")
    assert await database.row("INSERT INTO t VALUES (1), (2), (3) RETURNING a") == (1,)
    assert await database.row("SELECT count(*) FROM t") == (3,)


async def test_a_batch_may_ask_for_the_row_it_inserted(database: Database) -> None:
    sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t (a) VALUES (@a); SELECT last_insert_rowid()"
    assert await database.row(sql, a="x") == (1,)


async def test_a_trigger_is_one_statement(database: Database) -> None:
    await database.row(
        "CREATE TABLE t (a); CREATE TABLE log (a);"
        "CREATE TRIGGER keep AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); SELECT 1; END;"
        "INSERT INTO t VALUES (7)"
    )
    assert await database.row("SELECT a FROM log") == (7,)


@pytest.mark.parametrize(
    "sql",
    ["BEGIN", "INSERT INTO t VALUES (1); COMMIT", "ROLLBACK; SELECT 1", "SAVEPOINT a", "\ufeffBEGIN", "END; BEGIN"],
)
async def test_sql_cannot_begin_or_end_a_transaction(database: Database, sql: str) -> None:
    await database.row("CREATE TABLE t (a)")
    assert (await database.fault(sql)).kind is FaultKind.ACTIVITY_FAILED
    await database.row("INSERT INTO t VALUES (2)")
    with closing(sqlite3.connect(database.folder / "a.db")) as other:
        assert other.execute("SELECT a FROM t").fetchall() == [(2,)]


async def test_foreign_keys_hold_unless_they_are_switched_off(database: Database) -> None:
    await database.row("CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (id REFERENCES p (id))")
    assert "FOREIGNKEY" in (await database.fault("INSERT INTO c VALUES (1)")).message
    await database.row("INSERT INTO c VALUES (1)", "Data Source=a.db;Foreign Keys=False")


async def test_many_at_once_all_take_effect(database: Database) -> None:
    await database.row("CREATE TABLE t (a)")
    sqls = ["INSERT INTO t VALUES (@a)", "INSERT INTO t VALUES (@a); SELECT max(a) FROM t"]
    replies = await asyncio.gather(*(database.ask(sqls[number % 2], a=str(number)) for number in range(100)))
    assert [reply for reply in replies if isinstance(reply, Fault)] == []
    assert await database.row("SELECT count(DISTINCT a) FROM t") == (100,)


# --- where ---------------------------------------------------------------------------------------------------------


async def test_memory_is_a_new_database_for_each_call(database: Database) -> None:
    await database.row("CREATE TABLE t (a)", "Data Source=:memory:")
    assert await database.row("SELECT count(*) FROM sqlite_master", "Data Source=:memory:") == (0,)
    assert list(database.folder.iterdir()) == []


async def test_memory_needs_no_permitted_folder_and_a_file_does() -> None:
    performer = DatabasePerformer(Roots([]))
    memory, file = SqliteTarget(file="", mode=SqliteMode.MEMORY), SqliteTarget(file="a.db")
    assert await performer.perform(SENDER_ID, DatabaseCall(target=memory, sql="SELECT 1")) == Reply()
    fault = await performer.perform(SENDER_ID, DatabaseCall(target=file, sql="SELECT 1"))
    assert isinstance(fault, Fault)
    assert "--files-root" in fault.message


@pytest.mark.parametrize("name", ["a b?c#d%20e.db", "ü.db", "c:\\data.db", "sub\\..\\x.db"])
async def test_a_name_means_the_same_file_as_for_the_file_writer(database: Database, name: str) -> None:
    (database.folder / "c").mkdir()
    await database.row("CREATE TABLE t (a)", f'Data Source="{name}"')
    assert Roots([database.folder]).resolve(name).stat().st_size > 0


async def test_a_file_outside_is_refused_also_through_a_link(database: Database) -> None:
    outside = database.folder.parent / "outside.db"
    with closing(sqlite3.connect(outside)) as other:
        other.execute("CREATE TABLE secret (a)")
    (database.folder / "link.db").symlink_to(outside)
    (database.folder / "linked").symlink_to(outside.parent)
    for name in (outside, "../outside.db", "link.db", "linked/outside.db", "\\\\host\\share\\a.db"):
        fault = await database.fault("SELECT * FROM secret", f"Data Source={name}")
        assert (fault.kind, str(outside) in fault.message) == (FaultKind.ACTIVITY_FAILED, False)


async def test_a_link_that_appears_later_is_refused_too(database: Database) -> None:
    await database.row("CREATE TABLE t (a)")
    outside = database.folder.parent / "outside.db"
    (database.folder / "a.db").rename(outside)
    (database.folder / "a.db").symlink_to(outside)
    assert "outside" in (await database.fault("SELECT a FROM t")).message


async def test_a_file_that_was_replaced_is_read_anew(database: Database) -> None:
    await database.row("CREATE TABLE t (a); INSERT INTO t VALUES ('old')")
    with closing(sqlite3.connect(database.folder / "new.db")) as other, other:
        other.execute("CREATE TABLE t AS SELECT 'new' AS a")
    (database.folder / "new.db").replace(database.folder / "a.db")
    assert await database.row("SELECT a FROM t") == ("new",)


async def test_a_file_that_is_swapped_between_judging_and_opening_is_refused(database: Database) -> None:
    driver = SqliteDriver(Roots([database.folder]), 1000)
    call = DatabaseCall(target=SqliteTarget(file="a.db"), sql="SELECT 1")
    place = driver.place(call)
    outside = database.folder.parent / "outside.db"
    outside.write_bytes(b"")
    (database.folder / "a.db").unlink()
    (database.folder / "a.db").symlink_to(outside)
    engine = driver.open(place)
    with pytest.raises(CallFailed, match="replaced"):
        await driver.run(engine, call)
    await engine.dispose()


async def test_only_the_default_mode_makes_a_file(database: Database) -> None:
    for mode in ("ReadOnly", "ReadWrite"):
        assert (await database.fault("SELECT 1", f"Data Source=a.db;Mode={mode}")).kind is FaultKind.CONNECTIVITY
    assert (await database.fault("SELECT 1", "Data Source=none/a.db")).kind is FaultKind.CONNECTIVITY
    assert list(database.folder.iterdir()) == []
    await database.row("CREATE TABLE t (a)")
    assert "READONLY" in (await database.fault("INSERT INTO t VALUES (1)", "Data Source=a.db;Mode=ReadOnly")).message


async def test_what_is_no_database_file_is_refused(database: Database) -> None:
    (database.folder / "text.db").write_text("no database " * 100)
    os.mkfifo(database.folder / "pipe.db")
    (database.folder / "folder.db").mkdir()
    assert (await database.fault("SELECT * FROM t", "Data Source=text.db")).kind is FaultKind.CONNECTIVITY
    assert "regular file" in (await database.fault("SELECT 1", "Data Source=pipe.db")).message
    assert "regular file" in (await database.fault("SELECT 1", "Data Source=folder.db")).message


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '{other}' AS x",
        "ATTACH ':memory:' AS x",
        "VACUUM INTO '{other}'",
        "SELECT load_extension('{other}')",
        "SELECT fts3_tokenizer('simple')",
        "CREATE VIRTUAL TABLE x USING fts5(a)",
        "SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa!' REGEXP '(a+)+$'",
        "PRAGMA temp_store_directory = '{folder}'",
        "PRAGMA writable_schema = 1",
        "PRAGMA database_list",
        "SELECT * FROM pragma_database_list",
        "PRAGMA journal_mode = OFF",
        "SELECT 1; ATTACH '{other}' AS x",
        "/* x */ attach '{other}' AS x",
    ],
)
async def test_sql_cannot_leave_its_database(database: Database, sql: str) -> None:
    other = database.folder / "other.db"
    for connection in ("Data Source=a.db", "Data Source=:memory:"):
        for _ in range(2):  # the second time on the same connection
            fault = await database.fault(sql.format(other=other, folder=database.folder), connection)
            assert fault.kind is FaultKind.ACTIVITY_FAILED
            assert str(other) not in fault.message
    assert not other.exists()


async def test_sql_may_look_at_its_schema(database: Database) -> None:
    await database.row("CREATE TABLE t (a, b)")
    assert await database.row("SELECT group_concat(name) FROM pragma_table_info('t')") == ("a,b",)
    assert await database.row("PRAGMA user_version") == (0,)


# --- time and size -------------------------------------------------------------------------------------------------


async def test_sql_that_takes_too_long_is_interrupted_while_the_loop_goes_on(database: Database) -> None:
    began, turns = time.perf_counter(), 0
    asking = asyncio.create_task(database.fault(ENDLESS, "Data Source=a.db;Default Timeout=1"))
    while not asking.done():
        await asyncio.sleep(0.01)  # a turn of the loop
        turns += 1
    assert (await asking).kind is FaultKind.ACTIVITY_TIMEOUT
    assert time.perf_counter() - began < 10
    assert turns > 20
    assert await database.row("SELECT 1", "Data Source=a.db;Default Timeout=1") == (1,)


async def test_a_batch_that_is_interrupted_takes_no_effect(database: Database) -> None:
    await database.row("CREATE TABLE t (a)")
    sql = f"INSERT INTO t VALUES (1); {ENDLESS}"
    assert (await database.fault(sql, "Data Source=a.db;Default Timeout=1")).kind is FaultKind.ACTIVITY_TIMEOUT
    assert await database.row("SELECT count(*) FROM t") == (0,)


async def test_a_lock_is_waited_for_and_not_for_ever(database: Database) -> None:
    await database.row("CREATE TABLE t (a)")
    with locked(database.folder / "a.db"):
        fault = await database.fault("INSERT INTO t VALUES (1)", "Data Source=a.db;Default Timeout=1")
        assert (fault.kind, "SQLITE_BUSY" in fault.message) == (FaultKind.ACTIVITY_TIMEOUT, True)
        waiting = asyncio.create_task(database.row("INSERT INTO t VALUES (2)"))
        await asyncio.sleep(0)
    await waiting
    assert await database.row("SELECT a FROM t") == (2,)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock of the database at *path*, as another process would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("COMMIT")


async def test_calls_wait_for_a_connection_and_not_for_ever(database: Database) -> None:
    slow = [database.fault(ENDLESS, "Data Source=a.db;Default Timeout=1") for _ in range(6)]
    assert {fault.kind for fault in await asyncio.gather(*slow)} == {FaultKind.ACTIVITY_TIMEOUT}


async def test_a_value_that_is_too_large_is_refused(tmp_path: Path) -> None:
    small = Database(tmp_path, reply_bytes=1000)
    assert "TOOBIG" in (await small.fault("SELECT zeroblob(2000)")).message
    assert await small.row("SELECT length(zeroblob(500))") == (500,)
    await small.performer.close()


@pytest.mark.parametrize("text", ["half \ud800", "\udcff"])
async def test_text_that_no_database_takes_is_a_fault(database: Database, text: str) -> None:
    assert (await database.fault("SELECT @a", a=text)).kind is FaultKind.ACTIVITY_FAILED
    assert (await database.fault(f"SELECT '{text}'")).kind is FaultKind.ACTIVITY_FAILED
    assert (await database.fault("SELECT 'nul \0 inside'")).kind is FaultKind.ACTIVITY_FAILED


async def test_bytes_that_are_no_text_are_a_fault(database: Database) -> None:
    assert (await database.fault("SELECT CAST(x'ff' AS TEXT)")).kind is FaultKind.ACTIVITY_FAILED


# --- engines -------------------------------------------------------------------------------------------------------


async def test_databases_used_long_ago_are_closed(tmp_path: Path) -> None:
    few = Database(tmp_path, engines=2)
    for number in range(5):
        await few.row("CREATE TABLE t (a)", f"Data Source={number}.db")
    assert open_files(tmp_path) == {"3.db", "4.db"}
    await few.performer.close()
    assert open_files(tmp_path) == set()


async def test_nothing_stays_behind_when_it_closes(tmp_path: Path) -> None:
    database = Database(tmp_path)
    await asyncio.gather(*(database.row("SELECT 1", "Data Source=:memory:") for _ in range(10)))
    await asyncio.gather(*(database.row("SELECT 1") for _ in range(10)))
    await database.performer.close()
    assert connection_threads() == []


def open_files(folder: Path) -> set[str]:
    """Return the names of the files below *folder* that this process holds open."""
    links = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _is_open(number)]
    return {Path(link).name for link in links if link.startswith(f"{folder}/")}


def _is_open(number: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{number}")
