"""Python in the place of C#: which override is taken, what it sees, and what becomes of what it raises."""

from typing import Any

import pytest

from engine import ADT, RECEIVER, Ran, guid, prepare, receiver, request, run, transformers, typed
from httpreceiver_workflow import Prepared, prepare_workflow
from httpreceiver_workflow.pipeline.compiler import load_overrides
from httpreceiver_workflow.pipeline.effects import FaultKind, FileWrite, Notification, OutcomeKind, Stage
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.resources import (
    CodeOverride,
    NotPinned,
    Resources,
    code_digest,
    read_override,
    read_table,
    resources_of,
)

CODE = 'SetVariable("v", "1");'
FILE = f"{code_digest(CODE)}.py"
TABLES = (
    read_table("Wards", "key,value\nN,North\n*,none\n"),
    read_table("Prices", "Item,Amount\na,1\nb,2\n"),
    read_table("Empty", "Item,Amount\n"),
)
GLOBALS = {"Site": "north", "Other": "never named"}


def offered(source: str) -> Resources:
    """Return a host with tables, global variables and *source* as the override of `CODE`."""
    return resources_of(GLOBALS, TABLES, [CodeOverride(code_digest(CODE), source)])


def workflow(message_type: int = 13, template: str = "${v}", **fields: Any) -> list[dict[str, Any]]:
    """Return a receiver whose variable transformers are one code action."""
    fields = {"VariableTransformers": guid("d1"), "ResponseMessageTemplate": template} | fields
    return [receiver(MessageType=message_type, **fields), transformers("d1", code_action())]


def code_action() -> dict[str, Any]:
    """Return the action."""
    return typed("CodeTransformerAction", Code=CODE)


def body_of(*lines: str) -> str:
    """Return an override whose function has *lines*."""
    return "def run(context):\n" + "".join(f"    {line}\n" for line in lines)


def prepared_for(*lines: str, message_type: int = 13, template: str = "${v}") -> Prepared:
    """Return the workflow with an override of *lines*."""
    return prepare(*workflow(message_type, template), resources=offered(body_of(*lines)))


def ran(*lines: str, body: str = "", message_type: int = 13, template: str = "${v}") -> Ran:
    """Return one run of an override of *lines*."""
    return run(prepared_for(*lines, message_type=message_type, template=template), request(body))


def value(expression: str, body: str = "", message_type: int = 13) -> str:
    """Return what *expression* gives inside an override."""
    outcome = ran(f"context.set_variable('v', repr({expression}))", body=body, message_type=message_type)
    assert outcome.outcome.fault is None, outcome.outcome.fault
    return outcome.text


def fault_of(*lines: str, body: str = "", message_type: int = 13) -> str:
    """Return what the fault of an override of *lines* says after the file's name."""
    outcome = ran(*lines, body=body, message_type=message_type).outcome
    assert outcome.fault is not None
    assert (OutcomeKind.ERRORED, FaultKind.TRANSFORMATION) == (outcome.kind, outcome.fault.kind)
    return outcome.fault.message.partition(f"{FILE}: ")[2]


# --- which override is taken -----------------------------------------------------------------------------------------


def problem_of(source: str | None) -> tuple[ProblemCode, str]:
    """Return the one problem of the workflow with *source* as override."""
    resources = resources_of({}) if source is None else offered(source)
    [problem] = prepare_workflow(workflow(), resources).problems
    assert "$[1].Transformers[0].Code" == problem.where
    return problem.code, problem.message


def test_without_an_override_the_refusal_names_the_file_to_provide() -> None:
    """The name is the hash that pins it."""
    code, message = problem_of(None)
    assert ProblemCode.CODE_NOT_SUPPORTED == code
    assert f"This is C#, and no Python override is pinned to it; its file would be {FILE}." == message


