"""
Remembered results of pure functions, so that planning everything anew stays cheap.

Keys are the content itself, so a result can never be stale; what a pass did not use is forgotten after it.
"""

from httpreceiver_workflow import Prepared, prepare_workflow
from httpreceiver_workflow.endpoint import ServedReceiver, encode_receiver


class Memo:
    """Compiled workflows and encoded receivers, by content. One per planner; not shared between threads."""

    def __init__(self) -> None:
        """Begin with nothing remembered."""
        self._prepared: dict[str, Prepared] = {}
        self._encoded: dict[ServedReceiver, bytes] = {}
        self._used_texts: set[str] = set()
        self._used_receivers: set[ServedReceiver] = set()

    def prepare(self, workflow: str) -> Prepared:
        """Return `prepare_workflow(workflow)`."""
        self._used_texts.add(workflow)
        prepared = self._prepared.get(workflow)
        if prepared is None:
            prepared = self._prepared[workflow] = prepare_workflow(workflow)
        return prepared

    def encode(self, receiver: ServedReceiver) -> bytes:
        """Return `encode_receiver(receiver)`."""
        self._used_receivers.add(receiver)
        encoded = self._encoded.get(receiver)
        if encoded is None:
            encoded = self._encoded[receiver] = encode_receiver(receiver)
        return encoded

    def forget_unused(self) -> None:
        """Drop what was not asked for since the last call; called once after each pass."""
        self._prepared = {text: self._prepared[text] for text in self._used_texts}
        self._encoded = {receiver: self._encoded[receiver] for receiver in self._used_receivers}
        self._used_texts, self._used_receivers = set(), set()
