"""Global variables, lookup tables and data tables in a workflow: what is read, in which order, and what is refused."""

from typing import Any

import pytest

from engine import (
    RECEIVER,
    create_variable,
    filter_host,
    guid,
    mapping,
    prepare,
    receiver,
    request,
    run,
    string_filter,
    transformers,
    typed,
)
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.pipeline.effects import BasicCredentials, HttpCall, OutcomeKind
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.resources import DataTable, LookupTable, Resources, merged, resources_of

PEOPLE = DataTable("People", ("Id", "First.Name"), (("P1", "Ann"), ("p2", "Bob"), ("P3", "Cid")))
HOST = resources_of(
    {"Site": "north", "HttpMethod": "never", "Locked": "HL7SOUPGV1:AAAA", "Empty": "", "Key": "k-1"},
    [
        LookupTable("Gender", (("M", "Male"), ("F", "Female"))),
        LookupTable("Ward", (("1", "A"),), "none"),
        PEOPLE,
        DataTable("Nobody", ("Id",), ()),
    ],
)
SENDER = guid("b1")


def answered(template: str, body: str = "", resources: Resources = HOST, *lists: dict[str, Any], **fields: Any) -> str:
    """Return what a receiver with *template* as its response answers."""
    prepared = prepare(receiver(ResponseMessageTemplate=template, **fields), *lists, resources=resources)
    return run(prepared, request(body)).text


def problems(*settings: dict[str, Any], resources: Resources = HOST) -> list[tuple[str, str]]:
    """Return code and message of each problem of a workflow that is refused."""
    prepared = prepare_workflow(list(settings), resources)
    assert prepared.pipeline is None
    return [(problem.code.value, problem.message) for problem in prepared.problems]


# --- global variables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("${Site}", "north"),
        ("${SITE:UpperCase} ${site:Truncate(1)}", "NORTH n"),
        ("${HttpMethod}", "POST"),  # a built-in
        ("[${Empty}${Unknown}]", "[]"),
    ],
)
def test_a_placeholder_reads_a_global_variable(template: str, text: str) -> None:
    """Names ignore case, modifiers apply; a built-in comes first, and what nobody set is empty."""
    assert text == answered(template)


def test_a_workflow_variable_hides_the_global_one() -> None:
    """Also when it is empty; before it is set the global one is read."""
    before, after = create_variable("Before", "${Site}", 2), create_variable("After", "${Site}", 2)
    lists = transformers("d1", before, create_variable("site", "", 2), after)
    assert "[north][]" == answered("[${Before}][${After}]", "", HOST, lists, VariableTransformers=guid("d1"))


def test_what_a_global_variable_holds_is_never_expanded() -> None:
    """It is data, as what comes from a request is."""
    assert "${UUID}" == answered("${A}", resources=resources_of({"A": "${UUID}"}))


def test_in_message_asks_whether_a_variable_is_set() -> None:
    """A global variable is, also an empty one."""
    for name, kind in (("Empty", OutcomeKind.COMPLETED), ("Unknown", OutcomeKind.FILTERED)):
        item = string_filter(f"${{{name}}}", "", Comparer="InMessage", FromSetting=None, FromDirection=2)
        prepared = prepare(receiver(Filters=guid("c1")), filter_host("c1", item), resources=HOST)
        assert kind is run(prepared, request()).outcome.kind


def test_a_file_path_may_name_it_in_parentheses() -> None:
    """`$(Name)` counts when the variable exists."""
    writer = typed("FileWriterSenderSetting", Id=SENDER, Name="w", FilePathToWrite="$(Site)/$(Unknown).txt")
    writer |= {"MessageType": 13, "MessageTemplate": "x"}
    prepared = prepare(receiver(Activities=[SENDER]), writer, resources=HOST)
    [send] = run(prepared, request()).sends
    assert "north/$(Unknown).txt" == send.call.path  # type: ignore[union-attr]


def test_an_encrypted_value_is_refused_only_where_it_is_read() -> None:
    """With its name and the remedy, and without the value."""
    assert "north" == answered("${Site}")
    [(code, message)] = problems(receiver(ResponseMessageTemplate="${locked}"))
    assert ProblemCode.GLOBAL_VARIABLE_PROTECTED == code
    assert "Locked" in message
    assert "HL7SOUPGV1" not in message


def test_names_that_differ_only_in_case_are_refused_where_they_are_read() -> None:
    """Which of them is meant nobody can say."""
    twice = resources_of({"Key": "1", "KEY": "2"}, [LookupTable("T", ()), LookupTable("t", ())])
    settings = receiver(ResponseMessageTemplate="${key} ${HttpMethod:Lookup(T)}")
    assert {ProblemCode.HOST_NAME_AMBIGUOUS} == {code for code, _ in problems(settings, resources=twice)}
    assert "" == answered("${other}", resources=twice)


