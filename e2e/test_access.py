"""`auth` of a receiver, from a Secret to the answer: missing, rotated, broken, and never shown."""

import json
import urllib.error
from pathlib import Path

import pytest

from local_pod import LocalPod, local_pod
from operator_process import OperatorProcess
from receiver_manifests import receiver_manifest
from team import Team
from waits import wait_for

pytestmark = pytest.mark.kube

REFRESH_S = 60.0
"""The operator reads referenced objects again after 30 s; the rest is for a busy machine."""

SPEC = {"auth": [{"apiKey": {"secretRef": {"name": "wards"}, "query": "key"}, "allowInsecure": True}]}


def wards(**keys: str) -> str:
    """Return the manifest of the Secret with the keys of clients."""
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "wards"}, "stringData": keys})


def answered(pod: LocalPod, key: str) -> str:
    """Return what a caller with *key* is answered, or the status it is refused with."""
    try:
        return pod.post(f"/api/asks/?key={key}", "x")
    except urllib.error.HTTPError as refused:
        with refused:
            return str(refused.code)


def test_a_rotated_secret_counts_without_a_restart_and_a_broken_one_changes_nothing(
    team: Team, operator: OperatorProcess, tmp_path: Path
) -> None:
    """While it is missing nothing is served; no status, event, Deployment or log line has a key."""
    members = {"MessageType": 13, "ResponseMessageTemplate": "Hello ${ClientName}"}
    team.apply(receiver_manifest("asks", "api/asks", spec=SPEC, **members))
    wait_for(lambda: team.reason("asks", "ResolvedRefs") == "False SecretNotFound", "the Secret is missing")

    team.apply(wards(north="c4nary-one"))
    wait_for(lambda: team.reason("asks", "Ready") == "False NoReadyPod", "the Secret is found", REFRESH_S)
    assert team.reason("asks", "Insecure") == "True CredentialsInClear"
    deployment = team.get("deployment", "receivers-default-8080")
    assert deployment is not None
    with local_pod(team.api, deployment, tmp_path, "pod-1") as pod:
        wait_for(lambda: team.reason("asks", "Ready") == "True Serving", "the pod serves it")
        assert [answered(pod, key) for key in ("c4nary-one", "c4nary-two")] == ["Hello north", "401"]

        team.apply(wards(north="c4nary-one", south="c4nary-two"))
        wait_for(lambda: team.reason("asks", "Ready") == "False PodOutdated", "the change is seen", REFRESH_S)
        pod.refresh_mounts()
        wait_for(lambda: team.reason("asks", "Ready") == "True Serving", "the pod serves the change")
        assert [answered(pod, key) for key in ("c4nary-one", "c4nary-two")] == ["Hello north", "Hello south"]

        team.apply(wards(north="c4nary one", south="c4nary-two"))
        wait_for(lambda: team.reason("asks", "ResolvedRefs") == "False ValueUnreadable", "it is broken", REFRESH_S)
        assert [answered(pod, key) for key in ("c4nary-one", "c4nary-two")] == ["Hello north", "Hello south"]
        log = (pod.folder / "listener.log").read_text()
    receiver = team.get("httpreceiver", "asks")
    assert receiver is not None
    assert receiver["status"]["auth"] == "apiKey"
    told = json.dumps([receiver["status"], team.list("events"), team.list("deployments")]) + log
    assert "c4nary" not in told + operator.log.read_text()
