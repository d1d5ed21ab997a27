"""`httpreceiver plan`: what a cluster would get if the files were applied, and what it would say of each receiver."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from httpreceiver_cli.host_files import HostFiles, code_overrides_option, globals_option, tables_option
from httpreceiver_cli.usage import EXIT_FINE, EXIT_PROBLEMS, EXIT_USAGE, example

if TYPE_CHECKING:
    from httpreceiver_cli.local_cluster import Answer


@click.command("plan", short_help="Print what a cluster would get.", epilog=example("httpreceiver plan examples/"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@globals_option
@tables_option
@code_overrides_option
@click.option("--output", "-o", type=click.Choice(["yaml", "json", "table"]), default="yaml", help="Form.")
@click.option("--match", metavar="REQUEST", help='Say who answers, e.g. "GET http://localhost:8080/api", and why.')
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    globals_folder: Path | None,
    tables_folder: Path | None,
    code_overrides_folder: Path | None,
    output: str,
    match: str | None,
) -> None:
    """
    Print what a cluster would get if the workflow files and manifests at PATH were applied to it.

    First every HttpReceiver with its conditions, then the objects the operator would make. In a cluster that is only
    planned no pod runs, so Ready waits. What a workflow reads of its host is left out of the workflow Secrets. Exit
    code 1 when a receiver is not accepted, not resolved or in conflict; with --match when no receiver answers.
    """
    from datetime import UTC, datetime

    from httpreceiver_cli.local_cluster import LocalCluster

    host_files = HostFiles(globals_folder, tables_folder, code_overrides_folder=code_overrides_folder)
    cluster = LocalCluster(paths, host_files=host_files)
    now = datetime.now(UTC)
    cluster.ask(now)
    answer = cluster.ask(now)  # once more: now that the objects exist, the conditions say what is still missing
    if match is not None:
        context.exit(_explain_match(answer, match, as_json=output == "json"))
    objects = [
        without_host_values(one)
        for one in (*(issue.secret for issue in answer.plan.certificates), *answer.plan.objects)
    ]
    receivers = [with_workflow_as_value(receiver) for receiver in answer.receivers.values()]
    if output == "table":
        click.echo("\n\n".join([routes_table(receivers), conditions_table(receivers), objects_table(objects)]))
    elif output == "json":
        import json

        click.echo(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*receivers, *objects]}, indent=2))
    else:
        from httpreceiver_cli.yaml_text import dump_documents

        click.echo(dump_documents([*receivers, *objects]), nl=False)
    for complaint in answer.complaints:
        click.echo(f"httpreceiver: {complaint}", err=True)
    if any(refusal.is_usage for refusal in answer.refusals):
        context.exit(EXIT_USAGE)
    has_failed = bool(answer.complaints) or any(map(is_refused, receivers))
    context.exit(EXIT_PROBLEMS if has_failed else EXIT_FINE)


def _explain_match(answer: "Answer", match: str, *, as_json: bool) -> int:
    """Print which receiver the request *match* reaches; return the exit code."""
    from httpreceiver_cli.match import explanations, read_asked

    for complaint in answer.complaints:
        click.echo(f"httpreceiver: {complaint}", err=True)
    if any(refusal.is_usage for refusal in answer.refusals):
        return EXIT_USAGE
    try:
        found = explanations(answer, read_asked(match))
    except ValueError as mistake:
        raise click.BadParameter(f"{mistake}.", param_hint="--match") from None
    if as_json:
        import json

        click.echo(json.dumps([one.as_json() for one in found], indent=2))
    else:
        click.echo("\n\n".join(map(str, found)))
    return EXIT_FINE if any(one.receiver for one in found) else EXIT_PROBLEMS


def with_workflow_as_value(receiver: dict[str, Any]) -> dict[str, Any]:
    """Return *receiver* with a workflow that stands in it as text written out, as `wrap` writes it."""
    from httpreceiver_cli.manifests import workflow_value

    text = receiver["spec"].get("workflow")
    if not isinstance(text, str):
        return receiver
    try:
        value = workflow_value(text)
    except ValueError:
        return receiver  # its condition says that it is not JSON
    return {**receiver, "spec": {**receiver["spec"], "workflow": value}}


def without_host_values(entry: dict[str, Any]) -> dict[str, Any]:
    """
    Return a workflow Secret with the names of what its receivers read of the host, but no value of it.

    Its digest is left out with the values: a short secret could be guessed by it.
    """
    from base64 import b64decode, b64encode

    import msgspec

    from httpreceiver_workflow.credentials import without_values
    from httpreceiver_workflow.endpoint import decode_receiver, encode_receiver

    if entry["kind"] != "Secret" or entry["type"] != "Opaque":
        return entry
    shown = {}
    for name, text in entry["data"].items():
        receiver = decode_receiver(b64decode(text))
        if not receiver.resources.is_empty or receiver.credentials:
            bare = msgspec.structs.replace(
                receiver,
                resources=receiver.resources.without_values(),
                credentials=without_values(receiver.credentials),
            )
            text = b64encode(encode_receiver(bare)).decode()
        shown[name] = text
    if shown == entry["data"]:
        return entry
    metadata = {name: value for name, value in entry["metadata"].items() if name != "annotations"}
    return {**entry, "metadata": metadata, "data": shown}


def is_refused(receiver: dict[str, Any]) -> bool:
    """Whether a cluster would not serve *receiver*, for a reason that lies in the files."""
    found = {condition["type"]: condition["status"] for condition in receiver["status"]["conditions"]}
    return found.get("Accepted") != "True" or found.get("ResolvedRefs") != "True" or found.get("Conflicted") == "True"


def routes_table(receivers: list[dict[str, Any]]) -> str:
    """Return one line for each receiver with an address: which requests are its own."""
    from httpreceiver_cli.tables import aligned
    from httpreceiver_operator.api_objects import object_name

    rows = [
        (
            str(object_name(receiver)),
            receiver["status"].get("url", ""),
            *(",".join(receiver["status"].get("endpoint", {}).get(field, ())) for field in ("methods", "hostnames")),
        )
        for receiver in receivers
    ]
    return aligned(("RECEIVER", "URL", "METHODS", "HOSTNAMES"), rows)


def conditions_table(receivers: list[dict[str, Any]]) -> str:
    """Return one line for each condition of each receiver."""
    from httpreceiver_cli.tables import aligned
    from httpreceiver_operator.api_objects import object_name

    rows = [
        (str(object_name(receiver)), *(condition[field] for field in ("type", "status", "reason", "message")))
        for receiver in receivers
        for condition in receiver["status"]["conditions"]
    ]
    return aligned(("RECEIVER", "CONDITION", "STATUS", "REASON", "MESSAGE"), rows)


def objects_table(objects: list[dict[str, Any]]) -> str:
    """Return one line for each object the operator would make."""
    from httpreceiver_cli.tables import aligned

    rows = [(one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]) for one in objects]
    return aligned(("KIND", "NAMESPACE", "NAME"), rows)
