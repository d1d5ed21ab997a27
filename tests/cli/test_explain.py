"""`explain`: every word a user can meet has a meaning and a remedy."""

from cli_process import run_cli
from httpreceiver_cli.explain import vocabulary
from httpreceiver_cli.fault_texts import FAULT_TEXTS
from httpreceiver_operator.conditions import Reason
from httpreceiver_workflow.pipeline.effects import FaultKind
from httpreceiver_workflow.problem_codes import ProblemCode


def test_every_code_reason_and_fault_is_explained() -> None:
    """A new one without its text fails here."""
    words = {entry.word for entry in vocabulary()}
    assert words >= {*ProblemCode, *Reason, *FaultKind}
    assert set(FAULT_TEXTS) == set(FaultKind)
    assert all(entry.meaning and entry.remedy for entry in vocabulary())


def test_a_word_is_explained_whatever_its_case() -> None:
    """Meaning and what to do."""
    result = run_cli("explain", "linkdangling")
    assert result.returncode == 0
    assert result.stdout == (
        "LinkDangling (problem of a workflow, error)\n"
        "  A GUID points to no setting of this file.\n"
        "  What to do: Add the setting with that Id, or clear the link.\n"
    )


def test_a_fault_is_explained_with_its_status() -> None:
    """As it stands in error bodies and the access log."""
    assert run_cli("explain", "PayloadTooLarge").stdout.startswith("PayloadTooLarge (kind of a fault, HTTP 413)\n")


def test_a_switch_is_explained_with_its_values() -> None:
    """The default, what it decides, and what can be chosen."""
    assert run_cli("explain", "jsonNull").stdout == (
        "jsonNull (switch of compatibility, default empty)\n"
        "  How a JSON null reads as text.\n"
        "  What to do: Set it to empty: empty text; word: `null`.\n"
    )


def test_an_unknown_word_gets_the_nearest_ones() -> None:
    """One line, exit code 2."""
    result = run_cli("explain", "LinkDangles")
    assert result.returncode == 2
    assert result.stderr.startswith(
        'httpreceiver: "LinkDangles" is no code, reason, fault kind or switch; did you mean '
    )
    assert "LinkDangling" in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_a_word_all_are_listed() -> None:
    """One line each, in groups."""
    lines = run_cli("explain").stdout.splitlines()
    assert len(lines) >= len(vocabulary())
    assert "Reason of a condition:" in lines
