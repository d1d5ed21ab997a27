"""
A release as a platform engineer has it: installed, upgraded, removed, and the operator at work under its rights.

The operator runs here as a process with a token of the ServiceAccount and the environment that the chart gave it.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from free_ports import free_ports
from helm_command import CHART, ROOT, Helm
from kube_api import KubeApi, running_kube_api

pytestmark = [pytest.mark.helm, pytest.mark.kube]

FULL_NAME = "demo-httpreceiver-operator"
SYSTEM = "system"
API_VERSION = "httpreceiver.dev/v1alpha1"
# Until an object appears: a pass takes milliseconds, a busy machine may need long to start the operator.
APPEARS = "--timeout=30s"
FACT_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[KubeApi]:
    """An API server nobody else has: a release owns cluster-wide objects, and its operator sees every namespace."""
    with running_kube_api() as api:
        yield api


@pytest.fixture
def release(cluster: KubeApi, helm: Helm, tmp_path: Path) -> Iterator[Path]:
    """
    The release `demo`, installed in `system`; yields the administrator's kubeconfig, and uninstalls it.

    It takes over the kinds that releases before it left behind: they stay with what users declared.
    """
    config = cluster.kubeconfig(tmp_path / "admin")
    arguments = ("install", "demo", CHART, "--namespace", SYSTEM, "--create-namespace", "--take-ownership")
    helm.run(*arguments, kubeconfig=config)
    try:
        yield config
    finally:
        helm.run("uninstall", "demo", "--namespace", SYSTEM, "--ignore-not-found", kubeconfig=config)


def test_install_tells_the_next_commands(cluster: KubeApi, helm: Helm, release: Path) -> None:
    notes = helm.run("get", "notes", "demo", "--namespace", SYSTEM, kubeconfig=release)
    assert f"kubectl -n {SYSTEM} rollout status deployment/{FULL_NAME}" in notes
    assert "kubectl get httpreceivers" in notes


def test_the_installed_kinds_explain_themselves(cluster: KubeApi, release: Path) -> None:
    cluster.kubectl("wait", "--for=condition=Established", "crd/httpreceivers.httpreceiver.dev", APPEARS)
    assert "workflow" in cluster.kubectl("explain", "httpreceiver.spec")


def test_an_upgrade_changes_the_operator_only(cluster: KubeApi, helm: Helm, release: Path) -> None:
    before = cluster.get("crd", "httpreceivers.httpreceiver.dev")["metadata"]["generation"]
    arguments = ("upgrade", "demo", CHART, "--namespace", SYSTEM, "--set", "operator.resyncSeconds=60")
    helm.run(*arguments, kubeconfig=release)
    assert before == cluster.get("crd", "httpreceivers.httpreceiver.dev")["metadata"]["generation"]
    assert "60" == operator_environment(cluster)["HTTPRECEIVER_RESYNC_SECONDS"]


def test_uninstall_keeps_what_users_declared_for_the_next_release(cluster: KubeApi, helm: Helm, release: Path) -> None:
    namespace = cluster.create_namespace("kept")
    cluster.kubectl("-n", namespace, "apply", "-f", ROOT / "examples" / "hosted-patient.yaml")
    helm.run("uninstall", "demo", "--namespace", SYSTEM, kubeconfig=release)
    assert "hosted-patient" == cluster.get("-n", namespace, "httpreceiver", "hosted-patient")["metadata"]["name"]
    arguments = ("install", "another", CHART, "--namespace", SYSTEM, "--take-ownership")
    helm.run(*arguments, kubeconfig=release)
    helm.run("uninstall", "another", "--namespace", SYSTEM, kubeconfig=release)
    cluster.kubectl("-n", namespace, "delete", "httpreceiver", "hosted-patient")


@pytest.mark.parametrize("scope", ["every namespace", "one namespace"])
def test_the_rights_suffice(cluster: KubeApi, helm: Helm, release: Path, tmp_path: Path, scope: str) -> None:
    """The operator reads, makes, reports and removes everything it is for, and no call is refused."""
    namespace = cluster.create_namespace("receivers")
    if scope == "one namespace":
        watched = f"watchNamespaces={{{namespace}}}"
        helm.run("upgrade", "demo", CHART, "--namespace", SYSTEM, "--set", watched, kubeconfig=release)
    with running_operator(cluster, tmp_path) as (log, metrics_url):
        declare_receivers(cluster, namespace)
        wait_for(cluster, namespace, "deployment/receivers-default-8443", "--for=create")
        make_pod(cluster, namespace, "receivers-default-8443")
        annotation = r"--for=jsonpath={.metadata.annotations.httpreceiver\.dev/bundle-revision}"
        wait_for(cluster, namespace, "pod/listener", annotation)
        for name in ("hosted-patient", "secure-orders", "in-config-map"):
            wait_for(cluster, namespace, f"httpreceiver/{name}", "--for=jsonpath={.status.url}")
            wait_for(cluster, namespace, f"service/{name}", "--for=create")
        wait_for(cluster, namespace, "receiverhost/default", "--for=jsonpath={.status.conditions}")
        cluster.kubectl("-n", namespace, "apply", "-f", "-", stdin=receiver_in_config_map("rival"))
        wait_for(cluster, namespace, "httpreceiver/rival", "--for=condition=Conflicted")
        wait_until(lambda: "rival" in told_by_events(cluster, namespace), "the conflict is told by an Event")
        cluster.kubectl("-n", namespace, "delete", "httpreceiver", "hosted-patient", "in-config-map")
        for name in ("hosted-patient", "in-config-map"):
            wait_for(cluster, namespace, f"service/{name}", "--for=delete")
        wait_for(cluster, namespace, "service/rival", "--for=create")
        calls = calls_by_verb_and_code(metrics_url)
        assert [] == re.findall(r"^.*(?:[Ff]orbidden|\b403\b|Traceback).*$", log.read_text(), re.MULTILINE)
    assert {"GET", "PATCH", "POST", "DELETE"} == {verb for verb, _ in calls}
    assert set() == {code for _, code in calls} - {"200", "201", "404"}


def declare_receivers(cluster: KubeApi, namespace: str) -> None:
    """One receiver with its workflow in the object, one with it in a Secret, one with it in a ConfigMap; and a host."""
    examples = ROOT / "examples"
    for name in ("hosted-patient.yaml", "secure-orders.yaml"):
        cluster.kubectl("-n", namespace, "apply", "-f", examples / name)
    file = f"--from-file=workflow.json={examples / 'patient-api.json'}"
    cluster.kubectl("-n", namespace, "create", "configmap", "patient-api", file)
    host = {"apiVersion": API_VERSION, "kind": "ReceiverHost", "metadata": {"name": "default"}, "spec": {}}
    for manifest in (receiver_in_config_map("in-config-map"), yaml.safe_dump(host)):
        cluster.kubectl("-n", namespace, "apply", "-f", "-", stdin=manifest)


def receiver_in_config_map(name: str) -> str:
    reference = {"configMapKeyRef": {"name": "patient-api", "key": "workflow.json"}}
    spec = {"workflowFrom": reference}
    return yaml.safe_dump({"apiVersion": API_VERSION, "kind": "HttpReceiver", "metadata": {"name": name}, "spec": spec})


def told_by_events(cluster: KubeApi, namespace: str) -> set[str]:
    """Names of the objects that Events speak of."""
    return {event["involvedObject"]["name"] for event in cluster.get("-n", namespace, "events")["items"]}


def make_pod(cluster: KubeApi, namespace: str, deployment: str) -> None:
    """The pod `listener` that a Deployment's controller would make."""
    template = cluster.get("-n", namespace, "deployment", deployment)["spec"]["template"]
    metadata = template["metadata"] | {"name": "listener"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    cluster.kubectl("-n", namespace, "create", "-f", "-", stdin=yaml.safe_dump(pod))


def wait_for(cluster: KubeApi, namespace: str, name: str, fact: str) -> None:
    cluster.kubectl("-n", namespace, "wait", fact, name, APPEARS)


def wait_until(fact: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + FACT_TIMEOUT_S
    while not fact():
        assert time.monotonic() < deadline, f"not within {FACT_TIMEOUT_S:.0f} s: {what}"
        time.sleep(0.1)


def calls_by_verb_and_code(metrics_url: str) -> set[tuple[str, str]]:
    with urllib.request.urlopen(metrics_url, timeout=10) as answer:
        lines = answer.read().decode()
    calls = re.findall(r'^httpreceiver_operator_api_calls_total\{code="(\d+)",verb="(\w+)"\}', lines, re.MULTILINE)
    return {(verb, code) for code, verb in calls}


def operator_environment(cluster: KubeApi) -> dict[str, str]:
    """The environment that the chart gives to the operator's container."""
    template = cluster.get("-n", SYSTEM, "deployment", FULL_NAME)["spec"]["template"]
    return {each["name"]: each.get("value", "") for each in template["spec"]["containers"][0]["env"]}


@contextlib.contextmanager
def running_operator(cluster: KubeApi, folder: Path) -> Iterator[tuple[Path, str]]:
    """Run the operator as the release would; yields its log and the URL of its metrics."""
    token = cluster.service_account_token(SYSTEM, FULL_NAME)
    (port,) = free_ports(1)
    environment = (
        os.environ
        | operator_environment(cluster)
        | {
            "KUBECONFIG": str(cluster.kubeconfig(folder / "operator.kubeconfig", token=token)),
            "HTTPRECEIVER_HEALTH_PORT": str(port),
        }
    )
    log = folder / "operator.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "httpreceiver_operator"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield log, f"http://127.0.0.1:{port}/metrics"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert 0 == process.wait(timeout=STOP_TIMEOUT_S)
        finally:
            process.kill()
            print(log.read_text(), cluster.kubectl("get", "httpreceivers", "-A", "-o", "yaml"))
