"""Sender settings: what is read, required and contradictory."""

from typing import Any

import pytest

from httpreceiver_workflow.contract.encodings import VALUE_ENCODERS, python_encoding
from httpreceiver_workflow.contract.enums import (
    HttpAuthentication,
    HttpMethod,
    MessageType,
    OAuthResourceParameter,
    ProxyUse,
)
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.sender_settings import FileWriter, HttpSender
from httpreceiver_workflow.contract.setting_parts import CsvOptions, DicomOptions, TextOptions
from httpreceiver_workflow.pipeline.formatting.encoders import ENCODERS
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import THUMBPRINT, Setting, a_sender, a_writer, object_of, problems_of, with_activities

OAUTH = {"TokenEndpoint": "https://login.test/", "ClientId": "c", "ClientSecret": "${Secret}"}


def sender(**members: Any) -> HttpSender:
    workflow = load_workflow(with_activities(a_sender(**members))).workflow
    assert workflow is not None
    (activity,) = workflow.activities
    assert isinstance(activity, HttpSender)
    return activity


def writer(**members: Any) -> FileWriter:
    workflow = load_workflow(with_activities(a_writer(**members))).workflow
    assert workflow is not None
    (activity,) = workflow.activities
    assert isinstance(activity, FileWriter)
    return activity


def test_an_http_sender_has_the_documented_defaults() -> None:
    assert sender() == HttpSender(
        where="$[1]", id=a_sender()["Id"], message_type=MessageType.JSON, server="http://stub.test/"
    )


def test_a_file_writer_has_the_documented_defaults() -> None:
    activity = writer()
    assert (activity.move_when_complete, activity.move_into_directory) == (False, "c:\\")
    assert activity.max_records_per_file == 5000


def test_the_fields_of_an_http_sender_are_read() -> None:
    headers = [{"Name": " X-Id ", "Value": "PID-3", "FromType": 8}, {"Name": "", "Value": "skipped"}]
    activity = sender(
        Method=1,
        TimeoutSeconds=5,
        Encoding="windows-1252",
        ContentType="text/xml",
        WaitForResponse=False,
        Headers=headers,
    )
    assert (activity.method, activity.timeout_s, activity.encoding) == (HttpMethod.GET, 5, "cp1252")
    assert (activity.content_type, activity.wait_for_response) == ("text/xml", False)
    assert [(header.name, header.source.path, header.source.kind) for header in activity.headers] == [
        ("X-Id", "PID-3", MessageType.HL7_V2_PATH)
    ]


def test_the_older_switch_means_basic_unless_oauth_is_chosen() -> None:
    assert sender(Authentication=True).authentication is HttpAuthentication.BASIC
    assert sender(AuthenticationMode=1).authentication is HttpAuthentication.BASIC
    oauth = sender(Authentication=True, AuthenticationMode=2, OAuthSettings={**OAUTH, "ResourceParameterType": 1})
    assert oauth.authentication is HttpAuthentication.OAUTH2
    assert oauth.oauth is not None
    assert oauth.oauth.resource_parameter is OAuthResourceParameter.AUDIENCE
    assert oauth.oauth.expiry_skew_s == 60


def test_oauth_settings_do_not_count_in_another_mode() -> None:
    assert sender(OAuthSettings={"GrantType": 0}).oauth is None


