"""The pod's command as a process of its own, on free ports."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from listening import DEADLINE_S, a_client, free_port

START_S = 30.0
"""A process that imports everything on a busy machine."""


class Pod:
    """A running process of the command."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, admin_port: int) -> None:
        self.process = process
        self.port = port
        self.admin = f"http://127.0.0.1:{admin_port}"

    async def receivers(self) -> list[dict[str, Any]]:
        """Return what the admin port says runs."""
        async with a_client() as client, client.get(f"{self.admin}/receivers") as answer:
            rows: list[dict[str, Any]] = await answer.json()
            return rows

    async def until_generation(self, generation: int) -> None:
        """Wait until that generation of the only receiver is served."""
        async with asyncio.timeout(DEADLINE_S):
            while [row["generation"] for row in await self.receivers()] != [generation]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def end(self) -> tuple[int, list[dict[str, Any]], str]:
        """Send SIGTERM; return exit code, lines on stdout, and stderr."""
        self.process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(self.process.communicate(), DEADLINE_S)
        return self.process.returncode or 0, [json.loads(line) for line in out.splitlines()], err.decode()


@asynccontextmanager
async def a_pod(bundles: Path, *arguments: str) -> AsyncIterator[Pod]:
    """Run the command on free ports and wait until it is ready."""
    port, admin_port = free_port(), free_port()
    command = [sys.executable, "-W", "error", "-m", "httpreceiver_listener", f"--bundle-dir={bundles}"]
    command += [f"--listen-port={port}", f"--admin-port={admin_port}", "--bind-address=127.0.0.1"]
    process = await asyncio.create_subprocess_exec(
        *command, "--drain-lag-s=0", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    pod = Pod(process, port, admin_port)
    try:
        async with a_client() as client, asyncio.timeout(START_S):
            while process.returncode is None:
                try:
                    async with client.get(f"{pod.admin}/readyz") as answer:
                        if answer.status == 200:
                            break
                except OSError:
                    pass
                await asyncio.sleep(0.05)
        yield pod
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
