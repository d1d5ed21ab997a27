"""`httpreceiver wrap`: a workflow file becomes the HttpReceiver manifest that `kubectl apply` takes."""

import re
from pathlib import Path
from typing import Final

import click

from httpreceiver_cli.manifests import http_receiver, names_for, workflow_value
from httpreceiver_cli.sources import Refusal, read_sources
from httpreceiver_cli.usage import EXIT_FINE, EXIT_PROBLEMS, EXIT_USAGE, example
from httpreceiver_cli.yaml_text import dump_documents

PATTERNS: Final = {
    "name": (r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "a lower-case letter, then letters, digits and '-', at most 63"),
    "namespace": (r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", "lower-case letters, digits and '-', at most 63"),
    "host": (r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", "lower-case letters, digits and '-', at most 40"),
}
"""What Kubernetes and the CRDs take, by option."""


def checked_name(_context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse a name that the cluster would refuse."""
    pattern, wanted = PATTERNS[str(parameter.name)]
    if value and not re.fullmatch(pattern, value):
        raise click.UsageError(f'--{parameter.name} "{value}" would be refused by a cluster; use {wanted}')
    return value


@click.command(
    "wrap",
    short_help="Turn workflow files into HttpReceiver manifests.",
    epilog=example("httpreceiver wrap examples/workflows/patient-api.json --namespace intake | kubectl apply -f -"),
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", default="", callback=checked_name, help="Name of the receiver; default: made of the file name.")
@click.option("--namespace", "-n", default="", callback=checked_name, help="Namespace; default: left out.")
@click.option("--host", default="", callback=checked_name, help="ReceiverHost it listens on; default: left out.")
@click.pass_context
def command(context: click.Context, paths: tuple[Path, ...], name: str, namespace: str, host: str) -> None:
    """
    Print the HttpReceiver manifest of each workflow FILE, ready for kubectl apply.

    The workflow itself is not changed: same members, same order, same texts.
    """
    sources = read_sources(paths)
    refusals = [
        *sources.refusals,
        *(Refusal(manifest.path, "is a manifest already", is_usage=True) for manifest in sources.manifests),
    ]
    if name and len(sources.workflows) > 1:
        raise click.UsageError("--name fits one workflow only; name them by their files instead")
    names = names_for(sources.workflows)
    documents = []
    for workflow in sources.workflows:
        try:
            value = workflow_value(workflow.text)
        except ValueError as error:
            refusals.append(Refusal(workflow.path, f"is not JSON: {error}", is_usage=False))
            continue
        documents.append(http_receiver(name or names[workflow.path], value, namespace=namespace, host=host))
    if documents:
        click.echo(dump_documents(documents), nl=False)
    for refusal in refusals:
        click.echo(f"httpreceiver: {refusal}", err=True)
    context.exit(exit_code(refusals))


def exit_code(refusals: list[Refusal]) -> int:
    """Return 2 when a path was wrong, 1 when a content was, 0 when all went well."""
    if any(refusal.is_usage for refusal in refusals):
        return EXIT_USAGE
    return EXIT_PROBLEMS if refusals else EXIT_FINE
