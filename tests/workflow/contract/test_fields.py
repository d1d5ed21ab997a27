"""Reading single fields: types, enumerations, GUIDs, unknown names, and what messages show of a value."""

from typing import Any

import pytest

from httpreceiver_workflow.contract.enums import MessageType, ResponsePriority
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import RECEIVER_ID, a_receiver, a_sender, messages_of, problems_of, with_activities


def loaded_receiver(**members: Any) -> HttpReceiver:
    workflow = load_workflow([a_receiver(**members)]).workflow
    assert workflow is not None
    return workflow.receiver


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("ServiceName", 5, "ServiceName must be text, not a number."),
        ("ServiceName", "a\ud800", "ServiceName must be text, not text with half a surrogate pair."),
        ("Port", "8080", 'Port must be a whole number, not "8080".'),
        ("Port", 80.5, "Port must be a whole number, not 80.5."),
        ("Port", True, "Port must be a whole number, not true."),
        ("Port", float("nan"), "Port must be a whole number, not nan."),
        ("UseSsl", "true", "UseSsl must be true or false, not text."),
        ("UseSsl", 1, "UseSsl must be true or false, not a number."),
        ("QueryStringParameters", [], "QueryStringParameters must be an object, not an array."),
        ("QueryStringParameters", {"a": "b"}, "A variable descriptor must be an object, not text."),
        ("UrlSections", {"a": 1}, "An array must stand here, not an object."),
        ("Activities", "x", "An array must stand here, not text."),
        ("MessageTypeOptions", 1, "MessageTypeOptions must be an object, not a number."),
        ("AuthenticationPassword", 1234, "AuthenticationPassword must be text, not a number."),
    ],
)
def test_a_value_of_the_wrong_json_type_is_named(field: str, value: object, message: str) -> None:
    problems = load_workflow([a_receiver(**{field: value})]).problems
    assert [problem.code for problem in problems] == [ProblemCode.FIELD_WRONG_TYPE]
    assert problems[0].where.startswith(f"$[0].{field}")
    assert problems[0].message == message


def test_null_reads_as_missing_everywhere() -> None:
    receiver = a_receiver()
    names = [name for name in receiver if name not in ("$type", "Id")]
    nulls = {**receiver, **dict.fromkeys(names), "Port": None, "UseSsl": None, "Activities": None, "Filters": None}
    loaded = load_workflow([nulls])
    assert loaded.problems == ()
    assert loaded.workflow is not None
    assert (loaded.workflow.receiver.service_name, loaded.workflow.receiver.port) == ("HL7Soup", 8080)


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    assert loaded_receiver(Port=8081.0, ReponsePriority=1.0).port == 8081


@pytest.mark.parametrize("written", [1, "AfterValidation", "aftervalidation", " AFTERVALIDATION "])
def test_an_enumeration_is_a_number_or_a_name_in_any_case(written: object) -> None:
    assert loaded_receiver(ReponsePriority=written).response_priority is ResponsePriority.AFTER_VALIDATION


@pytest.mark.parametrize(
    ("written", "kind"), [("HL7V2", MessageType.HL7_V2), ("json", MessageType.JSON), (13, MessageType.TEXT)]
)
def test_message_types_go_by_number_and_by_name(written: object, kind: MessageType) -> None:
    assert loaded_receiver(MessageType=written).message_type is kind


@pytest.mark.parametrize("written", [3, -1, "Later", "1", True, 0.5, [], {}])
def test_an_unknown_member_of_an_enumeration_lists_those_there_are(written: object) -> None:
    problems = load_workflow([a_receiver(ReponsePriority=written)]).problems
    assert [problem.code for problem in problems] == [ProblemCode.ENUM_UNKNOWN]
    assert "0 UponArrival, 1 AfterValidation, 2 AfterAllProcessing" in problems[0].message


@pytest.mark.parametrize("form", ["{%s}", "(%s)", " %s "])
def test_a_guid_is_read_in_every_usual_form(form: str) -> None:
    written = form % RECEIVER_ID.upper()
    assert loaded_receiver(Id=written).id == RECEIVER_ID
    assert loaded_receiver(Id=RECEIVER_ID.replace("-", "")).id == RECEIVER_ID


