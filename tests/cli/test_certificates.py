"""Certificates on a laptop: self-signed, from a folder by thumbprint, from a Secret of the manifests."""

import hashlib
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import trustme

from cli_process import ServeProcess
from free_ports import free_ports

RECEIVER = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"
API = {"apiVersion": "httpreceiver.dev/v1alpha1"}


def workflow(port: int, **fields: Any) -> dict[str, Any]:
    """Return an HTTPS receiver."""
    return {
        "$type": RECEIVER,
        "Id": "00000000-0000-0000-0000-0000000000a1",
        "ServiceName": "a",
        "MessageType": 13,
        "ResponseMessageTemplate": "ok",
        "Port": port,
        "UseSsl": True,
    } | fields


def presented(port: int) -> str:
    """Return the thumbprint of the certificate that a port presents."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        certificate = secure.getpeercert(binary_form=True)
    assert certificate is not None
    return hashlib.sha1(certificate).hexdigest().upper()


def issued(folder: Path, name: str) -> tuple[str, str, str]:
    """Issue a certificate; return its PEM, its key's PEM and its thumbprint."""
    pair = trustme.CA().issue_cert("localhost", key_type=trustme.KeyType.ECDSA)
    certificate, key = pair.cert_chain_pems[0].bytes().decode(), pair.private_key_pem.bytes().decode()
    (folder / name).write_text(key + certificate)
    return certificate, key, hashlib.sha1(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest().upper()


def test_the_self_signed_certificate_is_kept_for_the_next_start(tmp_path: Path) -> None:
    """Callers who trusted it once need not do so again; only its owner can read it."""
    [port] = free_ports(1)
    (tmp_path / "a.json").write_text(json.dumps(workflow(port)))
    seen = []
    for _ in range(2):
        with ServeProcess(tmp_path) as served:
            assert served.started["receivers"][0]["url"].startswith("https://")
            seen.append(presented(port))
    assert seen[0] == seen[1]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / ".state").iterdir())


def test_a_certificate_is_found_by_thumbprint(tmp_path: Path) -> None:
    """In the folder that --certificates names; one that is not there is named."""
    ports = free_ports(2)
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    _, _, thumbprint = issued(certificates, "mine.pem")
    own = {"UseDefaultSSLCertificate": False}
    (tmp_path / "a.json").write_text(json.dumps(workflow(ports[0], CertificateThumbPrint=thumbprint, **own)))
    (tmp_path / "b.json").write_text(json.dumps(workflow(ports[1], CertificateThumbPrint="AB" * 20, **own)))
    with ServeProcess(tmp_path, "--certificates", "certificates", "a.json", "b.json") as served:
        assert presented(ports[0]) == thumbprint
        missing = served.started["receivers"][1]
        assert missing["state"] == "unresolved"
        assert "AB" * 20 in missing["reason"]


def test_a_certificate_of_a_secret_is_presented_as_a_cluster_would(tmp_path: Path) -> None:
    """The ReceiverHost names it as its default."""
    [port] = free_ports(1)
    certificate, key, thumbprint = issued(tmp_path, "unused.txt")
    objects = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls"}}
        | {"stringData": {"tls.crt": certificate, "tls.key": key}},
        API
        | {"kind": "ReceiverHost", "metadata": {"name": "default"}}
        | {"spec": {"defaultCertificate": {"secretName": "tls"}}},
        API | {"kind": "HttpReceiver", "metadata": {"name": "a"}, "spec": {"workflow": workflow(port)}},
    ]
    (tmp_path / "a.yaml").write_text("---\n".join(json.dumps(one) + "\n" for one in objects))
    with ServeProcess(tmp_path):
        assert presented(port) == thumbprint
