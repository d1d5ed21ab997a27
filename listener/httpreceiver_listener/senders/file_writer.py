"""
The file writer (contract 8.4): appends or overwrites files below permitted roots, and moves finished ones.

Writes of one activity are serialised, across all processes that share their `FillingFiles`; the file system is touched
in threads, never on the event loop.
"""

import asyncio
import contextlib
import errno
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from httpreceiver_listener.senders.filling_files import FilledFile, FillingFiles, Place
from httpreceiver_workflow.pipeline.effects import Fault, FaultKind, FileWrite, Reply, Stage

RETRY_AFTER_S: Final = 0.2
_DRIVE: Final = re.compile(r"([A-Za-z]):[\\/]*(.*)", re.DOTALL)


class PathRefused(Exception):
    """A path lies outside the permitted roots or cannot be one; the text does not quote it."""


class Roots:
    """
    The folders below which files may be written and databases opened.

    Backslashes separate as slashes do. A path on drive C means a path below the folder ``c`` of the first root, a
    relative one is below the first root, and an absolute one must be below any of them. Symbolic links are followed
    first and judged by where they lead.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(Path(os.path.realpath(folder)) for folder in folders)

    def resolve(self, text: str) -> Path:
        """
        Return the real path that *text* means.

        Raises:
            PathRefused: it is empty, holds a NUL, is a network path, or lies outside.
        """
        if not self._folders:
            raise PathRefused("no folder is permitted for files (--files-root)")
        if not text.strip() or "\0" in text:
            raise PathRefused("the path is empty or holds a NUL")
        try:
            os.fsencode(text)
        except UnicodeEncodeError:
            raise PathRefused("the path holds half a surrogate pair") from None
        drive = _DRIVE.fullmatch(text)
        if drive:
            text = f"{drive[1].lower()}/{drive[2]}"
        elif text.startswith(("\\\\", "//")):
            raise PathRefused("network paths are not supported")
        path = Path(os.path.realpath(self._folders[0] / text.replace("\\", "/")))
        if not any(path != folder and path.is_relative_to(folder) for folder in self._folders):
            raise PathRefused("the path lies outside the permitted folders")
        return path


class FileWriterPerformer:
    """
    Performs `FileWrite`.

    Args:
        filling: which file each activity is filling; one of its own by default.
    """

    def __init__(self, roots: Roots, retry_after_s: float = RETRY_AFTER_S, filling: FillingFiles | None = None) -> None:
        self._roots = roots
        self._retry_after_s = retry_after_s
        self._locks: dict[str, asyncio.Lock] = {}
        self._filling = filling or FillingFiles()

    async def perform(self, activity_id: str, call: FileWrite) -> Reply | Fault:
        """Write once; a Fault says why not."""
        async with self._locks.setdefault(activity_id, asyncio.Lock()):
            try:
                await asyncio.to_thread(self._write_alone, activity_id, call)
            except PathRefused as refused:
                return Fault(FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY, f"The file was not written: {refused}.")
            except OSError as error:
                return Fault(
                    FaultKind.ACTIVITY_FAILED,
                    Stage.ACTIVITY,
                    f"The file was not written: {error.strerror or 'I/O error'}.",
                )
        return Reply()

    async def close(self) -> None:
        """Move the files that move mode has not finished yet."""
        for one in self._filling.take_all():
            with contextlib.suppress(OSError, PathRefused):
                await asyncio.to_thread(self._move, one)

    # --- in a thread, one at a time per activity ---------------------------------------------------------------------

    def _write_alone(self, activity_id: str, write: FileWrite) -> None:
        with self._filling.of(activity_id) as place:
            self._write(place, write)

    def _write(self, place: Place, write: FileWrite) -> None:
        path = self._roots.resolve(write.path)
        if write.move_into is None:
            self._write_with_retry(path, write)
            return
        self._roots.resolve(write.move_into)  # refuse before writing what could never be moved
        filling = place.file
        if filling is not None and filling.path != str(path):
            place.file = None
            self._move(filling)
            filling = None
        self._write_with_retry(path, write)
        records = (0 if filling is None else filling.records) + 1
        filled = FilledFile(str(path), write.move_into, records)
        if records >= write.max_records:
            place.file = None
            self._move(filled)
        else:
            place.file = filled

    def _write_with_retry(self, path: Path, write: FileWrite) -> None:
        try:
            _write_file(path, write)
        except OSError:
            time.sleep(self._retry_after_s)
            _write_file(path, write)

    def _move(self, finished: FilledFile) -> None:
        """Move a finished file under a name that is free. Nothing is ever overwritten."""
        source = Path(finished.path)
        if not source.exists():
            return  # somebody took it already
        folder = self._roots.resolve(finished.move_into)
        folder.mkdir(parents=True, exist_ok=True)
        for target in _free_names(folder / source.name):
            try:
                _move_file(source, target)
            except FileExistsError:
                continue
            return


def _write_file(path: Path, write: FileWrite) -> None:
    """Write *write* whole or not at all: what a failed write left behind is cut off again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_APPEND if write.append else 0)
    is_new = not path.exists()
    descriptor = os.open(path, flags, 0o666)
    try:
        if not write.append:
            os.ftruncate(descriptor, 0)
        size = os.fstat(descriptor).st_size
        content = memoryview(write.header + write.data if is_new or not write.append else write.data)
        try:
            while content:
                content = content[os.write(descriptor, content) :]
        except OSError:
            os.ftruncate(descriptor, size)
            if is_new:
                path.unlink(missing_ok=True)  # the header is due to whoever writes first
            raise
    finally:
        os.close(descriptor)


def _free_names(path: Path) -> Iterator[Path]:
    """Yield *path*, then with ``_1``, ``_2`` before its suffix, without end."""
    yield path
    number = 0
    while True:
        number += 1
        yield path.with_name(f"{path.stem}_{number}{path.suffix}")


def _move_file(source: Path, target: Path) -> None:
    """Move *source* to *target*. Raises FileExistsError when it exists, without touching it."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        # Another file system, or one without links: reserve the name, then put the content there.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666))
        shutil.move(source, target)
    else:
        os.unlink(source)