def test_passwords_are_not_shown_by_a_record() -> None:
    assert "hunter2" not in repr(sender(AuthenticationMode=1, Password="hunter2", ProxyPassword="hunter2"))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Server": ""}, [("Server", ProblemCode.FIELD_MISSING)]),
        ({"Encoding": "uft-8"}, [("Encoding", ProblemCode.ENCODING_UNKNOWN)]),
        ({"TimeoutSeconds": 0}, [("TimeoutSeconds", ProblemCode.VALUE_OUT_OF_RANGE)]),
        ({"Method": 4}, [("Method", ProblemCode.ENUM_UNKNOWN)]),
        ({"AuthenticationMode": 2}, [("OAuthSettings", ProblemCode.FIELD_MISSING)]),
        (
            {"AuthenticationMode": 2, "OAuthSettings": {}},
            [
                ("OAuthSettings.ClientId", ProblemCode.FIELD_MISSING),
                ("OAuthSettings.TokenEndpoint", ProblemCode.FIELD_MISSING),
            ],
        ),
        (
            {"AuthenticationMode": 2, "OAuthSettings": {**OAUTH, "GrantType": 1}},
            [("OAuthSettings.GrantType", ProblemCode.FIELD_NOT_SUPPORTED)],
        ),
        ({"AuthenticationMode": 2, "OAuthSettings": {**OAUTH, "GrantType": "ClientCredentials"}}, []),
        (
            {"AuthenticationMode": 2, "OAuthSettings": {**OAUTH, "ClientSecret": "clear"}},
            [("OAuthSettings.ClientSecret", ProblemCode.PASSWORD_IN_WORKFLOW)],
        ),
        ({"AuthenticationMode": 1, "Password": "${Secret}"}, []),
        ({"AuthenticationMode": 1, "Password": "p"}, [("Password", ProblemCode.PASSWORD_IN_WORKFLOW)]),
        ({"UserName": "u"}, [("UserName", ProblemCode.FIELD_WITHOUT_EFFECT)]),
        ({"UseDefaultCredentials": True}, [("UseDefaultCredentials", ProblemCode.FIELD_WITHOUT_EFFECT)]),
        ({"PreAuthenticate": True}, []),
        ({"UseProxy": 1}, [("ProxyAddress", ProblemCode.FIELD_MISSING)]),
        ({"UseProxy": 2, "ProxyAddress": "http://p"}, [("ProxyAddress", ProblemCode.FIELD_WITHOUT_EFFECT)]),
        ({"UseAuthenticationCertificate": True}, [("AuthenticationCertificateThumbprint", ProblemCode.FIELD_MISSING)]),
        (
            {"UseAuthenticationCertificate": True, "AuthenticationCertificateThumbprint": "12"},
            [("AuthenticationCertificateThumbprint", ProblemCode.THUMBPRINT_MALFORMED)],
        ),
        (
            {"AuthenticationCertificateThumbprint": THUMBPRINT},
            [("AuthenticationCertificateThumbprint", ProblemCode.FIELD_WITHOUT_EFFECT)],
        ),
        ({"Headers": [{"Name": "a b", "Value": ""}]}, [("Headers[0].Name", ProblemCode.HEADER_NAME_INVALID)]),
        ({"Headers": [{"Name": "a\r\nb", "Value": ""}]}, [("Headers[0].Name", ProblemCode.HEADER_NAME_INVALID)]),
        ({"Headers": [{"Name": "content-length"}]}, [("Headers[0].Name", ProblemCode.HEADER_NAME_INVALID)]),
        (
            {"Headers": [{"Name": "Authorization", "Value": "Bearer abc", "FromDirection": 2}]},
            [("Headers[0].Value", ProblemCode.PASSWORD_IN_WORKFLOW)],
        ),
        ({"Headers": [{"Name": "Authorization", "Value": "Bearer ${Token}", "FromDirection": 2}]}, []),
        ({"Headers": ["a"]}, [("Headers[0]", ProblemCode.FIELD_WRONG_TYPE)]),
        ({"Headers": [{"Name": "a", "Format": "x"}]}, [("Headers[0].Format", ProblemCode.FIELD_WITHOUT_EFFECT)]),
        ({"Headers": [{"Name": "a", "Encoding": 0, "TruncationLength": 50}]}, []),
        ({"MessageType": 15}, [("MessageType", ProblemCode.MESSAGE_TYPE_NOT_SUPPORTED)]),
        ({"MessageType": 9}, [("MessageType", ProblemCode.MESSAGE_TYPE_IS_PATH_KIND)]),
    ],
)
def test_http_sender(members: dict[str, Any], expected: list[tuple[str, ProblemCode]]) -> None:
    assert problems_of(with_activities(a_sender(**members))) == [(f"$[1].{field}", code) for field, code in expected]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"FilePathToWrite": " "}, [("FilePathToWrite", ProblemCode.FIELD_MISSING)]),
        ({"MaxRecordsPerFile": 0}, [("MaxRecordsPerFile", ProblemCode.VALUE_OUT_OF_RANGE)]),
        ({"MoveIntoDirectoryOnComplete": True}, []),
        (
            {"MoveIntoDirectoryOnComplete": True, "DirectoryToMoveInto": ""},
            [("DirectoryToMoveInto", ProblemCode.FIELD_MISSING)],
        ),
    ],
)
def test_file_writer(members: dict[str, Any], expected: list[tuple[str, ProblemCode]]) -> None:
    assert problems_of(with_activities(a_writer(**members))) == [(f"$[1].{field}", code) for field, code in expected]


