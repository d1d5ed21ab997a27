"""TLS offers no weaker version, no renegotiation and no compression."""

import asyncio
import gc
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from OpenSSL import SSL

from certificates_made import client_context
from httpreceiver_listener.limits import Limits
from httpreceiver_workflow.endpoint import CipherSuites, Endpoint, Scheme
from listening import DEADLINE_S, Running, a_served, an_endpoint, exchange, listening, until

TLS_PORT = {"scheme": Scheme.HTTPS}


@contextmanager
def connected(running: Running, version: int) -> Iterator[SSL.Connection]:
    """Yield a connection of OpenSSL's own client, which does what Python's does not offer."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(version)
    with socket.create_connection(("127.0.0.1", running.port()), timeout=DEADLINE_S) as plain:
        plain.setblocking(True)
        connection = SSL.Connection(context, plain)
        connection.set_connect_state()
        connection.do_handshake()
        yield connection


def renegotiate(running: Running) -> str:
    """Ask for a new handshake, then for an answer; return the error that ended the connection, else the answer."""
    with connected(running, SSL.TLS1_2_VERSION) as connection:
        assert connection.get_protocol_version_name() == "TLSv1.2"
        connection.renegotiate()
        try:
            connection.do_handshake()
            connection.sendall(b"GET /v HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            return connection.recv(1000).decode()
        except SSL.Error as error:
            return repr(error)


async def test_a_callers_renegotiation_is_refused(tmp_path: Path) -> None:
    async with listening(endpoints=[an_endpoint(a_served(), **TLS_PORT)], state_folder=tmp_path) as running:
        ended = await asyncio.to_thread(renegotiate, running)

    assert "no renegotiation" in ended or "no_renegotiation" in ended


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_every_session_is_compressed_by_nobody_and_keeps_its_past_secret(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    context = client_context(None)
    context.minimum_version = context.maximum_version = version
    context.options &= ~ssl.OP_NO_COMPRESSION
    async with listening(endpoints=[an_endpoint(a_served(), **TLS_PORT)], state_folder=tmp_path) as running:
        _, writer = await asyncio.open_connection("127.0.0.1", running.port(), ssl=context)
        session = writer.get_extra_info("ssl_object")
        compressed, (cipher, _, bits) = session.compression(), session.cipher()
        writer.close()

    assert compressed is None
    assert bits >= 128
    assert cipher.startswith(("ECDHE-", "DHE-", "TLS_"))


def offering(ciphers: str) -> ssl.SSLContext:
    """Return the context of a caller that has nothing but *ciphers*."""
    context = client_context(None)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    return context


async def cipher_with(running: Running, ciphers: str) -> str:
    """Return the cipher that is settled on."""
    _, writer = await asyncio.open_connection("127.0.0.1", running.port(), ssl=offering(ciphers))
    name = str(writer.get_extra_info("cipher")[0])
    writer.close()
    return name


def secure_endpoint(asks: bool, suites: CipherSuites) -> Endpoint:
    receiver = a_served(UseSsl=True, RequireClientCertificate=asks)
    return an_endpoint(receiver, scheme=Scheme.HTTPS, cipher_suites=suites)


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("ciphers", ["AES128-SHA", "AES256-GCM-SHA384", "aNULL", "eNULL", "ECDHE+SHA1"])
@pytest.mark.parametrize("suites", CipherSuites)
async def test_ciphers_without_forward_secrecy_or_without_a_key_are_refused(
    tmp_path: Path, ciphers: str, asks: bool, suites: CipherSuites
) -> None:
    async with listening(endpoints=[secure_endpoint(asks, suites)], state_folder=tmp_path) as running:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await cipher_with(running, ciphers)


@pytest.mark.parametrize("asks", [False, True])
async def test_who_is_refused_in_the_handshake_is_told_why(tmp_path: Path, asks: bool) -> None:
    old = client_context(None)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    endpoint = secure_endpoint(asks, CipherSuites.INTERMEDIATE)
    async with listening(endpoints=[endpoint], state_folder=tmp_path) as running:
        with pytest.raises(ssl.SSLError, match="ALERT_HANDSHAKE_FAILURE"):
            await cipher_with(running, "AES128-SHA")
        with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
            await asyncio.open_connection("127.0.0.1", running.port(), ssl=old)


@pytest.fixture
def without_collector() -> Iterator[None]:
    """Leave circles of objects where they are."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("asks", [False, True])
async def test_a_failed_handshake_counts_no_longer_than_its_connection(tmp_path: Path, asks: bool) -> None:
    endpoint = secure_endpoint(asks, CipherSuites.INTERMEDIATE)
    async with listening(endpoints=[endpoint], state_folder=tmp_path) as running:
        for _ in range(3):
            with pytest.raises(ssl.SSLError):
                await cipher_with(running, "AES128-SHA")
        await until(lambda: running.metric("httpreceiver_connections", port="8080") == 0)


@pytest.mark.parametrize("asks", [False, True])
async def test_handshakes_without_end_count_as_connections_and_make_room_when_they_end(
    tmp_path: Path, asks: bool
) -> None:
    endpoint = secure_endpoint(asks, CipherSuites.INTERMEDIATE)
    async with listening(endpoints=[endpoint], state_folder=tmp_path, limits=Limits(connections=20)) as running:

        def cut() -> float:
            return running.metric("httpreceiver_connections_cut_total", reason="too_many")

        def connections() -> float:
            return running.metric("httpreceiver_connections", port="8080")

        for sent in (b"", b"\x16\x03\x01"):
            before = cut()
            await until(lambda: connections() == 0)
            silent = [await asyncio.open_connection("127.0.0.1", running.port()) for _ in range(20)]
            for _, writer in silent:
                writer.write(sent)
            await until(lambda: connections() == 20)
            assert await exchange(running.port(), b"") == b""
            assert cut() == before + 1
            for _, writer in silent:
                writer.close()
            await until(lambda: connections() == 0)
            assert await cipher_with(running, "ECDHE+AESGCM")


@pytest.mark.parametrize("asks", [False, True])
async def test_ciphers_of_cbc_are_offered_only_where_the_host_asks_for_them(tmp_path: Path, asks: bool) -> None:
    good, old = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"
    both = f"{old}:{good}"
    plain, compatible = (secure_endpoint(asks, suites) for suites in CipherSuites)
    async with listening(endpoints=[plain], state_folder=tmp_path) as running:
        assert await cipher_with(running, both) == good
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await cipher_with(running, old)
        await running.listener.apply([compatible])
        assert await cipher_with(running, old) == old
        assert await cipher_with(running, both) == good
        await running.listener.apply([plain])
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await cipher_with(running, old)
