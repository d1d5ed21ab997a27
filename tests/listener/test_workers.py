"""What several workers tell, as one; and the files and sockets that they share."""

import errno
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from free_ports import free_ports
from httpreceiver_listener.row_positions import SharedRowPositions
from httpreceiver_listener.senders.filling_files import FilledFile, left_in
from httpreceiver_listener.site import listen
from httpreceiver_listener.states import ApplyReport, EndpointState, ReceiverState, State
from httpreceiver_listener.telemetry.exposition import Families
from httpreceiver_listener.telemetry.metrics import Exemplar, ListenerMetrics
from httpreceiver_listener.workers.channel import FamilyNumbers, Sample
from httpreceiver_listener.workers.merging import (
    WORST_LAST,
    added,
    merged_families,
    merged_report,
    numbers_of,
    of_receivers,
)
from httpreceiver_listener.workers.ports import SharedPorts

WHOLE, SUM, LOWEST, HIGHEST = (
    "httpreceiver_receivers",
    "httpreceiver_requests",
    "httpreceiver_certificate_expiry_timestamp_seconds",
    "httpreceiver_certificate_reload_failed",
)


def family(name: str, kind: str, *samples: Sample) -> FamilyNumbers:
    """Return one metric of a worker."""
    return FamilyNumbers(name, kind, "", samples)


def requests(receiver: str, count: float) -> FamilyNumbers:
    """Return the requests that a worker counted."""
    return family(SUM, "counter", (f"{SUM}_total", (("receiver", receiver),), count))


def values(families: object) -> dict[str, float]:
    """Return sample and receiver → value."""
    return {
        one.name + "".join(f" {value}" for value in one.labels.values()): one.value
        for family in families  # type: ignore[attr-defined]
        for one in family.samples
    }


# --- reports ---------------------------------------------------------------------------------------------------------


def report(state: State, url: str = "http://x/", error: str = "") -> ApplyReport:
    """Return what one worker tells of one receiver."""
    return ApplyReport(
        endpoints=(EndpointState(host="a/h", port=1, scheme="http", url=url, error=error),),
        receivers=(ReceiverState(name="a/b", generation=1, revision="r", state=state, message=state.value),),
    )


def test_every_state_has_a_rank() -> None:
    assert set(State) == set(WORST_LAST)


@pytest.mark.parametrize("state", WORST_LAST[1:])
def test_a_receiver_is_serving_only_when_every_worker_serves_it(state: State) -> None:
    [receiver] = merged_report([report(State.SERVING), report(state), report(State.SERVING)]).receivers
    assert (state, state.value) == (receiver.state, receiver.message)


def test_an_endpoint_is_bound_only_when_every_worker_has_it() -> None:
    fine, warned, unbound = (
        report(State.SERVING),
        report(State.SERVING, error="old certificate"),
        report(State.FAILED, url="", error="in use"),
    )
    assert "old certificate" == merged_report([fine, warned]).endpoints[0].error
    [endpoint] = merged_report([warned, unbound, fine]).endpoints
    assert ("", "in use") == (endpoint.url, endpoint.error)


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_each_metric_is_merged_by_its_own_rule() -> None:
    def told(value: float) -> tuple[FamilyNumbers, ...]:
        gauges = [family(name, "gauge", (name, (), value)) for name in (WHOLE, LOWEST, HIGHEST)]
        return (*gauges, family("process_resident_memory_bytes", "gauge", ("rss", (), value)), requests("a", value))

    assert {WHOLE: 7.0, LOWEST: 1.0, HIGHEST: 7.0, "rss": 10.0, f"{SUM}_total a": 10.0} == values(
        merged_families(told(7), [told(1), told(2)])
    )


def test_of_the_exemplars_of_all_workers_the_newest_counts() -> None:
    def told(trace_id: str, time: float) -> tuple[FamilyNumbers, ...]:
        metrics = ListenerMetrics("1", "2", "3")
        times, bucket = metrics.receiver("a").answer_took(200, 0.5)
        times.exemplars[bucket] = Exemplar(trace_id, 0.5, datetime.fromtimestamp(time, UTC))
        return numbers_of(Families(metrics))

    merged = merged_families((), [told("older", 1), told("newest", 3), told("old", 2)])

    assert [({"trace_id": "newest"}, 3.0)] == [
        (one.exemplar.labels, one.exemplar.timestamp) for family in merged for one in family.samples if one.exemplar
    ]


