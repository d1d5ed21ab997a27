"""
What a workflow takes from its host, on a laptop: folders of global variables, tables and overrides, the environment.

A file that cannot be read is a complaint that names the file and never quotes it. After an edit that broke it, its last
readable version holds.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import click

from httpreceiver_cli.sources import Refusal
from httpreceiver_workflow.resources import (
    OVERRIDE_SUFFIX,
    CodeOverride,
    NotPinned,
    Resources,
    Table,
    TableFault,
    global_value,
    merged,
    read_override,
    read_table,
    resources_of,
)

GLOBALS_SUFFIX: Final = ".txt"
TABLES_SUFFIX: Final = ".csv"
HOST_SUFFIXES: Final = frozenset({GLOBALS_SUFFIX, TABLES_SUFFIX, OVERRIDE_SUFFIX})
ENVIRONMENT_PREFIX: Final = "HTTPRECEIVER_GLOBAL_"
"""``HTTPRECEIVER_GLOBAL_<Name>`` sets the global variable of that name; it wins over a file."""

Read = TypeVar("Read")
FOLDER: Final = click.Path(path_type=Path, file_okay=False, exists=True)

globals_option = click.option(
    "--globals",
    "globals_folder",
    type=FOLDER,
    help=f"Folder of global variables, <Name>.txt each; {ENVIRONMENT_PREFIX}<Name> in the environment wins.",
)
tables_option = click.option(
    "--tables",
    "tables_folder",
    type=FOLDER,
    help="Folder of tables, <Name>.csv each: header key,value for a lookup table, any other for a data table.",
)
code_overrides_option = click.option(
    "--code-overrides",
    "code_overrides_folder",
    type=FOLDER,
    help="Folder of Python in the place of C#, <SHA-256 of the C#>.py each; also lets manifests bring their own.",
)


@dataclass(frozen=True, slots=True)
class HostReading:
    """What was found, and the files that cannot be used."""

    resources: Resources
    refusals: tuple[Refusal, ...]


class HostFiles:
    """The folders and the environment, read anew each time; every folder may be left out."""

    def __init__(
        self,
        globals_folder: Path | None,
        tables_folder: Path | None,
        environment: Mapping[str, str] = os.environ,
        *,
        code_overrides_folder: Path | None = None,
    ) -> None:
        """Begin with nothing read."""
        self._code_overrides_folder = code_overrides_folder
        self._globals_folder = globals_folder
        self._tables_folder = tables_folder
        self._environment = environment
        self._variables: dict[Path, str] = {}
        self._tables: dict[Path, Table] = {}
        self._code_overrides: dict[Path, CodeOverride] = {}

    @property
    def folders(self) -> list[Path]:
        """The folders to watch."""
        folders = (self._globals_folder, self._tables_folder, self._code_overrides_folder)
        return [folder for folder in folders if folder is not None]

    @property
    def allows_code(self) -> bool:
        """Whether overrides are switched on: there is a folder of them."""
        return self._code_overrides_folder is not None

    def read(self) -> HostReading:
        """Read the files as they are now."""
        refusals: list[Refusal] = []
        self._variables = _read_all(self._globals_folder, GLOBALS_SUFFIX, _variable, self._variables, refusals)
        self._tables = _read_all(self._tables_folder, TABLES_SUFFIX, _table, self._tables, refusals)
        self._code_overrides = _read_all(
            self._code_overrides_folder, OVERRIDE_SUFFIX, _override, self._code_overrides, refusals
        )
        variables = {path.stem: value for path, value in self._variables.items()}
        overrides = {
            name.removeprefix(ENVIRONMENT_PREFIX): value
            for name, value in self._environment.items()
            if name.startswith(ENVIRONMENT_PREFIX) and name != ENVIRONMENT_PREFIX
        }
        from_files = resources_of(variables, self._tables.values(), self._code_overrides.values())
        found = merged([from_files, resources_of(overrides)])
        return HostReading(found, tuple(refusals))


def _read_all(
    folder: Path | None,
    suffix: str,
    read: Callable[[Path, str], Read],
    before: Mapping[Path, Read],
    refusals: list[Refusal],
) -> dict[Path, Read]:
    """Return what each file of *folder* holds, or held when it was last readable."""
    found: dict[Path, Read] = {}
    for path in _files(folder, suffix):
        try:
            found[path] = read(path, path.read_bytes().decode("utf-8-sig"))
            continue
        except FileNotFoundError:
            continue  # it went since the folder was listed
        except UnicodeDecodeError as error:
            reason = f"is not UTF-8 text (byte {error.start})"
        except TableFault as fault:
            reason = f"is no table: {fault}"
        except NotPinned as fault:
            reason = f"is no override: {fault}"
        except OSError as error:
            reason = f"cannot be read: {error.strerror or 'I/O error'}"
        refusals.append(Refusal(path, reason, is_usage=False))
        if path in before:
            found[path] = before[path]
    return found


def _files(folder: Path | None, suffix: str) -> Iterator[Path]:
    """Yield the files of *folder* with *suffix* in any case, by name; names that begin with a dot are passed over."""
    if folder is None:
        return
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return  # the folder went; the next change tells when it is back
    for path in paths:
        if path.suffix.lower() == suffix and not path.name.startswith(".") and path.is_file():
            yield path


def _variable(_path: Path, text: str) -> str:
    return global_value(text)


def _table(path: Path, text: str) -> Table:
    return read_table(path.stem, text)


def _override(path: Path, text: str) -> CodeOverride:
    return read_override(path.stem, text)
