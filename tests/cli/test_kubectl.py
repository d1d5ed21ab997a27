"""kubectl and the API server are the judges: of our YAML, of the examples, and of what we call a wrong shape."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from cli_process import ROOT, run_cli
from httpreceiver_cli.manifest_shape import shape_mistakes
from httpreceiver_cli.sources import ManifestObject
from httpreceiver_cli.yaml_text import dump_documents, load_documents
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.options import read_options
from kube_api import KubeApi
from kube_binaries import find_binary
from wrong_specs import WRONG_SPECS

pytestmark = pytest.mark.kube

WORDS: Final = (
    *(
        "y",
        "No",
        "on",
        "TRUE",
        "~",
        "null",
        "NaN",
        "1e5",
        "0x1F",
        "017",
        "0o17",
        "0b1",
        "1_000",
        "1,000",
        "1.",
        "+1",
        "-0",
    ),
    *(
        "12:30",
        "2024-01-05",
        ".5",
        "-",
        "",
        "a: b",
        "a #b",
        "=",
        "<<",
        "!x",
        "&a",
        "*a",
        "%x",
        "@x",
        "`x",
        "? x",
        "- x",
    ),
    *(
        "{",
        "[",
        "'",
        '"',
        "#",
        "x:",
        "--- x",
        "...",
        "\\",
        "a\\nb",
        "é",
        "\u0085",
        "\u2028",
        "\ufeffx",
        "\U0001f600",
        "\x7f",
    ),
    *(
        "a\nb",
        "a\n b\n",
        "a\n\n",
        "\n",
        "a\tb\nc",
        "  a\nb",
        "a \nb",
        "a\r\nb",
        "k\n\n\nb\n\n",
        "--- a\nb",
        "a\n---\nb",
        "|\nx",
    ),
)
"""Text that some reader of YAML takes for something else."""

SCALARS: Final = (
    *(
        "y",
        "No",
        "on",
        "TRUE",
        "~",
        "null",
        "1e5",
        "0x1F",
        "017",
        "0o17",
        "0b1",
        "1_000",
        "1,000",
        "1.",
        "1.50",
        "+1",
        "-0",
    ),
    *("12:30", "2024-01-05", ".5", "1.2.3", "plain", "a b", "é"),
)
"""Plain scalars, as people write them into manifests."""


def as_kubectl_reads(text: str, folder: Path) -> Any:
    """Return the one object in *text* as kubectl understands it, without asking a server."""
    path = folder / "object.yaml"
    path.write_text(text)
    command = [find_binary("kubectl"), "annotate", "--local", "-f", path, "-o", "json", "read=yes"]
    result = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    del result["metadata"]["annotations"]
    return result


def test_kubectl_reads_what_we_wrote(tmp_path: Path) -> None:
    """Every doubtful text, as value and as key."""
    written = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "words"},
        "values": list(WORDS),
        "keys": dict.fromkeys(WORDS, 1),
        "numbers": [1, 1.5, -0.5, 1e22, 1.0, 2**53],
    }
    assert as_kubectl_reads(dump_documents([written]), tmp_path) == written


def test_we_read_what_kubectl_reads(tmp_path: Path) -> None:
    """Plain scalars become the same values of the same types."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: scalars}\nvalues:\n"
    text += "".join(f"- {scalar}\n" for scalar in SCALARS)
    [ours] = load_documents(text)
    theirs = as_kubectl_reads(text, tmp_path)
    assert [(type(value), value) for value in ours["values"]] == [(type(value), value) for value in theirs["values"]]


@pytest.mark.parametrize("name", ["patient-api.json", "adt-to-file.hl7Workflow"])
def test_a_wrapped_workflow_reaches_the_cluster_unchanged(name: str, tmp_path: Path) -> None:
    """From the file through `wrap` and kubectl."""
    path = ROOT / "examples" / name
    received = as_kubectl_reads(run_cli("wrap", path).stdout, tmp_path)
    assert received["spec"]["workflow"] == json.loads(path.read_text())


@pytest.fixture(scope="module")
def namespace(kube_api: KubeApi) -> str:
    """A namespace of an API server that knows our kinds."""
    kube_api.kubectl("apply", "--server-side", "-f", ROOT / "crds")
    kube_api.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    return kube_api.create_namespace("cli")


def dry_run(kube_api: KubeApi, namespace: str, text: str) -> subprocess.CompletedProcess[str]:
    """Ask the server whether it would take the objects in *text*."""
    arguments = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-")
    return kube_api.try_kubectl("-n", namespace, *arguments, stdin=text)


def test_the_server_takes_every_example(kube_api: KubeApi, namespace: str) -> None:
    """Workflow files wrapped, manifests as they are."""
    examples = [path for path in (ROOT / "examples").rglob("*.*") if not path.match("*.check.yaml")]
    workflows = [path for path in examples if path.suffix != ".yaml"]
    texts = [run_cli("wrap", *workflows).stdout, *(path.read_text() for path in examples if path not in workflows)]
    manifests = "---\n".join(texts)
    done = dry_run(kube_api, namespace, manifests)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("httpreceiver.httpreceiver.dev/") == manifests.count("kind: HttpReceiver") >= len(examples)


