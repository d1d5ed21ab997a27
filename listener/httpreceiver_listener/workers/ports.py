"""The ports of all workers: each bound once per worker, held by the parent for as long as it is served."""

import socket
from collections.abc import Collection, Mapping

from httpreceiver_listener.site import BACKLOG, bind

Group = tuple[socket.socket, ...]
"""One socket per worker, in the workers' order."""


class SharedPorts:
    """
    The sockets of every port, for *workers* processes.

    Attributes:
        refused: port → errno of those that could not be bound when last tried.
    """

    def __init__(self, address: str, workers: int) -> None:
        self._address = address
        self._workers = workers
        self._groups: dict[int, Group] = {}
        self.refused: dict[int, int] = {}

    @property
    def bound(self) -> frozenset[int]:
        """The ports that are held."""
        return frozenset(self._groups)

    def settle(self, ports: Collection[int]) -> frozenset[int]:
        """Bind what is not bound yet of *ports*, let go of every other, and return the newly bound."""
        before = self.bound
        for port in [port for port in self._groups if port not in ports]:
            for one in self._groups.pop(port):
                one.close()
        self.refused = {}
        for port in ports:
            if port not in self._groups:
                try:
                    self._groups[port] = bind_group(self._address, port, self._workers)
                except OSError as error:
                    self.refused[port] = error.errno or 0
        return self.bound - before

    def of(self, worker: int) -> Mapping[int, socket.socket]:
        """Return the sockets of one worker by port."""
        return {port: group[worker] for port, group in self._groups.items()}

    def close(self) -> None:
        """Let go of every port; workers that hold theirs go on."""
        self.settle(())


def bind_group(address: str, port: int, count: int) -> Group:
    """
    Bind *port* of *address* *count* times, for processes that share its connections.

    The first socket is bound alone and willing to share only then: a port that anybody else serves, even somebody who
    would share it, is in use.

    Raises:
        OSError: the port is in use, or the address is not this machine's.
    """
    bound: list[socket.socket] = []
    try:
        for number in range(count):
            bound.append(bind(address, port, shared=number > 0))
            if number == 0:
                bound[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            bound[number].listen(BACKLOG)
    except OSError:
        for one in bound:
            one.close()
        raise
    return tuple(bound)
