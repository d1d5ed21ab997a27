"""SQL from outside: statements and parameters, judged by SQLite itself where it can say."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.contract.sql_text import ends_transaction, key_of, parameters, statements, writes

TRIGGER = "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("", []),
        (" ; -- nothing\n ; /* none */", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1;", " SELECT 2;"]),
        ("SELECT ';', \";\", `;`, [;] -- ;\n, 2 /* ; */; SELECT 3", None),
        (TRIGGER + "SELECT 1", [TRIGGER, "SELECT 1"]),
        ("SELECT 'it''s;'", ["SELECT 'it''s;'"]),
    ],
)
def test_statements_end_at_their_semicolons_only(sql: str, expected: list[str] | None) -> None:
    found = list(statements(sql))
    assert found == expected if expected is not None else len(found) == 2


@given(st.text(alphabet="'\"`[]-/*;\n ab@:$?1\x00é"))
def test_nothing_of_any_text_is_lost_or_invented(sql: str) -> None:
    found = list(statements(sql))
    position = 0
    for statement in found:
        position = sql.index(statement, position) + len(statement)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT @a, :B, $c, @a", ("@a", ":B", "$c")),
        ("SELECT '@a', \"@b\", `@c`, [@d] -- @e\n/* @f */", ()),
        ("SELECT a@z, x1:y", ("@z", ":y")),
        ("SELECT ?, ?2", ("?", "?2")),
        ("SELECT @Größe", ("@Größe",)),
        ("SELECT 1e5, 0x1F, a$b, '12:30'", ()),
    ],
)
def test_parameters_are_those_that_sqlite_asks_for(sql: str, expected: tuple[str, ...]) -> None:
    assert parameters(sql) == expected


@pytest.mark.parametrize("sql", ["SELECT @a, :b, $c", "SELECT '@a', :b /* $c */", "SELECT @é + :_1$ -- @z"])
def test_sqlite_agrees_about_parameters(sql: str) -> None:
    values = {name[1:]: "1" for name in parameters(sql)}
    sqlite3.connect(":memory:").execute(sql, values)
    for name in values:
        with pytest.raises(sqlite3.ProgrammingError):
            sqlite3.connect(":memory:").execute(sql, {key: "1" for key in values if key != name})


def test_signs_and_letter_case_do_not_tell_parameters_apart() -> None:
    assert key_of("@PatientId") == key_of(":patientid") == key_of("$PATIENTID") == key_of("patientId")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("BEGIN", True),
        (" /* x */ -- y\n commit;", True),
        ("End", True),
        ("ROLLBACK TO a", True),
        ("SAVEPOINT a", True),
        ("SELECT 'BEGIN'", False),
        ("", False),
    ],
)
def test_what_begins_or_ends_a_transaction_is_known_by_its_first_word(sql: str, expected: bool) -> None:
    assert ends_transaction(sql) is expected


def test_what_may_write_is_known_by_its_words() -> None:
    assert writes("WITH x AS (SELECT 1) insert INTO t SELECT * FROM x")
    assert writes("REPLACE INTO t VALUES (1)")
    assert not writes("SELECT 'INSERT', \"update\" -- DELETE")
