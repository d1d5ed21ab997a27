"""The canonical form of a workflow file: one way to write it, the same meaning, and nothing of its author's lost."""

import json
from typing import Any, Final, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzzing.random_workflows import valid_workflows
from httpreceiver_workflow.contract.canonical import canonical_text
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.options.compatibility import (
    DOCUMENTED,
    Compatibility,
    EncodingName,
    TextFormatName,
    TruncationName,
)
from workflow_files import (
    FILTERS_ID,
    RECEIVER_ID,
    SENDER_ID,
    TRANSFORMERS_ID,
    WRITER_ID,
    a_receiver,
    a_sender,
    a_writer,
    object_of,
    with_actions,
    with_activities,
)
from workflows_everywhere import valid_workflows_of_the_repository

NUMBERS: Final = {
    "text_format_numbers": tuple(TextFormatName)[::-1],
    "truncation_numbers": tuple(TruncationName)[::-1],
    "encoding_numbers": tuple(EncodingName)[::-1],
}
SWITCHES: Final = {
    field.name: st.sampled_from([None, NUMBERS[field.name]] if field.name in NUMBERS else list(field.type))
    for field in msgspec.structs.fields(Compatibility)
}
compatibilities = st.builds(Compatibility, **SWITCHES)


def canonical(source: object, *, bare: bool = False) -> str:
    result = canonical_text(source if isinstance(source, str) else json.dumps(source), bare=bare)
    assert result.text is not None, result.problems
    return result.text


def check_canonical(source: object, compatibility: Compatibility = DOCUMENTED) -> None:
    text = canonical(source)
    assert canonical(text) == text
    before, after = (load_workflow(one, compatibility) for one in (source, text))
    assert before.workflow == after.workflow


def receiver_of(source: object) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(canonical(source))[0]
    return members


def test_every_switch_is_tried() -> None:
    unions = [
        field.name for field in msgspec.structs.fields(Compatibility) if get_origin(field.type) or get_args(field.type)
    ]
    assert sorted(unions) == sorted(NUMBERS)


def test_every_workflow_of_the_repository_keeps_its_meaning() -> None:
    for _, source in valid_workflows_of_the_repository():
        check_canonical(source)


@settings(max_examples=40)
@given(valid_workflows(), compatibilities)
def test_a_workflow_keeps_its_meaning_under_every_switch(
    source: list[dict[str, Any]], compatibility: Compatibility
) -> None:
    check_canonical(source, compatibility)


@settings(max_examples=20)
@given(valid_workflows(), st.randoms(use_true_random=False))
def test_two_authors_who_order_and_spell_differently_write_the_same(source: list[dict[str, Any]], chance: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, list):
            return [shuffled(item) for item in value]
        if not isinstance(value, dict):
            return value
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name]) for name in names}

    def respelt(setting: dict[str, Any]) -> dict[str, Any]:
        return {chance.choice([name, name.lower(), name.upper()]): value for name, value in setting.items()}

    receiver, *others = source
    chance.shuffle(others)
    other_way = [respelt(shuffled(setting)) for setting in [receiver, *others]]
    assert sorted_members(canonical(source)) == sorted_members(canonical(other_way))


def sorted_members(text: str) -> Any:
    """Return the value of *text*; what is kept as written keeps its order too, and unused settings theirs."""
    settings_by_id = {setting["Id"].lower(): setting for setting in map(lowered, json.loads(text))}
    return json.dumps(settings_by_id, sort_keys=True)


def lowered(setting: dict[str, Any]) -> dict[str, Any]:
    names = {"id": "Id"}
    return {names.get(name.lower(), name.lower()): value for name, value in setting.items()}


def test_what_says_nothing_is_left_out() -> None:
    receiver = a_receiver(
        Port=8080, UseSsl=False, Name=None, Activities=[], Filters="", ReponsePriority="afterallprocessing"
    )
    assert receiver_of([receiver]) == a_receiver()


