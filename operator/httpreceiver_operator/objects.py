"""
The Kubernetes objects of a workload, one builder per kind: plain dicts as they are applied.

Pure. Every object is owned by all receivers that use it, without a finalizer: when the last of them is deleted the
cluster removes it, with or without the operator.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from httpreceiver_operator import names
from httpreceiver_operator.api_objects import JsonObject
from httpreceiver_operator.config import Config
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.snapshot import PodVariable, Receiver, ServiceWish
from httpreceiver_operator.workloads import Workload
from httpreceiver_workflow.endpoint import CipherSuites, Scheme
from httpreceiver_workflow.options.limits import PortLimits, duration_s

JsonDict = dict[str, Any]

BUNDLES_PATH: Final = "/var/run/httpreceiver/bundles"
TLS_PATH: Final = "/var/run/httpreceiver/tls"
DEBUG_PATH: Final = "/var/run/httpreceiver/debug"
FILES_PATH: Final = "/var/lib/httpreceiver/files"
USER_ID: Final = 65532
GRACE_PERIOD_S: Final = 60
"""Longer than the listener's lag and drain together, so it always ends by itself."""

RESTRICTED: Final[JsonDict] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
SELECTING_LABELS: Final = (names.APP_NAME, names.HOST_LABEL, names.PORT_LABEL)


def object_key(entry: JsonObject) -> ObjectKey:
    """Return kind, namespace and name of a built object."""
    return ObjectKey(entry["kind"], entry["metadata"]["namespace"], entry["metadata"]["name"])


def object_digest(entry: JsonObject) -> str:
    """Return the digest of a built object, 16 hexadecimal digits; its own digest annotation does not count."""
    annotations = {
        key: value for key, value in entry["metadata"].get("annotations", {}).items() if key != names.APPLIED_DIGEST
    }
    plain = {**entry, "metadata": {**entry["metadata"], "annotations": annotations}}
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()[:16]


def finished(entry: JsonDict) -> JsonDict:
    """Return *entry* with the annotation that tells later passes what was applied."""
    annotations = {**entry["metadata"].get("annotations", {}), names.APPLIED_DIGEST: object_digest(entry)}
    return {**entry, "metadata": {**entry["metadata"], "annotations": annotations}}


def owner_references(receivers: Iterable[Receiver]) -> list[JsonDict]:
    """Return one reference per receiver, by name; receivers that are in no cluster own nothing."""
    return [
        {"apiVersion": names.API_VERSION, "kind": names.RECEIVER, "name": receiver.key.name, "uid": receiver.uid}
        for receiver in sorted(receivers, key=lambda receiver: receiver.key)
        if receiver.uid
    ]


def host_labels(host: str) -> dict[str, str]:
    """Return the labels of everything that belongs to a host."""
    return {names.APP_NAME: names.LISTENER, names.MANAGED_BY: names.MANAGER, names.HOST_LABEL: host}


def workload_labels(workload: Workload) -> dict[str, str]:
    """Return the labels of everything that belongs to one endpoint, pods included."""
    return host_labels(workload.host.key.name) | {names.PORT_LABEL: str(workload.port)}


def deployment(workload: Workload, config: Config) -> JsonDict:
    """
    Return the listener Deployment of one endpoint.

    Its pod template depends on host, port, scheme and certificate only, never on the receivers.
    """
    labels = workload_labels(workload)
    spec: JsonDict = {
        "selector": {"matchLabels": {label: labels[label] for label in SELECTING_LABELS}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {"metadata": {"labels": labels}, "spec": _pod_spec(workload, config)},
    }
    if workload.host.replicas is not None:
        spec["replicas"] = workload.host.replicas
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(ObjectName(*workload.key[1:]), labels, (receiver for receiver, _ in workload.receivers)),
        "spec": spec,
    }


def host_service(workloads: Sequence[Workload]) -> JsonDict:
    """Return the Service of one host: every claimed port, each reaching the pods that name it."""
    host = workloads[0].host
    labels = host_labels(host.key.name)
    return _service(
        ObjectName(host.key.namespace, names.host_service_name(host.key.name)),
        labels,
        {receiver.key: receiver for workload in workloads for receiver, _ in workload.receivers}.values(),
        host.service,
        {label: labels[label] for label in SELECTING_LABELS if label in labels},
        workloads,
    )