def test_an_override_of_another_text_does_not_run_and_both_are_named() -> None:
    """One more blank in the script is another script."""
    old = code_digest(CODE + " ")
    resources = resources_of({}, [], [CodeOverride(old, body_of("pass"))])
    [problem] = prepare_workflow(workflow(), resources).problems
    assert ProblemCode.CODE_NOT_SUPPORTED == problem.code
    assert FILE in problem.message
    assert f"pinned to other texts: {old}.py." in problem.message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def run(context):\n    return (\n", f"{FILE} is not Python: line 2: '(' was never closed."),
        ("return 1\ndef run(context): pass\n", f"{FILE} is not Python: line 1: 'return' outside function."),
        ("def main(context): pass\n", f"{FILE} has no def run(context) at its top level."),
        ("def run(): pass\n", f"line 1 of {FILE} must be def run(context)."),
        ("\ndef run(context, other): pass\n", f"line 2 of {FILE} must be def run(context)."),
        ("def run(context, *, other): pass\n", f"line 1 of {FILE} must be def run(context)."),
        ("async def run(context): pass\n", f"line 1 of {FILE} must be def run(context)."),
        ("class run: pass\n", f"line 1 of {FILE} must be def run(context)."),
        ("x = '\0'\n", f"{FILE} is not Python: source code string cannot contain null bytes."),
    ],
)
def test_an_override_that_cannot_be_loaded_is_told_with_its_line(source: str, message: str) -> None:
    """Before anything of it runs."""
    assert (ProblemCode.CODE_OVERRIDE_BROKEN, message) == problem_of(source)


def test_preparing_a_workflow_runs_nothing_of_an_override() -> None:
    """Whoever only looks, like the planner, does not run the users' code; who serves does, and is told why it fails."""
    source = "import no_such_module\n" + body_of("pass")
    prepared = prepare(*workflow(), resources=offered(source))
    assert prepared.pipeline is not None
    [problem] = load_overrides(prepared.pipeline)
    assert ProblemCode.CODE_OVERRIDE_BROKEN == problem.code
    expected = f"line 1 of {FILE}: ModuleNotFoundError: No module named 'no_such_module'"
    assert f"The override cannot be loaded: {expected}." == problem.message
    fault = run(prepared, request()).outcome.fault
    assert fault is not None
    assert expected in fault.message


def test_the_top_level_of_an_override_runs_once() -> None:
    """Also for two steps with the same text, and whatever the number of requests."""
    lines = ("seen.append(1)", "context.set_variable('v', str(len(seen)))")
    settings = workflow()
    settings[1]["Transformers"].append(code_action())
    prepared = prepare(*settings, resources=offered("seen = []\n" + body_of(*lines)))
    assert prepared.pipeline is not None
    assert () == load_overrides(prepared.pipeline)
    assert ["2", "4"] == [run(prepared, request()).text for _ in range(2)]


@pytest.mark.parametrize("name", ["Code", code_digest(CODE).upper(), f"{code_digest(CODE)} "])
def test_a_name_that_is_no_digest_is_no_override(name: str) -> None:
    """So that a misspelt name is told, and never simply unused."""
    with pytest.raises(NotPinned):
        read_override(name, "")


def test_only_what_an_override_names_as_a_text_travels_with_it() -> None:
    """What it will read is known only when it runs; what it does not name it does not see, here or in a pod."""
    source = "'''Uses Prices.'''\n" + body_of("x = f'{context.get_variable(\"Site\")}'", "context.lookup(x, 'Wards')")
    prepared = prepare(*workflow(), resources=offered(source))
    read = prepared.read
    assert ["Site"] == [one.name for one in read.global_variables]
    assert ["Wards"] == [one.name for one in read.lookup_tables]
    assert ["Prices"] == [one.name for one in read.data_tables]
    assert [code_digest(CODE)] == [one.name for one in read.code_overrides]
    assert "'hidden'" == value("context.get_variable('Oth' + 'er', 'hidden')")


