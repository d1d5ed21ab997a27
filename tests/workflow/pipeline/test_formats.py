"""What modifiers and formatting fields do to a value."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.contract.enums import TextFormat, Truncation
from httpreceiver_workflow.contract.setting_parts import NO_FORMATTING, Formatting
from httpreceiver_workflow.pipeline.formatting.formats import (
    Lookups,
    ModifierProblem,
    compile_formatting,
    compile_modifiers,
)
from httpreceiver_workflow.pipeline.formatting.placeholders import MODIFIER_NAMES, Placeholder, parse_template

GENDERS: Lookups = {"GenderMap": lambda text: {"M": "Male"}.get(text, text)}.get


def placeholder(modifiers: str) -> Placeholder:
    """Return ``${X:<modifiers>}``."""
    (part,) = parse_template(f"${{X:{modifiers}}}").parts
    assert isinstance(part, Placeholder)
    return part


def modified(modifiers: str, value: str) -> str:
    """Return *value* read through ``${X:<modifiers>}``."""
    change = compile_modifiers(placeholder(modifiers), GENDERS)
    assert change is not None
    return change(value)


@pytest.mark.parametrize(
    ("modifiers", "value", "expected"),
    [
        ("UpperCase:Truncate(3)", "Sam Brown", "SAM"),
        ("Replace( ,_):LowerCase", "Sam Brown", "sam_brown"),
        ("yyyy-MM-dd", "19780203", "1978-02-03"),
        ("Base64Encode", "Sam Brown", "U2FtIEJyb3du"),
        ("0.00", "7", "7.00"),
        ("HH:mm:ss", "20240105103059", "10:30:59"),
        ("Truncate(3)", "ab", "ab"),
        ("Truncate(0)", "ab", ""),
        ("trim()", "  a ", "a"),
        ("Remove(-)", "1-2-3", "123"),
        ("Remove(,)", "1,2", "12"),
        ("Replace(a,)", "banana", "bnn"),
        ("Replace(a,b,c)", "a", "b,c"),
        ("Replace(a,b):Replace(b,c)", "a", "c"),
        ("Lookup(GenderMap)", "M", "Male"),
        ("Lookup(GenderMap)", "X", "X"),
        ("Padding(5)", "ab", "ab   "),
        ("Padding(-5)", "ab", "   ab"),
        ("Padding(1)", "ab", "ab"),
        ("JSONEncode", 'a"b', 'a\\"b'),
        ("TitleCase", "USA today", "USA Today"),
        ("McNameCase", "o'connor", "O'Connor"),
        ("unknown word", "abc", "abc"),
    ],
)
def test_modifier_changes_the_value(modifiers: str, value: str, expected: str) -> None:
    assert modified(modifiers, value) == expected


def test_steps_follow_the_documented_order_whatever_the_written_one() -> None:
    """Format, case, cut, remove, replace, lookup, pad, encode."""
    written = "Base64Encode:Padding(8):Replace(O,M):Remove(M):Truncate(6):UpperCase:dddd, dd MMMM"
    assert modified(written, "20090615") == modified("Base64Encode", "MNDAY   ")
    backwards = ":".join(reversed(written.split(":")))
    assert modified(backwards, "20090615") == modified(written, "20090615")


def test_nothing_to_do_compiles_to_none() -> None:
    assert compile_modifiers(placeholder("")) is None
    assert compile_formatting(NO_FORMATTING) is None


@pytest.mark.parametrize(
    ("modifiers", "message"),
    [
        ("Truncate", "Truncate needs an argument in parentheses."),
        ("Truncate(x)", "Truncate(x) needs a whole number."),
        ("Truncate(-1)", "A value cannot be truncated to -1 characters."),
        ("Truncate(3", "The parentheses of Truncate(3 do not balance."),
        ("Padding(1000000)", "Padding to 1000000 characters is more than 100000."),
        ("Padding(1.5)", "Padding(1.5) needs a whole number."),
        ("Remove()", "Remove() has an empty argument."),
        ("Replace(a)", "Replace(a) needs two arguments, as in Replace(a,b)."),
        ("Replace(,a)", "Replace(,a) has an empty argument."),
        ("Lookup(Other)", "The lookup table Other does not exist."),
        ("UpperCase(3)", "UpperCase(3) takes no arguments."),
        ("N500", "The format N500 cannot be used: N500 asks for more than 99 digits."),
        ("q", "The format q cannot be used: q is no standard date or number format."),
        ("yyyy 'open", "The format yyyy 'open cannot be used: ' has no end."),
    ],
)
def test_unusable_modifier_is_a_problem_at_compile_time(modifiers: str, message: str) -> None:
    with pytest.raises(ModifierProblem) as raised:
        compile_modifiers(placeholder(modifiers), GENDERS)
    assert str(raised.value) == message


def test_formatting_fields_follow_the_same_order() -> None:
    formatting = Formatting(
        format="dddd",
        text_format=TextFormat.UPPER_CASE,
        truncation=Truncation.TRUNCATE,
        truncation_length=4,
        remove="N",
        replace="D",
        replace_with="&",
        padding_length=-5,
        encoding="xmlencode",
    )
    change = compile_formatting(formatting)
    assert change is not None
    assert change("20090615") == "  MO&amp;"


@pytest.mark.parametrize(
    ("formatting", "value", "expected"),
    [
        (Formatting(truncation=Truncation.TRIM), " a ", "a"),
        (Formatting(truncation=Truncation.TRUNCATE), "a" * 60, "a" * 50),
        (Formatting(text_format=TextFormat.MC_NAME_CASE), "mcdonald", "McDonald"),
        (Formatting(lookup="GenderMap"), "M", "Male"),
        (Formatting(replace="a"), "banana", "bnn"),
    ],
)
def test_single_formatting_field(formatting: Formatting, value: str, expected: str) -> None:
    change = compile_formatting(formatting, GENDERS)
    assert change is not None
    assert change(value) == expected


@pytest.mark.parametrize(
    "formatting",
    [
        Formatting(format="q"),
        Formatting(truncation=Truncation.TRUNCATE, truncation_length=-1),
        Formatting(lookup="Nowhere"),
        Formatting(padding_length=10**9),
        Formatting(encoding="Rot13"),
    ],
)
def test_unusable_formatting_is_a_problem_at_compile_time(formatting: Formatting) -> None:
    with pytest.raises(ModifierProblem):
        compile_formatting(formatting)


PARTS = st.sampled_from(
    [*(name for name in MODIFIER_NAMES if name not in {"Truncate", "Remove", "Replace", "Lookup", "Padding"}),
     "Truncate(5)", "Remove(a)", "Replace(b,c)", "Padding(-7)", "Lookup(GenderMap)", "0.00", "yyyy-MM-dd"]
)  # fmt: skip


@given(st.lists(PARTS, min_size=1).map(":".join), st.text())
def test_no_value_makes_a_compiled_modifier_raise(modifiers: str, value: str) -> None:
    try:
        change = compile_modifiers(placeholder(modifiers), GENDERS)
    except ModifierProblem:
        return
    assert change is not None
    assert isinstance(change(value), str)


DOCUMENTED_ROW = re.compile(r"\| `\$\{X:(.+)\}` \| `(.+)` \| `(.+)` \|")
DOCUMENTED = DOCUMENTED_ROW.findall((Path(__file__).parents[3] / "docs" / "placeholders.md").read_text())


@pytest.mark.parametrize(("modifiers", "value", "result"), DOCUMENTED)
def test_documented_row_is_true(modifiers: str, value: str, result: str) -> None:
    assert modified(modifiers, value) == result


def test_documentation_shows_every_modifier() -> None:
    shown = {modifiers.partition("(")[0] for modifiers, _, _ in DOCUMENTED}
    assert shown >= set(MODIFIER_NAMES) - {"Lookup", "HL7QuotesDecode"}
