"""Expressions, responses and correlation over real connections."""

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import trustme
from aiohttp import web

from certificates_made import client_context, pair_of, write_pem
from guarded import guarded
from httpreceiver_workflow.endpoint import Scheme, ServedReceiver, decode_receiver, encode_receiver
from httpreceiver_workflow.options import read_options
from listening import (
    a_client,
    a_request,
    a_served,
    a_stub,
    an_endpoint,
    body_of,
    exchange,
    forwarding,
    free_port,
    listening,
    status_of,
)

CLOSE: Final = "Connection: close"
TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
PARENT: Final = f"00-{TRACE}-b7ad6b7169203331-01"


def beside(served: ServedReceiver, **spec: Any) -> ServedReceiver:
    """Return *served* with *spec* beside its workflow, as the operator sends it."""
    options, problems = read_options(spec)
    assert problems == ()
    return decode_receiver(encode_receiver(msgspec.structs.replace(served, options=options)))


async def asked(served: ServedReceiver, path: str = "/v", body: bytes = b"{}", *headers: str) -> bytes:
    """Return the raw answer of a listener with that one receiver."""
    async with listening(served) as running:
        return await exchange(running.port(), a_request(path, body, headers=[CLOSE, *headers]))


def head(answer: bytes) -> list[str]:
    """Return the lines of a raw answer's head."""
    return answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")


async def test_the_main_contact_is_answered_by_its_attributes() -> None:
    served = beside(
        a_served(ServiceName="api/v1"),
        route={"path": "account/{accountId}/main-contact"},
        response={
            "body": "#['Received a ' + attributes.method + ' request for account ' + attributes.uriParams.accountId"
            " + '. The following users are notified: ' + attributes.queryParams.all.notify.join(', ')]"
        },
    )
    answer = await asked(served, "/api/v1/account/salesforce/main-contact?overwrite=true&notify=jane.doe&notify=admin")
    assert status_of(answer) == 200
    assert body_of(answer) == (
        b"Received a POST request for account salesforce. The following users are notified: jane.doe, admin"
    )


async def test_every_attribute_is_read_of_the_connection() -> None:
    names = [
        *("method", "scheme", "version", "listenerPath", "requestPath", "rawRequestPath", "relativePath"),
        *("requestUri", "queryString", "queryParams", "uriParams", "clientCertificate"),
    ]
    members = ", ".join(f"'{name}': attributes.{name}" for name in names)
    body = f"#[{{{members}, 'host': attributes.headers.host, 'tags': attributes.headers.all['x-tag']}}]"
    answer = await asked(
        beside(a_served(), response={"body": body}), "/v/a%20b?c=1&c=2", b"{}", "X-Tag: 1", "x-tag: gr\u00fcn"
    )
    assert json.loads(body_of(answer)) == {
        "method": "POST",
        "scheme": "http",
        "version": "HTTP/1.1",
        "listenerPath": "/v/*",
        "requestPath": "/v/a b",
        "rawRequestPath": "/v/a%20b",
        "relativePath": "/a b",
        "requestUri": "/v/a%20b?c=1&c=2",
        "queryString": "c=1&c=2",
        "queryParams": {"c": "1"},
        "uriParams": {},
        "clientCertificate": {},
        "host": "test",
        "tags": ["1", "grün"],
    }


async def test_both_addresses_are_read() -> None:
    served = beside(a_served(), response={"body": "#[attributes.remoteAddress + ' ' + attributes.localAddress]"})
    async with listening(served) as running:
        remote, local = body_of(await exchange(running.port(), a_request(headers=[CLOSE]))).decode().split(" ")
        assert local == f"127.0.0.1:{running.port()}"
        assert remote.startswith("127.0.0.1:")
        assert remote != local


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (("127.0.0.0/8",), "192.0.2.7, 198.51.100.9", "198.51.100.9"),
        (("127.0.0.0/8", "198.51.100.0/24"), "192.0.2.7, 198.51.100.9", "192.0.2.7"),
        (("127.0.0.0/8",), "[2001:db8::1]:555", "2001:db8::1"),
        (("10.0.0.0/8",), "192.0.2.7", "127.0.0.1:"),
        ((), "192.0.2.7", "127.0.0.1:"),
    ],
)
async def test_the_remote_address_is_the_callers_that_trusted_proxies_tell(
    trusted: tuple[str, ...], forwarded: str, address: str
) -> None:
    """The same as everything else that tells or judges an address has."""
    served = beside(
        a_served(ResponseMessageTemplate="${ClientIP}", MessageType=13),
        response={"headers": [{"name": "X-Remote", "value": "#[attributes.remoteAddress]"}]},
    )
    async with listening(served, trusted_proxies=trusted) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE, f"X-Forwarded-For: {forwarded}"]))
        [line] = await running.logged()
    host = address.removesuffix(":")
    assert (body_of(answer).decode(), line["client"]) == (host, host)
    assert f"X-Remote: {address}".encode() in answer


