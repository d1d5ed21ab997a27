"""Client certificates: by authority, by pin, by subject and name, and passed on by a proxy."""

import hashlib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificates_made import a_pair, client_context, pair_of, revocation_list, write_pem
from guarded import asked, guarded
from httpreceiver_listener.tls.certificates import KeyPair
from httpreceiver_workflow.endpoint import Scheme, ServedReceiver
from listening import Running, a_client, a_served, an_endpoint, listening
from mounted import mount
from pod_process import a_pod

AUTHORITY = trustme.CA()
TRUST = {"trust": {"secretKeyRef": {"name": "clients", "key": "ca.crt"}}}
BUNDLE = {"clients": {"ca.crt": AUTHORITY.cert_pem.bytes()}}


def issued(authority: trustme.CA = AUTHORITY, name: str = "lab.test", **options: Any) -> KeyPair:
    """Return a certificate for *name*."""
    return pair_of(authority.issue_cert(name, common_name="Lab", organization_name="Clinic", **options))


def a_pin(pair: KeyPair, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, der(pair)).hexdigest()


def der(pair: KeyPair) -> bytes:
    return pair.chain[0].public_bytes(Encoding.DER)


@asynccontextmanager
async def guarding(
    rule: Mapping[str, Any], tmp_path: Path, secrets: Any = BUNDLE, **more: Any
) -> AsyncIterator[Running]:
    receiver = guarded([{"clientCertificate": rule}], secrets, UseSsl=True)
    endpoint = an_endpoint(receiver, scheme=Scheme.HTTPS, **more)
    async with listening(endpoints=[endpoint], state_folder=tmp_path / "state") as running:
        yield running


async def answer(running: Running, tmp_path: Path, pair: KeyPair | None, path: str = "/v") -> tuple[int, str]:
    """Return status and body of a request with the certificate of *pair*."""
    context: ssl.SSLContext = client_context(None, write_pem(pair, tmp_path / "client.pem") if pair else None)
    async with a_client() as client, client.post(running.url(path, "https"), data=b"{}", ssl=context) as reply:
        return reply.status, await reply.text() if reply.status == 200 else ""


async def test_a_certificate_of_a_trusted_authority_is_let_in_and_named_by_its_subject(tmp_path: Path) -> None:
    async with guarding(TRUST, tmp_path) as running:
        pair = issued()
        assert await answer(running, tmp_path, pair) == (200, pair.chain[0].subject.rfc4514_string())
        assert (await answer(running, tmp_path, issued(trustme.CA())))[0] == 403
        assert (await answer(running, tmp_path, a_pair("lab.test")))[0] == 403
        assert (await answer(running, tmp_path, None))[0] == 403
        details = [line["detail"] for line in await running.logged(4)]

    assert details == [
        "",
        "clientCertificate: not trusted, or not valid today",
        "clientCertificate: not trusted, or not valid today",
        "clientCertificate: none was presented",
    ]


async def test_intermediates_that_the_caller_sends_complete_its_chain(tmp_path: Path) -> None:
    between = AUTHORITY.create_child_ca()
    async with guarding(TRUST, tmp_path) as running:
        assert (await answer(running, tmp_path, issued(between)))[0] == 200
    only_between = {"clients": {"ca.crt": between.cert_pem.bytes()}}
    async with guarding(TRUST, tmp_path, only_between) as running:
        assert (await answer(running, tmp_path, issued(between)))[0] == 200
        assert (await answer(running, tmp_path, issued()))[0] == 403


async def test_an_expired_certificate_and_one_of_an_expired_pin_are_refused(tmp_path: Path) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    old = issued(not_after=past)
    async with guarding(TRUST, tmp_path) as running:
        assert (await answer(running, tmp_path, old))[0] == 403
    async with guarding({"pins": [a_pin(old)]}, tmp_path) as running:
        assert (await answer(running, tmp_path, old))[0] == 403


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_pinned_certificate_needs_no_authority(tmp_path: Path, algorithm: str) -> None:
    one, other = issued(trustme.CA()), issued(trustme.CA())
    async with guarding({"pins": [a_pin(one, algorithm).upper()]}, tmp_path) as running:
        assert (await answer(running, tmp_path, one))[0] == 200
        assert (await answer(running, tmp_path, other))[0] == 403


async def test_with_trust_and_pins_both_must_fit(tmp_path: Path) -> None:
    one, other, stranger = issued(), issued(), issued(trustme.CA())
    async with guarding({**TRUST, "pins": [a_pin(one), a_pin(stranger)]}, tmp_path) as running:
        statuses = [(await answer(running, tmp_path, pair))[0] for pair in (one, other, stranger)]

    assert statuses == [200, 403, 403]


async def test_a_certificate_for_servers_only_is_refused(tmp_path: Path) -> None:
    server = a_pair("lab.test")
    assert server.chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    async with guarding({"pins": [a_pin(server)]}, tmp_path) as running:
        assert (await answer(running, tmp_path, server))[0] == 403


