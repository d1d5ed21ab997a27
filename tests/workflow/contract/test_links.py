"""GUIDs between settings: dangling, wrong class, duplicate, unused, and who may write where."""

from typing import Any

from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.sender_settings import DisabledActivity
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import (
    FILTERS_ID,
    NOWHERE,
    RECEIVER_ID,
    SENDER_ID,
    TRANSFORMERS_ID,
    WRITER_ID,
    Setting,
    a_receiver,
    a_sender,
    a_writer,
    codes_of,
    messages_of,
    object_of,
    problems_of,
    with_actions,
    with_activities,
    with_filters,
)

DANGLING = ProblemCode.LINK_DANGLING


def transformers(*actions: Any, id: str = TRANSFORMERS_ID) -> Setting:  # noqa: A002  named like the member
    return object_of("TransformerSetting", Id=id, Transformers=list(actions))


def mapping(**members: Any) -> Setting:
    return object_of("CreateMappingTransformerAction", **{"FromPath": "a", "ToPath": "b", **members})


def test_every_link_of_a_receiver_must_lead_somewhere() -> None:
    receiver = a_receiver(
        Filters=NOWHERE,
        VariableTransformers=NOWHERE,
        Transformers=NOWHERE,
        Activities=[NOWHERE],
        ReturnCustomResponse=True,
    )
    assert problems_of([receiver]) == [
        ("$[0].Activities[0]", DANGLING),
        ("$[0].Filters", DANGLING),
        ("$[0].Transformers", DANGLING),
        ("$[0].VariableTransformers", DANGLING),
    ]


def test_a_dangling_link_is_told_with_owner_field_and_guid() -> None:
    assert messages_of([a_receiver(Name="Intake", Filters=NOWHERE)]) == [
        f'Filters of HttpReceiverSetting "Intake" is {NOWHERE}, the Id of no setting in this file.'
    ]


def test_links_of_activities_must_lead_somewhere_even_of_disabled_ones() -> None:
    for disabled in (False, True):
        settings = with_activities(a_writer(Filters=NOWHERE, Transformers=NOWHERE, Disabled=disabled))
        assert problems_of(settings) == [("$[1].Filters", DANGLING), ("$[1].Transformers", DANGLING)]


def test_a_link_to_another_class_is_refused() -> None:
    settings = [
        a_receiver(Filters=TRANSFORMERS_ID, VariableTransformers=FILTERS_ID, Activities=[RECEIVER_ID, FILTERS_ID]),
        transformers(),
        object_of("FilterHostSetting", Id=FILTERS_ID),
    ]
    assert codes_of(settings) == [ProblemCode.LINK_WRONG_CLASS] * 4
    wanted = "which is of class TransformerSetting; it must be a FilterHostSetting."
    assert f"Filters of HttpReceiverSetting is {TRANSFORMERS_ID}, {wanted}" in messages_of(settings)


def test_two_settings_with_one_id_are_refused() -> None:
    assert problems_of([*with_activities(a_writer()), a_sender(Id=WRITER_ID.upper())]) == [
        ("$[2].Id", ProblemCode.ID_DUPLICATE)
    ]


def test_a_setting_without_an_id_is_refused() -> None:
    assert problems_of([a_receiver(), a_writer(Id=None)]) == [("$[1]", ProblemCode.ID_MISSING)]
    assert problems_of([a_receiver(), a_writer(Id="x")]) == [("$[1].Id", ProblemCode.GUID_MALFORMED)]
    assert problems_of([a_receiver(Id=None)]) == []


def test_a_setting_no_link_leads_to_is_ignored_with_a_warning_whatever_it_holds() -> None:
    unknown = object_of("NobodyKnowsSetting", Id=WRITER_ID, Filters=NOWHERE, Port="x")
    loaded = load_workflow([a_receiver(), unknown])
    assert loaded.workflow is not None
    assert [(problem.where, problem.code) for problem in loaded.problems] == [("$[1]", ProblemCode.SETTING_UNUSED)]
    assert "NobodyKnowsSetting" in loaded.problems[0].message


def test_an_activity_listed_twice_runs_twice_with_a_warning() -> None:
    settings = [a_receiver(Activities=[WRITER_ID, WRITER_ID]), a_writer()]
    loaded = load_workflow(settings)
    assert loaded.workflow is not None
    assert [activity.id for activity in loaded.workflow.activities] == [WRITER_ID, WRITER_ID]
    assert problems_of(settings) == [("$[0].Activities[1]", ProblemCode.ACTIVITY_REPEATED)]


def test_a_disabled_activity_is_not_looked_into() -> None:
    lists = transformers(object_of("InventedTransformerAction"))
    settings = [*with_activities(a_sender(Server="", Method=99, Disabled=True, Transformers=TRANSFORMERS_ID)), lists]
    loaded = load_workflow(settings)
    assert loaded.problems == ()
    assert loaded.workflow is not None
    assert loaded.workflow.activities == (
        DisabledActivity(where="$[1]", class_name="HttpSenderSetting", id=SENDER_ID, disabled=True),
    )


def test_transformers_that_are_not_available_do_not_run() -> None:
    lists = transformers(object_of("InventedTransformerAction"))
    settings = [*with_activities(a_writer(Transformers=TRANSFORMERS_ID, TransformersNotAvailable=True)), lists]
    loaded = load_workflow(settings)
    assert loaded.problems == ()
    assert loaded.workflow is not None
    assert loaded.workflow.activities[0].transformers is None


