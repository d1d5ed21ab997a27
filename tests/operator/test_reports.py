"""Which pods are asked, and when again."""

from typing import Any

from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.reports import FRESH_S, Reports
from httpreceiver_operator.snapshot import ListenerPod, ReceiverReport

POD = ObjectName("team", "pod")
EXPECTED = {POD: frozenset({("team/a", 2, "new")})}


def a_pod(uid: str = "1") -> ListenerPod:
    """A pod that takes traffic."""
    values: dict[str, Any] = {"host": "default", "port": 8080, "port_names": frozenset(), "bundle_revision": ""}
    return ListenerPod(key=POD, uid=uid, admin_address=("10.0.0.1", 9090), ready=True, **values)


def says(generation: int, revision: str) -> dict[ObjectName, tuple[ReceiverReport, ...] | None]:
    """What the pod answers."""
    report = ReceiverReport(receiver="team/a", generation=generation, revision=revision, state="serving")
    return {POD: (report,)}


def test_a_pod_that_is_up_to_date_is_asked_seldom() -> None:
    """Again only after its report has aged."""
    reports = Reports()
    reports.take([a_pod()], says(2, "new"), now=0)
    assert not reports.lagging(EXPECTED)
    assert [] == reports.to_ask(EXPECTED, [a_pod()], now=FRESH_S - 1)
    assert [a_pod()] == reports.to_ask(EXPECTED, [a_pod()], now=FRESH_S)


def test_a_pod_that_lags_behind_is_asked_each_time() -> None:
    """Until it runs what it should."""
    reports = Reports()
    reports.take([a_pod()], says(1, "old"), now=0)
    assert reports.lagging(EXPECTED)
    assert [a_pod()] == reports.to_ask(EXPECTED, [a_pod()], now=1)


def test_a_pod_that_does_not_answer_has_said_nothing() -> None:
    """Its earlier report is forgotten, and the pause until the next question is finite."""
    reports = Reports()
    reports.take([a_pod()], says(2, "new"), now=0)
    reports.take([a_pod()], {POD: None}, now=1)
    assert {} == reports.by_pod
    assert reports.lagging(EXPECTED)


def test_a_pod_made_anew_under_the_same_name_is_asked() -> None:
    """A report belongs to one pod, not to a name."""
    reports = Reports()
    reports.take([a_pod()], says(2, "new"), now=0)
    assert [a_pod("2")] == reports.to_ask(EXPECTED, [a_pod("2")], now=1)