async def test_subject_or_name_must_be_an_accepted_one_as_a_whole(tmp_path: Path) -> None:
    pair = issued()
    subject = pair.chain[0].subject.rfc4514_string()
    async with guarding({**TRUST, "names": ["lab.test"]}, tmp_path) as running:
        assert (await answer(running, tmp_path, issued()))[0] == 200
        assert (await answer(running, tmp_path, issued(name="evil-lab.test")))[0] == 403
    async with guarding({**TRUST, "subjects": ["CN=x", subject]}, tmp_path) as running:
        assert (await answer(running, tmp_path, pair))[0] == 200
    async with guarding({**TRUST, "subjects": [subject[:-1]]}, tmp_path) as running:
        assert (await answer(running, tmp_path, pair))[0] == 403


async def test_receivers_of_one_port_ask_each_for_its_own(tmp_path: Path) -> None:
    """One wants a certificate, its neighbour on the same port is called without."""
    asking = guarded([{"clientCertificate": TRUST}], BUNDLE, UseSsl=True)
    open_one = a_served("team/b", ServiceName="w", UseSsl=True)
    endpoint = an_endpoint(asking, open_one, scheme=Scheme.HTTPS)
    async with listening(endpoints=[endpoint], state_folder=tmp_path / "state") as running:
        assert (await answer(running, tmp_path, None))[0] == 403
        assert (await answer(running, tmp_path, None, "/w"))[0] == 200
        assert (await answer(running, tmp_path, issued(trustme.CA()), "/w"))[0] == 200
        assert (await answer(running, tmp_path, issued()))[0] == 200


def with_lists(*lists: bytes, authority: trustme.CA = AUTHORITY) -> dict[str, dict[str, bytes]]:
    """Return what the Secret holds: an authority, and revocation lists beside it."""
    return {"clients": {"ca.crt": b"\n".join([authority.cert_pem.bytes(), *lists])}}


async def test_a_revoked_certificate_is_refused_and_its_neighbours_are_let_in(tmp_path: Path) -> None:
    stolen, good = issued(), issued()
    revoked = revocation_list(AUTHORITY, [stolen.chain[0]])
    async with guarding(TRUST, tmp_path, with_lists(revoked)) as running:
        assert [(await answer(running, tmp_path, pair))[0] for pair in (good, stolen)] == [200, 403]
        _, line = await running.logged(2)

    assert line["detail"] == "clientCertificate: it is revoked"


STRANGER = trustme.CA()
UNCOVERED = {
    "expired": [revocation_list(AUTHORITY, current_for=timedelta(minutes=-5))],
    "of another authority": [revocation_list(STRANGER)],
    "signed by another authority": [revocation_list(AUTHORITY, signed_by=STRANGER)],
}


@pytest.mark.parametrize("case", UNCOVERED)
async def test_once_there_is_a_list_a_certificate_that_no_current_one_covers_is_refused(
    tmp_path: Path, case: str
) -> None:
    async with guarding(TRUST, tmp_path, with_lists(*UNCOVERED[case])) as running:
        assert (await answer(running, tmp_path, issued()))[0] == 403
        (line,) = await running.logged()

    assert line["detail"] == "clientCertificate: no current revocation list covers it"


async def test_an_intermediate_is_asked_about_too(tmp_path: Path) -> None:
    between = AUTHORITY.create_child_ca()
    pair = issued(between)
    revoked = [revocation_list(AUTHORITY, [pair.chain[1]]), revocation_list(between)]
    for lists, status in (
        ([revocation_list(AUTHORITY), revocation_list(between)], 200),
        ([revocation_list(AUTHORITY)], 403),
        (revoked, 403),
    ):
        async with guarding(TRUST, tmp_path, with_lists(*lists)) as running:
            assert (await answer(running, tmp_path, pair))[0] == status


async def test_what_trust_holds_itself_needs_no_list(tmp_path: Path) -> None:
    """An intermediate of which only its own list is known, and a single certificate."""
    between = AUTHORITY.create_child_ca()
    good, stolen, single = issued(between), issued(between), issued(trustme.CA())
    secrets = with_lists(
        revocation_list(between, [stolen.chain[0]]), single.chain[0].public_bytes(Encoding.PEM), authority=between
    )
    async with guarding(TRUST, tmp_path, secrets) as running:
        assert [(await answer(running, tmp_path, pair))[0] for pair in (good, stolen, single)] == [200, 403, 200]


async def test_a_new_list_counts_without_a_restart(tmp_path: Path) -> None:
    pair = issued()
    async with guarding(TRUST, tmp_path, with_lists(revocation_list(AUTHORITY))) as running:
        assert (await answer(running, tmp_path, pair))[0] == 200
        newer = with_lists(revocation_list(AUTHORITY, [pair.chain[0]]))
        receiver = guarded([{"clientCertificate": TRUST}], newer, UseSsl=True)
        await running.listener.apply([an_endpoint(receiver, scheme=Scheme.HTTPS)])
        assert (await answer(running, tmp_path, pair))[0] == 403


