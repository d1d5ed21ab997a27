"""
.NET number formats.

The expected texts are what Microsoft's documentation of standard and custom numeric format strings prints for the
invariant or en-US culture, with the invariant currency sign and percent pattern.
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.pipeline.formatting.dotnet_numbers import (
    compile_number_format,
    is_number_format,
    parse_number,
)

STANDARD = [
    ("C", "123.456", "¤123.46"),
    ("C", "-123.456", "(¤123.46)"),
    ("C3", "-123.456", "(¤123.456)"),
    ("D5", "1234", "01234"),
    ("D6", "-1234", "-001234"),
    ("D5", "12.5", "12.5"),
    ("E", "1052.0329112756", "1.052033E+003"),
    ("e2", "-1052.0329112756", "-1.05e+003"),
    ("E0", "0", "0E+000"),
    ("F1", "1234.567", "1234.6"),
    ("F0", "0.5", "1"),
    ("F0", "-0.4", "0"),
    ("F4", "-1234.56", "-1234.5600"),
    ("G2", "1234", "1.2E+03"),
    ("g3", "0.00001234", "1.23e-05"),
    ("G4", "0.00012", "0.00012"),
    ("G5", "123.4", "123.4"),
    ("G0", "1.20", "1.20"),
    ("G3", "0", "0"),
    ("N", "1234.567", "1,234.57"),
    ("N1", "-1234", "-1,234.0"),
    ("N3", "-1234.56", "-1,234.560"),
    ("P", "1", "100.00 %"),
    ("P1", "-0.39678", "-39.7 %"),
    ("R2", "1.50", "1.50"),
    ("X", "255", "FF"),
    ("x4", "255", "00ff"),
    ("X", "-1", "-1"),
    ("X", "1.5", "1.5"),
]

CUSTOM = [
    ("00000", "1234.5678", "01235"),
    ("0.00", "0.45678", "0.46"),
    ("0.00", "-0.001", "0.00"),
    ("#####", "1234.5678", "1235"),
    ("#.##", "0.45678", ".46"),
    ("#.##", "-0.45678", "-.46"),
    ("#", "0", ""),
    ("##,#", "1234567890", "1,234,567,890"),
    ("#,#,,", "2147483647", "2,147"),
    ("#,##0,,", "1234567890", "1,235"),
    ("0,000", "7", "0,007"),
    ("%#0.00", "0.3697", "%36.97"),
    ("##.0 %", "0.3697", "37.0 %"),
    ("#0.00‰", "0.03697", "36.97‰"),
    ("#0.0e0", "987654", "98.8e4"),
    ("0.0##e+00", "1503.92311", "1.504e+03"),
    ("0.0e+00", "1.8901385e-16", "1.9e-16"),
    ("0.###E+0", "86000", "8.6E+4"),
    ("0.###E-000", "86000", "8.6E004"),
    ("##;(##)", "-1234", "(1234)"),
    ("##;(##);**Zero**", "0", "**Zero**"),
    ("##;(##);none", "-0.2", "none"),
    ("##;;zero", "-5", "-5"),
    ("0;0", "-0.4", "0"),
    ("\\###00\\#", "987654", "#987654#"),
    ("# 'degrees'", "68", "68 degrees"),
    ("0.0 kg", "7", "7.0 kg"),
    ("(###) ###-####", "1234567890", "(123) 456-7890"),
    ("#.0.0", "1.25", "1.25"),
    ("[##-##-##]", "123456", "[12-34-56]"),
    ("0.00", "2.345", "2.35"),
    ("0.00", "-2.345", "-2.35"),
    ("00.00", "99.999", "100.00"),
]


@pytest.mark.parametrize(("format_", "text", "expected"), STANDARD + CUSTOM)
def test_number_is_shown_as_documented(format_: str, text: str, expected: str) -> None:
    assert is_number_format(format_)
    assert compile_number_format(format_)(text) == expected


@pytest.mark.parametrize("format_", ["0.00", "#", "N2", "D5", "C", "P", "X", "E", "%", "#,##0.0;(0)", "0.0 'd'"])
def test_format_of_number_symbols_is_for_numbers(format_: str) -> None:
    assert is_number_format(format_)


@pytest.mark.parametrize(
    "format_", ["d", "D", "F", "G", "R", "yyyy-MM-dd", "HH:mm", "yyyyMMdd00", "'0'", "MMM", "dd.MM"]
)
def test_format_with_date_letters_first_is_for_dates(format_: str) -> None:
    assert not is_number_format(format_)


@pytest.mark.parametrize(
    "text", ["", "abc", "1,5", "1 000", "--1", "1e99", "NaN", "Infinity", "0x1F", "9" * 101, "١٢", "1_0"]
)
def test_what_is_no_decimal_stays_unchanged(text: str) -> None:
    assert parse_number(text) is None
    assert compile_number_format("0.00")(text) == text


@pytest.mark.parametrize(("text", "number"), [(" 1,234.50 ", "1234.50"), (".5", "0.5"), ("5.", "5"), ("+1e3", "1E+3")])
def test_written_forms_of_a_number(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)


def test_tiny_number_is_zero_as_in_a_dotnet_decimal() -> None:
    assert parse_number("1e-400") == 0


def test_precision_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="N100 asks for more than 99 digits"):
        compile_number_format("N100")


@given(st.decimals(-(10**12), 10**12, places=6, allow_nan=False))
def test_two_places_equal_decimal_rounding(number: Decimal) -> None:
    expected = number.quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert compile_number_format("0.00")(format(number, "f")) == format(expected if expected else abs(expected), "f")


@given(
    st.sampled_from([format_ for format_, _, _ in STANDARD + CUSTOM])
    | st.text(alphabet="0#.,;%E+-'\\\" ").map(lambda f: "0" + f),
    st.text()
    | st.decimals(allow_nan=False).map(str)
    | st.from_regex(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?(e-?[0-9]{1,3})?"),
)
def test_no_text_makes_a_format_raise(format_: str, text: str) -> None:
    assert isinstance(compile_number_format(format_)(text), str)
