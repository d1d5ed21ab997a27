"""Notifications, parameters and custom transformers: what is read, and what is refused by name."""

from typing import Any

import pytest

from httpreceiver_workflow.contract.custom_transformers import CUSTOM_TRANSFORMERS
from httpreceiver_workflow.contract.enums import DateComparer, Direction, ValidComparer
from httpreceiver_workflow.contract.list_settings import (
    Action,
    CreateParameter,
    CustomTransform,
    DateFilter,
    Notify,
    ValidFilter,
)
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.setting_parts import Source
from httpreceiver_workflow.pipeline.transforms.custom_transforms import CONVERTERS
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import (
    FILTERS_ID,
    NOWHERE,
    RECEIVER_ID,
    TRANSFORMERS_ID,
    messages_of,
    object_of,
    problems_of,
    with_actions,
    with_filters,
)

PLACE = "$[1].Transformers[0]"
DIGITS = "HL7ValueTransformers.DigitsOnlyTransformer"


def action(class_name: str, **members: Any) -> Action:
    workflow = load_workflow(with_actions(object_of(class_name, **members))).workflow
    assert workflow is not None
    (only,) = workflow.transformer_lists[TRANSFORMERS_ID].actions
    return only


def parameter(text: str, **members: Any) -> dict[str, Any]:
    """Return a parameter with literal text."""
    return object_of("CreateParameterTransformerAction", **{"FromPath": text, "FromDirection": 2, **members})


def custom(name: str = DIGITS, **parameters: Any) -> dict[str, Any]:
    """Return a custom action; ``_`` in a parameter's name stands for a blank."""
    named = {key.replace("_", " "): value for key, value in parameters.items()}
    return object_of("CustomTransformerAction", CustomTransformerTypeName=name, Parameters=named)


def test_every_custom_transformer_has_a_converter_and_no_other() -> None:
    assert set(CUSTOM_TRANSFORMERS) == set(CONVERTERS)


def test_a_notification_is_read() -> None:
    assert action("NotificationTransformerAction", FromPath="low", FromDirection=2, Critical=True) == Notify(
        where=PLACE, source=Source(path="low", direction=Direction.VARIABLE), critical=True
    )


def test_a_date_filter_and_a_valid_filter_are_read() -> None:
    date = object_of("DateMessageFilter", Path="PID-7", Comparer="LessThanOrEqualTo", Value="20240105", Not=True)
    valid = object_of("ValidMessageFilter", FromSetting=RECEIVER_ID, FromDirection=1, Comparer=1, Conjunction="Or")
    workflow = load_workflow(with_filters(date, valid)).workflow
    assert workflow is not None
    first, second = workflow.filter_hosts[FILTERS_ID].filters
    assert isinstance(first, DateFilter)
    assert (first.comparer, first.value, first.negated) == (DateComparer.LESS_THAN_OR_EQUAL_TO, "20240105", True)
    assert isinstance(second, ValidFilter)
    assert (second.comparer, second.direction) == (ValidComparer.INVALID, Direction.OUTBOUND)


def test_a_valid_filter_of_no_setting_is_a_dangling_link() -> None:
    settings = with_filters(object_of("ValidMessageFilter", FromSetting=NOWHERE))
    assert problems_of(settings) == [("$[1].Filters[0].FromSetting", ProblemCode.LINK_DANGLING)]


@pytest.mark.parametrize(
    ("item", "field", "code"),
    [
        (object_of("DateMessageFilter", Comparer=8), "Comparer", ProblemCode.ENUM_UNKNOWN),
        (object_of("DateMessageFilter", IncludesRepeatFields=True), "IncludesRepeatFields", ProblemCode.FIELD_UNKNOWN),
        (object_of("ValidMessageFilter", Comparer="Perhaps"), "Comparer", ProblemCode.ENUM_UNKNOWN),
        (object_of("ValidMessageFilter", FromDirection=2), "FromDirection", ProblemCode.FIELD_NOT_SUPPORTED),
    ],
)
def test_a_mistake_in_a_filter_is_reported_at_its_field(item: dict[str, Any], field: str, code: ProblemCode) -> None:
    assert problems_of(with_filters(item)) == [(f"$[1].Filters[0].{field}", code)]


def test_a_parameter_that_stands_alone_is_read() -> None:
    read = action("CreateParameterTransformerAction", ParameterName="Site", FromPath="site/id", FromType=12)
    assert isinstance(read, CreateParameter)
    assert (read.name, read.source.is_literal, read.required) == ("Site", False, False)


