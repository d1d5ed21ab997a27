"""The vendor's public value transformers: the examples of their page and of their tests."""

import doctest
import time
from collections.abc import Callable
from types import ModuleType

import pytest

from httpreceiver_workflow.pipeline.formatting import hl7_names, hl7_values
from httpreceiver_workflow.pipeline.formatting.hl7_names import clinician_name, is_name_order, person_name
from httpreceiver_workflow.pipeline.formatting.hl7_values import (
    address,
    digits,
    letters_and_digits,
    letters_digits_and_spaces,
    phone,
)


@pytest.mark.parametrize(
    ("text", "expected"), [("(021) 555-0100", "0215550100"), ("abc 123", "123"), ("", ""), ("½²", "")]
)
def test_digits_only(text: str, expected: str) -> None:
    assert expected == digits(text)


@pytest.mark.parametrize(("text", "expected"), [("z aa-0067", "ZAA0067"), ("abc-123!", "ABC123"), ("né 1", "NÉ1")])
def test_letters_and_digits_only(text: str, expected: str) -> None:
    assert expected == letters_and_digits(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("abc, 123   def!", "ABC 123 DEF"), ("  a\tb-- c  ", "A B C"), ("a - b", "A B")]
)
def test_letters_digits_and_spaces_only(text: str, expected: str) -> None:
    assert expected == letters_digits_and_spaces(text)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("Example Patient", "", "Patient^Example"),
        ("Patient, Example", "", "Patient^Example"),
        ("Dr Example Doctor", "", "Doctor^Example^^^Dr"),
        ("Dr. Example Doctor", "", "Doctor^Example^^^Dr"),
        ("Example Middle Patient", "", "Patient^Example^Middle"),
        ("Patient, Example Middle", "", "Patient^Example^Middle"),
        ("Donald X Duck", "", "Duck^Donald^X"),
        ("Professor Example Doctor", "", "Doctor^Example^^^Prof"),
        ("CORLEY BRIAN THOMAS", "LFM", "CORLEY^BRIAN^THOMAS"),
        ("CORLEY, BRIAN THOMAS", "L,F M", "CORLEY^BRIAN^THOMAS"),
        ("BRIAN THOMAS CORLEY", "L,F M / F M L", "CORLEY^BRIAN^THOMAS"),
        ("BRIAN THOMAS CORLEY", "FML", "CORLEY^BRIAN^THOMAS"),
        ("Dr BRIAN THOMAS CORLEY", "TFML", "CORLEY^BRIAN^THOMAS^^Dr"),
        ("BRIAN THOMAS CORLEY", "First Last", "CORLEY^BRIAN THOMAS"),
        ("CORLEY BRIAN THOMAS", "Surname-Given", "CORLEY^BRIAN THOMAS"),
        ("Christina (Chrissy) Smith", "", "Smith^Christina (Chrissy)"),
        ("Cher", "", "Cher"),
        ("Dr", "", "Dr"),
        ("", "", ""),
        ("  \t ", "LFM", ""),
        ("Family^Given|Name^Middle\\Name", "", "Family^Given\\F\\Name^Middle\\E\\Name"),
        ("A&B C~D", "", "C\\R\\D^A\\T\\B"),
    ],
)
def test_a_person_name(text: str, order: str, expected: str) -> None:
    assert expected == person_name(text, order)


@pytest.mark.parametrize(
    ("text", "order", "identifier", "expected"),
    [
        ("CORLEY BRIAN THOMAS", "", "", "^THOMAS^CORLEY^BRIAN"),
        ("CORLEY BRIAN THOMAS", "LFM", "", "^CORLEY^BRIAN^THOMAS"),
        ("Dr CORLEY BRIAN THOMAS", "LFM", "", "^CORLEY^BRIAN^THOMAS^^Dr"),
        ("CORLEY BRIAN THOMAS", "LFM", "12345", "12345^CORLEY^BRIAN^THOMAS"),
        ("12345 CORLEY BRIAN THOMAS", "", "", "12345^THOMAS^CORLEY^BRIAN"),
        ("A1234 CORLEY BRIAN THOMAS", "I L F M", "", "A1234^CORLEY^BRIAN^THOMAS"),
        ("Anna Maria Luisa Rossi A12", "FML ID", "", "A12^Rossi^Anna^Maria Luisa"),
        ("Christina Smith (A1234)", "", "", "A1234^Smith^Christina"),
        ("Christina Smith (A1234)", "FL I", "", "A1234^Smith^Christina"),
        ("Christina Smith (A1234)", "", "B9", "B9^Smith^Christina"),
        ("12345 Christina (Chrissy) Smith", "", "", "12345^Smith^Christina (Chrissy)"),
        ("12345", "", "", "^12345"),
        ("", "", "A|1", "A\\F\\1"),
        ("1^Smith^Ann", "", "2", "2^Smith^Ann"),
    ],
)
def test_a_clinician_name(text: str, order: str, identifier: str, expected: str) -> None:
    assert expected == clinician_name(text, order, identifier)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("LFM", True), ("L,F M / FML", True), ("First Middle Last", True), ("ID LF", True), ("MFL", False), ("", False)],
)
def test_a_name_order_must_be_one_that_names_are_read_by(text: str, expected: bool) -> None:
    assert expected is is_name_order(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 Example Street\nWollongong NSW 2500", "1 Example Street^^Wollongong^NSW^2500"),
        ("1 Example Street\r\nWollongong nsw 2500\r\n", "1 Example Street^^Wollongong^NSW^2500"),
        ("Flat 2\n1 Example Street\nAuckland 1010", "1 Example Street^Flat 2^Auckland^^1010"),
        ("Flat 2, 1 Example Street, Auckland, 1010", "1 Example Street^Flat 2^Auckland^^1010"),
        ("1 Example Street, Sydney NSW, 2000", "1 Example Street^^Sydney^NSW^2000"),
        ("1 WALSH STREET\nHAMILTON 3200", "1 WALSH STREET^^HAMILTON^^3200"),
        ("1 Example & Test Street\nWollongong NSW 2500", "1 Example \\T\\ Test Street^^Wollongong^NSW^2500"),
        ("1 Example Street\nSomewhere", "1 Example Street^^Somewhere"),
        ("1 Example Street\n2500", "1 Example Street^^2500"),
        ("1 Example Street", "1 Example Street"),
        (" \n ", ""),
    ],
)
def test_an_address(text: str, expected: str) -> None:
    assert expected == address(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+64 (0)21 555 0100", "+64215550100"),
        ("0061 (0)2 5555 0100", "+61255550100"),
        ("+64+21 555 0100", "+64215550100"),
        ("09 555 0100 ext 123", "095550100^^^^^^^123"),
        ("09 555 0100 EXTN. 123 ", "095550100^^^^^^^123"),
        ("09 555 0100 x5", "095550100^^^^^^^5"),
        ("09 555 0100 #123", "095550100^^^^^^^123"),
        ("09 555 0100 ext 123456789", "095550100123456789"),
        ("phone", ""),
        ("00", "00"),
    ],
)
def test_a_phone_number(text: str, expected: str) -> None:
    assert expected == phone(text)


@pytest.mark.parametrize("module", [hl7_names, hl7_values], ids=["names", "values"])
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("convert", [phone, address, person_name, clinician_name, letters_digits_and_spaces])
@pytest.mark.parametrize("piece", [" ", "1", "( ", "#", " x", "a 1", ",", "\n", "^"])
def test_hostile_text_takes_linear_time(convert: Callable[[str], str], piece: str) -> None:
    began = time.process_time()
    convert(piece * 100_000)
    assert time.process_time() - began < 2.0
