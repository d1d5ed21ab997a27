"""The closed lists of conditions, their page, and that nothing churns."""

from datetime import UTC, datetime
from pathlib import Path

from httpreceiver_operator.conditions import (
    MEANINGS,
    MESSAGE_LIMIT,
    REASONS,
    ConditionType,
    Finding,
    Reason,
    conditions_from,
    conditions_page,
)

EARLIER, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs" / "conditions.md"


def ready(status: bool, message: str = "m") -> list[Finding]:
    """One finding."""
    return [Finding(type=ConditionType.READY, status=status, reason=Reason.SERVING, message=message)]


def test_every_reason_and_condition_has_its_sentence() -> None:
    """Nobody meets a word that is not explained."""
    assert set(Reason) == set(REASONS)
    assert set(ConditionType) == set(MEANINGS)


def test_the_page_is_what_the_code_says() -> None:
    """docs/conditions.md is made by `python -m httpreceiver_operator.conditions`."""
    assert conditions_page() == PAGE.read_text()


def test_an_unchanged_status_keeps_its_time() -> None:
    """Reason, message and generation may change without a transition."""
    before = conditions_from(ready(True), (), 1, EARLIER)
    after = conditions_from(ready(True, "other"), before, 2, NOW)
    assert before[0]["lastTransitionTime"] == after[0]["lastTransitionTime"] == "2026-01-01T00:00:00Z"
    assert 2 == after[0]["observedGeneration"]


def test_a_changed_status_gets_a_new_time() -> None:
    """A transition is told."""
    before = conditions_from(ready(True), (), 1, EARLIER)
    assert "2026-01-02T00:00:00Z" == conditions_from(ready(False), before, 1, NOW)[0]["lastTransitionTime"]


def test_a_long_message_is_cut() -> None:
    """The API server would refuse the whole status otherwise."""
    assert MESSAGE_LIMIT == len(conditions_from(ready(True, "x" * 9000), (), 1, NOW)[0]["message"])
