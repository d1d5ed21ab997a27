"""Specs of an HttpReceiver that neither a laptop nor a cluster takes."""

from typing import Any, Final

WRONG_PLACES: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"workflow": {}, "rute": {}}, "$.spec ManifestShape"),
    ({"workflow": {}, "host": 3}, "$.spec.host ManifestShape"),
    ({"workflow": {}, "host": ""}, "$.spec.host ManifestShape"),
    ({"workflow": {}, "host": "x" * 41}, "$.spec.host ManifestShape"),
    ({"workflow": {}, "suspend": "yes"}, "$.spec.suspend ManifestShape"),
    ({"workflow": {}, "service": {"type": "External"}}, "$.spec.service.type ManifestShape"),
    ({"workflow": {}, "service": {"enabled": False, "type": "NodePort"}}, "$.spec.service ManifestShape"),
    ({"workflow": {}, "service": {"annotations": {"a": 1}}}, "$.spec.service.annotations[...] ManifestShape"),
    ({"workflowFrom": {"secretKeyRef": {"name": "s"}}}, "$.spec.workflowFrom.secretKeyRef ManifestShape"),
    (
        {"workflowFrom": {"secretKeyRef": {"name": "s", "key": "a/b"}}},
        "$.spec.workflowFrom.secretKeyRef.key ManifestShape",
    ),
    ({"workflow": {}, "globalVariablesFrom": [{}]}, "$.spec.globalVariablesFrom[0] ManifestShape"),
    (
        {"workflow": {}, "tablesFrom": [{"configMapRef": {"name": "a"}, "secretRef": {"name": "a"}}]},
        "$.spec.tablesFrom[0] ManifestShape",
    ),
    (
        {"workflow": {}, "globalVariablesFrom": [{"secretRef": {}}]},
        "$.spec.globalVariablesFrom[0].secretRef ManifestShape",
    ),
    ({"workflow": {}, "codeOverridesFrom": [{}]}, "$.spec.codeOverridesFrom[0] ManifestShape"),
    ({"workflow": {}, "request": {"text": "Bytes"}}, "$.spec.request.text ManifestShape"),
    ({"workflow": {}, "request": {"charset": "a b"}}, "$.spec.request.charset ManifestShape"),
    ({"workflow": {}, "request": {"multipart": {"maxParts": 0}}}, "$.spec.request.multipart.maxParts ManifestShape"),
    ({"workflow": {}, "streaming": "always"}, "$.spec.streaming ManifestShape"),
    ({"workflow": {}, "compression": {"level": 9}}, "$.spec.compression ManifestShape"),
    ({"workflow": {}, "compression": {"minBytes": 0}}, "$.spec.compression.minBytes ManifestShape"),
    ({"workflow": {}, "compression": {"types": ["text"]}}, "$.spec.compression.types[0] ManifestShape"),
    ({"workflow": {}, "compression": {"types": []}}, "$.spec.compression.types ManifestShape"),
    ({"workflow": {}, "compatibility": []}, "$.spec.compatibility ManifestShape"),
    ({"workflow": {}, "compatibility": {"jsonNul": "word"}}, "$.spec.compatibility.jsonNul ManifestShape"),
    ({"workflow": {}, "compatibility": {"jsonNull": "wrod"}}, "$.spec.compatibility.jsonNull ManifestShape"),
    (
        {"workflow": {}, "compatibility": {"truncationNumbers": ["Trim", "Cut"]}},
        "$.spec.compatibility.truncationNumbers[1] ManifestShape",
    ),
    ({"workflow": {}, "route": {"path": "a" * 513}}, "$.spec.route.path ManifestShape"),
    ({"workflow": {}, "route": {"methods": ["get"]}}, "$.spec.route.methods[0] ManifestShape"),
    ({"workflow": {}, "route": {"methods": "GET"}}, "$.spec.route.methods ManifestShape"),
    ({"workflow": {}, "route": {"hostnames": ["A.test"]}}, "$.spec.route.hostnames[0] ManifestShape"),
    ({"workflow": {}, "route": {"hostnames": ["a.*.test"]}}, "$.spec.route.hostnames[0] ManifestShape"),
    ({"workflow": {}, "cors": {}}, "$.spec.cors ManifestShape"),
    ({"workflow": {}, "cors": {"allowOrigins": []}}, "$.spec.cors.allowOrigins ManifestShape"),
    ({"workflow": {}, "cors": {"allowOrigins": ["portal.test"]}}, "$.spec.cors.allowOrigins[0] ManifestShape"),
    ({"workflow": {}, "cors": {"allowOrigins": ["*"], "maxAgeSeconds": -1}}, "$.spec.cors.maxAgeSeconds ManifestShape"),
    (
        {"workflow": {}, "cors": {"allowOrigins": ["*"], "allowHeaders": ["a b"]}},
        "$.spec.cors.allowHeaders[0] ManifestShape",
    ),
    ({"workflow": {}, "limits": {"bodyTimeout": "10"}}, "$.spec.limits.bodyTimeout ManifestShape"),
    ({"workflow": {}, "limits": {"bodyBytes": "10Mi"}}, "$.spec.limits.bodyBytes ManifestShape"),
    ({"workflow": {}, "limits": {"concurrency": 0}}, "$.spec.limits.concurrency ManifestShape"),
    ({"workflow": {}, "limits": {"rates": [{}]}}, "$.spec.limits.rates[0] ManifestShape"),
    (
        {"workflow": {}, "limits": {"rates": [{"requests": 1, "per": "Client"}]}},
        "$.spec.limits.rates[0].per ManifestShape",
    ),
    (
        {"workflow": {}, "limits": {"rates": [{"requests": 1}, {"requests": 2, "per": "Receiver"}]}},
        "$.spec.limits.rates[1] ManifestShape",
    ),
    ({"workflow": {}, "limits": {"requestTimeout": "0s"}}, "$.spec.limits.requestTimeout ManifestShape"),
    ({"workflow": {}, "variables": [{"name": "a"}]}, "$.spec.variables[0] ManifestShape"),
    ({"workflow": {}, "variables": [{"name": "", "value": "b"}]}, "$.spec.variables[0].name ManifestShape"),
    ({"workflow": {}, "response": {"statusCode": 199}}, "$.spec.response.statusCode ManifestShape"),
    ({"workflow": {}, "response": {"statusCode": True}}, "$.spec.response.statusCode ManifestShape"),
    ({"workflow": {}, "response": {"statusByKind": {}}}, "$.spec.response ManifestShape"),
    (
        {"workflow": {}, "response": {"headers": [{"name": "a b", "value": "c"}]}},
        "$.spec.response.headers[0].name ManifestShape",
    ),
    (
        {"workflow": {}, "errorResponse": {"statusByKind": {"Connectivity": 99}}},
        "$.spec.errorResponse.statusByKind.Connectivity ManifestShape",
    ),
    (
        {"workflow": {}, "errorResponse": {"statusByKind": {"CONNECTIVITY": 504}}},
        "$.spec.errorResponse.statusByKind ManifestShape",
    ),
    ({"workflow": {}, "correlation": {"enabled": "yes"}}, "$.spec.correlation.enabled ManifestShape"),
    ({"workflow": {}, "auth": {}}, "$.spec.auth ManifestShape"),
    ({"workflow": {}, "auth": [{"basic": {}}]}, "$.spec.auth[0].basic ManifestShape"),
    ({"workflow": {}, "auth": [{"digest": {}}]}, "$.spec.auth[0] ManifestShape"),
    ({"workflow": {}, "auth": [{"addresses": {"allow": ["any"]}}]}, "$.spec.auth[0].addresses.allow[0] ManifestShape"),
    (
        {"workflow": {}, "auth": [{"bearer": {"secretRef": {"name": "s", "key": "k"}}}]},
        "$.spec.auth[0].bearer.secretRef ManifestShape",
    ),
    (
        {"workflow": {}, "auth": [{"apiKey": {"secretRef": {"name": "s"}, "header": "X Key"}}]},
        "$.spec.auth[0].apiKey.header ManifestShape",
    ),
    (
        {"workflow": {}, "auth": [{"hmac": {"secretRef": {"name": "s"}, "preset": "Bitbucket"}}]},
        "$.spec.auth[0].hmac.preset ManifestShape",
    ),
    (
        {"workflow": {}, "auth": [{"jwt": {"jwks": {"url": "http://a/"}, "issuer": "i", "audiences": ["a"]}}]},
        "$.spec.auth[0].jwt.jwks.url ManifestShape",
    ),
    (
        {
            "workflow": {},
            "auth": [{"jwt": {"jwks": {}, "issuer": "i", "audiences": ["a"], "algorithms": ["none"]}}],
        },
        "$.spec.auth[0].jwt.algorithms[0] ManifestShape",
    ),
    (
        {"workflow": {}, "auth": [{"clientCertificate": {"pins": ["ab"]}}]},
        "$.spec.auth[0].clientCertificate.pins[0] ManifestShape",
    ),
    ({"workflowFrom": {}}, "$.spec.workflowFrom WorkflowMissing"),
    ({}, "$.spec WorkflowMissing"),
    ({"workflow": {}, "workflowFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}, "$.spec WorkflowMissing"),
)
"""Each with the JSON path and the code of the mistake."""

WRONG_SPECS: Final = tuple(spec for spec, _ in WRONG_PLACES)
