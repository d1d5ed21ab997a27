"""DateMessageFilter and ValidMessageFilter: every comparer, alone and among string filters."""

from typing import Any

import pytest

from engine import ADT, RECEIVER, filter_host, guid, prepare, receiver, request, run, string_filter, typed
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.pipeline.effects import OutcomeKind
from httpreceiver_workflow.problem_codes import ProblemCode

GROUP_OR = typed("FilterGroup", Conjunction=1)


def passes(filters: list[dict[str, Any]], body: str = "text", message_type: int = 13, **fields: Any) -> bool:
    """Whether *filters* let *body* through."""
    prepared = prepare(receiver(MessageType=message_type, Filters=guid("c1"), **fields), filter_host("c1", *filters))
    return run(prepared, request(body)).outcome.kind is OutcomeKind.COMPLETED


def date_filter(path: str, value: str, **fields: Any) -> dict[str, Any]:
    """Return a DateMessageFilter on *path* of the request."""
    return typed(
        "DateMessageFilter", **{"Path": path, "Value": value, "FromSetting": RECEIVER, "FromDirection": 0, **fields}
    )


def valid_filter(**fields: Any) -> dict[str, Any]:
    """Return a ValidMessageFilter on the request."""
    return typed("ValidMessageFilter", **{"FromSetting": RECEIVER, "FromDirection": 0, **fields})


@pytest.mark.parametrize(
    ("comparer", "left", "right", "expected"),
    [
        ("Equals", "20240105", "2024-01-05", True),
        ("Equals", "20240105103000", "2024-01-05 10:30", True),
        ("Equals", "20240105103000", "20240105", False),
        ("Equals", "2024-01-05T10:30:00Z", "2024-01-05T10:30:00+13:00", True),
        ("Equals", "20240105103000.5", "20240105103000", False),
        ("Equals", "soon", "20240105", False),
        ("Equals", "", "20240105", False),
        ("GreaterThan", "20240106", "1/5/2024", True),
        ("GreaterThan", "20240105", "20240105", False),
        ("GreaterThan", "20240105103000.5", "20240105103000.4999", True),
        ("LessThan", "20240104", "20240105", True),
        ("LessThan", "soon", "20240105", False),
        ("GreaterThanOrEqualTo", "20240105", "20240105", True),
        ("GreaterThanOrEqualTo", "20240104", "20240105", False),
        ("LessThanOrEqualTo", "20240105", "20240105", True),
        ("LessThanOrEqualTo", "20240106", "20240105", False),
        ("Empty", "", "", True),
        ("Empty", " ", "", False),
        ("InvalidDate", "20240230", "", True),
        ("InvalidDate", "20240229", "", False),
        ("InvalidDate", "", "", False),
        ("InMessage", "soon", "", True),
        ("InMessage", "", "", False),
    ],
)
def test_each_comparer_relates_dates(comparer: str, left: str, right: str, expected: bool) -> None:
    assert expected is passes([date_filter("", right, Comparer=comparer)], left)


def test_not_inverts_and_a_comparison_with_what_is_no_date_is_false() -> None:
    assert passes([date_filter("", "20240105", Comparer="LessThan", Not=True)], "soon")
    assert not passes([date_filter("", "20240105", Comparer="LessThan", Not=True)], "20240104")


def test_in_message_asks_whether_the_field_is_there() -> None:
    assert passes([date_filter("PID-7", "", Comparer="InMessage")], ADT, 1)
    assert not passes([date_filter("PID-29", "", Comparer="InMessage")], ADT, 1)


def test_the_right_operand_may_be_a_variable_or_another_field() -> None:
    assert passes([date_filter("PID-7", "${ReceivedDate}", Comparer="LessThan")], ADT, 1)
    later = date_filter("MSH-7", "", Comparer="GreaterThan", ToPath="PID-7", ToSetting=RECEIVER, ToDirection=0)
    assert passes([later], ADT, 1)


def test_a_date_that_cannot_be_read_is_warned_about() -> None:
    settings = [receiver(Filters=guid("c1")), filter_host("c1", date_filter("", "5th of May", Comparer="LessThan"))]
    prepared = prepare_workflow(settings)
    assert prepared.pipeline is not None
    (problem,) = prepared.problems
    assert ("$[1].Filters[0]", ProblemCode.DATE_UNREADABLE) == (problem.where, problem.code)


@pytest.mark.parametrize("comparer", ["Empty", "InMessage", "InvalidDate"])
def test_a_comparer_of_one_date_needs_no_value(comparer: str) -> None:
    settings = [receiver(Filters=guid("c1")), filter_host("c1", date_filter("", "", Comparer=comparer))]
    assert () == prepare_workflow(settings).problems


@pytest.mark.parametrize(
    ("message_type", "body", "expected"),
    [
        (1, ADT, True),
        (1, "PID|1", False),
        (1, "MSH|^~", True),
        (1, "", False),
        (4, "<a><b/></a>", True),
        (4, "<a><b></a>", False),
        (11, '{"a":1}', True),
        (11, "{a:1}", False),
        (5, '"a', True),
        (13, "", True),
        (14, "x", True),
    ],
)
def test_a_message_is_valid_when_its_text_is_well_formed(message_type: int, body: str, expected: bool) -> None:
    assert expected is passes([valid_filter()], body, message_type)
    assert expected is not passes([valid_filter(Comparer="Invalid")], body, message_type)
    assert expected is not passes([valid_filter(Not=True)], body, message_type)


def test_a_message_that_never_came_to_be_is_not_valid() -> None:
    assert not passes([valid_filter(FromDirection=1)])
    assert passes([valid_filter(FromDirection=1, Comparer=1)])


def test_literal_text_is_neither_valid_nor_invalid() -> None:
    settings = [receiver(Filters=guid("c1")), filter_host("c1", valid_filter(FromDirection=2))]
    (problem,) = prepare_workflow(settings).problems
    assert ("$[1].Filters[0].FromDirection", ProblemCode.FIELD_NOT_SUPPORTED) == (problem.where, problem.code)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ADT, True),
        (ADT.replace("19780203", "20200203"), False),
        (ADT.replace("19780203", "20200203").replace("|M\r", "|F\r"), True),
        (ADT.replace("MSH|", "MSX|"), False),
    ],
)
def test_classes_mix_in_groups(body: str, expected: bool) -> None:
    """Valid and born before 2000, or a woman."""
    filters = [valid_filter(), date_filter("PID-7", "2000-01-01", Comparer="LessThan"), GROUP_OR]
    assert expected is passes([*filters, string_filter("PID-8", "F")], body, 1)
