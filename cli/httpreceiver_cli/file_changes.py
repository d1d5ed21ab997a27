"""Tells when a file that is served from was added, edited or removed."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from watchfiles import Change, awatch

from httpreceiver_cli.host_files import HOST_SUFFIXES
from httpreceiver_cli.sources import is_candidate

QUIET_MS: Final = 100
"""Changes are told once nothing has changed for this long: editors save in several steps."""
LONGEST_WAIT_MS: Final = 1000
"""But not later than this after the first."""
MOUNTED_DATA: Final = "..data"
"""The link that Kubernetes swaps when a mounted ConfigMap or Secret changes."""


class FileChanges:
    """
    Watches folders with their subfolders, and single files by way of their folder: editors replace files whole.

    A context manager. What changed before is told once: nothing is missed between reading and watching.
    """

    def __init__(self, paths: Iterable[Path], host_folders: Iterable[Path] = ()) -> None:
        """
        Begin to look when the context is entered.

        Args:
            host_folders: folders of global variables and tables; without their subfolders.
        """
        paths = list(paths)
        self._host_folders = [path.resolve() for path in host_folders]
        self._folders = [path.resolve() for path in paths if path.is_dir()]
        # A link changes when it is turned elsewhere, and when its target does.
        self._files = {seen for path in paths if not path.is_dir() for seen in (path.absolute(), path.resolve())}
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._watching: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to watch."""
        if self._folders:
            self._begin(self._folders, self._concerns_folder, recursive=True)
        if self._files:
            parents = sorted({path.parent for path in self._files})
            self._begin(parents, self._concerns_file, recursive=False)
        if self._host_folders:
            self._begin(self._host_folders, self._concerns_host, recursive=False)
        self._changed.set()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End watching."""
        self._ended.set()
        await asyncio.gather(*self._watching)

    async def wait(self, stopping: asyncio.Event, timeout_s: float | None) -> bool:
        """Return True as soon as something changed; False when *stopping* is set, or nothing changed in *timeout_s*."""
        waiting = [asyncio.create_task(self._changed.wait()), asyncio.create_task(stopping.wait())]
        await asyncio.wait(waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        has_changed = self._changed.is_set() and not stopping.is_set()
        self._changed.clear()
        return has_changed

    def _begin(self, folders: Iterable[Path], concerns: Callable[[Change, str], bool], *, recursive: bool) -> None:
        self._watching.append(asyncio.create_task(self._watch(folders, concerns, recursive=recursive)))

    async def _watch(
        self, folders: Iterable[Path], concerns: Callable[[Change, str], bool], *, recursive: bool
    ) -> None:
        async for _ in awatch(
            *folders,
            watch_filter=concerns,
            stop_event=self._ended,
            recursive=recursive,
            step=QUIET_MS,
            debounce=LONGEST_WAIT_MS,
        ):
            self._changed.set()

    def _concerns_file(self, _change: Change, path: str) -> bool:
        return Path(path) in self._files or Path(path).name == MOUNTED_DATA

    def _concerns_host(self, _change: Change, text: str) -> bool:
        path = Path(text)
        return path.name == MOUNTED_DATA or path.suffix.lower() in HOST_SUFFIXES

    def _concerns_folder(self, _change: Change, text: str) -> bool:
        """Whether a file we read may have changed: by its name, or because a whole folder came or went."""
        path = Path(text)
        root = next((folder for folder in self._folders if path.is_relative_to(folder)), path)
        parts = path.relative_to(root).parts
        is_hidden = any(part.startswith(".") for part in parts)
        return path.name == MOUNTED_DATA or (not is_hidden and (is_candidate(path) or not path.suffix))
