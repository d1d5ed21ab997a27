"""
The one door to the Kubernetes API, for the reconcile loop alone. Speaks JSON, knows nothing of plans.

Verbs it needs, cluster-wide or in each watched namespace:

| group | resources | verbs | for |
|---|---|---|---|
| httpreceiver.dev | httpreceivers, receiverhosts | list, watch | what users declare |
| httpreceiver.dev | httpreceivers/status, receiverhosts/status | patch | conditions, address, problems |
| apps | deployments | get, list, watch, create, patch, delete | listener Deployments |
| (core) | services, secrets | get, list, watch, create, patch, delete | Services, workflows, certificates, references |
| (core) | configmaps | get | workflowFrom |
| (core) | pods | list, watch, patch | readiness, the annotation that refreshes mounts |
| (core) | events | create | what changed |

The watch itself is kopf's; with its scanning switched off it needs nothing beyond these. No finalizers are set, and no
owner reference blocks deletion, so no right on ``finalizers`` is needed.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import msgspec
from kubernetes.aio import client, config

from httpreceiver_operator import names
from httpreceiver_operator.api_objects import JsonObject
from httpreceiver_operator.conditions import format_time
from httpreceiver_operator.metrics import OperatorMetrics
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.statuses import PlannedEvent

CALL_TIMEOUT_S: Final = 30.0
PAGE_SIZE: Final = 500
APPLY: Final = "application/apply-patch+yaml"
MERGE: Final = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Resource:
    """Where a kind lives in the API; only objects that *selector* selects are listed and watched."""

    group: str
    version: str
    plural: str
    selector: str = ""

    @property
    def root(self) -> str:
        """Path before the namespace."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


RESOURCES: Final[Mapping[str, Resource]] = {
    names.RECEIVER: Resource(names.GROUP, names.VERSION, "httpreceivers"),
    names.HOST: Resource(names.GROUP, names.VERSION, "receiverhosts"),
    "Deployment": Resource("apps", "v1", "deployments", names.OURS_SELECTOR),
    "Service": Resource("", "v1", "services", names.OURS_SELECTOR),
    "Secret": Resource("", "v1", "secrets", names.OURS_SELECTOR),
    "Pod": Resource("", "v1", "pods", names.OURS_SELECTOR),
}
"""Kinds that are listed and watched."""

READ_BY_NAME: Final[Mapping[str, Resource]] = {**RESOURCES, "ConfigMap": Resource("", "v1", "configmaps")}
EVENTS: Final = Resource("", "v1", "events")


class NoCluster(Exception):
    """Nothing says which cluster to connect to; the text says what to do."""


class ClusterError(Exception):
    """The API refused a call or could not be reached; the text says which call and why."""

    def __init__(self, call: str, status: int, message: str) -> None:
        """*status* is the HTTP status, 0 when there was no answer."""
        super().__init__(f"{call}: {status} {message}" if status else f"{call}: {message}")
        self.status = status
        self.reason = message