# --- what becomes of what it raises ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("raise KeyError('x')", "KeyError: 'x'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise type('Bad', (ValueError,), {'__str__': None})", "Bad: <exception str() failed>"),
        ("run(context)", "RecursionError: maximum recursion depth exceeded"),
        ("context.Lookup('a', 'b')", "AttributeError: 'CodeContext' object has no attribute 'Lookup'"),
        ("context.variables = {}", "AttributeError: 'CodeContext' object has no attribute 'variables'"),
        ("context.set_variable('v', 1)", "TypeError: a text is needed here, not int"),
        ("context.set_variable('v', None)", "TypeError: a text is needed here, not NoneType"),
        ("yield 1", "run returned generator; it must return nothing"),
        (
            "context.lookup('a', 'Missing')",
            "HostProblem: the lookup table Missing does not exist, or the override does",
        ),
        ("context.data_table('Missing')", "HostProblem: The data table Missing does not exist."),
        ("context.data_table('Empty').next_row()", "LookupError: the data table Empty has no rows"),
        ("context.activity('Nobody')", "LookupError: there is no activity Nobody; there are "),
        ("context.activity(7)", "IndexError: list index out of range"),
        ("context.create_message('Fax', '')", "ValueError: 'Fax' is no type of message; there are BINARY, CSV"),
        ("context.set_response_message('x')", "RuntimeError: a response can be set in response transformers and"),
        ("context.message.add_segment('NTE')", "TypeError: only HL7 messages have segments, this one is TEXT"),
        ("context.get_variable('a} ${b')", "ValueError: 'a} ${b' is not the name of a variable"),
        ("context.get_variable('a:Truncate(x)')", "ModifierProblem: "),
    ],
)
def test_whatever_an_override_raises_is_a_fault_that_says_where(line: str, told: str) -> None:
    """Nothing else of the process is touched, and nothing is ignored in silence."""
    assert fault_of(line).startswith(told)


def test_a_fault_names_action_and_line_and_is_not_run_again() -> None:
    """The line is that of the override, not of what it called."""
    outcome = ran("context.notify('once')", "int('x')").outcome
    assert outcome.fault is not None
    where = "$[1].Transformers[0]"
    assert f"the code at {where} failed in line 3 of {FILE}: ValueError: " in outcome.fault.message
    assert Stage.TRANSFORMERS == outcome.fault.stage
    assert (Notification(where, critical=False, text="once"),) == outcome.notifications


def test_code_that_fails_while_placeholders_wait_is_not_run_again() -> None:
    """Actions are, with the placeholders expanded; code may have had effects."""
    settings = sender_workflow(typed("CodeTransformerAction", Code=CODE), template="${v}")
    prepared = prepare(*settings, resources=offered(body_of("context.notify('once')", "raise ValueError")))
    outcome = run(prepared, request()).outcome
    assert ["once"] == [one.text for one in outcome.notifications]
    assert outcome.fault is not None


def test_a_malformed_message_is_told_in_the_words_of_the_engine() -> None:
    """As by a mapping."""
    assert "Path" not in (told := fault_of("context.message.get_value_at_path('a')", body="{", message_type=11))
    assert told


# --- variables and the host ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("context.get_variable('Nowhere')", None),
        ("context.get_variable('Nowhere:UpperCase', 'x')", "x"),
        ("context.get_variable('SITE')", "north"),
        ("context.get_variable('Site:UpperCase')", "NORTH"),
        ("context.get_variable('HttpMethod')", "POST"),
        ("context.get_variable('ReceivedDate:yyyy-MM-dd')", "2026-11-21"),
        ("context.get_variable('WorkflowError')", "False"),
        ("context.set_variable('Total', '2.5') or context.get_variable('total:0.00')", "2.50"),
        ("context.set_variable('Blank', '') or context.get_variable('Blank', 'x')", ""),
        ("context.get_variable('Site:Lookup(Wards)')", "none"),
        ("context.get_variable('DATATABLE>Prices.Amount')", "1"),
        ("context.lookup('N', 'Wards')", "North"),
        ("context.lookup('Z', 'wards')", "none"),
        ("context.default('', 'x') + context.default(None, 'y') + context.default('a', 'z')", "xya"),
        ("context.title_case('o\\'neil smith')", "O'neil Smith"),
        ("context.mc_name_case('mcdonald')", "McDonald"),
        ("context.hl7_encode('a^b')", "a\\S\\b"),
        ("context.hl7_decode('a\\\\S\\\\b')", "a^b"),
        ("context.hl7_date(context.now())", "20261121120000"),
        ("context.parse_hl7_date('20240105').day", 5),
    ],
)
def test_variables_tables_and_helpers(expression: str, expected: object) -> None:
    """As placeholders read them, except that what is not set is None, as in the product."""
    assert repr(expected) == value(expression)


