"""
The OpenAPI document of one endpoint, in an order that depends on nothing but what it says.

What OpenAPI 3.1 has no words for is said by extensions, which docs/openapi.md explains: `x-any-method`,
`x-further-segments`, `x-additional-operations` and `x-at-hostnames`.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from httpreceiver_workflow.endpoint import Scheme
from httpreceiver_workflow.openapi.answers import Json
from httpreceiver_workflow.openapi.paths import Segment, Served, ServedPath, served_paths
from httpreceiver_workflow.openapi.receiver import Description
from httpreceiver_workflow.openapi.refusals import PROBLEM_SCHEMA, refusal_components
from httpreceiver_workflow.openapi.requests import section_parameter
from httpreceiver_workflow.routes import ANY_METHOD, WILDCARD

VERSION: Final = "3.1.0"
METHODS: Final = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")
"""Those that a path item of OpenAPI 3.1 has a place for, in its order."""
WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})
"""Methods whose bodies have no meaning that all software agrees on (RFC 9110, 9.3)."""
_STANDS_FOR_ANY: Final = ("POST", "PUT", "PATCH", "GET", "DELETE", "OPTIONS", "TRACE")
"""Which method a receiver is shown with that takes all: the first that no other has, and `*` where all are taken."""

ABOUT: Final = (
    "Letter case and one final slash of a path do not matter. HEAD is answered with 200 where it is not listed, and "
    "OPTIONS with the methods in Allow. Any other method that a path does not have is answered with 405 and Allow, "
    "unless the path has x-any-method."
)


def endpoint_document(scheme: Scheme, port: int, descriptions: Sequence[Description], host: str = "localhost") -> Json:
    """
    Return the document of the receivers in *descriptions*, which share *port*.

    Args:
        host: what callers who know no better put into the URL.
    """
    document = _Document(scheme, port)
    paths = {path.template: document.path_item(path) for path in served_paths(descriptions)}
    components: Json = {
        "schemas": {"Problem": PROBLEM_SCHEMA},
        "responses": refusal_components(name for one in document.shown for name in one.refusals),
    }
    schemes = {name: scheme for one in document.shown for name, scheme in one.schemes.items()}
    if schemes:
        components["securitySchemes"] = dict(sorted(schemes.items()))
    content: Json = {"paths": paths, "components": components}
    return {
        "openapi": VERSION,
        "info": {"title": f"Receivers on port {port}", "description": ABOUT, "version": _digest(content)},
        "servers": [document.server("{host}", {"host": {"default": host}})],
        "tags": [{"name": name} for name in sorted({one.name for one in document.shown})],
        **content,
    }


def _digest(content: Json) -> str:
    """Return what changes when, and only when, callers could notice a change."""
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:12]


class _Document:
    """
    The document while it is made.

    Attributes:
        shown: the receivers that answer anything, each time they do.
    """

    def __init__(self, scheme: Scheme, port: int) -> None:
        self._scheme = scheme
        self._port = port
        self._ids: set[str] = set()
        self.shown: list[Description] = []

    def server(self, host: str, variables: Json) -> Json:
        """Return the server object of *host*, which may hold variables."""
        url = f"{self._scheme.value}://{host}:{self._port}"
        return {"url": url, **({"variables": variables} if variables else {})}

    def path_item(self, path: ServedPath) -> Json:
        """Return the path item of *path*."""
        item: Json = {}
        if path.parameters:
            item["parameters"] = [_path_parameter(one) for one in path.parameters]
        # The first who takes a method, at every host if anybody does, stands at the path; others stand beside it.
        main: dict[str, Served] = {}
        for served in path.served:
            main.setdefault(served.method, served)
        others = [served for served in path.served if main[served.method] is not served]
        any_method = main.pop(ANY_METHOD, None)
        listed = {method: self._operation(served, method) for method, served in main.items()}
        if any_method is not None:
            method = next((one for one in _STANDS_FOR_ANY if one not in main), WILDCARD)
            listed[method] = self._operation(any_method, method)
            item["x-any-method"] = listed[method]["operationId"]
        if path.takes_more:
            item["x-further-segments"] = True
        item |= {method.lower(): listed[method] for method in METHODS if method in listed}
        further = {method: listed[method] for method in sorted(listed) if method not in METHODS}
        if further:
            item["x-additional-operations"] = further
        if others:
            item["x-at-hostnames"] = [self._elsewhere(one) for one in others]
        return item

    def _operation(self, served: Served, method: str) -> Json:
        description = served.description
        self.shown.append(description)
        operation: Json = {"operationId": self._id(f"{description.name}.{method.lower()}"), "tags": [description.name]}
        if served.hosts:
            operation["servers"] = [self._server_at(host) for host in served.hosts]
        if description.parameters:
            operation["parameters"] = description.parameters
        if method not in WITHOUT_BODY:
            operation["requestBody"] = description.body
        operation["responses"] = description.responses
        if description.security:
            operation["security"] = description.security
        return operation

    def _elsewhere(self, served: Served) -> Json:
        """Return who answers at hostnames where somebody else answers than at all others."""
        method = served.method or _STANDS_FOR_ANY[0]
        return {"method": served.method or "any", "operation": self._operation(served, method)}

    def _server_at(self, host: str) -> Json:
        if not host.startswith(WILDCARD):
            return self.server(host, {})
        return self.server("{name}" + host[1:], {"name": {"default": "www"}})

    def _id(self, wanted: str) -> str:
        """Return *wanted*, with a number where another path of the receiver has it already."""
        found, number = wanted, 1
        while found in self._ids:
            number += 1
            found = f"{wanted}.{number}"
        self._ids.add(found)
        return found


def _path_parameter(segment: Segment) -> Json:
    if segment.section is not None:
        return section_parameter(segment.name, segment.section)
    described: Json = {
        "name": segment.name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }
    if segment.is_rest:
        described["description"] = "Any number of segments; the slashes between them are not escaped."
        described["x-further-segments"] = True
    return described
