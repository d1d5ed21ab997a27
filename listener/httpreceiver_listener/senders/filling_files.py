"""Which file each activity of the file writer is filling in move mode, and the turn to write it."""

import contextlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from httpreceiver_listener.shared_state import LINE_END, locked


class FilledFile(NamedTuple):
    """A file that is being filled: where it is, where it goes, and how many records it has."""

    path: str
    move_into: str
    records: int


@dataclass(slots=True)
class Place:
    """What one activity is filling, None for nothing; whoever has its turn may set another."""

    file: FilledFile | None = None


class FillingFiles:
    """The places of one process. Callers see to it that an activity writes once at a time."""

    def __init__(self) -> None:
        """Fill nothing yet."""
        self._places: dict[str, Place] = {}

    def of(self, activity_id: str) -> AbstractContextManager[Place]:
        """Return the place of an activity; what is set in it before the block ends, also by an error, holds."""
        return contextlib.nullcontext(self._places.setdefault(activity_id, Place()))

    def take_all(self) -> list[FilledFile]:
        """Return every file that is not finished, and forget them."""
        places, self._places = self._places, {}
        return [place.file for place in places.values() if place.file is not None]


class SharedFillingFiles(FillingFiles):
    """The places of all processes that share *folder*, whose turns are given by the system's lock; in a thread only."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def of(self, activity_id: str) -> AbstractContextManager[Place]:
        """See `FillingFiles.of`; waits for the turn."""
        return self._turn(activity_id)

    @contextmanager
    def _turn(self, activity_id: str) -> Iterator[Place]:
        with locked(self._folder, activity_id) as file:
            before = _read(file.read())
            place = Place(before)
            try:
                yield place
            finally:
                if place.file != before:
                    file.write(_written(place.file))

    def take_all(self) -> list[FilledFile]:
        """Return nothing: others go on filling. Whoever ends them all takes what is `left_in` the folder."""
        return []


def left_in(folder: Path) -> FillingFiles:
    """Return what the processes that shared *folder*, and have all ended, had not finished."""
    left = FillingFiles()
    for path in sorted(folder.iterdir()):
        with left.of(path.name) as place:
            place.file = _read(path.read_bytes().partition(LINE_END)[0])
    return left


def _written(file: FilledFile | None) -> bytes:
    return json.dumps(file).encode("ascii")  # also of names that are no UTF-8


def _read(line: bytes) -> FilledFile | None:
    kept = json.loads(line or b"null")
    return None if kept is None else FilledFile(*kept)