# --- sources -------------------------------------------------------------------------------------------------------


def test_a_source_is_the_receiver_or_one_of_the_activities() -> None:
    variable = object_of("CreateVariableTransformerAction", VariableName="x", FromPath="a")

    def settings(setting: str, direction: int = 0) -> list[Setting]:
        action = {**variable, "FromSetting": setting, "FromDirection": direction}
        return [*with_actions(action, Activities=[WRITER_ID]), a_writer()]

    assert codes_of(settings(RECEIVER_ID)) == []
    assert codes_of(settings(WRITER_ID)) == []
    assert codes_of(settings(NOWHERE)) == [DANGLING]
    assert codes_of(settings(TRANSFORMERS_ID)) == [ProblemCode.LINK_WRONG_CLASS]
    assert codes_of(settings(NOWHERE, direction=2)) == []


def test_a_source_that_never_runs_is_refused() -> None:
    action = object_of("CreateVariableTransformerAction", VariableName="x", FromSetting=WRITER_ID)
    assert problems_of([*with_actions(action), a_writer()]) == [("$[1].Transformers[0].FromSetting", DANGLING)]


def test_a_source_that_is_disabled_reads_nothing_and_is_no_problem() -> None:
    action = object_of("CreateVariableTransformerAction", VariableName="x", FromSetting=WRITER_ID)
    assert problems_of([*with_actions(action, Activities=[WRITER_ID]), a_writer(Disabled=True)]) == []


def test_both_operands_of_a_filter_and_every_header_are_sources() -> None:
    item = object_of("StringMessageFilter", Path="a", FromSetting=NOWHERE, ToPath="b", ToSetting=NOWHERE)
    assert problems_of(with_filters(item)) == [
        ("$[1].Filters[0].FromSetting", DANGLING),
        ("$[1].Filters[0].ToSetting", DANGLING),
    ]
    headers = [{"Name": "X", "Value": "a", "FromSetting": NOWHERE}]
    assert problems_of(with_activities(a_sender(Headers=headers))) == [("$[1].Headers[0].FromSetting", DANGLING)]


# --- targets -------------------------------------------------------------------------------------------------------


def test_a_mapping_may_name_its_own_setting_or_a_variable_or_nothing() -> None:
    for target in ({}, {"ToSetting": WRITER_ID}, {"ToSetting": NOWHERE, "ToDirection": 2}):
        settings = [*with_activities(a_writer(Transformers=TRANSFORMERS_ID)), transformers(mapping(**target))]
        assert problems_of(settings) == []
    assert problems_of(with_actions(mapping(ToSetting=RECEIVER_ID, ToDirection=0))) == []


def test_a_mapping_into_another_settings_message_is_refused() -> None:
    settings = [*with_actions(mapping(ToSetting=WRITER_ID), Activities=[WRITER_ID]), a_writer()]
    assert problems_of(settings) == [("$[1].Transformers[0].ToSetting", ProblemCode.TARGET_NOT_OWN)]


def test_a_target_that_is_not_in_the_file_dangles() -> None:
    line = object_of("AppendLineTransformerAction", FromPath="a", ToSetting=NOWHERE)
    assert problems_of(with_actions(line)) == [("$[1].Transformers[0].ToSetting", DANGLING)]


def test_actions_before_a_filter_write_to_the_message_of_the_filters_owner() -> None:
    host = object_of("FilterHostSetting", Id=FILTERS_ID, Transformers=[mapping(ToSetting=WRITER_ID)])
    assert problems_of([*with_activities(a_writer(Filters=FILTERS_ID)), host]) == []
    assert codes_of([a_receiver(Filters=FILTERS_ID, Activities=[WRITER_ID]), a_writer(), host]) == [
        ProblemCode.TARGET_NOT_OWN
    ]


def test_a_list_shared_by_two_activities_cannot_write_to_one_of_them() -> None:
    activities = (a_writer(Transformers=TRANSFORMERS_ID), a_sender(Transformers=TRANSFORMERS_ID))
    assert problems_of([*with_activities(*activities), transformers(mapping(ToSetting=WRITER_ID))]) == [
        ("$[3].Transformers[0].ToSetting", ProblemCode.TARGET_NOT_OWN)
    ]
    assert problems_of([*with_activities(*activities), transformers(mapping())]) == []


# --- the activity that answers -------------------------------------------------------------------------------------


def answering(response: str | None, **members: Any) -> Setting:
    return a_receiver(ReturnResponseFromActivity=True, ReturnResponseFromActivityId=response, **members)


def test_the_answering_activity_must_be_one_that_runs() -> None:
    place = "$[0].ReturnResponseFromActivityId"
    not_run = ProblemCode.RESPONSE_ACTIVITY_NOT_RUN
    sender = a_sender()
    assert problems_of([answering(SENDER_ID, Activities=[SENDER_ID]), sender]) == []
    assert problems_of([answering(SENDER_ID), sender]) == [(place, not_run)]
    assert problems_of([answering(None, Activities=[SENDER_ID]), sender]) == [(place, not_run)]
    assert problems_of([answering(NOWHERE)]) == [(place, DANGLING)]


def test_a_stale_answering_activity_does_no_harm_while_that_mode_is_off() -> None:
    assert problems_of([a_receiver(ReturnResponseFromActivityId=NOWHERE)]) == []