@pytest.mark.parametrize(
    ("members", "field", "code"),
    [
        ({"ParameterName": " "}, "ParameterName", ProblemCode.FIELD_MISSING),
        ({"ParameterName": "UUID"}, "ParameterName", ProblemCode.VARIABLE_READ_ONLY),
        ({"ParameterName": "a", "IsRequired": True}, "FromPath", ProblemCode.FIELD_MISSING),
        ({"ParameterName": "a", "Format": "d"}, "Format", ProblemCode.FIELD_UNKNOWN),
    ],
)
def test_a_mistake_in_a_parameter(members: dict[str, Any], field: str, code: ProblemCode) -> None:
    settings = with_actions(object_of("CreateParameterTransformerAction", **members))
    assert problems_of(settings) == [(f"{PLACE}.{field}", code)]


@pytest.mark.parametrize(
    "name", [DIGITS, "digitsonlytransformer", f"{DIGITS}, HL7ValueTransformers, Version=1.0.0.0, Culture=neutral"]
)
def test_a_custom_transformer_is_bound_by_its_class_name(name: str) -> None:
    settings = with_actions(custom(name, value=parameter("a1"), Output_Variable=parameter("Phone")))
    assert problems_of(settings) == []
    workflow = load_workflow(settings).workflow
    assert workflow is not None
    (read,) = workflow.transformer_lists[TRANSFORMERS_ID].actions
    assert isinstance(read, CustomTransform)
    assert (read.transformer, read.output, list(read.parameters)) == ("DigitsOnlyTransformer", "Phone", ["value"])


def test_an_unknown_custom_transformer_is_refused_by_name() -> None:
    settings = with_actions(custom("Acme.MakeCoffee, Acme", Strength=parameter("5")))
    assert problems_of(settings) == [(f"{PLACE}.CustomTransformerTypeName", ProblemCode.CUSTOM_TRANSFORMER_UNKNOWN)]
    assert "Acme.MakeCoffee" in messages_of(settings)[0]


@pytest.mark.parametrize("members", [{}, {"CustomTransformerTypeName": " "}])
def test_a_custom_action_must_name_its_transformer(members: dict[str, Any]) -> None:
    settings = with_actions(object_of("CustomTransformerAction", **members))
    assert problems_of(settings) == [(f"{PLACE}.CustomTransformerTypeName", ProblemCode.FIELD_MISSING)]


@pytest.mark.parametrize(
    ("parameters", "place", "code"),
    [
        ({"Name_Order": parameter("LFM")}, ".Parameters[\"Name Order\"]", ProblemCode.FIELD_UNKNOWN),
        ({"Value": "a"}, ".Parameters.Value", ProblemCode.FIELD_WRONG_TYPE),
        ({"Value": parameter("", IsRequired=True)}, ".Parameters.Value.FromPath", ProblemCode.FIELD_MISSING),
        ({"Value": parameter("a", FromSetting=NOWHERE, FromDirection=0)}, ".Parameters.Value.FromSetting",
         ProblemCode.LINK_DANGLING),
        ({"Value": object_of("CommentTransformerAction")}, ".Parameters.Value.$type", ProblemCode.TYPE_NOT_FITTING),
        ({"Value": object_of("StringMessageFilter")}, ".Parameters.Value.$type", ProblemCode.TYPE_NOT_FITTING),
        ({"Value": parameter("a", ParameterName="Other")}, ".Parameters.Value.ParameterName",
         ProblemCode.FIELD_WITHOUT_EFFECT),
        ({"Output_Variable": parameter("${x}")}, ".Parameters[\"Output Variable\"]", ProblemCode.FIELD_NOT_SUPPORTED),
        ({"Output_Variable": parameter("UUID")}, ".Parameters", ProblemCode.VARIABLE_READ_ONLY),
    ],
)  # fmt: skip
def test_a_mistake_in_the_parameters(parameters: dict[str, Any], place: str, code: ProblemCode) -> None:
    assert problems_of(with_actions(custom(**parameters))) == [(f"{PLACE}{place}", code)]


def test_a_parameter_may_come_without_a_type() -> None:
    settings = with_actions(custom(Value={"FromPath": "a", "FromDirection": 2, "ParameterName": "Value"}))
    assert problems_of(settings) == []
