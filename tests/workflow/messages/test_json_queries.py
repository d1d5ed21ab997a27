"""JSONPath after newtonsoft: — what it selects, where it writes, how loops move it, and what is refused."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.messages.json_queries import JsonQuery, compile_query
from httpreceiver_workflow.messages.json_selection import VISIT_LIMIT
from httpreceiver_workflow.messages.json_tree import JsonFormat
from httpreceiver_workflow.messages.message import (
    GROWTH_LIMIT,
    PATH_LIMIT,
    MessageFault,
    PathProblem,
)

FORMAT = JsonFormat()
ORDER = """{"id": 7, "items": [
  {"code": "A1", "price": 1.50, "tags": ["x"], "kind": "lab"},
  {"code": "B2", "price": 20, "tags": ["y", "z"], "kind": "rad", "late": null},
  {"code": "C3", "price": 3e0, "kind": "lab"}],
 "first-name": "Ann", "@type": "order", "$ref": "r", "dc:title": "t", "a b": 1, "é": 2,
 "big": 12345678901234567890123}"""


def path(text: str) -> Any:
    return FORMAT.compile_path(f"newtonsoft:{text}")


def get(text: str, query: str) -> str:
    return FORMAT.parse(text).get(path(query))


def after(text: str, query: str, value: str = "v") -> str:
    message = FORMAT.parse(text)
    message.set_value(path(query), value)
    return message.text()


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("$.id", "7"),
        ("id", "7"),
        (" id ", "7"),
        ("items[0].code", "A1"),
        ("$['items'][1]['code']", "B2"),
        ('$["items"][1]["code"]', "B2"),
        ("$.items[ 2 ].price", "3e0"),
        ("items[0].price", "1.50"),
        ("big", "12345678901234567890123"),
        ("items[1].tags", '["y","z"]'),
        ("items[1].late", ""),
        ("items[3].code", ""),
        ("items.code", ""),
        ("id[0]", ""),
        ("id.x", ""),
        ("Id", ""),
        ("first-name", "Ann"),
        ("$.@type", "order"),
        ("$ref", "r"),
        ("$.$ref", "r"),
        ("dc:title", "t"),
        ("['a b']", "1"),
        ("é", "2"),
        ("items[-1:].code", "C3"),
        ("items[1:2].code", "B2"),
        ("@type[0:1]", ""),
        ("$..late", ""),
        ("$..tags[1]", "z"),
        ("items[?(@.code == 'B2')].price", "20"),
        ("items[?(@.price > 10)].code", "B2"),
        ("items[?(@.price == 1.5)].code", "A1"),
        ("items[?(@.price == 3)].code", "C3"),
        ("items[?(@.price < 3.5 && @.price >= 3)].code", "C3"),
        ("items[?(@.late)].code", "B2"),
        ("items[?(@.tags[1] == 'z')].code", "B2"),
        ("items[?(@.code == $.items[0].code)].price", "1.50"),
        ("items[?(@.kind == 'lab' && !@.tags)].code", "C3"),
        ("items[?(@.code == 'none')].code", ""),
    ],
)
def test_the_one_value_a_path_selects_reads_as_written(query: str, value: str) -> None:
    assert value == get(ORDER, query)


def test_the_root_is_the_whole_message_and_may_be_an_array() -> None:
    assert ['{"a":1}', "2", "2"] == [get('{"a": 1}', "$"), get("[1,2]", "$[1]"), get("[1,2]", "[1]")]


@pytest.mark.parametrize("query", ["items[*].code", "$..code", "items[0,1].code", "items[?(@.kind == 'lab')]", "$.*"])
def test_several_values_are_a_fault_where_one_is_asked_for(query: str) -> None:
    """Newtonsoft's SelectToken throws, and taking the first would be a guess."""
    with pytest.raises(MessageFault, match="several"):
        get(ORDER, query)
    with pytest.raises(MessageFault, match="several"):
        after(ORDER, query)
    assert FORMAT.parse(ORDER).exists(path(query))


@pytest.mark.parametrize(
    ("query", "expected"),
    [("items[1].late", True), ("items[3]", False), ("$..late", True), ("$..missing", False), ("$..code", True)],
)
def test_existence_counts_null_and_any_of_several(query: str, expected: bool) -> None:
    assert expected is FORMAT.parse(ORDER).exists(path(query))


