"""Activities: the calls they make and the replies they store."""

from typing import Any

import pytest

from engine import ADT, RECEIVER, Ran, answer, guid, prepare, receiver, request, run, typed
from httpreceiver_workflow.pipeline.effects import (
    BasicCredentials,
    FileWrite,
    HttpCall,
    OAuthCredentials,
    OutcomeKind,
    Proxy,
    Reply,
)


def sent(body: str = "x", reply: Reply | None = None, **fields: Any) -> Ran:
    """Run one request through one HTTP sender."""
    sender = typed(
        "HttpSenderSetting", Id=guid("b1"), Name="next", **{"Server": "http://next/", "MessageType": 13} | fields
    )
    prepared = prepare(
        receiver(
            MessageType=1,
            Activities=[guid("b1")],
            ReturnResponseFromActivity=True,
            ReturnResponseFromActivityId=guid("b1"),
        ),
        sender,
    )
    return run(prepared, request(body), lambda _: reply or Reply())


def call(body: str = "x", **fields: Any) -> HttpCall:
    """Return the call of one HTTP sender."""
    (send,) = sent(body, **fields).sends
    assert isinstance(send.call, HttpCall)
    return send.call


def written(body: str = "x", **fields: Any) -> FileWrite:
    """Return the write of one file writer."""
    writer = typed("FileWriterSenderSetting", Id=guid("b1"), **{"FilePathToWrite": "a.txt", "MessageType": 13} | fields)
    ran = run(prepare(receiver(Activities=[guid("b1")]), writer), request(body))
    (send,) = ran.sends
    assert isinstance(send.call, FileWrite)
    return send.call


def test_the_http_sender_expands_its_url_and_sends_its_message() -> None:
    made = call(Server="http://next/${HttpMethod}", MessageTemplate='{"a":1}', ContentType="application/json")
    assert ("http://next/POST", "POST", b'{"a":1}') == (made.url, made.method, made.body)
    assert (("Content-Type", "application/json"),) == made.headers


def test_a_get_sends_no_body_but_its_content_type() -> None:
    made = call(Method=1, MessageTemplate="x")
    assert ("GET", None, (("Content-Type", "text/plain"),)) == (made.method, made.body, made.headers)


def test_headers_are_bound_and_blank_names_are_skipped() -> None:
    headers = [
        {"Name": "X-Id", "Value": "PID-3.1", "FromSetting": RECEIVER, "FromDirection": 0},
        {"Name": "", "Value": "no", "FromDirection": 2},
        {"Name": "X-Method", "Value": "${HttpMethod}", "FromDirection": 2},
    ]
    assert (("Content-Type", "text/plain"), ("X-Id", "12345"), ("X-Method", "POST")) == call(
        ADT, Headers=headers
    ).headers


def test_basic_credentials_are_used_as_written() -> None:
    expected = BasicCredentials("u ${user}", "p")
    assert expected == call(AuthenticationMode=1, UserName="u ${user}", Password="p").credentials
    assert expected == call(Authentication=True, UserName="u ${user}", Password="p").credentials


def test_oauth_settings_become_the_token_request() -> None:
    settings = {
        "TokenEndpoint": "http://id/${HttpMethod}",
        "ClientId": "c",
        "ClientSecret": "s",
        "Scope": "a b",
        "ClientAuthenticationStyle": 1,
    }
    headers = [{"Name": "Authorization", "Value": "mine", "FromDirection": 2}]
    made = call(AuthenticationMode=2, OAuthSettings=settings, Headers=headers)
    form = (("grant_type", "client_credentials"), ("scope", "a b"), ("client_id", "c"), ("client_secret", "s"))
    assert OAuthCredentials("http://id/POST", "c", "s", form, False, 60) == made.credentials
    assert "Authorization" not in dict(made.headers)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Proxy("environment")),
        ({"UseProxy": 2}, Proxy("none")),
        (
            {"UseProxy": 1, "ProxyAddress": "http://p:3128", "ProxyUserName": "u", "ProxyPassword": "w"},
            Proxy("manual", "http://p:3128", BasicCredentials("u", "w")),
        ),
    ],
)
def test_the_proxy_is_from_the_environment_given_or_none(fields: dict[str, Any], expected: Proxy) -> None:
    assert expected == call(**fields).proxy


