"""`route`: which requests below ServiceName are the receiver's. Their meaning is in `routes`."""

from typing import Annotated

import msgspec

from httpreceiver_workflow.options.option import Option

Method = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern="^[A-Z][-_A-Z0-9]*$")]
Hostname = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=253,
        pattern=r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    ),
]


class RouteOptions(Option, frozen=True, kw_only=True):
    """
    Attributes:
        path: template below ServiceName, with ``{name}`` and ``*``; None for the contract's prefix rule.
        methods: the only ones taken; empty for all.
        hostnames: the only ones listened to, exact or ``*.suffix``; empty for all.
    """

    path: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    methods: Annotated[tuple[Method, ...], msgspec.Meta(max_length=32)] = ()
    hostnames: Annotated[tuple[Hostname, ...], msgspec.Meta(max_length=16)] = ()
