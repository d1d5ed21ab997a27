"""
From the YAML value of a case file to its records, with every mistake at its place. Pure.

A key that nothing reads is always a mistake: a misspelt expectation would make a case that cannot fail.
"""

import base64
import binascii
import difflib
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from httpreceiver_cli.checking.case_files import (
    FORMS,
    HEADER_OF_STUB,
    STUB_KEYS,
    Case,
    CaseFile,
    Expect,
    ExpectedCall,
    NoRun,
    OnlyStep,
    Part,
    Request,
    StatedReply,
    Step,
)
from httpreceiver_cli.checking.mistakes import CaseCode, CaseMistake, member
from httpreceiver_workflow.pipeline.effects import OutcomeKind

TRANSPORT_HEADERS: Final = frozenset({"connection", "content-length", "date", "keep-alive", "transfer-encoding"})
"""Made anew for each connection: no case can send or expect them."""

_PLACE: Final = re.compile(r"^(?P<message>.*) - at (?:`key` in )?`(?P<where>\$.*)`$", re.DOTALL)

SomePart = TypeVar("SomePart", bound=Part)


def decode_case_file(value: object) -> tuple[CaseFile | None, list[CaseMistake]]:
    """
    Return the case file that *value* describes, None when there is any mistake, and all mistakes by place.

    Args:
        value: the one document of the file, as JSON values.
    """
    if not isinstance(value, dict):
        return None, [CaseMistake("$", CaseCode.SHAPE, "A case file is an object with workflow and cases.")]
    mistakes: list[CaseMistake] = []
    cases = value.get("cases", [])
    header = _part(CaseFile, {**value, "cases": []}, "$", mistakes)
    if not isinstance(cases, list):
        mistakes.append(CaseMistake("$.cases", CaseCode.SHAPE, "cases is a list."))
        cases = []
    decoded = [_case(case, f"$.cases[{number}]", mistakes) for number, case in enumerate(cases)]
    if not cases and value.get("refused") is None:
        mistakes.append(CaseMistake("$", CaseCode.EXPECTS_NOTHING, "The file has neither cases nor refused."))
    if cases and value.get("refused") is not None:
        mistakes.append(CaseMistake("$.refused", CaseCode.CONTRADICTION, "A refused workflow runs no cases."))
    if header is None or mistakes:
        return None, sorted(mistakes)
    return msgspec.structs.replace(header, cases=[case for case in decoded if case is not None]), []


def _case(value: object, where: str, mistakes: list[CaseMistake]) -> Case | None:
    """Decode one case; without steps it is its own only step."""
    if not isinstance(value, dict):
        mistakes.append(CaseMistake(where, CaseCode.SHAPE, "A case is an object with request and expect, or steps."))
        return None
    if "steps" not in value:
        only = _part(OnlyStep, value, where, mistakes)
        if only is None:
            return None
        mistakes.extend(_step_mistakes(only, where))
        return Case([only], only.title, only.compatibility)
    case = _part(Case, value, where, mistakes)
    if case is None:
        return None
    if len(case.steps) < 2:
        message = "steps are two or more; a single one stands in the case itself."
        mistakes.append(CaseMistake(f"{where}.steps", CaseCode.SHAPE, message))
    for number, step in enumerate(case.steps):
        mistakes.extend(_step_mistakes(step, f"{where}.steps[{number}]"))
    return case


def _part(kind: type[SomePart], value: Mapping[str, Any], where: str, mistakes: list[CaseMistake]) -> SomePart | None:
    """Decode *value*; unknown keys are all told, and of other mistakes the first."""
    unknown = list(_unknown_keys(value, _type_info(kind), where))
    mistakes.extend(unknown)
    if unknown:
        return None
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        place = _PLACE.match(str(error))
        inner, message = (place["where"].removeprefix("$"), place["message"]) if place else ("", str(error))
        mistakes.append(CaseMistake(where + inner, CaseCode.SHAPE, f"{_in_words(message)}."))
    return None


def _in_words(message: str) -> str:
    """Return *message* of msgspec with the pattern that it quotes said in words."""
    return next((f"Expected {words}" for pattern, words in FORMS.items() if repr(pattern) in message), message)


_type_info = functools.cache(inspect.type_info)