async def test_the_name_of_the_caller_is_read_and_no_request_can_set_it() -> None:
    key = {"apiKey": {"secretRef": {"name": "wards"}, "header": "X-Key"}, "allowInsecure": True}
    served = guarded(
        [key],
        {"wards": {"ward-3": "k3y"}},
        ExtractParameters=True,
        QueryStringParameters={"ClientName": {"VariableName": "ClientName"}},
    )
    response = {"headers": [{"name": "X-Caller", "value": "#[attributes.clientName + '/' + vars.ClientName]"}]}
    options, problems = read_options({"auth": [key], "response": response})
    assert problems == ()
    async with listening(msgspec.structs.replace(served, options=options)) as running:
        sent = a_request("/v?ClientName=root", headers=[CLOSE, "X-Key: k3y"])
        answer = await exchange(running.port(), sent)
    assert body_of(answer) == b"ward-3"
    assert b"X-Caller: ward-3/ward-3\r\n" in answer


async def test_a_client_certificate_is_read(tmp_path: Path) -> None:
    allowed = pair_of(trustme.CA().issue_cert("partner.test", organization_name="Partner"))
    presents = write_pem(allowed, tmp_path / "allowed.pem")
    served = beside(
        a_served(UseSsl=True, RequireClientCertificate=True, ClientCertificateThumbPrint=allowed.thumbprint),
        response={"body": "#[attributes.clientCertificate]"},
    )
    endpoint = an_endpoint(served, scheme=Scheme.HTTPS)
    async with listening(endpoints=[endpoint], state_folder=tmp_path / "state") as running, a_client() as client:
        url, context = running.url(scheme="https"), client_context(None, presents)
        async with client.post(url, ssl=context) as answer:
            facts = await answer.json()
    assert facts["sha1"] == allowed.thumbprint
    assert "Partner" in facts["subject"]
    assert sorted(facts) == ["issuer", "notAfter", "serial", "sha1", "sha256", "subject"]


async def test_status_reason_and_repeated_headers_are_written() -> None:
    served = beside(
        a_served(),
        response={
            "statusCode": 201,
            "reasonPhrase": "Made It",
            "headers": [{"name": "Set-Cookie", "value": "#[['a=1', 'b=2']]"}, {"name": "X-Time", "value": "50s"}],
        },
    )
    lines = head(await asked(served))
    assert lines[0] == "HTTP/1.1 201 Made It"
    assert [line for line in lines if line.startswith(("Set-Cookie", "X-Time"))] == [
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
        "X-Time: 50s",
    ]


async def test_a_reason_is_the_standards_where_none_is_given() -> None:
    assert head(await asked(beside(a_served(), response={"statusCode": 504})))[0] == "HTTP/1.1 504 Gateway Timeout"


async def test_an_unreachable_system_is_a_504_where_its_kind_says_so() -> None:
    served = beside(
        forwarding(f"http://127.0.0.1:{free_port()}/"),
        errorResponse={"statusByKind": {"Connectivity": 504}, "headers": [{"name": "X-Time", "value": "50s"}]},
    )
    async with listening(served) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE]))
        [line] = await running.logged()
    assert status_of(answer) == 504
    assert "Content-Type: application/problem+json" in head(answer)
    assert "X-Time: 50s" in head(answer)
    problem = json.loads(body_of(answer))
    assert (problem["kind"], problem["status"], problem["id"]) == ("Connectivity", 504, line["id"])


@pytest.mark.parametrize("value", ["a%0d%0aSet-Cookie:%20b=1", "a%0ab", "%c3%a9", "a%0d%0a%0d%0a<script>"])
async def test_data_of_a_request_never_becomes_another_header(value: str) -> None:
    served = beside(
        a_served(),
        response={
            "reasonPhrase": "#[attributes.queryParams.q]",
            "headers": [{"name": "X-Q", "value": "#[attributes.queryParams.q]"}],
        },
    )
    answer = await asked(served, f"/v?q={value}")
    assert status_of(answer) == 500
    assert b"Cookie" not in answer
    assert b"script" not in answer


