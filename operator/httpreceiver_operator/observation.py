"""
A snapshot made of API objects, for the reconcile loop and the command line alike.

Objects that cannot be read as what they claim to be never reach us: the API server checked them against the CRDs, and
the command line reports what it cannot read before it asks. Absent fields take the defaults of the CRDs.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from httpreceiver_operator import names
from httpreceiver_operator.api_objects import NOTHING, JsonObject, is_ours, object_name, parse_time
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.snapshot import (
    Host,
    ListenerPod,
    ObjectReference,
    PodVariable,
    Receiver,
    ReceiverReport,
    ServiceWish,
    Snapshot,
    TextReference,
)
from httpreceiver_workflow.endpoint import CipherSuites
from httpreceiver_workflow.options import read_host_limits, read_options

OWNED_KINDS: Final = ("Deployment", "Service", "Secret")
"""Kinds the planner makes; objects of these kinds that carry our names are part of the snapshot, ours or not."""

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


def _is_gone(entry: JsonObject) -> bool:
    deleted = (entry.get("metadata") or NOTHING).get("deletionTimestamp")
    return bool(deleted) and entry.get("kind") != "Pod"


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
    pods = spec.get("pods") or NOTHING
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
        cipher_suites=CipherSuites((spec.get("tls") or NOTHING).get("cipherSuites") or CipherSuites.INTERMEDIATE),
        default_secret=(spec.get("defaultCertificate") or NOTHING).get("secretName") or "",
        certificate_secrets=tuple(item["secretName"] for item in spec.get("certificates") or ()),
        service=_service_wish(spec.get("service")),
        limits=limits,
        limit_problems=limit_problems,
        debug_secret=(pods.get("debug") or NOTHING).get("secretName") or "",
        pod_variables=tuple(map(_pod_variable, pods.get("env") or ())),
        replicas=pods.get("replicas"),
        status=entry.get("status") or NOTHING,
    )


def _pod_variable(entry: JsonObject) -> PodVariable:
    kept = (entry.get("valueFrom") or NOTHING).get("secretKeyRef")
    return PodVariable(
        name=entry["name"], value=entry.get("value"), secret=(kept["name"], kept["key"]) if kept else ("", "")
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
