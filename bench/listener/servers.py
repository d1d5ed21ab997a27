"""
How each server is started, and which ones cannot be here.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import trustme

from bench.admission import admission_workflow
from bench.job import job_workflow, receiving_workflow
from bench.listener.sides import Command

OURS: Final = "httpreceiver"
HANDWRITTEN: Final = "aiohttp by hand"
UVICORN: Final = "uvicorn + httptools by hand"
FASTAPI: Final = "FastAPI on uvicorn"

_PROGRAM: Final = Path(sys.executable).parent / "httpreceiver"
_PEERS: Final = Path(sys.prefix) / "peers" / "bin" / "uvicorn"
_OTHERS: Final = "Camel, Benthos, Spring Boot, Node-RED, n8n, Argo Events, Tekton, nginx, Go and Node by hand"


def absent() -> dict[str, str]:
    """Return the servers that are not measured: who, and why."""
    missing = {_OTHERS: "no Python packages; docs/performance.md has earlier figures"}
    if not _PEERS.exists():
        missing[f"{UVICORN}, {FASTAPI}"] = "not installed: make bench-peers"
    return missing


def job_sides() -> dict[str, Command]:
    """Return who does the JSON job here."""
    peers = {UVICORN: asgi("raw_asgi"), FASTAPI: asgi("fastapi_job")} if _PEERS.exists() else {}
    return {OURS: ours({"job": job_workflow}), HANDWRITTEN: handwritten, **peers}


def admission_sides() -> dict[str, Command]:
    """Return who does the HL7 job here."""
    peers = {UVICORN: asgi("raw_asgi")} if _PEERS.exists() else {}
    return {OURS: ours({"admission": admission_workflow}), HANDWRITTEN: handwritten, **peers}


def ours(workflows: Mapping[str, Any]) -> Command:
    """Return what serves *workflows*, each a function of the port, with the log that a pod writes."""

    def command(port: int, folder: Path) -> list[str]:
        files = folder / "workflows"
        files.mkdir()
        for name, workflow in workflows.items():
            (files / f"{name}.json").write_text(json.dumps(workflow(port)))
        return [str(_PROGRAM), "serve", str(files), "--admin-port=0", "--log=json", f"--state-dir={folder}"]

    return command


def many(count: int) -> Command:
    """Return what serves the job among *count* receivers on one endpoint."""
    others = {f"r{number}": _receiving(f"r{number}") for number in range(count - 1)}
    return ours({"job": job_workflow, **others})


def _receiving(name: str) -> Any:
    return lambda port: receiving_workflow(port, name)


def handwritten(port: int, _: Path) -> list[str]:
    """Return the command of the hand-written handlers."""
    return [sys.executable, "-m", "bench.handwritten", str(port)]


def handwritten_tls(port: int, folder: Path) -> list[str]:
    """Return the command of the hand-written handlers with a certificate."""
    file = folder / "certificate.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(file)
    return [*handwritten(port, folder), str(file)]


def asgi(module: str) -> Command:
    """Return what serves a peer, in the environment of the peers."""
    options = ["--host=127.0.0.1", "--no-access-log", "--log-level=warning", "--lifespan=off"]
    return lambda port, _: [str(_PEERS), f"bench.peers.{module}:app", f"--port={port}", *options]