async def test_a_body_that_is_no_json_is_the_callers_mistake() -> None:
    served = beside(a_served(), variables=[{"name": "n", "value": "#[payload.name]"}])
    async with listening(served) as running:
        answer = await exchange(running.port(), a_request(body=b"{", headers=[CLOSE, "Content-Type: application/json"]))
        [line] = await running.logged()
    assert status_of(answer) == 400
    assert (line["outcome"], line["fault"]) == ("errored", "BadRequest")


# --- correlation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "returned"),
    [
        (["X-Correlation-ID: 9cf32672-4f0b"], "9cf32672-4f0b"),
        (["MULE_CORRELATION_ID: old"], "old"),
        (["MULE_CORRELATION_ID: old", "X-Correlation-ID: new"], "new"),
        (["X-Correlation-ID: " + "x" * 255], "x" * 255),
        (["X-Correlation-ID: " + "x" * 256], None),
        (["X-Correlation-ID: gr\u00fcn"], None),
        (["X-Correlation-ID:"], None),
        ([], None),
    ],
)
async def test_the_correlation_id_is_the_callers_or_made(sent: list[str], returned: str | None) -> None:
    """A made one is the request's own id; it is the same in the answer, the log and every call."""
    async with a_stub() as stub:
        served = beside(forwarding(stub.url), correlation={"enabled": True}, response={"body": "#[correlationId]"})
        async with listening(served) as running:
            answer = await exchange(running.port(), a_request(headers=[CLOSE, *sent]))
            [line] = await running.logged()
    expected = returned or line["id"]
    assert f"X-Correlation-ID: {expected}" in head(answer)
    assert line["correlation"] == expected
    assert body_of(answer).decode() == expected
    assert stub.headers[0]["X-Correlation-ID"] == expected


async def test_without_correlation_nothing_is_added() -> None:
    async with a_stub() as stub, listening(forwarding(stub.url)) as running:
        sent = ["X-Correlation-ID: a", f"traceparent: {PARENT}"]
        answer = await exchange(running.port(), a_request(headers=[CLOSE, *sent]))
        [line] = await running.logged()
    assert sorted(line.partition(":")[0] for line in head(answer)[1:]) == [
        "Connection",
        "Content-Length",
        "Content-Type",
        "Date",
    ]
    assert not {"correlation", "trace"} & set(line)
    assert not {"X-Correlation-ID", "traceparent"} & set(stub.headers[0])


async def test_a_refusal_carries_the_correlation_id_too() -> None:
    served = beside(a_served(suspended=True), correlation={"enabled": True})
    answer = await asked(served, "/v", b"{}", "X-Correlation-ID: a")
    assert status_of(answer) == 503
    assert "X-Correlation-ID: a" in head(answer)


async def test_a_trace_goes_on_with_a_new_span() -> None:
    async with a_stub() as stub:
        served = beside(forwarding(stub.url), correlation={"enabled": True})
        async with listening(served) as running:
            sent = [f"traceparent: {PARENT}", "tracestate: a=1", "tracestate: b=2"]
            for _ in range(2):
                await exchange(running.port(), a_request(headers=[CLOSE, *sent]))
            lines = await running.logged(2)
    assert [line["trace"] for line in lines] == [TRACE, TRACE]
    parents = [headers["traceparent"].split("-") for headers in stub.headers]
    assert [(version, trace, flags) for version, trace, _, flags in parents] == [("00", TRACE, "01")] * 2
    assert len({span for _, _, span, _ in parents} | {"b7ad6b7169203331", "0" * 16}) == 4
    assert [headers["tracestate"] for headers in stub.headers] == ["a=1,b=2"] * 2


@pytest.mark.parametrize(
    "parent",
    [
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"{PARENT}-more",
        PARENT.upper(),
        "nonsense",
    ],
)
async def test_a_malformed_trace_is_not_continued(parent: str) -> None:
    async with a_stub() as stub:
        served = beside(forwarding(stub.url), correlation={"enabled": True})
        async with listening(served) as running:
            await exchange(running.port(), a_request(headers=[CLOSE, f"traceparent: {parent}", "tracestate: a=1"]))
            [line] = await running.logged()
    assert "trace" not in line
    assert not {"traceparent", "tracestate"} & set(stub.headers[0])


async def test_work_after_an_early_answer_is_logged_under_the_same_ids() -> None:
    async with a_stub() as stub:
        stub.answer = lambda _: web.Response(status=500)
        served = beside(forwarding(stub.url, ReponsePriority=0), correlation={"enabled": True})
        async with listening(served) as running:
            await exchange(running.port(), a_request(headers=[CLOSE, "X-Correlation-ID: a", f"traceparent: {PARENT}"]))
            lines = await running.logged(2)
    assert [(line["correlation"], line["trace"]) for line in lines] == [("a", TRACE)] * 2
