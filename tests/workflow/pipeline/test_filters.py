"""Filters: every comparer of StringMessageFilter, groups, repetitions, operands."""

from typing import Any

import pytest

from engine import ADT, RECEIVER, filter_host, guid, prepare, receiver, request, run, string_filter, typed
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.pipeline.effects import OutcomeKind
from httpreceiver_workflow.problem_codes import ProblemCode


def passes(filters: list[dict[str, Any]], body: str = "text", message_type: int = 13, **fields: Any) -> bool:
    """Whether *filters* let *body* through."""
    prepared = prepare(receiver(MessageType=message_type, Filters=guid("c1"), **fields), filter_host("c1", *filters))
    return run(prepared, request(body)).outcome.kind is OutcomeKind.COMPLETED


@pytest.mark.parametrize(
    ("comparer", "left", "right", "expected"),
    [
        ("Equals", "A01", "a01", True),
        ("Equals", "A01", "a02", False),
        ("Equals", "", "", True),
        ("Equals", " a", "a", False),
        ("Contains", "Sam Brown", "m b", True),
        ("Contains", "x", "", True),
        ("StartsWith", "Sam", "SA", True),
        ("StartsWith", "Sam", "am", False),
        ("EndsWith", "Sam", "AM", True),
        ("LengthGreaterThan", "abc", "2", True),
        ("LengthGreaterThan", "abc", "3", False),
        ("LengthGreaterThan", "abc", "two", False),
        ("LengthLessThan", "abc", "4", True),
        ("LengthLessThan", "abc", "", False),
        ("Empty", "", "", True),
        ("Empty", " ", "", False),
        ("IsTitleCase", "Sam Brown", "", True),
        ("IsTitleCase", "sam brown", "", False),
        ("IsTitleCase", "", "", False),
        ("IsUpperCase", "ABC1", "", True),
        ("IsUpperCase", "Abc", "", False),
        ("IsLowerCase", "abc1", "", True),
        ("IsLowerCase", "Abc", "", False),
        ("InList", "b", "a, B ,c", True),
        ("InList", "b", "a\r\nb", True),
        ("InList", "ab", "a,b", False),
        ("Equals", "straße", "STRASSE", False),
    ],
)
def test_each_comparer_relates_plain_text(comparer: str, left: str, right: str, expected: bool) -> None:
    assert expected is passes([string_filter("", right, Comparer=comparer)], left)


def test_case_matters_only_when_asked_for() -> None:
    assert passes([string_filter("", "TEXT")])
    assert not passes([string_filter("", "TEXT", CaseSensitive=True)])


def test_not_inverts_one_filter() -> None:
    assert not passes([string_filter("", "text", Not=True)])


def test_an_empty_list_lets_everything_through() -> None:
    assert passes([])


def always(verdict: bool, conjunction: int = 0) -> dict[str, Any]:
    """Return a filter with a fixed verdict."""
    return typed(
        "StringMessageFilter", Path="1", Value="1" if verdict else "0", FromDirection=2, Conjunction=conjunction
    )


GROUP_AND = typed("FilterGroup", Conjunction=0)
GROUP_OR = typed("FilterGroup", Conjunction=1)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        # (true or false) and false: no precedence of And over Or
        ([always(True, 1), always(False, 0), always(False)], False),
        ([always(False, 0), always(False, 1), always(True)], True),
        # true or (false and false): groups are brackets
        ([always(True), GROUP_OR, always(False, 0), always(False)], True),
        ([always(True, 1), always(False), GROUP_AND, always(False)], False),
        ([always(False), GROUP_OR, always(True), GROUP_AND, always(False)], False),
    ],
)
def test_filters_fold_from_left_to_right_and_groups_are_brackets(filters: list[dict[str, Any]], expected: bool) -> None:
    assert expected is passes(filters)


@pytest.mark.parametrize("separators", [[], [GROUP_OR]], ids=["one group", "groups"])
def test_a_list_of_thousands_of_filters_can_be_asked(separators: list[dict[str, Any]]) -> None:
    many = [always(False, 1), *separators] * 2000
    assert passes([*many, always(True)])
    assert not passes([*many, always(False)])


@pytest.mark.parametrize(
    "filters", [[GROUP_OR, always(True)], [always(True), GROUP_OR], [always(True), GROUP_OR, GROUP_OR]]
)
def test_a_misplaced_group_is_dropped_with_a_warning(filters: list[dict[str, Any]]) -> None:
    prepared = prepare_workflow([receiver(Filters=guid("c1")), filter_host("c1", *filters)])
    assert prepared.pipeline is not None
    assert ProblemCode.FILTER_GROUP_MISPLACED in {problem.code for problem in prepared.problems}
    assert passes(filters)


@pytest.mark.parametrize(("path", "expected"), [("PID-3", True), ("PID-19", False), ("OBX", True), ("ZZZ", False)])
def test_in_message_asks_whether_the_place_is_there(path: str, expected: bool) -> None:
    assert expected is passes([string_filter(path, "", Comparer="InMessage")], ADT, 1)


@pytest.mark.parametrize(
    ("name", "expected"), [("site", True), ("${site}", True), ("other", False), ("HttpMethod", True)]
)
def test_in_message_of_a_variable_asks_whether_it_is_set(name: str, expected: bool) -> None:
    item = typed("StringMessageFilter", Path=name, Comparer="InMessage", FromDirection=2)
    descriptor = {"VariableName": "site", "SampleVariableValue": "main", "SampleValueIsDefaultValue": True}
    assert expected is passes([item], ExtractParameters=True, QueryStringParameters={"site": descriptor})


def test_any_repetition_of_an_hl7_field_may_pass() -> None:
    assert not passes([string_filter("PID-3.1", "67890")], ADT, 1)
    assert passes([string_filter("PID-3.1", "67890", IncludesRepeatFields=True)], ADT, 1)


def test_the_right_operand_expands_placeholders() -> None:
    assert passes([string_filter("", "${HttpMethod}")], "POST")


def test_a_to_path_wins_over_the_value() -> None:
    item = string_filter("PID-8", "F", ToPath="PID-8", ToSetting=RECEIVER, ToDirection=0)
    assert passes([item], ADT, 1)


def test_a_path_made_of_placeholders_is_read_at_run_time() -> None:
    descriptor = {"VariableName": "field", "SampleVariableValue": "PID-8", "SampleValueIsDefaultValue": True}
    fields = {"ExtractParameters": True, "QueryStringParameters": {"field": descriptor}}
    assert passes([string_filter("${field}", "M")], ADT, 1, **fields)
