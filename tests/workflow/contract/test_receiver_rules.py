"""What the fields of a receiver say together: one row per combination."""

from typing import Any

import pytest

from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.response_mode import ResponseMode, response_mode, response_priority
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import SENDER_ID, THUMBPRINT, a_receiver, a_sender, messages_of, problems_of

TLS = {"UseSsl": True}
CUSTOM_CERTIFICATE = {"UseSsl": True, "UseDefaultSSLCertificate": False}
HOSTED = {"UseIntegrationHostServiceAddress": True}
BASIC = {"Authentication": True, "AuthenticationUserName": "u", "AuthenticationPassword": "p"}
CLIENT = {"RequireClientCertificate": True, "ClientCertificateThumbPrint": THUMBPRINT}
IN_CLEAR = ("AuthenticationPassword", ProblemCode.PASSWORD_IN_WORKFLOW)


def loaded(**members: Any) -> HttpReceiver:
    workflow = load_workflow([a_receiver(**members)]).workflow
    assert workflow is not None
    return workflow.receiver


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        # the server's certificate
        (TLS, []),
        (
            {**TLS, "CertificateThumbPrint": THUMBPRINT},
            [("CertificateThumbPrint", ProblemCode.CERTIFICATE_CONTRADICTION)],
        ),
        (CUSTOM_CERTIFICATE, [("CertificateThumbPrint", ProblemCode.CERTIFICATE_THUMBPRINT_MISSING)]),
        (
            {**CUSTOM_CERTIFICATE, "CertificateThumbPrint": " "},
            [("CertificateThumbPrint", ProblemCode.CERTIFICATE_THUMBPRINT_MISSING)],
        ),
        ({**CUSTOM_CERTIFICATE, "CertificateThumbPrint": THUMBPRINT}, []),
        (
            {**CUSTOM_CERTIFICATE, "CertificateThumbPrint": "ABC"},
            [("CertificateThumbPrint", ProblemCode.THUMBPRINT_MALFORMED)],
        ),
        ({"UseDefaultSSLCertificate": False}, []),
        ({"CertificateThumbPrint": THUMBPRINT}, [("CertificateThumbPrint", ProblemCode.FIELD_WITHOUT_EFFECT)]),
        ({**HOSTED, **CUSTOM_CERTIFICATE}, [("UseSsl", ProblemCode.FIELD_WITHOUT_EFFECT)]),
        (
            {**HOSTED, "CertificateThumbPrint": THUMBPRINT},
            [("CertificateThumbPrint", ProblemCode.FIELD_WITHOUT_EFFECT)],
        ),
        # Basic authentication
        ({**TLS, **BASIC}, [IN_CLEAR]),
        (BASIC, [("Authentication", ProblemCode.BASIC_AUTH_WITHOUT_TLS), IN_CLEAR]),
        ({**HOSTED, **BASIC}, [("Authentication", ProblemCode.BASIC_AUTH_HOSTED), IN_CLEAR]),
        ({**TLS, "Authentication": True}, [("AuthenticationUserName", ProblemCode.BASIC_AUTH_EMPTY)]),
        (
            {**TLS, "Authentication": True, "AuthenticationUserName": "u"},
            [("AuthenticationPassword", ProblemCode.BASIC_AUTH_EMPTY)],
        ),
        (
            {**TLS, **BASIC, "Authentication": False},
            [IN_CLEAR, ("AuthenticationUserName", ProblemCode.FIELD_WITHOUT_EFFECT)],
        ),
        # client certificates
        ({**TLS, **CLIENT}, []),
        ({**HOSTED, **CLIENT}, []),
        (CLIENT, [("RequireClientCertificate", ProblemCode.CLIENT_CERTIFICATE_WITHOUT_TLS)]),
        (
            {**TLS, "RequireClientCertificate": True},
            [("ClientCertificateThumbPrint", ProblemCode.CLIENT_CERTIFICATE_EMPTY)],
        ),
        (
            {**HOSTED, "RequireClientCertificate": True},
            [("ClientCertificateThumbPrint", ProblemCode.CLIENT_CERTIFICATE_EMPTY)],
        ),
        (
            {"ClientCertificateThumbPrint": THUMBPRINT},
            [("ClientCertificateThumbPrint", ProblemCode.FIELD_WITHOUT_EFFECT)],
        ),
        ({**TLS, **CLIENT, "ClientCertificateThumbPrint": f"{THUMBPRINT}, {THUMBPRINT.lower()}"}, []),
        (
            {**TLS, **CLIENT, "ClientCertificateThumbPrint": f"{THUMBPRINT},A1B2"},
            [("ClientCertificateThumbPrint", ProblemCode.CLIENT_CERTIFICATE_SUBSTRING)],
        ),
        (
            {**TLS, **CLIENT, "ClientCertificateThumbPrint": "A1 B2 C3 D4 E5"},
            [("ClientCertificateThumbPrint", ProblemCode.CLIENT_CERTIFICATE_SUBSTRING)],
        ),
        # address
        ({"ServiceName": "/api/x/"}, [("ServiceName", ProblemCode.SERVICE_NAME_SLASH)]),
        ({"ServiceName": "api/Patient List"}, []),
        ({"ServiceName": "api/Patient%20List"}, []),
        ({"ServiceName": "größe"}, []),
        ({"ServiceName": ""}, [("ServiceName", ProblemCode.SERVICE_NAME_INVALID)]),
        ({"ServiceName": "//"}, [("ServiceName", ProblemCode.SERVICE_NAME_INVALID)]),
        ({"ServiceName": "a//b"}, [("ServiceName", ProblemCode.SERVICE_NAME_INVALID)]),
        ({"ServiceName": "a/../b"}, [("ServiceName", ProblemCode.SERVICE_NAME_INVALID)]),
        ({"ServiceName": "a%2Fb"}, [("ServiceName", ProblemCode.SERVICE_NAME_INVALID)]),
        ({"ServiceName": "a%zz"}, [("ServiceName", ProblemCode.SERVICE_NAME_INVALID)]),
        ({"ServiceName": "a?b=c"}, [("ServiceName", ProblemCode.SERVICE_NAME_INVALID)]),
        ({"ServiceName": "a\r\nb"}, [("ServiceName", ProblemCode.SERVICE_NAME_INVALID)]),
        ({"Port": 0}, [("Port", ProblemCode.PORT_INVALID)]),
        ({"Port": 65536}, [("Port", ProblemCode.PORT_INVALID)]),
        ({**HOSTED, "Port": 0}, []),
        # variables
        ({"QueryStringParameters": {"a": {}}}, [("QueryStringParameters", ProblemCode.FIELD_WITHOUT_EFFECT)]),
        ({"UrlSections": [{"VariableName": "a"}]}, [("UrlSections", ProblemCode.FIELD_WITHOUT_EFFECT)]),
        # message types
        ({"MessageType": 12}, [("MessageType", ProblemCode.MESSAGE_TYPE_IS_PATH_KIND)]),
        ({"MessageType": 7}, [("MessageType", ProblemCode.MESSAGE_TYPE_IS_PATH_KIND)]),
        ({"MessageType": 15}, [("MessageType", ProblemCode.MESSAGE_TYPE_NOT_SUPPORTED)]),
        *[({"MessageType": number}, []) for number in (0, 1, 2, 3, 4, 5, 6, 11, 13, 14, 16)],
    ],
)
def test_combination(members: dict[str, Any], expected: list[tuple[str, ProblemCode]]) -> None:
    assert problems_of([a_receiver(**members)]) == [(f"$[0].{field}", code) for field, code in expected]


