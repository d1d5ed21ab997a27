"""
The operator as a process of its own against a real API server, restricted to one namespace.
"""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from free_ports import free_ports
from kube_api import KubeApi
from waits import START_S, STOP_S, wait_for

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class OperatorProcess:
    """A running operator."""

    process: subprocess.Popen[bytes]
    health_port: int
    log: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(STOP_S)

    def health(self, path: str) -> str | None:
        """What the health port answers; None while it does not answer 200."""
        try:
            with DIRECT.open(f"http://127.0.0.1:{self.health_port}{path}", timeout=5) as response:
                return str(response.read().decode())
        except (urllib.error.URLError, OSError):
            return None

    def api_calls(self) -> dict[str, float]:
        """Verb and code of the calls it made so far → their number."""
        prefix = "httpreceiver_operator_api_calls_total"
        lines = [line for line in (self.health("/metrics") or "").splitlines() if line.startswith(prefix)]
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


@contextmanager
def running_operator(api: KubeApi, folder: Path, *namespaces: str, resync_s: float = 300) -> Iterator[OperatorProcess]:
    """Start the operator, yield when its first pass is done, and stop it."""
    log = folder / "operator.log"
    (port,) = free_ports(1)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KUBERNETES_")},
        "KUBECONFIG": str(api.kubeconfig(folder / "operator.kubeconfig")),
        "HTTPRECEIVER_WATCH_NAMESPACES": ",".join(namespaces),
        "HTTPRECEIVER_HEALTH_PORT": str(port),
        "HTTPRECEIVER_RESYNC_SECONDS": str(resync_s),
        "HTTPRECEIVER_LISTENER_IMAGE": "registry.example/httpreceiver-listener:1.2.3",
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "httpreceiver_operator"], env=environment, stdout=output, stderr=output
        )
    operator = OperatorProcess(process, port, log)
    try:
        wait_for(lambda: _ready_or_ended(operator), "the operator is ready", START_S)
        yield operator
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            operator.kill()


def _ready_or_ended(operator: OperatorProcess) -> bool:
    assert operator.process.poll() is None, f"the operator ended: {operator.log.read_text()[-3000:]}"
    return operator.health("/readyz") is not None
