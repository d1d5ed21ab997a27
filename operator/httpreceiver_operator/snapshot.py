"""
All that the planner may know, frozen: API objects as they came, what the pods reported, and the time.

`observation` makes it of API objects; nothing reads a clock or the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from httpreceiver_operator.api_objects import JsonObject
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_workflow.endpoint import CipherSuites
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions
from httpreceiver_workflow.options.auth import tells_names
from httpreceiver_workflow.options.limits import NO_HOST_LIMITS, HostLimits
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import NO_RESOURCES, Resources


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
class PodVariable:
    """
    An environment variable of a host's listener pods.

    Attributes:
        value: None for one that a Secret keeps.
        secret: name and key of that Secret's entry.
    """

    name: str
    value: str | None
    secret: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """
    One ReceiverHost, or the defaults of a host that is only named.

    Attributes:
        declared: False for a host without a ReceiverHost object.
        service_address_secret: Secret with the certificate of the service address; ``""`` for the host's default.
        cipher_suites: of TLS 1.2, on each HTTPS port.
        default_secret: Secret with the default certificate; ``""`` means a self-signed one is made.
        certificate_secrets: where certificates are looked for by thumbprint, in this order.
        limits: of its ports, and of its receivers where they say nothing.
        limit_problems: what of the limits is not understood.
        debug_secret: Secret with the tokens of those who may have a request logged in full; ``""`` for nobody.
        pod_variables: environment variables of its listener pods.
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
    cipher_suites: CipherSuites = CipherSuites.INTERMEDIATE
    default_secret: str = ""
    certificate_secrets: tuple[str, ...] = ()
    service: ServiceWish = ServiceWish()
    limits: HostLimits = NO_HOST_LIMITS
    limit_problems: tuple[Problem, ...] = ()
    debug_secret: str = ""
    pod_variables: tuple[PodVariable, ...] = ()
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
        limits = options.limits.over(defaults, has_names=tells_names(options.auth))
        return msgspec.structs.replace(options, limits=limits)
