"""Global variables and tables of a receiver, from ConfigMap and Secret to the answer, and a change of them."""

import json
from pathlib import Path

import pytest

from local_pod import local_pod
from operator_process import OperatorProcess
from receiver_manifests import receiver_manifest
from team import Team
from waits import wait_for

pytestmark = pytest.mark.kube

REFRESH_S = 60.0
"""The operator reads referenced objects again after 30 s; the rest is for a busy machine."""

SPEC = {
    "globalVariablesFrom": [{"configMapRef": {"name": "sites"}}, {"secretRef": {"name": "keys"}}],
    "tablesFrom": [{"configMapRef": {"name": "tables"}}],
}


def holder(kind: str, name: str, **data: str) -> str:
    """Return the manifest of a ConfigMap or Secret."""
    field = "data" if kind == "ConfigMap" else "stringData"
    return json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, field: data})


def test_a_missing_secret_is_named_then_values_are_served_and_followed(
    team: Team, operator: OperatorProcess, tmp_path: Path
) -> None:
    """Nothing is served while the Secret is missing; a rotated value reaches the pod without an edit or a restart."""
    team.apply(holder("ConfigMap", "sites", Site="north", ApiKey="overridden"))
    team.apply(holder("ConfigMap", "tables", **{"Verbs.csv": "key,value\nPOST,posted\n"}))
    template = "${Site} ${ApiKey} ${HttpMethod:Lookup(Verbs)}"
    team.apply(receiver_manifest("reads", "api/reads", spec=SPEC, MessageType=13, ResponseMessageTemplate=template))
    wait_for(lambda: team.reason("reads", "ResolvedRefs") == "False SecretNotFound", "the Secret is missing")
    missing = team.condition("reads", "ResolvedRefs")
    assert missing is not None
    assert missing["message"] == f"Secret {team.namespace}/keys of globalVariablesFrom does not exist."
    assert set() == team.names("deployments")

    team.apply(holder("Secret", "keys", ApiKey="first-key"))
    wait_for(lambda: team.reason("reads", "Ready") == "False NoReadyPod", "the Secret is found", REFRESH_S)
    deployment = team.get("deployment", "receivers-default-8080")
    assert deployment is not None
    with local_pod(team.api, deployment, tmp_path, "pod-1") as pod:
        wait_for(lambda: team.reason("reads", "Ready") == "True Serving", "the pod serves it")
        assert "north first-key posted" == pod.post("/api/reads/", "x")
        team.apply(holder("Secret", "keys", ApiKey="second-key"))
        wait_for(lambda: team.reason("reads", "Ready") == "False PodOutdated", "the change is seen", REFRESH_S)
        pod.refresh_mounts()
        wait_for(lambda: team.reason("reads", "Ready") == "True Serving", "the pod serves the change")
        assert "north second-key posted" == pod.post("/api/reads/", "x")
    receiver = team.get("httpreceiver", "reads")
    assert receiver is not None
    assert 1 == receiver["metadata"]["generation"]
    told = json.dumps([receiver["status"], team.list("events"), team.list("deployments")]) + operator.log.read_text()
    assert "first-key" not in told
    assert "second-key" not in told