def test_what_an_ended_worker_counted_is_kept_and_what_it_held_is_not() -> None:
    held = family("httpreceiver_requests_in_flight", "gauge", ("in_flight", (), 3.0))
    kept = added(added((), [requests("a", 5), held]), [requests("a", 2), requests("b", 1), held])
    assert {f"{SUM}_total a": 7.0, f"{SUM}_total b": 1.0} == values(merged_families((), [kept]))


def test_receivers_that_are_served_no_more_lose_what_ended_workers_counted_for_them() -> None:
    kept = of_receivers((requests("a", 5), requests("b", 1), requests("", 2)), frozenset({"b"}))
    assert {f"{SUM}_total b": 1.0, f"{SUM}_total ": 2.0} == values(merged_families((), [kept]))


# --- sockets ---------------------------------------------------------------------------------------------------------


def test_a_port_of_somebody_else_is_refused_with_the_reason_and_bound_later() -> None:
    [port] = free_ports(1)
    ports = SharedPorts("127.0.0.1", 2)
    with listen("127.0.0.1", port):
        assert (frozenset(), {port: errno.EADDRINUSE}) == (ports.settle([port]), ports.refused)
    assert (frozenset({port}), {}) == (ports.settle([port]), ports.refused)
    assert frozenset() == ports.settle([port])
    assert {port} == set(ports.of(0)) == set(ports.of(1))
    ports.close()
    listen("127.0.0.1", port).close()


def test_two_groups_never_share_a_port() -> None:
    [port] = free_ports(1)
    mine, other = SharedPorts("", 2), SharedPorts("", 2)
    mine.settle([port])
    assert (frozenset(), {port: errno.EADDRINUSE}) == (other.settle([port]), other.refused)
    for family in ("127.0.0.1", "::1") if socket.has_dualstack_ipv6() else ("127.0.0.1",):
        socket.create_connection((family, port), timeout=5).close()
    mine.close()


# --- counts ----------------------------------------------------------------------------------------------------------


DEAL = """
positions = SharedRowPositions(folder)
print(*[positions.next_row("table", 10) for _ in range(55)])
"""
FILL = """
filling = SharedFillingFiles(folder)
for _ in range(50):
    with filling.of("one") as place:
        records = 0 if place.file is None else place.file.records
        place.file = FilledFile("/a\\udc80", "done", records + 1)
"""


def in_four_processes(code: str, folder: Path) -> list[str]:
    """Run *code* in four processes at a time and return what they print."""
    lines = (
        "import sys",
        "from pathlib import Path",
        "from httpreceiver_listener.row_positions import SharedRowPositions",
        "from httpreceiver_listener.senders.filling_files import FilledFile, SharedFillingFiles",
        "folder = Path(sys.argv[1])",
        code,
    )
    command = [sys.executable, "-c", "\n".join(lines), str(folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = [process.communicate(timeout=60)[0] for process in processes]
    assert [0] * 4 == [process.returncode for process in processes]
    return printed


def test_rows_are_dealt_one_after_the_other_to_all_processes(tmp_path: Path) -> None:
    rows = [row for dealt in in_four_processes(DEAL, tmp_path) for row in dealt.split()]
    assert [22] * 10 == [rows.count(str(row)) for row in range(10)]


def test_no_record_of_any_process_is_forgotten_and_what_is_left_is_found(tmp_path: Path) -> None:
    in_four_processes(FILL, tmp_path)
    left = left_in(tmp_path)
    assert [FilledFile("/a\udc80", "done", 200)] == left.take_all()
    assert [] == left.take_all()


def test_a_table_that_got_shorter_goes_on_from_its_beginning(tmp_path: Path) -> None:
    positions = SharedRowPositions(tmp_path)
    assert [0, 1, 2, 3] == [positions.next_row("table", 12) for _ in range(4)]
    for _ in range(8):
        positions.next_row("table", 12)
    assert [0, 1, 0] == [positions.next_row("table", 2) for _ in range(3)]
