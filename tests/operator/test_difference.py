"""When an object counts as written: all that is planned is there, whatever others added."""

import copy
from typing import Any

import pytest

from httpreceiver_operator.difference import is_as_planned
from httpreceiver_operator.objects import finished

PLANNED = finished(
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a", "namespace": "team", "labels": {"one": "1"}},
        "spec": {
            "type": "ClusterIP",
            "ports": [{"name": "http-8080", "port": 8080}, {"name": "http-8081", "port": 8081}],
            "args": ["--a", "--b"],
            "empty": {},
        },
    }
)


def changed(*path: Any, value: Any) -> dict[str, Any]:
    """The live object with one value changed."""
    live = copy.deepcopy(PLANNED)
    place = live
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return live


@pytest.mark.parametrize(
    "live",
    [
        PLANNED,
        changed("spec", "clusterIP", value="10.0.0.1"),
        changed("metadata", "labels", "two", value="2"),
        changed("spec", "ports", value=[{"name": "x", "port": 1}, *reversed(PLANNED["spec"]["ports"])]),
        changed("spec", "ports", 0, "nodePort", value=30000),
        changed("spec", "empty", value={"sizeLimit": "1Mi"}),
    ],
    ids=["same", "server's field", "another label", "another's port", "server's port field", "filled in"],
)
def test_what_others_added_is_not_ours_to_judge(live: dict[str, Any]) -> None:
    """Additions leave the object as planned."""
    assert is_as_planned(PLANNED, live)


@pytest.mark.parametrize(
    "live",
    [
        changed("spec", "type", value="NodePort"),
        changed("spec", "ports", 0, "port", value=1),
        changed("spec", "ports", value=PLANNED["spec"]["ports"][:1]),
        changed("spec", "args", value=["--a"]),
        changed("metadata", "labels", value={}),
        changed("metadata", "annotations", value={}),
        changed("metadata", "annotations", value={"httpreceiver.dev/applied-digest": "0"}),
    ],
    ids=["field", "port", "port missing", "argument", "label", "no digest", "applied otherwise"],
)
def test_what_others_took_away_is_written_again(live: dict[str, Any]) -> None:
    """A planned value that is not there makes the object differ, and so does another digest."""
    assert not is_as_planned(PLANNED, live)


def test_the_digest_does_not_count_itself() -> None:
    """Finishing twice changes nothing."""
    assert PLANNED == finished(PLANNED)
