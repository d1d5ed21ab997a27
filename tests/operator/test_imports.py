"""
Who may import what inside the operator: the planner is pure, one door leads to the API, kopf stays at the edge.
"""

import ast
from pathlib import Path

import pytest

import httpreceiver_operator

FOLDER = Path(httpreceiver_operator.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py"))

EDGE = {"__main__", "cluster", "handlers", "health", "lookups", "metrics", "probe", "reconcile", "certificates"}
"""Modules that may meet the network, the clock or randomness; every other module is pure."""

WORLD = {
    "aiohttp",
    "asyncio",
    "kopf",
    "kubernetes",
    "logging",
    "os",
    "prometheus_client",
    "random",
    "socket",
    "ssl",
    "time",
}


def imports(module: str) -> set[str]:
    """The modules that *module* imports: top-level names, and our own modules by their name."""
    found = set()
    for node in ast.walk(ast.parse((FOLDER / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            package, _, own = node.module.partition(".")
            if package != "httpreceiver_operator":
                found.add(package)
            else:
                found |= {own} if own else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("module", [module for module in MODULES if module not in EDGE])
def test_a_pure_module_meets_no_world(module: str) -> None:
    """Neither the network nor the clock, and no module that does."""
    assert set() == imports(module) & (WORLD | EDGE)


def test_kopf_stays_at_the_edge() -> None:
    """Only the handlers and the start know kopf."""
    assert {"handlers", "__main__"} == {module for module in MODULES if "kopf" in imports(module)}


def test_one_door_to_the_api() -> None:
    """Only one module knows the client, and only the loop and its start go through it."""
    assert {"cluster"} == {module for module in MODULES if "kubernetes" in imports(module)}
    assert {"reconcile", "lookups", "handlers", "__main__"} == {
        module for module in MODULES if "cluster" in imports(module)
    }


def test_the_operator_folder_is_no_package() -> None:
    """With an __init__.py in operator/, `import collections` dies in that working directory."""
    assert not (FOLDER.parent / "__init__.py").exists()
