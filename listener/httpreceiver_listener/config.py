"""Arguments of the pod's command, read once. Each has an environment variable; an argument wins."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from httpreceiver_listener.limits import Limits
from httpreceiver_workflow.endpoint import CipherSuites, Scheme

PREFIX: Final = "HTTPRECEIVER_"
EPILOG: Final = """\
examples:
  # one endpoint from two mounted folders, as the operator starts it
  python -m httpreceiver_listener --host-name team-a/default --port 8081 --scheme https \\
      --tls-dir /etc/httpreceiver/tls --bundle-dir /etc/httpreceiver/bundles/0 --bundle-dir /etc/httpreceiver/bundles/1

  # the same on a laptop, on a port of its own
  python -m httpreceiver_listener --port 8081 --listen-port 18081 --bundle-dir ./bundle

Every option has an environment variable, e.g. HTTPRECEIVER_LISTEN_PORT for --listen-port; several folders are
separated by ':'. SIGTERM drains: readiness off, serve for --drain-lag-s, finish within --drain-grace-s, exit 0.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """
    What one pod serves, and how.

    Attributes:
        host: ``namespace/name``.
        port: what receivers asked for; the label of metrics and states.
        listen_port: what is bound.
    """

    bundle_dirs: tuple[Path, ...]
    host: str
    port: int
    listen_port: int
    admin_port: int
    bind_address: str
    scheme: Scheme
    certificate: str
    cipher_suites: CipherSuites
    admin_certificates: str
    trusted_proxies: tuple[str, ...]
    tls_dir: Path | None
    state_dir: Path | None
    certificates_dir: Path | None
    files_roots: tuple[Path, ...]
    ca_file: Path | None
    drain_lag_s: float
    drain_grace_s: float
    access_log: bool
    log_fault_messages: bool
    log_query: bool
    log_masks: tuple[str, ...]
    debug_tokens: Path | None
    limits: Limits


def read_config(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Config:
    """
    Return the configuration.

    Raises:
        SystemExit: wrong usage (2, with one line on stderr) or ``--help`` (0).
    """
    options = _parser(environment).parse_args(arguments)
    proxies = tuple(filter(None, options.trusted_proxies.split(",")))
    try:
        for network in proxies:
            ip_network(network)
        limits = Limits(**{field.name: getattr(options, field.name) for field in fields(Limits)})
    except ValueError as error:
        _parser(environment).error(str(error))
    return Config(
        bundle_dirs=tuple(options.bundle_dir),
        host=options.host_name,
        port=options.port,
        listen_port=options.listen_port,
        admin_port=options.admin_port,
        bind_address=options.bind_address,
        scheme=Scheme(options.scheme),
        certificate=options.certificate,
        cipher_suites=CipherSuites(options.cipher_suites),
        admin_certificates=options.admin_certificates,
        trusted_proxies=proxies,
        tls_dir=options.tls_dir,
        state_dir=options.state_dir,
        certificates_dir=options.certificates_dir,
        files_roots=tuple(options.files_root),
        ca_file=options.ca_file,
        drain_lag_s=options.drain_lag_s,
        drain_grace_s=options.drain_grace_s,
        access_log=options.access_log,
        log_fault_messages=options.log_fault_messages,
        log_query=options.log_query,
        log_masks=tuple(filter(None, options.log_mask.split(","))),
        debug_tokens=options.debug_tokens,
        limits=limits,
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m httpreceiver_listener",
        description="Serve the receivers of one endpoint from mounted files.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

    def option(name: str, default: str | None, meaning: str, kind: type = str) -> None:
        variable = PREFIX + name.removeprefix("--").replace("-", "_").upper()
        # argparse converts a text default as it converts an argument.
        parser.add_argument(name, default=environment.get(variable, default), type=kind, help=meaning)

    def folders(name: str, meaning: str) -> None:
        variable = PREFIX + name.removeprefix("--").replace("-", "_").upper()
        given = [Path(one) for one in environment.get(variable, "").split(os.pathsep) if one]
        parser.add_argument(name, action=_Folders, default=given, metavar="DIR", help=f"{meaning} (repeatable)")

    def switch(name: str, *, default: bool, meaning: str) -> None:
        variable = PREFIX + name.removeprefix("--").replace("-", "_").upper()
        parser.add_argument(
            name,
            action=argparse.BooleanOptionalAction,
            default=environment.get(variable, str(default)).lower() in ("1", "true", "yes"),
            help=meaning,
        )

    folders("--bundle-dir", "folder of receivers, one file each; may be missing")
    option("--host-name", "default/default", "host, as namespace/name")
    option("--port", "8080", "port that the receivers ask for", int)
    option("--listen-port", "8080", "port to bind", int)
    option("--admin-port", "9090", "port of /healthz, /readyz, /metrics, /receivers and /openapi.json", int)
    option("--bind-address", "", "address to bind; default: all, IPv4 and IPv6")
    parser.add_argument(
        "--scheme",
        choices=[scheme.value for scheme in Scheme],
        default=environment.get(PREFIX + "SCHEME", Scheme.HTTP.value),
        help="how the port speaks",
    )
    option("--tls-dir", None, "mounted kubernetes.io/tls Secret: the default certificate", Path)
    option("--state-dir", None, "where a self-signed certificate is kept when there is no --tls-dir", Path)
    option("--certificates-dir", None, "folder of PEM and PFX files, found by thumbprint", Path)
    option("--certificate", "", "thumbprint of the server certificate in --certificates-dir")
    parser.add_argument(
        "--cipher-suites",
        choices=[suites.value for suites in CipherSuites],
        default=environment.get(PREFIX + "CIPHER_SUITES", CipherSuites.INTERMEDIATE.value),
        help="which suites of TLS 1.2 are offered; Compatible adds those of CBC for callers that have no others",
    )
    option("--admin-certificates", "", "thumbprints of client certificates that hosted receivers also accept")
    option("--trusted-proxies", "", "networks of proxies whose X-Forwarded-For counts, separated by commas")
    folders("--files-root", "folder below which files are written and databases opened")
    option("--ca-file", None, "PEM file of authorities that outgoing HTTPS trusts", Path)
    option("--drain-lag-s", "10", "seconds to go on serving after SIGTERM", float)
    option("--drain-grace-s", "30", "seconds that what has begun may take after that", float)
    switch("--access-log", default=True, meaning="one JSON line per request on standard output")
    switch("--log-fault-messages", default=False, meaning="log the text of faults, which may quote messages")
    switch("--log-query", default=False, meaning="log queries, without the values of names that sound like a secret")
    option("--log-mask", "", "further such names, separated by commas; * stands for any characters")
    option("--debug-tokens", None, "folder of tokens with which a caller may have its request recorded", Path)
    for limit in fields(Limits):
        meaning = f"{limit.metadata['meaning']} (default: {limit.default})"
        option("--" + limit.name.replace("_", "-"), str(limit.default), meaning, type(limit.default))
    return parser


class _Folders(argparse.Action):
    """Collects folders; the first on the command line replaces those of the environment."""

    def __call__(self, parser: object, namespace: argparse.Namespace, value: object, option: str | None = None) -> None:
        """Add one folder."""
        given = getattr(namespace, f"{self.dest}_given", [])
        given = [*given, Path(str(value))]
        setattr(namespace, f"{self.dest}_given", given)
        setattr(namespace, self.dest, given)