class Cluster:
    """One connection pool to the API."""

    def __init__(self, api: client.ApiClient, metrics: OperatorMetrics) -> None:
        """Use `connect`."""
        self._api = api
        self._metrics = metrics

    async def list_kind(self, kind: str, namespace: str | None) -> list[JsonObject]:
        """Return all objects of *kind*, ours where the kind is one we make, in *namespace* or everywhere."""
        resource = RESOURCES[kind]
        query = [("limit", str(PAGE_SIZE)), ("labelSelector", resource.selector)]
        listed: list[JsonObject] = []
        token = ""
        while True:
            page = await self._call("GET", _path(resource, namespace), [*query, ("continue", token)])
            api_version = f"{resource.group}/{resource.version}" if resource.group else resource.version
            # Items of a list do not repeat what they are.
            listed.extend({"apiVersion": api_version, "kind": kind, **item} for item in page["items"])
            token = page["metadata"].get("continue") or ""
            if not token:
                return listed

    async def read(self, key: ObjectKey) -> JsonObject | None:
        """Return one object; None when there is none."""
        try:
            return await self._call("GET", _path(READ_BY_NAME[key.kind], key.namespace, key.name))
        except ClusterError as error:
            if error.status == 404:
                return None
            raise

    async def apply(self, entry: JsonObject, *, force: bool) -> JsonObject:
        """
        Apply *entry* server-side and return it as it is now.

        Args:
            force: take fields over from other managers; only for objects known to be ours.
        """
        metadata = entry["metadata"]
        path = _path(RESOURCES[entry["kind"]], metadata["namespace"], metadata["name"])
        return await self._call("PATCH", path, _manager(force), entry, APPLY)

    async def apply_status(self, key: ObjectKey, uid: str, status: JsonObject) -> JsonObject:
        """Apply the status of one of our kinds; fails with 409 when the object is no longer the one with *uid*."""
        body = {
            "apiVersion": names.API_VERSION,
            "kind": key.kind,
            "metadata": {"name": key.name, "namespace": key.namespace, "uid": uid},
            "status": status,
        }
        path = _path(RESOURCES[key.kind], key.namespace, key.name, "status")
        return await self._call("PATCH", path, _manager(force=True), body, APPLY)

    async def annotate_pod(self, pod: ObjectName, annotations: Mapping[str, str]) -> None:
        """Set annotations of one pod; a pod that is gone is fine."""
        body = {"metadata": {"annotations": dict(annotations)}}
        await self._unless_gone("PATCH", _path(RESOURCES["Pod"], *pod), _manager(force=False)[:1], body, MERGE)

    async def delete(self, key: ObjectKey, uid: str) -> None:
        """Delete exactly the object with *uid*; one that is gone or replaced is left as it is."""
        body = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        await self._unless_gone("DELETE", _path(RESOURCES[key.kind], key.namespace, key.name), [], body)

    async def create_event(self, event: PlannedEvent, now: datetime) -> None:
        """Write one Event."""
        moment = format_time(now)
        about = event.about
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{about.name}.", "namespace": about.namespace},
            "involvedObject": {
                "apiVersion": names.API_VERSION,
                "kind": about.kind,
                "namespace": about.namespace,
                "name": about.name,
                "uid": event.uid,
            },
            "type": event.type,
            "reason": event.reason,
            "message": event.message,
            "source": {"component": names.MANAGER},
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
        }
        await self._call("POST", _path(EVENTS, about.namespace), _manager(force=False)[:1], body)

    async def _unless_gone(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        body: JsonObject,
        content_type: str = "application/json",
    ) -> None:
        try:
            await self._call(method, path, query, body, content_type)
        except ClusterError as error:
            if error.status not in (404, 409):
                raise

    async def _call(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        body: JsonObject | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        parameters = [(name, value) for name, value in query if value]
        request = await self._api.param_serialize(
            method=method,
            resource_path=path,
            query_params=parameters,
            header_params={"Accept": "application/json", "Content-Type": content_type},
            body=body,
            auth_settings=["BearerToken"],
        )
        status = 0
        try:
            response = await self._api.call_api(*request, _request_timeout=CALL_TIMEOUT_S)
            data = await response.read()  # type: ignore[no-untyped-call]
            status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ClusterError(f"{method} {path}", 0, str(error) or type(error).__name__) from error
        finally:
            self._metrics.api_calls.labels(verb=method, code=str(status)).inc()
        if not 200 <= status <= 299:
            raise ClusterError(f"{method} {path}", status, _refusal(data))
        answer: dict[str, Any] = msgspec.json.decode(data)
        return answer


@asynccontextmanager
async def connect(metrics: OperatorMetrics) -> AsyncIterator[Cluster]:
    """
    Connect with the pod's ServiceAccount, or as KUBECONFIG says outside a cluster.

    Raises:
        NoCluster: neither is there.
    """
    configuration = client.Configuration()
    try:
        if os.environ.get("KUBERNETES_SERVICE_HOST"):
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        else:
            await config.load_kube_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    except config.ConfigException as error:
        raise NoCluster(f"no cluster to connect to: {error}; run it in a pod, or name a file in KUBECONFIG") from error
    # Like kopf: the environment's proxies are for the outside, not for the API server.
    configuration.client_session_kwargs = {"trust_env": False}
    async with client.ApiClient(configuration) as api:
        yield Cluster(api, metrics)


def _path(resource: Resource, namespace: str | None, name: str = "", subresource: str = "") -> str:
    parts = [resource.root]
    if namespace:
        parts.append(f"namespaces/{quote(namespace, safe='')}")
    parts.append(resource.plural)
    parts.extend(quote(part, safe="") for part in (name, subresource) if part)
    return "/".join(parts)


def _manager(force: bool) -> list[tuple[str, str]]:
    manager = [("fieldManager", names.MANAGER)]
    return [*manager, ("force", "true")] if force else manager


def _refusal(data: bytes) -> str:
    """Return the message of a Status object, or the beginning of what came instead."""
    try:
        return str(msgspec.json.decode(data)["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return data[:200].decode(errors="replace")
