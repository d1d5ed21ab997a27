"""The command as a whole: help, version, wrong usage."""

import subprocess
import sys

import pytest

from cli_process import ROOT, run_cli
from httpreceiver_cli.__main__ import COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    """`--help` explains the command and shows how to call it."""
    result = run_cli(command, "--help")
    assert result.returncode == 0
    assert result.stdout.count(f"  httpreceiver {command}") >= 1
    assert "  Example" in result.stdout


def test_no_command_prints_the_help_and_all_commands() -> None:
    """A user who types only the name learns what there is."""
    result = run_cli()
    assert result.returncode == 0
    assert all(f"  {command} " in result.stdout for command in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["sevre"], "httpreceiver: No such command 'sevre'"),
        (["lint"], "httpreceiver: Missing argument 'PATH...'; see httpreceiver lint --help"),
        (["lint", "--loud", "x"], "httpreceiver: No such option '--loud'"),
        (["lint", "-o", "xml", "x"], "httpreceiver: Invalid value for '--output' / '-o'"),
        (["serve", "--admin-port", "many", "x"], "httpreceiver: Invalid value for '--admin-port'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], line: str) -> None:
    """Nobody reads a traceback for a mistyped word."""
    result = run_cli(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--version"], {"aiohttp", "yaml", "lxml", "msgspec", "cryptography", "uvloop", "watchfiles", "asyncio"}),
        (["lint", "examples/patient-api.json"], {"aiohttp", "cryptography", "uvloop", "watchfiles", "http.client"}),
    ],
)
def test_short_commands_import_no_library_they_do_not_need(arguments: list[str], heavy: set[str]) -> None:
    """What they cost is Python's start and what they use; serving is not part of it."""
    script = (
        f"import sys; from httpreceiver_cli.__main__ import run; run({arguments});"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_leaves_early_is_no_error() -> None:
    """`httpreceiver explain | head -1` ends quietly."""
    pipeline = f"{sys.executable} -m httpreceiver_cli explain | head -1"
    result = subprocess.run(pipeline, shell=True, capture_output=True, text=True, check=True)
    assert result.stderr == ""
