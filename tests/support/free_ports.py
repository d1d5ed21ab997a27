"""Ports for processes that cannot be told to take any free one."""

import contextlib
import socket


def free_ports(count: int) -> list[int]:
    """Ports of loopback that were free a moment ago; all held until all are known, so that they differ."""
    with contextlib.ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
