"""
JSON messages.

Numbers stay as they were written: one with a fraction or an exponent is kept as raw text, an integer has one spelling.
Of a name that occurs twice in an object the last value counts, and a write elsewhere leaves only that one.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import NO_NAMESPACES
from httpreceiver_workflow.messages.json_paths import (
    MISSING,
    NEWTONSOFT,
    JsonPath,
    Key,
    compile_json_path,
    indexed_json_path,
    moving_json_path,
    pad,
    repeating,
)
from httpreceiver_workflow.messages.json_places import json_places
from httpreceiver_workflow.messages.message import MessageFault, Places, UnreadableMessage

if TYPE_CHECKING:
    from httpreceiver_workflow.messages.json_queries import JsonQuery
    from httpreceiver_workflow.messages.json_selection import QueriedTree

_TYPE: Final = MessageType.JSON
_DECODER: Final = msgspec.json.Decoder(float_hook=msgspec.Raw)
_NEGATIVE_ZERO: Final = re.compile(r"-0(?![\d.eE])")


AnyPath: TypeAlias = "JsonPath | JsonQuery"
"""A path with slashes, or a JSONPath after ``newtonsoft:``."""


class JsonMessage:
    """One JSON message. See `message.Message` for what each method promises."""

    __slots__ = ("_queried", "_root", "_text", "type")

    def __init__(self, text: str, root: Any = MISSING) -> None:
        self.type = _TYPE
        self._text: str | None = text
        """None since the first write."""
        self._root: Any = root
        """The decoded value, fractions as `msgspec.Raw`; missing for empty text and until first needed."""
        self._queried: QueriedTree | None = None
        """The same value for ``newtonsoft:`` paths; None until one reads it, and after a write by another path."""

    def text(self) -> str:
        """Return the text as it came, or the writes serialised without blanks. Raises MessageFault when that fails."""
        if self._text is None:
            self._text = _encode(self._root)
        return self._text

    def get(self, path: AnyPath) -> str:
        """Return a scalar as text, null as ``""``, an object or array as JSON text."""
        node = self._find(path.keys) if type(path) is JsonPath else self._tree().get(path)
        return node if type(node) is str else _as_text(node)

    def get_all(self, path: AnyPath) -> list[str]:
        """Return the one value at *path*."""
        return [self.get(path)]

    def exists(self, path: AnyPath) -> bool:
        """Whether the node is there, null included."""
        if type(path) is JsonPath:
            return self._find(path.keys) is not MISSING
        return self._tree().exists(path)

    def count(self, path: AnyPath) -> int:
        """Length of the array; 1 for a single value, 0 for none or null; matches of a path that selects several."""
        if type(path) is not JsonPath:
            return self._tree().count(path)
        node = self._find(repeating(path).keys)
        if type(node) is list:
            return len(node)
        return int(node is not MISSING and node is not None)

    def is_valid(self) -> bool:
        """Whether the text is JSON."""
        try:
            decode_json(self.text())
        except MessageFault:
            return False
        return True

    def set_value(self, path: AnyPath, value: str) -> None:
        """Put *value* as a JSON string, whatever stood there (contract A18)."""
        self._put(path, value)

    def set_structure(self, path: AnyPath, text: str) -> None:
        """Put the JSON value that *text* spells."""
        self._put(path, decode_json(text))

    def append_line(self, text: str) -> None:
        """Refuse: JSON has no lines (contract A25)."""
        raise MessageFault("a line cannot be appended to a JSON message")

    def clone(self) -> "JsonMessage":
        """Return an independent message with the same content."""
        return JsonMessage(self.text())

    def _parsed(self) -> Any:
        if self._root is MISSING and self._text and not self._text.isspace():
            self._root = decode_json(self._text)
        return self._root

    def _find(self, keys: tuple[Key, ...]) -> Any:
        """Return the node *keys* lead to, or `MISSING`."""
        node = self._root
        if node is MISSING:
            node = self._parsed()
        # What is there is found without a call; `_step` says what else a key may lead to.
        for key in keys:
            if type(node) is dict and key in node:
                node = node[key]
            elif type(node) is not list or type(key) is not int or key >= len(node):
                node = _step(node, key)
            else:
                node = node[key]
        return node

    def find(self, keys: tuple[Key, ...]) -> Any:
        """Return the node *keys* lead to, or `MISSING`."""
        return self._find(keys)

    def growing(self, keys: tuple[Key, ...]) -> dict[str, Any] | None:
        """Return the object *keys* lead to, made if nothing is there, for writing at once; None for other values."""
        node = self._find(keys)
        if node is MISSING:
            node = {}
            self._grow(keys, node)
        if type(node) is not dict:
            return None
        self._text = self._queried = None
        return node

    def _grow(self, keys: tuple[Key, ...], value: Any) -> None:
        """Put *value* where *keys* lead, with what is missing on the way."""
        holder: list[Any] = [self._root]
        _place(holder, keys, value)
        self._root = holder[0]

    def _tree(self) -> "QueriedTree":
        """Return the value for reading and writing through queries."""
        if self._queried is None:
            from httpreceiver_workflow.messages.json_selection import QueriedTree

            self._queried = QueriedTree(self._parsed())
        return self._queried

    def _put(self, path: AnyPath, value: Any) -> None:
        if type(path) is JsonPath:
            keys = path.keys
            node, name = self._find(keys[:-1]), keys[-1]
            if type(node) is dict and type(name) is str:
                node[name if name in node else _existing_name(node, name)] = value
            else:
                self._grow(keys, value)
            self._queried = None
        else:
            tree = self._tree()
            tree.put(path, value)
            self._root = tree.root
        self._text = None


class JsonFormat:
    """How JSON messages are read."""

    __slots__ = ("_first_index", "content_type", "type")

    def __init__(self, first_index: int = 1) -> None:
        """Read paths whose indexes count from *first_index* (contract A16)."""
        self.type = MessageType.JSON
        self.content_type = "application/json; charset=utf-8"
        self._first_index = first_index

    def compile_path(self, text: str, namespaces: Mapping[str, str] = NO_NAMESPACES) -> AnyPath:
        """Return the place that *text* names. Raises PathProblem."""
        if not text.startswith(NEWTONSOFT):
            return compile_json_path(text, self._first_index)
        # Only for workflows that have such a path: the library takes longer to import than the rest of the engine.
        from httpreceiver_workflow.messages.json_queries import compile_query

        return compile_query(text)

    def indexed_path(self, path: AnyPath, prefix: AnyPath, index: int) -> AnyPath:
        """Return *path* in pass *index* of the loop over *prefix*; a loop moves only paths of its own language."""
        if isinstance(path, JsonPath):
            return indexed_json_path(path, prefix, index) if isinstance(prefix, JsonPath) else path
        return path if isinstance(prefix, JsonPath) else path.indexed(prefix, index)

    def moving_path(self, path: AnyPath) -> Callable[[Sequence[int]], AnyPath] | None:
        """Return what puts the loops' indexes into *path*; None for a query."""
        return moving_json_path(path) if isinstance(path, JsonPath) else None

    def places(self, paths: Sequence[AnyPath]) -> Places | None:
        """Return *paths* to be visited together; None with a query among them."""
        plain = [path for path in paths if isinstance(path, JsonPath)]
        return json_places(plain, _as_text) if len(plain) == len(paths) else None

    def parse(self, text: str) -> JsonMessage:
        """Make a message of *text*; nothing is read yet."""
        return JsonMessage(text)

    def holding(self, root: Any) -> JsonMessage:
        """Make a message of a value that is decoded already."""
        return JsonMessage("", root)


