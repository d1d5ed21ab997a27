"""
Bindings: where a value comes from and where it goes, resolved once into functions of the exchange.

A path is read by the type of the message it points into, never by `FromType` (contract 2.1).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar

from httpreceiver_workflow.contract.enums import Direction, MessageType
from httpreceiver_workflow.contract.setting_parts import Source, Target
from httpreceiver_workflow.messages.message import Message, MessageFault, MessageFormat, PathProblem
from httpreceiver_workflow.options.compatibility import LoopPaths, MissingPath
from httpreceiver_workflow.pipeline import variables
from httpreceiver_workflow.pipeline.data_tables import is_data_table
from httpreceiver_workflow.pipeline.exchange import Exchange, Text
from httpreceiver_workflow.pipeline.formatting.placeholders import Placeholder, parse_template
from httpreceiver_workflow.pipeline.scope import LoopFrame, Scope
from httpreceiver_workflow.pipeline.templates import compile_template, constant, is_constant
from httpreceiver_workflow.pipeline.variables import is_built_in, read_variable, write_variable
from httpreceiver_workflow.problem_codes import ProblemCode

T = TypeVar("T")

Path = Callable[[Exchange], Any]
"""A compiled message path as a function of the exchange: constant, from placeholders, or moved by loops."""


class FixedPath:
    """A path that is the same for every request; who uses it often leaves the call out."""

    __slots__ = ("path",)

    def __init__(self, path: Any) -> None:
        self.path = path

    def __call__(self, _: Exchange) -> Any:
        return self.path


class MovedPath:
    """
    A path into which the loops around put their indexes, settled while compiling.

    Attributes:
        path: with n for the index of the n-th loop.
    """

    __slots__ = ("_move", "path")

    def __init__(self, path: Any, move: Callable[[Sequence[int]], Any]) -> None:
        self.path = path
        self._move = move

    def __call__(self, exchange: Exchange) -> Any:
        return self._move(exchange.loop_indexes)


class PlaceReader:
    """Reads a place whose path is settled; many of them in a row may be read together."""

    __slots__ = ("path", "slot")

    def __init__(self, slot: int, path: FixedPath | MovedPath) -> None:
        self.slot = slot
        self.path = path

    def __call__(self, exchange: Exchange) -> str:
        message = exchange.messages.get(self.slot)
        return "" if message is None else message.get(self.path(exchange))


class PlaceWriter:
    """Writes to a place whose path is settled; many of them in a row may be written together."""

    __slots__ = ("path", "slot")

    def __init__(self, slot: int, path: FixedPath | MovedPath) -> None:
        self.slot = slot
        self.path = path

    def __call__(self, exchange: Exchange, value: str) -> None:
        own_message(exchange, self.slot).set_value(self.path(exchange), value)


class Location:
    """A place in a message: which slot, and which path there."""

    __slots__ = ("path", "slot")

    def __init__(self, slot: int, path: Path) -> None:
        self.slot = slot
        self.path = path

    def message(self, exchange: Exchange) -> Message | None:
        """Return the message, None while it does not exist."""
        return exchange.messages.get(self.slot)


def locate(
    source: Source, where: str, scope: Scope, default: Direction | None = None, *, repeats: bool = False
) -> Location | None:
    """
    Return the place *source* names, or None when it is literal text (contract 6.2).

    Args:
        default: the direction meant when the member is absent; None lets `FromType` decide.
        repeats: the place is what a loop goes through, so that its path has to move others.
    """
    direction = source.direction if source.direction is not None else default
    if direction is Direction.VARIABLE or (direction is None and source.is_literal):
        return None
    slot = scope.slots[source.setting, direction or Direction.INBOUND]
    return Location(slot, _compile_path(source.path, source.namespaces, slot, where, scope, repeats=repeats))


def compile_source(source: Source, where: str, scope: Scope, default: Direction | None = None) -> Text:
    """Return the reader of *source*: literal text with placeholders, or a place in a message."""
    location = locate(source, where, scope, default)
    if location is None:
        return scope.tracer.reader(source, None, compile_template(source.path, where, scope))
    return scope.tracer.reader(source, location.slot, _read_place(source, location, scope))


def _read_place(source: Source, location: Location, scope: Scope) -> Text:
    slot, path = location.slot, location.path
    if isinstance(path, FixedPath | MovedPath):
        return _with_values(PlaceReader(slot, path), slot, scope)

    def read(exchange: Exchange) -> str:
        message = exchange.messages.get(slot)
        return "" if message is None else message.get(path(exchange))

    return _with_values(read, slot, scope)


def _with_values(read: Text, slot: int, scope: Scope) -> Text:
    """Put the values as of now into what is read of a message some of whose placeholders wait for the list."""
    if not _has_markers(slot, scope):
        return read
    read_parsed = readable(read, slot, scope)

    def read_filled(exchange: Exchange) -> str:
        value = read_parsed(exchange)
        return value if exchange.pending is None else exchange.pending.filled(value, exchange)

    return read_filled


def readable(access: Callable[[Exchange], T], slot: int, scope: Scope) -> Callable[[Exchange], T]:
    """
    Let *access* to the message of *slot* expand the placeholders that wait, when it does not parse with their markers.

    Contract 5.5 step 3: a placeholder may stand where only its value makes the text well-formed.
    """
    if not _has_markers(slot, scope):
        return access

    def retry(exchange: Exchange) -> T:
        try:
            return access(exchange)
        except MessageFault:
            if exchange.pending is None:
                raise
            exchange.pending.expand(exchange)
            return access(exchange)

    return retry


def _has_markers(slot: int, scope: Scope) -> bool:
    return scope.waits and slot == scope.target


def compile_operand(operand: Source | None, value: str, where: str, scope: Scope) -> Text:
    """Return the reader of a filter's right operand: *operand* when there is one, else the text *value*."""
    if operand is not None:
        return compile_source(operand, where, scope)
    return scope.tracer.reader(value, None, compile_template(value, where, scope))


