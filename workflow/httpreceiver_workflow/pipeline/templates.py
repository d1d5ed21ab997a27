"""
Templates: text with ``${…}`` placeholders, compiled to a function of the exchange.

Only placeholders of the authored text are ever expanded; what comes out of a request is data (contract 5.5).
"""

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.messages.message import Message, MessageFormat
from httpreceiver_workflow.options.compatibility import FormattedVariables, TemplateVariables, UnsetVariable
from httpreceiver_workflow.pipeline.data_tables import compile_row_read, is_data_table
from httpreceiver_workflow.pipeline.exchange import Build, Exchange, Pending, Text
from httpreceiver_workflow.pipeline.formatting.formats import ModifierProblem, compile_modifiers, settle_unknown
from httpreceiver_workflow.pipeline.formatting.placeholders import MessagePlaceholder, Placeholder, parse_template
from httpreceiver_workflow.pipeline.host_reads import HostProblem
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.variables import (
    INSTANCE_IDS,
    WORKFLOW_INSTANCE_ID,
    is_built_in,
    read_variable,
    unformatted,
)
from httpreceiver_workflow.problem_codes import ProblemCode

_DOLLAR_PARENTHESIS: Final = re.compile(r"\$\(([^)]*)\)")


def constant(text: str) -> Text:
    """Return the template that is always *text*."""
    return lambda _: text


def joined(parts: list[str | Text]) -> Text:
    """Return the template that joins *parts*, in as few calls as the parts allow."""
    if not parts:
        return constant("")
    if len(parts) == 1:
        only = parts[0]
        return constant(only) if isinstance(only, str) else only
    # One %-format over the dynamic pieces: constants cost nothing per request.
    pattern = "".join([part.replace("%", "%%") if isinstance(part, str) else "%s" for part in parts])
    pieces = [part for part in parts if not isinstance(part, str)]
    if not pieces:
        return constant("".join([part for part in parts if isinstance(part, str)]))
    if len(pieces) == 1:
        only_piece = pieces[0]
        return lambda exchange: pattern % only_piece(exchange)
    return lambda exchange: pattern % tuple([piece(exchange) for piece in pieces])


def compile_template(text: str, where: str, scope: Scope) -> Text:
    """
    Compile *text*; problems are reported at *where*.

    Returns:
        A function of the exchange; a template without placeholders costs nothing per request.
    """
    return joined([_compile_part(part, where, scope) for part in _parts(text, where, scope)])


def is_constant(text: str) -> bool:
    """Whether *text* holds no placeholder."""
    return "${" not in text or all(isinstance(part, str) for part in parse_template(text).parts)


def compile_file_path(text: str, where: str, scope: Scope) -> Text:
    """Compile a file path, where ``$(Name)`` is read too if the variable exists (contract 6.1)."""
    parts: list[str | Text] = []
    for part in _parts(text, where, scope):
        if not isinstance(part, str):
            parts.append(_compile_part(part, where, scope))
            continue
        pieces = _DOLLAR_PARENTHESIS.split(part)
        for position, piece in enumerate(pieces):
            parts.append(piece if position % 2 == 0 else _variable_if_set(piece, where, scope))
    return joined(parts)


def _variable_if_set(name: str, where: str, scope: Scope) -> Text:
    key, value = name.lower(), scope.global_value(name, where)
    otherwise = f"$({name})" if value is None else value
    return lambda exchange: exchange.variables.get(key, otherwise)


def expand_credential(text: str, where: str, scope: Scope) -> str:
    """
    Return a user name or password: a lone ``${Name}`` stands for that global variable, any other text for itself.

    A name that no global variable has is a problem, and an empty one too: neither the text of the placeholder nor
    nothing must become a password.
    """
    parts = parse_template(text.strip()).parts
    part = parts[0] if len(parts) == 1 else ""
    if not isinstance(part, Placeholder):
        return text
    try:
        value = scope.host.global_value(part.key)
    except HostProblem as problem:
        scope.report(where, problem.code, str(problem))
        return ""
    if not value:
        lack = "no global variable" if value is None else "an empty global variable"
        message = f"{part.written} names {lack}, which cannot be a user name or password."
        scope.report(where, ProblemCode.GLOBAL_VARIABLE_UNKNOWN, message)
        return ""
    modify = _modifiers(part, where, scope)
    return value if modify is None else modify(value)


class MessageTemplate:
    """
    A message's template: how to make the message, and which of its placeholders wait for the list that follows.

    Attributes:
        build: makes the message, puts it into its slot and returns it.
        waits: whether there are such placeholders.
    """

    def __init__(
        self, text: str, where: str, slot: int, scope: Scope, assigned: Collection[str], *, is_final: bool = False
    ) -> None:
        """
        Compile *text* into the message of *slot*.

        Args:
            assigned: lower-case names of variables that the list about to run may set; their placeholders wait.
            is_final: nothing writes to any message once this one is made, so that a whole one need not be cloned.
        """
        self._slot = slot
        self._format: MessageFormat = scope.formats[slot]
        waits = WAITING[scope.compatibility.template_variables]
        parts = _parts(text, where, scope)
        compiled = [_compile_part(part, where, scope) for part in parts]
        self._render = joined(compiled)
        self._pieces = [
            (
                constant(piece) if isinstance(piece, str) else piece,
                isinstance(part, Placeholder) and waits(part, assigned),
            )
            for piece, part in zip(compiled, parts, strict=True)
        ]
        self.waits = any(waits for _, waits in self._pieces)
        whole = _whole_message(parts, self._format, scope)
        build = self._builder() if whole is None else _whole(whole, slot, self._format, is_final=is_final)
        self.build: Build = scope.tracer.message(slot, build)

    def _builder(self) -> Build:
        slot, parse, render = self._slot, self._format.parse, self._render

        def build(exchange: Exchange) -> Message:
            message = exchange.messages[slot] = parse(render(exchange))
            return message

        return self._build_waiting if self.waits else build

    def _build_waiting(self, exchange: Exchange) -> Message:
        nonce = exchange.request.new_uuid().replace("-", "")
        markers: list[tuple[str, Text]] = []
        texts: list[str] = []
        for piece, waits in self._pieces:
            if waits:
                # Letters and digits only: no message type escapes them, and no request can guess them.
                marker = f"x{nonce}x{len(markers)}x"
                markers.append((marker, piece))
                texts.append(marker)
            else:
                texts.append(piece(exchange))
        exchange.pending = Pending(self._slot, self._format.parse, markers)
        message = exchange.messages[self._slot] = self._format.parse("".join(texts))
        return message


