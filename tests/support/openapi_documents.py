"""Documents of receivers for tests, as short Python values; each one is checked to be OpenAPI 3.1."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from openapi_spec_validator import OpenAPIV31SpecValidator

from httpreceiver_workflow import ReceiverOptions, prepare_workflow
from httpreceiver_workflow.endpoint import Scheme
from httpreceiver_workflow.openapi import Description, describe_receiver, endpoint_document
from httpreceiver_workflow.options import read_options
from workflow_files import a_receiver

PORT: Final = 8080

EACH_KIND: Final[list[dict[str, Any]]] = [
    {"basic": {"secretRef": {"name": "secret-users"}, "realm": "Orders"}},
    {"bearer": {"secretRef": {"name": "secret-tokens"}}, "addresses": {"allow": ["10.1.2.0/24"]}},
    {"apiKey": {"secretRef": {"name": "secret-keys"}, "header": "X-API-Key"}},
    {"apiKey": {"secretRef": {"name": "secret-keys"}, "query": "key"}},
    {
        "jwt": {
            "jwks": {"url": "https://keys.internal.test/jwks"},
            "issuer": "https://login.test",
            "audiences": ["orders"],
            "requiredClaims": [{"name": "secret-claim", "values": ["secret-value"]}],
        }
    },
    {
        "clientCertificate": {"pins": ["a" * 64], "subjects": ["CN=secret-subject"]},
        "hmac": {"secretRef": {"name": "secret-signing"}, "preset": "StandardWebhooks"},
    },
]
"""An alternative of `auth` for each kind; what starts with ``secret-`` is nobody's business."""
OVER_TLS: Final[dict[str, Any]] = {"UseSsl": True, "UseDefaultSSLCertificate": True}


def described(
    name: str = "team/a", spec: Mapping[str, Any] | None = None, settings: Sequence[Any] = (), **members: Any
) -> Description:
    """Return a receiver with *spec* beside its workflow: *settings*, or one receiver of JSON with *members*."""
    options, problems = read_options(spec or {})
    assert problems == ()
    return described_text([*settings] or [a_receiver(**members)], options, name)


def described_text(workflow: object, options: ReceiverOptions, name: str = "team/a") -> Description:
    """Return the description of a sound *workflow*."""
    prepared = prepare_workflow(workflow, options=options)
    assert prepared.workflow is not None, prepared.problems
    assert prepared.pipeline is not None, prepared.problems
    return describe_receiver(name, prepared.workflow, prepared.pipeline, options)


def document_of(*descriptions: Description, scheme: Scheme = Scheme.HTTP) -> dict[str, Any]:
    """Return the document of receivers that share a port."""
    document = endpoint_document(scheme, PORT, descriptions)
    assert_is_openapi(document)
    return document


def assert_is_openapi(document: Mapping[str, Any]) -> None:
    """Raise what is wrong with *document*."""
    OpenAPIV31SpecValidator(document).validate()


def the_operation(description: Description, method: str = "post") -> dict[str, Any]:
    """Return the operation at the first path of a receiver that is alone."""
    [item, *_] = document_of(description)["paths"].values()
    operation: dict[str, Any] = item[method]
    return operation


def responses_of(description: Description) -> dict[str, Any]:
    """Return status → media types of a receiver's first operation, with what is shared put in its place."""
    document = document_of(description)
    [item, *_] = document["paths"].values()
    [operation] = [value for key, value in item.items() if key in ("get", "post", "put", "delete")]
    return {
        status: sorted(resolved(document, one).get("content", {})) for status, one in operation["responses"].items()
    }


def resolved(document: Mapping[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """Return a response object, also where *response* refers to one."""
    if "$ref" not in response:
        return response
    found: dict[str, Any] = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return found


def routed(name: str, service_name: str, **route: Any) -> Description:
    """Return a receiver with a route."""
    return described(f"team/{name}", {"route": route} if route else {}, ServiceName=service_name)


def who(item: dict[str, Any]) -> dict[str, str]:
    """Return method → operation of a path item."""
    methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
    return {method: item[method]["operationId"] for method in methods if method in item}
