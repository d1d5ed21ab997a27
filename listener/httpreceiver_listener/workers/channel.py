"""
What parent and worker say to each other: length-prefixed MessagePack over a socket pair of their own.

Sockets travel beside it, over a second pair, and always before the message that speaks of them.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_listener.states import ApplyReport
from httpreceiver_workflow.endpoint import Endpoint

_LENGTH: Final = struct.Struct("!I")
SOCKETS_AT_ONCE: Final = 200
"""The kernel takes 253 in one message."""


class Message(msgspec.Struct, frozen=True, tag=True):
    """Anything that is said."""


class Begin(Message, frozen=True, tag=True):
    """
    The first thing a worker hears.

    Attributes:
        grace_s: how long requests may take to end when the parent is gone.
        logs: whether the access log is wanted; it goes to standard output.
    """

    options: ListenerOptions
    grace_s: float
    logs: bool


class Apply(Message, frozen=True, tag=True):
    """
    Serve exactly these endpoints.

    Attributes:
        number: repeated by the answer.
        bundles: how many messages with sockets were sent for it.
        ports: the ports that the worker may hold from now on.
        refused: port → errno of those that cannot be bound.
    """

    number: int
    endpoints: tuple[Endpoint, ...]
    bundles: int
    ports: frozenset[int]
    refused: Mapping[int, int]


class Ask(Message, frozen=True, tag=True):
    """
    Tell how you are.

    Attributes:
        numbers: whether the numbers are wanted in any case, as a scrape does.
        documents: whether the OpenAPI documents are wanted.
    """

    numbers: bool = False
    documents: bool = False


class Drain(Message, frozen=True, tag=True):
    """End without losing a request; see `Listener.drain`."""

    lag_s: float
    grace_s: float


Sample = tuple[str, tuple[tuple[str, str], ...], float]
"""Name, labels and value of one series."""


class ToldExemplar(msgspec.Struct, frozen=True, array_like=True):
    """The exemplar of one series: of sample *name* with *labels*."""

    name: str
    labels: tuple[tuple[str, str], ...]
    trace: dict[str, str]
    value: float
    time: float


class FamilyNumbers(msgspec.Struct, frozen=True, array_like=True):
    """One metric as a worker counts it."""

    name: str
    kind: str
    meaning: str
    samples: tuple[Sample, ...]
    exemplars: tuple[ToldExemplar, ...] = ()


class Told(Message, frozen=True, tag=True):
    """
    How a worker is.

    Attributes:
        applied: number of the newest `Apply` that is served; 0 before the first.
        numbers: None when they were sent a moment ago; they cost more than the rest.
        documents: the OpenAPI document of each port; None unless they were asked for.
    """

    applied: int
    report: ApplyReport
    is_alive: bool
    numbers: tuple[FamilyNumbers, ...] | None = None
    documents: Mapping[int, bytes] | None = None


class Drained(Message, frozen=True, tag=True):
    """The last thing a worker says: how much it could not finish."""

    lost: int
    numbers: tuple[FamilyNumbers, ...]


Order = Begin | Apply | Ask | Drain
Answer = Told | Drained


def _to_wire(value: object) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value))


def _from_wire(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)


_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_to_wire)
ORDERS: Final[msgspec.msgpack.Decoder[Order]] = msgspec.msgpack.Decoder(Order, dec_hook=_from_wire)
ANSWERS: Final[msgspec.msgpack.Decoder[Answer]] = msgspec.msgpack.Decoder(Answer, dec_hook=_from_wire)


def say(writer: asyncio.StreamWriter, message: Message) -> None:
    """Send *message*; whoever is gone hears nothing, which the end of the other direction tells."""
    content = _ENCODER.encode(message)
    writer.write(_LENGTH.pack(len(content)) + content)


async def hear(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next message, None when the other side is gone."""
    try:
        [length] = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def hand_over(pair: socket.socket, sockets: Mapping[int, socket.socket]) -> int:
    """Send the *sockets* of ports and return how many messages that took. Raises OSError when nobody takes them."""
    ports = list(sockets)
    bundles = [ports[start : start + SOCKETS_AT_ONCE] for start in range(0, len(ports), SOCKETS_AT_ONCE)]
    for bundle in bundles:
        socket.send_fds(pair, [json.dumps(bundle).encode()], [sockets[port].fileno() for port in bundle])
    return len(bundles)


def take(pair: socket.socket, bundles: int) -> dict[int, socket.socket]:
    """Receive what `hand_over` sent; the messages are there already."""
    taken: dict[int, socket.socket] = {}
    for _ in range(bundles):
        ports, descriptors, _, _ = socket.recv_fds(pair, 64 * 1024, SOCKETS_AT_ONCE)
        for port, descriptor in zip(json.loads(ports), descriptors, strict=True):
            taken[port] = socket.socket(fileno=descriptor)
            taken[port].setblocking(False)
    return taken
