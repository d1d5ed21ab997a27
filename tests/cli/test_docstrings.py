"""Examples in the docstrings of the command are true."""

import doctest
import importlib
import pkgutil

import pytest

import httpreceiver_cli

MODULES = [module.name for module in pkgutil.walk_packages(httpreceiver_cli.__path__, "httpreceiver_cli.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    """Each is executed."""
    result = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert result.failed == 0
