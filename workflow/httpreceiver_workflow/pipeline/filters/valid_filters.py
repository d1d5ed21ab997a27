"""
ValidMessageFilter: whether a whole message is well-formed for its type (contract 4.2).

The product may also apply a validation profile; their format is not published, so none is applied here.
"""

from httpreceiver_workflow.contract.enums import Direction, ValidComparer
from httpreceiver_workflow.contract.list_settings import ValidFilter
from httpreceiver_workflow.pipeline.exchange import Exchange, Predicate
from httpreceiver_workflow.pipeline.scope import Scope


def compile_valid_filter(item: ValidFilter, scope: Scope) -> Predicate:
    """Return the verdict of *item*, `Not` left out. A message that never came to be is not valid."""
    slot = scope.slots[item.setting, item.direction or Direction.INBOUND]
    wanted = item.comparer is ValidComparer.VALID
    waits = scope.waits and slot == scope.target

    def verdict(exchange: Exchange) -> bool:
        if waits and exchange.pending is not None:
            # Whether a template with markers in it is well-formed says nothing of the message.
            exchange.pending.expand(exchange)
        message = exchange.messages.get(slot)
        return (message is not None and message.is_valid()) is wanted

    return verdict
