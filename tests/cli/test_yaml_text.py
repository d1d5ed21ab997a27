"""YAML that means the same to kubectl and to us."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_cli.manifests import workflow_value
from httpreceiver_cli.yaml_text import YamlError, dump_documents, load_documents

TRICKY = [
    "y",
    "No",
    "on",
    "~",
    "null",
    "1e5",
    "0x1F",
    "017",
    "1_000",
    "12:30",
    "2024-01-05",
    ".5",
    "-",
    "",
    " x",
    "a: b",
]
TEXT = st.one_of(st.text(), st.sampled_from(TRICKY), st.text(alphabet="{}\"':#-\n\r\t \\|>aé\u0085\u2028\ufeff"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_every_json_value_comes_back_exactly(value: object) -> None:
    """Whatever a workflow holds survives the way through YAML."""
    assert load_documents(dump_documents([{"value": value}])) == [{"value": value}]


@given(JSON_VALUES)
def test_plain_yaml_readers_agree(value: object) -> None:
    """A reader with other rules for plain scalars reads the same, since doubtful text is quoted."""
    assert yaml.safe_load(dump_documents([{"value": value}])) == {"value": value}


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_numbers_of_a_workflow_keep_their_value(number: float) -> None:
    """A number is written as it stood in the file, or in a form with the same value."""
    text = json.dumps({"n": number})
    assert load_documents(dump_documents([workflow_value(text)])) == [{"n": number}]


@pytest.mark.parametrize("text", ["1.50", "0.10", "-2.0"])
def test_a_number_is_written_as_it_stood(text: str) -> None:
    """``1.50`` does not become ``1.5``."""
    assert dump_documents([workflow_value(f'{{"a": {text}}}')]) == f"a: {text}\n"


def test_text_of_several_lines_stays_readable() -> None:
    """A JSON template is a literal block."""
    assert dump_documents([{"t": '{\n  "ok": true\n}'}]) == 't: |-\n  {\n    "ok": true\n  }\n'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("Off", False),
        ("1e5", 100000.0),
        ("017", 15),
        ("0o17", 15),
        ("0x1F", 31),
        ("12:30", "12:30"),
        ("2024-01-05", "2024-01-05"),
        ("~", None),
        ("", None),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars_read_as_kubectl_reads_them(text: str, value: object) -> None:
    """Not as PyYAML does: ``12:30`` is no number, ``y`` is a boolean."""
    assert load_documents(f"v: {text}") == [{"v": value}]


@pytest.mark.parametrize(
    "text", ["a: [1", "a: b: c", "\ta: 1", "a: .inf", "a: !!python/object:os.system x", "a: &x [*y]"]
)
def test_what_is_not_yaml_is_one_line(text: str) -> None:
    """The message says where."""
    with pytest.raises(YamlError) as raised:
        load_documents(text)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("line ")