def receiver_service(receiver: Receiver, workload: Workload) -> JsonDict:
    """Return the Service named after one receiver: its port, reaching the pods of its endpoint."""
    labels = workload_labels(workload)
    return _service(
        receiver.key,
        labels | {names.RECEIVER_LABEL: receiver.key.name},
        [receiver],
        receiver.service,
        {label: labels[label] for label in SELECTING_LABELS},
        [workload],
    )


def bundle_secret(workload: Workload, number: int, contents: Mapping[str, bytes]) -> JsonDict:
    """Return one workflow Secret of an endpoint: one key per receiver, owned by just these."""
    host = workload.host.key
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(
            ObjectName(host.namespace, names.bundle_secret_name(host.name, workload.port, number)),
            workload_labels(workload),
            (receiver for receiver, _ in workload.receivers if receiver.key.name in contents),
        ),
        "type": "Opaque",
        "data": {name: base64.b64encode(data).decode() for name, data in sorted(contents.items())},
    }


def tls_secret(host: ObjectName, owners: Iterable[Receiver], data: Mapping[str, bytes]) -> JsonDict:
    """Return the Secret of a host's self-signed certificate."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(
            ObjectName(host.namespace, names.host_tls_secret_name(host.name)), host_labels(host.name), owners
        ),
        "type": "kubernetes.io/tls",
        "data": {key: base64.b64encode(value).decode() for key, value in sorted(data.items())},
    }


def with_data(secret: JsonDict, data: Mapping[str, bytes]) -> JsonDict:
    """Return *secret* with *data*."""
    return {**secret, "data": {key: base64.b64encode(value).decode() for key, value in sorted(data.items())}}


def host_dns_names(host: ObjectName) -> tuple[str, ...]:
    """
    Return the names a host's self-signed certificate is valid for.

    The wildcards cover the Services of its receivers, so that receivers come and go without a new certificate.
    """
    service = names.host_service_name(host.name)
    domains = (f"{host.namespace}.svc", f"{host.namespace}.svc.cluster.local")
    return tuple(
        sorted(
            {service, f"{service}.{host.namespace}", "localhost"}
            | {f"{service}.{domain}" for domain in domains}
            | {f"*.{domain}" for domain in domains}
        )
    )


def _metadata(key: ObjectName, labels: Mapping[str, str], owners: Iterable[Receiver]) -> JsonDict:
    metadata: JsonDict = {"name": key.name, "namespace": key.namespace, "labels": dict(labels)}
    references = owner_references(owners)
    return metadata | ({"ownerReferences": references} if references else {})


def _service(
    key: ObjectName,
    labels: Mapping[str, str],
    owners: Iterable[Receiver],
    wish: ServiceWish,
    selector: Mapping[str, str],
    workloads: Sequence[Workload],
) -> JsonDict:
    metadata = _metadata(key, labels, owners)
    if wish.annotations:
        metadata["annotations"] = dict(wish.annotations)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "type": wish.type,
            "selector": dict(selector),
            "ports": [
                {
                    "name": workload.port_name,
                    "port": workload.port,
                    "protocol": "TCP",
                    "targetPort": workload.port_name,
                }
                for workload in workloads
            ],
        },
    }


def _pod_spec(workload: Workload, config: Config) -> JsonDict:
    spec: JsonDict = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_PERIOD_S,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            _spread(workload, key) for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
        ],
        "containers": [_container(workload, config)],
        "volumes": _volumes(workload),
    }
    if config.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in config.image_pull_secrets]
    return spec


def _spread(workload: Workload, topology_key: str) -> JsonDict:
    labels = workload_labels(workload)
    return {
        "maxSkew": 1,
        "topologyKey": topology_key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {label: labels[label] for label in SELECTING_LABELS}},
    }


def _container(workload: Workload, config: Config) -> JsonDict:
    container: JsonDict = {
        "name": "listener",
        "image": config.listener_image,
        "imagePullPolicy": config.image_pull_policy,
        "command": ["python", "-m", "httpreceiver_listener"],
        "args": _arguments(workload),
        "ports": [
            {"name": workload.port_name, "containerPort": names.LISTEN_PORT, "protocol": "TCP"},
            {"name": names.ADMIN_PORT_NAME, "containerPort": names.ADMIN_PORT, "protocol": "TCP"},
        ],
        "startupProbe": _probe("/healthz", period_s=1, failures=60),
        "livenessProbe": _probe("/healthz", period_s=10, failures=6),
        "readinessProbe": _probe("/readyz", period_s=2, failures=1),
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": RESTRICTED,
        "volumeMounts": _mounts(workload),
    }
    if workload.host.pod_variables:
        container["env"] = [_variable(one) for one in workload.host.pod_variables]
    return container


def _variable(variable: PodVariable) -> JsonDict:
    if variable.value is not None:
        return {"name": variable.name, "value": variable.value}
    name, key = variable.secret
    # Optional: what only tells of requests must not keep them from being served.
    return {"name": variable.name, "valueFrom": {"secretKeyRef": {"name": name, "key": key, "optional": True}}}


def _arguments(workload: Workload) -> list[str]:
    arguments = [
        f"--host-name={workload.host.key}",
        f"--port={workload.port}",
        f"--listen-port={names.LISTEN_PORT}",
        f"--admin-port={names.ADMIN_PORT}",
        f"--scheme={workload.scheme.value}",
        f"--files-root={FILES_PATH}",
    ]
    if workload.scheme is Scheme.HTTPS:
        arguments.append(f"--tls-dir={TLS_PATH}")
        if workload.endpoint.cipher_suites is not CipherSuites.INTERMEDIATE:
            arguments.append(f"--cipher-suites={workload.endpoint.cipher_suites.value}")
    if workload.endpoint.admin_certificates:
        arguments.append(f"--admin-certificates={workload.endpoint.admin_certificates}")
    if workload.host.debug_secret:
        arguments.append(f"--debug-tokens={DEBUG_PATH}")
    arguments += _limit_arguments(workload.endpoint.limits)
    if workload.endpoint.trusted_proxies:
        arguments.append(f"--trusted-proxies={','.join(workload.endpoint.trusted_proxies)}")
    return arguments + [f"--bundle-dir={BUNDLES_PATH}/{number}" for number in range(names.BUNDLES_PER_ENDPOINT)]


def _limit_arguments(limits: PortLimits) -> list[str]:
    """Return what the host says of its ports as options of the listener's command."""
    seconds = {
        "header-timeout-s": limits.header_timeout,
        "keep-alive-s": limits.keep_alive_timeout,
        "write-timeout-s": limits.write_timeout,
    }
    counts = {"connections": limits.connections, "connections-per-peer": limits.connections_per_peer}
    chosen = {name: f"{duration_s(text):g}" for name, text in seconds.items() if text is not None}
    chosen |= {name: str(count) for name, count in counts.items() if count is not None}
    return [f"--{name}={value}" for name, value in chosen.items()]


