"""Loading a whole file: its forms, its roots, its receiver, and all mistakes in one go."""

import json
from pathlib import Path

import pytest
import yaml

from httpreceiver_workflow.contract.enums import MessageType, ResponsePriority
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.sender_settings import FileWriter, HttpSender
from httpreceiver_workflow.contract.setting_parts import VariableDescriptor
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import RECEIVER_ID, a_receiver, a_sender, a_writer, codes_of, messages_of, object_of, problems_of

FILES = Path(__file__).parent / "files"
CASES = sorted((Path(__file__).parents[2] / "cases" / "workflow").glob("V*.yaml"))


# --- what the documentation shows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["inbound_json", "hosted_patient", "patient_api", "whole_workflow"])
def test_a_documented_workflow_loads_without_a_problem(name: str) -> None:
    loaded = load_workflow((FILES / f"{name}.json").read_bytes())
    assert loaded.problems == ()
    assert loaded.workflow is not None


def test_the_minimal_self_hosted_receiver_is_read_as_documented() -> None:
    workflow = load_workflow((FILES / "inbound_json.json").read_bytes()).workflow
    assert workflow is not None
    receiver = workflow.receiver
    assert (receiver.service_name, receiver.port, receiver.use_ssl, receiver.hosted) == (
        "api/inbound",
        8080,
        False,
        False,
    )
    assert receiver.message_type is MessageType.JSON
    assert receiver.response_template == '{ "ok": true }'
    assert receiver.response_priority is ResponsePriority.AFTER_ALL_PROCESSING
    assert receiver.pattern_name == receiver.name == "Inbound JSON"


def test_the_hosted_receiver_is_read_as_documented() -> None:
    workflow = load_workflow((FILES / "hosted_patient.json").read_bytes()).workflow
    assert workflow is not None
    assert workflow.receiver.hosted
    assert workflow.receiver.url_sections == (VariableDescriptor(name="patientId", sample="12345"),)


def test_a_sample_value_is_a_default_only_when_it_says_so() -> None:
    workflow = load_workflow((FILES / "patient_api.json").read_bytes()).workflow
    assert workflow is not None
    assert workflow.receiver.query_parameters == {
        "siteid": VariableDescriptor(name="siteId", sample="main", is_default=True)
    }
    assert workflow.receiver.url_sections == (VariableDescriptor(name="patientId", sample="12345", is_default=False),)


def test_a_whole_workflow_is_linked() -> None:
    workflow = load_workflow((FILES / "whole_workflow.json").read_bytes()).workflow
    assert workflow is not None
    first, second = workflow.activities
    assert isinstance(first, HttpSender)
    assert isinstance(second, FileWriter)
    gate = workflow.filters(workflow.receiver.filters)
    assert gate is not None
    kinds = ["StringFilter", "FilterGroup", "StringFilter", "DateFilter", "ValidFilter"]
    assert [type(item).__name__ for item in gate.filters] == kinds
    assert len(workflow.transformer_lists) == 3


def test_a_receiver_without_fields_has_the_documented_defaults() -> None:
    workflow = load_workflow([object_of("HttpReceiverSetting")]).workflow
    assert workflow is not None
    receiver = workflow.receiver
    assert (receiver.service_name, receiver.port, receiver.message_type) == ("HL7Soup", 8080, MessageType.HL7_V2)
    assert (receiver.use_ssl, receiver.authentication, receiver.hosted) == (False, False, False)
    assert receiver.return_custom_response is None
    assert receiver.id is None


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem.partition("-")[0])
def test_the_workflow_of_every_conformance_case_loads(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())["workflow"]
    assert load_workflow(workflow).workflow is not None


# --- all mistakes in one go ----------------------------------------------------------------------------------------


def test_six_mistakes_are_reported_together_each_with_its_path() -> None:
    assert problems_of((FILES / "six_mistakes.json").read_text()) == [
        ("$.WorkflowPattern[0].CertificateThumbPrint", ProblemCode.CERTIFICATE_THUMBPRINT_MISSING),
        ("$.WorkflowPattern[0].Filters", ProblemCode.LINK_DANGLING),
        ("$.WorkflowPattern[0].ReponsePriority", ProblemCode.ENUM_UNKNOWN),
        ("$.WorkflowPattern[0].port", ProblemCode.PORT_INVALID),
        ("$.WorkflowPattern[1].$type", ProblemCode.TYPE_UNKNOWN),
        ("$.WorkflowPattern[2].Transformers[0].FromDirection", ProblemCode.ENUM_UNKNOWN),
    ]


