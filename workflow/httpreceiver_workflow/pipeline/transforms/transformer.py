"""
Transformers: an ordered list of actions compiled to instructions (contract 5).

Blocks are paired while compiling: ForEach with Next, BeginConditional with EndConditional, by nesting. What a single
action does is in `actions`.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from httpreceiver_workflow.contract.enums import Direction
from httpreceiver_workflow.contract.list_settings import (
    Action,
    BeginConditional,
    Comment,
    CreateMapping,
    CreateParameter,
    CreateVariable,
    CustomTransform,
    EndConditional,
    ForEach,
    Next,
)
from httpreceiver_workflow.contract.setting_parts import Target
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.pipeline.bindings import fixed_path, locate, readable, variable_name
from httpreceiver_workflow.pipeline.code.steps import runs_code
from httpreceiver_workflow.pipeline.exchange import Exchange, Instruction
from httpreceiver_workflow.pipeline.filters.predicate import compile_filters
from httpreceiver_workflow.pipeline.scope import LoopFrame, Scope
from httpreceiver_workflow.pipeline.transforms.actions import compile_leaf
from httpreceiver_workflow.pipeline.transforms.copies import together
from httpreceiver_workflow.pipeline.variables import FOR_EACH_ITERATOR
from httpreceiver_workflow.problem_codes import ProblemCode

DEEPEST_BLOCK: Final = 100
"""Deepest nesting of loops and conditions; each level is a call inside a call."""


class _AnyName(frozenset[str]):
    """All names there are: code may set any variable, since `VariableNames` binds it to nothing."""

    def __contains__(self, name: object) -> bool:
        return True


_ANY_NAME: Final = _AnyName()


def assigned_variables(actions: Sequence[Action]) -> Collection[str]:
    """Return the lower-case names that *actions* may set: placeholders of these wait for the list (contract 5.5)."""
    if runs_code(actions):
        return _ANY_NAME
    return {name.lower() for action in actions if (name := assigned_variable(action)) is not None}


def assigned_variable(action: Action) -> str | None:
    """Return the name of the variable that *action* sets, as written; None for every other action, and for code."""
    match action:
        case CreateVariable() | CreateParameter():
            return action.name
        case CustomTransform():
            return action.output
        case CreateMapping(target=Target(direction=Direction.VARIABLE)):
            return variable_name(action.target.path)
        case ForEach():
            return FOR_EACH_ITERATOR
        case _:
            return None


def compile_actions(actions: Sequence[Action], scope: Scope) -> tuple[Instruction, ...]:
    """Compile *actions*, which write to the scope's target."""
    too_deep = _nested_too_deep(actions)
    if too_deep is not None:
        message = f"Blocks are nested deeper than {DEEPEST_BLOCK} levels."
        scope.report(too_deep.where, ProblemCode.NESTED_TOO_DEEP, message)
        return ()
    return tuple(_compile_block(iter(actions), None, scope))


def _nested_too_deep(actions: Sequence[Action]) -> Action | None:
    """Return the first action that opens a block deeper than a run can follow."""
    open_blocks: list[Action] = []
    for action in actions:
        if isinstance(action, BeginConditional | ForEach):
            open_blocks.append(action)
        elif open_blocks and _closes(action, open_blocks[-1]):
            open_blocks.pop()
        if len(open_blocks) > DEEPEST_BLOCK:
            return action
    return None


def _closes(action: Action, opening: Action | None) -> bool:
    match action:
        case EndConditional():
            return isinstance(opening, BeginConditional)
        case Next():
            return isinstance(opening, ForEach)
        case _:
            return False


def _compile_block(remaining: Iterator[Action], opening: Action | None, scope: Scope) -> list[Instruction]:
    """Compile up to the action that closes *opening*, or to the end."""
    instructions: list[Instruction] = []
    for action in remaining:
        if _closes(action, opening):
            return together(instructions, scope.formats)
        match action:
            case EndConditional() | Next():
                kind = type(action).__name__
                scope.report(action.where, ProblemCode.BLOCK_UNOPENED, f"{kind} closes no block that is open here.")
            case BeginConditional():
                instructions.append(_conditional(remaining, action, scope))
            case ForEach():
                instructions.append(_for_each(remaining, action, scope))
            case Comment():
                pass
            case _:
                leaf = compile_leaf(action, scope)
                whole = _retrying(leaf) if scope.waits else leaf
                instructions.append(scope.tracer.action(action, scope.target, whole))
    if isinstance(opening, ForEach):
        scope.report(opening.where, ProblemCode.BLOCK_UNCLOSED, "ForEach has no Next.")
    elif isinstance(opening, BeginConditional):
        scope.report(opening.where, ProblemCode.CONDITIONAL_UNCLOSED, "BeginConditional has no EndConditional.")
    return together(instructions, scope.formats)


def _retrying(instruction: Instruction) -> Instruction:
    """
    Run again with the waiting placeholders expanded when the message does not parse with their markers in it.

    Contract 5.5 step 3: a placeholder may stand where only its value makes the text well-formed.
    """

    def run(exchange: Exchange) -> None:
        try:
            instruction(exchange)
        except MessageFault:
            if exchange.pending is None:
                raise
            exchange.pending.expand(exchange)
            instruction(exchange)

    return run


def _conditional(remaining: Iterator[Action], action: BeginConditional, scope: Scope) -> Instruction:
    predicate = scope.tracer.condition(action, compile_filters(action.filters, scope))
    block = tuple(_compile_block(remaining, action, scope))

    def run(exchange: Exchange) -> None:
        if predicate is None or predicate(exchange):
            for instruction in block:
                instruction(exchange)

    return scope.tracer.block(action, run)


def _for_each(remaining: Iterator[Action], action: ForEach, scope: Scope) -> Instruction:
    location = locate(action.source, action.where, scope, repeats=True)
    if location is None:
        scope.report(action.where, ProblemCode.PATH_MALFORMED, "ForEach needs a place in a message, not a variable.")
        _compile_block(remaining, action, scope)
        return lambda _: None
    depth = len(scope.loops)
    frame = LoopFrame(location.slot, depth, action.source.path, fixed_path(action.source, location.slot, scope))
    body = tuple(_compile_block(remaining, action, scope.inside(frame)))
    block = scope.tracer.loop_body(action, depth, body)
    path = location.path

    def passes(exchange: Exchange) -> int:
        message = location.message(exchange)
        return 0 if message is None else message.count(exchange.loop_prefixes[depth])

    count = scope.tracer.passes(action, location.slot, readable(passes, location.slot, scope))

    def run(exchange: Exchange) -> None:
        indexes, prefixes = exchange.loop_indexes, exchange.loop_prefixes
        exchange.loop_prefixes = (*prefixes, path(exchange))
        exchange.loop_indexes = running = [*indexes, 0]
        outer = exchange.variables.get(FOR_EACH_ITERATOR)
        try:
            for index in range(1, count(exchange) + 1):
                running[depth] = index
                exchange.variables[FOR_EACH_ITERATOR] = str(index)
                for instruction in block:
                    instruction(exchange)
        finally:
            exchange.loop_indexes, exchange.loop_prefixes = indexes, prefixes
        if depth and outer is not None:
            exchange.variables[FOR_EACH_ITERATOR] = outer

    return scope.tracer.block(action, run)