def _probe(path: str, period_s: int, failures: int) -> JsonDict:
    return {
        "httpGet": {"path": path, "port": names.ADMIN_PORT_NAME, "scheme": "HTTP"},
        "periodSeconds": period_s,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }


def _mounts(workload: Workload) -> list[JsonDict]:
    mounts: list[JsonDict] = [
        {"name": f"bundle-{number}", "mountPath": f"{BUNDLES_PATH}/{number}", "readOnly": True}
        for number in range(names.BUNDLES_PER_ENDPOINT)
    ]
    if workload.scheme is Scheme.HTTPS:
        mounts.append({"name": "tls", "mountPath": TLS_PATH, "readOnly": True})
    if workload.host.debug_secret:
        mounts.append({"name": "debug", "mountPath": DEBUG_PATH, "readOnly": True})
    return [*mounts, {"name": "files", "mountPath": FILES_PATH}, {"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108


def _volumes(workload: Workload) -> list[JsonDict]:
    host = workload.host.key
    volumes: list[JsonDict] = [
        {
            "name": f"bundle-{number}",
            "secret": {
                "secretName": names.bundle_secret_name(host.name, workload.port, number),
                "optional": True,
                "defaultMode": 0o440,
            },
        }
        for number in range(names.BUNDLES_PER_ENDPOINT)
    ]
    if workload.scheme is Scheme.HTTPS:
        items = [{"key": key, "path": key} for key in ("tls.crt", "tls.key")]
        secret = {"secretName": workload.certificate.identity, "defaultMode": 0o440, "items": items}
        volumes.append({"name": "tls", "secret": secret})
    if workload.host.debug_secret:
        tokens = {"secretName": workload.host.debug_secret, "optional": True, "defaultMode": 0o440}
        volumes.append({"name": "debug", "secret": tokens})
    return [*volumes, {"name": "files", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]
