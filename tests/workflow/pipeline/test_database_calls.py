"""The database activity in the pure engine: what is called, what is said before, what a row becomes."""

from typing import Any

import pytest

from engine import RECEIVER, create_variable, filter_host, guid, mapping, receiver, request, run, transformers, typed
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.contract.connection_strings import SqliteMode, SqliteTarget
from httpreceiver_workflow.pipeline.activities.database_calls import csv_row, value_text
from httpreceiver_workflow.pipeline.effects import DatabaseCall, FaultKind, Reply, SqlValue
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import has_errors

BEFORE = "$[1].MessageTemplate"


def database(**fields: Any) -> dict[str, Any]:
    defaults = {"DataProvider": 7, "ConnectionString": "Data Source=a.db", "MessageTemplate": "SELECT 1"}
    return typed("DatabaseSenderSetting", **{"Id": guid("b1"), **defaults, **fields})


def workflow(*others: dict[str, Any], receives: dict[str, Any] | None = None, **fields: Any) -> list[dict[str, Any]]:
    return [receiver(Activities=[guid("b1")], **(receives or {})), database(**fields), *others]


def call(*others: dict[str, Any], body: str = "", **fields: Any) -> DatabaseCall:
    prepared = prepare_workflow(workflow(*others, **fields))
    assert not has_errors(prepared.problems), prepared.problems
    (send,) = run(prepared, request(body)).sends
    assert isinstance(send.call, DatabaseCall)
    return send.call


def problems(*others: dict[str, Any], **fields: Any) -> list[tuple[str, ProblemCode]]:
    return [(one.where, one.code) for one in prepare_workflow(workflow(*others, **fields)).problems]


# --- the call ------------------------------------------------------------------------------------------------------


def test_a_parameter_is_formatted_text_from_wherever_it_comes() -> None:
    source = {"FromSetting": RECEIVER, "FromDirection": 0, "FromType": 9}
    hl7 = "MSH|^~\\&|LAB\rPID|1||12345"
    made = call(
        body=hl7,
        receives={"MessageType": 1},
        MessageTemplate="SELECT @a, @b, @c",
        Parameters=[
            {"Name": "@a", "Value": "PID-3.1", **source, "PaddingLength": 7},
            {"Name": "@b", "Value": "x${HttpMethod}", "TextFormat": "LowerCase"},
            {"Name": "@c", "Value": "PID-3.1", "FromSetting": guid("0"), "FromType": 8, "FromDirection": 2},
        ],
    )
    assert made.parameters == (("@a", "12345  "), ("@b", "xpost"), ("@c", "PID-3.1"))
    assert made.sql == "SELECT @a, @b, @c"


def test_execute_asks_for_no_row_and_a_query_for_one() -> None:
    assert not call().returns_row
    assert not call(ResponseNotAvailable=True).returns_row
    assert call(ResponseNotAvailable=False).returns_row


def test_placeholders_in_the_connection_string_are_expanded_before_it_is_read() -> None:
    made = call(ConnectionString="Data Source=${HttpMethod}.db;Mode=ReadWrite")
    assert made.target == SqliteTarget(file="POST.db", mode=SqliteMode.READ_WRITE)


def test_a_connection_string_that_a_request_breaks_ends_the_run_without_quoting_it() -> None:
    body = {"ConnectionString": "Data Source=${00000000-0000-0000-0000-0000000000a1 inbound}"}
    ran = run(prepare_workflow(workflow(**body)), request("a;Password=hunter2"))
    assert ran.sends == []
    assert ran.outcome.fault is not None
    assert ran.outcome.fault.kind is FaultKind.ACTIVITY_FAILED
    assert "hunter2" not in ran.outcome.fault.message


def test_the_list_of_the_activity_may_set_what_parameters_read() -> None:
    actions = transformers("d1", create_variable("Late", "set", direction=2))
    made = call(actions, Transformers=guid("d1"), MessageTemplate="SELECT @a", Parameters=[_late()])
    assert made.parameters == (("@a", "set"),)


def _late() -> dict[str, Any]:
    return {"Name": "@a", "Value": "${Late}"}


# --- the reply -----------------------------------------------------------------------------------------------------


def answered(reply: Reply, **fields: Any) -> tuple[int, str]:
    receives = {"ReturnResponseFromActivity": True, "ReturnResponseFromActivityId": guid("b1")}
    ran = run(prepare_workflow(workflow(receives=receives, **fields)), request(), lambda _: reply)
    return ran.response.status, ran.text


def test_the_row_is_the_response_and_no_row_is_an_empty_one() -> None:
    assert answered(Reply(row=("a", 1)), ResponseNotAvailable=False) == (200, '"a","1"')
    assert answered(Reply(), ResponseNotAvailable=False) == (200, "")


def test_execute_has_no_response() -> None:
    assert answered(Reply(row=("a",)))[0] == 500


