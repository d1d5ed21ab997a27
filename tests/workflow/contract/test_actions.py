"""Actions and filters: what is read, and the mistakes one of them can hold alone."""

from typing import Any

import pytest

from httpreceiver_workflow.contract.enums import (
    Conjunction,
    Direction,
    MessageType,
    StringComparer,
    TextFormat,
    Truncation,
)
from httpreceiver_workflow.contract.list_settings import (
    Action,
    AppendLine,
    BeginConditional,
    CreateMapping,
    CreateVariable,
    Filter,
    FilterGroup,
    StringFilter,
)
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.setting_parts import Formatting, Source, Target
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import FILTERS_ID, RECEIVER_ID, TRANSFORMERS_ID, object_of, problems_of, with_actions, with_filters


def action(class_name: str, **members: Any) -> Action:
    workflow = load_workflow(with_actions(object_of(class_name, **members))).workflow
    assert workflow is not None
    (only,) = workflow.transformer_lists[TRANSFORMERS_ID].actions
    return only


def filter_of(class_name: str, **members: Any) -> Filter:
    workflow = load_workflow(with_filters(object_of(class_name, **members))).workflow
    assert workflow is not None
    (only,) = workflow.filter_hosts[FILTERS_ID].filters
    return only


PLACE = "$[1].Transformers[0]"


def test_create_variable_is_read() -> None:
    read = action(
        "CreateVariableTransformerAction",
        VariableName="id",
        FromPath="p:order/id",
        FromSetting=RECEIVER_ID,
        FromDirection=0,
        FromType=12,
        FromNamespaces={"p": "urn:p"},
        SampleVariableValue="none",
        SampleValueIsDefaultValue=True,
    )
    source = Source(
        path="p:order/id",
        setting=RECEIVER_ID,
        direction=Direction.INBOUND,
        kind=MessageType.JSON_PATH,
        namespaces={"p": "urn:p"},
    )
    assert read == CreateVariable(where=PLACE, name="id", source=source, default="none")


def test_a_sample_that_is_no_default_is_not_kept() -> None:
    read = action("CreateVariableTransformerAction", VariableName="id", SampleVariableValue="12345")
    assert isinstance(read, CreateVariable)
    assert read.default is None


def test_formatting_is_read_and_names_are_certain() -> None:
    read = action(
        "CreateVariableTransformerAction",
        VariableName="id",
        Format="0.00",
        TextFormat="TitleCase",
        Truncation="Truncate",
        TruncationLength=30,
        Remove="-",
        Replace="a",
        ReplaceWith="b",
        Lookup="Gender",
        PaddingLength=-8,
        Encoding="jsonencode",
    )
    assert isinstance(read, CreateVariable)
    assert read.formatting == Formatting(
        format="0.00",
        text_format=TextFormat.TITLE_CASE,
        truncation=Truncation.TRUNCATE,
        truncation_length=30,
        remove="-",
        replace="a",
        replace_with="b",
        lookup="Gender",
        padding_length=-8,
        encoding="JSONEncode",
    )


@pytest.mark.parametrize("nothing", [{}, {"Encoding": 0, "TextFormat": 0, "Truncation": "None"}, {"Encoding": "none"}])
def test_no_formatting(nothing: dict[str, Any]) -> None:
    read = action("CreateVariableTransformerAction", VariableName="id", **nothing)
    assert isinstance(read, CreateVariable)
    assert read.formatting == Formatting()


@pytest.mark.parametrize(
    ("members", "field", "code"),
    [
        ({"TextFormat": 1}, "TextFormat", ProblemCode.ENUM_NUMBER_UNPUBLISHED),
        ({"Truncation": 2}, "Truncation", ProblemCode.ENUM_NUMBER_UNPUBLISHED),
        ({"Encoding": 3}, "Encoding", ProblemCode.ENUM_NUMBER_UNPUBLISHED),
        ({"Encoding": "Rot13"}, "Encoding", ProblemCode.ENUM_UNKNOWN),
        ({"Encoding": -1}, "Encoding", ProblemCode.VALUE_OUT_OF_RANGE),
        ({"Encoding": True}, "Encoding", ProblemCode.FIELD_WRONG_TYPE),
        ({"PaddingLength": 2_000_000_000}, "PaddingLength", ProblemCode.VALUE_OUT_OF_RANGE),
        ({"TruncationLength": -1}, "TruncationLength", ProblemCode.VALUE_OUT_OF_RANGE),
        ({"VariableName": " "}, "VariableName", ProblemCode.FIELD_MISSING),
        ({"VariableName": "HTTPMETHOD"}, "VariableName", ProblemCode.VARIABLE_READ_ONLY),
        ({"FromNamespaces": {"p": 1}}, "FromNamespaces.p", ProblemCode.FIELD_WRONG_TYPE),
        ({"FromDirection": 3}, "FromDirection", ProblemCode.ENUM_UNKNOWN),
        ({"Disabled": True}, "Disabled", ProblemCode.FIELD_UNKNOWN),
    ],
)
def test_create_variable(members: dict[str, Any], field: str, code: ProblemCode) -> None:
    settings = with_actions(object_of("CreateVariableTransformerAction", **{"VariableName": "x", **members}))
    assert problems_of(settings) == [(f"{PLACE}.{field}", code)]