@pytest.mark.parametrize(
    "nothing", ["", None, "00000000-0000-0000-0000-000000000000", "{00000000000000000000000000000000}"]
)
def test_an_empty_guid_is_no_link(nothing: object) -> None:
    receiver = loaded_receiver(Filters=nothing, Transformers=nothing, Activities=[nothing])
    assert (receiver.filters, receiver.response_transformers, receiver.activities) == (None, None, ())


@pytest.mark.parametrize("written", ["receiver-1", 5, RECEIVER_ID[:-1], "{" + RECEIVER_ID])
def test_a_malformed_guid_is_refused(written: object) -> None:
    assert problems_of([a_receiver(Id=written, Activities=[written])]) == [
        ("$[0].Activities[0]", ProblemCode.GUID_MALFORMED),
        ("$[0].Id", ProblemCode.GUID_MALFORMED),
    ]


def test_an_unknown_field_is_a_warning_with_a_suggestion() -> None:
    settings = [a_receiver(ResponsePriority=1, **{"Qwertz uiop": 1})]
    assert load_workflow(settings).workflow is not None
    assert problems_of(settings) == [
        ("$[0].ResponsePriority", ProblemCode.FIELD_UNKNOWN),
        ('$[0]["Qwertz uiop"]', ProblemCode.FIELD_UNKNOWN),
    ]
    assert messages_of(settings)[0].endswith("it is ignored. Did you mean ReponsePriority?")
    assert messages_of(settings)[1].endswith("it is ignored.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("AddIncomingMessageToCurrentTab", True),
        ("Version", 3),
        ("LastModified", "2026-01-01"),
        ("CertificateStoreLocation", 2),
        ("CertificateStoreName", 5),
        ("FiltersNotAvailable", True),
        ("ResponseMessageType", 11),
        ("CertificateFromFile", False),
        ("CertificatePath", ""),
        ("Sender", RECEIVER_ID),
    ],
)
def test_what_the_product_writes_by_itself_is_no_problem(field: str, value: object) -> None:
    assert problems_of([a_receiver(**{field: value})]) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("CertificateFromFile", True),
        ("CertificatePath", "c:\\cert.pfx"),
        ("CertificatePassword", "hunter2"),
        ("DifferentResponseMessageType", True),
    ],
)
def test_a_field_set_in_vain_is_a_warning_that_does_not_show_the_value(field: str, value: object) -> None:
    assert problems_of([a_receiver(**{field: value})]) == [(f"$[0].{field}", ProblemCode.FIELD_WITHOUT_EFFECT)]
    assert "hunter2" not in messages_of([a_receiver(**{field: value})])[0]


def test_no_secret_reaches_a_message() -> None:
    secret = "s3cr3t-value"
    receiver = a_receiver(
        UseSsl=True,
        Authentication=True,
        AuthenticationUserName="u",
        AuthenticationPassword=secret,
        CertificatePassword=secret,
    )
    sender = a_sender(
        Password=secret,
        ProxyPassword=secret,
        AuthenticationMode=2,
        OAuthSettings={"ClientSecret": secret, "Unknown": secret},
        Headers=[{"Name": "Authorization", "Value": secret, "Format": secret}],
    )
    receiver["Activities"] = [sender["Id"]]
    assert len(messages_of([receiver, sender])) > 5
    assert secret not in "".join(messages_of([receiver, sender]))
    for field in ("Password", "ProxyPassword"):
        assert "4711" not in "".join(messages_of(with_activities(a_sender(**{field: 4711}))))


def test_a_long_or_unprintable_value_is_cut_and_escaped() -> None:
    message = messages_of([a_receiver(Port="9" * 500 + "\n")])[0]
    assert message == f'Port must be a whole number, not "{"9" * 80}…".'
    assert messages_of([a_receiver(Port='\n"\u200e')]) == ['Port must be a whole number, not "\\u000a\\"\\u200e".']


def test_a_number_of_thousands_of_digits_is_a_problem_like_any_other() -> None:
    text = '[{"$type": "HttpReceiverSetting", "Port": 1' + "0" * 4000 + "}]"
    assert messages_of(text) == ["Port is a huge number; it must be from 1 to 65535."]
