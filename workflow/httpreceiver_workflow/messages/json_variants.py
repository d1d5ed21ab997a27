"""
JSON messages read and written otherwise than we take for right: the JSON switches of `compatibility`.

A message is of this class only where a switch is set, so that the usual one pays nothing for them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import msgspec

from httpreceiver_workflow.messages.json_paths import MISSING, JsonPath
from httpreceiver_workflow.messages.json_tree import AnyPath, JsonFormat, JsonMessage, decode_json
from httpreceiver_workflow.options.compatibility import Compatibility, IndexBase, JsonBooleans, JsonNull, JsonValues

_WORDS: Final = frozenset({"true", "false", "null"})
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,299})(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,3})?")

Typed = Callable[[str, Any], Any]
"""The text to write, and what stood at its place → the value to put there."""


@dataclass(frozen=True, slots=True)
class JsonVariant:
    """
    Attributes:
        true: how true reads.
        false: how false reads.
        null: how null reads.
        typed: what type a written text gets.
    """

    true: str
    false: str
    null: str
    typed: Typed

    def word(self, node: Any) -> str | None:
        """Return how *node* reads if it is true, false or null."""
        if node is None:
            return self.null
        if isinstance(node, bool):
            return self.true if node else self.false
        return None


class VariantJsonMessage(JsonMessage):
    """One JSON message under a variant."""

    __slots__ = ("_variant",)

    def __init__(self, text: str, variant: JsonVariant, root: Any = MISSING) -> None:
        super().__init__(text, root)
        self._variant = variant

    def get(self, path: AnyPath) -> str:
        """Return a scalar as text, an object or array as JSON text."""
        word = self._variant.word(self._node(path))
        return super().get(path) if word is None else word

    def set_value(self, path: AnyPath, value: str) -> None:
        """Put *value* with the type the variant gives it."""
        self._put(path, self._variant.typed(value, self._node(path)))

    def clone(self) -> "VariantJsonMessage":
        """Return an independent message with the same content."""
        return VariantJsonMessage(self.text(), self._variant)

    def _node(self, path: AnyPath) -> Any:
        return self._find(path.keys) if type(path) is JsonPath else self._tree().get(path)


class VariantJsonFormat(JsonFormat):
    """How JSON messages are read under a variant."""

    __slots__ = ("_variant",)

    def __init__(self, variant: JsonVariant, first_index: int) -> None:
        super().__init__(first_index)
        self._variant = variant

    def places(self, paths: object) -> None:
        """Return None: places are visited one by one."""

    def parse(self, text: str) -> JsonMessage:
        """Make a message of *text*; nothing is read yet."""
        return VariantJsonMessage(text, self._variant)

    def holding(self, root: Any) -> JsonMessage:
        """Make a message of a value that is decoded already."""
        return VariantJsonMessage("", self._variant, root)


def json_format(compatibility: Compatibility) -> JsonFormat:
    """Return how JSON messages are read under *compatibility*."""
    first_index = 1 if compatibility.json_index_base is IndexBase.ONE else 0
    titled = compatibility.json_booleans is JsonBooleans.TITLE_CASE
    variant = JsonVariant(
        true="True" if titled else "true",
        false="False" if titled else "false",
        null="null" if compatibility.json_null is JsonNull.WORD else "",
        typed=_TYPED[compatibility.json_values],
    )
    return JsonFormat(first_index) if variant == _USUAL else VariantJsonFormat(variant, first_index)


def _string(text: str, _before: Any) -> Any:
    return text


def _as_spelt(text: str, _before: Any) -> Any:
    return decode_json(text) if text in _WORDS or _NUMBER.fullmatch(text) else text


def _as_before(text: str, before: Any) -> Any:
    if isinstance(before, bool):
        return decode_json(text) if text in ("true", "false") else text
    if isinstance(before, int | msgspec.Raw):
        return decode_json(text) if _NUMBER.fullmatch(text) else text
    return text


_TYPED: Final[Mapping[JsonValues, Typed]] = MappingProxyType(
    {JsonValues.STRING: _string, JsonValues.AS_SPELT: _as_spelt, JsonValues.AS_BEFORE: _as_before}
)
_USUAL: Final = JsonVariant("true", "false", "", _string)