def test_the_error_variables_may_be_set() -> None:
    for name in ("WorkflowError", "WorkflowErrorMessage"):
        assert problems_of(with_actions(object_of("CreateVariableTransformerAction", VariableName=name))) == []


def test_a_mapping_into_a_built_in_variable_is_a_warning() -> None:
    settings = with_actions(object_of("CreateMappingTransformerAction", ToPath="${UUID}", ToDirection=2))
    assert problems_of(settings) == [(f"{PLACE}.ToPath", ProblemCode.VARIABLE_READ_ONLY)]


def test_a_mapping_into_a_variable_names_it() -> None:
    settings = with_actions(object_of("CreateMappingTransformerAction", ToPath="${}", ToDirection=2))
    assert problems_of(settings) == [(f"{PLACE}.ToPath", ProblemCode.FIELD_MISSING)]


def test_a_line_cannot_be_appended_to_a_variable() -> None:
    settings = with_actions(object_of("AppendLineTransformerAction", FromPath="x", FromDirection=2, ToDirection=2))
    assert problems_of(settings) == [(f"{PLACE}.ToDirection", ProblemCode.FIELD_NOT_SUPPORTED)]


def test_create_mapping_and_append_line_are_read() -> None:
    target = {"ToSetting": RECEIVER_ID, "ToDirection": 1}
    assert action(
        "CreateMappingTransformerAction",
        FromPath="a",
        ToPath="b",
        ToNamespaces={"q": "urn:q"},
        AllowMessageStructureToChange=True,
        **target,
    ) == CreateMapping(
        where=PLACE,
        source=Source(path="a"),
        target=Target(path="b", setting=RECEIVER_ID, direction=Direction.OUTBOUND, namespaces={"q": "urn:q"}),
        structure=True,
    )
    assert action("AppendLineTransformerAction", FromPath="a", **target) == AppendLine(
        where=PLACE, source=Source(path="a"), target=Target(setting=RECEIVER_ID, direction=Direction.OUTBOUND)
    )


def test_the_markers_and_their_editor_fields_are_read() -> None:
    names = ["EndConditional", "Next", "Comment"]
    for name in names:
        read = action(f"{name}TransformerAction", PairId=8, FromType=1)
        assert type(read).__name__ == name


def test_for_each_needs_a_path() -> None:
    assert problems_of(with_actions(object_of("ForEachTransformerAction"))) == [
        (f"{PLACE}.FromPath", ProblemCode.FIELD_MISSING)
    ]


def test_a_condition_holds_filters() -> None:
    read = action("BeginConditionalTransformerAction", Filters=[object_of("StringMessageFilter", Path="a", Value="b")])
    place = f"{PLACE}.Filters[0]"
    assert read == BeginConditional(
        where=PLACE, filters=(StringFilter(where=place, source=Source(path="a"), value="b"),)
    )


def test_a_string_filter_is_read() -> None:
    read = filter_of(
        "StringMessageFilter",
        Path="MSH-9.2",
        Comparer="InList",
        Value="A01,A04",
        Not=True,
        CaseSensitive=True,
        IncludesRepeatFields=True,
        Conjunction=1,
    )
    assert read == StringFilter(
        where="$[1].Filters[0]",
        source=Source(path="MSH-9.2"),
        comparer=StringComparer.IN_LIST,
        value="A01,A04",
        negated=True,
        case_sensitive=True,
        any_repetition=True,
        conjunction=Conjunction.OR,
    )


def test_the_right_operand_is_to_path_when_there_is_one() -> None:
    read = filter_of("StringMessageFilter", Path="a", Value="Married", ToPath="Married", ToType=7, ToDirection=2)
    assert isinstance(read, StringFilter)
    assert read.operand == Source(path="Married", direction=Direction.VARIABLE, kind=MessageType.TEXT_WITH_VARIABLES)
    settings = with_filters(object_of("StringMessageFilter", Path="a", Value="x", ToPath="y", ToDirection=2))
    assert problems_of(settings) == [("$[1].Filters[0].Value", ProblemCode.FIELD_WITHOUT_EFFECT)]


def test_a_filter_group_is_read_and_cannot_be_inverted() -> None:
    settings = with_filters(
        object_of("StringMessageFilter", Path="a"),
        object_of("FilterGroup", Conjunction=1, Not=True),
        object_of("StringMessageFilter", Path="b"),
    )
    assert problems_of(settings) == [("$[1].Filters[1].Not", ProblemCode.FIELD_WITHOUT_EFFECT)]
    workflow = load_workflow(settings).workflow
    assert workflow is not None
    assert workflow.filter_hosts[FILTERS_ID].filters[1] == FilterGroup(
        where="$[1].Filters[1]", conjunction=Conjunction.OR
    )


def test_an_unknown_comparer_is_refused() -> None:
    settings = with_filters(object_of("StringMessageFilter", Path="a", Comparer=13))
    assert problems_of(settings) == [("$[1].Filters[0].Comparer", ProblemCode.ENUM_UNKNOWN)]