def test_members_stand_in_the_order_of_the_documents_and_in_their_published_spelling() -> None:
    assert list(receiver_of([{"port": 81, "NAME": "a", **a_receiver()}])) == [
        *("$type", "Id", "Name", "MessageType", "ServiceName", "Port"),
    ]


def test_links_are_written_in_one_form_and_settings_in_the_order_of_their_links() -> None:
    lists = [object_of("TransformerSetting", Id=TRANSFORMERS_ID), object_of("FilterHostSetting", Id=FILTERS_ID)]
    activity = a_writer(Transformers="{" + TRANSFORMERS_ID.upper() + "}")
    source = [*lists, activity, a_receiver(Activities=[WRITER_ID.upper()], Filters=FILTERS_ID.replace("-", ""))]
    written = json.loads(canonical(source))
    assert [setting["Id"] for setting in written] == [RECEIVER_ID, FILTERS_ID, WRITER_ID, TRANSFORMERS_ID]
    assert (written[0]["Filters"], written[2]["Transformers"]) == (FILTERS_ID, TRANSFORMERS_ID)


@pytest.mark.parametrize(
    "member",
    [
        {"LastModified": "2024-01-05T10:30:00", "Version": 3},
        {"DisableNotAvailable": False},
        {"SomethingNew": False},
        {"CertificatePath": "a.pfx"},
        {"CertificateThumbPrint": "a1 b2"},
        {"QueryStringParameters": {"B": {"VariableName": "b"}, "a": {"variablename": "a"}}},
        {"TransformersNotAvailable": True},
        {"ReturnResponseFromActivityId": "00000000-0000-0000-0000-0000000000ff"},
        {"MessageTypeOptions": {"HasFooter": True}, "MessageType": 5},
        {"$id": "1"},
    ],
    ids=str,
)
def test_what_has_no_effect_stays_as_it_was_written(member: dict[str, Any]) -> None:
    assert receiver_of([a_receiver(**member)]).items() >= member.items()


@pytest.mark.parametrize(
    "member",
    [
        {"UseDefaultSSLCertificate": False},
        {"ExtractParameters": True},
        {"ExtractUrlSections": True},
        {"WorkflowPatternName": "v", "Name": "v"},
        {"UrlSections": [{"VariableName": "a", "VariableType": 0}]},
    ],
    ids=str,
)
def test_what_does_not_count_because_of_another_member_stays(member: dict[str, Any]) -> None:
    assert receiver_of([a_receiver(**member)]).items() >= member.items()


def test_the_same_holds_for_an_activity_a_filter_and_the_parameters_of_a_custom_transformer() -> None:
    sender = {
        "Authentication": True,
        "AuthenticationMode": 1,
        "AuthenticationCertificateThumbprint": "a1 b2",
        "Transformers": TRANSFORMERS_ID,
        "TransformersNotAvailable": True,
        "Headers": [{"Name": "", "Value": "skipped"}],
    }
    one = {"ToSetting": SENDER_ID, "ToType": 11, "ToDirection": 2}
    parameters = {"VALUE": {"FromPath": "a", "ParameterDescription": "why"}, "Unknown": {"FromPath": "b"}}
    action = object_of(
        "CustomTransformerAction", CustomTransformerTypeName="a.DigitsOnlyTransformer", Parameters=parameters
    )
    source = [
        a_receiver(Activities=[SENDER_ID], Filters=FILTERS_ID, VariableTransformers=TRANSFORMERS_ID),
        object_of("FilterHostSetting", Id=FILTERS_ID, Filters=[object_of("StringMessageFilter", Path="a", **one)]),
        object_of("TransformerSetting", Id=TRANSFORMERS_ID, Transformers=[action]),
        a_sender(**sender),
    ]
    _, filters, actions, activity = json.loads(canonical(source))
    assert filters["Filters"][0].items() >= one.items()
    assert actions["Transformers"][0]["Parameters"] == parameters
    assert activity.items() >= sender.items()


