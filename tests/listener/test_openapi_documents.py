"""The documents that a listener keeps: made when what they describe has changed, of what is really served."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_listener.faults import STATUS
from httpreceiver_listener.routing.table import Match, RoutingTable
from httpreceiver_workflow.openapi.refusals import REFUSALS
from httpreceiver_workflow.options import RouteOptions
from httpreceiver_workflow.pipeline.effects import FaultKind
from httpreceiver_workflow.routes import Route, read_route
from listening import PORT, a_served, an_endpoint, listening
from openapi_documents import described, document_of


async def test_a_document_shows_what_is_served() -> None:
    """A version that does not compile leaves the last good one; what is gone is gone."""
    async with listening(a_served("team/a"), a_served("team/b", ServiceName="w")) as running:
        assert ["/v", "/w"] == paths(await running.listener.openapi())
        broken = a_served("team/a", generation=2, MessageType=99)
        await running.listener.apply([an_endpoint(broken, a_served("team/b", ServiceName="x"))])
        assert ["/v", "/x"] == paths(await running.listener.openapi())
        await running.listener.apply([an_endpoint(a_served("team/b", ServiceName="x"))])
        assert ["/x"] == paths(await running.listener.openapi())
        await running.listener.apply([])
        assert {} == await running.listener.openapi()


async def test_a_receiver_that_lost_its_path_is_not_shown() -> None:
    """A document never says more than the routing table."""
    async with listening(a_served("team/a"), a_served("team/b")) as running:
        assert [{"name": "a"}] == json.loads((await running.listener.openapi())[PORT])["tags"]


async def test_a_document_is_made_anew_only_when_something_has_changed() -> None:
    """Unchanged it is the same object, whoever asks."""
    offered = a_served("team/a")
    async with listening(offered) as running:
        before = (await running.listener.openapi())[PORT]
        await running.listener.apply([an_endpoint(offered), an_endpoint(a_served("team/b"), port=PORT + 1)])
        assert before is (await running.listener.openapi())[PORT]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_described_with_a_status_that_the_listener_gives(name: str) -> None:
    """414 is the parser's own."""
    assert REFUSALS[name].status in {*STATUS.values(), 414}


def test_every_refusal_before_a_run_is_described() -> None:
    """Of kinds that callers meet; 405 has no operation, 499 no caller, and the others are a run's."""
    of_no_operation = {FaultKind.METHOD_NOT_ALLOWED, FaultKind.CLIENT_GONE, FaultKind.CONNECTIVITY}
    described = {answer.status for answer in REFUSALS.values()}
    assert {STATUS[kind] for kind in FaultKind if kind not in of_no_operation} <= described


def paths(documents: dict[int, bytes] | object) -> list[str]:
    """Return the paths of the only port."""
    assert isinstance(documents, dict)
    [document] = documents.values()
    return list(json.loads(document)["paths"])


METHODS: Final = ("GET", "PUT", "POST", "DELETE", "PATCH", "TRACE", "OPTIONS", "PURGE")
TEMPLATES = st.one_of(
    st.none(),
    st.lists(st.sampled_from(["a", "b", "*", "{p}"]), max_size=3, unique=True).map("/".join),
)
ROUTES = st.lists(
    st.builds(
        lambda base, path, methods, hosts: read_route(
            base, RouteOptions(path=path, methods=tuple(methods), hostnames=tuple(hosts))
        )[0],
        st.sampled_from(["a", "b", "a/b"]),
        TEMPLATES,
        st.lists(st.sampled_from(["GET", "PUT", "PURGE"]), max_size=2),
        st.lists(st.sampled_from(["x.test", "y.x.test", "*.test", "*.x.test"]), max_size=2),
    ),
    min_size=1,
    max_size=6,
)
HOSTS: Final = {
    "other": [""],
    "x.test": ["x.test", "*.test", ""],
    "y.x.test": ["y.x.test", "*.x.test", "*.test", ""],
    "z.x.test": ["*.x.test", "*.test", ""],
}
"""Host of a request → what receivers may list for it, the most specific first."""
A_RECEIVER: Final = described()


@given(ROUTES)
def test_at_every_path_stands_whoever_the_routing_table_finds(routes: list[Route]) -> None:
    """With each method at each host; where a document names nobody, nobody takes it."""
    table: RoutingTable[str] = RoutingTable()
    named = {f"r{number}": route for number, route in enumerate(routes)}
    served = {name: route for name, route in named.items() if table.add(route, name) is None}
    document = document_of(*(replace(A_RECEIVER, name=name, route=route) for name, route in served.items()))
    assert {route.steps for route in served.values()} <= {*map(_steps, document["paths"])}
    for path, item in document["paths"].items():
        told = {(host, method): name for host, method, name in _told(item)}
        asked = "/".join("other" if segment.startswith("{") else segment for segment in path.split("/"))
        for host, listed in HOSTS.items():
            for method in METHODS:
                found = table.match(asked, method, host)
                names = [told[place] for one in listed for place in ((one, method), (one, "any")) if place in told]
                assert (found.served if isinstance(found, Match) else None) == (names or [None])[0], (path, method)


def _steps(path: str) -> tuple[str | None, ...]:
    return tuple(None if segment.startswith("{") else segment for segment in path.split("/")[1:])


def _told(item: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield host, method and receiver of all that a path item names; ``""`` for every host and ``any`` for methods."""
    operations = [(method, item[method.lower()]) for method in METHODS if method.lower() in item]
    operations += item.get("x-additional-operations", {}).items()
    operations += [(one["method"], one["operation"]) for one in item.get("x-at-hostnames", ())]
    for method, operation in operations:
        is_any = operation["operationId"] == item.get("x-any-method")
        for server in operation.get("servers", [{"url": ""}]):
            host = server["url"].removeprefix("http://").partition(":")[0].replace("{name}", "*")
            yield host, "any" if is_any else method, operation["operationId"].partition(".")[0]
