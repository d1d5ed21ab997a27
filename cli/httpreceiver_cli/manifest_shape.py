"""
Whether a manifest has the shape its CRD asks for.

In a cluster the API server checks this before the operator sees the object. Here nobody has, so the command does, with
the same fields and bounds: `tests/cli/test_manifest_shape.py` compares them with the CRDs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Any, Final, Literal

import msgspec

from httpreceiver_cli.sources import OUR_KINDS, ManifestObject
from httpreceiver_operator.names import API_VERSION
from httpreceiver_workflow.endpoint import CipherSuites
from httpreceiver_workflow.explained_code import ExplainedCode
from httpreceiver_workflow.options import ReceiverOptions
from httpreceiver_workflow.options.auth import Cidrs
from httpreceiver_workflow.options.limits import HostLimits, ReceiverLimits, empty_durations, repeated_rates
from httpreceiver_workflow.options.switch_mistakes import compatibility_mistakes

RECEIVER_NAME: Final = "^[a-z]([-a-z0-9]*[a-z0-9])?$"
HOST_NAME: Final = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
_PLACE: Final = re.compile(r"^(?P<message>.*) - at `(?P<where>\$.*)`$")


class ManifestCode(ExplainedCode):
    """What can be wrong with a manifest around the workflow; beside the codes of the workflow itself."""

    SHAPE = (
        "ManifestShape",
        "A field of the manifest is unknown or holds a value of the wrong shape.",
        "Correct the field; `kubectl explain` and the CRD describe each one.",
    )
    WORKFLOW_MISSING = (
        "WorkflowMissing",
        "An HttpReceiver has neither workflow nor workflowFrom, or both.",
        "Give exactly one of workflow and workflowFrom.",
    )
    REFERENCE_NOT_FOUND = (
        "ReferenceNotFound",
        "A ConfigMap or Secret that the receiver names is not among the files given, or cannot be used.",
        "Name the file with that object too, and check its namespace, its keys and what they hold.",
    )
    NAME_TWICE = (
        "NameTwice",
        "Two objects of the same kind have the same namespace and name.",
        "Rename one of them; a cluster would keep only the last one applied.",
    )


@dataclass(frozen=True, slots=True)
class ShapeMistake:
    """One way in which a manifest differs from its CRD, at a JSON path of the object."""

    where: str
    code: ManifestCode
    message: str


class _Part(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """An object of a manifest: camelCase fields, no others."""


Annotations = Annotated[dict[str, Annotated[str, msgspec.Meta(max_length=4096)]], msgspec.Meta(max_length=64)]
HostName = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=HOST_NAME)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=253, pattern="^[-._a-zA-Z0-9]+$")]
ObjectName = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Replicas = Annotated[int, msgspec.Meta(ge=0, le=100)]
ServiceType = Literal["ClusterIP", "NodePort", "LoadBalancer"]
VariableName = Annotated[str, msgspec.Meta(max_length=128, pattern="^(OTEL|HTTPRECEIVER_LOG)_[A-Z0-9_]+$")]
Thumbprint = Annotated[str, msgspec.Meta(max_length=40, pattern="^[0-9a-fA-F]{40}$")]


class KeyReference(_Part):
    """One key of a ConfigMap or Secret."""

    name: ObjectName
    key: Key


class WorkflowSource(_Part):
    """`workflowFrom`."""

    config_map_key_ref: KeyReference | None = None
    secret_key_ref: KeyReference | None = None


class NamedObject(_Part):
    """A ConfigMap or Secret that is read whole."""

    name: ObjectName


class ValuesSource(_Part):
    """An item of `globalVariablesFrom`, `tablesFrom` or `codeOverridesFrom`."""

    config_map_ref: NamedObject | None = None
    secret_ref: NamedObject | None = None


ValuesSources = Annotated[tuple[ValuesSource, ...], msgspec.Meta(max_length=16)]


class ReceiverService(_Part):
    """`service` of an HttpReceiver."""

    enabled: bool = True
    type: ServiceType = "ClusterIP"
    annotations: Annotations = {}


class ReceiverSpec(ReceiverOptions, frozen=True, kw_only=True):
    """`spec` of an HttpReceiver."""

    workflow: Any = None
    workflow_from: WorkflowSource | None = None
    host: HostName = "default"
    suspend: bool = False
    global_variables_from: ValuesSources = ()
    tables_from: ValuesSources = ()
    code_overrides_from: ValuesSources = ()
    service: ReceiverService = msgspec.field(default_factory=ReceiverService)


class AddressTls(_Part):
    """`serviceAddress.tls` of a ReceiverHost."""

    enabled: bool = False
    secret_name: ObjectName | None = None


class ServiceAddress(_Part):
    """`serviceAddress` of a ReceiverHost."""

    port: Port = 8000
    tls: AddressTls = msgspec.field(default_factory=AddressTls)
    admin_client_certificates: Annotated[list[Thumbprint], msgspec.Meta(max_length=32)] = []


class SecretReference(_Part):
    """A Secret: with a certificate, or with tokens."""

    secret_name: ObjectName


class HostTls(_Part):
    """`tls` of a ReceiverHost."""

    cipher_suites: CipherSuites = CipherSuites.INTERMEDIATE


class HostService(_Part):
    """`service` of a ReceiverHost."""

    type: ServiceType = "ClusterIP"
    annotations: Annotations = {}


class SecretValue(_Part):
    """`valueFrom` of a variable."""

    secret_key_ref: KeyReference


class PodVariable(_Part):
    """An item of `pods.env`."""

    name: VariableName
    value: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    value_from: SecretValue | None = None


class PodsShape(_Part):
    """`pods` of a ReceiverHost."""

    replicas: Replicas | None = None
    debug: SecretReference | None = None
    env: Annotated[list[PodVariable], msgspec.Meta(max_length=32)] = []


class HostSpec(_Part):
    """`spec` of a ReceiverHost."""

    trusted_proxies: Cidrs = ()
    service_address: ServiceAddress = msgspec.field(default_factory=ServiceAddress)
    default_certificate: SecretReference | None = None
    certificates: Annotated[list[SecretReference], msgspec.Meta(max_length=64)] = []
    tls: HostTls = msgspec.field(default_factory=HostTls)
    service: HostService = msgspec.field(default_factory=HostService)
    pods: PodsShape = msgspec.field(default_factory=PodsShape)
    limits: HostLimits = HostLimits()


class _Whole(msgspec.Struct, rename="camel", kw_only=True):
    """What we read of an object; what else stands beside is anyone's."""


