"""
The entry point: finds the subcommand, and turns every mistake of the caller into one line and an exit code.

Exit codes: 0 fine, 1 problems found, 2 wrong usage. A subcommand is imported only when named: `--version` is instant.
"""

import importlib
import sys
from typing import Final

import click

from httpreceiver_cli.usage import EXIT_FINE, EXIT_USAGE, example

COMMANDS: Final = ("serve", "lint", "check", "trace", "plan", "openapi", "format", "wrap", "explain")


class CommandsOnDemand(click.Group):
    """A group whose subcommands live in modules of the same name, each with a `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands in the order a new user needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the subcommand; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"httpreceiver_cli.{cmd_name}").command
        return command


def print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the version and leave, when *wanted*."""
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"httpreceiver {version('httpreceiver')}")
    ctx.exit()


@click.group(
    cls=CommandsOnDemand,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("httpreceiver serve examples/"),
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=print_version, help="Print the version."
)
@click.pass_context
def cli(context: click.Context) -> None:
    """
    Serve HTTP receivers for integration workflows, without a cluster.

    Exit codes: 0 fine, 1 problems found, 2 wrong usage.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> None:
    """Run the command and exit the process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with *arguments* and return its exit code; mistakes of the caller are one line on stderr."""
    try:
        outcome = cli.main(arguments, prog_name="httpreceiver", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "httpreceiver"
        click.echo(f"httpreceiver: {one_line(error.format_message()).rstrip('.')}; see {where} --help", err=True)
        return EXIT_USAGE
    except click.ClickException as error:
        click.echo(f"httpreceiver: {one_line(error.format_message())}", err=True)
        return EXIT_USAGE
    except click.Abort:
        return 130  # what a shell reports for Ctrl-C
    except BrokenPipeError:
        # The reader (head, a closed pager) has what it wanted; Python would complain again when it flushes stdout.
        sys.stdout = None
        return EXIT_FINE
    return outcome if isinstance(outcome, int) else EXIT_FINE


def one_line(message: str) -> str:
    """Return *message* without its line breaks."""
    return " ".join(message.split())


if __name__ == "__main__":
    main()
