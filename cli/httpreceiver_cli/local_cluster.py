"""
A cluster made of files: what the API server and the operator would hold if every file had been applied.

`plan` asks it once, `serve` after every change. Between two answers it remembers what a real cluster keeps: who holds
which address, since when, and the last good version of each receiver. So the operator's own planner settles everything.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from httpreceiver_cli.host_files import HostFiles
from httpreceiver_cli.manifests import http_receiver, names_for
from httpreceiver_cli.soundness import sort_out
from httpreceiver_cli.sources import ManifestObject, Refusal, Sources, WorkflowFile, read_sources
from httpreceiver_operator.api_objects import object_name
from httpreceiver_operator.conditions import format_time
from httpreceiver_operator.config import Config
from httpreceiver_operator.memo import Memo
from httpreceiver_operator.names import RECEIVER, ObjectKey, ObjectName
from httpreceiver_operator.observation import snapshot_from
from httpreceiver_operator.plan import Plan, plan
from httpreceiver_operator.readings import Reading, read_receiver
from httpreceiver_operator.snapshot import Snapshot

NAMESPACE: Final = "default"

JsonDict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the files ask for, and what becomes of it.

    Attributes:
        receivers: every HttpReceiver → its object, status included.
        readings: every HttpReceiver → what its workflow says, or said when it was last good.
        places: every HttpReceiver → the file it stands in.
        complaints: one line for each file or object that cannot be used.
        refusals: the files among them, for the exit code.
    """

    plan: Plan
    snapshot: Snapshot
    receivers: Mapping[ObjectName, JsonDict]
    readings: Mapping[ObjectName, Reading]
    places: Mapping[ObjectName, str]
    complaints: tuple[str, ...]
    refusals: tuple[Refusal, ...]


