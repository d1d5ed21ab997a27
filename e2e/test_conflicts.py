"""Two receivers that want one address: who holds it, what the other is told, and how it takes over."""

import json
import time

import pytest

from operator_process import OperatorProcess
from receiver_manifests import receiver_manifest
from team import Team
from waits import QUIET_S, wait_for

pytestmark = pytest.mark.kube


def test_the_loser_is_told_who_holds_the_path_and_takes_over(team: Team, operator: OperatorProcess) -> None:
    """The second receiver on a path names the first in its condition; when the first is deleted it is promoted."""
    team.apply(receiver_manifest("first", "api/intake"))
    wait_for(lambda: team.reason("first", "Ready") == "False NoReadyPod", "the first has the address")
    team.apply(receiver_manifest("second", "API/intake"))
    wait_for(lambda: team.reason("second", "Conflicted") == "True PathTaken", "the second is told")
    conflict = team.condition("second", "Conflicted")
    assert conflict is not None
    assert f"{team.namespace}/first" in conflict["message"]
    assert "False Conflicted" == team.reason("second", "Ready")
    assert "second" not in team.names("services")
    told = wait_for(lambda: [e for e in team.list("events") if e["reason"] == "PathTaken"], "an Event tells it")
    assert [("second", 1)] == [(event["involvedObject"]["name"], event["count"]) for event in told]

    team.delete("httpreceiver", "first")
    wait_for(lambda: team.reason("second", "Ready") == "False NoReadyPod", "the second is promoted")
    assert team.condition("second", "Conflicted") is None
    wait_for(lambda: team.names("services") == {"receivers-default", "second"}, "the first leaves nothing")
    assert {"receivers-default-8080"} == team.names("deployments")


def test_objects_of_others_are_never_touched(team: Team, operator: OperatorProcess) -> None:
    """A Service with a receiver's name that is not ours stays as it is, before and after; the receiver names it."""
    team.api.kubectl("-n", team.namespace, "create", "service", "clusterip", "intake", "--tcp=80:80")
    before = team.get("service", "intake")
    team.apply(receiver_manifest("intake", "api/intake"))
    wait_for(lambda: team.reason("intake", "Conflicted") == "True NameTaken", "the receiver names it")
    conflict = team.condition("intake", "Conflicted")
    assert conflict is not None
    assert f"Service {team.namespace}/intake" in conflict["message"]
    team.delete("httpreceiver", "intake")
    wait_for(lambda: team.names("deployments") == set(), "the receiver's objects are gone")
    assert before == team.get("service", "intake")


def test_a_quiet_cluster_is_left_alone(team: Team, operator: OperatorProcess) -> None:
    """While nothing changes, nothing is written."""
    team.apply(receiver_manifest("intake", "api/intake"))
    team.apply(receiver_manifest("rival", "api/intake"))
    wait_for(lambda: team.reason("rival", "Ready") == "False Conflicted", "all is settled")
    settled = wait_for(lambda: _unchanging(team), "nothing is written any more")
    assert settled == team.versions()


def _unchanging(team: Team) -> dict[str, str] | None:
    """The versions of everything, if none changes for a while."""
    before = team.versions()
    end = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        if team.versions() != before:
            return None
    return before


def test_what_the_api_server_refuses_is_told_and_harms_no_other(team: Team, operator: OperatorProcess) -> None:
    """An annotation no Service may have: the receiver says so, another receiver is served as if nothing were."""
    spec = {"service": {"annotations": {"not a key": "x"}}}
    team.apply(receiver_manifest("wrong", "api/wrong", spec=spec))
    team.apply(receiver_manifest("right", "api/right"))
    wait_for(lambda: "right" in team.names("services"), "the other has its Service")
    wait_for(lambda: team.reason("wrong", "Ready") == "False NoReadyPod", "it is served at the host's Service")
    host = {
        "apiVersion": "httpreceiver.dev/v1alpha1",
        "kind": "ReceiverHost",
        "metadata": {"name": "bad"},
        "spec": spec,
    }
    team.apply(json.dumps(host))
    team.apply(receiver_manifest("unlucky", "api/unlucky", spec={"host": "bad"}))
    wait_for(lambda: team.reason("unlucky", "Ready") == "False ObjectRefused", "the refusal is told")
    condition = team.condition("unlucky", "Programmed")
    assert condition is not None
    assert "not a key" in condition["message"]
