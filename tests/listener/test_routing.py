"""
Which receiver a request means: the table against the rules written down naively (`routes.rank`), and what it costs.

The published table of docs/routing.md is run line by line in test_routing_served.py.
"""

import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_listener.routing import table as routing
from httpreceiver_listener.routing.table import MalformedPath, Match, Miss, RoutingTable
from httpreceiver_workflow.addresses import base_path, host_key, path_keys
from httpreceiver_workflow.options import RouteOptions
from httpreceiver_workflow.routes import READABLE_METHODS, Route, overlap, prefix_route, rank, read_route


def a_table(routes: Iterable[tuple[str, Route]]) -> RoutingTable[str]:
    """Return a table of routes by name; each must find its places free."""
    table: RoutingTable[str] = RoutingTable()
    for name, route in routes:
        assert table.add(route, name) is None
    return table


def prefixes(*names: str) -> RoutingTable[str]:
    """Return a table of receivers without a route."""
    return a_table((name, prefix_route(base_path(name))) for name in names)


def a_route(path: str | None = None, *methods: str, base: str = "api", hosts: Iterable[str] = ()) -> Route:
    """Return a route without mistakes."""
    route, problems = read_route(base, RouteOptions(path=path, methods=methods, hostnames=tuple(hosts)))
    assert problems == ()
    return route


PREFIXES = prefixes("api", "api/patient", "api/patient list", "other/deep/down")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api", ("api", "")),
        ("/api/", ("api", "")),
        ("/API/x/y", ("api", "x/y")),
        ("/api/patient", ("api/patient", "")),
        ("/api/patient/12/a%2Fb/", ("api/patient", "12/a%2Fb")),
        ("/api/patients", ("api", "patients")),
        ("/api/Patient%20List/7", ("api/patient list", "7")),
        ("/%61pi/1", ("api", "1")),
        ("/api//x", ("api", "x")),
        ("/api/patient//x", ("api/patient", "x")),
        ("/other/deep/down/under", ("other/deep/down", "under")),
        ("/other/deep", None),
        ("/api%2Fpatient", None),
        ("/apis", None),
        ("//api", None),
        ("/", None),
    ],
)
def test_without_a_route_the_longest_prefix_is_meant(path: str, expected: tuple[str, str] | None) -> None:
    """By whole decoded segments, ignoring case (contract 3.1)."""
    found = PREFIXES.match(path, "POST")
    assert ((found.served, found.rest) if isinstance(found, Match) else None) == expected


def test_a_receiver_at_the_root_takes_what_no_other_does() -> None:
    """As a `*` at the end does."""
    table = prefixes("", "api")
    assert table.match("/anything/else", "GET") == Match("", "anything/else", {})
    assert table.match("/api/x", "GET") == Match("api", "x", {})


@pytest.mark.parametrize(
    "path",
    [
        *("/api/%", "/api/%4", "/api/%zz", "/%GG", "/api/%00", "/api/a%00b"),
        *("/api/.", "/api/..", "/api/../etc", "/./api", "/api/%2e", "/api/%2E%2e/x", "/api/.%2E", "/api/x/..%2Fy"),
        *("/api/a%2f..%2Fb", "/api/..%5Cx", "/api/x%5c..", "/api/..\\x", "/api\\..\\x"),
    ],
)
def test_a_malformed_path_means_nobody(path: str) -> None:
    """A broken escape, a null byte, or a dot segment in any disguise."""
    with pytest.raises(MalformedPath):
        PREFIXES.match(path, "GET")


@pytest.mark.parametrize("path", ["/api/.hidden", "/api/a.b", "/api/...", "/api/100%25", "/api/%252e%252e", "/api/a+b"])
def test_what_only_looks_malformed_is_routed(path: str) -> None:
    """Dots inside a name, and what is escaped twice."""
    assert isinstance(PREFIXES.match(path, "GET"), Match)


def test_parameters_are_captured_decoded_and_the_rest_begins_after_service_name() -> None:
    """Once: `%2F` and `+` stay in their segment; URL sections go on counting from ServiceName."""
    table = a_table([("one", a_route("ward/{ward}/{Bed}/*"))])
    found = table.match("/Api/Ward/a%2Fb+c/B%C3%A4r%2520/x", "GET")
    assert found == Match("one", "Ward/a%2Fb+c/B%C3%A4r%2520/x", {"ward": "a/b+c", "Bed": "Bär%20"})


def test_a_parameter_that_is_not_utf8_means_nobody() -> None:
    """A value that was read wrongly in silence is worse than a refusal."""
    with pytest.raises(MalformedPath):
        a_table([("one", a_route("{name}"))]).match("/api/%FF", "GET")


@pytest.mark.parametrize("path", ["/api/a//", "/api//", "/api//a", "/api/a/b/"])
def test_a_template_is_matched_exactly(path: str) -> None:
    """One final slash does not matter; an empty segment is no value."""
    table = a_table([("one", a_route("{name}"))])
    assert table.match("/api/a/", "GET") == Match("one", "a", {"name": "a"})
    assert table.match(path, "GET") == Miss(frozenset(), None)


def test_a_miss_says_what_is_allowed() -> None:
    """Of every template that fits, also less specific ones, on every host."""
    table = a_table(
        [
            ("exact", a_route("x", "GET")),
            ("any", a_route("{id}", "PUT", "GET")),
            ("lab", a_route("*", "PURGE", hosts=["lab.test"])),
        ]
    )
    assert table.match("/api/x", "DELETE", "lab.test") == Miss(frozenset({"GET", "PUT", "PURGE"}), "lab")
    assert table.match("/api/x", "DELETE", "ward.test") == Miss(frozenset({"GET", "PUT"}), "exact")