class Metadata(_Whole):
    """`metadata` of a ConfigMap or Secret."""

    name: Annotated[str, msgspec.Meta(max_length=253, pattern="^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    namespace: Annotated[str, msgspec.Meta(max_length=63, pattern=HOST_NAME)] = "default"
    creation_timestamp: datetime | None = None


class ReceiverMetadata(Metadata):
    """`metadata` of an HttpReceiver, after which a Service is named."""

    name: Annotated[str, msgspec.Meta(max_length=63, pattern=RECEIVER_NAME)]


class HostMetadata(Metadata):
    """`metadata` of a ReceiverHost."""

    name: HostName


class ReceiverManifest(_Whole):
    """An HttpReceiver."""

    metadata: ReceiverMetadata
    spec: ReceiverSpec


class HostManifest(_Whole):
    """A ReceiverHost."""

    metadata: HostMetadata
    spec: HostSpec = msgspec.field(default_factory=HostSpec)


class TextHolder(_Whole):
    """A ConfigMap or Secret."""

    metadata: Metadata
    data: dict[str, str] | None = None
    string_data: dict[str, str] | None = None
    binary_data: dict[str, str] | None = None


SHAPES: Final[Mapping[str, type]] = {
    "HttpReceiver": ReceiverManifest,
    "ReceiverHost": HostManifest,
    "Secret": TextHolder,
    "ConfigMap": TextHolder,
}


def shape_mistakes(manifest: ManifestObject) -> list[ShapeMistake]:
    """Return how *manifest* differs from what its kind asks for; an empty list when it does not."""
    version = manifest.content.get("apiVersion")
    wanted = API_VERSION if manifest.kind in OUR_KINDS else "v1"
    if version != wanted:
        message = f"apiVersion of this {manifest.kind} must be {wanted}, not {version}."
        return [ShapeMistake("$.apiVersion", ManifestCode.SHAPE, message)]
    if manifest.kind == "HttpReceiver" and (mistakes := _compatibility_mistakes(manifest)):
        return mistakes
    try:
        shape: object = msgspec.convert(manifest.content, SHAPES[manifest.kind])
    except msgspec.ValidationError as error:
        place = _PLACE.match(str(error))
        where, message = (place["where"], place["message"]) if place else ("$", str(error))
        return [ShapeMistake(where, ManifestCode.SHAPE, f"{message.rstrip('.')}.")]
    if isinstance(shape, ReceiverManifest):
        return _workflow_mistakes(shape.spec)
    if isinstance(shape, HostManifest):
        return _host_mistakes(shape.spec)
    return []


def _compatibility_mistakes(manifest: ManifestObject) -> list[ShapeMistake]:
    """Return what is wrong with the switches, every one of it, with the nearest name that is right."""
    spec = manifest.content.get("spec")
    chosen = spec.get("compatibility", {}) if isinstance(spec, Mapping) else {}
    return [
        ShapeMistake(f"$.spec.compatibility{at}", ManifestCode.SHAPE, what)
        for at, what in compatibility_mistakes(chosen)
    ]


def _workflow_mistakes(spec: ReceiverSpec) -> list[ShapeMistake]:
    source = spec.workflow_from
    if (spec.workflow is None) == (source is None):
        has = "neither workflow nor workflowFrom" if source is None else "both workflow and workflowFrom"
        return [ShapeMistake("$.spec", ManifestCode.WORKFLOW_MISSING, f"The receiver has {has}.")]
    if source is not None and (source.config_map_key_ref is None) == (source.secret_key_ref is None):
        message = "workflowFrom needs exactly one of configMapKeyRef and secretKeyRef."
        return [ShapeMistake("$.spec.workflowFrom", ManifestCode.WORKFLOW_MISSING, message)]
    for field, items in (
        ("globalVariablesFrom", spec.global_variables_from),
        ("tablesFrom", spec.tables_from),
        ("codeOverridesFrom", spec.code_overrides_from),
    ):
        for number, item in enumerate(items):
            if (item.config_map_ref is None) == (item.secret_ref is None):
                message = f"An item of {field} needs exactly one of configMapRef and secretRef."
                return [ShapeMistake(f"$.spec.{field}[{number}]", ManifestCode.SHAPE, message)]
    service = spec.service
    if not service.enabled and (service.type != "ClusterIP" or service.annotations):
        message = "type and annotations have no effect when enabled is false."
        return [ShapeMistake("$.spec.service", ManifestCode.SHAPE, message)]
    return _limit_mistakes(spec.limits)


def _host_mistakes(spec: HostSpec) -> list[ShapeMistake]:
    for number, text in enumerate(spec.trusted_proxies):
        try:
            ip_network(text)
        except ValueError as error:
            return [ShapeMistake(f"$.spec.trustedProxies[{number}]", ManifestCode.SHAPE, f"{error}.")]
    tls = spec.service_address.tls
    if tls.secret_name is not None and not tls.enabled:
        message = "secretName has no effect when enabled is false."
        return [ShapeMistake("$.spec.serviceAddress.tls", ManifestCode.SHAPE, message)]
    for number, variable in enumerate(spec.pods.env):
        if (variable.value is None) == (variable.value_from is None):
            message = f"{variable.name} needs exactly one of value and valueFrom."
            return [ShapeMistake(f"$.spec.pods.env[{number}]", ManifestCode.SHAPE, message)]
    return _limit_mistakes(spec.limits)


def _limit_mistakes(limits: ReceiverLimits) -> list[ShapeMistake]:
    return [
        *(
            ShapeMistake(f"$.spec.limits.rates[{number}]", ManifestCode.SHAPE, f"Another rate is per {per} too.")
            for number, per in repeated_rates(limits)
        ),
        *(
            ShapeMistake(f"$.spec.limits.{field}", ManifestCode.SHAPE, f"{field} must be longer than nothing.")
            for field in empty_durations(limits)
        ),
    ]
