"""
All that the planner may know, frozen: API objects as they came, what the pods reported, and the time.

The reconcile loop and the command line both build it with `snapshot_from`; nothing here reads a clock or the network.
Objects that cannot be read as what they claim to be never reach us: the API server checked them against the CRDs, and
the command line reports what it cannot read before it asks. Absent fields take the defaults of the CRDs.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec

from httpreceiver_operator import names
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions, read_host_limits, read_options
from httpreceiver_workflow.options.limits import NO_HOST_LIMITS, HostLimits
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import NO_RESOURCES, Resources

JsonObject = Mapping[str, Any]
NOTHING: Final[JsonObject] = MappingProxyType({})

OWNED_KINDS: Final = ("Deployment", "Service", "Secret")
"""Kinds the planner makes; objects of these kinds that carry our names are part of the snapshot, ours or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReference:
    """Where a workflow's text is kept: `workflowFrom`."""

    kind: str
    name: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectReference:
    """A ConfigMap or Secret that is read whole: an item of `globalVariablesFrom` and the lists like it."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWish:
    """`service` of a receiver or host."""

    enabled: bool = True
    type: str = "ClusterIP"
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """
    One HttpReceiver.

    Attributes:
        created: aware; age decides between rivals for an address.
        workflow: the JSON text that stands in the object; None when it is kept elsewhere.
        global_variables_from: what provides global variables; of equal names the last counts.
        tables_from: what provides tables; of equal names the last counts.
        code_overrides_from: what provides Python in the place of C#; of equal names the last counts.
        options: what the object says beside the workflow.
        option_problems: what of the options is not understood.
        status: as last written by us, ``{}`` at first.
    """

    key: ObjectName
    uid: str
    generation: int
    created: datetime
    workflow: str | None
    workflow_from: TextReference | None
    host: str
    suspended: bool
    service: ServiceWish
    global_variables_from: tuple[ObjectReference, ...] = ()
    tables_from: tuple[ObjectReference, ...] = ()
    code_overrides_from: tuple[ObjectReference, ...] = ()
    options: ReceiverOptions = NO_OPTIONS
    option_problems: tuple[Problem, ...] = ()
    status: JsonObject = field(default_factory=dict)

    @property
    def host_key(self) -> ObjectName:
        """The host is looked for in the receiver's own namespace."""
        return ObjectName(self.key.namespace, self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """
    One ReceiverHost, or the defaults of a host that is only named.

    Attributes:
        declared: False for a host without a ReceiverHost object.
        service_address_secret: Secret with the certificate of the service address; ``""`` for the host's default.
        default_secret: Secret with the default certificate; ``""`` means a self-signed one is made.
        certificate_secrets: where certificates are looked for by thumbprint, in this order.
        limits: of its ports, and of its receivers where they say nothing.
        limit_problems: what of the limits is not understood.
        replicas: None leaves the number to Kubernetes, `kubectl scale` or an autoscaler.
    """

    key: ObjectName
    declared: bool = False
    uid: str = ""
    generation: int = 1
    service_address_port: int = 8000
    service_address_tls: bool = False
    service_address_secret: str = ""
    admin_client_certificates: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    default_secret: str = ""
    certificate_secrets: tuple[str, ...] = ()
    service: ServiceWish = ServiceWish()
    limits: HostLimits = NO_HOST_LIMITS
    limit_problems: tuple[Problem, ...] = ()
    replicas: int | None = None
    status: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverReport:
    """
    What one pod says of one receiver.

    Attributes:
        receiver: ``namespace/name``.
        state: ``serving`` when requests to it are answered.
        message: why it is not, one sentence; ``""`` otherwise.
    """

    receiver: str
    generation: int
    revision: str
    state: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerPod:
    """
    One pod of a listener Deployment.

    Attributes:
        port_names: names of its container ports; a Service reaches it only by a name that is here.
        admin_address: ``(ip, port)`` where it reports; None before it has an address.
        ready: takes traffic: Ready and not being deleted.
        reports: by receiver; None when it could not be asked.
    """

    key: ObjectName
    uid: str
    host: str
    port: int
    port_names: frozenset[str]
    admin_address: tuple[str, int] | None
    ready: bool
    bundle_revision: str
    reports: Mapping[str, ReceiverReport] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    The world at one moment.

    Attributes:
        now: aware.
        secrets: decoded data of every Secret that is known, ours and referenced ones.
        config_maps: data of every referenced ConfigMap.
        existing: Deployments, Services and Secrets that may carry our names, as the API gave them.
        bundled: what the workflow Secrets hold now: receiver → (Secret's name, encoded receiver).
        refused: objects the API server would not take from us, with its reason.
        outside_values: what every workflow may read that no object holds; wins over what objects hold. On a laptop.
    """

    now: datetime
    receivers: Mapping[ObjectName, Receiver]
    hosts: Mapping[ObjectName, Host]
    secrets: Mapping[ObjectName, Mapping[str, bytes]]
    config_maps: Mapping[ObjectName, Mapping[str, bytes]]
    existing: Mapping[ObjectKey, JsonObject]
    pods: tuple[ListenerPod, ...] = ()
    bundled: Mapping[ObjectName, tuple[str, bytes]] = field(default_factory=dict)
    refused: Mapping[ObjectKey, str] = field(default_factory=dict)
    outside_values: Resources = NO_RESOURCES

    def host(self, key: ObjectName) -> Host:
        """Return the declared host, or one with all defaults."""
        return self.hosts.get(key) or Host(key=key)

    def options_of(self, receiver: Receiver) -> ReceiverOptions:
        """Return what *receiver* says beside its workflow, and its host where it says nothing."""
        options, defaults = receiver.options, self.host(receiver.host_key).limits
        if defaults == NO_HOST_LIMITS:
            return options
        return msgspec.structs.replace(options, limits=options.limits.over(defaults))


PodReports = Mapping[ObjectName, Iterable[ReceiverReport]]


def snapshot_from(
    objects: Iterable[JsonObject],
    now: datetime,
    reports: PodReports | None = None,
    refused: Mapping[ObjectKey, str] | None = None,
) -> Snapshot:
    """
    Return the snapshot of *objects*, which may come in any order and be of any kind.

    Args:
        objects: API objects with `kind` and `metadata`; kinds we do not know are passed over, objects under deletion
            too where they are receivers or hosts.
        now: aware.
        reports: what each pod said, by the pod's name; pods that are missing could not be asked.
        refused: objects the API server would not take, with its reason.
    """
    by_kind: dict[str, dict[ObjectName, JsonObject]] = {}
    for entry in objects:
        by_kind.setdefault(str(entry.get("kind", "")), {})[object_name(entry)] = entry
    for entries in by_kind.values():
        for key in [key for key, entry in entries.items() if _is_gone(entry)]:
            del entries[key]
    receivers = {key: _receiver(entry, now) for key, entry in sorted(by_kind.get(names.RECEIVER, {}).items())}
    secrets = {key: _secret_data(entry) for key, entry in sorted(by_kind.get("Secret", {}).items())}
    existing = {
        ObjectKey(kind, *key): entry for kind in OWNED_KINDS for key, entry in sorted(by_kind.get(kind, {}).items())
    }
    return Snapshot(
        now=now,
        receivers=receivers,
        hosts={key: _host(entry) for key, entry in sorted(by_kind.get(names.HOST, {}).items())},
        secrets=secrets,
        config_maps={key: _config_map_data(entry) for key, entry in sorted(by_kind.get("ConfigMap", {}).items())},
        existing=existing,
        pods=tuple(
            pod
            for key, entry in sorted(by_kind.get("Pod", {}).items())
            if (pod := _pod(entry, (reports or {}).get(key))) is not None
        ),
        bundled=_bundled(existing, secrets, receivers),
        refused=dict(sorted((refused or {}).items())),
    )


def object_name(entry: JsonObject) -> ObjectName:
    """Return namespace and name of an API object; without a namespace it is in ``default``."""
    metadata = entry.get("metadata") or NOTHING
    return ObjectName(metadata.get("namespace") or "default", metadata.get("name") or "")


def is_ours(entry: JsonObject) -> bool:
    """Whether we made *entry*: our label, and an HttpReceiver that owns it. Anything else is never touched."""
    metadata = entry.get("metadata") or NOTHING
    labelled = (metadata.get("labels") or NOTHING).get(names.MANAGED_BY) == names.MANAGER
    return labelled and any(
        owner.get("kind") == names.RECEIVER and str(owner.get("apiVersion", "")).startswith(f"{names.GROUP}/")
        for owner in metadata.get("ownerReferences") or ()
    )


def _is_gone(entry: JsonObject) -> bool:
    deleted = (entry.get("metadata") or NOTHING).get("deletionTimestamp")
    return bool(deleted) and entry.get("kind") != "Pod"


def parse_time(text: str | None) -> datetime | None:
    """Return the aware time of an RFC 3339 text as the API writes it; None for none."""
    return datetime.fromisoformat(text) if text else None


def _receiver(entry: JsonObject, now: datetime) -> Receiver:
    metadata, spec = entry["metadata"], entry.get("spec") or NOTHING
    workflow = spec.get("workflow")
    options, option_problems = read_options(spec)
    return Receiver(
        key=object_name(entry),
        uid=str(metadata.get("uid") or ""),
        generation=int(metadata.get("generation") or 1),
        created=parse_time(metadata.get("creationTimestamp")) or now,
        workflow=workflow if isinstance(workflow, str) or workflow is None else msgspec.json.encode(workflow).decode(),
        workflow_from=_text_reference(spec.get("workflowFrom")),
        host=spec.get("host") or names.DEFAULT_HOST,
        suspended=bool(spec.get("suspend", False)),
        service=_service_wish(spec.get("service")),
        global_variables_from=_object_references(spec.get("globalVariablesFrom")),
        tables_from=_object_references(spec.get("tablesFrom")),
        code_overrides_from=_object_references(spec.get("codeOverridesFrom")),
        options=options,
        option_problems=option_problems,
        status=entry.get("status") or NOTHING,
    )


def _text_reference(entry: JsonObject | None) -> TextReference | None:
    for field_name, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        reference = (entry or NOTHING).get(field_name)
        if reference:
            return TextReference(kind=kind, name=reference["name"], key=reference["key"])
    return None


def _object_references(entries: Iterable[JsonObject] | None) -> tuple[ObjectReference, ...]:
    return tuple(
        ObjectReference(kind=kind, name=entry[field_name]["name"])
        for entry in entries or ()
        for field_name, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))
        if entry.get(field_name)
    )


def _service_wish(entry: JsonObject | None) -> ServiceWish:
    wish = entry or NOTHING
    return ServiceWish(
        enabled=bool(wish.get("enabled", True)),
        type=wish.get("type") or "ClusterIP",
        annotations=dict(sorted((wish.get("annotations") or NOTHING).items())),
    )


def _host(entry: JsonObject) -> Host:
    metadata, spec = entry["metadata"], entry.get("spec") or NOTHING
    address = spec.get("serviceAddress") or NOTHING
    tls = address.get("tls") or NOTHING
    limits, limit_problems = read_host_limits(spec)
    return Host(
        key=object_name(entry),
        declared=True,
        uid=str(metadata.get("uid") or ""),
        generation=int(metadata.get("generation") or 1),
        service_address_port=int(address.get("port") or 8000),
        service_address_tls=bool(tls.get("enabled", False)),
        service_address_secret=tls.get("secretName") or "",
        admin_client_certificates=tuple(text.upper() for text in address.get("adminClientCertificates") or ()),
        trusted_proxies=tuple(spec.get("trustedProxies") or ()),
        default_secret=(spec.get("defaultCertificate") or NOTHING).get("secretName") or "",
        certificate_secrets=tuple(item["secretName"] for item in spec.get("certificates") or ()),
        service=_service_wish(spec.get("service")),
        limits=limits,
        limit_problems=limit_problems,
        replicas=(spec.get("pods") or NOTHING).get("replicas"),
        status=entry.get("status") or NOTHING,
    )


def _secret_data(entry: JsonObject) -> Mapping[str, bytes]:
    """Return the data of a Secret; `stringData`, which only files have, wins. Undecodable values are left out."""
    data: dict[str, bytes] = {}
    for key, text in (entry.get("data") or NOTHING).items():
        try:
            data[key] = base64.b64decode(text or "", validate=False)
        except (binascii.Error, ValueError):
            continue
    data.update({key: str(text).encode() for key, text in (entry.get("stringData") or NOTHING).items()})
    return data


def _config_map_data(entry: JsonObject) -> Mapping[str, bytes]:
    data = {key: base64.b64decode(text) for key, text in (entry.get("binaryData") or NOTHING).items()}
    data.update({key: str(text).encode() for key, text in (entry.get("data") or NOTHING).items()})
    return data


def _pod(entry: JsonObject, reports: Iterable[ReceiverReport] | None) -> ListenerPod | None:
    metadata, spec, status = entry["metadata"], entry.get("spec") or NOTHING, entry.get("status") or NOTHING
    labels = metadata.get("labels") or NOTHING
    if labels.get(names.MANAGED_BY) != names.MANAGER or not str(labels.get(names.PORT_LABEL, "")).isdecimal():
        return None
    ports = {
        port["name"]: int(port["containerPort"])
        for container in spec.get("containers") or ()
        for port in container.get("ports") or ()
        if port.get("name")
    }
    conditions = {item.get("type"): item.get("status") for item in status.get("conditions") or ()}
    address = status.get("podIP")
    return ListenerPod(
        key=object_name(entry),
        uid=str(metadata.get("uid") or ""),
        host=str(labels.get(names.HOST_LABEL, "")),
        port=int(labels[names.PORT_LABEL]),
        port_names=frozenset(ports),
        admin_address=(address, ports[names.ADMIN_PORT_NAME]) if address and names.ADMIN_PORT_NAME in ports else None,
        ready=conditions.get("Ready") == "True" and not metadata.get("deletionTimestamp"),
        bundle_revision=str((metadata.get("annotations") or NOTHING).get(names.BUNDLE_REVISION, "")),
        reports=None if reports is None else {report.receiver: report for report in reports},
    )


def _bundled(
    existing: Mapping[ObjectKey, JsonObject],
    secrets: Mapping[ObjectName, Mapping[str, bytes]],
    receivers: Mapping[ObjectName, Receiver],
) -> Mapping[ObjectName, tuple[str, bytes]]:
    """Return where each receiver's text lies; of several places, one that its recorded endpoint names wins."""
    places: dict[ObjectName, tuple[str, bytes]] = {}
    for key, entry in existing.items():
        if key.kind != "Secret" or not is_ours(entry) or "-bundle-" not in key.name:
            continue
        for name, data in secrets[ObjectName(key.namespace, key.name)].items():
            receiver = receivers.get(ObjectName(key.namespace, name))
            endpoint = receiver.status.get("endpoint") if receiver else None
            if (
                receiver
                and endpoint
                and key.name.startswith(f"{names.deployment_name(endpoint['host'], endpoint['port'])}-bundle-")
            ):
                places[receiver.key] = (key.name, data)
    return places
