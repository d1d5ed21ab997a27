"""What a host offers: how tables are read, how sources are laid over each other, and that nothing shows a value."""

import hashlib
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.endpoint import ServedReceiver, decode_receiver, encode_receiver
from httpreceiver_workflow.resources import (
    DataTable,
    GlobalVariable,
    LookupTable,
    Resources,
    TableFault,
    global_value,
    merged,
    read_table,
    resources_of,
)

SECRET = "s3cr3t"
FULL = resources_of(
    {"ApiKey": SECRET},
    [LookupTable("Gender", (("M", SECRET),), SECRET), DataTable("People", ("Id", "Name"), (("1", SECRET),))],
)


def test_the_header_key_value_makes_a_lookup_table() -> None:
    """In any case; the key * is the default."""
    table = read_table("Gender", 'Key, Value\r\nM,Male\r\n\r\nF,"Fe""male, or\nso"\n*,Unknown\n')
    assert LookupTable("Gender", (("M", "Male"), ("F", 'Fe"male, or\nso')), "Unknown") == table


def test_any_other_header_makes_a_data_table() -> None:
    """Values keep their spaces."""
    assert DataTable("People", ("Id", "Name"), (("1", " Sam "), ("2", ""))) == read_table(
        "People", "Id, Name\n1, Sam \n2,\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no header"),
        ("a,,b\n", "its header has an empty field, or one twice"),
        ("Id,ID\n", "its header has an empty field, or one twice"),
        (f"a,b\n1,2\n{SECRET}\n", "line 3 has 1 values, the header 2"),
        (f"a,b\n1,2,{SECRET}\n", "line 2 has 3 values, the header 2"),
        (f"key,value\n{SECRET},1\n{SECRET},2\n", "line 3 has a key that occurred before"),
        (f'a,b\n1,"{SECRET}\n', "line 2: unexpected end of data"),
    ],
)
def test_what_is_no_table_is_told_by_line_and_never_quoted(text: str, message: str) -> None:
    with pytest.raises(TableFault) as raised:
        read_table("T", text)
    assert message == str(raised.value)
    assert SECRET not in str(raised.value)


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_a_fault(text: str) -> None:
    """Nothing else is ever raised."""
    with suppress(TableFault):
        assert read_table("T", text).name == "T"


def test_one_last_line_end_is_left_out_of_a_global_variable() -> None:
    """Editors and echo add it."""
    assert ["v", "v", "v\n", "", "v "] == [global_value(text) for text in ("v", "v\r\n", "v\n\n", "\n", "v ")]


def test_of_one_name_the_last_source_counts() -> None:
    """Names ignore case between sources; within one source both stay, so that a workflow can be refused."""
    below = resources_of({"A": "1", "b": "1", "B": "2"}, [LookupTable("t", ()), DataTable("T", ("f",), ())])
    above = resources_of({"a": "3"}, [LookupTable("T", (("k", "v"),))])
    whole = merged([below, Resources(), above])
    assert [("a", "3"), ("B", "2"), ("b", "1")] == [(one.name, one.value) for one in whole.global_variables]
    assert (LookupTable("T", (("k", "v"),)),) == whole.lookup_tables
    assert (DataTable("T", ("f",), ()),) == whole.data_tables


def test_nothing_shows_a_value() -> None:
    """Not the value itself, nor what carries it; nor what a plan prints."""
    served = ServedReceiver(name="n/a", generation=1, workflow="{}", resources=FULL)
    assert SECRET not in f"{FULL!r} {FULL} {FULL.global_variables!r} {FULL.lookup_tables} {FULL.data_tables} {served!r}"
    assert b"s3cr3t" not in msgspec.json.encode(FULL.without_values())
    assert (GlobalVariable("ApiKey", ""),) == FULL.without_values().global_variables


def test_what_is_read_travels_and_is_part_of_the_revision() -> None:
    """A receiver that reads nothing keeps the revision it had before there were resources."""
    bare = ServedReceiver(name="n/a", generation=1, workflow="{}")
    served = ServedReceiver(name="n/a", generation=1, workflow="{}", resources=FULL)
    assert served == decode_receiver(encode_receiver(served))
    assert hashlib.sha256(b'["{}",false]').hexdigest()[:16] == bare.revision != served.revision
    other = resources_of({"ApiKey": "another"})
    assert served.revision != msgspec.structs.replace(served, resources=other).revision