def test_data_tables() -> None:
    """Positions are counted over all requests, as by placeholders."""
    table = "context.data_table('Prices')"
    assert "(2, ['Item', 'Amount'])" == value(f"(len({table}), {table}.fields)")
    assert "{'Item': 'b', 'Amount': '2'}" == value(f"{table}.row('b')")
    assert "None" == value(f"{table}.row('z')")
    assert "['a', 'b', 'a']" == value(f"[{table}.next_row()['Item'] for _ in range(3)]")
    assert "'b'" == value(f"{table}.random_row()['Item']")
    assert "['1', '2']" == value(f"[row['Amount'] for row in {table}.rows]")


def test_workflow_error_set_by_code_errors_the_run() -> None:
    """As when an action sets it."""
    assert OutcomeKind.ERRORED is ran("context.set_variable('WorkflowError', 'true')").outcome.kind


def test_filtering_the_receiver_filters_the_run() -> None:
    """Its lists run to their end first."""
    assert OutcomeKind.FILTERED is ran("context.receiver.filtered = True").outcome.kind
    assert (
        OutcomeKind.COMPLETED
        is ran("activity = context.receiver", "activity.filtered = True", "activity.filtered = False").outcome.kind
    )


# --- messages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("context.message.type", "HL7V2"),
        ("context.message.get_value_at_path('PID-5.2')", "Sam"),
        ("context.message.get_values_at_path('PID-3.1')", ["12345", "67890"]),
        ("[one.path for one in context.message.segments('OBX')]", ["OBX[1]", "OBX[2]"]),
        ("[one.name for one in context.message.segments()]", ["MSH", "PID", "OBX", "OBX"]),
        ("context.message.segment('OBX[2]').get_value('3.2')", "Temp"),
        ("context.message.segment('PID').get_value(8)", "M"),
        ("context.message.segment('ZZZ')", None),
        ("context.message.segment('OBX').text", "OBX|1|NM|HR^Heart rate||72|bpm"),
        ("context.activities[0].message.text == context.receiver.message.text", True),
        ("(context.receiver.id, context.receiver.response_message)", (RECEIVER, None)),
        (f"context.activity('{RECEIVER.upper()}').id == context.current_activity.id", True),
    ],
)
def test_messages_are_read_by_their_paths(expression: str, expected: object) -> None:
    """HL7 segments by name or place."""
    assert repr(expected) == value(expression, ADT, message_type=1)


def test_writes_are_encoded_and_structure_is_raw() -> None:
    """As by mappings."""
    lines = (
        "message = context.message",
        "message.set_value_at_path('PID-5.1', 'A^B')",
        "message.set_structure_at_path('PID-5.2', 'C&D')",
        "message.segment('OBX[2]').set_value(5, '38')",
        "context.set_variable('v', message.segment('PID').text + '/' + message.segment('OBX[2]').text)",
    )
    text = ran(*lines, body=ADT, message_type=1, template="${v}").text
    assert "|A\\S\\B^C&D^J|" in text
    assert text.endswith("OBX|2|NM|BT^Temp||38|C")


def test_a_segment_that_may_have_moved_is_refused() -> None:
    """Removing by a stale place would remove another segment."""
    lines = ("first, second = context.message.segments('OBX')", "context.message.remove_segment(first)")
    told = "RuntimeError: segments have moved since OBX[2] was asked for: ask for it anew"
    assert told == fault_of(*lines, "context.message.remove_segment(second)", body=ADT, message_type=1)
    assert told == fault_of(*lines, "second.get_value(5)", body=ADT, message_type=1)
    both = "context.message.remove_segment(*context.message.segments('OBX'))"
    assert "OBX" not in ran(both, "context.set_variable('v', context.message.text)", body=ADT, message_type=1).text


def test_set_text_replaces_the_message_for_all_that_follows() -> None:
    """Every object that stands for it shows the new text."""
    lines = (
        "before = context.receiver.message",
        "context.message.set_text('new')",
        "context.set_variable('v', before.text)",
    )
    assert "new" == ran(*lines, body="old").text


# --- activities ------------------------------------------------------------------------------------------------------


def sender_workflow(*actions: dict[str, Any], template: str = "x", **fields: Any) -> list[dict[str, Any]]:
    """Return a receiver with one file writer, whose transformers are *actions*."""
    return [
        receiver(MessageType=13, Activities=[guid("b1")], ResponseMessageTemplate="${v}", **fields),
        typed(
            "FileWriterSenderSetting",
            Id=guid("b1"),
            Name="Keep",
            MessageType=13,
            MessageTemplate=template,
            FilePathToWrite="out.txt",
            Transformers=guid("d1"),
        ),
        transformers("d1", *actions),
    ]


