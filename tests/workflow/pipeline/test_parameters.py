"""Variables from query parameters and URL sections."""

from typing import Any

import pytest

from engine import answer, receiver

SITE = {"VariableName": "siteId", "SampleVariableValue": "main", "SampleValueIsDefaultValue": True}
KIND = {"VariableName": "kind", "SampleVariableValue": "x", "SampleValueIsDefaultValue": False}
QUERY = receiver(
    ExtractParameters=True,
    QueryStringParameters={"siteId": SITE, "kind": KIND},
    ResponseMessageTemplate="${siteId}|${kind}|${other}",
)
SECTIONS = receiver(
    ExtractUrlSections=True,
    UrlSections=[
        {"VariableName": "patientId"},
        {"VariableName": "resourceType"},
        {"VariableName": "resourceId", "SampleVariableValue": "none", "SampleValueIsDefaultValue": True},
    ],
    ResponseMessageTemplate="${patientId},${resourceType},${resourceId}",
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "main||"),
        ("other=1", "main||"),
        ("siteId=&kind=a%20b", "main|a b|"),
        ("siteId=N+1", "N 1||"),
        ("SITEID=n", "n||"),
        ("siteId=a&siteId=b", "a,b||"),
        ("site%49d=n", "n||"),
        ("siteId", "main||"),
        ("&&=&kind=1=2", "main|1=2|"),
        ("kind=%", "main|%|"),
        ("kind=%FF", "main|\ufffd|"),
    ],
)
def test_declared_parameters_become_variables(query: str, expected: str) -> None:
    assert expected == answer((QUERY,), query=query)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", ",,none"),
        ("7", "7,,none"),
        ("12%2034/visit/ABC/extra", "12 34,visit,ABC"),
        ("a+b/c%2Fd", "a+b,c/d,none"),
        ("7//9", "7,,9"),
        ("7/visit/", "7,visit,none"),
    ],
)
def test_url_sections_become_variables_by_position(rest: str, expected: str) -> None:
    assert expected == answer((SECTIONS,), rest=rest)


@pytest.mark.parametrize("switch", ["ExtractParameters", "ExtractUrlSections"])
def test_nothing_is_extracted_when_the_switch_is_off(switch: str) -> None:
    base: dict[str, Any] = (QUERY if switch == "ExtractParameters" else SECTIONS) | {switch: False}
    assert "7" not in answer((base,), query="siteId=7", rest="7")
