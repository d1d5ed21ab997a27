"""CORS: preflights answered by the listener, header lines on every answer to a page."""

from typing import Any, Final

import msgspec
import pytest

from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.options import read_options
from listening import a_request, a_served, body_of, exchange, listening, status_of

PORTAL: Final = "https://portal.example.com"


def a_shared(cors: dict[str, Any] | None, route: dict[str, Any] | None = None, **members: Any) -> ServedReceiver:
    """Return a receiver with `cors` and `route`."""
    options, problems = read_options({"cors": cors, "route": route})
    assert problems == ()
    return msgspec.structs.replace(a_served(**members), options=options)


async def asked(served: ServedReceiver, method: str, *headers: str, path: str = "/v") -> bytes:
    """Return the raw answer of a listener with that one receiver."""
    async with listening(served) as running:
        return await exchange(running.port(), a_request(path, method=method, headers=["Connection: close", *headers]))


def lines(answer: bytes) -> list[str]:
    """Return the header lines of the protocol, and those that go with it."""
    head = answer.partition(b"\r\n\r\n")[0].decode().splitlines()
    return [line for line in head if line.startswith(("Access-Control-", "Vary", "Allow"))]


def preflight(origin: str, method: str, headers: str = "") -> list[str]:
    """Return what a browser sends before a request of *method* with *headers*."""
    asked = [f"Access-Control-Request-Headers: {headers}"] if headers else []
    return [f"Origin: {origin}", f"Access-Control-Request-Method: {method}", *asked]


FULL: Final = {
    "allowOrigins": [PORTAL, "https://*.clinic.example.com:8443"],
    "allowHeaders": ["Content-Type", "X-Ward"],
    "exposeHeaders": ["X-Id"],
    "maxAgeSeconds": 60,
    "allowCredentials": True,
}


async def test_a_preflight_is_answered_without_a_run() -> None:
    """Also where the receiver takes every method, OPTIONS too."""
    answer = await asked(a_shared(FULL), "OPTIONS", *preflight(PORTAL, "PUT", "x-ward, content-type,accept"))
    assert status_of(answer) == 204
    assert body_of(answer) == b""
    assert lines(answer) == [
        f"Access-Control-Allow-Origin: {PORTAL}",
        "Access-Control-Allow-Methods: PUT",
        "Access-Control-Allow-Credentials: true",
        "Access-Control-Allow-Headers: Content-Type, X-Ward",
        "Access-Control-Max-Age: 60",
        "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    ]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (PORTAL, True),
        ("https://eye.clinic.example.com:8443", True),
        ("https://a.b.clinic.example.com:8443", True),
        ("https://eye.clinic.example.com", False),
        ("https://clinic.example.com:8443", False),
        ("https://evilclinic.example.com:8443", False),
        ("https://evil.com/.clinic.example.com:8443", False),
        ("http://portal.example.com", False),
        ("https://portal.example.com.evil.com", False),
        ("https://portalXexample.com", False),
        ("null", False),
        ("https://porta\u017f.clinic.example.com:8443", False),
        ("https://\u212aa.clinic.example.com:8443", False),
        (f"https://{'a.' * 200}clinic.example.com:8443", False),
    ],
)
async def test_an_origin_is_matched_whole(origin: str, allowed: bool) -> None:
    """A part of a name is another page."""
    answer = await asked(a_shared(FULL), "OPTIONS", *preflight(origin, "POST"))
    assert status_of(answer) == (204 if allowed else 403)
    assert (f"Access-Control-Allow-Origin: {origin}" in lines(answer)) == allowed
    assert allowed or lines(answer) == ["Vary: Origin"]