def test_a_thumbprint_is_normalised() -> None:
    written = "\u200ea1 b2 c3 d4 e5 f6 07 18 29 3a 4b 5c 6d 7e 8f 90 01 12 23 34"
    assert loaded(**CUSTOM_CERTIFICATE, CertificateThumbPrint=written).certificate_thumbprint == THUMBPRINT


def test_the_default_certificate_is_used_although_a_thumbprint_stands_there() -> None:
    assert loaded(**TLS, CertificateThumbPrint=THUMBPRINT).certificate_thumbprint == ""


def test_the_outer_slashes_of_a_service_name_are_taken_away() -> None:
    assert loaded(ServiceName="/api/x/").service_name == "api/x"


# --- variables of the request --------------------------------------------------------------------------------------


def query(**parameters: Any) -> dict[str, Any]:
    return {"ExtractParameters": True, "QueryStringParameters": parameters}


def test_a_query_parameter_without_a_variable_name_sets_the_variable_of_its_own_name() -> None:
    assert loaded(**query(Site={})).query_parameters["site"].name == "Site"


def test_a_query_parameter_may_have_the_name_of_a_member() -> None:
    assert set(loaded(**query(settingType={}, Name={})).query_parameters) == {"settingtype", "name"}


def test_declared_variables_do_not_count_while_extraction_is_off() -> None:
    receiver = loaded(QueryStringParameters={"a": {}}, UrlSections=[{"VariableName": "b"}])
    assert (dict(receiver.query_parameters), receiver.url_sections) == ({}, ())


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            query(a={"VariableName": "b"}),
            [("QueryStringParameters.a.VariableName", ProblemCode.VARIABLE_NAME_MISMATCH)],
        ),
        (query(a={"VariableName": "A"}), []),
        (
            query(a={}, A={}),
            [
                ("QueryStringParameters.A", ProblemCode.VARIABLE_NAME_DUPLICATE),
                ("QueryStringParameters.A.VariableName", ProblemCode.VARIABLE_NAME_DUPLICATE),
            ],
        ),
        (
            {**query(a={}), "ExtractUrlSections": True, "UrlSections": [{"VariableName": "A"}]},
            [("UrlSections[0].VariableName", ProblemCode.VARIABLE_NAME_DUPLICATE)],
        ),
        (
            {"ExtractUrlSections": True, "UrlSections": [{"VariableName": "x"}, {"VariableName": "x"}]},
            [("UrlSections[1].VariableName", ProblemCode.VARIABLE_NAME_DUPLICATE)],
        ),
        (
            {"ExtractUrlSections": True, "UrlSections": [{}]},
            [("UrlSections[0].VariableName", ProblemCode.FIELD_MISSING)],
        ),
        (query(uuid={}), [("QueryStringParameters.uuid.VariableName", ProblemCode.VARIABLE_READ_ONLY)]),
        (query(WorkflowError={}), []),
    ],
)
def test_variables_of_the_request(members: dict[str, Any], expected: list[tuple[str, ProblemCode]]) -> None:
    assert problems_of([a_receiver(**members)]) == [(f"$[0].{field}", code) for field, code in expected]


