"""What the documents quote is what the command prints, and what they link to is there."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from cli_process import ROOT, run_cli
from httpreceiver_cli.local_cluster import LocalCluster
from httpreceiver_cli.receiver_rows import receiver_rows, table
from httpreceiver_cli.serving import candidates
from httpreceiver_cli.trial import trial_line
from httpreceiver_listener.states import ApplyReport

DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README: Final = (ROOT / "README.md").read_text()
BLOCK: Final = re.compile(r"^( *)```(console|sh)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SEEN_ELSEWHERE: Final = ("serve",)
"""Commands that do not end by themselves; `test_the_quoted_table_is_current` and the tests of the examples run them."""


def blocks(path: Path, language: str) -> Iterator[str]:
    """Yield the text of each fenced block of *language*, without its indentation."""
    for indentation, kind, text in BLOCK.findall(path.read_text()):
        if kind == language:
            yield re.sub(f"^{indentation}", "", text, flags=re.MULTILINE)


def console_sessions() -> Iterator[tuple[str, str, str]]:
    """Yield document, command and quoted output of every `$ httpreceiver …`."""
    for path in DOCUMENTS:
        for block in blocks(path, "console"):
            for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = session.partition("\n")
                if command.startswith("httpreceiver "):
                    yield path.name, command, output


def shell_commands() -> Iterator[tuple[str, str]]:
    """Yield document and command of every `httpreceiver …` in a block of shell, up to a pipe."""
    for path in DOCUMENTS:
        for block in blocks(path, "sh"):
            for line in block.splitlines():
                if line.startswith("httpreceiver ") and line.split()[1] not in SEEN_ELSEWHERE:
                    yield path.name, line.partition(" | ")[0]


@pytest.mark.parametrize(("document", "command", "output"), list(console_sessions()))
def test_quoted_output_is_current(document: str, command: str, output: str) -> None:
    """To the letter."""
    assert run_cli(*shlex.split(command)[1:]).stdout == output, document


@pytest.mark.parametrize(("document", "command"), list(shell_commands()))
def test_commands_of_the_documents_work(document: str, command: str) -> None:
    """With exit code 0."""
    result = run_cli(*shlex.split(command)[1:])
    assert result.returncode == 0, (document, result.stderr)


def test_the_quoted_table_is_current() -> None:
    """What `make run` prints; made without serving, since the examples' own ports may be in use here."""
    answer = LocalCluster([ROOT / "examples"]).ask(datetime.now(UTC))
    rows = [replace(row, state="serving", reason="") for row in receiver_rows(answer, ApplyReport(), {}, "127.0.0.1")]
    assert table(rows) in README
    assert f"Try: {trial_line(candidates(answer, rows))}\n" in README


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link names a file or folder that is there."""
    targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text())
    assert [target for target in targets if not (path.parent / target).exists()] == []
