"""
A listener pod without a node: the command of the Deployment the operator made, as a local process, with the mounts it
asks for written from the real Secrets in the way the kubelet writes them, and a Pod object that points at it.
"""

import base64
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from free_ports import free_ports
from kube_api import KubeApi
from waits import START_S, STOP_S, wait_for

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
READY = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}


@dataclass
class LocalPod:
    """One pod of a Deployment."""

    api: KubeApi
    namespace: str
    deployment: dict[str, Any]
    folder: Path
    name: str
    port: int = field(default_factory=lambda: free_ports(1)[0])
    admin_port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    @property
    def container(self) -> dict[str, Any]:
        """The only container of the template."""
        (container,) = self.deployment["spec"]["template"]["spec"]["containers"]
        return dict(container)

    def refresh_mounts(self) -> None:
        """Write every Secret volume as the kubelet does: a new folder, then one swap of the link ``..data``."""
        spec = self.deployment["spec"]["template"]["spec"]
        secrets = {volume["name"]: volume["secret"] for volume in spec["volumes"] if "secret" in volume}
        for mount in self.container["volumeMounts"]:
            target = self.local_path(mount["mountPath"])
            target.mkdir(parents=True, exist_ok=True)
            if mount["name"] in secrets:
                self._write_volume(secrets[mount["name"]], target)

    def _write_volume(self, volume: dict[str, Any], target: Path) -> None:
        found = self.api.try_kubectl("-n", self.namespace, "get", "secret", volume["secretName"], "-o", "json")
        assert found.returncode == 0 or volume.get("optional"), f"the pod could not start: {found.stderr}"
        data = json.loads(found.stdout).get("data", {}) if found.returncode == 0 else {}
        keys = {item["key"]: item["path"] for item in volume.get("items", [{"key": key, "path": key} for key in data])}
        fresh = target / f"..{len(list(target.glob('..2*'))) + 2026}"
        fresh.mkdir()
        for key, path in keys.items():
            (fresh / path).write_bytes(base64.b64decode(data[key]))
        link = target / "..data_tmp"
        link.symlink_to(fresh.name)
        link.replace(target / "..data")
        for path in keys.values():
            if not (target / path).is_symlink():
                (target / path).symlink_to(Path("..data") / path)
        for old in target.iterdir():
            if old.is_symlink() and not old.name.startswith("..") and old.name not in keys.values():
                old.unlink()

    def local_path(self, path: str) -> Path:
        """Where a path of the pod lies on this machine."""
        return self.folder / path.lstrip("/")

    def start(self) -> None:
        """Run the container's command and wait until its readiness probe succeeds."""
        mounts = [mount["mountPath"] for mount in self.container["volumeMounts"]]
        arguments = list(self.container["args"])
        for number, argument in enumerate(arguments):
            option, _, value = argument.partition("=")
            replaced = {"--listen-port": str(self.port), "--admin-port": str(self.admin_port)}.get(option, value)
            if value in mounts:
                replaced = str(self.local_path(value))
            arguments[number] = f"{option}={replaced}"
        assert self.container["command"][0] == "python"
        command = [sys.executable, *self.container["command"][1:], *arguments]
        with (self.folder / "listener.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--bind-address=127.0.0.1", "--drain-lag-s=0"],
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"]},
            )
        wait_for(lambda: self.probe("readinessProbe"), "the listener is ready", START_S)

    def probe(self, kind: str) -> bool:
        """Whether one of the container's probes succeeds."""
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "listener.log").read_text()[-3000:]
        check = self.container[kind]["httpGet"]
        assert check["port"] == "admin"
        try:
            with DIRECT.open(f"http://127.0.0.1:{self.admin_port}{check['path']}", timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """End the process as the kubelet does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_S)

    def create_object(self) -> None:
        """Create the Pod object, as the ReplicaSet controller and the kubelet would, with this machine's address."""
        template = self.deployment["spec"]["template"]
        ports = [
            {**port, "containerPort": self.admin_port if port["name"] == "admin" else self.port}
            for port in self.container["ports"]
        ]
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": self.name, "namespace": self.namespace, "labels": template["metadata"]["labels"]},
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [{"name": "listener", "image": self.container["image"], "ports": ports}],
            },
        }
        self.api.kubectl("apply", "-f", "-", stdin=json.dumps(pod))
        self.set_ready(True)

    def set_ready(self, ready: bool) -> None:
        """Write the pod's status."""
        condition = {**READY, "status": str(ready)}
        status = {"phase": "Running", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}], "conditions": [condition]}
        self.api.kubectl(
            *("-n", self.namespace, "patch", "pod", self.name, "--subresource=status", "--type=merge"),
            *("-p", json.dumps({"status": status})),
        )

    def annotation(self, name: str) -> str:
        """The value of one annotation of the Pod object; empty when it has none."""
        pod = self.api.get("-n", self.namespace, "pod", self.name)
        return str(pod["metadata"].get("annotations", {}).get(name, ""))

    def post(self, path: str, body: str, trust: bytes | None = None, server_name: str = "") -> str:
        """The answer to a POST; over HTTPS when *trust*, a PEM certificate, is given, checked against *server_name*."""
        if trust is None:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body.encode(), method="POST")
            with DIRECT.open(request, timeout=10) as response:
                return str(response.read().decode())
        return _post_over_tls(self.port, path, body, trust, server_name)


class _NamedConnection(http.client.HTTPSConnection):
    """Connects to an address and expects the certificate of a name, as a client in the cluster would."""

    def __init__(self, address: str, port: int, context: ssl.SSLContext, server_name: str) -> None:
        super().__init__(address, port, timeout=10, context=context)
        self._named = (context, server_name)

    def connect(self) -> None:
        context, server_name = self._named
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = context.wrap_socket(plain, server_hostname=server_name)


def _post_over_tls(port: int, path: str, body: str, trust: bytes, server_name: str) -> str:
    context = ssl.create_default_context(cadata=trust.decode())
    connection = _NamedConnection("127.0.0.1", port, context, server_name)
    try:
        connection.request("POST", path, body=body.encode())
        response = connection.getresponse()
        assert response.status == 200
        return response.read().decode()
    finally:
        connection.close()


@contextmanager
def local_pod(api: KubeApi, deployment: dict[str, Any], folder: Path, name: str) -> Iterator[LocalPod]:
    """Start a pod of *deployment* with its object, and stop it; the object stays."""
    pod = LocalPod(api, deployment["metadata"]["namespace"], deployment, folder / name, name)
    shutil.rmtree(pod.folder, ignore_errors=True)
    pod.folder.mkdir(parents=True)
    try:
        pod.refresh_mounts()
        pod.start()
        pod.create_object()
        yield pod
    finally:
        pod.stop()
