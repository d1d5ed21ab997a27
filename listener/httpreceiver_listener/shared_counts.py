"""What a listener counts for its workflows: in memory when it is alone, else in a folder with all who serve with it."""

from dataclasses import dataclass, field
from pathlib import Path

from httpreceiver_listener.row_positions import RowPositions, SharedRowPositions
from httpreceiver_listener.senders.filling_files import FillingFiles, SharedFillingFiles, left_in


@dataclass(frozen=True, slots=True)
class Counts:
    """
    The two things that go on from one request to the next.

    Attributes:
        positions: the row of each data table.
        filling: the file of each activity in move mode.
    """

    positions: RowPositions = field(default_factory=RowPositions)
    filling: FillingFiles = field(default_factory=FillingFiles)


def counts_in(folder: Path | None) -> Counts:
    """Return what is kept in *folder*, made when it is not there; None for counts of this process."""
    if folder is None:
        return Counts()
    rows, files = folder / "rows", folder / "files"
    for each in (rows, files):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Counts(SharedRowPositions(rows), SharedFillingFiles(files))


def unfinished_in(folder: Path) -> FillingFiles:
    """Return the files that nobody has finished, when all who counted in *folder* have ended."""
    return left_in(folder / "files")