def compile_repetitions(source: Source, location: Location, scope: Scope) -> Callable[[Exchange], list[str]]:
    """Return the reader of every repetition of *location*, which *source* names."""

    def read(exchange: Exchange) -> list[str]:
        message = location.message(exchange)
        values = [""] if message is None else message.get_all(location.path(exchange))
        pending = exchange.pending
        return values if pending is None else [pending.filled(value, exchange) for value in values]

    return scope.tracer.reader(source, location.slot, readable(read, location.slot, scope))


def compile_target(target: Target, where: str, scope: Scope, *, structure: bool) -> Callable[[Exchange, str], None]:
    """
    Return the writer of *target*: a variable, or the message that the list belongs to (contract 5.3).

    Args:
        structure: write raw structure instead of an encoded value.
    """
    if target.direction is Direction.VARIABLE:
        return write_variable(variable_name(target.path))
    slot = scope.target
    path = _compile_path(target.path, target.namespaces, slot, where, scope, loops=False)
    write = _writer(slot, path, structure=structure)
    missing = scope.compatibility.missing_path
    write_where = write if missing is MissingPath.GROW else _to_existing(write, slot, path, missing)
    return scope.tracer.writer(target, slot, path, write_where)


def _writer(slot: int, path: Path, *, structure: bool) -> Callable[[Exchange, str], None]:
    if structure:
        return lambda exchange, value: own_message(exchange, slot).set_structure(path(exchange), value)
    if isinstance(path, FixedPath | MovedPath):
        return PlaceWriter(slot, path)
    return lambda exchange, value: own_message(exchange, slot).set_value(path(exchange), value)


def _to_existing(
    write: Callable[[Exchange, str], None], slot: int, path: Path, missing: MissingPath
) -> Callable[[Exchange, str], None]:
    """Let *write* only where the place is there already (contract A26)."""

    def write_existing(exchange: Exchange, value: str) -> None:
        message = own_message(exchange, slot)
        if message.type not in _WITH_PLACES or message.exists(path(exchange)):
            write(exchange, value)
        elif missing is MissingPath.ERROR:
            raise MessageFault("a mapping leads to a place that the message does not have")

    return write_existing


_WITH_PLACES: Final = frozenset(
    {MessageType.XML, MessageType.HL7_V3, MessageType.FHIR, MessageType.JSON, MessageType.CSV}
)
"""Types whose messages have a place or not; HL7 fields are always there, maybe empty."""


def own_message(exchange: Exchange, slot: int) -> Message:
    """Return the message of *slot*. Raises MessageFault when it was never made."""
    message = exchange.messages.get(slot)
    if message is None:
        raise MessageFault("there is no message to write to")
    return message


def compile_existence(source: Source, where: str, scope: Scope) -> Callable[[Exchange], bool]:
    """Return whether the place of *source* is there, or its variable is set (InMessage, contract 4.2)."""
    location = locate(source, where, scope, Direction.INBOUND)
    if location is None:
        name = variable_name(source.path).lower()
        if is_data_table(name):
            message = f"{source.path} is a row of a table, which InMessage cannot ask for; see InDataTable."
            scope.report(where, ProblemCode.FIELD_NOT_SUPPORTED, message)
        if not is_built_in(name) and scope.global_value(name, where) is not None:
            return lambda _: True
        read = read_variable(name, formatted=False, workflow_name=scope.workflow_name)
        return lambda exchange: name in exchange.variables or read(exchange) != ""

    def exists(exchange: Exchange) -> bool:
        message = location.message(exchange)
        return message is not None and message.exists(location.path(exchange))

    return readable(exists, location.slot, scope)


def variable_name(path: str) -> str:
    """Return the name of the variable that *path* writes or asks for, without ``${`` and ``}``."""
    return path[2:-1] if path.startswith("${") and path.endswith("}") else path


