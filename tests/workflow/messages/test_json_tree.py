"""JSON messages: paths, numbers as written, growth, and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import corpus, corpus_text
from httpreceiver_workflow.messages.json_tree import JsonFormat, JsonMessage
from httpreceiver_workflow.messages.message import GROWTH_LIMIT, PATH_LIMIT, MessageFault, PathProblem

FORMAT = JsonFormat()
ORDER = """{"order": {"id": 7, "items": [{"code": "A1", "price": 1.50}, {"code": "B2", "tags": ["x", "y"]}],
 "paid": true, "note": null, "empty": {}, "@kind": "k", "name": "é\\n"}, "big": 12345678901234567890123, "e": 1E400}"""


def get(text: str, path: str) -> str:
    return FORMAT.parse(text).get(FORMAT.compile_path(path))


def after(text: str, path: str, value: str) -> str:
    message = FORMAT.parse(text)
    message.set_value(FORMAT.compile_path(path), value)
    return message.text()


def structured(text: str, path: str, raw: str) -> str:
    message = FORMAT.parse(text)
    message.set_structure(FORMAT.compile_path(path), raw)
    return message.text()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("order/id", "7"),
        ("order/items[2]/code", "B2"),
        ("order/items/code", "A1"),
        ("order/items[1]/price", "1.50"),
        ("order/items[2]/tags[2]", "y"),
        ("order/items[2]/tags", '["x","y"]'),
        ("order/items[1]", '{"code":"A1","price":1.50}'),
        ("order/items[3]/code", ""),
        ("order/paid", "true"),
        ("order/note", ""),
        ("order/empty", "{}"),
        ("order/@kind", "k"),
        ("order/@id", "7"),
        ("order/kind", ""),
        ("order/name", "é\n"),
        ("order[1]/id", "7"),
        ("order[2]/id", ""),
        ("Order/id", ""),
        ("order/id/x", ""),
        ("big", "12345678901234567890123"),
        ("e", "1E400"),
    ],
)
def test_a_path_reads_a_scalar_as_written_and_a_missing_place_reads_empty(path: str, value: str) -> None:
    assert value == get(ORDER, path)


def test_a_leading_index_reaches_into_an_array_at_the_root() -> None:
    text = '[{"a": 1}, {"a": [[2, 3], [4]]}]'
    assert ["1", "4", "1", "3"] == [get(text, path) for path in ("[1]/a", "[2]/a[2][1]", "a", "[2]/a[1][2]")]
    assert "1" == get('{"a": 1}', "[1]/a")


@pytest.mark.parametrize("number", ["0", "-0", "-0.0", "1.10", "1e5", "1E+2", "0.1e-7", "1E400", "9" * 100, "-1"])
def test_numbers_stay_as_written_through_a_write_elsewhere(number: str) -> None:
    text = '{"n":[' + number + ',"-0"],"x":1}'
    assert number == get(text, "n[1]")
    assert '{"n":[' + number + ',"-0"],"x":"v"}' == after(text, "x", "v")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "a[0]",
        "a[x]",
        "a[1",
        "a[]",
        "[1]b",
        "a/[1]",
        "a[1234567]",
        "a/" * PATH_LIMIT,
    ],
)
def test_a_path_of_another_form_is_refused(path: str) -> None:
    with pytest.raises(PathProblem):
        FORMAT.compile_path(path)


def test_the_text_is_the_same_object_until_the_first_write() -> None:
    message = FORMAT.parse(ORDER)
    message.get(FORMAT.compile_path("order/id"))
    assert message.text() is ORDER


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "result/code", '{"result":{"code":"v"}}'),
        ("", "[2]/a", '[null,{"a":"v"}]'),
        ('{"a":1}', "a", '{"a":"v"}'),
        ('{"a":null}', "a/b", '{"a":{"b":"v"}}'),
        ('{"a":""}', "a/b", '{"a":{"b":"v"}}'),
        ('{"a":[1]}', "a[3]", '{"a":[1,null,"v"]}'),
        ('{"a":[]}', "a/b", '{"a":[{"b":"v"}]}'),
        ('{"a":[{"b":1},2]}', "a/b", '{"a":[{"b":"v"},2]}'),
        ('{"a":{"b":1}}', "a[1]/b", '{"a":{"b":"v"}}'),
        ('{"a":[1,2]}', "a", '{"a":"v"}'),
        ('{"a":1}', "@a", '{"a":"v"}'),
        ("{}", "@a", '{"@a":"v"}'),
        ("{}", "a[2][1]", '{"a":[null,["v"]]}'),
        ("[]", "[1]", '["v"]'),
    ],
)
def test_a_value_is_a_string_and_missing_places_grow(text: str, path: str, expected: str) -> None:
    assert expected == after(text, path, "v")


@pytest.mark.parametrize(
    ("text", "path"), [('{"a":1}', "a/b"), ('{"a":{}}', "a[2]"), ('"x"', "a"), ('{"a":true}', "a[2]/b")]
)
def test_a_write_through_a_value_of_another_kind_is_refused(text: str, path: str) -> None:
    with pytest.raises(MessageFault):
        after(text, path, "v")


def test_growth_is_bounded() -> None:
    with pytest.raises(MessageFault, match="at once"):
        after("{}", f"a[{GROWTH_LIMIT * 2}]", "v")


def test_structure_is_parsed_before_it_is_placed() -> None:
    assert '{"a":[1.0,{"b":null}]}' == structured('{"a":1}', "a", ' [1.0, {"b": null}] ')
    with pytest.raises(MessageFault):
        structured('{"a":1}', "a", "{")


def test_text_that_needs_escapes_comes_back() -> None:
    assert '{"a":"\\"\\\\\\n\\u0000é"}' == after("{}", "a", '"\\\n\0é')


@pytest.mark.parametrize("text", ["", " \r\n"])
def test_empty_text_reads_empty_and_is_not_valid(text: str) -> None:
    assert "" == get(text, "a/b")
    assert not FORMAT.parse(text).is_valid()


def test_existence_counts_null_and_empty() -> None:
    message = FORMAT.parse(ORDER)
    paths = ("order/note", "order/empty", "order/items[2]", "order/items[3]", "order/x")
    assert [True, True, True, False, False] == [message.exists(FORMAT.compile_path(path)) for path in paths]


def test_a_clone_is_independent_and_lines_are_refused() -> None:
    message = FORMAT.parse('{"a":1}')
    copy = message.clone()
    copy.set_value(FORMAT.compile_path("a"), "x")
    assert ('{"a":1}', '{"a":"x"}') == (message.text(), copy.text())
    with pytest.raises(MessageFault):
        message.append_line("x")


def test_the_last_of_equal_names_counts() -> None:
    assert "2" == get('{"a":1,"a":2}', "a")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, '"\\ud800"', '"\ud800"', "1" * 5000, "{'a':1}", "NaN", "\ufeff\ufeff{}"]
)
def test_what_is_no_json_is_a_fault(text: str) -> None:
    assert not FORMAT.parse(text).is_valid()
    with pytest.raises(MessageFault):
        get(text, "a")


def test_half_a_surrogate_pair_cannot_be_written() -> None:
    with pytest.raises(MessageFault):
        after("{}", "a", "\ud800")


def test_the_json_test_suite_is_the_judge() -> None:
    folder = corpus("json/JSONTestSuite") / "test_parsing"
    verdicts = {"y": 0, "n": 0}
    for sample in sorted(folder.glob("*.json")):
        valid = FORMAT.parse(corpus_text(sample)).is_valid()
        if sample.name[0] in verdicts:
            verdicts[sample.name[0]] += 1
            assert valid == sample.name.startswith("y"), sample.name
    assert {"y": 95, "n": 188} == verdicts


names = st.text(st.characters(exclude_characters="/[]@", exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda name: not name.startswith("newtonsoft:")
)
steps = st.tuples(names, st.sampled_from(["", "[1]", "[3]"])).map("".join)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(trees, st.lists(steps, min_size=1, max_size=4), values)
def test_what_is_set_is_what_is_got_and_a_reader_of_the_text_agrees(tree: object, parts: list[str], value: str) -> None:
    path = FORMAT.compile_path("/".join(parts))
    message = FORMAT.parse(json.dumps(tree))
    try:
        message.set_value(path, value)
    except MessageFault:
        return
    assert value == message.get(path)
    assert value == JsonMessage(message.text()).get(path)


@given(trees)
def test_a_structure_written_reads_as_the_same_tree(tree: object) -> None:
    assert {"a": tree} == json.loads(structured("{}", "a", json.dumps(tree)))


@given(st.text('{}[]",:-01e. \\utrfalsn', max_size=30), steps, values)
def test_no_text_raises_anything_but_a_fault(text: str, path: str, value: str) -> None:
    compiled = FORMAT.compile_path(path)
    message = FORMAT.parse(text)
    try:
        message.get(compiled)
        message.count(compiled)
        message.set_structure(compiled, value)
        message.set_value(compiled, value)
    except MessageFault:
        pass
    message.text()
