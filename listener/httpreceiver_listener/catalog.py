"""
The pod's mounts: one file per receiver, spread over a fixed set of folders, read into one endpoint.

The kubelet changes a mount by swapping the link ``..data``, so a look at names, inodes and times once a second sees
every change. A file that cannot be read is left out and reported; the others are served.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from httpreceiver_listener.tls.certificate_source import folder_state
from httpreceiver_workflow.endpoint import ServedReceiver, decode_receiver


@dataclass(frozen=True, slots=True)
class Catalog:
    """
    What the mounts hold.

    Attributes:
        receivers: sorted by name; of two files with one receiver's name the newer generation counts.
        unreadable: one sentence per file that is not an encoded receiver.
    """

    receivers: tuple[ServedReceiver, ...]
    unreadable: tuple[str, ...]


def mounts_state(folders: Sequence[Path]) -> object:
    """Return what changes when a file of one of *folders* changes; a folder may be missing (an optional mount)."""
    return tuple(folder_state(folder) for folder in folders)


def read_mounts(folders: Sequence[Path]) -> Catalog:
    """Read every file of *folders*; names that begin with a dot are the kubelet's own."""
    receivers: dict[str, ServedReceiver] = {}
    unreadable: list[str] = []
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.name.startswith(".") or not path.is_file():
                continue
            try:
                receiver = decode_receiver(path.read_bytes())
            except (OSError, ValueError) as error:
                unreadable.append(f"{path} is left out: {error}.")
                continue
            kept = receivers.get(receiver.name)
            if kept is None or kept.generation <= receiver.generation:
                receivers[receiver.name] = receiver
    return Catalog(tuple(receivers[name] for name in sorted(receivers)), tuple(unreadable))
