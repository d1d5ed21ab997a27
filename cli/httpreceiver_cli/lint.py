"""`httpreceiver lint`: everything that is wrong with workflows and manifests, in one go, with place and remedy."""

from pathlib import Path

import click

from httpreceiver_cli.host_files import HostFiles, code_overrides_option, globals_option, tables_option
from httpreceiver_cli.sources import read_sources, receivers_of
from httpreceiver_cli.usage import EXIT_FINE, EXIT_PROBLEMS, EXIT_USAGE, example


@click.command(
    "lint", short_help="Print every problem of workflows and manifests.", epilog=example("httpreceiver lint examples/")
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@globals_option
@tables_option
@code_overrides_option
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", help="Form of the report.")
@click.option("--strict", is_flag=True, help="Warnings count as problems: exit code 1.")
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    globals_folder: Path | None,
    tables_folder: Path | None,
    code_overrides_folder: Path | None,
    output: str,
    strict: bool,
) -> None:
    """
    Print every problem of the workflow files, manifests and folders at PATH.

    One line each: file, JSON path, severity, code, what is wrong and what to do. Exit code 1 when there is an error.
    """
    from httpreceiver_cli.findings import find_in_file, summary

    sources = read_sources(paths)
    host_files = HostFiles(globals_folder, tables_folder, code_overrides_folder=code_overrides_folder)
    host = host_files.read()
    findings = [finding for workflow in sources.workflows for finding in find_in_file(workflow, host.resources)]
    if sources.manifests:
        from httpreceiver_cli.manifest_findings import find_in_manifests

        findings.extend(find_in_manifests(sources, host.resources, allows_code=host_files.allows_code))
    if output == "json":
        import json

        click.echo(json.dumps([finding.as_json() for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(str(finding))
        if not sources.is_empty:
            click.echo(summary(findings, sum(1 for _ in receivers_of(sources))))
    refusals = (*sources.refusals, *host.refusals)
    for refusal in refusals:
        click.echo(f"httpreceiver: {refusal}", err=True)
    if any(refusal.is_usage for refusal in sources.refusals):
        context.exit(EXIT_USAGE)
    failed = bool(refusals) or any(finding.is_error or strict for finding in findings)
    context.exit(EXIT_PROBLEMS if failed else EXIT_FINE)