class LocalCluster:
    """
    The files at some paths, seen as a cluster.

    Args:
        service_port: of receivers on a host's service address; None leaves it to the ReceiverHost.
        has_certificate: whether a server certificate of that thumbprint lies outside the files, in a folder of its own.
        host_files: what every workflow may read of its host; it wins over what manifests provide.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        *,
        service_port: int | None = None,
        has_certificate: Callable[[str], bool] = lambda thumbprint: False,
        host_files: HostFiles | None = None,
    ) -> None:
        self._paths = tuple(paths)
        self._service_port = service_port
        self._has_certificate = has_certificate
        self._host_files = host_files or HostFiles(None, None, {})
        self._memo = Memo()
        self._workflows: dict[Path, WorkflowFile] = {}
        self._manifests: dict[Path, tuple[ManifestObject, ...]] = {}
        self._versions: dict[ObjectKey, tuple[str, int]] = {}
        self._since: dict[ObjectKey, datetime] = {}
        self._statuses: Mapping[ObjectKey, JsonDict] = {}
        self._made: tuple[JsonDict, ...] = ()

    def ask(self, now: datetime) -> Answer:
        """Read the files anew and plan; *now* is aware."""
        sources = read_sources(self._paths)
        host = self._host_files.read()
        refusals = (*sources.refusals, *host.refusals)
        workflows, manifests = self._with_last_readable(sources)
        sorted_out = sort_out(manifests)
        complaints = [str(refusal) for refusal in refusals]
        complaints += [
            f"{manifest.place}: {mistake.where}: {mistake.message} {mistake.code.remedy}"
            for manifest, mistake in sorted_out.mistaken
        ]
        sound = self._with_last_sound(sorted_out.sound, [manifest for manifest, _ in sorted_out.mistaken])
        objects, places = self._objects(workflows, sound, now)
        snapshot = snapshot_from([*self._made, *objects], now)
        snapshot = self._on_this_machine(replace(snapshot, outside_values=host.resources))
        config = Config(code_overrides=self._host_files.allows_code)
        readings = {
            key: read_receiver(receiver, snapshot, self._memo, config) for key, receiver in snapshot.receivers.items()
        }
        config = replace(config, outside_certificates=self._outside_certificates(readings.values()))
        decided = plan(snapshot, config, self._memo)
        self._statuses, self._made = decided.statuses, decided.objects
        receivers = {object_name(entry): self._with_status(entry) for entry in objects if entry["kind"] == RECEIVER}
        return Answer(decided, snapshot, receivers, readings, places, tuple(complaints), refusals)

    def _outside_certificates(self, readings: Iterable[Reading]) -> frozenset[str]:
        named = {reading.settings.certificate_thumbprint for reading in readings if reading.settings} - {""}
        return frozenset(filter(self._has_certificate, named))

    # A file that cannot be read after an edit must not take its receivers off the network: the last readable one holds.

    def _with_last_readable(self, sources: Sources) -> tuple[list[WorkflowFile], list[ManifestObject]]:
        """Return what was read, and for each file that is there but unreadable what it held before."""
        damaged = {refusal.path for refusal in sources.refusals if refusal.path.exists()}
        workflows = {workflow.path: workflow for workflow in sources.workflows}
        manifests: dict[Path, tuple[ManifestObject, ...]] = {}
        for manifest in sources.manifests:
            manifests[manifest.path] = (*manifests.get(manifest.path, ()), manifest)
        for path in damaged:
            if path in self._workflows:
                workflows[path] = self._workflows[path]
            if path in self._manifests:
                manifests[path] = self._manifests[path]
        self._workflows = workflows
        return list(workflows.values()), [manifest for group in manifests.values() for manifest in group]

    def _with_last_sound(
        self, sound: tuple[ManifestObject, ...], mistaken: list[ManifestObject]
    ) -> tuple[ManifestObject, ...]:
        """Return *sound*, and for each mistaken object of a file the sound one that stood there before."""
        present = {_key(manifest): manifest for manifest in sound}
        before = {_key(old): old for group in self._manifests.values() for old in group}
        for manifest in mistaken:
            key = _key(manifest)
            if key in before and before[key].path == manifest.path:
                present.setdefault(key, before[key])
        self._manifests = {}
        for manifest in present.values():
            self._manifests[manifest.path] = (*self._manifests.get(manifest.path, ()), manifest)
        return tuple(present.values())

    def _objects(
        self, workflows: Iterable[WorkflowFile], manifests: Iterable[ManifestObject], now: datetime
    ) -> tuple[list[JsonDict], dict[ObjectName, str]]:
        """Return the API objects, and the file of each receiver."""
        declared = {_key(manifest): manifest for manifest in manifests}
        files = list(workflows)
        names = names_for(files, [key.name for key in declared if key.kind == RECEIVER])
        objects = [self._applied(manifest.content, now) for manifest in declared.values()]
        places = {object_name(one.content): one.place for key, one in declared.items() if key.kind == RECEIVER}
        for file in files:
            entry = http_receiver(names[file.path], file.text, namespace=NAMESPACE)
            objects.append(self._applied(entry, now))
            places[object_name(entry)] = str(file.path)
        self._forget_all_but({ObjectKey(entry["kind"], *object_name(entry)) for entry in objects})
        return objects, places

    def _forget_all_but(self, present: set[ObjectKey]) -> None:
        """Forget what was deleted: if it comes back it is new."""
        self._versions = {key: version for key, version in self._versions.items() if key in present}
        self._since = {key: since for key, since in self._since.items() if key in present}

    def _applied(self, content: Mapping[str, Any], now: datetime) -> JsonDict:
        """Return *content* with what the API server adds: age, generation, uid, and the status of the last plan."""
        namespace, name = object_name(content)
        key = ObjectKey(str(content["kind"]), namespace, name)
        digest = hashlib.sha256(json.dumps(content.get("spec"), sort_keys=True).encode()).hexdigest()
        known, generation = self._versions.get(key, ("", 0))
        self._versions[key] = (digest, generation if known == digest else generation + 1)
        since = self._since.setdefault(key, now)
        metadata = {
            "creationTimestamp": format_time(since),
            "uid": hashlib.sha256(str(key).encode()).hexdigest()[:32],
            **content["metadata"],
            "namespace": namespace,
            "generation": self._versions[key][1],
        }
        applied = {**content, "metadata": metadata}
        if key in self._statuses:
            applied["status"] = self._statuses[key]
        else:
            applied.pop("status", None)
        return applied

    def _with_status(self, entry: JsonDict) -> JsonDict:
        return {**entry, "status": self._statuses[ObjectKey(RECEIVER, *object_name(entry))]}

    def _on_this_machine(self, snapshot: Snapshot) -> Snapshot:
        """Return *snapshot* with the service address on the port the caller asked for."""
        if self._service_port is None:
            return snapshot
        keys = {*snapshot.hosts, *(receiver.host_key for receiver in snapshot.receivers.values())}
        hosts = {key: replace(snapshot.host(key), service_address_port=self._service_port) for key in sorted(keys)}
        return replace(snapshot, hosts=hosts)


def _key(manifest: ManifestObject) -> ObjectKey:
    metadata = manifest.content.get("metadata")
    if not isinstance(metadata, Mapping):
        return ObjectKey(manifest.kind, "", "")
    return ObjectKey(manifest.kind, *object_name(manifest.content))
