"""
Which workflow Secret each receiver's text lies in.

Every endpoint has a fixed set of Secrets, all mounted from the start as optional volumes, so a new receiver changes no
pod. Pure.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from httpreceiver_operator import names
from httpreceiver_workflow.endpoint import ServedReceiver

BUNDLE_LIMIT_BYTES: Final = 768 * 1024
"""Data of one Secret. The API server refuses more than 1 MiB; keys, metadata and growth need room."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """
    Where each receiver lies.

    Attributes:
        contents: number of the Secret → receiver's name → encoded receiver; only Secrets that hold something.
        left_out: names of receivers that fit nowhere.
    """

    contents: Mapping[int, Mapping[str, bytes]]
    left_out: frozenset[str]

    def revision(self, served: Mapping[str, ServedReceiver]) -> str:
        """Return the digest of what the pods mount, by meaning: every compression of the same text has the same."""
        digest = hashlib.sha256()
        for number, entries in self.contents.items():
            for name in entries:
                digest.update(f"{number}/{name}/{served[name].generation}/{served[name].revision}/".encode())
        return digest.hexdigest()[:16]


def place_in_bundles(
    encoded: Mapping[str, bytes], present: Mapping[str, int], limit_bytes: int = BUNDLE_LIMIT_BYTES
) -> Bundles:
    """
    Spread the receivers of one endpoint over its Secrets.

    A receiver stays in the Secret it lies in while it fits there, so that others' edits do not move it; otherwise it
    goes to the one its name hashes to, or the next with room.

    Args:
        encoded: receiver's name → its bytes.
        present: receiver's name → number of the Secret that holds it now.
    """
    contents: dict[int, dict[str, bytes]] = {}
    room = [limit_bytes] * names.BUNDLES_PER_ENDPOINT
    left_out = set()
    for name in sorted(encoded, key=lambda name: (name not in present, name)):
        first = present.get(name, _preferred(name))
        numbers = [(first + step) % names.BUNDLES_PER_ENDPOINT for step in range(names.BUNDLES_PER_ENDPOINT)]
        size = len(name) + len(encoded[name])
        number = next((number for number in numbers if room[number] >= size), None)
        if number is None:
            left_out.add(name)
            continue
        room[number] -= size
        contents.setdefault(number, {})[name] = encoded[name]
    ordered = {number: dict(sorted(contents[number].items())) for number in sorted(contents)}
    return Bundles(ordered, frozenset(left_out))


def _preferred(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % names.BUNDLES_PER_ENDPOINT
