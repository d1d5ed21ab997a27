"""
A real Kubernetes API for tests: etcd and kube-apiserver as processes on loopback, gone when the test run ends.

Tests ask for the session fixture `kube_api` (conftest.py at the root lists the plugin `kube_fixtures`) and carry
`@pytest.mark.kube`:

    @pytest.mark.kube
    def test_the_crd_is_accepted(kube_api: KubeApi) -> None:
        kube_api.kubectl("apply", "--server-side", "-f", "crds/")
        namespace = kube_api.create_namespace("crd")                     # a name of its own, never used before
        kube_api.kubectl("-n", namespace, "apply", "-f", "-", stdin=manifest)
        receiver = kube_api.get("-n", namespace, "httpreceiver", "one")  # the object as a dict
        config = kube_api.kubeconfig(tmp_path / "config")                # for a process with KUBECONFIG=…, as admin
        token = kube_api.service_account_token(namespace, "operator")    # TokenRequest
        config = kube_api.kubeconfig(tmp_path / "other", token=token, namespace=namespace)

RBAC is on and admission is the default one. There is no controller-manager, scheduler or kubelet: a Deployment makes
no pods, nobody collects garbage by ownerReferences, and a deleted namespace stays Terminating. A test that wants a pod
creates the Pod object itself and writes its status.

To keep one for trying things by hand: `python tests/support/kube_api.py` prints its kubeconfig and serves until Ctrl-C.
"""

import base64
import contextlib
import json
import os
import secrets
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from free_ports import free_ports
from kube_binaries import find_binary

START_TIMEOUT_S = 60.0  # 3 to 6 s on two idle cores; the rest is for a busy machine
STOP_TIMEOUT_S = 15.0


class KubeApiError(Exception):
    """The API server did not start, or a kubectl call failed; the message holds what the program said."""


