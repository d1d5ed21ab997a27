"""Decoded workflows written as JSON again: they mean the same, and there is one way to write them."""

import dataclasses
import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings

from fuzzing.random_workflows import valid_workflows
from httpreceiver_workflow.contract.custom_transformers import CUSTOM_TRANSFORMERS
from httpreceiver_workflow.contract.encode import encode_workflow
from httpreceiver_workflow.contract.encode_names import CLASS_NAMES, full_type, member_name
from httpreceiver_workflow.contract.encodings import VALUE_ENCODERS, dotnet_encoding, python_encoding
from httpreceiver_workflow.contract.field_use import Use
from httpreceiver_workflow.contract.list_settings import Action, Filter
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.setting_parts import Formatting, MessageOptions, Source, Target
from httpreceiver_workflow.contract.settings import Setting, Workflow
from httpreceiver_workflow.contract.support import CLASSES, fields_of, part_names
from workflow_files import (
    SENDER_ID,
    THUMBPRINT,
    WRITER_ID,
    a_receiver,
    a_sender,
    a_writer,
    object_of,
    with_actions,
    with_activities,
    with_filters,
)
from workflows_everywhere import valid_workflows_of_the_repository

LITERAL = {"FromPath": "x", "FromDirection": 2}


def loaded(source: object) -> Workflow:
    result = load_workflow(source)
    assert result.workflow is not None, result.problems
    return result.workflow


def check_way_back(source: object) -> dict[str, Any]:
    """Decode, encode, decode: equal; encode once more: not a byte differs."""
    workflow = loaded(source)
    text = json.dumps(encode_workflow(workflow))
    again = loaded(text)
    assert workflow == again
    assert text == json.dumps(encode_workflow(again))
    document: dict[str, Any] = json.loads(text)
    return document


def members_of(source: object, position: int = 0) -> dict[str, Any]:
    """Return what is written of one setting, without its ``$type`` and Id."""
    written = check_way_back(source)["WorkflowPattern"][position]
    return {name: value for name, value in written.items() if name not in ("$type", "Id")}


def test_every_workflow_of_the_repository_means_the_same_decoded_and_encoded_again() -> None:
    workflows = valid_workflows_of_the_repository()
    assert len(workflows) > 500
    for _, source in workflows:
        check_way_back(source)


@settings(max_examples=60)
@given(valid_workflows())
def test_every_random_workflow_means_the_same_decoded_and_encoded_again(source: list[dict[str, Any]]) -> None:
    check_way_back(source)


def test_every_record_has_a_class_with_fields() -> None:
    records = {item for union in (Setting, Filter, Action, MessageOptions) for item in flat(union)}
    named = {record for record in records if "class_name" not in {field.name for field in dataclasses.fields(record)}}
    assert named <= set(CLASS_NAMES)
    running = {name for name, support in CLASSES.items() if support.refusal is None}
    assert running | {*part_names()} - {"workflow file"} == set(CLASS_NAMES.values())


def flat(union: Any) -> tuple[Any, ...]:
    return tuple(inner for item in get_args(union) for inner in flat(item)) or (union,)


@pytest.mark.parametrize("record", CLASS_NAMES, ids=lambda record: record.__name__)
def test_every_attribute_is_called_like_a_field_that_is_applied(record: type) -> None:
    """But for those that another function writes: their values are texts of several members."""
    applied = {name for name, field in fields_of(CLASS_NAMES[record]).items() if field.use is Use.APPLIED}
    several = {"where", "source", "operand", "target", "formatting"}
    written_apart = {"pattern_name", "certificate_thumbprint", "query_parameters", "returns_row", "default"}
    written_apart |= {"transformer", "output"}
    names = {field.name for field in dataclasses.fields(record)} - several - written_apart
    assert {member_name(record, name) for name in names} <= applied


def test_an_array_becomes_a_workflow_file_that_starts_with_its_receiver() -> None:
    written = check_way_back([a_writer(), a_receiver(Activities=[WRITER_ID])])
    assert list(written) == ["WorkflowPattern"]
    types = [setting["$type"] for setting in written["WorkflowPattern"]]
    assert types == [full_type("HttpReceiverSetting"), full_type("FileWriterSenderSetting")]


def test_members_with_their_default_are_left_out_but_for_the_type_of_the_message() -> None:
    defaults = {"MessageType": 1, "Port": 8080, "UseSsl": False, "ReponsePriority": 2, "ServiceName": "HL7Soup"}
    assert members_of([a_receiver(**defaults)]) == {"MessageType": 1}