async def test_a_revoked_certificate_that_a_proxy_passes_on_is_refused() -> None:
    stolen, good = issued(), issued()
    rule = {**TRUST, "forwarded": {"header": "X-Cert", "format": "Base64Der"}}
    receiver = guarded([{"clientCertificate": rule}], with_lists(revocation_list(AUTHORITY, [stolen.chain[0]])))
    async with listening(receiver, trusted_proxies=("127.0.0.1",)) as running:
        statuses = [
            (await asked(running.port(), f"X-Cert: {forwarded('Base64Der', pair)}"))[0] for pair in (good, stolen)
        ]

    assert statuses == [200, 403]


def forwarded(form: str, pair: KeyPair) -> str:
    pem = quote(pair.chain[0].public_bytes(Encoding.PEM).decode())
    match form:
        case "Envoy":
            return f'Hash=00;Cert="x";Subject="CN=a,b",By=spiffe://x;Subject="CN=\\"q\\"";Cert="{pem}"'
        case "UrlEncodedPem":
            return pem
        case _:
            return f":{b64encode(der(pair)).decode()}:"


@pytest.mark.parametrize("form", ["Envoy", "UrlEncodedPem", "Base64Der"])
async def test_a_trusted_proxy_passes_a_certificate_on(form: str) -> None:
    rule = {**TRUST, "forwarded": {"header": "X-Cert", "format": form}}
    receiver = guarded([{"clientCertificate": rule}], BUNDLE)
    good, stranger = forwarded(form, issued()), forwarded(form, issued(trustme.CA()))
    async with listening(receiver, trusted_proxies=("127.0.0.1",)) as running:
        assert (await asked(running.port(), f"X-Cert: {good}"))[0] == 200
        for headers in ([], [f"X-Cert: {stranger}"], [f"X-Cert: {good}"] * 2, ["X-Cert: x"], ["X-Cert: Cert=%FF"]):
            assert (await asked(running.port(), *headers))[0] == 403
    async with listening(receiver) as running:
        assert (await asked(running.port(), f"X-Cert: {good}"))[0] == 403


async def test_a_swapped_bundle_of_authorities_counts_at_once_and_drops_no_connection(tmp_path: Path) -> None:
    other = trustme.CA()

    def trusting(generation: int, *authorities: trustme.CA) -> ServedReceiver:
        bundle = {"clients": {"ca.crt": b"".join(authority.cert_pem.bytes() for authority in authorities)}}
        made = guarded([{"clientCertificate": TRUST}], bundle, UseSsl=True)
        return msgspec.structs.replace(made, generation=generation)

    def presenting(pair: KeyPair) -> ssl.SSLContext:
        return client_context(None, write_pem(pair, tmp_path / "client.pem"))

    mount(tmp_path / "bundle", trusting(1, AUTHORITY))
    options = ("--scheme=https", f"--state-dir={tmp_path}/state")
    one = aiohttp.TCPConnector(limit=1, ssl=presenting(issued()))
    watched, connected = aiohttp.TraceConfig(), []

    async def count(*_: object) -> None:
        connected.append(1)

    watched.on_connection_create_end.append(count)
    keeping = a_client(connector=one, trace_configs=[watched])
    async with a_pod(tmp_path / "bundle", *options) as pod, keeping as kept, a_client() as new:
        url = f"https://127.0.0.1:{pod.port}/v"

        async def statuses() -> list[int]:
            """Return what the kept connection gets, then new ones of either authority's certificates."""
            found = []
            for client, context in ((kept, None), (new, presenting(issued())), (new, presenting(issued(other)))):
                async with client.post(url, data=b"{}", **({"ssl": context} if context else {})) as reply:
                    found.append(reply.status)
            return found

        assert await statuses() == [200, 200, 403]
        mount(tmp_path / "bundle", trusting(2, AUTHORITY, other))
        await pod.until_generation(2)
        assert await statuses() == [200, 200, 200]
        mount(tmp_path / "bundle", trusting(3, other))
        await pod.until_generation(3)
        assert await statuses() == [403, 403, 200]
        code, lines, err = await pod.end()

    assert (code, err) == (0, "")
    assert len([line for line in lines if "status" in line]) == 9
    assert len(connected) == 1


@pytest.mark.parametrize("broken", ["CERTIFICATE", "X509 CRL"])
async def test_a_trust_that_cannot_be_read_is_not_served(broken: str) -> None:
    good = AUTHORITY.cert_pem.bytes().decode()
    broken = f"{good}-----BEGIN {broken}-----\nAAAA\n-----END {broken}-----"
    async with listening(
        guarded([{"clientCertificate": TRUST}], {"clients": {"ca.crt": broken}}, UseSsl=True)
    ) as running:
        (state,) = running.listener.report.receivers

    assert state.message == 'Key "ca.crt" of trust holds a certificate or list that cannot be read.'