@pytest.mark.parametrize(
    "query",
    [
        *("", "$.", "$[", "$.a[", "a[-1]", "$..[-1]", "a[?(@.b[-1])]", "a b", "a|b", "a&b", "^", "~a", "a[?]", "a(0)"),
        *(
            "length(a)",
            "a[?length(@.b) > 1]",
            "a[?match(@.b, 'x')]",
            "a[?(@.b =~ /x/)]",
            "a[?(@.b === 1)]",
            "a..",
        ),
        *(
            "a[?(@..b)]",
            "a[?(@.b[0:1])]",
            "a[?($..b)]",
            "a[?($.c[*])]",
            "a[?(@.b[?(@..c)])]",
            "a[99999999999999999999]",
            "a[?(@.b == 1e999)]",
            "a[?(@.b == -1e999)]",
            f"a[?(@.b == {'9' * 400})]",
            "a." * PATH_LIMIT,
        ),
        *("(" * 400, "a" + "[?(@.b)]" * 300, "a" * (PATH_LIMIT + 1)),
    ],
)
def test_what_newtonsoft_lacks_or_what_costs_without_bound_is_refused(query: str) -> None:
    with pytest.raises(PathProblem):
        compile_query(f"newtonsoft:{query}")


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ('{"a":1}', "a", '{"a":"v"}'),
        ('{"a":1}', "$", '"v"'),
        ("", "$", '"v"'),
        ("", "a.b", '{"a":{"b":"v"}}'),
        ("", "[1].a", '[null,{"a":"v"}]'),
        ('{"a":null}', "a.b", '{"a":{"b":"v"}}'),
        ('{"a":[1.0]}', "a[2]", '{"a":[1.0,null,"v"]}'),
        ('{"a":[{"b":1.50},{"b":2}]}', "a[?(@.b == 2)].b", '{"a":[{"b":1.50},{"b":"v"}]}'),
        ('{"a":{"b":{"c":1}}}', "$..c", '{"a":{"b":{"c":"v"}}}'),
        ('{"a":[1,2]}', "a[-1:]", '{"a":[1,"v"]}'),
        ('{"x":1,"@x":2}', "@x", '{"x":1,"@x":"v"}'),
        ('{"x":1}', "@x", '{"x":1,"@x":"v"}'),
        ("{}", "['']", '{"":"v"}'),
    ],
)
def test_a_write_goes_to_the_one_place_and_names_and_indexes_grow(text: str, query: str, expected: str) -> None:
    assert expected == after(text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ('{"a":[]}', "a[?(@.b)].c"),
        ("{}", "$..a"),
        ('{"a":1}', "a.b"),
        ('{"a":[{}]}', "a.b"),
        ('{"a":{}}', "a[0]"),
        ("{}", f"a[{GROWTH_LIMIT * 2}]"),
    ],
)
def test_a_write_that_has_no_place_is_a_fault(text: str, query: str) -> None:
    with pytest.raises(MessageFault):
        after(text, query)


def test_a_structure_is_placed_as_json_and_plain_paths_see_it() -> None:
    message = FORMAT.parse('{"a":[{"b":1}]}')
    message.set_structure(path("a[0].b"), '{"c": 1.0}')
    assert "1.0" == message.get(FORMAT.compile_path("a[1]/b/c")) == message.get(path("$..c"))
    message.set_value(FORMAT.compile_path("a[1]/b/c"), "x")
    assert "x" == message.get(path("$..c"))
    assert '{"a":[{"b":{"c":"x"}}]}' == message.text()


# --- loops -----------------------------------------------------------------------------------------------------------


def looped(text: str, loop: str, inner: str) -> list[str]:
    """Return what *inner* reads in each pass of a loop over *loop*."""
    message, prefix = FORMAT.parse(text), path(loop)
    passes = range(1, message.count(prefix) + 1)
    return [message.get(FORMAT.indexed_path(path(inner), prefix, index)) for index in passes]


