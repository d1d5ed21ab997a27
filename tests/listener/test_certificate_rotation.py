"""A thousand certificates, one after the other: each is served at once, no connection is lost and nothing is kept."""

import asyncio
import gc
import os
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509

from certificates_made import a_pair, client_context, write_tls_folder
from httpreceiver_listener.tls.certificate_source import CertificateSource
from httpreceiver_listener.tls.certificates import KeyPair, thumbprint_of
from httpreceiver_listener.tls.contexts import Handshake, PortTls
from httpreceiver_workflow.endpoint import CipherSuites
from listening import DEADLINE_S

ROTATIONS: Final = 1000
SETTLED: Final = 200
"""What allocators and OpenSSL keep for good they have by then."""
GROWTH_BYTES: Final = 4 * 1024 * 1024


class Mount:
    """A mounted Secret as the kubelet has it: the files are links through ``..data``, which is swapped."""

    def __init__(self, folder: Path, pairs: tuple[KeyPair, ...]) -> None:
        self.folder = folder
        for number, pair in enumerate(pairs):
            write_tls_folder(pair, folder / f"..{number}")
        self.swap(0)
        for name in ("tls.crt", "tls.key"):
            (folder / name).symlink_to(f"..data/{name}")

    def swap(self, number: int) -> None:
        """Make pair *number* the one that is mounted."""
        (self.folder / "..tmp").symlink_to(f"..{number}")
        os.replace(self.folder / "..tmp", self.folder / "..data")


def resident_bytes() -> int:
    """Return the memory of this process that is in use."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def shown(port: int) -> str:
    """Return the thumbprint a new connection is shown."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_context(None))
    certificate = writer.get_extra_info("ssl_object").getpeercert(True)
    writer.close()
    await writer.wait_closed()
    return thumbprint_of(x509.load_der_x509_certificate(certificate))


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every line with itself."""
    while line := await reader.readline():
        writer.write(line)
    writer.close()


@pytest.mark.parametrize("asks_client", [False, True])
async def test_a_thousand_rotations_lose_no_connection_and_keep_neither_descriptors_nor_memory(
    tmp_path: Path, asks_client: bool
) -> None:
    pairs = a_pair(), a_pair()
    mount = Mount(tmp_path, pairs)
    tls = PortTls(CertificateSource(tls_folder=tmp_path))
    tls.configure("", Handshake(asks_client, CipherSuites.INTERMEDIATE))
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=tls.context)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_context(None))
    kept: list[tuple[int, int]] = []
    for number in range(1, ROTATIONS + 1):
        mount.swap(number % 2)
        assert tls.reload()
        if number % 50 == 0:
            assert await shown(port) == pairs[number % 2].thumbprint
            writer.write(b"%d\n" % number)
            async with asyncio.timeout(DEADLINE_S):
                assert await reader.readline() == b"%d\n" % number
        if number in (SETTLED, ROTATIONS):
            kept.append((open_descriptors(), resident_bytes()))
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()

    (descriptors, memory), (descriptors_then, memory_then) = kept
    assert descriptors_then <= descriptors
    assert memory_then - memory < GROWTH_BYTES
