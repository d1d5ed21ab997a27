"""How the operator's process begins, and what it says when it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"KUBECONFIG": "nowhere"}, "no cluster to connect to: "),
        ({"HTTPRECEIVER_HEALTH_PORT": "many"}, "HTTPRECEIVER_HEALTH_PORT"),
    ],
)
def test_what_keeps_it_from_starting_is_told_in_its_last_line(
    environment: dict[str, str], line: str, tmp_path: Path
) -> None:
    """Exit code 2, and no traceback: the settings are wrong, not the program."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KUBE", "HTTPRECEIVER"))}
    ran = subprocess.run(
        [sys.executable, "-m", "httpreceiver_operator"],
        cwd=tmp_path,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert line in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr
