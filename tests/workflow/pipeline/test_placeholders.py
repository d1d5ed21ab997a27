"""The placeholder language."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.contract.enums import Direction
from httpreceiver_workflow.pipeline.formatting.placeholders import (
    MessagePlaceholder,
    Modifier,
    Placeholder,
    parse_modifiers,
    parse_template,
)

GUID = "0a1b2c3d-0000-4000-8000-00000000abcd"


def only(text: str) -> Placeholder:
    """Return the single placeholder that *text* is."""
    (part,) = parse_template(text).parts
    assert isinstance(part, Placeholder)
    return part


def test_text_without_placeholder_is_one_literal() -> None:
    assert parse_template("a } $ {b}").parts == ("a } $ {b}",)
    assert parse_template("").parts == ()


def test_literals_and_placeholders_keep_their_order() -> None:
    parts = parse_template("a${X}b${Y:UpperCase}").parts
    assert [part.name if isinstance(part, Placeholder) else part for part in parts] == ["a", "X", "b", "Y"]


def test_name_keeps_spaces_and_its_key_is_lower_case() -> None:
    placeholder = only("${Patient Name }")
    assert (placeholder.name, placeholder.key) == ("Patient Name ", "patient name ")


def test_data_table_access_is_a_name() -> None:
    assert only("${DATATABLE>Patients.FirstName}").name == "DATATABLE>Patients.FirstName"
    assert only("${DATATABLE?Patients.Field}").name == "DATATABLE?Patients.Field"


@pytest.mark.parametrize(
    ("written", "modifiers", "format_"),
    [
        ("X", (), ""),
        ("X:yyyy-MM-dd", (), "yyyy-MM-dd"),
        ("X:HH:mm:ss", (), "HH:mm:ss"),
        ("X:uppercase:HH:mm", (Modifier("UpperCase"),), "HH:mm"),
        ("X:HH:UpperCase:mm", (Modifier("UpperCase"),), "HH:mm"),
        ("X: Trim ", (Modifier("Trim"),), ""),
        ("X:Truncate(8):Padding(10)", (Modifier("Truncate", "(8)"), Modifier("Padding", "(10)")), ""),
        ("X:Replace( ,_)", (Modifier("Replace", "( ,_)"),), ""),
        ("X:Replace(:,;)", (Modifier("Replace", "(:,;)"),), ""),
        ("X:Remove())", (Modifier("Remove", "())"),), ""),
        ("X:Replace((a),b)", (Modifier("Replace", "((a),b)"),), ""),
        ("X:Replace({,})", (Modifier("Replace", "({,})"),), ""),
        ("X:Truncate(3", (Modifier("Truncate", "(3"),), ""),
        ("X:Truncated(3)", (), "Truncated(3)"),
        ("X:", (), ""),
    ],
)
def test_known_modifiers_are_taken_out_and_the_rest_is_the_format(
    written: str, modifiers: tuple[Modifier, ...], format_: str
) -> None:
    placeholder = only(f"${{{written}}}")
    assert (placeholder.modifiers, placeholder.format) == (modifiers, format_)
    assert parse_modifiers(written.partition(":")[2]) == (modifiers, format_)


def test_whole_message_placeholder_is_recognised_in_any_case() -> None:
    text = f"${{{GUID.upper()} Inbound}}"
    assert parse_template(text).parts == (MessagePlaceholder(GUID, Direction.INBOUND, text),)
    braced = f"${{{{{GUID}}} outbound}}"
    assert parse_template(f"${{{GUID} outbound}}").parts == (
        MessagePlaceholder(GUID, Direction.OUTBOUND, f"${{{GUID} outbound}}"),
    )
    assert parse_template(braced).parts[0] != braced


@pytest.mark.parametrize(
    ("text", "names", "unclosed"),
    [
        ("a ${X", [], (2,)),
        ('{"a": "${X", "b": "${Y}"}', ["Y"], (7,)),
        ("${}${X}", ["X"], (0,)),
        ("${X} ${", ["X"], (5,)),
        ("${X:Truncate(3} )}", ["X"], ()),
    ],
)
def test_unclosed_placeholder_stays_literal_and_is_reported(
    text: str, names: list[str], unclosed: tuple[int, ...]
) -> None:
    template = parse_template(text)
    assert [part.name for part in template.parts if isinstance(part, Placeholder)] == names
    assert template.unclosed == unclosed


def test_unbalanced_parentheses_do_not_swallow_the_next_line() -> None:
    parts = parse_template("${X:Remove(a}\n)}").parts
    assert parts[1] == "\n)}"


@given(st.text(alphabet="${}:()aX ,\n") | st.text())
def test_parts_joined_are_the_text(text: str) -> None:
    parts = parse_template(text).parts
    assert "".join(part if isinstance(part, str) else part.written for part in parts) == text
    assert all(parts)
    assert not any(isinstance(a, str) and isinstance(b, str) for a, b in pairwise(parts))
