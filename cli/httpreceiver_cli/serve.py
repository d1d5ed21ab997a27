"""`httpreceiver serve`: every receiver of the files on this machine, with the real listener, until Ctrl-C."""

from pathlib import Path

import click

from httpreceiver_cli.host_files import FOLDER, code_overrides_option, globals_option, tables_option
from httpreceiver_cli.usage import example

DEFAULT_ADMIN_PORT = 9464


def _networks(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no network."""
    from ipaddress import ip_network

    for text in texts:
        try:
            ip_network(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return texts


@click.command("serve", short_help="Serve receivers on this machine.", epilog=example("httpreceiver serve examples/"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for every one.")
@click.option(
    "--service-port",
    type=click.IntRange(1, 65535),
    help="Port of receivers on their host's service address; default: what the ReceiverHost says, else 8000.",
)
@click.option(
    "--admin-port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_ADMIN_PORT,
    show_default=True,
    help="Port of /healthz, /readyz, /metrics, /receivers and /openapi.json; 0 takes any free one.",
)
@click.option(
    "--files-root",
    "files_roots",
    multiple=True,
    type=FOLDER,
    help="Folder below which files are written and databases opened; repeatable; default: the working directory.",
)
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    metavar="CIDR",
    callback=_networks,
    help="Network of a proxy in front, whose X-Forwarded-For and forwarded certificates count; repeatable.",
)
@globals_option
@tables_option
@code_overrides_option
@click.option("--certificates", type=FOLDER, help="Folder of PEM and PFX files; workflows name them by thumbprint.")
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the self-signed certificate is kept; default: ~/.local/state/httpreceiver.",
)
@click.option(
    "--body-limit",
    type=click.IntRange(1),
    default=10 * 1024 * 1024,
    show_default=True,
    help="Largest request body in bytes where limits.bodyBytes does not say; beyond it the answer is 413.",
)
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=30.0,
    show_default=True,
    help="Seconds that requests may take to end after Ctrl-C.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes that share every port; one per core serves the most.",
)
@click.option(
    "--log",
    type=click.Choice(["text", "json", "none"]),
    default="text",
    show_default=True,
    help="Access log on standard error: short lines, the listener's own JSON, or none.",
)
@click.option("--log-fault-messages", is_flag=True, help="Log what faults say; it may quote a message or an answer.")
@click.option("--log-query", is_flag=True, help="Log queries, without the values of names that sound like a secret.")
@click.option(
    "--log-mask",
    "log_masks",
    multiple=True,
    metavar="NAME",
    help="With --log-query, a further name whose values are hidden; * stands for any characters; repeatable.",
)
@click.option(
    "--debug-tokens",
    type=FOLDER,
    help="Folder of tokens, a file each: a request with one in X-Httpreceiver-Debug is logged step by step.",
)
@click.option("--output", "-o", type=click.Choice(["table", "json"]), default="table", help="Form of the results.")
@click.pass_context
def command(context: click.Context, /, **options: object) -> None:
    """
    Serve the workflow files, manifests and folders at PATH on this machine until Ctrl-C.

    Prints a table of receivers and a request to try. Conflicts are settled as in a cluster, and named. Files that are
    added, edited or removed are taken up while requests go on. Folders are searched with their subfolders.
    """
    import asyncio

    import uvloop

    from httpreceiver_cli.serving import ServeOptions, serve
    from httpreceiver_listener.startup import unfit_environment

    unfit = unfit_environment()
    if unfit is not None:
        raise click.ClickException(unfit)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        context.exit(runner.run(serve(ServeOptions(**options))))  # type: ignore[arg-type]  # click checked them
