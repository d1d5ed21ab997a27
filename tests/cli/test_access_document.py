"""docs/access.md: every example of a manifest is served as it stands, and asked as its section says."""

import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import pytest
import trustme

from certificates_made import client_context, pair_of, write_pem
from cli_process import ROOT, run_cli
from httpreceiver_cli.local_cluster import LocalCluster
from httpreceiver_cli.manifest_findings import find_in_manifests
from httpreceiver_cli.manifest_shape import ManifestCode
from httpreceiver_cli.sources import read_sources
from httpreceiver_workflow.credentials import HostObject
from httpreceiver_workflow.endpoint import decode_receiver
from httpreceiver_workflow.resources import NO_RESOURCES
from key_material import KEYS, a_token
from listening import Running, a_client, listening

PAGE: Final = (ROOT / "docs" / "access.md").read_text()
EXAMPLES: Final[dict[str, str]] = dict(
    re.findall(r"^### ([^\n]+)\n(?:(?!^###).)*?^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
)
AUTHORITY: Final = trustme.CA()
CALLER: Final = AUTHORITY.issue_cert("pacs.clinic.example.com")
STRANGER: Final = trustme.CA().issue_cert("pacs.clinic.example.com")
BODY: Final = b"a message"

Ask = dict[str, Any]
"""What a request has: `headers`, and `certificate` for one that is presented in the handshake."""


def header(**headers: str) -> Ask:
    return {"headers": {name.replace("_", "-"): value for name, value in headers.items()}}


def basic(text: str) -> Ask:
    return header(Authorization=f"Basic {b64encode(text.encode()).decode()}")


def github(body: bytes) -> Ask:
    return header(X_Hub_Signature_256=f"sha256={hmac.new(b'5e8f0c7a', body, 'sha256').hexdigest()}")


def partner(at: int) -> Ask:
    digest = hmac.new(b"8c1d5b", b"%d." % at + BODY, "sha256").digest()
    return header(X_Signature=b64encode(digest).decode(), X_Time=str(at))


def a_jwt(**claims: Any) -> Ask:
    whole = {"iss": "https://id.example.com/", "aud": "patients", "scope": "patients.read patients.write", **claims}
    return header(Authorization=f"Bearer {a_token('a', **whole)}")


def passed_on(certificate: trustme.LeafCert) -> Ask:
    return header(X_SSL_Client_Cert=quote(certificate.cert_chain_pems[0].bytes().decode()))


def both(*asks: Ask) -> Ask:
    return {"headers": {name: value for ask in asks for name, value in ask.get("headers", {}).items()}} | {
        name: value for ask in asks for name, value in ask.items() if name != "headers"
    }


KEY: Final = header(X_API_Key="9f2c41d07be8")
CASES: Final[dict[str, list[tuple[Callable[[], Ask], int, str]]]] = {
    "basic": [
        (lambda: basic("ann:correct horse battery staple"), 200, "Hello ann"),
        (lambda: basic("bob:swordfish"), 200, "Hello bob"),
        (lambda: basic("bob:guess"), 401, 'Basic realm="Orders"'),
        (dict, 401, 'Basic realm="Orders"'),
    ],
    "bearer": [
        (lambda: header(Authorization="Bearer yMi9cZ0vJ1"), 200, "Hello lab-2025"),
        (lambda: header(Authorization="Bearer Qx7LrT52aB"), 200, "Hello lab-2026"),
        (lambda: header(Authorization="Bearer x"), 401, "invalid_token"),
    ],
    "apiKey": [(lambda: KEY, 200, "Hello ward-3"), (lambda: header(X_API_Key="x"), 401, "X-API-Key")],
    "hmac": [
        (lambda: github(BODY), 200, "Hello org"),
        (lambda: github(BODY + b"!"), 401, "X-Hub-Signature-256"),
        (lambda: partner(int(time())), 200, "Hello pacs"),
        (lambda: partner(int(time()) - 400), 401, "X-Signature"),
    ],
    "jwt": [
        (a_jwt, 200, "Hello ann"),
        (lambda: a_jwt(scope="patients.read"), 401, "invalid_token"),
        (lambda: a_jwt(aud="images"), 401, "invalid_token"),
        (lambda: a_jwt(exp=time() - 100), 401, "invalid_token"),
    ],
    "clientCertificate": [
        (lambda: {"certificate": CALLER}, 200, "Hello "),
        (lambda: {"certificate": STRANGER}, 403, ""),
        (dict, 403, ""),
    ],
    "A certificate that a proxy saw": [
        (lambda: passed_on(CALLER), 200, "Hello "),
        (lambda: passed_on(STRANGER), 403, ""),
        (dict, 403, ""),
    ],
    "addresses": [(dict, 200, "Hello "), (lambda: header(X_Forwarded_For="10.20.7.1"), 200, "Hello ")],
    "All of, any of": [
        (lambda: both(KEY, {"certificate": CALLER}), 200, "Hello "),
        (lambda: both(KEY, {"certificate": STRANGER}), 403, ""),
        (lambda: {"certificate": CALLER}, 401, "ApiKey"),
        (lambda: header(Authorization="Bearer yMi9cZ0vJ1"), 403, ""),
    ],
}
"""Section → what is sent, the status, and what the answer has: its text, or the challenge."""


def test_every_example_is_asked() -> None:
    """An example that nobody tries may be wrong."""
    assert list(EXAMPLES) == list(CASES)


@asynccontextmanager
async def serving(section: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Serve the example of *section* with the ConfigMaps it names."""
    manifest = tmp_path / "example.yaml"
    pin = pair_of(CALLER).thumbprint
    manifest.write_text(re.sub(r"pins: \[\w+\]", f"pins: [{pin}]", EXAMPLES[section]))
    others = {
        "clinic-ca": {"ca.crt": AUTHORITY.cert_pem.bytes().decode()},
        "issuer-keys": {"jwks.json": json.dumps({"keys": [KEYS["a"][1]]})},
    }
    for name, data in others.items():
        content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    answer = LocalCluster([tmp_path]).ask(datetime.now(UTC))
    assert answer.complaints == ()
    async with listening(endpoints=answer.plan.endpoints, state_folder=tmp_path / ".state") as running:
        yield running


async def asked(running: Running, ask: Ask, tmp_path: Path) -> tuple[int, str]:
    """Return status, and the text of what was answered or the challenges of what was refused."""
    (endpoint,) = running.listener.report.endpoints
    pem = write_pem(pair_of(ask["certificate"]), tmp_path / ".client.pem") if "certificate" in ask else None
    context = client_context(None, pem) if endpoint.scheme == "https" else True
    (receiver,) = running.listener.report.receivers
    url = f"{endpoint.url}{receiver.name.partition('/')[2]}"
    async with a_client() as client, client.post(url, data=BODY, headers=ask.get("headers"), ssl=context) as answer:
        text = await answer.text() if answer.status == 200 else ", ".join(answer.headers.getall(CHALLENGE, []))
        return answer.status, text


CHALLENGE: Final = aiohttp.hdrs.WWW_AUTHENTICATE


@pytest.mark.parametrize("section", CASES)
async def test_an_example_is_answered_as_its_section_says(section: str, tmp_path: Path) -> None:
    async with serving(section, tmp_path) as running:
        for make, status, text in CASES[section]:
            found, answered = await asked(running, make(), tmp_path)
            assert (found, text in answered) == (status, True), answered


@pytest.mark.parametrize("section", CASES)
def test_lint_finds_nothing_but_what_stands_elsewhere(section: str, tmp_path: Path) -> None:
    (tmp_path / "example.yaml").write_text(EXAMPLES[section])
    found = find_in_manifests(read_sources([tmp_path]), NO_RESOURCES)
    assert {one.code for one in found if one.is_error} == (
        {ManifestCode.REFERENCE_NOT_FOUND} if "configMapKeyRef" in EXAMPLES[section] else set()
    )


def test_a_plan_has_the_names_of_credentials_and_no_value(tmp_path: Path) -> None:
    """Neither in clear nor in the workflow Secrets it shows."""
    (tmp_path / "example.yaml").write_text(EXAMPLES["bearer"])
    (receiver, *objects) = json.loads(run_cli("plan", tmp_path, "-o", "json").stdout)["items"]
    assert receiver["status"]["auth"] == "bearer"
    bundled = [text for one in objects if one["kind"] == "Secret" for text in one.get("data", {}).values()]
    (served,) = [decode_receiver(b64decode(text)) for text in bundled]
    assert served.credentials == (HostObject("Secret", "tokens", (("lab-2025", b""), ("lab-2026", b""))),)
