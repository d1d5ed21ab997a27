"""
Whether what was seen is what a case expects; every difference, with both sides. Pure.

Values of differences are JSON values, so that a report can print them in either form.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from lxml import etree

from httpreceiver_cli.checking.case_files import (
    HEADER_OF_STUB,
    Expect,
    ExpectedCall,
    ExpectedFile,
    ExpectedHttp,
    ExpectedNotification,
    ExpectedOutcome,
    ExpectedSql,
    NoRun,
)
from httpreceiver_cli.checking.observation import Called, Observation, StubRequest
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.messages.xml_source import parse_xml
from httpreceiver_workflow.pipeline.effects import DatabaseCall, FileWrite, HttpCall, Outcome


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One way in which something is not as expected.

    Attributes:
        what: which expectation, as the case file names it.
        message: what to know besides both values; ``""`` when they say it all.
    """

    what: str
    expected: Any = None
    actual: Any = None
    message: str = ""


def differences(expect: Expect, seen: Observation) -> list[Difference]:
    """Return every difference between *expect* and *seen*, in the order of docs/check.md."""
    return [
        *_unanswered(seen),
        *_answer(expect, seen),
        *_run(expect, seen.outcome),
        *(_effects(expect.effects, seen.calls) if expect.effects is not None else ()),
        *_files(expect, seen),
        *(_stub(expect.stub, seen.stub) if expect.stub is not None else ()),
    ]


def _unequal(what: str, expected: object, actual: object) -> Iterator[Difference]:
    if expected != actual:
        yield Difference(what, expected, actual)


# --- the answer ----------------------------------------------------------------------------------------------------


def _answer(expect: Expect, seen: Observation) -> Iterator[Difference]:
    answer = seen.answer
    if expect.status is not None:
        yield from _unequal("status", expect.status, answer.status)
    yield from _headers("headers", expect.headers, answer.headers)
    if expect.body_base64 is not None:
        yield from _unequal("body_base64", *_same_base64(expect.body_base64, answer.body))
    text = text_or_base64(answer.body)
    if expect.body is not None:
        yield from _unequal("body", expect.body, text)
    yield from _json("json", expect.json, text)
    if expect.xml is not None:
        yield from _xml(expect.xml, text)
    yield from _contains("contains", expect.contains, text)
    if expect.segment2_prefix is not None:
        second = text.split("\r")[1:2]
        yield from _unequal("segment2_prefix", expect.segment2_prefix, "".join(second)[: len(expect.segment2_prefix)])


