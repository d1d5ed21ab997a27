"""
Public test data outside this repository: found in `CORPORA`, else in `shared/corpora` beside the repository.
"""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "corpora"


def corpus(name: str) -> Path:
    """Return the folder of one corpus; the calling test is skipped where the corpora are absent."""
    folder = Path(os.environ.get("CORPORA", _BESIDE)) / name
    if not folder.is_dir():
        pytest.skip(f"the test data {name} is not at {folder.parent} (set CORPORA to where it is)")
    return folder


def corpus_text(path: Path) -> str:
    """Return a file as the receiver decodes a body: UTF-8, a byte order mark dropped, what is undecodable replaced."""
    return path.read_bytes().decode("utf-8-sig", "replace")