def _unknown_keys(value: object, kind: inspect.Type, where: str) -> Iterator[CaseMistake]:
    """Yield a mistake for each key, however deep, that no record has."""
    match kind:
        case inspect.UnionType(types=types):
            for one in types:
                yield from _unknown_keys(value, one, where)
        case inspect.StructType(fields=fields) if isinstance(value, dict):
            known = {field.encode_name: field.type for field in fields}
            for key, item in value.items():
                if key in known:
                    yield from _unknown_keys(item, known[key], member(where, key))
                else:
                    yield _unknown(str(key), known, member(where, str(key)))
        case inspect.DictType(value_type=inner) if isinstance(value, dict):
            for key, item in value.items():
                yield from _unknown_keys(item, inner, member(where, str(key)))
        case inspect.ListType(item_type=inner) if isinstance(value, list):
            for number, item in enumerate(value):
                yield from _unknown_keys(item, inner, f"{where}[{number}]")


def _unknown(key: str, known: Iterable[str], where: str) -> CaseMistake:
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}."
    return CaseMistake(where, CaseCode.KEY_UNKNOWN, f'"{key}" is not read; {hint}')


# --- what the types cannot say -------------------------------------------------------------------------------------


def _step_mistakes(step: Step, where: str) -> Iterator[CaseMistake]:
    yield from _request_mistakes(step.request, f"{where}.request")
    for name, reply in step.replies.items():
        if isinstance(reply, StatedReply):
            yield from _reply_mistakes(reply, member(f"{where}.replies", name))
    yield from _expect_mistakes(step.expect, f"{where}.expect")


def _request_mistakes(request: Request, where: str) -> Iterator[CaseMistake]:
    yield from _at_most_one(request, ("body", "body_base64", "body_file"), where)
    yield from _base64_mistake(request.body_base64, f"{where}.body_base64")
    yield from _transport_headers(request.headers, f"{where}.headers")


def _reply_mistakes(reply: StatedReply, where: str) -> Iterator[CaseMistake]:
    yield from _at_most_one(reply, ("body", "body_base64", "json", "row", "fault"), where)
    yield from _base64_mistake(reply.body_base64, f"{where}.body_base64")


def _expect_mistakes(expect: Expect, where: str) -> Iterator[CaseMistake]:
    if expect == Expect():
        yield CaseMistake(where, CaseCode.EXPECTS_NOTHING, "Nothing is expected, so this case could never fail.")
    yield from _base64_mistake(expect.body_base64, f"{where}.body_base64")
    yield from _transport_headers(expect.headers, f"{where}.headers")
    for name, text in expect.files_base64.items():
        yield from _base64_mistake(text, member(f"{where}.files_base64", name))
    if isinstance(expect.outcome, str) and expect.outcome not in (*OutcomeKind, NoRun.NONE):
        message = f'"{expect.outcome}" is no outcome: {", ".join((*OutcomeKind, NoRun.NONE))}.'
        yield CaseMistake(f"{where}.outcome", CaseCode.SHAPE, message)
    for number, call in enumerate(expect.effects or ()):
        yield from _at_most_one(call, ("http", "file", "database"), f"{where}.effects[{number}]")
    for key in expect.stub or ():
        if key not in STUB_KEYS and not key.startswith(HEADER_OF_STUB):
            yield _unknown(key, [*STUB_KEYS, f"{HEADER_OF_STUB}NAME"], member(f"{where}.stub", key))
    yield from _base64_mistake((expect.stub or {}).get("replies_base64"), f"{where}.stub.replies_base64")


def _at_most_one(part: Request | StatedReply | ExpectedCall, names: Iterable[str], where: str) -> Iterator[CaseMistake]:
    given = [name for name in names if getattr(part, name) not in (None, msgspec.UNSET)]
    if len(given) > 1:
        yield CaseMistake(where, CaseCode.CONTRADICTION, f"{given[0]} and {given[1]} exclude each other.")


def _base64_mistake(text: str | None, where: str) -> Iterator[CaseMistake]:
    try:
        base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        yield CaseMistake(where, CaseCode.SHAPE, "This is not base64.")


def _transport_headers(headers: Iterable[str], where: str) -> Iterator[CaseMistake]:
    for name in headers:
        if name.lower() in TRANSPORT_HEADERS:
            message = f"{name} is made by the connection, so no case can send or expect it."
            yield CaseMistake(member(where, name), CaseCode.CONTRADICTION, message)
