"""The longest base path wins, by whole decoded segments, ignoring case."""

import pytest

from httpreceiver_listener.routing import MalformedPath, RoutingTable
from httpreceiver_workflow.addresses import base_path

TABLE = RoutingTable((base_path(name), name) for name in ("api", "api/patient", "api/patient list", "other/deep/down"))


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
def test_a_path_means_the_receiver_with_the_longest_prefix(path: str, expected: tuple[str, str] | None) -> None:
    assert TABLE.match(path) == expected


@pytest.mark.parametrize("path", ["/api/%", "/api/%4", "/api/%zz", "/%GG"])
def test_a_broken_escape_is_malformed(path: str) -> None:
    with pytest.raises(MalformedPath):
        TABLE.match(path)


def test_a_receiver_at_the_root_takes_what_no_other_does() -> None:
    table = RoutingTable([((), "root"), (("api",), "api")])

    assert table.match("/anything/else") == ("root", "anything/else")
    assert table.match("/api/x") == ("api", "x")


def test_of_two_equal_paths_the_first_is_kept() -> None:
    table = RoutingTable([(("api",), "first"), (("api",), "second")])

    assert table.match("/api") == ("first", "")
