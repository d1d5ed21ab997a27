"""
What several listeners of one machine count together: files of one line, read and rewritten under the system's lock.

The workers of one `serve` share every port, so whatever the contract promises per workflow (the next row of a data
table, one write at a time per activity) must hold across them. A listener that is alone keeps the same in memory.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LINE_END: Final = b"\n"


class SharedFile:
    """A file that is locked against every other process for as long as it is open here."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self) -> bytes:
        """Return what was written last, empty when nothing ever was."""
        return os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0).partition(LINE_END)[0]

    def write(self, line: bytes) -> None:
        """Replace what is there by *line*. Who is killed on the way leaves the old or the new one, never a mixture."""
        os.pwrite(self._descriptor, line + LINE_END, 0)


@contextmanager
def locked(folder: Path, name: str) -> Iterator[SharedFile]:
    """
    Lock the file that belongs to *name* in *folder*, for this block; it waits for whoever has it.

    The lock ends with its process: one that is killed leaves no lock behind, only what it had written.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield SharedFile(descriptor)
    finally:
        os.close(descriptor)
