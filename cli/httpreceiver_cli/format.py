"""`httpreceiver format`: workflow files in their one canonical form, so that a difference in Git is one in meaning."""

import os
import shutil
import tempfile
from pathlib import Path

import click

from httpreceiver_cli.sources import Refusal, WorkflowFile, read_sources
from httpreceiver_cli.usage import EXIT_FINE, EXIT_PROBLEMS, EXIT_USAGE, example


@click.command(
    "format",
    short_help="Write workflow files in one canonical form.",
    epilog=example(
        "httpreceiver format examples/patient-api.json",
        "httpreceiver format --write workflows/",
        "httpreceiver format --check workflows/",
    ),
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--write", "-w", is_flag=True, help="Rewrite the files instead of printing; name those that changed.")
@click.option("--check", is_flag=True, help="Write nothing; name the files that would change, with exit code 1.")
@click.option("--bare", is_flag=True, help="Leave out all that has no effect here: only what runs.")
@click.pass_context
def command(context: click.Context, paths: tuple[Path, ...], write: bool, check: bool, bare: bool) -> None:
    """
    Print the workflow file at PATH in its canonical form: the same meaning, written in one way.

    Settings and members get one order, names their published spelling, links one form; members with their default are
    left out. Code, texts, comments and what has no effect here stay as they are. A file with errors is refused.
    """
    if write and check:
        raise click.UsageError("--write and --check exclude each other")
    sources = read_sources(paths)
    named = {path for path in paths if not path.is_dir()}
    refusals = [
        *sources.refusals,
        *(
            Refusal(manifest.path, "is a manifest; format takes workflow files", is_usage=True)
            for manifest in sources.manifests
            if manifest.path in named
        ),
    ]
    if len(sources.workflows) > 1 and not (write or check):
        raise click.UsageError("several workflows cannot be printed as one; give --write or --check")
    formatted = [(workflow, canonical_file(workflow, bare=bare)) for workflow in sources.workflows]
    changed = [(workflow.path, text) for workflow, text in formatted if text is not None and differs(workflow, text)]
    if write or check:
        for path, text in changed:
            if write:
                replace_file(path, text)
            click.echo(f"{path}: {'changed' if write else 'would change'}")
    else:
        click.echo("".join(text for _, text in formatted if text is not None), nl=False)
    for refusal in refusals:
        click.echo(f"httpreceiver: {refusal}", err=True)
    if any(refusal.is_usage for refusal in refusals):
        context.exit(EXIT_USAGE)
    failed = refusals or any(text is None for _, text in formatted) or (check and changed)
    context.exit(EXIT_PROBLEMS if failed else EXIT_FINE)


def canonical_file(workflow: WorkflowFile, *, bare: bool) -> str | None:
    """Return the canonical text of *workflow*; None, after saying why on standard error, when it has errors."""
    from httpreceiver_cli.findings import finding_of
    from httpreceiver_workflow.contract.canonical import canonical_text

    canonical = canonical_text(workflow.text, bare=bare)
    if canonical.text is None:
        findings = [finding_of(str(workflow.path), None, problem.where, problem) for problem in canonical.problems]
        for finding in findings:
            if finding.is_error:
                click.echo(str(finding), err=True)
    return canonical.text


def differs(workflow: WorkflowFile, text: str) -> bool:
    """Whether the file holds other bytes than *text*: a byte order mark or other line ends count."""
    return workflow.path.read_bytes() != text.encode()


def replace_file(path: Path, text: str) -> None:
    """Write *text* to *path* in one step, so that no reader ever finds half a workflow."""
    target = path.resolve()
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
        shutil.copymode(target, name)
        os.replace(name, target)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error
