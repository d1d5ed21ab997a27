"""The documents that a listener keeps: made when what they describe has changed, of what is really served."""

import json

import pytest

from httpreceiver_listener.faults import STATUS
from httpreceiver_workflow.openapi.refusals import REFUSALS
from httpreceiver_workflow.pipeline.effects import FaultKind
from listening import PORT, a_served, an_endpoint, listening


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
