"""
From what a user hands in to plain JSON values: text or bytes are parsed, parsed values are looked over.

Called by `load` only. Everything that can be wrong here ends the loading, since there is nothing left to decode.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem

MAX_DEPTH: Final = 100
"""A workflow needs about a dozen levels; a fixed limit gives the same answer on every stack."""

_BYTE_ORDER_MARK: Final = "\ufeff"


class NotReadable(Exception):
    """The source holds no JSON we can decode; carries the one problem that says why."""

    def __init__(self, code: ProblemCode, message: str) -> None:
        super().__init__(message)
        self.problem = Problem("$", code, message)


def read_source(source: object) -> object:
    """
    Return the JSON value of *source*: ``str``, ``bytes`` (UTF-8, a byte order mark is skipped) or a parsed value.

    A member that occurs twice counts with its last occurrence. NaN and Infinity are refused, as JSON has neither.
    Raises NotReadable.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        value = _parse(_decode(bytes(source)))
    elif isinstance(source, str):
        value = _parse(source)
    else:
        value = source
    if _is_deeper_than(value, MAX_DEPTH):
        raise _too_deep()
    return value


def _too_deep() -> NotReadable:
    return NotReadable(ProblemCode.NESTED_TOO_DEEP, f"The JSON is nested deeper than {MAX_DEPTH} levels.")


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place(data[: error.start].decode("utf-8"))
        raise NotReadable(ProblemCode.NOT_JSON, f"The text is not UTF-8 at {place}; save the file as UTF-8.") from error


def _parse(text: str) -> object:
    text = text.removeprefix(_BYTE_ORDER_MARK)
    if not text.strip():
        raise NotReadable(ProblemCode.NOT_JSON, "The text is empty.")
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        place = _place(text[: error.start])
        raise NotReadable(ProblemCode.NOT_JSON, f"Half a surrogate pair stands at {place}.") from error
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        raise _too_deep() from None
    except msgspec.DecodeError as error:
        raise NotReadable(ProblemCode.NOT_JSON, _explain(str(error), data)) from error


def _explain(reason: str, data: bytes) -> str:
    """Turn msgspec's reason, which ends with a byte offset where it knows one, into line and column."""
    what, _, offset = reason.removeprefix("JSON is malformed: ").partition(" (byte ")
    if offset:
        before = data[: int(offset.rstrip(")"))]
        return f"{what[:1].upper()}{what[1:]} at {_place(before.decode('utf-8', 'replace'))}."
    if "truncated" in what:
        return f"The JSON ends too early, at {_place(data.decode())}."
    return f"{what}."


def _place(before: str) -> str:
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return f"line {line}, column {column}"


def _is_deeper_than(value: object, limit: int) -> bool:
    """Look level by level, each container once per level, so that shared or circular containers end too."""
    level = [value]
    for _ in range(limit):
        inner = {id(child): child for container in level for child in _children(container)}
        level = [child for child in inner.values() if isinstance(child, Mapping | list | tuple)]
        if not level:
            return False
    return True


def _children(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
