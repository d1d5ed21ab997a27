"""The generated pages are committed as they are generated, and the examples in docstrings are true."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

from httpreceiver_workflow import contract
from httpreceiver_workflow.reference_pages import PAGES

DOCS = Path(__file__).parents[2] / "docs"
MODULES = [f"{contract.__name__}.{module.name}" for module in pkgutil.iter_modules(contract.__path__)]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_committed_page_is_the_generated_one(name: str) -> None:
    assert (DOCS / f"{name}.md").read_text() == PAGES[name](), (
        f"run: python -m httpreceiver_workflow.reference_pages {name}"
    )


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