def _whole(source: int, target: int, own: MessageFormat, *, is_final: bool) -> Build:
    """Return what makes the message of slot *target* of the whole one of slot *source*; empty while that is missing."""

    def build(exchange: Exchange) -> Message:
        messages = exchange.messages
        message = messages.get(source)
        if message is None:
            message = own.parse("")
        elif not is_final:
            message = message.clone()
        messages[target] = message
        return message

    return build


def finish(exchange: Exchange) -> None:
    """Expand the placeholders that waited for the list; call it when the list has run."""
    if exchange.pending is not None:
        exchange.pending.expand(exchange)


def _parts(text: str, where: str, scope: Scope) -> tuple[str | Placeholder | MessagePlaceholder, ...]:
    template = parse_template(text)
    if template.unclosed:
        scope.report(where, ProblemCode.TEMPLATE_MALFORMED, "A ${ has no closing brace and stays as written.")
    return template.parts


def _compile_part(part: str | Placeholder | MessagePlaceholder, where: str, scope: Scope) -> str | Text:
    if isinstance(part, str):
        return part
    if isinstance(part, MessagePlaceholder):
        return _whole_text(part, where, scope)
    return _placeholder(part, where, scope)


def _placeholder(part: Placeholder, where: str, scope: Scope) -> Text:
    compatibility = scope.compatibility
    try:
        part = settle_unknown(part, compatibility.unknown_modifier)
    except ModifierProblem as problem:
        scope.report(where, problem.code, f"{part.written}: {problem}")
    modify = _modifiers(part, where, scope)
    read = _row_or_variable(part, where, scope)
    if modify is not None and compatibility.formatted_variables is FormattedVariables.FORMATTED_ONCE:
        read = unformatted(part.key, read)
    changed = read if modify is None else _modified(read, modify)
    if compatibility.unset_variable is UnsetVariable.AS_WRITTEN and _may_be_unset(part, where, scope):
        return lambda exchange: changed(exchange) if part.key in exchange.variables else part.written
    return changed


def _may_be_unset(part: Placeholder, where: str, scope: Scope) -> bool:
    if is_data_table(part.name) or is_built_in(part.key):
        return False
    return scope.global_value(part.key, where) is None


def _row_or_variable(part: Placeholder, where: str, scope: Scope) -> Text:
    if is_data_table(part.name):
        try:
            return compile_row_read(part.name, scope)
        except HostProblem as problem:
            scope.report(where, problem.code, f"{part.written}: {problem}")
            return constant("")
    if part.key == WORKFLOW_INSTANCE_ID:
        return INSTANCE_IDS[scope.compatibility.instance_ids]
    value = None if is_built_in(part.key) else scope.global_value(part.key, where)
    return read_variable(part.key, formatted=bool(part.format), workflow_name=scope.workflow_name, fallback=value or "")


def _modifiers(part: Placeholder, where: str, scope: Scope) -> Callable[[str], str] | None:
    try:
        return compile_modifiers(part, scope.host.lookup, scope.compatibility)
    except (ModifierProblem, HostProblem) as problem:
        scope.report(where, problem.code, f"{part.written}: {problem}")
        return None


def _modified(read: Text, modify: Callable[[str], str]) -> Text:
    return lambda exchange: modify(read(exchange))


def _whole_text(part: MessagePlaceholder, where: str, scope: Scope) -> Text:
    slot = scope.slots.get((part.setting, part.direction))
    if slot is None:
        scope.report(where, ProblemCode.LINK_DANGLING, f"{part.written} names no receiver or activity of this file.")
        return constant("")

    def read(exchange: Exchange) -> str:
        message = exchange.messages.get(slot)
        return "" if message is None else message.text()

    return read


def _whole_message(
    parts: tuple[str | Placeholder | MessagePlaceholder, ...], own: MessageFormat, scope: Scope
) -> int | None:
    """Return the slot to take it from when the template is exactly one whole message of the same type."""
    if len(parts) != 1 or not isinstance(parts[0], MessagePlaceholder):
        return None
    slot = scope.slots.get((parts[0].setting, parts[0].direction))
    return slot if slot is not None and scope.formats[slot].type is own.type else None


WAITING: Final[Mapping[TemplateVariables, Callable[[Placeholder, Collection[str]], bool]]] = MappingProxyType(
    {
        TemplateVariables.ASSIGNED_LATE: lambda part, assigned: part.key in assigned,
        TemplateVariables.EARLY: lambda _part, _assigned: False,
        TemplateVariables.LATE: lambda _part, _assigned: True,
    }
)
"""Whether a placeholder of a message's template waits for the list that may set the variables given (contract A10)."""