def written(*lines: str, template: str, **fields: Any) -> list[bytes]:
    """Return what the file writer writes after code of *lines* in its list."""
    settings = sender_workflow(code_action(), template=template, **fields)
    outcome = run(prepare(*settings, resources=offered(body_of(*lines))), request("in"))
    assert outcome.outcome.fault is None, outcome.outcome.fault
    return [send.call.data for send in outcome.sends if isinstance(send.call, FileWrite)]


def test_code_sets_what_the_template_of_its_activity_reads() -> None:
    """The template waits until the code has run, or first looks at the message."""
    assert [b"[1]\r\n"] == written("context.set_variable('v', '1')", template="[${v}]")
    looks = "context.message.set_text(context.message.text + '!')"
    assert [b"[1]!\r\n"] == written("context.set_variable('v', '1')", looks, template="[${v}]")
    later = "context.set_variable('v', '2')"
    assert [b"[1]!\r\n"] == written("context.set_variable('v', '1')", looks, later, template="[${v}]")


def test_code_filters_its_activity_in_this_run_only() -> None:
    """One that is listed twice is asked anew each time."""
    lines = ("context.set_variable('n', (context.get_variable('n') or '') + 'x')",)
    filters = "context.current_activity.filtered = context.get_variable('n') == 'x'"
    assert [] == written(*lines, filters, template="x")
    twice = {"Activities": [guid("b1"), guid("b1")]}
    settings = sender_workflow(code_action())
    settings[0] |= twice
    outcome = run(prepare(*settings, resources=offered(body_of(*lines, filters))), request("in"))
    assert 1 == len(outcome.sends)


def test_another_activity_cannot_be_filtered() -> None:
    """It would change nothing."""
    prepared = prepare(*sender_workflow(code_action()), resources=offered(body_of("context.receiver.filtered = True")))
    fault = run(prepared, request()).outcome.fault
    assert fault is not None
    assert "only the current activity can be filtered" in fault.message


def code_sender(**fields: Any) -> list[dict[str, Any]]:
    """Return a receiver that answers with the response of a Code sender."""
    answers = {"ReturnResponseFromActivity": True, "ReturnResponseFromActivityId": guid("b1")}
    return [
        receiver(MessageType=13, Activities=[guid("b1")], ReturnCustomResponse=False, **answers),
        typed("CodeSenderSetting", Id=guid("b1"), Name="Logic", Code=CODE, **({"MessageType": 13} | fields)),
    ]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"MessageType": 11}, "JSON"),
        ({"MessageType": 11, "ResponseMessageTemplate": "MSH|^~\\&|"}, "HL7V2"),
        ({"MessageType": 11, "ResponseMessageTemplate": "MSH|^~\\&|", "ResponseMessageType": 4}, "XML"),
    ],
)
def test_the_type_of_a_code_senders_response(fields: dict[str, Any], kind: str) -> None:
    """ResponseMessageType; when it is 0, what the template shows, else MessageType (contract 8.7)."""
    lines = ("context.notify(context.current_activity.response_message.type)",)
    prepared = prepare(*code_sender(UseResponse=True, **fields), resources=offered(body_of(*lines)))
    [notification] = run(prepared, request()).outcome.notifications
    assert kind == notification.text


def test_without_use_response_there_is_none_until_the_code_sets_one() -> None:
    """Then the activity has answered."""
    silent = prepare(
        *code_sender(), resources=offered(body_of("assert context.current_activity.response_message is None"))
    )
    assert 500 == run(silent, request()).response.status
    sets = prepare(*code_sender(), resources=offered(body_of("context.set_response_message('made')")))
    outcome = run(sets, request())
    assert (200, "made", []) == (outcome.response.status, outcome.text, outcome.sends)


def test_a_code_sender_that_raises_is_a_failed_activity() -> None:
    """Named by the activity."""
    prepared = prepare(*code_sender(), resources=offered(body_of("raise ValueError('no')")))
    fault = run(prepared, request()).outcome.fault
    assert fault is not None
    assert (FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY) == (fault.kind, fault.stage)
    assert f"the code of activity Logic failed in line 2 of {FILE}: ValueError: no" == fault.message
