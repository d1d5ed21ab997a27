"""What Helm makes of the chart, and what a real API server says to it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from helm_command import CHART, ROOT, Helm, HelmError, of_kind
from httpreceiver_operator import cluster
from httpreceiver_operator.config import Config, config_from
from kube_api import KubeApi

EVERYTHING = {
    "nameOverride": "short",
    "commonLabels": {"team": "integration"},
    "image": {"digest": f"sha256:{'0' * 64}"},
    "imagePullSecrets": [{"name": "registry"}],
    "listener": {"image": {"tag": "0.1.0-1"}, "imagePullSecrets": ["registry", "mirror"]},
    "operator": {"extraEnv": [{"name": "TZ", "value": "UTC"}], "healthPort": 9999, "resyncSeconds": 60},
    "serviceAccount": {"name": "mine", "annotations": {"a": "b"}},
    "podAnnotations": {"a": "b"},
    "podLabels": {"c": "d"},
    "priorityClassName": "system-cluster-critical",
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
}
pytestmark = pytest.mark.helm


def test_lint_has_nothing_to_say(helm: Helm) -> None:
    assert "1 chart(s) linted, 0 chart(s) failed" in helm.run("lint", "--strict", CHART)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"watchNamespace": ["a"]}, "additional properties 'watchNamespace' not allowed"),
        ({"listener": {"image": {"repo": "x"}}}, "additional properties 'repo' not allowed"),
        ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy"),
        ({"operator": {"healthPort": 80}}, "/operator/healthPort"),
        ({"watchNamespaces": ["Not A Name"]}, "/watchNamespaces/0"),
        ({"serviceAccount": {"create": False}}, "serviceAccount.name is needed"),
    ],
)
def test_a_value_that_would_do_nothing_or_harm_is_refused(helm: Helm, values: object, complaint: str) -> None:
    with pytest.raises(HelmError, match=re.escape(complaint)):
        helm.template(values=values)


def test_the_rendered_crds_are_the_hand_written_ones_and_outlive_the_release(helm: Helm) -> None:
    rendered = {crd["metadata"]["name"]: crd for crd in of_kind(helm.template(), "CustomResourceDefinition")}
    written = [yaml.safe_load(path.read_text()) for path in (ROOT / "crds").glob("*.yaml")]
    assert {crd["metadata"]["name"]: crd["spec"] for crd in written} == {
        name: crd["spec"] for name, crd in rendered.items()
    }
    assert all(crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep" for crd in rendered.values())


def test_crds_can_be_left_to_somebody_else(helm: Helm) -> None:
    assert [] == of_kind(helm.template(values={"crds": {"enabled": False}}), "CustomResourceDefinition")
    kept = of_kind(helm.template(values={"crds": {"keep": False}}), "CustomResourceDefinition")
    assert [False, False] == ["helm.sh/resource-policy" in crd["metadata"].get("annotations", {}) for crd in kept]


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("httpreceiver", "httpreceiver-operator"),
        ("httpreceiver-operator", "httpreceiver-operator"),
        ("blue", "blue-httpreceiver-operator"),
    ],
)
def test_a_name_says_nothing_twice(helm: Helm, release: str, name: str) -> None:
    (deployment,) = of_kind(list(yaml.safe_load_all(helm.run("template", release, CHART))), "Deployment")
    assert name == deployment["metadata"]["name"]


def operator_config(objects: list[dict[str, Any]]) -> Config:
    """The settings the operator reads from the environment that the Deployment gives it."""
    (deployment,) = of_kind(objects, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return config_from({each["name"]: each["value"] for each in container["env"]})


def test_the_default_values_are_the_operators_own_defaults(helm: Helm) -> None:
    assert Config() == operator_config(helm.template())


def test_every_setting_reaches_the_operator(helm: Helm) -> None:
    values = {
        "listener": {
            "image": {"repository": "mirror/listener", "tag": "1", "pullPolicy": "Always"},
            "imagePullSecrets": ["one", "two"],
        },
        "watchNamespaces": ["a", "b"],
        "codeOverrides": {"enabled": True},
        "operator": {"debounceSeconds": 0.5, "resyncSeconds": 60, "healthPort": 9999},
    }
    expected = Config(
        listener_image="mirror/listener:1",
        image_pull_policy="Always",
        image_pull_secrets=("one", "two"),
        watch_namespaces=("a", "b"),
        health_port=9999,
        debounce_s=0.5,
        resync_s=60,
        code_overrides=True,
    )
    assert expected == operator_config(helm.template(values=values))


def documented_rights() -> set[tuple[str, str, str]]:
    """Group, resource and verb of each right in the table that opens the operator's cluster.py."""
    rows = re.findall(r"^\| (\S+) \| ([a-z/, ]+) \| ([a-z, ]+) \|", cluster.__doc__ or "", re.MULTILINE)
    return {
        (group.replace("(core)", ""), resource, verb)
        for group, resources, verbs in rows
        if group != "group"
        for resource in resources.split(", ")
        for verb in verbs.split(", ")
    }


def rights_of(role: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            yield from ((group, resource, verb) for resource in rule["resources"] for verb in rule["verbs"])


def test_the_operator_may_do_what_its_code_says_it_does_and_no_more(helm: Helm) -> None:
    role = next(role for role in of_kind(helm.template(), "ClusterRole") if "aggregat" not in str(role["metadata"]))
    assert documented_rights() == set(rights_of(role))


def test_watched_namespaces_need_no_right_in_the_cluster(helm: Helm) -> None:
    objects = helm.template(values={"watchNamespaces": ["a", "b"]})
    assert [] == of_kind(objects, "ClusterRole") + of_kind(objects, "ClusterRoleBinding")
    assert ["a", "b"] == [role["metadata"]["namespace"] for role in of_kind(objects, "Role")]
    assert ["a", "b"] == [binding["metadata"]["namespace"] for binding in of_kind(objects, "RoleBinding")]
    assert all(documented_rights() == set(rights_of(role)) for role in of_kind(objects, "Role"))


@pytest.mark.kube
@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_the_api_server_accepts_every_object(helm: Helm, kube_api: KubeApi, values: dict[str, Any]) -> None:
    namespace = kube_api.create_namespace("chart")
    text = helm.template_text("--namespace", namespace, values=values)
    checked = kube_api.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text)
    assert text.count("\nkind: ") == len(checked.splitlines())


@pytest.mark.kube
def test_the_operators_pod_fits_the_restricted_security_standard(helm: Helm, kube_api: KubeApi) -> None:
    namespace = kube_api.create_namespace("restricted")
    kube_api.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    kube_api.kubectl("-n", namespace, "create", "serviceaccount", "demo-httpreceiver-operator")
    (deployment,) = of_kind(helm.template(), "Deployment")
    template = deployment["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "operator"}, "spec": template["spec"]}
    kube_api.kubectl("-n", namespace, "create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(pod))
