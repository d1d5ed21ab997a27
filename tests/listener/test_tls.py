"""HTTPS: which certificate is presented, when it changes, and client certificates of any issuer."""

import asyncio
import contextlib
import hashlib
import os
import socket
import ssl
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme

from certificates_made import a_pair, client_context, pair_of, write_pem, write_pfx, write_tls_folder
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.tls.certificates import CertificateError, default_pair, find_pair
from httpreceiver_workflow.endpoint import Endpoint, Scheme, ServedReceiver
from listening import DEADLINE_S, Running, a_client, a_request, a_served, an_endpoint, listening, status_of, until


def https(*receivers: ServedReceiver, **members: Any) -> Endpoint:
    return an_endpoint(*(receivers or (a_served(),)), scheme=Scheme.HTTPS, **members)


async def presented(running: Running) -> str:
    """Return the thumbprint a new connection is shown."""
    _, writer = await asyncio.open_connection("127.0.0.1", running.port(), ssl=client_context(None))
    certificate = writer.get_extra_info("ssl_object").getpeercert(True)
    writer.close()
    return hashlib.sha1(certificate).hexdigest().upper()


async def status(running: Running, context: ssl.SSLContext, path: str = "/v", **options: object) -> int:
    url = running.url(path, "https").replace("127.0.0.1", "localhost")
    async with a_client() as client, client.post(url, data=b"{}", ssl=context, **options) as answer:  # type: ignore[arg-type]
        return answer.status


async def test_the_default_certificate_is_made_valid_for_localhost_private_and_kept(tmp_path: Path) -> None:
    async with listening(endpoints=[https()], state_folder=tmp_path / "state") as running:
        first = await presented(running)
        made = default_pair(tmp_path / "state", ())
        assert await status(running, client_context(made)) == 200
    async with listening(endpoints=[https()], state_folder=tmp_path / "state") as running:
        assert await presented(running) == first
        assert running.listener.report.endpoints[0].thumbprint == first

    kept = tmp_path / "state" / "listener.pem"
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_the_default_certificate_is_made_again_for_a_new_name_and_when_it_is_broken(tmp_path: Path) -> None:
    first = default_pair(tmp_path, ())
    assert default_pair(tmp_path, ()).thumbprint == first.thumbprint
    named = default_pair(tmp_path, ("example.test",))
    assert named.thumbprint != first.thumbprint
    (tmp_path / "listener.pem").write_text("broken")
    assert default_pair(tmp_path, ()).thumbprint != named.thumbprint


