"""
What each name under `attributes` reads, and its type: plain values, as an expression takes them.

A multimap is two names: `queryParams` has the first value of each key, `queryParams.all` the list of its values. Keys
of query parameters keep their letter case, headers have lower-case keys.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, unquote

from httpreceiver_workflow.pipeline.attributes import Attributes
from httpreceiver_workflow.pipeline.effects import FaultKind, InboundRequest
from httpreceiver_workflow.pipeline.exchange import Exchange

_UNDECODABLE: Final = re.compile("[\ud800-\udfff]")

AttributeValue = str | dict[str, str] | dict[str, list[str]]


class AttributeType(Enum):
    """What an attribute is to an expression."""

    TEXT = auto()
    MAP = auto()
    LISTS = auto()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One name under `attributes`: its type, and how it is read."""

    type: AttributeType
    read: Callable[[InboundRequest, Attributes], AttributeValue]


def read_attribute(attribute: Attribute, exchange: Exchange) -> AttributeValue:
    """
    Return the value of *attribute*.

    A target that no expression can read in full is a fault: half a value must not pass for the whole.
    """
    request = exchange.request
    if request.attributes is None:
        raise RuntimeError("the driver gave no attributes to a pipeline that reads them")
    if not _is_readable(request.query) or not _is_readable(request.attributes.raw_path):
        message = "the request's target holds a NUL or bytes that are not UTF-8, which no expression reads"
        raise exchange.failing(FaultKind.BAD_REQUEST, message)
    return attribute.read(request, request.attributes)


def _is_readable(raw: str) -> bool:
    """Whether *raw*, part of a target, has neither an escaped NUL, where texts would be cut, nor undecodable bytes."""
    if "%00" in raw:
        return False
    return raw.isascii() or not _UNDECODABLE.search(raw)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _first(grouped: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in grouped.items()}


def _query(request: InboundRequest) -> dict[str, list[str]]:
    return _grouped(parse_qsl(request.query, keep_blank_values=True))


def _headers(attributes: Attributes) -> dict[str, list[str]]:
    return _grouped((name.lower(), value) for name, value in attributes.headers)


def _text(read: Callable[[InboundRequest, Attributes], str]) -> Attribute:
    return Attribute(AttributeType.TEXT, read)


def _map(read: Callable[[InboundRequest, Attributes], dict[str, str]]) -> Attribute:
    return Attribute(AttributeType.MAP, read)


def _lists(read: Callable[[InboundRequest, Attributes], dict[str, list[str]]]) -> Attribute:
    return Attribute(AttributeType.LISTS, read)


def _request_uri(request: InboundRequest, attributes: Attributes) -> str:
    return f"{attributes.raw_path}?{request.query}" if request.query else attributes.raw_path


ATTRIBUTES: Final[Mapping[str, Attribute]] = MappingProxyType(
    {
        "method": _text(lambda request, _: request.method),
        "scheme": _text(lambda _, attributes: attributes.scheme),
        "version": _text(lambda _, attributes: attributes.version),
        "listenerPath": _text(lambda _, attributes: attributes.listener_path),
        "requestPath": _text(lambda _, attributes: unquote(attributes.raw_path)),
        "rawRequestPath": _text(lambda _, attributes: attributes.raw_path),
        "relativePath": _text(lambda request, _: "/" + unquote(request.rest)),
        "requestUri": _text(_request_uri),
        "queryString": _text(lambda request, _: request.query),
        "queryParams": _map(lambda request, _: _first(_query(request))),
        "queryParams.all": _lists(lambda request, _: _query(request)),
        "headers": _map(lambda _, attributes: _first(_headers(attributes))),
        "headers.all": _lists(lambda _, attributes: _headers(attributes)),
        "uriParams": _map(lambda _, attributes: dict(attributes.uri_params)),
        "remoteAddress": _text(lambda _, attributes: attributes.remote_address),
        "clientName": _text(lambda request, _: request.client_name),
        "localAddress": _text(lambda _, attributes: attributes.local_address),
        "clientCertificate": _map(lambda _, attributes: dict(attributes.client_certificate)),
    }
)
"""By name, in the order documentation lists them."""