def test_of_two_with_a_place_in_common_the_second_gets_none() -> None:
    """And is told who holds it."""
    table = a_table([("first", a_route("{a}", "GET"))])
    assert table.add(a_route("{b}", "PUT", "GET"), "second") == "first"
    assert table.match("/api/x", "PUT") == Miss(frozenset({"GET"}), "first")


# --- the table against the rules -----------------------------------------------------------------------------------

LITERALS = ("a", "b", "a%2Fb")
TEMPLATES = st.one_of(
    st.none(),
    st.lists(st.sampled_from([*LITERALS, "*", "{}"]), max_size=4).map(
        lambda segments: "/".join(f"{{p{i}}}" if one == "{}" else one for i, one in enumerate(segments))
    ),
)
ROUTES = st.lists(
    st.builds(
        lambda base, path, methods, hosts: a_route(path, *methods, base=base, hosts=hosts),
        st.sampled_from(["a", "b", "a/b"]),
        TEMPLATES,
        st.lists(st.sampled_from(["GET", "PUT", "PURGE"]), max_size=2),
        st.lists(st.sampled_from(["x.test", "y.x.test", "*.test", "*.x.test"]), max_size=2),
    ),
    max_size=8,
)
PATHS = st.lists(st.sampled_from([*LITERALS, "A", "%61", "c", ""]), max_size=6).map(lambda parts: "/" + "/".join(parts))
HOSTS = st.sampled_from(["x.test", "y.x.test", "z.x.test:80", "Y.TEST", "other", "", "test", ".test"])


@given(ROUTES, PATHS, st.sampled_from(["GET", "PUT", "POST"]), HOSTS)
def test_the_table_finds_what_the_rules_say(routes: list[Route], path: str, method: str, host: str) -> None:
    """The receiver of least rank; and who is not added overlaps with one that is."""
    table: RoutingTable[Route] = RoutingTable()
    added: list[Route] = []
    for route in routes:
        holder = table.add(route, route)
        assert (holder is not None) == any(overlap(route, one) is not None for one in added)
        assert holder is None or overlap(route, holder) is not None
        if holder is None:
            added.append(route)
    asked = host_key(host), path_keys(path)
    ranks = {found: route for route in added if (found := rank(route, method, *asked)) is not None}
    found = table.match(path, method, host_key(host))
    if ranks:
        assert isinstance(found, Match)
        assert found.served is ranks[min(ranks)]
        return
    assert isinstance(found, Miss)
    fitting = [route for route in added if any(rank(route, one, *asked) for one in route.methods)]
    assert found.allowed == {one for route in fitting for one in route.methods}
    assert (found.nearest is None) == (not fitting)


@given(ROUTES, PATHS, st.sampled_from(["GET", "PUT", "POST"]), HOSTS)
def test_equally_specific_is_what_overlap_calls_a_conflict(
    routes: list[Route], path: str, method: str, host: str
) -> None:
    """Two receivers that no rule could choose between would be settled by chance."""
    asked = host_key(host), path_keys(path)
    for one in routes:
        for other in routes:
            found = rank(one, method, *asked)
            if found is not None and found == rank(other, method, *asked):
                assert overlap(one, other) is not None


@given(ROUTES)
def test_the_example_of_an_overlap_means_both(routes: list[Route]) -> None:
    """With equal rank, so that it shows what is wrong."""
    for one in routes:
        for other in routes:
            shared = overlap(one, other)
            assert shared == overlap(other, one)
            if shared is not None:
                method, _, url = shared.example.partition(" ")
                host, slash, path = url[2:].partition("/") if url.startswith("//") else ("", "/", url[1:])
                ranks = [rank(route, method, host, path_keys(slash + path)) for route in (one, other)]
                assert ranks[0] is not None
                assert ranks[0] == ranks[1]


# --- what it costs -------------------------------------------------------------------------------------------------


def steps_of_a_match(table: RoutingTable[Any], *asked: str) -> int:
    """Return how many lines of the table's code one match runs."""
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if frame.f_code.co_filename != routing.__file__:
            return None
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        table.match(*asked)
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize(
    "asked",
    [
        ("/api/one/x/y", "GET", "h7.test"),
        ("/api/none/x/y", "PUT", "h7.test"),
        ("/api/one/x/y", "GET", "other"),
        ("/nowhere", "GET", ""),
    ],
)
def test_a_match_costs_the_same_among_many_receivers(asked: tuple[str, str, str]) -> None:
    """Counted, not timed: 10 and 1,000 receivers run the same number of lines."""

    def among(count: int) -> RoutingTable[str]:
        routes = [("meant", a_route("one/{a}/{b}", "GET", hosts=["h7.test"])), ("any", a_route("one/{a}/*"))]
        routes += [(f"s{i}", a_route(f"s{i}/{{a}}/*", "GET", "PUT")) for i in range(count)]
        routes += [(method, a_route("many/{a}", method)) for method in sorted(READABLE_METHODS)[:count]]
        routes += [(f"h{i}", a_route(f"x/{{a}}/t{i}", hosts=[f"h{i}.test"])) for i in range(10, count)]
        return a_table(routes)

    assert steps_of_a_match(among(10), *asked) == steps_of_a_match(among(1000), *asked)