@pytest.mark.parametrize("form", ["one.pem", "two files", "plain.pfx", "locked.p12", "locked by variable"])
async def test_an_own_certificate_is_found_by_its_thumbprint(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    pair, other = pair_of(authority.issue_cert("localhost")), a_pair("other")
    write_pem(other, tmp_path / "other.pem")
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nx")
    if form == "one.pem":
        write_pem(pair, tmp_path / form)
    elif form == "two files":
        (tmp_path / "a.crt").write_bytes(pair.certificate_pem())
        (tmp_path / "b.key").write_bytes(pair.key_pem())
    elif form == "plain.pfx":
        write_pfx(pair, tmp_path / form)
    else:
        write_pfx(pair, tmp_path / "locked.p12", "s3cret")
        if form == "locked.p12":
            (tmp_path / "locked.p12.password").write_text("s3cret\n")
        else:
            monkeypatch.setenv("HTTPRECEIVER_PFX_PASSWORD", "s3cret")
    spelt = ":".join(pair.thumbprint[i : i + 2] for i in range(0, 40, 2)).lower()

    async with listening(endpoints=[https(certificate=spelt)], certificates_folder=tmp_path) as running:
        assert await presented(running) == pair.thumbprint
        assert await status(running, client_context(authority)) == 200


def test_a_certificate_that_is_missing_or_has_no_key_is_named(tmp_path: Path) -> None:
    pair = a_pair()
    (tmp_path / "a.pem").write_bytes(pair.certificate_pem())

    with pytest.raises(CertificateError, match=f"{pair.thumbprint} in .* has no private key"):
        find_pair(tmp_path, pair.thumbprint)
    with pytest.raises(CertificateError, match="No certificate with thumbprint ABCD is in"):
        find_pair(tmp_path, "ab:cd")
    with pytest.raises(CertificateError, match="no folder of certificates is configured"):
        find_pair(None, "AB")


async def test_an_endpoint_without_its_certificate_is_not_served_at_all_until_it_is_there(tmp_path: Path) -> None:
    pair = a_pair()
    async with listening(endpoints=[https(certificate=pair.thumbprint)], certificates_folder=tmp_path) as running:
        (endpoint,) = running.listener.report.endpoints
        (receiver,) = running.listener.report.receivers
        assert endpoint.url == ""
        assert pair.thumbprint in endpoint.error
        assert receiver.state == "failed"
        write_pem(pair, tmp_path / "late.pem")
        await until(lambda: running.listener.report.endpoints[0].url)
        assert await presented(running) == pair.thumbprint


async def test_a_rotated_certificate_is_presented_to_new_connections_and_old_ones_go_on(tmp_path: Path) -> None:
    old, new = a_pair(), a_pair()
    write_tls_folder(old, tmp_path)
    async with listening(endpoints=[https()], tls_folder=tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port(), ssl=client_context(None))
        write_tls_folder(new, tmp_path)
        await until(lambda: running.listener.report.endpoints[0].thumbprint == new.thumbprint)
        assert await presented(running) == new.thumbprint
        writer.write(a_request(headers=["Connection: close"]))
        assert status_of(await reader.read()) == 200
        writer.close()
        expiry = running.metric("httpreceiver_certificate_expiry_timestamp_seconds", port="8080")

    assert expiry == new.expires.timestamp()


async def test_a_new_set_of_names_is_what_callers_verify(tmp_path: Path) -> None:
    authority = trustme.CA()
    write_tls_folder(pair_of(authority.issue_cert("old.test", "both.test")), tmp_path)
    async with listening(endpoints=[https()], tls_folder=tmp_path) as running:

        async def verified() -> set[str]:
            """Return the names under which a caller that trusts the authority reaches the port."""
            names = set()
            for name in ("old.test", "both.test", "new.test"):
                with contextlib.suppress(ssl.SSLCertVerificationError):
                    context = client_context(authority)
                    _, writer = await asyncio.open_connection(
                        "127.0.0.1", running.port(), ssl=context, server_hostname=name
                    )
                    writer.close()
                    names.add(name)
            return names

        assert await verified() == {"old.test", "both.test"}
        new = pair_of(authority.issue_cert("both.test", "new.test"))
        write_tls_folder(new, tmp_path)
        await until(lambda: running.listener.report.endpoints[0].thumbprint == new.thumbprint)
        assert await verified() == {"both.test", "new.test"}


async def test_a_swapped_kubelet_link_is_seen(tmp_path: Path) -> None:
    old, new = a_pair(), a_pair()
    for name, pair in (("..1", old), ("..2", new)):
        write_tls_folder(pair, tmp_path / name)
    (tmp_path / "..data").symlink_to("..1")
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    async with listening(endpoints=[https()], tls_folder=tmp_path) as running:
        assert await presented(running) == old.thumbprint
        (tmp_path / "..tmp").symlink_to("..2")
        os.replace(tmp_path / "..tmp", tmp_path / "..data")
        await until(lambda: running.listener.report.endpoints[0].thumbprint == new.thumbprint)


async def test_a_broken_pair_keeps_the_last_good_one_and_is_reported_until_mended(tmp_path: Path) -> None:
    good, other = a_pair(), a_pair()
    write_tls_folder(good, tmp_path)
    async with listening(endpoints=[https()], tls_folder=tmp_path) as running:
        (tmp_path / "tls.key").write_bytes(other.key_pem())
        await until(lambda: running.listener.report.endpoints[0].error)
        (endpoint,) = running.listener.report.endpoints
        assert "does not belong to its certificate" in endpoint.error
        assert endpoint.url
        assert await presented(running) == good.thumbprint
        assert running.metric("httpreceiver_certificate_reload_failed", port="8080") == 1
        write_tls_folder(other, tmp_path)
        await until(lambda: not running.listener.report.endpoints[0].error)
        assert await presented(running) == other.thumbprint
        assert running.metric("httpreceiver_certificate_reload_failed", port="8080") == 0


async def test_a_certificate_changes_by_configuration_without_closing_the_port(tmp_path: Path) -> None:
    one, two = a_pair(), a_pair()
    write_pem(one, tmp_path / "one.pem")
    write_pem(two, tmp_path / "two.pem")
    async with listening(endpoints=[https(certificate=one.thumbprint)], certificates_folder=tmp_path) as running:
        port = running.port()
        await running.listener.apply([https(certificate=two.thumbprint)])
        assert await presented(running) == two.thumbprint
        assert running.port() == port


@pytest.mark.parametrize("asks", [False, True])
async def test_tls_below_1_2_is_refused(tmp_path: Path, asks: bool) -> None:
    receiver = a_served(UseSsl=True, RequireClientCertificate=asks)
    context = client_context(None)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with listening(endpoints=[https(receiver)], state_folder=tmp_path) as running:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", running.port(), ssl=context)


async def test_plain_http_to_an_https_port_and_a_handshake_that_never_ends_leave_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    limits = Limits(header_timeout_s=0.3)
    async with listening(endpoints=[https()], state_folder=tmp_path, limits=limits) as running:
        for sent in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port())
            writer.write(sent)
            async with asyncio.timeout(DEADLINE_S):
                await reader.read()
            writer.close()
        assert await status(running, client_context(None)) == 200

    assert not caplog.records


