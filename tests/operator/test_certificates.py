"""Self-signed certificates: usable by a TLS server, checked by a client that trusts the public part."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from httpreceiver_operator.certificate_facts import certificate_facts
from httpreceiver_operator.certificates import VALID_FOR, self_signed_pair
from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.objects import host_dns_names


def test_a_client_that_trusts_it_accepts_every_service_name(tmp_path: Path) -> None:
    """The host's Service and the Services of its receivers are all covered."""
    pair = self_signed_pair(host_dns_names(ObjectName("team", "default")), datetime.now(UTC))
    (tmp_path / "tls.crt").write_bytes(pair["tls.crt"])
    (tmp_path / "tls.key").write_bytes(pair["tls.key"])
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    trusting = ssl.create_default_context(cadata=pair["ca.crt"].decode())
    for name in ("receivers-default", "receivers-default.team.svc", "intake.team.svc", "intake.team.svc.cluster.local"):
        assert _handshake(serving, trusting, name) == certificate_facts(pair["tls.crt"]).dns_names  # type: ignore[union-attr]


def _handshake(serving: ssl.SSLContext, trusting: ssl.SSLContext, name: str) -> tuple[str, ...]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server = threading.Thread(target=lambda: serving.wrap_socket(theirs, server_side=True).close())
        server.start()
        with trusting.wrap_socket(ours, server_hostname=name) as connection:
            certificate = connection.getpeercert()
        server.join()
    assert certificate is not None
    return tuple(sorted(str(value) for _, value in certificate["subjectAltName"]))


def test_facts_are_those_of_the_certificate() -> None:
    """Thumbprint form, end and self-signature as the status shows them."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    facts = certificate_facts(self_signed_pair(("a.example", "b.example"), now)["tls.crt"])
    assert facts is not None
    assert (True, now + VALID_FOR) == (facts.self_signed, facts.not_after)
    assert 40 == len(facts.thumbprint)
    assert facts.thumbprint == facts.thumbprint.upper()
    assert VALID_FOR < timedelta(days=826)


def test_what_is_no_certificate_has_no_facts() -> None:
    """Rubbish in a Secret is an answer, not an exception."""
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    assert [None, None, None] == [certificate_facts(text) for text in (b"", b"rubbish", broken)]
