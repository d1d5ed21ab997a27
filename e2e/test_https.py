"""From HTTP to HTTPS: Deployment, Services and certificate follow, and the pod's own command answers over TLS."""

import base64
from pathlib import Path

import pytest

from local_pod import local_pod
from operator_process import OperatorProcess
from receiver_manifests import receiver_manifest
from team import Team
from waits import wait_for

pytestmark = pytest.mark.kube


def test_http_becomes_https(team: Team, operator: OperatorProcess, tmp_path: Path) -> None:
    """The port keeps its Deployment, gets a certificate, and answers callers that trust the Secret's ca.crt."""
    team.apply(receiver_manifest("intake", "api/intake"))
    wait_for(lambda: team.reason("intake", "Ready") == "False NoReadyPod", "serves HTTP")
    plain = team.get("deployment", "receivers-default-8080")
    assert plain is not None
    with local_pod(team.api, plain, tmp_path, "pod-http"):
        wait_for(lambda: team.reason("intake", "Ready") == "True Serving", "serves HTTP")
        team.apply(receiver_manifest("intake", "api/intake", UseSsl=True))
        # The pod that speaks HTTP is still ready, but nobody is sent to it any more.
        wait_for(lambda: team.reason("intake", "Ready") == "False NoReadyPod", "waits for a pod that speaks HTTPS")
    secure = team.get("deployment", "receivers-default-8080")
    secret = team.get("secret", "receivers-default-tls")
    service = team.get("service", "receivers-default")
    assert secure is not None
    assert secret is not None
    assert service is not None
    assert plain["metadata"]["uid"] == secure["metadata"]["uid"]
    assert ["https-8080"] == [port["name"] for port in service["spec"]["ports"]]
    trust = base64.b64decode(secret["data"]["ca.crt"])
    with local_pod(team.api, secure, tmp_path, "pod-https") as pod:
        wait_for(lambda: team.reason("intake", "Ready") == "True Serving", "serves HTTPS")
        for name in (f"receivers-default.{team.namespace}.svc", f"intake.{team.namespace}.svc"):
            assert '{ "ok": true }' == pod.post("/api/intake/", "{}", trust, name)
    receiver = team.get("httpreceiver", "intake")
    assert receiver is not None
    assert f"https://receivers-default.{team.namespace}.svc:8080/api/intake/" == receiver["status"]["url"]
    assert receiver["status"]["certificate"]["selfSigned"]