def test_a_client_certificate_and_a_proxy_are_read() -> None:
    activity = sender(
        UseAuthenticationCertificate=True,
        AuthenticationCertificateThumbprint=THUMBPRINT.lower(),
        UseProxy="ManualProxy",
        ProxyAddress="http://proxy.test:3128",
    )
    assert activity.certificate_thumbprint == THUMBPRINT
    assert (activity.proxy, activity.proxy_address) == (ProxyUse.MANUAL_PROXY, "http://proxy.test:3128")


# --- message type options ------------------------------------------------------------------------------------------


def csv(**members: Any) -> Setting:
    return object_of("CSVMessageTypeOption", **members)


def test_options_that_fit_are_read() -> None:
    assert writer(MessageType=5, MessageTypeOptions=csv(Delimiter=";", Header="a;b")).message_options == CsvOptions(
        delimiter=";", header="a;b"
    )
    assert writer(MessageTypeOptions=object_of("TextMessageTypeOption", Header="h")).message_options == TextOptions(
        header="h"
    )
    assert writer(MessageType=5, MessageTypeOptions={"HasHeader": True}).message_options == CsvOptions(has_header=True)
    assert writer(MessageType=5, MessageTypeOptions=None).message_options is None
    assert writer(MessageType=16, MessageTypeOptions={"IncludeTagsNode": False}).message_options == DicomOptions(
        tags=False
    )


@pytest.mark.parametrize(
    ("message_type", "options", "field", "code"),
    [
        (11, csv(), "MessageTypeOptions", ProblemCode.OPTIONS_NOT_FITTING),
        (5, object_of("TextMessageTypeOption"), "MessageTypeOptions", ProblemCode.OPTIONS_NOT_FITTING),
        (13, object_of("DicomMessageTypeOptions"), "MessageTypeOptions", ProblemCode.OPTIONS_NOT_FITTING),
        (5, csv(HasFooter=True), "MessageTypeOptions.HasFooter", ProblemCode.FIELD_WITHOUT_EFFECT),
        (5, csv(Footer="f"), "MessageTypeOptions.Footer", ProblemCode.FIELD_WITHOUT_EFFECT),
        (5, csv(Delimiter="||"), "MessageTypeOptions.Delimiter", ProblemCode.FIELD_NOT_SUPPORTED),
        (5, csv(Delimter=";"), "MessageTypeOptions.Delimter", ProblemCode.FIELD_UNKNOWN),
    ],
)
def test_options(message_type: int, options: Setting, field: str, code: ProblemCode) -> None:
    settings = with_activities(a_writer(MessageType=message_type, MessageTypeOptions=options))
    assert problems_of(settings) == [(f"$[1].{field}", code)]


# --- encodings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("", "utf-8"),
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("us-ascii", "ascii"),
        ("iso-8859-1", "iso8859-1"),
        ("Windows-1252", "cp1252"),
        ("utf-16", "utf-16-le"),
        ("unicodeFFFE", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("shift_jis", "shift_jis"),
        ("ibm850", "cp850"),
        ("macintosh", "mac-roman"),
        ("hex", None),
        ("rot13", None),
        ("base64", None),
        ("idna", None),
        ("unicode_escape", None),
        ("cp99999", None),
        ("iso-8859-12", None),
        ("utf\x008", None),
    ],
)
def test_encoding_names_of_dotnet_are_known_and_codecs_that_are_no_character_set_are_not(
    name: str, codec: str | None
) -> None:
    assert python_encoding(name) == codec


def test_every_value_encoder_that_a_file_may_name_exists() -> None:
    assert set(VALUE_ENCODERS.values()) == set(ENCODERS)