# --- user names and passwords ----------------------------------------------------------------------------------------


def sender(**fields: Any) -> dict[str, Any]:
    """Return an HTTP sender."""
    return typed(
        "HttpSenderSetting", Id=SENDER, Name="s", MessageType=13, Server="http://x/", MessageTemplate="m", **fields
    )


def call_of(**fields: Any) -> HttpCall:
    """Return the call an HTTP sender with *fields* makes."""
    [send] = run(prepare(receiver(Activities=[SENDER]), sender(**fields), resources=HOST), request()).sends
    assert isinstance(send.call, HttpCall)
    return send.call


def test_a_lone_placeholder_is_the_senders_password() -> None:
    """Any other text is literal."""
    call = call_of(Authentication=True, AuthenticationMode=1, UserName="x-${Site}", Password=" ${Key:UpperCase} ")
    assert BasicCredentials("x-${Site}", "K-1") == call.credentials


def test_a_lone_placeholder_is_the_proxys_password() -> None:
    """User name and password."""
    call = call_of(UseProxy="ManualProxy", ProxyAddress="http://p:1", ProxyUserName="${Site}", ProxyPassword="${Key}")
    assert BasicCredentials("north", "k-1") == call.proxy.credentials


def test_a_lone_placeholder_is_what_the_receiver_asks_for() -> None:
    """The settings themselves keep the placeholder, so nothing that shows them shows the value."""
    fields = {"UseSsl": True, "Authentication": True, "AuthenticationUserName": "lab"}
    prepared = prepare(receiver(AuthenticationPassword="${Key}", **fields), resources=HOST)
    assert prepared.pipeline is not None
    assert BasicCredentials("lab", "k-1") == prepared.pipeline.basic
    assert "k-1" not in repr(prepared)


def test_a_password_that_no_global_variable_gives_is_refused() -> None:
    """Sent as it is written it would be the text of the placeholder."""
    settings = sender(Authentication=True, AuthenticationMode=1, UserName="${Empty}", Password="${Missing}")
    assert [ProblemCode.GLOBAL_VARIABLE_UNKNOWN] * 2 == [
        code for code, _ in problems(receiver(Activities=[SENDER]), settings)
    ]
    locked = sender(Authentication=True, AuthenticationMode=1, UserName="u", Password="${Locked}")
    assert [ProblemCode.GLOBAL_VARIABLE_PROTECTED] == [
        code for code, _ in problems(receiver(Activities=[SENDER]), locked)
    ]


# --- lookup tables ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modifier", "value", "text"),
    [
        ("Lookup(gender)", "M", "Male"),
        ("Lookup(Gender)", "m", "m"),
        ("Lookup(Ward)", "7", "none"),
        ("UpperCase:Lookup(Gender):Truncate(1)", "fox", "Female"),
    ],
)
def test_a_lookup_replaces_what_the_table_knows(modifier: str, value: str, text: str) -> None:
    """A value it does not know stays, unless the table has a default; keys keep their case."""
    lists = transformers("d1", create_variable("X", value, 2))
    assert text == answered(f"${{X:{modifier}}}", "", HOST, lists, VariableTransformers=guid("d1"))


def test_a_mapping_looks_up_too() -> None:
    """The field Lookup of an action."""
    action = mapping("PID-8", "PID-8", Lookup="Gender")
    prepared = prepare(
        receiver(MessageType=1, Transformers=guid("d1"), ResponseMessageTemplate=f"${{{RECEIVER} inbound}}"),
        transformers("d1", action),
        resources=HOST,
    )
    assert "|Female|" in run(prepared, request("MSH|^~\\&|A\rPID|1|||||||F|")).text


def test_an_unknown_lookup_table_is_named() -> None:
    """In a placeholder and in an action."""
    action = create_variable("V", "", Lookup="Nowhere")
    settings = receiver(ResponseMessageTemplate="${X:Lookup(Nix)}", VariableTransformers=guid("d1"))
    found = problems(settings, transformers("d1", action))
    assert {ProblemCode.LOOKUP_TABLE_UNKNOWN} == {code for code, _ in found}
    assert {"${X:Lookup(Nix)}: The lookup table Nix does not exist.", "The lookup table Nowhere does not exist."} == {
        message for _, message in found
    }


# --- data tables -----------------------------------------------------------------------------------------------------


