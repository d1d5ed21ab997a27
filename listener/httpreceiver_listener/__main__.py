"""
The pod's command: serve the mounted receivers until SIGTERM, then drain and exit 0.

Exit codes: 0 drained, 1 cannot serve (one line on stderr says why), 2 wrong usage, 3 drained but something was lost.
"""

import asyncio
import os
import signal
import sys
from typing import Final

import uvloop

from httpreceiver_listener.catalog import mounts_state, read_mounts
from httpreceiver_listener.config import Config, read_config
from httpreceiver_listener.listener import Listener
from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_listener.startup import unfit_environment
from httpreceiver_listener.telemetry.access_log import standard_output
from httpreceiver_workflow.endpoint import Endpoint

LOOK_EVERY_S: Final = 1.0


def main() -> None:
    """Run the command."""
    config = read_config(sys.argv[1:])
    unfit = unfit_environment()
    if unfit is not None:
        sys.exit(f"httpreceiver-listener: {unfit}")
    try:
        lost = uvloop.run(serve(config))
    except OSError as error:
        sys.exit(
            f"httpreceiver-listener: admin port {config.admin_port} cannot be bound: {os.strerror(error.errno or 0)}."
        )
    sys.exit(3 if lost else 0)


async def serve(config: Config) -> int:
    """Serve until SIGTERM or SIGINT; return how much had not ended when the grace was over."""
    listener = Listener(_options(config))
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    await listener.start()
    await _follow_mounts(listener, config, ending)
    return await listener.drain(config.drain_lag_s, config.drain_grace_s)


async def _follow_mounts(listener: Listener, config: Config, ending: asyncio.Event) -> None:
    """Apply what the mounts hold, again whenever they change, until *ending* is set."""
    seen: object = None
    while not ending.is_set():
        state = mounts_state(config.bundle_dirs)
        if state != seen:
            seen = state
            catalog = await asyncio.to_thread(read_mounts, config.bundle_dirs)
            for sentence in catalog.unreadable:
                listener.log_event("unreadable", message=sentence)
            await listener.apply(
                [
                    Endpoint(
                        host=config.host,
                        port=config.port,
                        scheme=config.scheme,
                        certificate=config.certificate,
                        cipher_suites=config.cipher_suites,
                        admin_certificates=config.admin_certificates,
                        trusted_proxies=config.trusted_proxies,
                        receivers=catalog.receivers,
                    )
                ]
            )
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await ending.wait()
        except TimeoutError:
            continue


def _options(config: Config) -> ListenerOptions:
    return ListenerOptions(
        bind_address=config.bind_address,
        listen_ports={config.port: config.listen_port},
        admin_address=config.bind_address,
        admin_port=config.admin_port,
        limits=config.limits,
        tls_folder=config.tls_dir,
        state_folder=config.state_dir,
        certificates_folder=config.certificates_dir,
        files_roots=config.files_roots,
        ca_file=config.ca_file,
        access_log=standard_output if config.access_log else None,
        log_fault_messages=config.log_fault_messages,
        log_query=config.log_query,
        log_masks=config.log_masks,
        debug_tokens=config.debug_tokens,
    )


if __name__ == "__main__":
    main()
