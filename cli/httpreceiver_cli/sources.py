"""
What the user pointed at: workflow files and manifests, read from disk and told apart.

Every command starts here. Nothing is decoded beyond what tells a workflow from a manifest; what cannot be read is a
`Refusal` with one clear line, and the rest goes on.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WORKFLOW_SUFFIXES: Final = frozenset({".json", ".hl7workflow", ".soupworkflow"})
YAML_SUFFIXES: Final = frozenset({".yaml", ".yml"})
OUR_KINDS: Final = frozenset({"HttpReceiver", "ReceiverHost"})
MANIFEST_KINDS: Final = OUR_KINDS | {"Secret", "ConfigMap"}


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """A file that holds a workflow and nothing else; *text* is as it stands on disk, without a byte order mark."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class ManifestObject:
    """
    One Kubernetes object of a manifest.

    Attributes:
        document: 1-based number of the object in its file; None when it is the only one.
    """

    path: Path
    document: int | None
    content: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The object's kind."""
        return str(self.content["kind"])

    @property
    def place(self) -> str:
        """Where it stands, for a reader: the file, and which object of it."""
        return str(self.path) if self.document is None else f"{self.path} (object {self.document})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    A path that gave nothing.

    Attributes:
        is_usage: True when the path itself is wrong (exit code 2), False when its content is (exit code 1).
    """

    path: Path
    message: str
    is_usage: bool

    def __str__(self) -> str:
        """Return the one line a user reads."""
        return f"{self.path}: {self.message}"


@dataclass(frozen=True, slots=True)
class Sources:
    """All that was found, in the order of the paths given and of the names within a folder."""

    workflows: tuple[WorkflowFile, ...]
    manifests: tuple[ManifestObject, ...]
    refusals: tuple[Refusal, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to work on."""
        return not any(True for _ in receivers_of(self))


def receivers_of(sources: Sources) -> Iterator[WorkflowFile | ManifestObject]:
    """Yield what becomes a receiver: workflow files, then HttpReceiver manifests."""
    yield from sources.workflows
    yield from (manifest for manifest in sources.manifests if manifest.kind == "HttpReceiver")


def read_sources(paths: Iterable[Path]) -> Sources:
    """
    Read files and folders.

    A folder is searched with its subfolders for workflow files (.json, .hl7Workflow, .soupworkflow, any case) and
    manifests (.yaml, .yml, .json); names that begin with a dot are passed over. A file named by itself is read whatever
    its suffix. A file reached twice counts once.
    """
    found: list[WorkflowFile | ManifestObject | Refusal] = []
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.extend(_read_folder(path, seen))
        elif (real := path.resolve()) not in seen:
            seen.add(real)
            found.extend(_read_file(path, is_named=True))
    return Sources(
        workflows=tuple(item for item in found if isinstance(item, WorkflowFile)),
        manifests=tuple(item for item in found if isinstance(item, ManifestObject)),
        refusals=tuple(item for item in found if isinstance(item, Refusal)),
    )


def _read_folder(folder: Path, seen: set[Path]) -> Iterator[WorkflowFile | ManifestObject | Refusal]:
    found_any = False
    for path in files_below(folder):
        if (real := path.resolve()) in seen:
            found_any = True
            continue
        seen.add(real)
        for item in _read_file(path, is_named=False):
            found_any = True
            yield item
    if not found_any:
        suffixes = ".json, .hl7Workflow, .soupworkflow, .yaml or .yml"
        yield Refusal(folder, f"the folder holds no workflow and no manifest ({suffixes})", is_usage=True)


def files_below(folder: Path) -> list[Path]:
    """Return the workflow and manifest files of *folder* and its subfolders, sorted; no name begins with a dot."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(Path(parent, name) for name in names if is_candidate(Path(name)))
    return sorted(found)


def is_candidate(path: Path) -> bool:
    """Whether a file of a folder is read, by its name."""
    return not path.name.startswith(".") and path.suffix.lower() in WORKFLOW_SUFFIXES | YAML_SUFFIXES


def _read_file(path: Path, *, is_named: bool) -> Iterator[WorkflowFile | ManifestObject | Refusal]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        yield Refusal(path, "there is no such file or folder", is_usage=True)
        return
    except OSError as error:
        yield Refusal(path, f"cannot be read: {error.strerror or error}", is_usage=True)
        return
    if path.suffix.lower() in YAML_SUFFIXES:
        yield from _read_yaml(path, content, is_named=is_named)
    else:
        yield from _read_json(path, content)


def _read_json(path: Path, content: bytes) -> Iterator[WorkflowFile | ManifestObject | Refusal]:
    """Tell a manifest from a workflow; whatever is not plainly a manifest is a workflow, and lint says what ails it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield Refusal(path, f"is not UTF-8 text (byte {error.start})", is_usage=False)
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and "apiVersion" in value and "kind" in value:
        yield from _objects(path, [value])
    else:
        yield WorkflowFile(path, text)


def _read_yaml(path: Path, content: bytes, *, is_named: bool) -> Iterator[ManifestObject | Refusal]:
    from httpreceiver_cli.yaml_text import YamlError, load_documents

    try:
        documents = load_documents(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        yield Refusal(path, f"is not UTF-8 text (byte {error.start})", is_usage=False)
        return
    except YamlError as problem:
        yield Refusal(path, f"is not YAML: {problem}", is_usage=False)
        return
    if all(document is None for document in documents):
        yield Refusal(path, "is empty", is_usage=False)
        return
    found = list(_objects(path, documents))
    yield from found
    if is_named and not found:
        kinds = "HttpReceiver, ReceiverHost, Secret or ConfigMap"
        yield Refusal(path, f"holds no {kinds}; a workflow as JSON ends in .json or .hl7Workflow", is_usage=False)


def _objects(path: Path, documents: list[Any]) -> Iterator[ManifestObject]:
    """Yield the objects of the kinds we know; a List counts as its items, other kinds are for other tools."""
    objects: list[Any] = []
    for document in documents:
        if isinstance(document, dict) and str(document.get("kind", "")).endswith("List"):
            items = document.get("items")
            objects.extend(items if isinstance(items, list) else [])
        elif document is not None:
            objects.append(document)
    for number, content in enumerate(objects, start=1):
        if isinstance(content, dict) and content.get("kind") in MANIFEST_KINDS:
            yield ManifestObject(path, number if len(objects) > 1 else None, content)
