"""The command `httpreceiver` as users start it: a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = (sys.executable, "-m", "httpreceiver_cli")
COMMAND_TIMEOUT_S: Final = 60.0
"""A command that ends by itself takes a second; a busy machine may take many."""


def run_cli(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in *cwd* and return exit code and outputs."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False)