# --- Basic and client certificates over real TLS ---------------------------------------------------------------------


async def test_basic_over_https(tmp_path: Path) -> None:
    receiver = a_served(UseSsl=True, Authentication=True, AuthenticationUserName="u", AuthenticationPassword="p")
    async with listening(endpoints=[https(receiver)], state_folder=tmp_path) as running:
        context = client_context(None)
        url = running.url(scheme="https")
        async with a_client() as client, client.post(url, ssl=context) as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')
        assert await status(running, context, headers={"Authorization": "Basic dTpw"}) == 200
        assert await status(running, context, headers={"Authorization": "Basic dTp4"}) == 401


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_certificate_counts_by_its_thumbprint_whatever_its_issuer(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    issued = write_pem(pair_of(trustme.CA().issue_cert("client.test")), tmp_path / "issued.pem")
    allowed = pair_of(trustme.CA().issue_cert("partner.test"))
    own = write_pem(allowed, tmp_path / "allowed.pem")
    self_made = a_pair("device.test")
    device = write_pem(self_made, tmp_path / "device.pem")
    accepted = f"{allowed.thumbprint}, {self_made.thumbprint.lower()}"
    strict = a_served(UseSsl=True, RequireClientCertificate=True, ClientCertificateThumbPrint=accepted)
    nobody = a_served("team/nobody", ServiceName="nobody", UseSsl=True, RequireClientCertificate=True)
    free = a_served("team/free", ServiceName="free", UseSsl=True)

    def context(presents: Path | None) -> ssl.SSLContext:
        made = client_context(None, presents)
        made.minimum_version = made.maximum_version = version
        return made

    async with listening(endpoints=[https(strict, nobody, free)], state_folder=tmp_path / "state") as running:
        statuses = [
            [await status(running, context(presents), path) for presents in (None, issued, own, device)]
            for path in ("/v", "/nobody", "/free")
        ]

    assert statuses == [[403, 403, 200, 200], [403, 403, 403, 403], [200, 200, 200, 200]]


async def test_hosted_receivers_accept_the_hosts_admin_certificate(tmp_path: Path) -> None:
    admin = a_pair("admin.test")
    presents = write_pem(admin, tmp_path / "admin.pem")
    receiver = a_served(UseIntegrationHostServiceAddress=True, RequireClientCertificate=True)
    endpoint = https(receiver, admin_certificates=admin.thumbprint)
    async with listening(endpoints=[endpoint], state_folder=tmp_path / "state") as running:
        assert await status(running, client_context(None, presents)) == 200
        assert await status(running, client_context(None)) == 403


async def test_asking_for_certificates_begins_and_ends_with_the_receivers_that_need_them(tmp_path: Path) -> None:
    device = a_pair("device.test")
    presents = write_pem(device, tmp_path / "device.pem")
    strict = a_served(UseSsl=True, RequireClientCertificate=True, ClientCertificateThumbPrint=device.thumbprint)
    async with listening(endpoints=[https()], state_folder=tmp_path / "state") as running:
        before = await presented(running)
        await running.listener.apply([https(strict)])
        assert await status(running, client_context(None, presents)) == 200
        assert await status(running, client_context(None)) == 403
        await running.listener.apply([https()])
        assert await status(running, client_context(None)) == 200
        assert await presented(running) == before


@pytest.mark.parametrize("asks", [False, True])
async def test_large_bodies_pass_both_ways_and_connections_are_kept(tmp_path: Path, asks: bool) -> None:
    device = a_pair("device.test")
    presents = write_pem(device, tmp_path / "device.pem")
    receiver = a_served(
        UseSsl=True,
        RequireClientCertificate=asks,
        ClientCertificateThumbPrint=device.thumbprint,
        MessageType=13,
        ResponseMessageTemplate="y" * 3_000_000,
    )
    async with listening(endpoints=[https(receiver)], state_folder=tmp_path / "state") as running:
        context = client_context(None, presents)
        async with a_client(connector=aiohttp.TCPConnector(limit=1, ssl=context)) as client:
            for size in (0, 1, 16384, 16385, 65536, 5_000_000):
                async with client.post(running.url(scheme="https"), data=BytesIO(b"x" * size)) as answer:
                    assert answer.status == 200
                    assert len(await answer.read()) == 3_000_000
        lines = await running.logged(6)

    assert [line["bytes_in"] for line in lines] == [0, 1, 16384, 16385, 65536, 5_000_000]


@pytest.mark.parametrize("asks", [False, True])
async def test_a_request_that_arrives_with_the_end_of_the_handshake_is_answered(tmp_path: Path, asks: bool) -> None:
    device = a_pair("device.test")
    context = client_context(None, write_pem(device, tmp_path / "device.pem"))
    receiver = a_served(UseSsl=True, RequireClientCertificate=asks, ClientCertificateThumbPrint=device.thumbprint)
    async with listening(endpoints=[https(receiver)], state_folder=tmp_path / "state") as running:
        port, request = running.port(), a_request(headers=["Connection: close"])

        def once() -> int:
            """Send the last flight of the handshake and the request in one piece."""
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
            with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as plain:
                while True:
                    try:
                        session.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        plain.sendall(outgoing.read())
                        incoming.write(plain.recv(65536))
                session.write(request)
                plain.sendall(outgoing.read())
                while True:
                    try:
                        return status_of(session.read())
                    except ssl.SSLWantReadError:
                        incoming.write(plain.recv(65536))

        assert [await asyncio.to_thread(once) for _ in range(5)] == [200] * 5


async def test_a_client_that_resumes_its_session_still_presents_its_certificate(tmp_path: Path) -> None:
    device = a_pair("device.test")
    context = client_context(None, write_pem(device, tmp_path / "device.pem"))
    receiver = a_served(UseSsl=True, RequireClientCertificate=True, ClientCertificateThumbPrint=device.thumbprint)
    async with listening(endpoints=[https(receiver)], state_folder=tmp_path / "state") as running:

        def twice() -> list[int]:
            session, statuses = None, []
            for _ in range(2):
                plain = socket.create_connection(("127.0.0.1", running.port()))
                with context.wrap_socket(plain, session=session) as secure:
                    secure.sendall(a_request(headers=["Connection: close"]))
                    answer = b""
                    while piece := secure.recv(65536):
                        answer += piece
                    session = secure.session
                    statuses.append(status_of(answer))
            return statuses

        assert await asyncio.to_thread(twice) == [200, 200]


async def test_no_connection_outlives_a_drain_though_its_caller_never_ends_the_session(tmp_path: Path) -> None:
    """A transport that is still open when the event loop closes ends there, as an error of the whole process."""
    limits = Limits(linger_s=0.2)
    async with listening(endpoints=[https()], state_folder=tmp_path, limits=limits) as running:
        caller = await asyncio.to_thread(_answered, running.port())
        assert await running.listener.drain(0, 5) == 0
        # This blocks the loop on purpose: what was not closed by now can no longer be.
        with contextlib.suppress(ConnectionResetError):
            while socket.socket.recv(caller, 65536):
                pass
        caller.close()


def _answered(port: int) -> ssl.SSLSocket:
    """Return a connection that was answered once, and from which nobody reads."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
    caller = client_context(None).wrap_socket(plain, server_hostname="localhost")
    caller.sendall(b"GET /v HTTP/1.1\r\nHost: test\r\n\r\n")
    assert caller.recv(65536).startswith(b"HTTP/1.1 200")
    return caller