def test_each_read_advances_and_the_last_row_is_followed_by_the_first() -> None:
    """Names ignore case, a field may have a dot in its name, modifiers apply."""
    one = "${DATATABLE>People.First.Name}"
    assert "Ann Bob Cid Ann" == answered(f"{one} {one} ${{datatable > people.first.name}} {one}")
    assert "P2" == answered("${DATATABLE>People.Id:Truncate(0)}${DATATABLE>People.Id:UpperCase}")


def test_any_row_is_the_drivers_choice() -> None:
    """The engine has no chance of its own; here the driver takes the last."""
    assert "P3" == answered("${DATATABLE?People.Id}")


def test_a_table_without_rows_reads_as_nothing() -> None:
    """As a variable that was never set does."""
    assert "[]" == answered("[${DATATABLE>Nobody.Id}${DATATABLE?Nobody.Id}]")


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("${DATATABLE>Nix.Id}", ProblemCode.DATA_TABLE_UNKNOWN, "The data table Nix does not exist."),
        ("${DATATABLE?People.Age}", ProblemCode.DATA_TABLE_UNKNOWN, "The data table People has no field Age."),
        ("${DATATABLE>People}", ProblemCode.FIELD_NOT_SUPPORTED, "DATATABLE needs a table and a field"),
        ("${DATATABLE}", ProblemCode.FIELD_NOT_SUPPORTED, "DATATABLE needs a table and a field"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(text: str, code: str, message: str) -> None:
    [(found, said)] = problems(receiver(ResponseMessageTemplate=text))
    assert code == found
    assert said.startswith(f"{text}: {message}")


@pytest.mark.parametrize(
    ("body", "operand", "fields", "passes"),
    [
        ("P2", "People", {}, True),
        ("P2", "people", {"CaseSensitive": True}, False),
        ("p2", " People ", {"CaseSensitive": True}, True),
        ("Ann", "People", {}, False),
        ("ANN", "People.First.Name", {}, True),
        ("x", "Nobody", {}, False),
        ("Ann", "${Table}", {}, True),
        ("Ann", "${Table}", {"Not": True}, False),
    ],
)
def test_in_data_table_asks_for_a_key_or_a_value(body: str, operand: str, fields: dict[str, Any], passes: bool) -> None:
    """`Table` means its first field; the operand may come from a variable."""
    item = string_filter("", operand, Comparer="InDataTable", **fields)
    variables = resources_of({"Table": "People.First.Name"})
    prepared = prepare(receiver(Filters=guid("c1")), filter_host("c1", item), resources=merged([HOST, variables]))
    kind = OutcomeKind.COMPLETED if passes else OutcomeKind.FILTERED
    assert kind is run(prepared, request(body)).outcome.kind


def test_an_unknown_table_in_a_filter_is_refused() -> None:
    item = string_filter("", "Nix", Comparer="InDataTable")
    assert [(ProblemCode.DATA_TABLE_UNKNOWN, "The data table Nix does not exist.")] == problems(
        receiver(Filters=guid("c1")), filter_host("c1", item)
    )


def test_an_unknown_table_that_a_variable_names_errors_the_run() -> None:
    """It cannot be known before."""
    item = string_filter("", "${HttpMethod}", Comparer="InDataTable")
    prepared = prepare(receiver(Filters=guid("c1")), filter_host("c1", item), resources=HOST)
    ran = run(prepared, request())
    assert (OutcomeKind.ERRORED, 500) == (ran.outcome.kind, ran.response.status)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_only_what_a_workflow_reads_is_kept_of_the_host() -> None:
    """Other workflows' secrets stay away from it, and their changes do not touch it."""
    prepared = prepare(receiver(ResponseMessageTemplate="${SITE:Lookup(ward)} ${DATATABLE?People.Id}"), resources=HOST)
    assert ["Site"] == [one.name for one in prepared.read.global_variables]
    assert ["Ward"] == [one.name for one in prepared.read.lookup_tables]
    assert (PEOPLE,) == prepared.read.data_tables


def test_a_filter_whose_table_is_not_known_before_keeps_them_all() -> None:
    """Any of them may be asked for."""
    item = string_filter("", "${HttpMethod}", Comparer="InDataTable")
    prepared = prepare(receiver(Filters=guid("c1")), filter_host("c1", item), resources=HOST)
    assert HOST.data_tables == prepared.read.data_tables


def test_with_what_it_reads_a_workflow_compiles_again() -> None:
    """This is what travels to the pods."""
    settings = receiver(ResponseMessageTemplate="${Site:Lookup(Ward)} ${DATATABLE>People.Id}")
    read = prepare(settings, resources=HOST).read
    again = prepare(settings, resources=read)
    assert read == again.read
    assert "none P1" == run(again, request()).text