def decode_json(text: str) -> Any:
    """
    Return the value *text* spells; numbers with a fraction or an exponent come as `msgspec.Raw`.

    A byte order mark is let pass. Of a name that occurs twice the last value counts.

    Raises:
        UnreadableMessage: not JSON, nested too deeply, or an integer of thousands of digits.
    """
    bare = text.removeprefix("\ufeff")
    try:
        value = _DECODER.decode(bare)
        if "-0" in bare and _NEGATIVE_ZERO.search(bare):
            # The decoder reads an integer -0 as 0; the slow one lets us keep it as written.
            value = json.loads(bare, parse_int=msgspec.Raw, parse_float=msgspec.Raw)
    except RecursionError as error:
        raise UnreadableMessage("the JSON is nested too deeply", text) from error
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise UnreadableMessage(f"the text is not JSON ({_position(error)})", text) from error
    return value


def _position(error: Exception) -> str:
    """Say where *error* is without quoting the message; msgspec names a byte."""
    found = re.search(r"byte \d+", str(error))
    return f"at {found[0]}" if found else "cut short or out of range"


def _encode(value: Any) -> str:
    if value is MISSING:
        return ""
    try:
        return msgspec.json.encode(value).decode("utf-8")
    except RecursionError as error:
        raise MessageFault("the JSON is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise MessageFault("a value holds half a surrogate pair, which JSON text cannot carry") from error


def _as_text(node: Any) -> str:
    match node:
        case str():
            return node
        case bool():
            return "true" if node else "false"
        case int():
            return str(node)
        case msgspec.Raw():
            return bytes(node).decode("ascii")
        case None:
            return ""
    return _encode(node)


def _step(node: Any, key: Key) -> Any:
    """Return what one key leads to from *node*, or `MISSING`."""
    if type(key) is int:
        if type(node) is list:
            return node[key] if key < len(node) else MISSING
        # A single value counts as an array of one.
        return node if key == 0 else MISSING
    # An array without an index means its first item when more steps follow (contract 6.6).
    while type(node) is list:
        node = node[0] if node else MISSING
    return node.get(_existing_name(node, str(key)), MISSING) if type(node) is dict else MISSING


def _place(holder: Any, keys: tuple[Key, ...], value: Any) -> None:
    """Put *value* where *keys* lead, inside the only item of *holder*; grow what is missing, null or "" on the way."""
    slot: Any = 0
    for key in keys:
        node = holder[slot]
        if isinstance(key, str):
            while type(node) is list:
                if not node:
                    node.append(None)
                holder, slot, node = node, 0, node[0]
            if node is MISSING or node is None or node == "":
                node = holder[slot] = {}
            if type(node) is not dict:
                raise MessageFault("the path leads through a value that is no object")
            slot = _existing_name(node, key) if key[0] == "@" else key
            if slot not in node:
                node[slot] = None
        else:
            if node is MISSING or node is None or node == "":
                node = holder[slot] = []
            if type(node) is not list:
                if key == 0:
                    # A single value counts as an array of one.
                    continue
                raise MessageFault("the path indexes a value that is no array")
            if key >= len(node):
                pad(node, key + 1)
            slot = key
        holder = node
    holder[slot] = value


def _existing_name(node: dict[str, Any], name: str) -> str:
    """Return the property *name* means: ``@x`` is ``x`` where only that exists."""
    return name[1:] if name[0] == "@" and name not in node and name[1:] in node else name
