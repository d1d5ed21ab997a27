"""A listener starts only where aiohttp's published holes are closed and hashes of text are secret."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from httpreceiver_listener.startup import LOWEST_AIOHTTP, unfit_environment

START_S = 60.0
COMMANDS = [["httpreceiver_listener", "--bundle-dir=."], ["httpreceiver_cli", "serve", "."]]


def refusal(command: list[str], **environment: str) -> tuple[bool, str]:
    """Start a program that must refuse to; return whether it failed, and its one line."""
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )
    (line,) = ended.stderr.splitlines()
    return ended.returncode in (1, 2), line


def test_this_environment_is_fit() -> None:
    assert unfit_environment() is None
    assert tuple(int(part) for part in version("aiohttp").split(".")[:3]) >= LOWEST_AIOHTTP >= (3, 14, 3)


def test_the_dependencies_ask_for_the_same_floor() -> None:
    floor = ".".join(map(str, LOWEST_AIOHTTP))
    assert f'"aiohttp>={floor}' in (Path(__file__).parents[3] / "pyproject.toml").read_text()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_an_aiohttp_below_the_floor_is_refused(tmp_path: Path, command: list[str]) -> None:
    """Found first, as an older one in the image would be."""
    record = tmp_path / "aiohttp-3.14.2.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: aiohttp\nVersion: 3.14.2\n")
    failed, line = refusal(command, PYTHONPATH=str(tmp_path))

    assert failed
    assert "aiohttp 3.14.2 has known security holes; install 3.14.3 or later." in line


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_predictable_hashes_are_refused(command: list[str]) -> None:
    failed, line = refusal(command, PYTHONHASHSEED="0")

    assert failed
    assert "unset PYTHONHASHSEED" in line


def test_serve_refuses_the_parser_that_is_written_in_python() -> None:
    failed, line = refusal(COMMANDS[1], AIOHTTP_NO_EXTENSIONS="1")

    assert failed
    assert "C parser" in line
