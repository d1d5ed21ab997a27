"""`httpreceiver check`: users' own cases through the engine, or through the listener, and every difference."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from httpreceiver_cli.host_files import code_overrides_option, globals_option, tables_option
from httpreceiver_cli.usage import EXIT_FINE, EXIT_PROBLEMS, EXIT_USAGE, example

if TYPE_CHECKING:
    from httpreceiver_cli.checking.hosts import Serve


@click.command(
    "check",
    short_help="Run cases: requests, and what must come of them.",
    epilog=example("httpreceiver check examples/", "httpreceiver check my-cases/ --junit results.xml"),
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--via",
    type=click.Choice(["engine", "listener"]),
    default="engine",
    show_default=True,
    help="Run requests on the engine alone, where nothing listens, or through the listener on 127.0.0.1.",
)
@click.option(
    "--activities",
    type=click.Choice(["stubbed", "real"]),
    default="stubbed",
    show_default=True,
    help="Whether activities without a stated reply fail the case, or are performed, files below {TMP} only.",
)
@globals_option
@tables_option
@code_overrides_option
@click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), help="Also write the results as JUnit XML to this file."
)
@click.option("--output", "-o", type=click.Choice(["table", "json"]), default="table", help="Form of the report.")
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    via: Literal["engine", "listener"],
    activities: Literal["stubbed", "real"],
    globals_folder: Path | None,
    tables_folder: Path | None,
    code_overrides_folder: Path | None,
    junit: Path | None,
    output: Literal["table", "json"],
) -> None:
    """
    Run the case files and folders at PATH, and print what is not as they expect.

    A case file is YAML: a workflow, requests, and what must come of each. docs/check.md describes it. Exit code 1 when
    a case fails or a case file has a mistake.
    """
    import asyncio
    import json

    from httpreceiver_cli.checking.junit import junit_xml
    from httpreceiver_cli.checking.reading import read_case_files
    from httpreceiver_cli.checking.report import as_json, as_text
    from httpreceiver_cli.checking.session import Way, check_files
    from httpreceiver_cli.host_files import HostFiles

    files, refusals = read_case_files(paths)
    host_files = HostFiles(globals_folder, tables_folder, code_overrides_folder=code_overrides_folder)
    host = host_files.read()
    refusals += host.refusals
    way = Way(_serve(via), activities == "real", host_files.allows_code)
    results = asyncio.run(check_files(files, way, host.resources))
    if junit is not None:
        try:
            junit.write_bytes(junit_xml(results))
        except OSError as error:
            raise click.UsageError(f"--junit {junit}: {error.strerror or error}") from error
    click.echo(json.dumps(as_json(results), indent=2, ensure_ascii=False) if output == "json" else as_text(results))
    for refusal in refusals:
        click.echo(f"httpreceiver: {refusal}", err=True)
    if any(refusal.is_usage for refusal in refusals):
        context.exit(EXIT_USAGE)
    failed = bool(refusals) or not all(result.has_passed for result in results)
    context.exit(EXIT_PROBLEMS if failed else EXIT_FINE)


def _serve(via: Literal["engine", "listener"]) -> "Serve":
    """Return what cases run on."""
    if via == "engine":
        from httpreceiver_cli.checking.engine_host import serve_on_engine

        return serve_on_engine
    from httpreceiver_cli.checking.listener_host import serve_on_listener

    return serve_on_listener
