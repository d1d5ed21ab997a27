"""
C# code of a workflow: the action and the activity that run a Python override in its place (contract 5.2, 8.7).

Without an override that is pinned to exactly the C# text, the step is refused. What code sees is in `context`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from httpreceiver_workflow.contract.list_settings import Action, RunCode
from httpreceiver_workflow.contract.sender_settings import CodeSender
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.pipeline.code.context import CodeContext, CodeSite
from httpreceiver_workflow.pipeline.effects import Fault, FaultKind, Stage
from httpreceiver_workflow.pipeline.exchange import RESPONSE_SLOT, Exchange, ExchangeFault, Instruction
from httpreceiver_workflow.pipeline.host_reads import HostReads
from httpreceiver_workflow.pipeline.overrides import CodeFault, Override, OverrideBroken
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.resources import OVERRIDE_SUFFIX, code_digest

_MOST_NAMED: Final = 3
"""Overrides of other texts that a refusal names."""


def runs_code(actions: Sequence[Action]) -> bool:
    """Whether one of *actions* is code."""
    return any(isinstance(action, RunCode) for action in actions)


def compile_code_action(action: RunCode, scope: Scope) -> Instruction:
    """Compile *action*; whatever its override raises becomes a MessageFault that names the action."""
    override = _find_override(action.code, f"{action.where}.Code", scope)
    if override is None:
        return lambda _: None
    response_slot = RESPONSE_SLOT if scope.target == RESPONSE_SLOT else None
    site = _site(action.where, override, scope, response_slot, may_filter=response_slot is None)

    def run(exchange: Exchange) -> None:
        try:
            override.run(CodeContext(site, exchange))
        except CodeFault as fault:
            # Code may have had effects, so it must not be run again with the placeholders of its message expanded.
            exchange.pending = None
            raise MessageFault(f"the code at {action.where} failed in {fault}") from fault

    return run


def compile_code_sender(sender: CodeSender, scope: Scope) -> Callable[[Exchange], None]:
    """
    Return what performs *sender*, which leaves nothing to be performed outside the engine.

    With `UseResponse` the response is there before the code runs, its template as it is written (contract 8.7).
    Whatever the override raises becomes an ExchangeFault that names the activity.
    """
    override = _find_override(sender.code, f"{sender.where}.Code", scope)
    slot = next(place.response for place in scope.places if place.message == scope.target)
    parse, template = scope.formats[slot].parse, sender.response_template
    if override is None:
        return lambda _: None
    site = _site(sender.where, override, scope, slot, may_filter=False)

    def run(exchange: Exchange) -> None:
        if sender.uses_response:
            exchange.messages[slot] = parse(template)
        else:
            exchange.messages.pop(slot, None)
        try:
            override.run(CodeContext(site, exchange))
        except CodeFault as fault:
            message = f"the code of activity {sender.name or sender.id} failed in {fault}"
            raise ExchangeFault(Fault(FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY, message)) from fault

    return run


def begin_unfiltered(slot: int) -> Instruction:
    """Return what forgets that the activity of *slot* was filtered: one that is listed twice runs twice."""

    def run(exchange: Exchange) -> None:
        exchange.filtered = tuple(one for one in exchange.filtered if one != slot)

    return run


def _find_override(code: str, where: str, scope: Scope) -> Override | None:
    """Return the override that is pinned to *code*; None, after reporting, when there is none that can be used."""
    digest = code_digest(code)
    if digest in scope.overrides:
        return scope.overrides[digest]
    offered = scope.host.code_override(digest)
    if offered is None:
        scope.report(where, ProblemCode.CODE_NOT_SUPPORTED, _refusal(digest, scope.host))
        return None
    try:
        override = scope.overrides[digest] = Override(offered, where)
    except OverrideBroken as broken:
        scope.report(where, ProblemCode.CODE_OVERRIDE_BROKEN, str(broken))
        return None
    return override


def _refusal(digest: str, host: HostReads) -> str:
    message = f"This is C#, and no Python override is pinned to it; its file would be {digest}{OVERRIDE_SUFFIX}."
    others = [f"{name}{OVERRIDE_SUFFIX}" for name in host.code_override_names]
    if not others:
        return message
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    return f"{message} Those offered are pinned to other texts: {', '.join(others[:_MOST_NAMED])}{more}."


def _site(where: str, override: Override, scope: Scope, response_slot: int | None, *, may_filter: bool) -> CodeSite:
    named = HostReads(scope.host.named_in(override.literals))
    return CodeSite(where, replace(scope, host=named), response_slot, may_filter=may_filter)