@pytest.mark.parametrize(
    ("loop", "inner", "expected"),
    [
        ("items", "items[0].code", ["A1", "B2", "C3"]),
        ("$.items", "items.code", ["A1", "B2", "C3"]),
        ("items[0]", "items[0].code", ["A1", "B2", "C3"]),
        ("items[*]", "items[*].code", ["A1", "B2", "C3"]),
        ("items[*]", "items[0].code", ["A1", "B2", "C3"]),
        ("items[?(@.kind == 'lab')]", "items[?(@.kind == 'lab')].code", ["A1", "C3"]),
        ("$..tags", "$..tags[0]", ["x", "y"]),
        ("items", "items[1].code", ["B2", "B2", "B2"]),
        ("items", "id", ["7", "7", "7"]),
        ("items[*]", "items[2].code", ["C3", "C3", "C3"]),
        ("id", "id", ["7"]),
        ("id", "id[0]", ["7"]),
        ("missing", "missing.a", []),
        ("items[1].late", "id", []),
    ],
)
def test_a_loop_moves_what_begins_with_its_path(loop: str, inner: str, expected: list[str]) -> None:
    assert expected == looped(ORDER, loop, inner)


@pytest.mark.parametrize(
    ("outer", "inner", "leaf"),
    [
        ("a", "a[0].b", "a[0].b[0].c"),
        ("a[*]", "a[*].b[*]", "a[*].b[*].c"),
        ("a[*]", "a[0].b", "a[0].b[0].c"),
        ("a[?(@.b)]", "a[?(@.b)].b", "a[?(@.b)].b[0].c"),
    ],
)
def test_loops_nest(outer: str, inner: str, leaf: str) -> None:
    message = FORMAT.parse('{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]}]}')
    read = []
    for i in range(1, message.count(path(outer)) + 1):
        prefix = FORMAT.indexed_path(path(inner), path(outer), i)
        for j in range(1, message.count(prefix) + 1):
            moved = FORMAT.indexed_path(path(leaf), path(outer), i)
            read.append(message.get(FORMAT.indexed_path(moved, prefix, j)))
    assert ["1", "2", "3"] == read


def test_a_loop_moves_only_paths_of_its_own_language() -> None:
    plain = FORMAT.compile_path("items[1]/code")
    assert plain is FORMAT.indexed_path(plain, path("items"), 2)
    query = path("items[0].code")
    assert query is FORMAT.indexed_path(query, FORMAT.compile_path("items"), 2)


def test_a_filter_compares_integers_to_the_last_digit() -> None:
    text = '{"a":[{"id":9007199254740992,"n":"even"},{"id":9007199254740993,"n":"odd"}]}'
    assert ["even", "odd"] == [get(text, f"$.a[?(@.id == {number})].n") for number in (2**53, 2**53 + 1)]
    assert "odd" == get(text, "$.a[?(@.id > 9.007199254740992e15)].n")


# --- cost ------------------------------------------------------------------------------------------------------------


def test_a_loop_over_what_a_filter_selects_looks_once() -> None:
    """Once per pass would be quadratic: minutes for a message of a megabyte."""
    text = json.dumps({"a": [{"k": "x", "n": n} for n in range(20_000)]})
    start = time.process_time()
    assert [str(n) for n in range(20_000)] == looped(text, "a[?(@.k == 'x')]", "a[?(@.k == 'x')].n")
    assert time.process_time() - start < 10


def test_how_much_a_path_looks_at_is_bounded() -> None:
    text = '{"a":' * 200 + "[" + ",".join(["1"] * 10_000) + "]" + "}" * 200
    start = time.process_time()
    with pytest.raises(MessageFault, match=f"{VISIT_LIMIT} values"):
        get(text, "$..*..*..missing")
    assert time.process_time() - start < 10


# --- properties ------------------------------------------------------------------------------------------------------

names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="'\\"), max_size=5)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
steps = st.one_of(names.map(lambda name: f"['{name}']"), st.integers(0, 3).map(lambda index: f"[{index}]"))


@given(st.lists(steps, max_size=4), values)
def test_what_is_set_is_what_is_got_and_newly_read_text_agrees(parts: list[str], value: str) -> None:
    query = path("$" + "".join(parts))
    message = FORMAT.parse("")
    message.set_value(query, value)
    assert value == message.get(query) == FORMAT.parse(message.text()).get(query)


@given(st.text("$.[]()?@*'\"=<>!&|-:,0123 abé", max_size=30))
def test_no_text_raises_anything_but_a_problem_or_a_fault(text: str) -> None:
    try:
        query = compile_query(f"newtonsoft:{text}")
        assert isinstance(query, JsonQuery)
        message = FORMAT.parse(ORDER)
        message.exists(query)
        message.count(query)
        message.set_value(query, message.get(query))
        FORMAT.indexed_path(query, query, 1)
    except (PathProblem, MessageFault):
        pass
