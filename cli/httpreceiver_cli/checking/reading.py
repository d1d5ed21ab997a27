"""
From paths to case files and the workflows they name. What cannot be used is told with its place.

In a folder every YAML file that holds no Kubernetes object is a case file, so a misspelt one is told, not passed over.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from httpreceiver_cli.checking.case_files import CaseFile
from httpreceiver_cli.checking.decoding import decode_case_file
from httpreceiver_cli.checking.mistakes import CaseCode, CaseMistake
from httpreceiver_cli.findings import Finding
from httpreceiver_cli.manifest_findings import referenced_text
from httpreceiver_cli.soundness import sort_out
from httpreceiver_cli.sources import YAML_SUFFIXES, Refusal, Sources, files_below, read_sources
from httpreceiver_cli.yaml_text import YamlError, load_documents
from httpreceiver_operator.config import Config
from httpreceiver_operator.host_values import Unreadable, host_values
from httpreceiver_operator.memo import Memo
from httpreceiver_operator.observation import snapshot_from
from httpreceiver_workflow.explained_code import Severity
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions, read_options
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import (
    NotPinned,
    Resources,
    TableFault,
    merged,
    read_override,
    read_table,
    resources_of,
)


@dataclass(frozen=True, slots=True)
class ReadCases:
    """One case file as it stands on disk; *content* is None when there are findings."""

    path: Path
    content: CaseFile | None
    findings: tuple[Finding, ...]


def finding_at(path: Path, mistake: CaseMistake) -> Finding:
    """Return *mistake* of the case file at *path* as the line that every command prints."""
    code = mistake.code
    return Finding(str(path), None, mistake.where, code, Severity.ERROR, mistake.message, code.remedy)


def read_case_files(paths: Iterable[Path]) -> tuple[list[ReadCases], list[Refusal]]:
    """Read the case files at *paths*, each once; folders are searched with their subfolders."""
    found: list[ReadCases] = []
    refusals: list[Refusal] = []
    seen: set[Path] = set()
    for path in paths:
        candidates = (
            [one for one in files_below(path) if one.suffix.lower() in YAML_SUFFIXES] if path.is_dir() else [path]
        )
        before = len(found) + len(refusals)
        for candidate in candidates:
            if (real := candidate.resolve()) in seen:
                continue
            seen.add(real)
            read = _read(candidate, is_named=candidate is path)
            if isinstance(read, Refusal):
                refusals.append(read)
            elif read is not None:
                found.append(read)
        if path.is_dir() and before == len(found) + len(refusals):
            refusals.append(Refusal(path, "the folder holds no case file (.yaml or .yml)", is_usage=True))
    return found, refusals


def _read(path: Path, *, is_named: bool) -> ReadCases | Refusal | None:
    """Read one file; None for a manifest in a folder."""
    try:
        documents = load_documents(path.read_bytes().decode("utf-8-sig"), unique_keys=True)
    except FileNotFoundError:
        return Refusal(path, "there is no such file or folder", is_usage=True)
    except OSError as error:
        return Refusal(path, f"cannot be read: {error.strerror or error}", is_usage=True)
    except UnicodeDecodeError as error:
        return Refusal(path, f"is not UTF-8 text (byte {error.start})", is_usage=False)
    except YamlError as problem:
        return Refusal(path, f"is not YAML: {problem}", is_usage=False)
    if not is_named and any(isinstance(one, dict) and "apiVersion" in one and "kind" in one for one in documents):
        return None
    if len(documents) != 1:
        return Refusal(path, f"holds {len(documents)} documents; a case file is one", is_usage=False)
    content, mistakes = decode_case_file(documents[0])
    return ReadCases(path, content, tuple(finding_at(path, mistake) for mistake in mistakes))


@dataclass(frozen=True, slots=True)
class ReadWorkflow:
    """
    The workflow that a case file names.

    Attributes:
        path: the file it stands in.
        where: JSON path of it in that file; what a workflow's problem begins with.
        text: its JSON.
        resources: what its host offers.
        options: what stands beside it.
    """

    path: Path
    where: str
    text: str
    resources: Resources
    options: ReceiverOptions

    def place(self, problem: Problem) -> str:
        """Return where *problem* stands in the file; beside the workflow its place begins with a name."""
        where = problem.where
        return self.where + where.removeprefix("$") if where.startswith("$") else f"$.{where}"

    def with_switches(self, compatibility: Mapping[str, Any], where: str) -> "ReadWorkflow":
        """Return this workflow with further switches, said at *where* of the case file. Raises Unusable."""
        if not compatibility:
            return self
        said = msgspec.to_builtins(self.options)
        said["compatibility"] = said.get("compatibility", {}) | compatibility
        options, problems = read_options(said)
        for problem in problems:
            raise Unusable(f"{where}{problem.where.removeprefix('spec')}", problem.message, CaseCode.SHAPE)
        return replace(self, options=options)


class Unusable(Exception):
    """The workflow, or what its host offers, cannot be used; carries the mistake in the case file."""

    def __init__(self, where: str, message: str, code: CaseCode = CaseCode.FILE_UNUSABLE) -> None:
        super().__init__(message)
        self.mistake = CaseMistake(where, code, message)


def read_workflow(path: Path, cases: CaseFile, host: Resources, *, allows_code: bool) -> ReadWorkflow:
    """
    Return the workflow of the case file at *path*.

    Args:
        host: what the command line offers; what the case file says wins over it.
        allows_code: Python that the case file or a manifest brings with it may run.
    Raises:
        Unusable: a file that it names is missing or holds no workflow, or a table is none.
    """
    if cases.code_overrides and not allows_code:
        raise Unusable("$.code_overrides", "Python of a case file runs only where --code-overrides is given.")
    resources = merged([host, _own_resources(cases)])
    return _found(path, cases, resources, Config(code_overrides=allows_code)).with_switches(cases.compatibility, "$")


def _found(path: Path, cases: CaseFile, resources: Resources, config: Config) -> ReadWorkflow:
    """Return the workflow as it stands where the case file says. Raises Unusable."""
    if not isinstance(cases.workflow, str):
        return ReadWorkflow(path, "$.workflow", json.dumps(cases.workflow), resources, NO_OPTIONS)
    named = path.parent / cases.workflow
    sources = read_sources([named])
    if sources.refusals:
        raise Unusable("$.workflow", f"{cases.workflow} {sources.refusals[0].message}.")
    if len(sources.workflows) == 1:
        return ReadWorkflow(named, "$", sources.workflows[0].text, resources, NO_OPTIONS)
    if sources.workflows:
        raise Unusable("$.workflow", f"{cases.workflow} is a folder; name one file.")
    return _from_manifest(named, cases, sources, resources, config)


def _own_resources(cases: CaseFile) -> Resources:
    tables = []
    for name, text in cases.tables.items():
        try:
            tables.append(read_table(name, text))
        except TableFault as fault:
            raise Unusable(f"$.tables.{name}", f"This is no table: {fault}.") from None
    overrides = []
    for name, source in cases.code_overrides.items():
        try:
            overrides.append(read_override(name, source))
        except NotPinned as fault:
            raise Unusable(f"$.code_overrides.{name}", f"This is no code override: {fault}.") from None
    return resources_of(cases.global_variables, tables, overrides)


def _from_manifest(
    named: Path, cases: CaseFile, sources: Sources, resources: Resources, config: Config
) -> ReadWorkflow:
    sound = sort_out(sources.manifests).sound
    snapshot = replace(snapshot_from([one.content for one in sound], datetime.now(UTC)), outside_values=resources)
    receivers = [one for key, one in snapshot.receivers.items() if cases.receiver in (None, key.name)]
    if len(receivers) != 1:
        known = ", ".join(sorted(key.name for key in snapshot.receivers)) or "none"
        raise Unusable("$.receiver", f"{cases.workflow} has these HttpReceivers: {known}; name one under receiver.")
    [receiver] = receivers
    try:
        offered = host_values(receiver, snapshot, Memo(), config)
    except Unreadable as unreadable:
        raise Unusable("$.workflow", unreadable.finding.message) from None
    if receiver.workflow is not None:
        return ReadWorkflow(named, "$.spec.workflow", receiver.workflow, offered, receiver.options)
    if receiver.workflow_from is None:
        raise Unusable("$.workflow", f"{receiver.key.name} has neither workflow nor workflowFrom.")
    text = referenced_text(snapshot, receiver.key.namespace, receiver.workflow_from)
    if text is None:
        raise Unusable("$.workflow", f"What workflowFrom of {receiver.key.name} names is not in {cases.workflow}.")
    return ReadWorkflow(named, "$", text.decode("utf-8-sig", "replace"), offered, receiver.options)