def test_a_file_with_an_error_gives_no_workflow_and_one_with_warnings_does() -> None:
    assert load_workflow([a_receiver(Port=0)]).workflow is None
    assert load_workflow([a_receiver(Typo=1)]).workflow is not None


def test_item_ten_is_reported_after_item_nine() -> None:
    settings = [a_receiver(), *({"$type": "X", "Id": f"00000000-0000-0000-0000-0000000000{i:02}"} for i in range(11))]
    places = [where for where, _ in problems_of(settings)]
    assert places == [f"$[{index}]" for index in range(1, 12)]


# --- forms of the source -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        json.dumps([a_receiver()]),
        json.dumps([a_receiver()]).encode(),
        b"\xef\xbb\xbf" + json.dumps([a_receiver()]).encode(),
        "\ufeff" + json.dumps([a_receiver()]),
        [a_receiver()],
    ],
    ids=["text", "bytes", "bytes with mark", "text with mark", "parsed"],
)
def test_text_bytes_and_parsed_values_load_alike(source: object) -> None:
    loaded = load_workflow(source)
    assert loaded.problems == ()
    assert loaded.workflow is not None
    assert loaded.workflow.receiver.where == "$[0]"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "The text is empty."),
        ("  \n", "The text is empty."),
        ('{\n "a": 1,\n "b" 2}', "Expected ':' at line 3, column 6."),
        ('{"a": NaN}', "Invalid character at line 1, column 7."),
        ('{"a": -Infinity}', "Invalid character at line 1, column 8."),
        ('{"a": [1, 2', "The JSON ends too early, at line 1, column 12."),
        ("[1, 2,]", "Trailing comma in array at line 1, column 7."),
        ('{"ä": "ü" x}', "Expected ',' or '}' at line 1, column 11."),
        (b'["\xff"]', "The text is not UTF-8 at line 1, column 3; save the file as UTF-8."),
        ('["\ud800"]', "Half a surrogate pair stands at line 1, column 3."),
        ("workflow", "Invalid character at line 1, column 1."),
    ],
)
def test_text_that_is_not_json_is_one_problem_with_line_and_column(source: object, message: str) -> None:
    loaded = load_workflow(source)
    assert [(problem.where, problem.code) for problem in loaded.problems] == [("$", ProblemCode.NOT_JSON)]
    assert loaded.problems[0].message.removesuffix(".").startswith(message.removesuffix("."))


@pytest.mark.parametrize("depth", [101, 5_000, 200_000])
def test_deep_nesting_is_a_problem_and_no_recursion_error(depth: int) -> None:
    assert problems_of("[" * depth + "]" * depth) == [("$", ProblemCode.NESTED_TOO_DEEP)]


def test_deep_nesting_of_a_parsed_value_is_the_same_problem() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert problems_of(deep) == [("$", ProblemCode.NESTED_TOO_DEEP)]
    circular: list[object] = []
    circular.append(circular)
    assert problems_of(circular) == [("$", ProblemCode.NESTED_TOO_DEEP)]
    while deep:
        deep = deep.pop()  # type: ignore[assignment]  # take it apart: freeing it in one go would recurse


def test_the_last_of_two_equal_members_counts() -> None:
    text = f'[{{"$type": "HttpReceiverSetting", "Id": "{RECEIVER_ID}", "Port": 1, "port": 2, "Port": 3, "PORT": 4}}]'
    workflow = load_workflow(text).workflow
    assert workflow is not None
    assert workflow.receiver.port == 4


# --- roots ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "where"),
    [
        ({"WorkflowPattern": [a_receiver()], "Name": "n", "Comments": None}, "$.WorkflowPattern[0]"),
        ({"workflowpattern": [a_receiver()]}, "$.workflowpattern[0]"),
        ([a_receiver()], "$[0]"),
        (a_receiver(), "$"),
        ({"$type": "HL7Soup.WorkflowFile, HL7SoupWorkflow", "WorkflowPattern": [a_receiver()]}, "$.WorkflowPattern[0]"),
    ],
)
def test_an_accepted_root_loads_without_a_problem(root: object, where: str) -> None:
    loaded = load_workflow(root)
    assert loaded.problems == ()
    assert loaded.workflow is not None
    assert loaded.workflow.receiver.where == where