@pytest.mark.parametrize("spec", WRONG_SPECS, ids=[json.dumps(spec)[:40] for spec in WRONG_SPECS])
def test_the_server_refuses_what_we_refuse(kube_api: KubeApi, namespace: str, spec: dict[str, Any]) -> None:
    """A laptop is no stricter than a cluster."""
    receiver = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": "a"}}
    assert dry_run(kube_api, namespace, json.dumps(receiver | {"spec": spec})).returncode != 0


@pytest.mark.parametrize(
    ("spec", "taken"),
    [
        ({"route": {"path": "/a/{b}/*/c%20d/*", "methods": ["GET", "M-SEARCH"], "hostnames": ["*.a.test", "b"]}}, True),
        ({"route": {"path": ""}}, True),
        ({"route": {}}, True),
        ({"cors": {"allowOrigins": ["*"], "allowHeaders": ["*", "X-A"]}}, True),
        ({"cors": {"allowOrigins": ["https://*.a.test:1"], "allowCredentials": True}}, True),
        ({"route": {"path": "a*"}}, False),
        ({"route": {"path": "{a}b"}}, False),
        ({"route": {"path": "a//b"}}, False),
        ({"route": {"path": "//"}}, False),
        ({"route": {"path": "a b"}}, False),
        ({"cors": {"allowOrigins": ["*"], "allowCredentials": True}}, False),
        ({"cors": {"allowOrigins": ["https://a.test"], "exposeHeaders": ["*"], "allowCredentials": True}}, False),
    ],
)
def test_the_server_takes_routes_that_we_take(
    kube_api: KubeApi, namespace: str, spec: dict[str, Any], taken: bool
) -> None:
    """Its rules and ours say the same of a mistake."""
    workflow = {"$type": "a.HttpReceiverSetting, a", "Id": "00000000-0000-0000-0000-0000000000a1", "MessageType": 11}
    whole = {"workflow": workflow, **spec}
    receiver = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": "a"}}
    options, problems = read_options(whole)
    assert problems == ()
    assert (prepare_workflow(workflow, options=options).pipeline is not None) == taken
    done = dry_run(kube_api, namespace, json.dumps(receiver | {"spec": whole}))
    assert (done.returncode == 0) == taken, done.stderr


@pytest.mark.parametrize(
    ("tls", "taken"),
    [({}, True), ({"cipherSuites": "Compatible"}, True), ({"cipherSuites": "Old"}, False), ({"ciphers": "x"}, False)],
)
def test_the_server_takes_hosts_that_we_take(
    kube_api: KubeApi, namespace: str, tls: dict[str, Any], taken: bool
) -> None:
    """Also what they say of TLS."""
    host = {
        "apiVersion": "httpreceiver.dev/v1alpha1",
        "kind": "ReceiverHost",
        "metadata": {"name": "a"},
        "spec": {"tls": tls},
    }
    assert (shape_mistakes(ManifestObject(Path("a.yaml"), None, host)) == []) == taken
    done = dry_run(kube_api, namespace, json.dumps(host))
    assert (done.returncode == 0) == taken, done.stderr


def test_the_server_takes_every_example_of_the_access_page(kube_api: KubeApi, namespace: str) -> None:
    """With the rules of the CRD, and the operator's Secrets beside them."""
    page = (ROOT / "docs" / "access.md").read_text()
    examples = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(examples) > 7
    for example in examples:
        done = dry_run(kube_api, namespace, example)
        assert done.returncode == 0, done.stderr


AUTH_MISTAKES: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({}, "give at least one of addresses"),
    ({"basic": {"secretRef": {"name": "s"}}, "bearer": {"secretRef": {"name": "s"}}}, "need the same header"),
    ({"addresses": {}}, "give allow, deny or both"),
    ({"addresses": {"allow": ["10.0.0.1/8"]}}, "a network without bits of a host"),
    ({"addresses": {"deny": ["1.2.3"]}}, "a network without bits of a host"),
    ({"apiKey": {"secretRef": {"name": "s"}}}, "exactly one of header and query"),
    ({"hmac": {"secretRef": {"name": "s"}}}, "give a preset, or the header"),
    ({"hmac": {"secretRef": {"name": "s"}, "preset": "Slack", "prefix": "x"}}, "may stand beside a preset"),
    ({"jwt": {"jwks": {}, "issuer": "i", "audiences": ["a"]}}, "exactly one of url"),
    ({"clientCertificate": {"names": ["a"]}}, "give trust, pins or both"),
    ({"clientCertificate": {"trust": {}}}, "exactly one of configMapKeyRef and secretKeyRef"),
)
"""Alternatives of auth, and what the server says of each."""


@pytest.mark.parametrize(("alternative", "message"), AUTH_MISTAKES, ids=[message for _, message in AUTH_MISTAKES])
def test_the_server_says_what_is_wrong_with_auth(
    kube_api: KubeApi, namespace: str, alternative: dict[str, Any], message: str
) -> None:
    """Before the operator sees it; lint finds the same."""
    spec = {"workflow": {}, "auth": [alternative]}
    receiver = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": "HttpReceiver", "metadata": {"name": "a"}}
    done = dry_run(kube_api, namespace, json.dumps(receiver | {"spec": spec}))
    assert done.returncode != 0
    assert message in done.stderr
