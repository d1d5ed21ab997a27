"""Every line of every table of docs/routing.md, on a real listener."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import yaml

from httpreceiver_workflow.options import ReceiverOptions, read_options
from httpreceiver_workflow.routes import READABLE_METHODS, overlap, read_route
from listening import PORT, a_request, a_served, an_endpoint, body_of, exchange, listening, states, status_of

CLOSE: Final = ("Connection: close",)
PAGE: Final = (Path(__file__).parents[2] / "docs" / "routing.md").read_text()
ALLOW: Final = re.compile(rb"\r\nAllow: ?(.*?) ?\r\n")


def table(*headings: str) -> Iterator[list[str]]:
    """Yield the cells of each line of every table under *headings*."""
    head = f"| {' | '.join(headings)} |\n"
    assert head in PAGE
    for part in PAGE.split(head)[1:]:
        for line in part.split("\n\n")[0].splitlines()[1:]:
            yield [cell.strip() for cell in line.strip("|").split("|")]


def options(route: Any) -> ReceiverOptions:
    """Return the options of a receiver with *route*."""
    read, problems = read_options({"route": route})
    assert problems == ()
    return read


def shared() -> Iterator[Any]:
    """Yield the receivers of the page; each answers with its name."""
    for name, service_name, route in table("receiver", "ServiceName", "route"):
        served = a_served(name=f"t/{name}", ServiceName=service_name, ResponseMessageTemplate=f'"{name}"')
        yield msgspec.structs.replace(served, options=options(yaml.safe_load(route.strip("`") or "{}")))


LINES = [*table("request", "answer", "because"), *table("request", "answer", "rule")]


@pytest.mark.parametrize(("request_line", "answer", "rule"), LINES, ids=[line[0] for line in LINES])
async def test_a_request_is_answered_as_published(request_line: str, answer: str, rule: str) -> None:
    """By that receiver, or with that status and Allow."""
    asked, _, host = request_line.partition(" at ")
    method, target = asked.strip("`").split(" ")
    sent = f"{method} {target} HTTP/1.1\r\nHost: {host.strip('`') or 'test'}\r\nConnection: close\r\n\r\n"
    async with listening(*shared()) as running:
        assert set(states(running.listener.report).values()) == {"serving"}
        got = await exchange(running.port(), sent.encode())
        [line] = await running.logged()
    status, _, allow = answer.partition(" ")
    if not status.isdigit():
        assert (status_of(got), line["receiver"]) == (200, f"t/{answer}")
        assert body_of(got) == (b"" if method == "HEAD" else f'"{answer}"'.encode())
        assert line["outcome"] == "completed"
        return
    assert status_of(got) == int(status)
    assert line["outcome"] != "completed"
    found = ALLOW.search(got)
    assert (found[1].decode() if found else "") == allow.strip("` ")
    assert (found is not None) == bool(allow)


CONFLICTS = list(table("ServiceName and route", "ServiceName and route", "conflict"))


@pytest.mark.parametrize(("one", "other", "conflict"), CONFLICTS, ids=[f"{one} {other}" for one, other, _ in CONFLICTS])
async def test_a_conflict_is_as_published(one: str, other: str, conflict: str) -> None:
    """In the planner's rule and in a listener that is told to serve both."""
    routes, receivers = [], []
    for number, cell in enumerate((one, other)):
        name, _, route = cell.strip("`").partition(" ")
        said = options(yaml.safe_load(route or "{}"))
        routes.append(read_route(name, said.route)[0])
        receivers.append(msgspec.structs.replace(a_served(name=f"t/{number}", ServiceName=name), options=said))
    shared_place = overlap(*routes)
    assert (shared_place.example if shared_place else "") == conflict.strip("`")
    async with listening(endpoints=[an_endpoint(*receivers, port=PORT)]) as running:
        second = states(running.listener.report)["t/1"]
    assert second == ("conflicted" if conflict else "serving")


async def test_the_parser_reads_the_methods_that_a_route_may_list_and_no_more() -> None:
    """A method that can be listed but not sent would be a receiver that nobody reaches."""
    expected = dict.fromkeys(sorted(READABLE_METHODS), 200) | dict.fromkeys(("FROB", "DESCRIBE", "get"), 400)
    async with listening(a_served()) as running:
        for method, status in expected.items():
            assert status_of(await exchange(running.port(), a_request(method=method, headers=CLOSE))) == status, method


async def test_url_sections_count_from_service_name_also_below_a_template() -> None:
    """A workflow that reads them needs no change when a route is added."""
    sections = {"ExtractUrlSections": True, "UrlSections": [{"VariableName": "A"}, {"VariableName": "B"}]}
    served = a_served(**sections, ResponseMessageTemplate='"${A} ${B}"')
    served = msgspec.structs.replace(served, options=options({"path": "ward/{ward}"}))
    async with listening(served) as running:
        assert body_of(await exchange(running.port(), a_request("/v/ward/A%2F7", headers=CLOSE))) == b'"ward A/7"'


async def test_two_host_headers_are_refused_where_hosts_decide() -> None:
    """Two parties that read different ones would disagree on who is meant."""
    lab = msgspec.structs.replace(a_served(), options=options({"hostnames": ["lab.test"]}))
    async with listening(lab) as running:
        twice = a_request(headers=["Host: lab.test"])
        assert status_of(await exchange(running.port(), twice)) == 400


async def test_an_unusual_method_is_counted_with_the_others() -> None:
    """So that callers cannot make up labels."""
    async with listening(a_served()) as running:
        await exchange(running.port(), a_request(method="PURGE", headers=CLOSE))
        labels = {"receiver": "team/a", "status": "200", "outcome": "completed", "stage": "response"}
        assert running.metric("httpreceiver_requests_total", method="_OTHER", **labels) == 1


@pytest.mark.parametrize("path", [b"/v/\0", b"/v/a b", b"/v/\x01"])
async def test_bytes_that_no_path_may_hold_are_refused_by_the_parser(path: bytes) -> None:
    """Before a receiver is looked for."""
    async with listening(a_served()) as running:
        got = await exchange(running.port(), b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert status_of(got) == 400
