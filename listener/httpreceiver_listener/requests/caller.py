"""Everything that is decided about a caller from the head alone, before a byte of the body is read."""

from aiohttp.http import RawRequestMessage

from httpreceiver_listener.authentication.guard import ANYONE, Caller
from httpreceiver_listener.authentication.verdicts import Head
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.refusals import overloaded
from httpreceiver_listener.requests.connection import Connection
from httpreceiver_workflow.pipeline.effects import Stage


def caller_address(connection: Connection, message: RawRequestMessage) -> str:
    """Return the address a request came from: the peer's, or what trusted proxies say."""
    proxies, peer = connection.site.proxies, connection.client_ip
    if proxies is None or not proxies.trusts(peer):
        return peer
    return proxies.caller_behind(peer, message.headers.getall("X-Forwarded-For", []))


async def admit(
    receiver: LiveReceiver, connection: Connection, message: RawRequestMessage, query: str, address: str
) -> Caller:
    """Return who calls *receiver*. Raises Refusal."""
    if receiver.suspended:
        raise overloaded(Stage.ROUTING, "the receiver is suspended")
    if receiver.guard is None:
        return ANYONE
    proxies = connection.site.proxies
    head = Head(
        message.method,
        message.path,
        query,
        message.headers,
        address,
        proxies is not None and proxies.trusts(connection.client_ip),
        connection.peer_certificates,
    )
    return await receiver.guard.admit(head, connection.peer_thumbprint)