def test_a_comment_and_a_sample_stay() -> None:
    actions = [
        object_of("CommentTransformerAction", Comment="why", PairId="1"),
        object_of("CreateVariableTransformerAction", FromPath="a", VariableName="x", SampleVariableValue="12"),
    ]
    [_, setting] = json.loads(canonical(with_actions(*actions)))
    assert (setting["Transformers"][0]["Comment"], setting["Transformers"][1]["SampleVariableValue"]) == ("why", "12")


def test_a_disabled_activity_and_a_setting_without_links_stay_as_they_are() -> None:
    disabled = object_of("MLLPSenderSetting", Port=0, Id=SENDER_ID.upper(), Disabled=True, server="a")
    unused = {"id": "{00000000-0000-0000-0000-0000000000EE}", **object_of("TimerSomethingSetting", Every=0)}
    source = [unused, *with_activities(disabled)]
    source[1]["Activities"] = [SENDER_ID]
    assert json.loads(canonical(source))[1:] == [disabled, unused]


def test_a_number_without_published_meaning_and_a_missing_message_type_stay_as_they_are() -> None:
    source = with_actions(
        object_of("CreateVariableTransformerAction", FromPath="a", VariableName="x", TextFormat=2, Encoding=3)
    )
    del source[0]["MessageType"]
    receiver, setting = json.loads(canonical(source))
    assert "MessageType" not in receiver
    assert {"TextFormat": 2, "Encoding": 3}.items() <= setting["Transformers"][0].items()


def test_code_stays_byte_for_byte() -> None:
    code = '// é\t"quoted"\r\n  int x = 1;\n\n\u2028'
    source = with_activities(object_of("CodeSenderSetting", Id=SENDER_ID, Code=code))
    assert json.loads(canonical(source))[1]["Code"] == code


def test_numbers_stay_as_they_are_written() -> None:
    receiver = json.dumps(a_receiver())
    text = canonical(f'{{"Modified": 1.10, "WorkflowPattern": [{receiver}], "Version": 12345678901234567890123}}')
    assert '"Modified": 1.10' in text
    assert '"Version": 12345678901234567890123' in text


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (a_receiver(), a_receiver()),
        ({"$values": [a_receiver()]}, [a_receiver()]),
        (
            {"Settings": [a_receiver()], "Comments": "c", "Name": ""},
            {"Comments": "c", "Name": "", "WorkflowPattern": [a_receiver()]},
        ),
        (
            {"workflowpattern": None, "settings": {"$values": [a_receiver()]}},
            {"WorkflowPattern": [a_receiver()]},
        ),
        (
            {"Settings": ["kept"], "WORKFLOWPATTERN": [a_receiver()]},
            {"Settings": ["kept"], "WorkflowPattern": [a_receiver()]},
        ),
    ],
)
def test_the_shape_of_the_file_stays(root: Any, expected: Any) -> None:
    assert json.loads(canonical("\ufeff" + json.dumps(root))) == expected


def test_arrays_inside_an_object_are_unwrapped_with_everything_in_them() -> None:
    action = object_of("CommentTransformerAction", Comment="why")
    source = with_actions(action)
    source[1]["Transformers"] = {"$type": "System.Collections.Generic.List", "$values": [action]}
    [_, setting] = json.loads(canonical({"$values": source}))
    assert setting["Transformers"][0]["Comment"] == "why"


def test_bare_leaves_out_all_that_has_no_effect() -> None:
    source = [a_receiver(LastModified="now", Activities=[]), a_sender()]
    assert json.loads(canonical(source, bare=True)) == {
        "WorkflowPattern": json.loads(canonical([a_receiver()], bare=True))["WorkflowPattern"]
    }


def test_a_workflow_with_errors_has_no_canonical_form() -> None:
    result = canonical_text(json.dumps([a_receiver(Port="x")]))
    assert result.text is None
    assert [problem.where for problem in result.problems] == ["$[0].Port"]
