"""
Where certificates come from, and when they change.

Nothing here reads one: `certificates` does, and is imported by the first port or sender that needs it, since a process
without TLS of its own would hold 12 MiB of libraries for nothing.
"""

import contextlib
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from httpreceiver_listener.tls.certificates import KeyPair


class CertificateError(Exception):
    """A certificate cannot be used; the text says which and why, in one sentence."""


class CertificateSource:
    """
    Where server certificates come from.

    Attributes:
        tls_folder: a mounted kubernetes.io/tls Secret that is the default certificate; None to make one.
        state_folder: where a made one is kept.
        certificates_folder: PEM and PFX files, found by thumbprint.
        names: further names of a made one.
    """

    def __init__(
        self,
        tls_folder: Path | None = None,
        state_folder: Path | None = None,
        certificates_folder: Path | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self.tls_folder = tls_folder
        self.state_folder = state_folder
        self.certificates_folder = certificates_folder
        self.names = tuple(names)

    def pair(self, thumbprint: str) -> "KeyPair":
        """
        Return the pair with *thumbprint*, the default one for ``""``.

        Raises:
            CertificateError: there is none, or it is broken.
        """
        from httpreceiver_listener.tls.certificates import default_pair, find_pair, read_tls_folder

        if thumbprint:
            return find_pair(self.certificates_folder, thumbprint)
        if self.tls_folder is not None:
            return read_tls_folder(self.tls_folder)
        if self.state_folder is None:
            raise CertificateError(
                "HTTPS is asked for, but there is neither a certificate nor a folder to keep one in."
            )
        return default_pair(self.state_folder, self.names)

    def state(self, thumbprint: str) -> object:
        """Return what changes when the files of that certificate change."""
        if thumbprint:
            return folder_state(self.certificates_folder)
        if self.tls_folder is not None:
            return folder_state(self.tls_folder)
        # Looked at every day, since the one we made is ours to renew.
        return folder_state(self.state_folder), datetime.now(UTC).date()


def folder_state(folder: Path | None) -> tuple[tuple[str, int, int, int], ...]:
    """Return what tells that a file of *folder* changed: names, inodes, times and sizes, links followed."""
    rows: list[tuple[str, int, int, int]] = []
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir() if folder else ()):
            with contextlib.suppress(OSError):
                status = path.stat()
                if stat.S_ISREG(status.st_mode):
                    rows.append((path.name, status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(rows)
