"""
What is known of the cluster between two passes: the newest version seen of every object that matters.

Fed by the watch (`observe`), by our own writes, and by whole lists (`replace`), which also repair what a broken watch
missed. Every object is known by its resourceVersion, so that a late event never undoes a newer one.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from httpreceiver_operator.api_objects import JsonObject, object_name
from httpreceiver_operator.names import GROUP, ObjectName

QUIET_METADATA: Final = frozenset({"resourceVersion", "managedFields"})


class Store:
    """Objects by kind and name."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._objects: dict[str, dict[ObjectName, JsonObject]] = {}

    def __iter__(self) -> Iterator[JsonObject]:
        """Return every object."""
        return (entry for entries in self._objects.values() for entry in entries.values())

    def observe(self, event_type: str | None, entry: JsonObject) -> bool:
        """
        Take in one watch event; return whether something changed that a pass should look at.

        Our own status writes and bare version changes are not worth a pass.
        """
        kind, key = str(entry["kind"]), object_name(entry)
        entries = self._objects.setdefault(kind, {})
        known = entries.get(key)
        if known is not None and _version(entry) < _version(known):
            return False
        if event_type == "DELETED":
            if known is None or known["metadata"].get("uid") != entry["metadata"].get("uid"):
                return False
            del entries[key]
            return True
        entries[key] = entry
        return known is None or _essence(known) != _essence(entry)

    def replace(self, kind: str, listed: Iterable[JsonObject]) -> None:
        """Take in a whole list of one kind."""
        self._objects[kind] = {object_name(entry): entry for entry in listed}

    def put(self, entry: JsonObject) -> None:
        """Take in an object as the API answered a write or a read."""
        self.observe(None, entry)

    def drop(self, kind: str, key: ObjectName, uid: str) -> None:
        """Forget an object that was deleted."""
        entries = self._objects.get(kind, {})
        if key in entries and entries[key]["metadata"].get("uid") == uid:
            del entries[key]


def _version(entry: JsonObject) -> int:
    text = str(entry["metadata"].get("resourceVersion") or "0")
    return int(text) if text.isdecimal() else 0


def _essence(entry: JsonObject) -> dict[str, Any]:
    metadata = {key: value for key, value in entry["metadata"].items() if key not in QUIET_METADATA}
    ours = str(entry.get("apiVersion", "")).startswith(f"{GROUP}/")
    return {key: value for key, value in entry.items() if not (ours and key == "status")} | {"metadata": metadata}
