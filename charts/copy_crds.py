"""
Copies crds/ into the chart, which Helm can only read from its own folder.

`make chart` runs it; a test compares the two.
"""

import shutil
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "crds"
COPY = Path(__file__).parent / "httpreceiver-operator" / "files" / "crds"


def main() -> None:
    """Make the chart's copy equal to the source, without files the source no longer has."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for path in sorted(SOURCE.glob("*.yaml")):
        shutil.copyfile(path, COPY / path.name)


if __name__ == "__main__":
    main()
