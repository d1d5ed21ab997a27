"""
Remembered results of pure functions, so that planning everything anew stays cheap.

Keys are the content itself, so a result can never be stale; what a pass did not use is forgotten after it.
"""

from httpreceiver_workflow import Prepared, prepare_workflow
from httpreceiver_workflow.endpoint import ServedReceiver, encode_receiver
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions
from httpreceiver_workflow.resources import NO_RESOURCES, Resources, Table, read_table

PreparedKey = tuple[str, Resources, ReceiverOptions]


class Memo:
    """Compiled workflows, tables and encoded receivers, by content. One per planner; not shared between threads."""

    def __init__(self) -> None:
        """Begin with nothing remembered."""
        self._prepared: dict[PreparedKey, Prepared] = {}
        self._tables: dict[tuple[str, str], Table] = {}
        self._encoded: dict[ServedReceiver, bytes] = {}
        self._used_workflows: set[PreparedKey] = set()
        self._used_tables: set[tuple[str, str]] = set()
        self._used_receivers: set[ServedReceiver] = set()

    def prepare(
        self, workflow: str, resources: Resources = NO_RESOURCES, options: ReceiverOptions = NO_OPTIONS
    ) -> Prepared:
        """Return `prepare_workflow(workflow, resources, options)`."""
        key = (workflow, resources, options)
        self._used_workflows.add(key)
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = prepare_workflow(workflow, resources, options)
        return prepared

    def table(self, name: str, text: str) -> Table:
        """Return `read_table(name, text)`. Raises TableFault."""
        key = (name, text)
        self._used_tables.add(key)
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = read_table(name, text)
        return table

    def encode(self, receiver: ServedReceiver) -> bytes:
        """Return `encode_receiver(receiver)`."""
        self._used_receivers.add(receiver)
        encoded = self._encoded.get(receiver)
        if encoded is None:
            encoded = self._encoded[receiver] = encode_receiver(receiver)
        return encoded

    def forget_unused(self) -> None:
        """Drop what was not asked for since the last call; called once after each pass."""
        self._prepared = {key: self._prepared[key] for key in self._used_workflows}
        self._tables = {key: self._tables[key] for key in self._used_tables if key in self._tables}
        self._encoded = {receiver: self._encoded[receiver] for receiver in self._used_receivers}
        self._used_workflows, self._used_tables, self._used_receivers = set(), set(), set()