@pytest.mark.parametrize(
    ("cors", "route", "method", "headers", "status"),
    [
        ({"allowOrigins": ["*"]}, {"methods": ["PUT"]}, "PUT", "", 204),
        ({"allowOrigins": ["*"]}, {"methods": ["PUT"]}, "POST", "", 403),
        ({"allowOrigins": ["*"], "allowMethods": ["GET"]}, None, "POST", "", 403),
        ({"allowOrigins": ["*"], "allowMethods": ["POST"]}, None, "POST", "", 204),
        ({"allowOrigins": ["*"]}, None, "FROB", "", 403),
        ({"allowOrigins": ["*"]}, None, "P\xd6ST", "", 403),
        ({"allowOrigins": ["*"]}, None, "POST", "content-type", 403),
        ({"allowOrigins": ["*"], "allowHeaders": ["*"]}, None, "POST", "x-any, content-type", 204),
        ({"allowOrigins": ["*"], "allowHeaders": ["*"]}, None, "POST", "authorization", 403),
        ({"allowOrigins": ["*"], "allowHeaders": ["*", "Authorization"]}, None, "POST", "authorization", 204),
    ],
)
async def test_a_method_or_header_that_is_not_allowed_is_403(
    cors: dict[str, Any], route: dict[str, Any] | None, method: str, headers: str, status: int
) -> None:
    """The body says which of the three."""
    answer = await asked(a_shared(cors, route), "OPTIONS", *preflight(PORTAL, method, headers))
    assert status_of(answer) == status
    if status == 403:
        assert f"This {'header' if headers else 'method'} is not allowed.".encode() in body_of(answer)


async def test_a_page_gets_the_headers_on_answers_and_on_errors() -> None:
    """Without them it could not even read why its request failed."""
    expected = [
        f"Access-Control-Allow-Origin: {PORTAL}",
        "Access-Control-Allow-Credentials: true",
        "Access-Control-Expose-Headers: X-Id",
        "Vary: Origin",
    ]
    served = a_shared(FULL)
    async with listening(served) as running:
        good = await exchange(running.port(), a_request(headers=["Connection: close", f"Origin: {PORTAL}"]))
        coded = ["Connection: close", f"Origin: {PORTAL}", "Content-Encoding: x"]
        refused = await exchange(running.port(), a_request(headers=coded))
    assert (status_of(good), lines(good)) == (200, expected)
    assert (status_of(refused), lines(refused)) == (415, expected)


async def test_a_method_that_is_not_taken_tells_a_page_so() -> None:
    """405 with Allow and the headers of the receiver at that path."""
    served = a_shared({"allowOrigins": ["*"]}, {"methods": ["PUT"]})
    answer = await asked(served, "POST", f"Origin: {PORTAL}")
    assert status_of(answer) == 405
    assert lines(answer) == ["Access-Control-Allow-Origin: *", "Allow: HEAD, OPTIONS, PUT"]


async def test_another_origin_and_no_origin_get_no_permission() -> None:
    """The request runs; a cache learns that the answer depends on the origin."""
    for headers in (["Origin: https://other.test"], []):
        answer = await asked(a_shared(FULL), "POST", *headers)
        assert (status_of(answer), lines(answer)) == (200, ["Vary: Origin"])


async def test_without_cors_options_is_an_ordinary_method() -> None:
    """The workflow answers it, also a preflight, and nothing of the protocol is added."""
    answer = await asked(a_shared(None), "OPTIONS", *preflight(PORTAL, "POST"))
    assert (status_of(answer), body_of(answer), lines(answer)) == (200, b'"ok"', [])
    answer = await asked(a_shared(None, {"methods": ["POST"]}), "OPTIONS", *preflight(PORTAL, "POST"))
    assert (status_of(answer), lines(answer)) == (204, ["Allow: HEAD, OPTIONS, POST"])


async def test_options_that_are_no_preflight_reach_the_receiver() -> None:
    """With the headers of the protocol for the page that sent them."""
    answer = await asked(a_shared({"allowOrigins": ["*"]}), "OPTIONS", f"Origin: {PORTAL}")
    assert (status_of(answer), body_of(answer)) == (200, b'"ok"')
    assert lines(answer) == ["Access-Control-Allow-Origin: *"]


async def test_a_preflight_means_the_receiver_that_the_announced_method_means() -> None:
    """Of two receivers of one path each has its own pages."""
    reads = a_shared({"allowOrigins": ["https://reads.test"]}, {"methods": ["GET"]}, name="t/reads")
    writes = a_shared({"allowOrigins": ["https://writes.test"]}, {"methods": ["PUT"]}, name="t/writes")
    async with listening(reads, writes) as running:
        for origin, method, status in (
            ("https://reads.test", "GET", 204),
            ("https://reads.test", "PUT", 403),
            ("https://writes.test", "PUT", 204),
        ):
            sent = a_request(method="OPTIONS", headers=["Connection: close", *preflight(origin, method)])
            assert status_of(await exchange(running.port(), sent)) == status
        first = (await running.logged(3))[0]
        assert (first["receiver"], first["outcome"]) == ("t/reads", "preflight")
