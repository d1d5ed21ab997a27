"""What is wrong with manifests: around the workflow, and in the workflow they carry or point to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from httpreceiver_cli.findings import Finding, finding_of
from httpreceiver_cli.manifest_shape import ManifestCode
from httpreceiver_cli.soundness import sort_out
from httpreceiver_cli.sources import ManifestObject, Sources
from httpreceiver_operator.api_objects import object_name
from httpreceiver_operator.config import Config
from httpreceiver_operator.host_values import Unreadable, host_credentials, host_values
from httpreceiver_operator.memo import Memo
from httpreceiver_operator.observation import snapshot_from
from httpreceiver_operator.snapshot import Snapshot, TextReference
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.explained_code import Severity
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import Resources

WORKFLOW_PATH: Final = "$.spec.workflow"


def find_in_manifests(sources: Sources, resources: Resources, *, allows_code: bool = False) -> list[Finding]:
    """
    Return all that is wrong with the manifests of *sources* and the workflows they carry or point to.

    Args:
        resources: what every workflow may read of its host; it wins over what manifests provide.
        allows_code: whether manifests may bring Python in the place of C#.

    A workflow in the manifest is found at ``$.spec.workflow``; one that is pointed to keeps the paths of its text.
    """
    sorted_out = sort_out(sources.manifests)
    applied = snapshot_from([manifest.content for manifest in sorted_out.sound], datetime.now(UTC))
    snapshot = replace(applied, outside_values=resources)
    found = [
        _manifest_finding(manifest, mistake.where, mistake.code, mistake.message)
        for manifest, mistake in sorted_out.mistaken
    ]
    for manifest in sorted_out.sound:
        if manifest.kind == "HttpReceiver":
            found.extend(_receiver_findings(manifest, snapshot, Config(code_overrides=allows_code)))
    return found


def _receiver_findings(manifest: ManifestObject, snapshot: Snapshot, config: Config) -> Iterator[Finding]:
    receiver = snapshot.receivers[object_name(manifest.content)]
    file, reference = str(manifest.path), receiver.workflow_from
    try:
        host_credentials(receiver, snapshot)
    except Unreadable as unreadable:
        yield _manifest_finding(manifest, "$.spec.auth", ManifestCode.REFERENCE_NOT_FOUND, unreadable.finding.message)
    try:
        resources = host_values(receiver, snapshot, Memo(), config)
    except Unreadable as unreadable:
        yield _manifest_finding(manifest, "$.spec", ManifestCode.REFERENCE_NOT_FOUND, unreadable.finding.message)
        resources = snapshot.outside_values
    if receiver.workflow is not None:
        workflow = manifest.content["spec"]["workflow"]
        for problem in prepare_workflow(workflow, resources, snapshot.options_of(receiver)).problems:
            yield finding_of(file, manifest.document, _place(problem), problem)
    if reference is None:
        return
    text = referenced_text(snapshot, receiver.key.namespace, reference)
    if text is None:
        holder = f"{reference.kind} {receiver.key.namespace}/{reference.name}"
        message = f'{holder} with the key "{reference.key}" is not among the files given.'
        yield _manifest_finding(manifest, "$.spec.workflowFrom", ManifestCode.REFERENCE_NOT_FOUND, message)
        return
    for problem in prepare_workflow(text, resources, snapshot.options_of(receiver)).problems:
        if reference.kind == "Secret" and problem.code is ProblemCode.PASSWORD_IN_WORKFLOW:
            continue  # it stands where it should
        if _is_beside(problem):
            yield finding_of(file, manifest.document, _place(problem), problem)
            continue
        place = f"{file}, {reference.kind} {reference.name}, key {reference.key}"
        yield finding_of(place, None, problem.where, problem)


def _is_beside(problem: Problem) -> bool:
    """Whether *problem* stands beside the workflow."""
    return not problem.where.startswith("$")


def _place(problem: Problem) -> str:
    """Return the JSON path of *problem* from the root of a manifest that holds its workflow itself."""
    return f"$.{problem.where}" if _is_beside(problem) else WORKFLOW_PATH + problem.where.removeprefix("$")


def referenced_text(snapshot: Snapshot, namespace: str, reference: TextReference) -> bytes | None:
    """Return the text that *reference* points to; None when it is not in *snapshot*."""
    holders = snapshot.secrets if reference.kind == "Secret" else snapshot.config_maps
    return next((data.get(reference.key) for key, data in holders.items() if key == (namespace, reference.name)), None)


def _manifest_finding(manifest: ManifestObject, where: str, code: ManifestCode, message: str) -> Finding:
    return Finding(str(manifest.path), manifest.document, where, code, Severity.ERROR, message, code.remedy)
