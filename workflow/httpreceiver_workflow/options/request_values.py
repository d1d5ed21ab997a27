"""What an HttpReceiver makes of a request before its workflow sees it: `variables` and `correlation`."""

from typing import Annotated

import msgspec

from httpreceiver_workflow.options.option import Option

Authored = Annotated[str, msgspec.Meta(max_length=4096)]
"""A value, a template with ``${…}``, or one ``#[expression]``."""


class Variable(Option, frozen=True, kw_only=True):
    """
    An item of `variables`.

    Attributes:
        name: the workflow reads it as ``${name}``; letter case does not matter.
        value: what it is set to.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    value: Authored


Variables = Annotated[tuple[Variable, ...], msgspec.Meta(max_length=64)]


class Correlation(Option, frozen=True, kw_only=True):
    """
    `correlation`.

    Attributes:
        enabled: the id and the W3C trace context are logged and passed on, and the id is returned.
    """

    enabled: bool = False
