"""`cors`: which pages of other origins a browser lets call the receiver. The listener answers their preflights."""

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from httpreceiver_workflow.options.option import Option
from httpreceiver_workflow.options.route import Method, RouteOptions
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem

ANY: Final = "*"

Origin = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=300,
        pattern=r"^(\*|[a-z][-+.a-z0-9]*://(\*\.)?[a-z0-9]([-.a-z0-9]*[a-z0-9])?(:[0-9]{1,5})?)$",
    ),
]
HeaderName = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^(\*|[-!#$%&'+.^_`|~0-9A-Za-z]+)$")]
HeaderNames = Annotated[tuple[HeaderName, ...], msgspec.Meta(max_length=64)]


class CorsOptions(Option, frozen=True, kw_only=True):
    """
    Attributes:
        allow_origins: each exact, ``*``, or with ``*.`` before the name for all below it.
        allow_methods: empty for all the receiver takes.
        allow_headers: further request headers; ``*`` for all but credentials.
        expose_headers: response headers a page may read.
        max_age_seconds: how long a browser may remember an answer to a preflight.
        allow_credentials: whether cookies and authorization may be sent.
    """

    allow_origins: Annotated[tuple[Origin, ...], msgspec.Meta(min_length=1, max_length=64)]
    allow_methods: Annotated[tuple[Method, ...], msgspec.Meta(max_length=32)] = ()
    allow_headers: HeaderNames = ()
    expose_headers: HeaderNames = ()
    max_age_seconds: Annotated[int, msgspec.Meta(ge=0, le=86400)] = 600
    allow_credentials: bool = False


def cors_problems(cors: CorsOptions | None, route: RouteOptions) -> Iterator[Problem]:
    """Yield what of *cors* a browser would not do as it reads."""
    if cors is None:
        return
    lists = (
        ("allowOrigins", cors.allow_origins),
        ("allowHeaders", cors.allow_headers),
        ("exposeHeaders", cors.expose_headers),
    )
    for field, values in lists:
        if cors.allow_credentials and ANY in values:
            message = f"{field} * is not possible together with allowCredentials."
            yield Problem(f"spec.cors.{field}", ProblemCode.CORS_CREDENTIALS_FOR_ALL, message)
    for number, method in enumerate(cors.allow_methods):
        if route.methods and method not in route.methods:
            message = f"{method} is not one of route.methods, so no page can use it."
            yield Problem(f"spec.cors.allowMethods[{number}]", ProblemCode.CORS_METHOD_NOT_ROUTED, message)
