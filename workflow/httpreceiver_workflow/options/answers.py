"""What an HttpReceiver answers in the place of its workflow's own response: `response` and `errorResponse`."""

from typing import Annotated

import msgspec

from httpreceiver_workflow.options.option import Option
from httpreceiver_workflow.options.request_values import Authored

LOWEST_STATUS = 200
HIGHEST_STATUS = 599

Status = Annotated[int, msgspec.Meta(ge=LOWEST_STATUS, le=HIGHEST_STATUS)]


class Header(Option, frozen=True, kw_only=True):
    """
    An item of `headers`; several may have one name.

    Attributes:
        value: a list that an expression gives becomes one header per item, null none.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=253, pattern="^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")]
    value: Authored


class ResponseOptions(Option, frozen=True, kw_only=True):
    """`response`: what is not given stays as the workflow answers it."""

    status_code: Status | Authored | None = None
    reason_phrase: Authored | None = None
    headers: Annotated[tuple[Header, ...], msgspec.Meta(max_length=64)] = ()
    body: Annotated[str, msgspec.Meta(max_length=65536)] | None = None
    content_type: Authored | None = None


class StatusByKind(Option, frozen=True, kw_only=True, rename="pascal"):
    """`statusByKind`: the kinds of faults that a run can end with, as logs, metrics and problem bodies spell them."""

    bad_request: Status | None = None
    expression: Status | None = None
    transformation: Status | None = None
    connectivity: Status | None = None
    activity_timeout: Status | None = None
    activity_failed: Status | None = None
    workflow: Status | None = None


class ErrorResponseOptions(ResponseOptions, frozen=True, kw_only=True):
    """`errorResponse`: the same for errored runs; the status of the kind comes before `statusCode`."""

    status_by_kind: StatusByKind = StatusByKind()