@dataclass(frozen=True)
class KubeApi:
    """A running API server, as its administrator and as a maker of kubeconfig files for others."""

    url: str
    ca: Path
    admin_token: str
    folder: Path

    def kubeconfig(self, path: Path, token: str | None = None, namespace: str = "default") -> Path:
        """Write a kubeconfig for *token* (the administrator's if None) to *path* and return *path*."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "test", "cluster": {"server": self.url, "certificate-authority-data": _base64(self.ca)}}
            ],
            "users": [{"name": "test", "user": {"token": token or self.admin_token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": namespace}}],
            "current-context": "test",
        }
        path.write_text(json.dumps(config))
        path.chmod(0o600)
        return path

    def kubectl(self, *arguments: str | Path, stdin: str | None = None, token: str | None = None) -> str:
        """
        Run kubectl as the administrator, or as the owner of *token*, and return what it printed.

        Raises:
            KubeApiError: it exited with another code than 0; the message is its stderr.
        """
        done = self.try_kubectl(*arguments, stdin=stdin, token=token)
        if done.returncode:
            raise KubeApiError(f"kubectl {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def try_kubectl(
        self, *arguments: str | Path, stdin: str | None = None, token: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl and return its exit code and output, for calls that are expected to be refused."""
        config = self.folder / "admin.kubeconfig"
        if token:
            config = self.kubeconfig(self.folder / f"{secrets.token_hex(4)}.kubeconfig", token)
        return subprocess.run(
            [find_binary("kubectl"), f"--cache-dir={self.folder / 'kubectl-cache'}", *arguments],
            env={**os.environ, "KUBECONFIG": str(config)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def get(self, *arguments: str) -> dict[str, Any]:
        """The object (or List) that `kubectl get` with these arguments finds."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found

    def create_namespace(self, prefix: str = "test") -> str:
        """Create a namespace nobody has used, with the `default` ServiceAccount that a controller would add."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        self.kubectl("create", "namespace", name)
        self.kubectl("-n", name, "create", "serviceaccount", "default")
        return name

    def service_account_token(self, namespace: str, name: str) -> str:
        """A token of a ServiceAccount that exists, by the TokenRequest API; it lives for an hour."""
        return self.kubectl("-n", namespace, "create", "token", name, "--duration=1h").strip()


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@contextlib.contextmanager
def running_kube_api() -> Iterator[KubeApi]:
    """
    Start etcd and kube-apiserver, yield when the API is ready, and stop both.

    Raises:
        kube_binaries.KubeBinaryError: a program is missing.
        KubeApiError: one of them ended or was not ready in time; the message has the end of its log.
    """
    with (
        tempfile.TemporaryDirectory(prefix="kube-api-", ignore_cleanup_errors=True) as name,
        contextlib.ExitStack() as s,
    ):
        folder = Path(name)
        etcd_port, peer_port, api_port = free_ports(3)
        ca = _write_credentials(folder)
        api = KubeApi(f"https://127.0.0.1:{api_port}", ca, (folder / "token").read_text(), folder)
        api.kubeconfig(folder / "admin.kubeconfig")
        etcd = s.enter_context(_process(folder, "etcd", _etcd_arguments(folder, etcd_port, peer_port)))
        apiserver = s.enter_context(
            _process(folder, "kube-apiserver", _apiserver_arguments(folder, etcd_port, api_port))
        )
        _wait_until_ready(api, [etcd, apiserver])
        yield api


def _write_credentials(folder: Path) -> Path:
    """Write the serving pair, the key that signs ServiceAccount tokens and the admin's token; return the CA's path."""
    authority = trustme.CA()
    serving = authority.issue_cert("127.0.0.1", "localhost", "kubernetes.default.svc")
    serving.cert_chain_pems[0].write_to_path(folder / "tls.crt")
    serving.private_key_pem.write_to_path(folder / "tls.key")
    authority.cert_pem.write_to_path(folder / "ca.crt")
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (folder / "service-account.key").write_bytes(pem)
    token = secrets.token_hex(16)
    (folder / "token").write_text(token)
    (folder / "tokens.csv").write_text(f'{token},admin,admin,"system:masters"\n')
    return folder / "ca.crt"


def _etcd_arguments(folder: Path, client_port: int, peer_port: int) -> list[str]:
    return [
        f"--data-dir={folder / 'etcd'}",
        "--unsafe-no-fsync",  # the data need not outlive the test run
        f"--listen-client-urls=http://127.0.0.1:{client_port}",
        f"--advertise-client-urls=http://127.0.0.1:{client_port}",
        f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer_port}",
        f"--initial-cluster=default=http://127.0.0.1:{peer_port}",
        "--log-level=warn",
    ]


def _apiserver_arguments(folder: Path, etcd_port: int, port: int) -> list[str]:
    key = folder / "service-account.key"
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        f"--cert-dir={folder / 'certificates'}",
        f"--tls-cert-file={folder / 'tls.crt'}",
        f"--tls-private-key-file={folder / 'tls.key'}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        # A loopback address cannot be advertised; nothing here reaches the API through the `kubernetes` Service.
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={key}",
        f"--service-account-key-file={key}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC,Node",
        "--allow-privileged",
    ]


@dataclass(frozen=True)
class _Process:
    name: str
    handle: subprocess.Popen[bytes]
    log: Path

    def end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


@contextlib.contextmanager
def _process(folder: Path, name: str, arguments: Sequence[str]) -> Iterator[_Process]:
    """Run a program with its output in a file; on the way out ask it to stop, and make it stop."""
    log = folder / f"{name}.log"
    # A session of its own: Ctrl-C in the terminal reaches pytest only, which then stops these in order.
    with log.open("wb") as output:
        handle = subprocess.Popen(
            [find_binary(name), *arguments], stdout=output, stderr=output, cwd=folder, start_new_session=True
        )
    try:
        yield _Process(name, handle, log)
    finally:
        handle.send_signal(signal.SIGTERM)
        try:
            handle.wait(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            handle.kill()
            handle.wait()


def _wait_until_ready(api: KubeApi, processes: Sequence[_Process]) -> None:
    context = ssl.create_default_context(cafile=str(api.ca))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    request = urllib.request.Request(f"{api.url}/readyz", headers={"Authorization": f"Bearer {api.admin_token}"})
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        for process in processes:
            if process.handle.poll() is not None:
                raise KubeApiError(f"{process.name} ended at its start:\n{process.end_of_log()}")
        try:
            with opener.open(request, timeout=5):
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                log = processes[-1].end_of_log()
                raise KubeApiError(f"not ready after {START_TIMEOUT_S:.0f} s ({error}):\n{log}") from error
        time.sleep(0.1)


def main() -> None:
    """Run an API server until Ctrl-C."""
    with running_kube_api() as api:
        print(f"export KUBECONFIG={api.folder / 'admin.kubeconfig'}", flush=True)
        print(f"alias kubectl={find_binary('kubectl')}\nCtrl-C ends it.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
