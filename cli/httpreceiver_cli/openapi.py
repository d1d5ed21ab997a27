"""`httpreceiver openapi`: what callers may send to receivers and what they get back, as OpenAPI."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from httpreceiver_cli.host_files import HostFiles, code_overrides_option, globals_option, tables_option
from httpreceiver_cli.usage import EXIT_FINE, EXIT_PROBLEMS, EXIT_USAGE, example

if TYPE_CHECKING:
    from httpreceiver_cli.local_cluster import Answer
    from httpreceiver_workflow.endpoint import Endpoint


@click.command(
    "openapi",
    short_help="Describe receivers to their callers as OpenAPI.",
    epilog=example(
        "httpreceiver openapi examples/ --endpoint 8081",
        "httpreceiver openapi examples/patient-api.json -o json > patient-api.openapi.json",
    ),
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@globals_option
@tables_option
@code_overrides_option
@click.option("--endpoint", metavar="[HOST:]PORT", help="Only this endpoint; default: all, one document each.")
@click.option("--output", "-o", type=click.Choice(["yaml", "json"]), default="yaml", help="Form.")
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    globals_folder: Path | None,
    tables_folder: Path | None,
    code_overrides_folder: Path | None,
    endpoint: str | None,
    output: str,
) -> None:
    """
    Print an OpenAPI 3.1 document for each endpoint that the workflow files and manifests at PATH ask for.

    It is what /openapi.json shows of a server that serves them: no secret, nothing of the systems behind a receiver,
    always in the same order. Several documents are one YAML stream, or one JSON array. Exit code 1 when a receiver is
    left out because it is refused, or nothing is left.
    """
    from datetime import UTC, datetime

    from httpreceiver_cli.local_cluster import LocalCluster

    host_files = HostFiles(globals_folder, tables_folder, code_overrides_folder=code_overrides_folder)
    answer = LocalCluster(paths, host_files=host_files).ask(datetime.now(UTC))
    complaints = [*answer.complaints, *left_out(answer)]
    for complaint in complaints:
        click.echo(f"httpreceiver: {complaint}", err=True)
    if any(refusal.is_usage for refusal in answer.refusals):
        context.exit(EXIT_USAGE)
    endpoints = [one for one in answer.plan.endpoints if endpoint is None or is_meant(one, endpoint)]
    if not endpoints and endpoint is None:
        click.echo("httpreceiver: no receiver is left to describe", err=True)
        context.exit(EXIT_PROBLEMS)
    if not endpoints:
        known = ", ".join(f"{one.host}:{one.port}" for one in answer.plan.endpoints)
        raise click.BadParameter(f"the endpoints are {known or 'none'}.", param_hint="--endpoint")
    documents = [document_of(one) for one in endpoints]
    if output == "json":
        import json

        shown = documents[0] if len(documents) == 1 else documents
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        from httpreceiver_cli.yaml_text import dump_documents

        click.echo(dump_documents(documents), nl=False)
    context.exit(EXIT_PROBLEMS if complaints else EXIT_FINE)


def document_of(endpoint: "Endpoint") -> dict[str, Any]:
    """Return the document of *endpoint*, whose receivers the planner has accepted."""
    from httpreceiver_workflow import prepare_workflow
    from httpreceiver_workflow.openapi import describe_receiver, endpoint_document

    descriptions = []
    for served in endpoint.receivers:
        prepared = prepare_workflow(served.workflow, served.resources, served.options)
        if prepared.workflow is not None and prepared.pipeline is not None:
            descriptions.append(describe_receiver(served.name, prepared.workflow, prepared.pipeline, served.options))
    return endpoint_document(endpoint.scheme, endpoint.port, descriptions)


def is_meant(endpoint: "Endpoint", asked: str) -> bool:
    """Whether *asked* names *endpoint*, by its port, or by the name of its host too."""
    host, _, port = asked.rpartition(":")
    return port == str(endpoint.port) and host in ("", endpoint.host, endpoint.host.rpartition("/")[2])


def left_out(answer: "Answer") -> Iterator[str]:
    """Yield a line for each receiver that no document shows, unless it was meant not to be served."""
    shown = {served.name for endpoint in answer.plan.endpoints for served in endpoint.receivers}
    for key, receiver in sorted(answer.receivers.items()):
        conditions = {one["type"]: one for one in receiver["status"]["conditions"]}
        if str(key) in shown or conditions["Ready"]["reason"] == "Disabled":
            continue
        failed = [conditions[kind] for kind in ("Accepted", "ResolvedRefs") if conditions[kind]["status"] != "True"]
        reason = (failed or [conditions.get("Conflicted", conditions["Ready"])])[0]["message"]
        yield f"{answer.places[key]}: {key.name} is left out: {reason}"
