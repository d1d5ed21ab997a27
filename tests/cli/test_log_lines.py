"""The access log for a person's eyes."""

import msgspec

from httpreceiver_cli.log_lines import readable

REQUEST = {
    "time": "2026-01-05T10:30:00.5Z",
    "id": "1",
    "receiver": "default/a",
    "method": "POST",
    "path": "/a/",
    "status": 200,
    "outcome": "completed",
    "stage": "response",
    "fault": "",
    "detail": "",
    "activity": "",
    "bytes_in": 2,
    "bytes_out": 2,
    "duration_ms": 1.26,
    "client": "127.0.0.1",
}


def shown(*entries: object) -> str:
    """Return what a terminal shows of the listener's lines."""
    written: list[bytes] = []
    readable(written.append)(b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries))
    return b"".join(written).decode()


def test_a_request_is_one_short_line() -> None:
    """When, what, how, how long, who."""
    assert shown(REQUEST) == "10:30:00 POST /a/ 200 1.3 ms default/a\n"


def test_an_outcome_worth_knowing_is_named() -> None:
    """A filtered run looks like any other otherwise."""
    assert shown(REQUEST | {"outcome": "filtered"}).endswith(" default/a filtered\n")


def test_a_fault_names_the_activity() -> None:
    """And says what failed."""
    fault = {"outcome": "errored", "fault": "Connectivity", "detail": "no route", "activity": "ask"}
    assert shown(REQUEST | fault).endswith(" default/a Connectivity in ask: no route\n")


def test_a_path_cannot_move_the_cursor() -> None:
    """Whoever sends requests does not write on the terminal."""
    assert "\x1b" not in shown(REQUEST | {"path": "/a\x1b[2J"})


def test_events_told_in_other_words_are_left_out() -> None:
    """The rest is shown with its fields."""
    endpoint = {"time": "2026-01-05T10:30:00.5Z", "event": "endpoint", "fields": {}}
    other = {"time": "2026-01-05T10:30:01.5Z", "event": "run", "fields": {"receiver": "default/a", "fault": ""}}
    assert shown(endpoint, other) == "10:30:01 run receiver=default/a\n"