def test_the_reply_is_decoded_with_the_senders_encoding() -> None:
    latin = Reply(body="é".encode("latin-1"))
    assert "é" == sent(reply=latin, Encoding="iso-8859-1").text
    assert "\ufffd" == sent(reply=latin, Encoding="iso-8859-1", Method=1).text


def test_a_binary_reply_is_kept_byte_for_byte() -> None:
    assert b"\x00\xff" == sent(reply=Reply(body=b"\x00\xff"), MessageType=14).response.body


def test_without_waiting_the_response_is_empty() -> None:
    assert (200, "") == ((ran := sent(reply=Reply(body=b"x"), WaitForResponse=False)).response.status, ran.text)


@pytest.mark.parametrize(
    ("reply", "message"),
    [(Reply(status=404, body=b"no patient"), "no patient"), (Reply(status=503), "next was answered with status 503")],
)
def test_a_status_of_400_or_more_is_an_error_with_the_replys_text(reply: Reply, message: str) -> None:
    ran = sent(reply=reply)
    assert ran.outcome.fault is not None
    assert (OutcomeKind.ERRORED, message) == (ran.outcome.kind, ran.outcome.fault.message)


def test_a_message_that_the_encoding_cannot_carry_is_not_sent() -> None:
    ran = sent(MessageTemplate="ł", Encoding="iso-8859-1")
    assert ([], OutcomeKind.ERRORED) == (ran.sends, ran.outcome.kind)


@pytest.mark.parametrize(
    ("fields", "data", "append"),
    [
        ({"MessageTemplate": "a"}, b"a\r\n", True),
        ({"MessageTemplate": "MSH|a", "MessageType": 1}, b"MSH|a\r\n", True),
        ({"MessageTemplate": "MSH|a", "MessageType": 1, "MaxRecordsPerFile": 1}, b"MSH|a", True),
        ({"MessageTemplate": "a", "MaxRecordsPerFile": 1}, b"a\r\n", True),
        ({"MessageTemplate": "aGVs bG8=", "MessageType": 14}, b"hello", False),
    ],
)
def test_the_file_writer_appends_text_and_overwrites_binary(fields: dict[str, Any], data: bytes, append: bool) -> None:
    made = written(**fields)
    assert (data, append) == (made.data, made.append)


def test_the_file_writers_header_comes_from_the_message_options() -> None:
    options = typed("CSVMessageTypeOption", Header="a,b", HasHeader=True)
    assert b"a,b\r\n" == written(MessageType=5, MessageTypeOptions=options, MessageTemplate="1,2").header


def test_the_path_reads_dollar_parentheses_only_for_variables_that_exist() -> None:
    descriptor = {"VariableName": "site", "SampleVariableValue": "main", "SampleValueIsDefaultValue": True}
    writer = typed(
        "FileWriterSenderSetting", Id=guid("b1"), FilePathToWrite="$(Site)/$(none)/${site}.txt", MessageType=13
    )
    custom = receiver(Activities=[guid("b1")], ExtractParameters=True, QueryStringParameters={"site": descriptor})
    (send,) = run(prepare(custom, writer), request()).sends
    assert isinstance(send.call, FileWrite)
    assert "main/$(none)/main.txt" == send.call.path


def test_move_mode_names_the_directory() -> None:
    made = written(MoveIntoDirectoryOnComplete=True, DirectoryToMoveInto="done/${HttpMethod}", MaxRecordsPerFile=3)
    assert ("done/POST", 3) == (made.move_into, made.max_records)


def test_binary_that_is_not_base64_is_not_written() -> None:
    writer = typed("FileWriterSenderSetting", Id=guid("b1"), FilePathToWrite="a", MessageType=14, MessageTemplate="!")
    ran = run(prepare(receiver(Activities=[guid("b1")]), writer), request())
    assert ([], OutcomeKind.ERRORED) == (ran.sends, ran.outcome.kind)


def test_an_activity_without_template_sends_an_empty_message() -> None:
    assert b"" == call("inbound text is not forwarded").body


def test_a_whole_message_placeholder_forwards_the_request() -> None:
    assert ADT.encode() == call(ADT, MessageTemplate=f"${{{RECEIVER} inbound}}", MessageType=1).body


def test_a_disabled_activity_is_skipped() -> None:
    sender = typed("HttpSenderSetting", Id=guid("b1"), Server="http://next/", Disabled=True, MessageType=13)
    assert "ok" == answer((receiver(Activities=[guid("b1")], ResponseMessageTemplate="ok"), sender))
