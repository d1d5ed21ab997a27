"""
The golden cases of the planner: ``tests/cases/plan/<case>.in.yaml`` is a whole snapshot, ``.out.yaml`` the whole plan.

An input has `now`, `objects` (API objects), and where needed `reports` (pod → what it said) and `refused` (object → why
the API server would not take it). ``make golden`` rewrites the outputs. Compressed workflows are shown by what they
hold, and digests that depend on the compression are left out.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from httpreceiver_operator import names
from httpreceiver_operator.certificates import self_signed_pair
from httpreceiver_operator.difference import Difference
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.objects import JsonDict, finished, object_key, with_data
from httpreceiver_operator.observation import snapshot_from
from httpreceiver_operator.plan import Plan
from httpreceiver_operator.snapshot import ReceiverReport, Snapshot
from httpreceiver_workflow.endpoint import decode_receiver

FOLDER = Path(__file__).parent.parent / "cases" / "plan"


@dataclass(frozen=True)
class PlanCase:
    """One input, as read from its file."""

    name: str
    now: datetime
    objects: list[JsonDict]
    reports: dict[ObjectName, list[ReceiverReport]]
    refused: dict[ObjectKey, str]

    def snapshot(self, objects: Iterable[JsonDict] | None = None) -> Snapshot:
        """The snapshot of the case, or of other objects at the same time."""
        chosen = self.objects if objects is None else objects
        return snapshot_from(chosen, self.now, self.reports, self.refused)

    @property
    def expected_path(self) -> Path:
        """Where the expected plan lies."""
        return FOLDER / f"{self.name}.out.yaml"


def plan_cases() -> list[PlanCase]:
    """Every case, by name."""
    return [_case(path) for path in sorted(FOLDER.glob("*.in.yaml"))]


def _case(path: Path) -> PlanCase:
    document = yaml.safe_load(path.read_text())
    reports = document.get("reports", {})
    refused = document.get("refused", {})
    return PlanCase(
        name=path.name.removesuffix(".in.yaml"),
        now=datetime.fromisoformat(document["now"]),
        objects=document["objects"],
        reports={ObjectName(*pod.split("/")): [ReceiverReport(**one) for one in said] for pod, said in reports.items()},
        refused={ObjectKey(*key.replace("/", " ").split()): why for key, why in refused.items()},
    )


def plan_document(plan: Plan, changes: Difference) -> str:
    """The plan as the text of an ``.out.yaml``."""
    document = {
        "endpoints": [
            {
                "host": endpoint.host,
                "port": endpoint.port,
                "scheme": endpoint.scheme.value,
                "certificate": endpoint.certificate,
                "admin_certificates": endpoint.admin_certificates,
                "receivers": [_served(one) for one in endpoint.receivers],
            }
            for endpoint in plan.endpoints
        ],
        "certificates": [
            {"secret": str(object_key(one.secret)), "dns_names": list(one.dns_names), "reason": one.reason}
            for one in plan.certificates
        ],
        "writes": {
            "create": [str(object_key(entry)) for entry in changes.create],
            "update": [str(object_key(entry)) for entry in changes.update],
            "delete": [str(key) for key, _ in changes.delete],
            "statuses": [str(key) for key in changes.statuses],
        },
        "pod_revisions": {str(pod): revision for pod, revision in plan.pod_revisions.items()},
        "expected": {str(pod): [list(one) for one in sorted(said)] for pod, said in plan.expected.items()},
        "statuses": {str(key): status for key, status in plan.statuses.items()},
        "events": [f"{event.type} {event.reason} {event.about}: {event.message}" for event in plan.events],
        "objects": [_readable(entry) for entry in plan.objects],
    }
    return yaml.dump(copy.deepcopy(document), Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Without anchors: each object is to be read by itself."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _served(one: Any) -> str:
    read = [
        *(f"{value.name}=…" for value in one.resources.global_variables),
        *(table.name for table in (*one.resources.lookup_tables, *one.resources.data_tables)),
        *(f"{override.name[:8]}….py" for override in one.resources.code_overrides),
    ]
    reads = f" reads {', '.join(read)}" if read else ""
    suspended = " suspended" if one.suspended else ""
    return f"{one.name} generation {one.generation} revision {one.revision}{suspended}{reads}"


def _readable(entry: JsonDict) -> JsonDict:
    shown = copy.deepcopy(entry)
    del shown["metadata"]["annotations"][names.APPLIED_DIGEST]
    if not shown["metadata"]["annotations"]:
        del shown["metadata"]["annotations"]
    if shown["kind"] == "Secret":
        data = snapshot_from([entry], datetime.fromisoformat("2026-01-01T00:00:00Z")).secrets
        (contents,) = data.values()
        is_bundle = shown["type"] == "Opaque"
        shown["data"] = {key: _served(decode_receiver(value)) if is_bundle else "…" for key, value in contents.items()}
    return shown


def applied(case: PlanCase, objects: Iterable[JsonDict], plan: Plan, changes: Difference) -> list[JsonDict]:
    """The objects of a cluster in which *changes* of *plan* were written."""
    cluster = {object_key(entry): copy.deepcopy(entry) for entry in objects}
    issued = [finished(with_data(one.secret, self_signed_pair(one.dns_names, case.now))) for one in plan.certificates]
    for entry in (*issued, *changes.create, *changes.update):
        key = object_key(entry)
        uid = cluster.get(key, {}).get("metadata", {}).get("uid", f"uid of {key}")
        cluster[key] = _stored(entry, uid)
    for key, _ in changes.delete:
        del cluster[key]
    for key, status in changes.statuses.items():
        cluster[key]["status"] = copy.deepcopy(status)
    for pod, revision in plan.pod_revisions.items():
        metadata = cluster[ObjectKey("Pod", *pod)]["metadata"]
        metadata["annotations"] = {**metadata.get("annotations", {}), names.BUNDLE_REVISION: revision}
    return list(cluster.values())


def _stored(entry: Mapping[str, Any], uid: str) -> JsonDict:
    stored = copy.deepcopy(dict(entry))
    stored["metadata"]["uid"] = uid
    return stored
