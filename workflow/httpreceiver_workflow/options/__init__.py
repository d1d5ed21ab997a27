"""
What an HttpReceiver says beside its workflow: the fields of `spec` that change how requests are answered.

They travel with the workflow to whoever compiles it. The same structs check the shape of manifests, so a field that
stands here is in the CRD too.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from httpreceiver_workflow.options.answers import ErrorResponseOptions, ResponseOptions
from httpreceiver_workflow.options.auth import AuthAlternatives
from httpreceiver_workflow.options.compatibility import Compatibility
from httpreceiver_workflow.options.cors import CorsOptions
from httpreceiver_workflow.options.framing import CompressionOptions, Streaming
from httpreceiver_workflow.options.limits import NO_HOST_LIMITS, NO_LIMITS, HostLimits, ReceiverLimits
from httpreceiver_workflow.options.option import Option
from httpreceiver_workflow.options.request import RequestOptions
from httpreceiver_workflow.options.request_values import Correlation, Variables
from httpreceiver_workflow.options.route import RouteOptions
from httpreceiver_workflow.options.switch_mistakes import compatibility_mistakes
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem

__all__ = [
    "NO_OPTIONS",
    "Compatibility",
    "CompressionOptions",
    "CorsOptions",
    "ReceiverOptions",
    "RequestOptions",
    "RouteOptions",
    "Streaming",
    "read_host_limits",
    "read_options",
]

Known = TypeVar("Known", bound=Option)

_PLACE: Final = re.compile(r"^(?P<message>.*) - at `\$(?P<where>.*)`$")


class ReceiverOptions(Option, frozen=True, kw_only=True):
    """
    Attributes:
        route: which requests below ServiceName it takes.
        cors: which pages of other origins may call it; None for none.
        limits: how much it takes, and for how long.
        request: how the bytes of a request's body are read.
        streaming: how the end of an answer's body is told.
        compression: which answers are compressed for callers that accept it; None for none.
        auth: who may call it, beside what the workflow asks for; the first alternative that fits lets a caller in.
        compatibility: how the doubtful points of the contract are read.
        variables: set in this order before the receiver's filters.
        response: what a completed run answers; None leaves it to the workflow.
        error_response: what an errored run answers; None leaves it to the workflow.
        correlation: whether the correlation id and the trace context travel with the request.
    """

    route: RouteOptions = RouteOptions()
    cors: CorsOptions | None = None
    limits: ReceiverLimits = NO_LIMITS
    request: RequestOptions = RequestOptions()
    streaming: Streaming = Streaming.AUTO
    compression: CompressionOptions | None = None
    auth: AuthAlternatives = ()
    compatibility: Compatibility = Compatibility()
    variables: Variables = ()
    response: ResponseOptions | None = None
    error_response: ErrorResponseOptions | None = None
    correlation: Correlation = Correlation()


NO_OPTIONS: Final = ReceiverOptions()


def read_options(spec: Mapping[str, Any]) -> tuple[ReceiverOptions, tuple[Problem, ...]]:
    """
    Return the options in the `spec` of an HttpReceiver, and what of them is not understood.

    Other fields of `spec` are passed over. The API server has checked all of them, so a mistake here means that the
    CRD is of another version.
    """
    fields = ReceiverOptions.__struct_encode_fields__
    options = {field: spec[field] for field in fields if spec.get(field) is not None}
    if mistakes := [*compatibility_mistakes(options.get("compatibility", {}))]:
        return NO_OPTIONS, tuple(
            Problem(f"spec.compatibility{at}", ProblemCode.OPTION_INVALID, what) for at, what in mistakes
        )
    found, problems = _converted(options, ReceiverOptions, "spec")
    return found or NO_OPTIONS, problems


def read_host_limits(spec: Mapping[str, Any]) -> tuple[HostLimits, tuple[Problem, ...]]:
    """Return `limits` in the `spec` of a ReceiverHost, and what of it is not understood."""
    found, problems = _converted(spec.get("limits") or {}, HostLimits, "spec.limits")
    # They are told to the receivers of the host, whose own limits these are not.
    told = (Problem(one.where, one.code, f"Of the ReceiverHost: {one.message}") for one in problems)
    return found or NO_HOST_LIMITS, tuple(told)


def _converted(value: Mapping[str, Any], to: type[Known], where: str) -> tuple[Known | None, tuple[Problem, ...]]:
    try:
        return msgspec.convert(value, to), ()
    except msgspec.ValidationError as error:
        place = _PLACE.match(str(error))
        at, message = (place["where"], place["message"]) if place else ("", str(error))
        return None, (Problem(f"{where}{at}", ProblemCode.OPTION_INVALID, f"{message.rstrip('.')}."),)
