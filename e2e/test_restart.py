"""The operator is killed in the middle and comes back: nothing is lost, duplicated or written without need."""

from pathlib import Path

import pytest

from operator_process import running_operator
from receiver_manifests import receiver_manifest
from team import Team
from waits import wait_for

pytestmark = pytest.mark.kube

RECEIVERS = 6


def test_a_kill_in_the_middle_loses_and_duplicates_nothing(team: Team, tmp_path: Path) -> None:
    """Killed while it works, it finishes after the restart; restarted again, it writes nothing at all."""
    with running_operator(team.api, tmp_path, team.namespace) as operator:
        for number in range(RECEIVERS):
            team.apply(
                receiver_manifest(f"receiver-{number}", f"api/{number}", Port=8080 + number % 2, UseSsl=number % 2 == 1)
            )
        wait_for(lambda: team.names("deployments"), "it has begun")
        operator.kill()
    team.delete("httpreceiver", "receiver-0")
    with running_operator(team.api, tmp_path, team.namespace):
        for number in range(1, RECEIVERS):
            wait_for(lambda n=number: team.reason(f"receiver-{n}", "Ready") == "False NoReadyPod", "it has finished")
        wait_for(lambda: "receiver-0" not in team.names("services"), "what was deleted meanwhile is pruned")
        assert {"receivers-default-8080", "receivers-default-8081"} == team.names("deployments")
        expected = {"receivers-default", *(f"receiver-{number}" for number in range(1, RECEIVERS))}
        assert expected == team.names("services")
        assert 1 == sum(name.endswith("-tls") for name in team.names("secrets"))
    settled = team.versions()
    with running_operator(team.api, tmp_path, team.namespace) as operator:
        wait_for(lambda: operator.health("/readyz"), "one pass is done")
        writes = [call for call in operator.api_calls() if 'verb="GET"' not in call]
    assert [] == writes
    assert settled == team.versions()


def test_a_receiver_is_deleted_while_the_operator_is_down(team: Team, tmp_path: Path) -> None:
    """No finalizer holds it back, and everything made for it is owned by it, so the cluster collects it."""
    with running_operator(team.api, tmp_path, team.namespace):
        team.apply(receiver_manifest("intake", "api/intake"))
        wait_for(lambda: team.reason("intake", "Ready") == "False NoReadyPod", "its objects are there")
    receiver = team.get("httpreceiver", "intake")
    assert receiver is not None
    made = team.list("deployments,services,secrets")
    owners = {owner["uid"] for item in made for owner in item["metadata"]["ownerReferences"]}
    assert {receiver["metadata"]["uid"]} == owners
    assert "finalizers" not in receiver["metadata"]
    team.delete("httpreceiver", "intake")
