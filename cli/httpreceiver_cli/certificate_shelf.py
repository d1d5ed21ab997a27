"""
One folder with every server certificate: the user's own files, and those of the Secrets in the manifests.

The listener finds certificates by thumbprint in one folder of PEM and PFX files. In a cluster Secrets are mounted
there; on a laptop this shelf fills it. It lives as long as the process and only its owner can read it.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from httpreceiver_listener.tls.certificate_source import CertificateError
from httpreceiver_operator.names import ObjectName

SECRET_PREFIX = "secret."  # noqa: S105  the beginning of file names


class CertificateShelf:
    """
    A folder kept in step with its two origins.

    Args:
        shelf: an empty folder that only we write to.
        folder: the user's certificates; None for none.
    """

    def __init__(self, shelf: Path, folder: Path | None) -> None:
        self._shelf = shelf
        self._folder = folder

    def has(self, thumbprint: str) -> bool:
        """Whether the user's folder has a certificate of that thumbprint with its key."""
        if self._folder is None:
            return False
        from httpreceiver_listener.tls.certificates import find_pair

        try:
            find_pair(self._folder, thumbprint)
        except CertificateError:
            return False
        return True

    def arrange(self, secrets: Mapping[ObjectName, Mapping[str, bytes]]) -> None:
        """Bring the folder in step: links to the user's files, and one PEM file for each Secret with a certificate."""
        wanted = {path.name: path for path in self._own_files()}
        pems = {
            f"{SECRET_PREFIX}{key.namespace}.{key.name}.pem": pem
            for key, data in secrets.items()
            if (pem := _pem(data))
        }
        for path in self._shelf.iterdir():
            if path.name not in pems and (path.name not in wanted or path.readlink() != wanted[path.name]):
                path.unlink()
        for name, target in wanted.items():
            if not (self._shelf / name).is_symlink():
                (self._shelf / name).symlink_to(target)
        for name, pem in pems.items():
            _write_if_other(self._shelf / name, pem)

    def _own_files(self) -> Iterable[Path]:
        if self._folder is None or not self._folder.is_dir():
            return ()
        return [path.absolute() for path in sorted(self._folder.iterdir()) if not path.name.startswith(SECRET_PREFIX)]


def _pem(data: Mapping[str, bytes]) -> bytes:
    certificate, key = data.get("tls.crt", b""), data.get("tls.key", b"")
    return certificate.rstrip() + b"\n" + key.rstrip() + b"\n" if certificate and key else b""


def _write_if_other(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    new = path.with_name(f".{path.name}")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    new.replace(path)