# --- responses -----------------------------------------------------------------------------------------------------

ACTIVITY = {"ReturnResponseFromActivity": True, "ReturnResponseFromActivityId": SENDER_ID, "Activities": [SENDER_ID]}


@pytest.mark.parametrize(
    ("members", "mode"),
    [
        ({}, ResponseMode.CUSTOM),
        ({"ReturnCustomResponse": True}, ResponseMode.CUSTOM),
        ({"ReturnCustomResponse": False}, ResponseMode.ACCEPT),
        ({"ReturnNoResponse": True}, ResponseMode.NONE),
        ({"ReturnNoResponse": True, "ReturnCustomResponse": True}, ResponseMode.NONE),
        (ACTIVITY, ResponseMode.ACTIVITY),
        ({"ReturnApplicationError": True}, ResponseMode.ERROR),
        ({"ReturnApplicationReject": True}, ResponseMode.REJECT),
        ({"ReturnApplicationAccept": True}, ResponseMode.ACCEPT),
        ({"ReturnApplicationAccept": True, "ReturnCustomResponse": True}, ResponseMode.CUSTOM),
        ({"ReturnApplicationAccept": True, "ReturnApplicationReject": True}, ResponseMode.REJECT),
    ],
)
def test_the_first_mode_that_is_on_counts(members: dict[str, Any], mode: ResponseMode) -> None:
    workflow = load_workflow([a_receiver(MessageType=1, **members), a_sender()]).workflow
    assert workflow is not None
    assert response_mode(workflow.receiver) is mode


def test_two_modes_are_a_warning_that_names_them_and_the_one_used() -> None:
    settings = [a_receiver(ReturnNoResponse=True, ReturnCustomResponse=True)]
    assert problems_of(settings) == [("$[0].ReturnCustomResponse", ProblemCode.RESPONSE_MODES_CONFLICT)]
    assert messages_of(settings) == ["The response modes none, custom are on; none is used."]


def test_an_answer_from_an_activity_waits_for_it() -> None:
    settings = [a_receiver(**ACTIVITY, ReponsePriority=0), a_sender()]
    assert problems_of(settings) == [("$[0].ReponsePriority", ProblemCode.RESPONSE_PRIORITY_RAISED)]
    workflow = load_workflow(settings).workflow
    assert workflow is not None
    assert response_priority(workflow.receiver) == 2


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"ReturnApplicationAccept": True}, "ReturnApplicationAccept"),
        ({"ReturnApplicationReject": True}, "ReturnApplicationReject"),
        ({"ReturnApplicationError": True}, "ReturnApplicationError"),
        ({"ReturnCustomResponse": False}, "ReturnCustomResponse"),
    ],
)
def test_a_generated_answer_is_empty_unless_the_message_is_hl7(members: dict[str, Any], field: str) -> None:
    assert problems_of([a_receiver(**members, MessageType=11)]) == [(f"$[0].{field}", ProblemCode.RESPONSE_EMPTY)]
    assert problems_of([a_receiver(**members, MessageType=1)]) == []


def test_response_transformers_without_a_custom_response_are_a_warning() -> None:
    lists = {"$type": "TransformerSetting", "Id": "00000000-0000-0000-0000-0000000000d1"}
    settings = [a_receiver(ReturnNoResponse=True, Transformers=lists["Id"]), lists]
    assert problems_of(settings) == [("$[0].Transformers", ProblemCode.FIELD_WITHOUT_EFFECT)]
