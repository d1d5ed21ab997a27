"""Connection strings: how ADO.NET reads them, and what SQLite's mean."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.contract.connection_strings import (
    ConnectionStringRefused,
    SqliteMode,
    SqliteTarget,
    parse_connection_string,
    sqlite_target,
)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        (" ; ;", {}),
        ("Data Source=a.db", {"data source": "a.db"}),
        (" DATA SOURCE = a b.db ; Mode=ReadOnly;", {"data source": "a b.db", "mode": "ReadOnly"}),
        ('A="x;y""z"', {"a": 'x;y"z'}),
        ("A='x;y''z';B=", {"a": "x;y'z", "b": ""}),
        ("A==B=c=d", {"a=b": "c=d"}),
        ("A=it's", {"a": "it's"}),
    ],
)
def test_pairs_are_read_with_their_quotes(text: str, pairs: dict[str, str]) -> None:
    assert parse_connection_string(text) == pairs


@pytest.mark.parametrize("text", ["a", "=x", 'A="x" y', 'A="x', "A=1;a=2", "A=1;b"])
def test_what_is_malformed_or_given_twice_is_refused(text: str) -> None:
    with pytest.raises(ConnectionStringRefused):
        parse_connection_string(text)


@given(st.dictionaries(st.from_regex("[a-z][a-z ]{0,8}[a-z]", fullmatch=True), st.text()))
def test_a_quoted_value_is_read_back(pairs: dict[str, str]) -> None:
    text = ";".join('{}="{}"'.format(key, value.replace('"', '""')) for key, value in pairs.items())
    assert parse_connection_string(text) == pairs


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConnectionStringRefused):
        sqlite_target(text)


def test_the_defaults_are_those_of_the_products_library() -> None:
    assert sqlite_target("Filename=a.db") == SqliteTarget(
        file="a.db", mode=SqliteMode.READ_WRITE_CREATE, foreign_keys=True, recursive_triggers=False, timeout_s=30
    )


def test_every_keyword_that_is_applied() -> None:
    text = "DataSource=a.db;Mode=readonly;Foreign Keys=no;Recursive Triggers=True;Command Timeout=5"
    assert sqlite_target(f"{text};Cache=Shared;Pooling=False") == SqliteTarget(
        file="a.db", mode=SqliteMode.READ_ONLY, foreign_keys=False, recursive_triggers=True, timeout_s=5
    )


@pytest.mark.parametrize("text", ["Data Source=:memory:", "Data Source=name;Mode=Memory", "Mode=Memory"])
def test_memory_is_said_in_two_ways(text: str) -> None:
    assert sqlite_target(text) == SqliteTarget(file="", mode=SqliteMode.MEMORY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config=Main", "config="),
        ("Data Source=a;Password=hunter2", "Password"),
        ("Data Source=a;Vfs=unix-none", "Vfs"),
        ("Data Source=a;Version=3", "keyword"),
        ("Data Source=a;Filename=b", "twice"),
        ("Data Source=", "path of a file"),
        ("Data Source=file:a.db?vfs=x", "path of a file"),
        ("Data Source=|DataDirectory|a.db", "path of a file"),
        ("Data Source=a;Mode=Hunter2", "Mode"),
        ("Data Source=a;Cache=hunter2", "Cache"),
        ("Data Source=a;Foreign Keys=hunter2", "Foreign Keys"),
        ("Data Source=a;Default Timeout=0", "Default Timeout"),
        ("Data Source=a;Default Timeout=9999999", "Default Timeout"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name_without_its_value(text: str, said: str) -> None:
    with pytest.raises(ConnectionStringRefused, match=said) as refused:
        sqlite_target(text)
    assert "hunter2" not in str(refused.value).lower()
