"""What is known of the cluster: newest version wins, and only what matters wakes the loop."""

from typing import Any

from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.store import Store

NAME = ObjectName("team", "a")


def an_object(version: int, uid: str = "1", kind: str = "Service", **more: Any) -> dict[str, Any]:
    """An object at a version."""
    metadata = {"namespace": "team", "name": "a", "uid": uid, "resourceVersion": str(version)}
    ours = kind == "HttpReceiver"
    return {"apiVersion": "httpreceiver.dev/v1alpha1" if ours else "v1", "kind": kind, "metadata": metadata, **more}


def test_a_late_event_does_not_undo_a_newer_one() -> None:
    """An older version is passed over, whatever the event says."""
    store = Store()
    store.put(an_object(5, spec="new"))
    assert not store.observe("MODIFIED", an_object(4, spec="old"))
    assert not store.observe("DELETED", an_object(3))
    assert [an_object(5, spec="new")] == list(store)


def test_a_deletion_of_the_predecessor_is_passed_over() -> None:
    """An object that was made anew under the same name stays."""
    store = Store()
    store.put(an_object(5, uid="2"))
    assert not store.observe("DELETED", an_object(6, uid="1"))
    assert [an_object(5, uid="2")] == list(store)


def test_a_deletion_forgets() -> None:
    """A deleted object is gone and worth a pass."""
    store = Store()
    store.put(an_object(5))
    assert store.observe("DELETED", an_object(6))
    assert [] == list(store)


def test_our_own_status_is_not_worth_a_pass() -> None:
    """A receiver of which only status and version changed wakes nobody; another kind's status does."""
    store = Store()
    store.put(an_object(1, kind="HttpReceiver", status={}))
    assert not store.observe("MODIFIED", an_object(2, kind="HttpReceiver", status={"url": "x"}))
    assert store.observe("MODIFIED", an_object(3, kind="HttpReceiver", spec={"host": "b"}))
    store.put(an_object(4, kind="Pod", status={}))
    assert store.observe("MODIFIED", an_object(5, kind="Pod", status={"podIP": "10.0.0.1"}))


def test_a_list_repairs_what_the_watch_missed() -> None:
    """What is not in the list is forgotten; other kinds are not concerned."""
    store = Store()
    store.put(an_object(1))
    store.put(an_object(2, kind="Pod"))
    store.replace("Service", [])
    assert ["Pod"] == [entry["kind"] for entry in store]


def test_dropping_needs_the_right_uid() -> None:
    """What we deleted is forgotten, what replaced it is not."""
    store = Store()
    store.put(an_object(1, uid="2"))
    store.drop("Service", NAME, "1")
    assert 1 == len(list(store))
    store.drop("Service", NAME, "2")
    assert [] == list(store)
