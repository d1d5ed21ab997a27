"""What receivers refer to: workflows in ConfigMaps, certificates in Secrets, found, missing and changed."""

import base64
import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from httpreceiver_operator.certificate_facts import certificate_facts
from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.observation import snapshot_from
from httpreceiver_workflow.endpoint import decode_receiver
from local_pod import local_pod
from operator_process import OperatorProcess, running_operator
from receiver_manifests import receiver_manifest
from team import Team
from waits import wait_for

pytestmark = pytest.mark.kube


@pytest.fixture
def keen_operator(team: Team, tmp_path: Path) -> Iterator[OperatorProcess]:
    """An operator that looks at referenced objects every other second."""
    with running_operator(team.api, tmp_path, team.namespace, resync_s=2) as process:
        yield process


def config_map(workflow: object) -> str:
    """A ConfigMap with one workflow."""
    text = json.dumps(workflow, indent=2)
    return json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "flows"}, "data": {"intake.json": text}}
    )


def test_a_workflow_in_a_configmap_is_found_and_followed(team: Team, keen_operator: OperatorProcess) -> None:
    """Missing, it is named; there, it is served as written; changed, the change is; broken, the last good stays."""
    spec = {"workflowFrom": {"configMapKeyRef": {"name": "flows", "key": "intake.json"}}}
    receiver = json.loads(receiver_manifest("intake", "api/intake"))
    workflow = receiver["spec"].pop("workflow")
    team.apply(json.dumps({**receiver, "spec": spec}))
    wait_for(lambda: team.reason("intake", "ResolvedRefs") == "False ConfigMapNotFound", "it is named")
    team.apply(config_map(workflow))
    wait_for(lambda: team.reason("intake", "Ready") == "False NoReadyPod", "it is found")
    wait_for(lambda: served_text(team) == json.dumps(workflow, indent=2), "its text is served as it is")
    edited = {**workflow, "ResponseMessageTemplate": '{ "edited": true }'}
    team.apply(config_map(edited))
    wait_for(lambda: served_text(team) == json.dumps(edited, indent=2), "the edit is served")
    team.apply(config_map({**edited, "Port": "eighty"}))
    wait_for(lambda: team.reason("intake", "Accepted") == "False InvalidWorkflow", "the mistake is told")
    assert json.dumps(edited, indent=2) == served_text(team)
    found = team.get("httpreceiver", "intake")
    assert found is not None
    assert ["$.Port"] == [problem["where"] for problem in found["status"]["problems"]]


def served_text(team: Team) -> str:
    """The text of the workflow that pods would mount for `intake`."""
    objects = [*team.list("httpreceivers"), *team.list("secrets")]
    bundled = snapshot_from(objects, datetime.now(UTC)).bundled.get(ObjectName(team.namespace, "intake"))
    return decode_receiver(bundled[1]).workflow if bundled else ""


def test_a_certificate_is_found_by_thumbprint_and_presented(
    team: Team, keen_operator: OperatorProcess, tmp_path: Path
) -> None:
    """Not found, it is named; in a listed Secret, the pod mounts and presents it."""
    authority = trustme.CA()
    pair = authority.issue_cert("receivers.example.org")
    certificate = b"".join(pem.bytes() for pem in pair.cert_chain_pems)
    facts = certificate_facts(certificate)
    assert facts is not None
    own = {"UseSsl": True, "UseDefaultSSLCertificate": False, "CertificateThumbPrint": facts.thumbprint.lower()}
    team.apply(receiver_manifest("intake", "api/intake", Port=8443, **own))
    wait_for(lambda: team.reason("intake", "ResolvedRefs") == "False CertificateNotFound", "it is named")
    assert set() == team.names("deployments")
    data = {"tls.crt": certificate, "tls.key": pair.private_key_pem.bytes()}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "public"},
        "type": "kubernetes.io/tls",
        "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
    }
    host = {
        "apiVersion": "httpreceiver.dev/v1alpha1",
        "kind": "ReceiverHost",
        "metadata": {"name": "default"},
        "spec": {"certificates": [{"secretName": "public"}]},
    }
    team.apply(json.dumps(secret))
    team.apply(json.dumps(host))
    wait_for(lambda: team.reason("intake", "Ready") == "False NoReadyPod", "it is found")
    deployment = team.get("deployment", "receivers-default-8443")
    assert deployment is not None
    with local_pod(team.api, deployment, tmp_path, "pod") as pod:
        wait_for(lambda: team.reason("intake", "Ready") == "True Serving", "it is served")
        trust = authority.cert_pem.bytes()
        assert '{ "ok": true }' == pod.post("/api/intake/", "{}", trust, "receivers.example.org")
        with pytest.raises(ssl.SSLCertVerificationError):
            pod.post("/api/intake/", "{}", trust, f"intake.{team.namespace}.svc")
