"""Changes of letter case as .NET makes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_workflow.pipeline.formatting.casing import mc_name_case, ordinal_lower, ordinal_upper, title_case


def test_one_character_stays_one_character() -> None:
    assert ordinal_upper("straße ﬁn ı") == "STRAßE ﬁN ı"
    assert ordinal_lower("ΣΑΣ İ") == "σασ İ"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("war and peace", "War And Peace"),
        ("wAr aNd pEaCe", "War And Peace"),
        ("a tale of two cities", "A Tale Of Two Cities"),
        ("USA today", "USA Today"),
        ("anne-marie o'neill", "Anne-Marie O'neill"),
        ("O'CONNOR", "O'connor"),
        ("mary_ann 1st a2b", "Mary_Ann 1St A2b"),
        ("élan", "Élan"),
        ("", ""),
    ],
)
def test_title_case_follows_dotnet(text: str, expected: str) -> None:
    assert title_case(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o'connor", "O'Connor"),
        ("john doe", "John Doe"),
        ("mcdonald", "McDonald"),
        ("McDonald", "McDonald"),
        ("LeBlanc smith-jones", "LeBlanc Smith-Jones"),
        ("tomcat", "Tomcat"),
        ("it’s", "It’S"),
    ],
)
def test_mc_name_case(text: str, expected: str) -> None:
    assert mc_name_case(text) == expected


@pytest.mark.parametrize("change", [ordinal_upper, ordinal_lower, title_case, mc_name_case])
@given(text=st.text())
def test_every_change_keeps_the_length_and_is_stable(change: object, text: str) -> None:
    assert callable(change)
    once = change(text)
    assert len(once) == len(text)
    if change in (ordinal_upper, ordinal_lower):
        assert change(once) == once