def text_or_base64(body: bytes) -> str:
    """Return *body* as text; what is not UTF-8 as base64 behind a word that says so."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"(base64) {base64.b64encode(body).decode()}"


def _same_base64(expected: str, actual: bytes) -> tuple[str, str]:
    """Return both sides in one spelling."""
    return base64.b64encode(base64.b64decode(expected)).decode(), base64.b64encode(actual).decode()


def _headers(what: str, expected: Mapping[str, str | None], actual: Mapping[str, str]) -> Iterator[Difference]:
    for name, value in expected.items():
        yield from _unequal(f"{what}.{name}", value, actual.get(name.lower()))


def _json(what: str, expected: Any, text: str) -> Iterator[Difference]:
    if expected is msgspec.UNSET:
        return
    try:
        actual = json.loads(text)
    except (ValueError, RecursionError):
        yield Difference(what, expected, text, "The text is not JSON.")
        return
    if not equal_json(expected, actual):
        yield Difference(what, expected, actual)


def equal_json(first: Any, second: Any) -> bool:
    """
    Return whether two JSON values are equal; numbers by value, and no boolean is a number.

    >>> equal_json({"a": [1, 1.5]}, {"a": [1.0, 1.5]}), equal_json(1, True)
    (True, False)
    """
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(equal_json(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(equal_json, first, second))
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


def _xml(expected: str, text: str) -> Iterator[Difference]:
    try:
        wanted = _canonical(expected)
    except MessageFault as fault:
        yield Difference("xml", expected, text, f"What is expected is not XML: {fault}")
        return
    try:
        yield from _unequal("xml", wanted, _canonical(text))
    except MessageFault as fault:
        yield Difference("xml", expected, text, f"The body is not XML: {fault}")


def _canonical(text: str) -> str:
    """Return XML in the one spelling that equal documents share, blanks around texts left out. Raises MessageFault."""
    spelled = etree.tostring(parse_xml(text), encoding="unicode")
    return str(etree.canonicalize(spelled, strip_text=True))


def _contains(what: str, expected: str | list[str], text: str) -> Iterator[Difference]:
    for piece in [expected] if isinstance(expected, str) else expected:
        if piece not in text:
            yield Difference(what, piece, text, "The text does not contain this.")


# --- the run -------------------------------------------------------------------------------------------------------


def _run(expect: Expect, outcome: Outcome | None) -> Iterator[Difference]:
    if expect.runs is not None:
        yield from _unequal("runs", expect.runs, 0 if outcome is None else 1)
    if isinstance(expect.outcome, ExpectedOutcome):
        yield from _ended(expect.outcome, outcome)
    elif expect.outcome is not None:
        yield from _unequal("outcome", expect.outcome, NoRun.NONE.value if outcome is None else outcome.kind.value)
    variables = {} if outcome is None else outcome.variables
    for name, value in expect.variables.items():
        yield from _unequal(f"variables.{name}", value, variables.get(name.lower()))
    if expect.notifications is not None:
        yield from _notifications(expect.notifications, outcome)


def _ended(expected: ExpectedOutcome, outcome: Outcome | None) -> Iterator[Difference]:
    fault = outcome.fault if outcome else None
    yield from _unequal("outcome.kind", expected.kind.value, outcome.kind.value if outcome else NoRun.NONE.value)
    if expected.fault is not None:
        yield from _unequal("outcome.fault", expected.fault.value, fault.kind.value if fault else None)
    if expected.stage is not None:
        yield from _unequal("outcome.stage", expected.stage.value, fault.stage.value if fault else None)
    if expected.message is not None:
        yield from _unequal("outcome.message", expected.message, fault.message if fault else None)


def _notifications(expected: list[ExpectedNotification | str], outcome: Outcome | None) -> Iterator[Difference]:
    recorded = outcome.notifications if outcome else ()
    wanted = [ExpectedNotification(text=one) if isinstance(one, str) else one for one in expected]
    if len(wanted) != len(recorded):
        yield Difference("notifications", [one.text for one in wanted], [one.text for one in recorded])
        return
    for number, (one, actual) in enumerate(zip(wanted, recorded, strict=True)):
        yield from _unequal(f"notifications[{number}].text", one.text, actual.text)
        if one.critical is not None:
            yield from _unequal(f"notifications[{number}].critical", one.critical, actual.critical)


# --- what activities did -------------------------------------------------------------------------------------------


def _unanswered(seen: Observation) -> Iterator[Difference]:
    for called in seen.calls:
        if not called.is_answered:
            message = f"The activity was called and the case states no reply: add {called.activity_name} to replies."
            yield Difference(f"replies.{called.activity_name}", actual=shown_call(called), message=message)


def _effects(expected: list[ExpectedCall], calls: tuple[Called, ...]) -> Iterator[Difference]:
    names = [called.activity_name for called in calls]
    if len(expected) != len(calls) or not all(map(is_named, [one.activity for one in expected], calls)):
        yield Difference("effects", [one.activity for one in expected], names, "Other activities were called.")
        return
    for number, (one, called) in enumerate(zip(expected, calls, strict=True)):
        yield from _effect(f"effects[{number}]", one, called)


def is_named(name: str, called: Called) -> bool:
    """Return whether *name* is the Name, in the same letter case, or the Id of the activity that was called."""
    return name == called.activity_name or name.lower() == called.activity_id.lower()


def _effect(what: str, expected: ExpectedCall, called: Called) -> Iterator[Difference]:
    match called.call:
        case HttpCall() as call if expected.http is not None:
            yield from _http(f"{what}.http", expected.http, call)
        case FileWrite() as call if expected.file is not None:
            yield from _file(f"{what}.file", expected.file, call)
        case DatabaseCall() as call if expected.database is not None:
            yield from _sql(f"{what}.database", expected.database, call)
        case _ if expected.http or expected.file or expected.database:
            yield Difference(what, msgspec.to_builtins(expected), shown_call(called), "The call is of another kind.")


def _http(what: str, expected: ExpectedHttp, call: HttpCall) -> Iterator[Difference]:
    if expected.method is not None:
        yield from _unequal(f"{what}.method", expected.method, call.method)
    if expected.url is not None:
        yield from _unequal(f"{what}.url", expected.url, call.url)
    yield from _headers(f"{what}.headers", expected.headers, {name.lower(): value for name, value in call.headers})
    text = text_or_base64(call.body or b"")
    if expected.body is not None:
        yield from _unequal(f"{what}.body", expected.body, text)
    yield from _json(f"{what}.json", expected.json, text)
    yield from _contains(f"{what}.contains", expected.contains, text)


def _file(what: str, expected: ExpectedFile, call: FileWrite) -> Iterator[Difference]:
    text = text_or_base64(call.data)
    if expected.path is not None:
        yield from _unequal(f"{what}.path", expected.path, call.path)
    if expected.text is not None:
        yield from _unequal(f"{what}.text", expected.text, text)
    yield from _contains(f"{what}.contains", expected.contains, text)
    if expected.append is not None:
        yield from _unequal(f"{what}.append", expected.append, call.append)


def _sql(what: str, expected: ExpectedSql, call: DatabaseCall) -> Iterator[Difference]:
    if expected.sql is not None:
        yield from _unequal(f"{what}.sql", expected.sql, call.sql)
    yield from _contains(f"{what}.contains", expected.contains, call.sql)
    bound = {name.lower(): value for name, value in call.parameters}
    for name, value in expected.parameters.items():
        yield from _unequal(f"{what}.parameters.{name}", value, bound.get(name.lower()))


def shown_call(called: Called) -> dict[str, Any]:
    """Return the call as a case file would describe it; credentials are left out."""
    match called.call:
        case HttpCall() as call:
            body = text_or_base64(call.body or b"")
            kind: dict[str, Any] = {
                "http": {"method": call.method, "url": call.url, "headers": dict(call.headers), "body": body}
            }
        case FileWrite() as call:
            kind = {"file": {"path": call.path, "text": text_or_base64(call.data)}}
        case DatabaseCall() as call:
            kind = {"database": {"sql": call.sql, "parameters": dict(call.parameters)}}
        case _:
            kind = {}
    return {"activity": called.activity_name, **kind}


# --- files and the stub --------------------------------------------------------------------------------------------


def _files(expect: Expect, seen: Observation) -> Iterator[Difference]:
    for name, content in expect.files.items():
        yield from _unequal(f"files.{name}", content, _text(seen.files.get(name)))
    for name, content in expect.files_base64.items():
        data = seen.files.get(name)
        wanted, actual = _same_base64(content, data or b"")
        yield from _unequal(f"files_base64.{name}", wanted, None if data is None else actual)
    for name, content in expect.files_eventually.items():
        yield from _unequal(f"files_eventually.{name}", content, _text(seen.files_later.get(name)))
    for name in expect.files_absent:
        yield from _unequal(f"files_absent.{name}", None, _text(seen.files.get(name)))


def _text(data: bytes | None) -> str | None:
    return None if data is None else text_or_base64(data)


def _stub(expected: Mapping[str, str | None], requests: tuple[StubRequest, ...]) -> Iterator[Difference]:
    if len(requests) != 1:
        yield Difference("stub", 1, len(requests), "The server at {STUB} must be sent one request.")
        return
    [seen] = requests
    for what, value in expected.items():
        if what.startswith(HEADER_OF_STUB):
            yield from _unequal(f"stub.{what}", value, seen.headers.get(what.removeprefix(HEADER_OF_STUB).lower()))
        elif what in ("method", "path", "body"):
            yield from _unequal(f"stub.{what}", value, getattr(seen, what))