def test_the_response_is_csv_of_its_own_type() -> None:
    names = transformers(
        "d1", typed("CreateVariableTransformerAction", VariableName="x", FromPath="[1]", FromSetting=guid("b1"))
    )
    receives = {"Transformers": guid("d1"), "ResponseMessageTemplate": "got ${x}"}
    prepared = prepare_workflow(workflow(names, receives=receives, ResponseNotAvailable=False))
    assert run(prepared, request(), lambda _: Reply(row=("a", 'b"c'))).text == 'got b"c'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("a", "a"),
        (b"\x00\xff", "AP8="),
        (-7, "-7"),
        (2**63 - 1, "9223372036854775807"),
        (0.0, "0"),
        (-0.0, "-0"),
        (2.5, "2.5"),
        (100.0, "100"),
        (0.1, "0.1"),
        (0.0001, "0.0001"),
        (0.00001, "1E-05"),
        (-1.5e-7, "-1.5E-07"),
        (1e14, "100000000000000"),
        (1e15, "1E+15"),
        (9007199254740992.0, "9007199254740992"),
        (1.7976931348623157e308, "1.7976931348623157E+308"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_values_are_written_as_dotnet_writes_them(value: SqlValue, text: str) -> None:
    """Of doubles: the shortest round-trip form of .NET Core 3.0 and later."""
    assert value_text(value) == text


def test_every_field_of_a_row_is_quoted() -> None:
    assert csv_row(("a,b", 'say "x"', "two\r\nlines", None)) == '"a,b","say ""x""","two\r\nlines",""'


# --- what is said before it runs -------------------------------------------------------------------------------------


def test_sql_made_of_placeholders_is_warned_of() -> None:
    assert problems(MessageTemplate="SELECT '${x}'") == [(BEFORE, ProblemCode.SQL_FROM_PLACEHOLDERS)]
    assert not has_errors(prepare_workflow(workflow(MessageTemplate="SELECT '${x}'")).problems)


def test_sql_written_by_a_list_is_warned_of_where_it_is_written() -> None:
    lists = (
        transformers("d1", mapping("", "")),
        filter_host("c1", actions=(typed("AppendLineTransformerAction", FromPath="x", FromDirection=2),)),
    )
    fields = {"Transformers": guid("d1"), "Filters": guid("c1"), "MessageTemplate": ""}
    assert problems(*lists, **fields) == [
        ("$[2].Transformers[0]", ProblemCode.SQL_FROM_PLACEHOLDERS),
        ("$[3].Transformers[0]", ProblemCode.SQL_FROM_PLACEHOLDERS),
    ]


def test_a_mapping_into_a_variable_is_none_into_the_sql() -> None:
    assert problems(transformers("d1", mapping("", "x", ToDirection=2)), Transformers=guid("d1")) == []


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        ({"ConnectionString": " "}, "ConnectionString", ProblemCode.FIELD_MISSING),
        ({"ConnectionString": "Config=Main"}, "ConnectionString", ProblemCode.CONNECTION_STRING_REFUSED),
        ({"ConnectionString": "Server=db"}, "ConnectionString", ProblemCode.CONNECTION_STRING_REFUSED),
        ({"DataProvider": None}, "DataProvider", ProblemCode.FIELD_NOT_SUPPORTED),
        *(({"DataProvider": number}, "DataProvider", ProblemCode.FIELD_NOT_SUPPORTED) for number in range(7)),
        ({"DataProvider": 8}, "DataProvider", ProblemCode.ENUM_UNKNOWN),
        ({"MessageTemplate": " "}, "MessageTemplate", ProblemCode.FIELD_MISSING),
        ({"MessageTemplate": "-- only a comment"}, "MessageTemplate", ProblemCode.SQL_REFUSED),
        ({"MessageTemplate": "SELECT 1; COMMIT"}, "MessageTemplate", ProblemCode.SQL_REFUSED),
        ({"MessageTemplate": "SELECT ?"}, "MessageTemplate", ProblemCode.SQL_REFUSED),
        ({"MessageTemplate": "SELECT @a"}, "MessageTemplate", ProblemCode.SQL_PARAMETER_MISSING),
        ({"Parameters": [{"Value": "1"}]}, "Parameters[0].Name", ProblemCode.FIELD_MISSING),
        ({"Parameters": ["a"]}, "Parameters[0]", ProblemCode.FIELD_WRONG_TYPE),
        ({"Parameters": [_late(), _late()]}, "Parameters[1].Name", ProblemCode.SQL_PARAMETER_DUPLICATE),
        (
            {"Parameters": [{"Name": "@a", "Value": "x", "FromSetting": RECEIVER}]},
            "Parameters[0].FromSetting",
            ProblemCode.FIELD_WITHOUT_EFFECT,
        ),
        ({"ResponseMessageType": 11}, "ResponseMessageType", ProblemCode.FIELD_WITHOUT_EFFECT),
    ],
)
def test_a_mistake_is_named(fields: dict[str, Any], where: str, code: ProblemCode) -> None:
    assert (f"$[1].{where}", code) in problems(**fields)


def test_what_the_editor_writes_is_no_problem() -> None:
    parameter = {
        "Name": "@a",
        "Value": "${x}",
        "FromType": 8,
        "FromDirection": 2,
        "FromSetting": "00000000-0000-0000-0000-000000000000",
        "Encoding": 0,
        "Format": "",
        "TextFormat": 0,
        "Truncation": 0,
        "TruncationLength": 50,
        "PaddingLength": 0,
        "Lookup": None,
        "IsValid": True,
        "AllowBinding": True,
        "Start": 0,
        "End": 0,
    }
    assert problems(MessageTemplate="SELECT @A", Parameters=[parameter], MessageType=6, ResponseMessageType=5) == []


def test_no_connection_string_stands_in_a_record_that_is_shown() -> None:
    loaded = prepare_workflow(workflow(ConnectionString="Data Source=hunter2.db")).workflow
    assert "hunter2" not in repr(loaded)
