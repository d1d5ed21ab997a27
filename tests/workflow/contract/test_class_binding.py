"""The class of an object: which spellings bind, what is unknown, refused or misplaced."""

import pytest

from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.sender_settings import DatabaseSender
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import (
    WRITER_ID,
    a_receiver,
    a_writer,
    messages_of,
    object_of,
    problems_of,
    with_actions,
    with_activities,
    with_filters,
)


@pytest.mark.parametrize(
    "written",
    [
        "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow",
        "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupCore, Version=9.9.0.0, Culture=neutral",
        "Other.Namespace.HttpReceiverSetting",
        "  HttpReceiverSetting  ",
    ],
)
def test_only_the_class_name_of_a_type_counts(written: str) -> None:
    assert load_workflow([{**a_receiver(), "$type": written}]).workflow is not None


def test_setting_type_serves_when_type_is_missing() -> None:
    receiver = {name: value for name, value in a_receiver().items() if name != "$type"}
    receiver["SettingType"] = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting"
    assert load_workflow([receiver]).problems == ()


def test_a_database_activity_is_recognised_without_a_type() -> None:
    query = {"Id": WRITER_ID, "DataProvider": 7, "MessageTemplate": "SELECT 1", "ConnectionString": "Data Source=a.db"}
    workflow = load_workflow(with_activities(query)).workflow
    assert workflow is not None
    assert isinstance(workflow.activities[0], DatabaseSender)


def test_an_unknown_type_is_quoted_with_a_suggestion() -> None:
    settings = with_activities({"$type": "HL7Soup.FileWriterSenderSeting, X", "Id": WRITER_ID})
    assert messages_of(settings) == [
        'The $type "HL7Soup.FileWriterSenderSeting, X" is not a published class. Did you mean FileWriterSenderSetting?'
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MLLPSenderSetting", ProblemCode.TYPE_NOT_SUPPORTED),
        ("WebServiceSenderSetting", ProblemCode.TYPE_NOT_SUPPORTED),
        ("DicomSenderSetting", ProblemCode.TYPE_NOT_SUPPORTED),
        ("AzureServiceBusSenderSetting", ProblemCode.TYPE_NOT_SUPPORTED),
        ("S3UploadSenderSetting", ProblemCode.TYPE_UNKNOWN),
    ],
)
def test_an_activity_that_cannot_run_is_refused_by_name_unless_it_is_disabled(name: str, code: ProblemCode) -> None:
    activity = object_of(name, Id=WRITER_ID, SomeField=1)
    assert problems_of(with_activities(activity)) == [("$[1].$type", code)]
    assert name in messages_of(with_activities(activity))[0]
    assert problems_of(with_activities({**activity, "Disabled": True})) == []


def test_the_lists_of_a_refused_activity_are_looked_at_too() -> None:
    transformers = object_of("TransformerSetting", Id="00000000-0000-0000-0000-0000000000d5", Transformers=[{}])
    activity = object_of("MLLPSenderSetting", Id=WRITER_ID, Transformers=transformers["Id"])
    assert problems_of([*with_activities(activity), transformers]) == [
        ("$[1].$type", ProblemCode.TYPE_NOT_SUPPORTED),
        ("$[2].Transformers[0]", ProblemCode.TYPE_MISSING),
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("StringMessageFilter", ProblemCode.TYPE_NOT_FITTING),
        ("InventedTransformerAction", ProblemCode.TYPE_UNKNOWN),
    ],
)
def test_an_action_that_cannot_run_is_refused_at_its_place(name: str, code: ProblemCode) -> None:
    assert problems_of(with_actions(object_of(name))) == [("$[1].Transformers[0].$type", code)]


def test_a_filter_of_an_unknown_class_is_refused_at_its_place() -> None:
    settings = with_filters(object_of("InventedMessageFilter"))
    assert problems_of(settings) == [("$[1].Filters[0].$type", ProblemCode.TYPE_UNKNOWN)]


def test_an_object_without_a_type_is_told_so() -> None:
    assert problems_of(with_actions({"FromPath": "x"}, 3)) == [
        ("$[1].Transformers[0]", ProblemCode.TYPE_MISSING),
        ("$[1].Transformers[1]", ProblemCode.FIELD_WRONG_TYPE),
    ]


def test_a_filter_outside_of_any_setting_is_refused() -> None:
    settings = [a_receiver(), object_of("StringMessageFilter", Path="a")]
    assert problems_of(settings) == [("$[1].$type", ProblemCode.TYPE_NOT_FITTING)]


def test_serialiser_members_are_no_unknown_fields() -> None:
    settings = with_activities({**a_writer(), "$id": "4"})
    settings[0]["QueryStringParameters"] = {"$type": "System.Collections.Generic.Dictionary`2[[a],[b]], mscorlib"}
    assert problems_of(settings) == []
