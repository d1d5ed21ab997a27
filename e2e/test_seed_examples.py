"""Both example workflows of the documentation, from `kubectl apply` to an answer, and an edit to its new answer."""

from pathlib import Path

import pytest

from httpreceiver_operator.names import BUNDLE_REVISION
from local_pod import local_pod
from operator_process import OperatorProcess
from receiver_manifests import receiver_manifest
from team import Team
from waits import wait_for

pytestmark = pytest.mark.kube

SEED = (Path(__file__).parent / "seed_receivers.yaml").read_text()


def test_both_examples_get_the_objects_they_need(team: Team, operator: OperatorProcess) -> None:
    """One Deployment per endpoint, the host's Service with both ports, a Service and a workflow Secret per receiver."""
    team.apply(SEED)
    wait_for(lambda: team.reason("inbound-json", "Ready") == "False NoReadyPod", "the objects are there")
    wait_for(lambda: team.reason("hosted-patient", "Ready") == "False NoReadyPod", "the objects are there")
    assert {"receivers-default-8080", "receivers-default-8000"} == team.names("deployments")
    assert {"receivers-default", "inbound-json", "hosted-patient"} == team.names("services")
    service = team.get("service", "receivers-default")
    assert service is not None
    ports = {(port["name"], port["port"], port["targetPort"]) for port in service["spec"]["ports"]}
    assert {("http-8080", 8080, "http-8080"), ("http-8000", 8000, "http-8000")} == ports
    bundles = {name.rpartition("-bundle-")[0] for name in team.names("secrets")}
    assert {"receivers-default-8080", "receivers-default-8000"} == bundles


def test_the_pods_command_answers_and_makes_the_receiver_ready(
    team: Team, operator: OperatorProcess, tmp_path: Path
) -> None:
    """The Deployment's own command, with its mounts, answers; then `kubectl wait` for Ready returns."""
    team.apply(SEED)
    for receiver, deployment_name in (
        ("inbound-json", "receivers-default-8080"),
        ("hosted-patient", "receivers-default-8000"),
    ):
        wait_for(lambda receiver=receiver: team.reason(receiver, "Ready") == "False NoReadyPod", "waits for a pod")
        deployment = team.get("deployment", deployment_name)
        assert deployment is not None
        with local_pod(team.api, deployment, tmp_path, f"{deployment_name}-pod") as pod:
            team.api.kubectl(
                *("-n", team.namespace, "wait", "--for=condition=Ready", f"httpreceiver/{receiver}", "--timeout=30s")
            )
            path = "/api/inbound/" if receiver == "inbound-json" else "/patient/12345/"
            answer = '{ "ok": true }' if receiver == "inbound-json" else '{ "accepted": true }'
            assert answer == pod.post(path, "{}")
            pod.set_ready(False)
            wait_for(lambda receiver=receiver: team.reason(receiver, "Ready") == "False NoReadyPod", "pod is not ready")


def test_an_edit_is_ready_only_when_the_pod_runs_it(team: Team, operator: OperatorProcess, tmp_path: Path) -> None:
    """No pod template changes; the pod's annotation does, and Ready follows the mounts, not the edit."""
    team.apply(receiver_manifest("intake", "api/intake"))
    wait_for(lambda: team.reason("intake", "Ready") == "False NoReadyPod", "waits for a pod")
    deployment = team.get("deployment", "receivers-default-8080")
    assert deployment is not None
    with local_pod(team.api, deployment, tmp_path, "pod-1") as pod:
        wait_for(lambda: team.reason("intake", "Ready") == "True Serving", "runs generation 1")
        before = wait_for(lambda: pod.annotation(BUNDLE_REVISION), "the pod is annotated")
        team.apply(receiver_manifest("intake", "api/intake", ResponseMessageTemplate='{ "edited": true }'))
        wait_for(lambda: team.reason("intake", "Ready") == "False PodOutdated", "the pod lags behind")
        wait_for(lambda: pod.annotation(BUNDLE_REVISION) != before, "the kubelet is told to refresh")
        pod.refresh_mounts()
        wait_for(lambda: team.reason("intake", "Ready") == "True Serving", "runs generation 2")
        assert '{ "edited": true }' == pod.post("/api/intake/", "{}")
    after = team.get("deployment", "receivers-default-8080")
    assert after is not None
    assert deployment["metadata"]["generation"] == after["metadata"]["generation"]
