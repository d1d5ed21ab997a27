"""`httpreceiver trace`: one sample request through a workflow, and every step of its run."""

from pathlib import Path

import click

from httpreceiver_cli.host_files import FOLDER, HostFiles, code_overrides_option, globals_option, tables_option
from httpreceiver_cli.sources import read_sources
from httpreceiver_cli.usage import EXIT_FINE, EXIT_PROBLEMS, EXIT_USAGE, example

EXAMPLES = example(
    "httpreceiver trace examples/adt-to-file.hl7Workflow",
    "httpreceiver trace examples/patient-api.json --body '{\"name\": []}' --path '12345/visit?siteId=west'",
    "httpreceiver trace examples/referral-handover.json --reply 'Hand over to Inbound JSON={\"ok\": true}'",
    "httpreceiver trace examples/inbound-json.json --body-file sample.json -o json",
)


@click.command("trace", short_help="Show every step of one sample request.", epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--body", metavar="TEXT", help="Body of the request; default: the workflow's ReceivedMessageTemplate.")
@click.option("--body-file", metavar="FILE", type=click.File("rb"), help="File with the body; - is standard input.")
@click.option("--method", default="POST", show_default=True, help="HTTP method.")
@click.option("--path", default="", help="Path after the receiver's own, and query, as they are sent: 12345/visit?x=1.")
@click.option("--header", "-H", "headers", multiple=True, metavar="'NAME: VALUE'", help="Request header; repeatable.")
@click.option(
    "--reply",
    "replies",
    multiple=True,
    metavar="ACTIVITY=TEXT",
    help="What an activity, by name or id, answers: TEXT or @FILE; of a database the row as CSV; repeatable.",
)
@click.option("--perform", is_flag=True, help="Really perform the activities without --reply: call, write, run SQL.")
@click.option(
    "--files-root",
    "files_roots",
    multiple=True,
    type=FOLDER,
    help="With --perform, folder below which files and databases may be; default: the working directory.",
)
@globals_option
@tables_option
@code_overrides_option
@click.option("--show-secrets", is_flag=True, help="Do not mask passwords, client secrets and Authorization headers.")
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", help="Form of the trace.")
@click.pass_context
def command(
    context: click.Context,
    /,
    file: Path,
    globals_folder: Path | None,
    tables_folder: Path | None,
    code_overrides_folder: Path | None,
    show_secrets: bool,
    output: str,
    **options: object,
) -> None:
    """
    Run one sample request through the workflow FILE and show every step: nothing listens, and no activity is performed.

    Shown are the request and how it was read, each filter with its verdict, each action with what it read and wrote,
    loops, conditions, each activity's call, the response and the outcome. Exit code 1 when the workflow has errors or
    the run ends in one.
    """
    import asyncio
    from dataclasses import replace

    from httpreceiver_cli.trace_report import as_json, as_text
    from httpreceiver_cli.trace_sample import TraceOptions, traced
    from httpreceiver_workflow.pipeline.trace.masking import masked_events

    host = HostFiles(globals_folder, tables_folder, code_overrides_folder=code_overrides_folder).read()
    sources = read_sources([file])
    for refusal in (*sources.refusals, *host.refusals):
        click.echo(f"httpreceiver: {refusal}", err=True)
    if sources.refusals:
        context.exit(EXIT_USAGE if sources.refusals[0].is_usage else EXIT_PROBLEMS)
    trace = asyncio.run(traced(file, sources, host.resources, TraceOptions(**options)))  # type: ignore[arg-type]
    if not show_secrets:
        trace = replace(trace, events=masked_events(trace.events))
    click.echo(as_json(trace) if output == "json" else as_text(trace))
    context.exit(EXIT_FINE if trace.is_fine else EXIT_PROBLEMS)
