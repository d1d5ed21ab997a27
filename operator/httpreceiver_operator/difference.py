"""
What has to be written so that the cluster matches a plan: nothing when it already does. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from httpreceiver_operator import names
from httpreceiver_operator.api_objects import JsonObject, is_ours
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.objects import JsonDict, object_key
from httpreceiver_operator.plan import Plan
from httpreceiver_operator.snapshot import Snapshot

IDENTITIES: Final = ("uid", "name", "topologyKey", "key")
"""Fields that tell the items of a list apart, in the order in which they are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    The writes.

    Attributes:
        create: objects that the snapshot does not have.
        update: objects of ours that are not as planned.
        delete: objects of ours that are planned no more, with the uid that was seen.
        statuses: statuses that differ.
    """

    create: tuple[JsonDict, ...]
    update: tuple[JsonDict, ...]
    delete: tuple[tuple[ObjectKey, str], ...]
    statuses: Mapping[ObjectKey, dict[str, Any]]

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be written."""
        return not (self.objects_differ or self.statuses)

    @property
    def objects_differ(self) -> bool:
        """Whether an object, not only a status, has to be written."""
        return bool(self.create or self.update or self.delete)


def difference(plan: Plan, snapshot: Snapshot) -> Difference:
    """Return the writes that turn the world of *snapshot* into *plan*; certificates and pods are not part of it."""
    wanted = {object_key(entry): entry for entry in plan.objects}
    kept = wanted.keys() | {object_key(action.secret) for action in plan.certificates}
    return Difference(
        create=tuple(entry for key, entry in wanted.items() if key not in snapshot.existing),
        update=tuple(
            entry
            for key, entry in wanted.items()
            if (live := snapshot.existing.get(key)) is not None and not is_as_planned(entry, live)
        ),
        delete=tuple(
            (key, str(live["metadata"].get("uid") or ""))
            for key, live in snapshot.existing.items()
            if key not in kept and is_ours(live)
        ),
        statuses={
            key: status for key, status in plan.statuses.items() if not _same_status(status, _status_of(key, snapshot))
        },
    )


def is_as_planned(planned: JsonObject, live: JsonObject) -> bool:
    """
    Whether *live* is what applying *planned* would leave.

    The digest tells what was applied last, so that what is planned no more is noticed; comparing the fields tells
    whether someone else changed them since. Fields the API server or others added are not ours to judge.
    """
    digest = (live["metadata"].get("annotations") or {}).get(names.APPLIED_DIGEST)
    return digest == planned["metadata"]["annotations"][names.APPLIED_DIGEST] and _covers(planned, live)


def _covers(planned: Any, live: Any) -> bool:
    if planned == live:
        return True
    if isinstance(planned, Mapping):
        return isinstance(live, Mapping) and all(
            _covers(value, live.get(key)) or (value == {} and live.get(key) is None) for key, value in planned.items()
        )
    if isinstance(planned, list) and planned and isinstance(planned[0], Mapping):
        return isinstance(live, list) and _covers_items(planned, live)
    return False


def _covers_items(planned: list[JsonObject], live: list[JsonObject]) -> bool:
    """Whether each planned item has its like in *live*: the one with the same identity, wherever it stands."""
    by_identity = {_identity(item): item for item in live}
    return all(_covers(item, by_identity.get(_identity(item))) for item in planned)


def _identity(item: JsonObject) -> Any:
    """Return what tells an item from its neighbours, in the lists we write; owners have a uid, most others a name."""
    return next((item[field] for field in IDENTITIES if field in item), None)


def _status_of(key: ObjectKey, snapshot: Snapshot) -> JsonObject:
    name = ObjectName(key.namespace, key.name)
    return snapshot.receivers[name].status if key.kind == names.RECEIVER else snapshot.hosts[name].status


def _same_status(planned: JsonObject, live: JsonObject) -> bool:
    return _by_type(planned) == _by_type(live)


def _by_type(status: JsonObject) -> dict[str, Any]:
    conditions = {item["type"]: item for item in status.get("conditions") or ()}
    return {**status, "conditions": conditions} if status else {}
