"""
What schemathesis is told about our documents: how HL7 is sent, and where its own checks ask for more than OpenAPI does.

Loaded by its command (SCHEMATHESIS_HOOKS), never by pytest.
"""

from typing import Any

import schemathesis
from schemathesis.specs.openapi import checks


@schemathesis.serializer("application/hl7-v2")
def send_hl7(_: Any, value: Any) -> bytes:
    """Send text as it is, and whatever else is made up in its place as what Python calls it."""
    return str(value).encode()


@schemathesis.check
def body_conforms(context: Any, response: Any, case: Any) -> None:
    """A body is of a media type and schema that its status has; no body at all is always possible, and has no type."""
    if response.content:
        checks.content_type_conformance(context, response, case)
        checks.response_schema_conformance(context, response, case)
    else:
        assert "content-type" not in response.headers


@schemathesis.check
def undeclared_methods_are_refused(context: Any, response: Any, case: Any) -> None:
    """With 405 and Allow, except where the path has x-any-method."""
    if "x-any-method" not in _path_item(case):
        checks.unsupported_method(context, response, case)


@schemathesis.check
def allow_lists_what_is_declared(context: Any, response: Any, case: Any) -> None:
    """Where all methods are such that a path item has a place for them."""
    if "x-additional-operations" not in _path_item(case):
        checks.allow_header_conformance(context, response, case)


@schemathesis.check
def no_bug_is_met(_: Any, response: Any, __: Any) -> None:
    """An answer of the kind Internal is a bug of the listener, though every document has a place for it."""
    is_problem = response.headers.get("content-type") == ["application/problem+json"]
    assert not is_problem or response.json()["kind"] != "Internal", response.json()


def _path_item(case: Any) -> Any:
    return case.operation.schema.raw_schema["paths"][case.operation.path]
