"""
Which receiver of one endpoint a request path means. Pure.

The longest base path wins, by whole decoded segments, ignoring case (contract 3.1). `site` builds one table per set of
receivers and swaps it whole; the cost of a match depends on the path's depth, never on how many receivers there are.
"""

import re
from collections.abc import Iterable
from typing import Generic, TypeVar

from httpreceiver_workflow.addresses import BasePath, segment_key

Served = TypeVar("Served")

_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class MalformedPath(ValueError):
    """The path holds a ``%`` that is not followed by two hexadecimal digits."""


class _Node(Generic[Served]):
    """One segment of the tree; *served* is None where no receiver's base path ends."""

    __slots__ = ("children", "served")

    def __init__(self) -> None:
        self.children: dict[str, _Node[Served]] = {}
        self.served: Served | None = None


class RoutingTable(Generic[Served]):
    """The receivers of one endpoint by base path. Read-only after construction."""

    __slots__ = ("_depth", "_root")

    def __init__(self, routes: Iterable[tuple[BasePath, Served]] = ()) -> None:
        """Build from *routes*; of two with equal paths the first is kept (`taken` tells beforehand)."""
        self._root: _Node[Served] = _Node()
        self._depth = 0
        for path, served in routes:
            node = self._root
            for segment in path:
                node = node.children.setdefault(segment, _Node())
            if node.served is None:
                node.served = served
            self._depth = max(self._depth, len(path))

    def match(self, raw_path: str) -> tuple[Served, str] | None:
        """
        Find the receiver whose base path is the longest prefix of *raw_path*, which starts with ``/``.

        Returns:
            The receiver, and what stands after its base path: raw, still percent-encoded, without outer slashes.
        Raises:
            MalformedPath: a percent escape is broken.
        """
        has_escapes = "%" in raw_path
        if has_escapes and _BROKEN_ESCAPE.search(raw_path):
            raise MalformedPath(raw_path)
        # The last piece stays unsplit: deeper than the deepest receiver nothing needs to be compared.
        pieces = raw_path.split("/", self._depth + 1)
        node = self._root
        found, used = node.served, 1
        for position in range(1, len(pieces)):
            piece = pieces[position]
            child = node.children.get(segment_key(piece) if has_escapes else piece.lower())
            if child is None:
                break
            node = child
            if node.served is not None:
                found, used = node.served, position + 1
        if found is None:
            return None
        return found, "/".join(pieces[used:]).strip("/")
