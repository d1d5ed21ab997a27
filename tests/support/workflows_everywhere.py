"""Every workflow that the repository holds: those of the cases, the examples and the contract's own files."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from httpreceiver_cli.sources import WORKFLOW_SUFFIXES, YAML_SUFFIXES
from httpreceiver_cli.yaml_text import load_documents
from httpreceiver_workflow.contract.load import load_workflow

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("examples", "tests/cases", "tests/workflow/contract/files")


@cache
def valid_workflows_of_the_repository() -> tuple[tuple[str, Any], ...]:
    """Return each JSON value that loads as a workflow, with the file it stands in, wherever in that file."""
    return tuple(
        (str(path.relative_to(ROOT)), value)
        for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
        for value in _values(path)
        if load_workflow(value).workflow is not None
    )


def _values(path: Path) -> Iterator[Any]:
    suffix = path.suffix.lower()
    if suffix in YAML_SUFFIXES:
        yield from _containers(load_documents(path.read_text()))
    elif suffix in WORKFLOW_SUFFIXES and load_workflow(path.read_bytes()).workflow is not None:
        yield from _containers(json.loads(path.read_text("utf-8-sig")))


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _containers(inner)
