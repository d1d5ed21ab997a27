"""docs/openapi.md: its example becomes what it says, and each of its extensions and refusals is there."""

import re
from pathlib import Path
from typing import Any, Final

import yaml

from cli_process import ROOT, run_cli

PAGE: Final = (ROOT / "docs" / "openapi.md").read_text()
GOLDEN: Final = (ROOT / "tests" / "cases" / "openapi" / "receivers.openapi.yaml").read_text()


def test_the_example_becomes_what_the_page_says(tmp_path: Path) -> None:
    """Members that the page leaves out are not compared."""
    manifest, excerpt = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "example.yaml").write_text(manifest)
    done = run_cli("openapi", tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert list(differences(yaml.safe_load(excerpt), yaml.safe_load(done.stdout))) == []


def differences(expected: Any, actual: Any, where: str = "$") -> Any:
    """Yield each place where *actual* does not have what is *expected*; an object may have more."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            yield from differences(value, actual.get(key), f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, pair in enumerate(zip(expected, actual, strict=True)):
            yield from differences(*pair, f"{where}[{number}]")
    elif expected != actual:
        yield where, expected, actual


def test_every_extension_in_a_document_is_explained() -> None:
    """Those of the golden document, and the one that only hostnames bring."""
    used = {*re.findall(r"^ *(x-[a-z-]+):", GOLDEN, re.MULTILINE), "x-at-hostnames"}
    assert {"x-any-method", "x-further-segments", "x-additional-operations"} < used
    assert used - {"x-ward"} <= set(re.findall(r"`(x-[a-z-]+)", PAGE))
