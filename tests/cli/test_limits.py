"""The manifests of docs/limits.md are served as the page says, and what contradicts itself is told before."""

import asyncio
import json
import re
from pathlib import Path

import aiohttp

from cli_process import ROOT, ServeProcess, run_cli
from free_ports import free_ports

[MANIFESTS] = re.findall("```yaml\n(.*?)```", (ROOT / "docs" / "limits.md").read_text(), re.DOTALL)


async def test_the_page_is_served_as_it_says(tmp_path: Path) -> None:
    """The host's limit of bodies, the receiver's rate, and the host's deadline of heads."""
    [port] = free_ports(1)
    (tmp_path / "page.yaml").write_text(MANIFESTS.replace("8080", str(port)))
    url = f"http://127.0.0.1:{port}/orders"
    with ServeProcess(tmp_path) as served:
        assert [row["state"] for row in served.started["receivers"]] == ["serving"]
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=b'"' + b"x" * 1_000_000 + b'"') as answer:
                assert answer.status == 413
            statuses = []
            for _ in range(20):
                async with session.post(url, data=b"{}") as answer:
                    statuses.append(answer.status)
                    policy = answer.headers["RateLimit-Policy"]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /orders HTTP/1.1\r\nHost: te")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()

    assert statuses == [200] * 19 + [429]
    assert policy == '"ClientAddress";q=100;w=60'


def test_lint_names_what_contradicts_itself_with_the_defaults_of_the_host(tmp_path: Path) -> None:
    """A queue that waits longer than the whole request may last, which only the host's manifest says."""
    text = MANIFESTS.replace("    requestTimeout: 20s\n", "").replace("    port:", "    requestTimeout: 4s\n    port:")
    (tmp_path / "page.yaml").write_text(text)
    found = json.loads(run_cli("lint", "-o", "json", tmp_path).stdout)

    assert [(one["where"], one["code"]) for one in found if one["severity"] == "error"] == [
        ("$.spec.limits.queueTimeout", "LimitsContradict")
    ]
