"""What the API server refuses before the operator sees it, and the manual it shows."""

import json
from typing import Any

import pytest

from team import Team

pytestmark = pytest.mark.kube


def manifest(kind: str, name: str, spec: dict[str, Any]) -> str:
    """An object of ours as JSON."""
    return json.dumps(
        {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    )


REFERENCE = {"name": "flows", "key": "a.json"}

REFUSED = [
    ("HttpReceiver", "a", {}, "spec.workflow: Required value"),
    (
        "HttpReceiver",
        "a",
        {"workflow": {}, "workflowFrom": {"secretKeyRef": REFERENCE}},
        "must validate one and only one",
    ),
    (
        "HttpReceiver",
        "a",
        {"workflowFrom": {"secretKeyRef": REFERENCE, "configMapKeyRef": REFERENCE}},
        "exactly one of",
    ),
    ("HttpReceiver", "a.b", {"workflow": {}}, "because a Service is named after it"),
    ("HttpReceiver", "0a", {"workflow": {}}, "beginning with a letter"),
    ("HttpReceiver", "a", {"workflow": {}, "host": "Not a name"}, "spec.host"),
    ("HttpReceiver", "a", {"workflow": {}, "unknown": 1}, "unknown field"),
    (
        "HttpReceiver",
        "a",
        {"workflow": {}, "service": {"enabled": False, "type": "NodePort"}},
        "no effect while enabled is false",
    ),
    ("ReceiverHost", "a", {"serviceAddress": {"port": 70000}}, "spec.serviceAddress.port"),
    ("ReceiverHost", "a", {"serviceAddress": {"tls": {"secretName": "x"}}}, "no effect while enabled is false"),
    ("ReceiverHost", "a", {"serviceAddress": {"adminClientCertificates": ["abc"]}}, "adminClientCertificates"),
    ("ReceiverHost", "a" * 41, {}, "at most 40 characters"),
    ("ReceiverHost", "a", {"pods": {"replicas": -1}}, "spec.pods.replicas"),
    ("ReceiverHost", "a", {"pods": {"env": [{"name": "PATH", "value": "/"}]}}, "spec.pods.env[0].name"),
    ("ReceiverHost", "a", {"pods": {"env": [{"name": "OTEL_A"}]}}, "exactly one of value and valueFrom"),
    ("ReceiverHost", "a", {"pods": {"debug": {}}}, "spec.pods.debug.secretName"),
]


@pytest.mark.parametrize(("kind", "name", "spec", "told"), REFUSED, ids=[told for *_, told in REFUSED])
def test_a_wrong_shape_is_refused_with_its_reason(
    team: Team, kind: str, name: str, spec: dict[str, Any], told: str
) -> None:
    """The message names the field or says what to do."""
    done = team.api.try_kubectl(
        *("-n", team.namespace, "create", "--validate=strict", "-f", "-"), stdin=manifest(kind, name, spec)
    )
    assert done.returncode != 0
    assert told in done.stderr


@pytest.mark.parametrize(
    "workflow", [{"$type": "x"}, [{"$type": "x"}], '{"$type": "x"}'], ids=["object", "array", "text"]
)
def test_every_root_of_a_workflow_is_stored_as_it_is(team: Team, workflow: Any) -> None:
    """An object, an array and JSON text all come back unchanged."""
    team.apply(manifest("HttpReceiver", "shape", {"workflow": workflow}))
    stored = team.get("httpreceiver", "shape")
    assert stored is not None
    assert workflow == stored["spec"]["workflow"]


def test_explain_and_short_names_work(team: Team) -> None:
    """`kubectl explain` shows the manual, short names and the category work."""
    assert "The workflow as it is, never rewritten" in team.api.kubectl("explain", "rcv.spec.workflow")
    assert "Integration Host" in team.api.kubectl("explain", "rhost.spec.serviceAddress")
    team.apply(manifest("HttpReceiver", "listed", {"workflow": {}}))
    assert "httpreceiver.httpreceiver.dev/listed" in team.api.kubectl("-n", team.namespace, "get", "all", "-o", "name")
