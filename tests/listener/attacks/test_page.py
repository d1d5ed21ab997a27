"""docs/attacks.md names only tests that exist, and names every test of this folder."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
_NODE: Final = re.compile(r"`((?:tests/)?[\w/]*test_\w+\.py)::(test_\w+)`")


@cache
def facts_in(path: Path) -> frozenset[str]:
    """Return the names of the tests of one file."""
    functions = (
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


def named() -> list[tuple[Path, str]]:
    """Return file and name of every test that the page names."""
    return [(ROOT / path, name) for path, name in _NODE.findall((ROOT / "docs" / "attacks.md").read_text())]


def test_every_test_that_is_named_exists() -> None:
    found = named()

    assert len(found) > 50
    assert [f"{path}::{name}" for path, name in found if not path.is_file() or name not in facts_in(path)] == []


def test_every_test_of_attacks_is_named() -> None:
    here = {(path, name) for path in Path(__file__).parent.glob("test_*.py") for name in facts_in(path)}

    assert {name for _, name in here - set(named())} <= facts_in(Path(__file__))


def test_every_row_names_a_test() -> None:
    lines = (ROOT / "docs" / "attacks.md").read_text().splitlines()
    rows = [
        line
        for line in lines
        if line.startswith("| ") and not line.startswith(("| attack ", "| fixed in ", "| judge "))
    ]
    tested = [line for line in rows if "judge:" not in line]

    assert [line for line in tested if not _NODE.search(line)] == []
