"""What receivers read of ConfigMaps and Secrets: when it changes, when it goes, and what of it travels."""

from typing import Any

import pytest

from httpreceiver_operator.config import Config
from httpreceiver_operator.difference import difference
from httpreceiver_operator.host_values import Unreadable, host_values
from httpreceiver_operator.memo import Memo
from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.plan import Plan, plan
from httpreceiver_operator.snapshot import Snapshot
from httpreceiver_workflow.endpoint import ServedReceiver
from plan_cases import PlanCase, applied, plan_cases

[CASE] = [case for case in plan_cases() if case.name == "host-values-from-configmaps-and-secrets"]
READS = ObjectName("team-a", "reads")
JsonDict = dict[str, Any]


def planned(objects: list[JsonDict], case: PlanCase = CASE) -> tuple[Snapshot, Plan]:
    """Return snapshot and plan of *objects*."""
    snapshot = case.snapshot(objects)
    return snapshot, plan(snapshot, Config())


def written(objects: list[JsonDict]) -> list[JsonDict]:
    """Return the cluster after what is planned for *objects* was written."""
    snapshot, decided = planned(objects)
    return applied(CASE, objects, decided, difference(decided, snapshot))


def served(decided: Plan) -> dict[str, ServedReceiver]:
    """Return what listeners are told, by name."""
    return {one.name: one for endpoint in decided.endpoints for one in endpoint.receivers}


def changed(objects: list[JsonDict], kind: str, name: str, data: dict[str, str]) -> list[JsonDict]:
    """Return *objects* with other contents of one ConfigMap or Secret."""
    field = "data" if kind == "ConfigMap" else "stringData"
    return [{**one, field: data} if (one["kind"], one["metadata"]["name"]) == (kind, name) else one for one in objects]


def test_a_change_of_what_is_read_is_another_revision() -> None:
    """The generation stays: nobody edited the receiver."""
    before = served(planned(CASE.objects)[1])["team-a/reads"]
    edited = changed(CASE.objects, "Secret", "keys", {"ApiKey": "rotated"})
    after = served(planned(edited)[1])["team-a/reads"]
    assert before.generation == after.generation
    assert before.revision != after.revision


def test_a_change_of_what_is_not_read_writes_nothing() -> None:
    """Other workflows' variables are none of its business."""
    cluster = written(CASE.objects)
    sites = {"Site": "north", "APIKEY": "overridden", "Unused": "another", "New": "one"}
    snapshot, decided = planned(changed(cluster, "ConfigMap", "sites", sites))
    left = difference(decided, snapshot)
    assert ((), (), ()) == (left.create, left.update, left.delete)


@pytest.mark.parametrize(
    "data", [None, {"Site": "north"}], ids=["the Secret is gone", "the Secret is no table's business"]
)
def test_a_missing_secret_leaves_the_last_good_version_served(data: dict[str, str] | None) -> None:
    """With the values it had; the conditions say what is missing."""
    cluster = written(CASE.objects)
    before = served(planned(cluster)[1])["team-a/reads"]
    if data is None:
        after_loss = [one for one in cluster if (one["kind"], one["metadata"]["name"]) != ("Secret", "keys")]
        reason = "SecretNotFound"
    else:
        after_loss = changed(cluster, "ConfigMap", "tables", {"Gender.csv": "no table"})
        after_loss = changed(after_loss, "ConfigMap", "tables", {"Gender.csv": "key,value\nbroken\n"})
        reason = "ValueUnreadable"
    snapshot, decided = planned(after_loss)
    assert before == served(decided)["team-a/reads"]
    [status] = [status for key, status in decided.statuses.items() if key.name == "reads"]
    found = {one["type"]: one["reason"] for one in status["conditions"]}
    assert reason == found["ResolvedRefs"]
    assert "WorkflowUnavailable" == found["Accepted"]
    assert ((), ()) == (difference(decided, snapshot).update, difference(decided, snapshot).delete)


def test_a_value_that_is_no_text_is_named_by_its_key() -> None:
    """And not quoted."""
    snapshot = CASE.snapshot([*CASE.objects[:1], *(_binary(one) for one in CASE.objects[1:])])
    with pytest.raises(Unreadable) as raised:
        host_values(snapshot.receivers[READS], snapshot, Memo(), Config())
    assert 'Key "ApiKey" of Secret team-a/keys is not UTF-8 text.' == raised.value.finding.message


def _binary(entry: JsonDict) -> JsonDict:
    """Return the Secret ``keys`` with a value that is no text, any other object as it is."""
    if entry["metadata"]["name"] != "keys":
        return entry
    return {**entry, "stringData": {}, "data": {"ApiKey": "/////w=="}}
