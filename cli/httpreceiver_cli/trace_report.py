"""A trace in the two forms it is printed in: text for people, JSON for programs (docs/trace.md)."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from httpreceiver_cli.trace_layout import block, line, quoted, visible
from httpreceiver_cli.trace_sample import Trace
from httpreceiver_workflow.pipeline.effects import (
    BasicCredentials,
    DatabaseCall,
    Fault,
    FileWrite,
    HttpCall,
    OAuthCredentials,
    Stage,
)
from httpreceiver_workflow.pipeline.trace.events import (
    ActionRun,
    ActivityBegan,
    ActivitySkipped,
    CallMade,
    ConditionalBegan,
    ConditionDecided,
    Ended,
    Event,
    FiltersDecided,
    LoopBegan,
    LoopPass,
    MessageBuilt,
    Operand,
    Replied,
    ReplyStored,
    RequestRead,
    Responded,
    Term,
    TermAsked,
    Written,
)

STEP: Final = 2
_HEADINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Stage.BODY: "REQUEST",
        Stage.FILTERS: "FILTERS",
        Stage.TRANSFORMERS: "TRANSFORMERS",
        Stage.RESPONSE: "RESPONSE",
    }
)
_ASK_ONE: Final = frozenset({"EMPTY", "IS_TITLE_CASE", "IS_UPPER_CASE", "IS_LOWER_CASE"})
"""Comparers that have no use for a right operand."""
_NOT_PERFORMED: Final = "not performed: the reply is empty; see --reply and --perform"


def as_json(trace: Trace) -> str:
    """Return the trace for programs. Bytes are text where they are UTF-8, else ``{"base64": …}``."""
    value = {
        "file": trace.file,
        "sample": trace.sample,
        "ignored_headers": list(trace.ignored_headers),
        "problems": [problem.as_json() for problem in trace.problems],
        "events": msgspec.to_builtins(trace.events, builtin_types=(bytes,)),
    }
    # ASCII only: a text may hold a lone surrogate, which no encoding carries.
    return json.dumps(value, indent=2, default=_plain_bytes)


def _plain_bytes(data: bytes) -> object:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": msgspec.to_builtins(data)}


def as_text(trace: Trace) -> str:
    """Return the trace for people."""
    lines = [str(problem) for problem in trace.problems]
    if trace.events:
        lines += [f"Body: {trace.sample}"]
    if trace.ignored_headers:
        lines.append(f"Headers that no workflow reads: {', '.join(map(visible, trace.ignored_headers))}")
    heading = ""
    for event in trace.events:
        own = _HEADINGS.get(event.stage, "")
        if isinstance(event, Ended | ActivityBegan):
            heading = ""
        elif own and own != heading:
            lines += ["", own]
            heading = own
        lines += _SHOWN[type(event)](event, STEP * (event.depth + 1))
    return "\n".join(lines)


# --- the ends of the run ---------------------------------------------------------------------------------------------


def _request(event: RequestRead, indent: int) -> list[str]:
    target = event.path + (f"?{event.query}" if event.query else "")
    kind = event.message_type + (", as its text looks" if event.is_inferred else "")
    said_by = {
        "byte order mark": "said by the byte order mark",
        "Content-Type": "said by the Content-Type",
        "default": "no charset named",
        "unknown": "UNKNOWN, so that nothing is read",
    }[event.charset_from]
    lines = line(indent, f"{visible(event.method)} {visible(target)}", event.where)
    lines += line(indent, f"Content-Type  {visible(event.content_type) or '(none)'}")
    lines += line(indent, f"charset       {visible(event.charset)} ({said_by})")
    if not event.is_lossless:
        lines += line(indent, "              WARNING: bytes that this charset does not have were read as U+FFFD")
    lines += line(indent, f"message type  {kind}")
    lines += block(indent, event.text)
    for name, value in event.variables.items():
        lines += line(indent, f"${{{visible(name)}}} = {quoted(value)}")
    return lines


def _responded(event: Responded, indent: int) -> list[str]:
    lines = line(indent, f"mode {event.mode}, {_words(event.priority)}", event.where)
    lines += line(indent, f"status {event.status}")
    for name, value in event.headers:
        lines += line(indent, f"{name}: {visible(value)}")
    if event.fault is not None:
        return lines + _fault(event.fault, indent)
    return lines + _data(event.body, indent)


def _ended(event: Ended, indent: int) -> list[str]:
    lines = ["", f"OUTCOME {event.outcome}"]
    if event.fault is not None:
        lines += _fault(event.fault, indent)
    for one in event.notifications:
        level = "critical notification" if one.critical else "notification"
        lines += line(indent, f"{level} {quoted(one.text)}", one.where)
    return lines


def _fault(fault: Fault, indent: int) -> list[str]:
    return line(indent, f"fault {fault.kind} in stage {fault.stage}: {visible(fault.message)}")


# --- filters ---------------------------------------------------------------------------------------------------------


def _term(event: TermAsked, indent: int) -> list[str]:
    relation = ("not " if event.negated else "") + _words(event.comparer)
    text = f"{_verdict(event.verdict):<6} {_operand(event.left)} {relation}"
    if event.right is not None and event.comparer not in _ASK_ONE:
        text += f" {_operand(event.right)}"
    if event.case_sensitive:
        text += " (case counts)"
    return line(indent, text, event.where) + _error(event.error, indent)


def _decided(event: FiltersDecided, indent: int) -> list[str]:
    return line(indent, f"{_verdict(event.verdict):<6} = {_fold(event.terms)}", event.where)


def _fold(terms: tuple[Term, ...]) -> str:
    """Return a list of verdicts as it folds: ``(true And false) Or true``, with ``-`` for what was not asked."""
    groups: dict[int, list[Term]] = {}
    for term in terms:
        groups.setdefault(term.group, []).append(term)
    text = ""
    for number, members in enumerate(groups.values()):
        inside = "".join(f"{_verdict(term.verdict)} {term.joined_by} " for term in members[:-1]) + _verdict(
            members[-1].verdict
        )
        joined = "" if number == len(groups) - 1 else f" {members[-1].joined_by} "
        text += (f"({inside})" if len(groups) > 1 else inside) + joined
    return text


def _verdict(verdict: bool | None) -> str:
    return "-" if verdict is None else str(verdict).lower()


# --- actions ---------------------------------------------------------------------------------------------------------


def _action(event: ActionRun, indent: int) -> list[str]:
    lines = line(indent, event.action, event.where)
    for operand in event.read:
        lines += line(indent + STEP, f"read   {_operand(operand)}")
    for written in event.written:
        lines += line(indent + STEP, _written(written))
    return lines + _error(event.error, indent + STEP)


def _written(written: Written) -> str:
    place = f"{written.message} {visible(written.path)}".strip() if written.message else f"${{{visible(written.path)}}}"
    if written.after is None:
        return f"wrote  {place}: nothing, it is built in"
    if written.message and not written.path:
        return f"wrote  a line to {place}: {quoted(written.after)}"
    before = "" if written.before is None else f" (was {quoted(written.before)})"
    return f"wrote  {place} = {quoted(written.after)}{before}"


def _operand(operand: Operand) -> str:
    values = ", ".join(map(quoted, operand.values))
    if not operand.message:
        authored = quoted(operand.path)
        return values if values and "${" not in operand.path else f"{authored} = {values}" if values else authored
    place = f"{operand.message} {visible(operand.path)}".rstrip()
    return f"{place} = {values}" if operand.values else place


def _loop(event: LoopBegan, indent: int) -> list[str]:
    passes = "1 pass" if event.passes == 1 else f"{event.passes} passes"
    text = f"ForEach {event.message} {visible(event.path)}: {passes}"
    return line(indent, text, event.where) + _error(event.error, indent)


def _error(error: str, indent: int) -> list[str]:
    return line(indent, f"FAILED {visible(error)}") if error else []


# --- activities ------------------------------------------------------------------------------------------------------


def _message(event: MessageBuilt, indent: int) -> list[str]:
    lines = line(indent, f"{visible(event.message)}, from its template", event.where)
    return lines + (_error(event.error, indent) or block(indent, event.text))


def _call(event: CallMade, indent: int) -> list[str]:
    if event.call is None:
        return _error(event.error, indent)
    lines = _CALLS[type(event.call)](event.call, indent + STEP)
    return line(indent, f"call ({event.kind})", event.where) + lines


def _http(call: HttpCall, indent: int) -> list[str]:
    lines = line(indent, f"{call.method} {visible(call.url)}")
    for name, value in call.headers:
        lines += line(indent, f"{visible(name)}: {visible(value)}")
    match call.credentials:
        case BasicCredentials(user_name=name, password=password):
            lines += line(indent, f"Basic credentials: {quoted(name)}, {quoted(password)}")
        case OAuthCredentials(token_endpoint=endpoint, client_id=name, client_secret=secret):
            lines += line(indent, f"OAuth 2 token from {visible(endpoint)}: {quoted(name)}, {quoted(secret)}")
    if call.certificate_thumbprint:
        lines += line(indent, f"client certificate {visible(call.certificate_thumbprint)}")
    if call.proxy.use == "manual":
        lines += line(indent, f"proxy {visible(call.proxy.address)}")
    return lines + ([] if call.body is None else _data(call.body, indent))


def _file(call: FileWrite, indent: int) -> list[str]:
    lines = line(indent, f"{'append to' if call.append else 'write'} {quoted(call.path, 200)}")
    if call.header:
        lines += line(indent, "header of a new file") + _data(call.header, indent)
    if call.move_into is not None:
        lines += line(indent, f"moved into {quoted(call.move_into, 200)} after {call.max_records} records")
    return lines + _data(call.data, indent)


def _database(call: DatabaseCall, indent: int) -> list[str]:
    lines = line(indent, f"database {quoted(call.target.file, 200)}")
    lines += block(indent, call.sql)
    for name, value in call.parameters:
        lines += line(indent, f"{visible(name)} = {quoted(value)}")
    return lines


def _replied(event: Replied, indent: int) -> list[str]:
    if event.origin == "none":
        return line(indent, f"reply  {_NOT_PERFORMED}")
    said = "given by --reply" if event.origin == "given" else "performed"
    if event.fault is not None:
        return line(indent, f"reply  {said}") + _fault(event.fault, indent + STEP)
    if event.reply is None:
        return line(indent, f"reply  {said}")
    if event.reply.row is not None:
        return line(indent, f"reply  {said}: row {visible(repr(event.reply.row))}")
    return line(indent, f"reply  {said}: status {event.reply.status}") + _data(event.reply.body, indent + STEP)


def _stored(event: ReplyStored, indent: int) -> list[str]:
    if event.error:
        return _error(event.error, indent)
    return [] if event.text is None else line(indent, f"stored {quoted(event.text)} as its response")


def _data(data: bytes, indent: int) -> list[str]:
    try:
        return block(indent, data.decode())
    except UnicodeDecodeError:
        return line(indent, f"{len(data)} bytes that are no UTF-8 text: {data[:16].hex(' ')}…")


def _words(name: str) -> str:
    """
    Return the name of an enumeration's member as words.

    >>> _words("STARTS_WITH")
    'starts with'
    """
    return name.lower().replace("_", " ")


_CALLS: Final[Mapping[type, Callable[[Any, int], list[str]]]] = MappingProxyType(
    {HttpCall: _http, FileWrite: _file, DatabaseCall: _database}
)
_SHOWN: Final[Mapping[type[Event], Callable[[Any, int], list[str]]]] = MappingProxyType(
    {
        RequestRead: _request,
        TermAsked: _term,
        FiltersDecided: _decided,
        ActionRun: _action,
        ConditionalBegan: lambda event, indent: line(indent, "BeginConditional", event.where),
        ConditionDecided: lambda event, indent: line(indent, "entered" if event.entered else "jumped over"),
        LoopBegan: _loop,
        LoopPass: lambda event, indent: line(indent, f"pass {event.number} of {event.passes}"),
        ActivityBegan: lambda event, _: ["", *line(0, f"ACTIVITY {visible(event.activity)}", event.where)],
        MessageBuilt: _message,
        ActivitySkipped: lambda _, indent: line(indent, "skipped: its filters keep this message from it"),
        CallMade: _call,
        Replied: _replied,
        ReplyStored: _stored,
        Responded: _responded,
        Ended: _ended,
    }
)
