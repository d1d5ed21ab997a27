"""
What the listener can perform for a run: one file per kind of effect, and the table that joins the two.

A performer never raises for what the world does; it returns a Fault whose text names no data of the request, so that it
may stand in a log.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from httpreceiver_listener.senders.database import DatabasePerformer
from httpreceiver_listener.senders.file_writer import FileWriterPerformer, Roots
from httpreceiver_listener.senders.http_sender import HttpSenderPerformer
from httpreceiver_workflow.pipeline.exchange import DatabaseCall, Fault, FileWrite, HttpCall, Reply

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
    http: HttpSenderPerformer, files: FileWriterPerformer, databases: DatabasePerformer
) -> Mapping[type, Performer[Any]]:
    """Return who performs what."""
    return MappingProxyType({HttpCall: http, FileWrite: files, DatabaseCall: databases})


__all__ = [
    "DatabasePerformer",
    "FileWriterPerformer",
    "HttpSenderPerformer",
    "Performer",
    "Roots",
    "performers",
]