def test_enumerations_are_numbers_but_for_those_whose_numbers_are_not_published() -> None:
    source = with_actions(
        object_of(
            "CreateVariableTransformerAction",
            **LITERAL,
            VariableName="x",
            TextFormat="TitleCase",
            Truncation="Trim",
            Encoding="XMLEncode",
        ),
        ReponsePriority="UponArrival",
    )
    assert members_of(source)["ReponsePriority"] == 0
    [action] = members_of(source, 1)["Transformers"]
    assert (action["TextFormat"], action["Truncation"], action["Encoding"]) == ("TitleCase", "Trim", "XMLEncode")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"WorkflowPatternName": "Other", "Name": "One"}, {"WorkflowPatternName": "Other", "Name": "One"}),
        ({"WorkflowPatternName": " ", "Name": "One"}, {"Name": "One"}),
        ({"CertificateThumbPrint": THUMBPRINT}, {}),
        (
            {"CertificateThumbPrint": THUMBPRINT.lower(), "UseDefaultSSLCertificate": False, "UseSsl": True},
            {"UseSsl": True, "UseDefaultSSLCertificate": False, "CertificateThumbPrint": THUMBPRINT},
        ),
        (
            {"ExtractParameters": True, "QueryStringParameters": {"Site ID": {"SampleVariableValue": "a"}}},
            {"ExtractParameters": True, "QueryStringParameters": {"Site ID": {"SampleVariableValue": "a"}}},
        ),
        (
            {"ExtractParameters": True, "QueryStringParameters": {"$Type": {"VariableName": "x"}}},
            {"ExtractParameters": True, "QueryStringParameters": {"$TYPE": {"VariableName": "x"}}},
        ),
        (
            {"ExtractUrlSections": True, "UrlSections": [{"VariableName": " a "}]},
            {"ExtractUrlSections": True, "UrlSections": [{"VariableName": "a"}]},
        ),
        ({"ReturnCustomResponse": False}, {"ReturnCustomResponse": False}),
        ({"ReturnCustomResponse": True}, {"ReturnCustomResponse": True}),
    ],
)
def test_members_that_are_read_together_are_written_together(members: dict[str, Any], expected: dict[str, Any]) -> None:
    assert members_of([a_receiver(**members)]) == {"ServiceName": "v", "MessageType": 11, **expected}


def test_a_filter_keeps_a_direction_of_zero_and_its_second_source() -> None:
    one = object_of("DateMessageFilter", Path="a", FromDirection=0, ToPath="b", ToDirection=0, Not=True)
    [written] = members_of(with_filters(one), 1)["Filters"]
    assert (written["FromDirection"], written["ToDirection"], written["Not"]) == (0, 0, True)


@pytest.mark.parametrize("name", sorted(CUSTOM_TRANSFORMERS))
def test_a_custom_transformer_keeps_its_parameters_and_the_variable_it_sets(name: str) -> None:
    parameters = {"value": {**LITERAL}, "Output Variable": {"FromPath": "y", "FromDirection": 2}}
    action = object_of("CustomTransformerAction", CustomTransformerTypeName=f"A.{name}", Parameters=parameters)
    [written] = members_of(with_actions(action), 1)["Transformers"]
    assert set(written["Parameters"]) == {"value", "Output Variable"}


@pytest.mark.parametrize(
    "written",
    ["utf-16", "unicodeFFFE", "utf-32BE", "us-ascii", "latin1", "macintosh", "big5-hkscs", "hz-gb-2312", "IBM1051"]
    + ["cp1361", "cp154", "euc-jp", "euc-kr", "iso-2022-jp", "iso-2022-kr", "x-sjis", "ibm01140", "tis-620", "koi8-u"]
    + [f"windows-125{number}" for number in range(9)]
    + [f"iso-8859-{number}" for number in (*range(1, 12), 13, 14, 15, 16)],
)
def test_an_encoding_is_written_under_a_name_that_reads_as_the_same(written: str) -> None:
    codec = python_encoding(written)
    assert codec is not None
    assert python_encoding(dotnet_encoding(codec)) == codec
    members_of(with_activities(a_sender(Encoding=written)), 1)


@pytest.mark.parametrize("class_name", ["MLLPSenderSetting", "DatabaseSenderSetting", "Something new", "header"])
def test_a_disabled_activity_keeps_its_class_and_loses_what_stands_in_it(class_name: str) -> None:
    source = with_activities(object_of(class_name, Id=SENDER_ID, Disabled=True, Name="Later", Server="https://next"))
    written = check_way_back(source)["WorkflowPattern"][1]
    assert {"$type": full_type(class_name), "Name": "Later", "Disabled": True}.items() <= written.items()
    assert "Server" not in written


def test_every_encoder_of_values_is_named() -> None:
    for name in VALUE_ENCODERS.values():
        action = object_of("CreateVariableTransformerAction", **LITERAL, VariableName="x", Encoding=name.upper())
        [written] = members_of(with_actions(action), 1)["Transformers"]
        assert written["Encoding"] == name


def test_two_workflows_that_differ_in_any_attribute_are_not_equal() -> None:
    """Places do not count, and nothing else is left out of the comparison."""
    for record in (*CLASS_NAMES, Source, Target, Formatting):
        ignored = {field.name for field in dataclasses.fields(record) if not field.compare}
        assert ignored <= {"where"}