@pytest.mark.parametrize(
    ("root", "where", "code"),
    [
        ({"WorkflowPatterns": [a_receiver()]}, "$.WorkflowPatterns", ProblemCode.ROOT_SPELLING),
        ({"Settings": [a_receiver()]}, "$.Settings", ProblemCode.ROOT_SPELLING),
        ({"$type": "System.Object[]", "$values": [a_receiver()]}, "$", ProblemCode.LIST_WRAPPED),
        ({"$values": [a_receiver()]}, "$", ProblemCode.LIST_WRAPPED),
        ({"WorkflowPattern": {"$values": [a_receiver()]}}, "$.WorkflowPattern", ProblemCode.LIST_WRAPPED),
        ([a_receiver(Activities={"$values": []})], "$[0].Activities", ProblemCode.LIST_WRAPPED),
    ],
)
def test_an_unusual_spelling_of_the_root_loads_with_a_warning(root: object, where: str, code: ProblemCode) -> None:
    loaded = load_workflow(root)
    assert loaded.workflow is not None
    assert [(problem.where, problem.code) for problem in loaded.problems] == [(where, code)]


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (None, [("$", ProblemCode.ROOT_NOT_RECOGNISED)]),
        ("3", [("$", ProblemCode.ROOT_NOT_RECOGNISED)]),
        ({}, [("$", ProblemCode.ROOT_NOT_RECOGNISED)]),
        ({"ServiceName": "x"}, [("$", ProblemCode.ROOT_NOT_RECOGNISED)]),
        ([], [("$", ProblemCode.NO_RECEIVER)]),
        ({"WorkflowPattern": []}, [("$", ProblemCode.NO_RECEIVER)]),
        ({"WorkflowPattern": "x"}, [("$.WorkflowPattern", ProblemCode.FIELD_WRONG_TYPE)]),
        ([1, None], [("$[0]", ProblemCode.FIELD_WRONG_TYPE), ("$[1]", ProblemCode.FIELD_WRONG_TYPE)]),
        ([a_writer()], [("$", ProblemCode.NO_RECEIVER)]),
        (
            [{"ServiceName": "x"}],
            [("$", ProblemCode.NO_RECEIVER), ("$[0]", ProblemCode.ID_MISSING), ("$[0]", ProblemCode.TYPE_MISSING)],
        ),
    ],
)
def test_a_root_that_cannot_be_a_workflow_is_refused(root: object, expected: list[tuple[str, ProblemCode]]) -> None:
    assert load_workflow(root).workflow is None
    assert problems_of(root) == expected


# --- receivers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MLLPReceiverSetting", "TimerReceiverSetting", "BrandNewReceiverSetting"])
def test_another_receiver_is_refused_by_name(name: str) -> None:
    problems = load_workflow([object_of(name, Id=RECEIVER_ID)]).problems
    assert [(problem.where, problem.code) for problem in problems] == [
        ("$[0].$type", ProblemCode.RECEIVER_NOT_SUPPORTED)
    ]
    assert name in problems[0].message


def test_the_rest_of_a_file_with_another_receiver_is_looked_at_too() -> None:
    settings = [object_of("TimerReceiverSetting", Id=RECEIVER_ID), a_writer(FilePathToWrite="")]
    assert codes_of(settings) == [ProblemCode.RECEIVER_NOT_SUPPORTED, ProblemCode.FIELD_MISSING]


def test_a_second_receiver_is_refused_wherever_it_stands() -> None:
    second = a_receiver(Id="00000000-0000-0000-0000-0000000000a2")
    assert problems_of([a_receiver(), second]) == [("$[1]", ProblemCode.SEVERAL_RECEIVERS)]
    assert messages_of([a_receiver(), second]) == ["HttpReceiverSetting is a second receiver beside $[0]."]


def test_the_receiver_need_not_stand_first() -> None:
    settings = [a_sender(), a_receiver(Activities=[a_sender()["Id"]])]
    assert load_workflow(settings).workflow is not None


def test_a_receiver_without_type_is_told_what_it_lacks() -> None:
    untyped = {name: value for name, value in a_receiver().items() if name != "$type"}
    assert problems_of([untyped]) == [("$", ProblemCode.NO_RECEIVER), ("$[0]", ProblemCode.TYPE_MISSING)]
