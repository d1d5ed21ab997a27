"""
What the listener can perform for a run: one file per kind of effect, and the table that joins the two.

A performer never raises for what the world does; it returns a Fault whose text names no data of the request, so that it
may stand in a log.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from httpreceiver_listener.senders.database import DatabasePerformer
from httpreceiver_listener.senders.file_writer import FileWriterPerformer, Roots
from httpreceiver_listener.senders.filling_files import FillingFiles
from httpreceiver_listener.senders.http_sender import HttpSenderPerformer
from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, FileWrite, HttpCall, Reply

Call = TypeVar("Call", contravariant=True)


class Performer(Protocol[Call]):
    """Performs one kind of call."""

    async def perform(self, activity_id: str, call: Call) -> Reply | Fault:
        """Do what *call* asks for an activity; return the answer, or why there is none."""
        ...

    async def close(self) -> None:
        """Finish what is open; no call follows."""
        ...


def performers(
    *,
    certificates_folder: Path | None,
    ca_file: Path | None,
    files_roots: Sequence[Path],
    reply_bytes: int,
    filling: FillingFiles | None = None,
) -> Mapping[type, Performer[Any]]:
    """
    Return who performs what.

    Args:
        files_roots: folders below which files may be written and databases opened; none forbids both.
        reply_bytes: largest answer that is kept.
        filling: the files of move mode; kept in memory by default.
    """
    http = HttpSenderPerformer(certificates_folder=certificates_folder, ca_file=ca_file, reply_bytes=reply_bytes)
    roots = Roots(files_roots)
    return MappingProxyType(
        {
            HttpCall: http,
            FileWrite: FileWriterPerformer(roots, filling=filling),
            DatabaseCall: DatabasePerformer(roots, reply_bytes),
        }
    )


__all__ = [
    "DatabasePerformer",
    "FileWriterPerformer",
    "HttpSenderPerformer",
    "Performer",
    "Roots",
    "performers",
]
