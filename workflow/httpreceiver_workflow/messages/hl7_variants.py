"""HL7 messages whose values may bring components: the HL7 switch of `compatibility` (contract A19)."""

import re

from httpreceiver_workflow.messages.hl7_paths import Hl7Path, is_delimiter_field
from httpreceiver_workflow.messages.hl7v2 import Hl7Format, Hl7Message


class ComponentsKeptMessage(Hl7Message):
    """One HL7 message; a value's delimiters of lower levels than the place it is written to stay delimiters."""

    __slots__ = ()

    def set_value(self, path: Hl7Path, value: str) -> None:
        """Escape the delimiters that would reach beyond the place, and place the value."""
        if path.field is None or is_delimiter_field(path):
            super().set_value(path, value)
            return
        self._parsed()
        own = self._delimiters
        kept = "" if path.subcomponent is not None else own.subcomponent
        kept += own.component if path.component is None else ""
        pieces = re.split(f"([{re.escape(kept)}])", value) if kept else [value]
        # Every second piece is a delimiter.
        self._write(path, "".join(piece if at % 2 else own.encode(piece) for at, piece in enumerate(pieces)))


class ComponentsKeptFormat(Hl7Format):
    """How such messages are read."""

    __slots__ = ()

    def places(self, paths: object) -> None:
        """Return None: places are visited one by one."""

    def parse(self, text: str) -> Hl7Message:
        """Make a message of *text*; nothing is read yet."""
        return ComponentsKeptMessage(text)
