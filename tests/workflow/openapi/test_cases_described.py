"""
The conformance cases as witnesses: each receiver's document is OpenAPI, and what each request was answered is in it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from httpreceiver_cli.checking.case_files import CaseFile
from httpreceiver_cli.checking.engine_host import serve_on_engine
from httpreceiver_cli.checking.observation import Answered, Observation
from httpreceiver_cli.checking.reading import ReadCases, read_case_files, read_workflow
from httpreceiver_cli.checking.session import Way, check_file
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.endpoint import Scheme
from httpreceiver_workflow.openapi import describe_receiver, endpoint_document
from httpreceiver_workflow.resources import NO_RESOURCES
from openapi_documents import PORT, assert_is_openapi, resolved

FOLDER: Final = Path(__file__).resolve().parents[2] / "cases" / "workflow"
ON_ENGINE: Final = Way(serve_on_engine, are_real=True, allows_code=True)


async def test_every_answer_of_every_case_is_in_its_receivers_document() -> None:
    """By status, and by media type where there is a body; a document of each kind is checked to be OpenAPI."""
    seen: dict[str, dict[str, Any]] = {}
    undeclared: list[str] = []
    answers = 0
    read, refusals = read_case_files(sorted(FOLDER.glob("*.yaml")))
    assert refusals == []
    for file in read:
        assert file.content is not None, file.findings
        result = await check_file(file, ON_ENGINE, NO_RESOURCES)
        for case, document in zip(result.cases, documents(file, file.content), strict=False):
            if document is None:
                continue
            seen[document["info"]["version"]] = document
            for observation in case.observations:
                answers += 1
                undeclared += [f"{file.path.name}: {what}" for what in missing(document, observation)]
    assert undeclared == []
    assert answers > 600
    assert len(seen) > 80
    for document in seen.values():
        assert_is_openapi(document)


def documents(file: ReadCases, content: CaseFile) -> Iterator[dict[str, Any] | None]:
    """Yield the document of each case's receiver; None where the workflow is to be refused."""
    workflow = read_workflow(file.path, content, NO_RESOURCES, allows_code=True)
    for case in content.cases:
        chosen = workflow.with_switches(case.compatibility, "$")
        prepared = prepare_workflow(chosen.text, chosen.resources, chosen.options)
        if prepared.workflow is None or prepared.pipeline is None:
            yield None
            continue
        description = describe_receiver("team/a", prepared.workflow, prepared.pipeline, chosen.options)
        yield endpoint_document(Scheme.HTTP, PORT, [description])


def missing(document: Mapping[str, Any], observation: Observation) -> Iterator[str]:
    """Yield what of one answer the *document* does not have; what met no receiver, or no run, is none of it."""
    answer = observation.answer
    if observation.outcome is None and answer.status in (200, 204, 404):
        return
    [*_, item] = document["paths"].values()
    operations = [value for key, value in item.items() if key in ("get", "put", "post", "delete", "patch")]
    if not any(_has(document, operation, answer) for operation in operations):
        yield f"{answer.status} {answer.headers.get('content-type', '')}"


def _has(document: Mapping[str, Any], operation: Mapping[str, Any], answer: Answered) -> bool:
    responses = operation["responses"]
    described = responses.get(str(answer.status)) or responses.get("default")
    if described is None:
        return False
    media_types = resolved(document, described).get("content", {})
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    return not answer.body or media_type in media_types or "*/*" in media_types or not (media_type or media_types)