def fixed_path(source: Source, slot: int, scope: Scope) -> Any:
    """Return the compiled path as authored when no placeholders can change it, else None."""
    if not is_constant(source.path):
        return None
    try:
        return scope.formats[slot].compile_path(source.path, source.namespaces)
    except PathProblem:
        return None


def _compile_path(
    text: str, namespaces: Any, slot: int, where: str, scope: Scope, *, loops: bool = True, repeats: bool = False
) -> Path:
    own = scope.formats[slot]
    frames = _frames(text, slot, scope) if loops else ()
    if not is_constant(text):
        iterated = None if frames else _iterated(text, namespaces, own, scope)
        if iterated is not None:
            return iterated
        return _rebased(_late_path(compile_template(text, where, scope), namespaces, own), own, frames)
    try:
        path = own.compile_path(text, namespaces)
    except PathProblem as problem:
        scope.report(where, ProblemCode.PATH_MALFORMED, f'Path "{text}": {problem}.')
        return constant("")
    is_moved_by_all = scope.compatibility.loop_paths is LoopPaths.FIRST_OR_UNINDEXED
    settled = _moving(path, own, frames) if is_moved_by_all and not repeats else None
    return settled or _rebased(FixedPath(path), own, frames)


def _iterated(text: str, namespaces: Any, own: MessageFormat, scope: Scope) -> Path | None:
    """
    Settle ``a[${ForEachIterator}]/b`` while compiling: its index goes where a loop over ``a`` would put it.

    None for every other path made of placeholders, and outside of loops.
    """
    match parse_template(text).parts:
        case (
            str() as before,
            Placeholder(key=variables.FOR_EACH_ITERATOR, modifiers=(), format=""),
            str() as after,
        ) if scope.loops and before.endswith("[") and after.startswith("]"):
            try:
                path = own.compile_path(f"{before}1{after}", namespaces)
                prefix = own.compile_path(before[:-1], namespaces)
            except PathProblem:
                return None
            marked = own.indexed_path(path, prefix, len(scope.loops))
            return None if marked is path else _moved(marked, own)
    return None


def _late_path(render: Text, namespaces: Any, own: MessageFormat) -> Path:
    compile_path = own.compile_path

    def late(exchange: Exchange) -> Any:
        try:
            return compile_path(render(exchange), namespaces)
        except PathProblem as problem:
            raise MessageFault(f"a path made of placeholders is malformed: {problem}") from problem

    return late


def _moving(path: Any, own: MessageFormat, frames: tuple[LoopFrame, ...]) -> Path | None:
    """Settle while compiling where the loops around put their indexes; None when only a run can tell."""
    prefixes: list[Any] = []
    authored = path
    for position, frame in enumerate(frames):
        if frame.prefix is None:
            return None
        prefix = frame.prefix
        for outer, moved in zip(frames[:position], prefixes, strict=True):
            prefix = own.indexed_path(prefix, moved, outer.depth + 1)
        prefixes.append(prefix)
        path = own.indexed_path(path, prefix, frame.depth + 1)
    return FixedPath(authored) if path is authored else _moved(path, own)


def _moved(marked: Any, own: MessageFormat) -> Path | None:
    move = own.moving_path(marked)
    return None if move is None else MovedPath(marked, move)


def _frames(text: str, slot: int, scope: Scope) -> tuple[LoopFrame, ...]:
    """Return the loops around that put their index into the path *text* (contract A20)."""
    moves = _MOVES[scope.compatibility.loop_paths]
    return tuple(frame for frame in scope.loops if frame.slot == slot and moves(text, frame))


def _lacks_index(text: str, frame: LoopFrame) -> bool:
    """Whether *text* names no item where the loop goes through them; paths of JSONPath name the first with 0."""
    looped = _FIRST_ITEM.sub("", frame.path)
    return not (text.startswith(looped) and _FIRST_ITEM.fullmatch(text[len(looped) : len(looped) + 3]))


_FIRST_ITEM: Final = re.compile(r"\[[01]\]$")
_MOVES: Final[Mapping[LoopPaths, Callable[[str, LoopFrame], bool]]] = MappingProxyType(
    {
        LoopPaths.FIRST_OR_UNINDEXED: lambda _text, _frame: True,
        LoopPaths.UNINDEXED: _lacks_index,
        LoopPaths.UNMOVED: lambda _text, _frame: False,
    }
)


def _rebased(path: Path, own: MessageFormat, frames: tuple[LoopFrame, ...]) -> Path:
    """Let the loops around put their index into the path, outermost first (contract 5.4)."""
    if not frames:
        return path

    def moved(exchange: Exchange) -> Any:
        result = path(exchange)
        for frame in frames:
            prefix, index = exchange.loop_prefixes[frame.depth], exchange.loop_indexes[frame.depth]
            result = own.indexed_path(result, prefix, index)
        return result

    return moved
