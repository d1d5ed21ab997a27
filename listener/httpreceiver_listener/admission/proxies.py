"""
Whose word counts for a caller's address: trusted proxies, evaluated from the nearest to the farthest. Pure.

Without trusted proxies nothing here is asked: the caller is the peer of the socket, whatever its headers say.
"""

from collections.abc import Sequence

from httpreceiver_listener.authentication.addresses import Networks, parsed_address


class TrustedProxies:
    """The proxies of one port."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = Networks(networks)

    def trusts(self, address: str) -> bool:
        """Whether *address* is one of them."""
        return parsed_address(address) in self._networks

    def caller_behind(self, peer: str, forwarded: Sequence[str]) -> str:
        """
        Return the address of who called the first trusted proxy.

        Read from the right, each address was written by the hop to its right, so the first that is no trusted proxy is
        the caller. What a trusted hop wrote that is no address ends the search at that hop.

        Args:
            peer: of the socket, a trusted proxy.
            forwarded: the values of X-Forwarded-For, in order.
        """
        caller = peer
        for text in reversed([item.strip() for value in forwarded for item in value.split(",")]):
            address = parsed_address(_without_port(text))
            if address is None:
                break
            caller = str(address)
            if address not in self._networks:
                break
        return caller


def _without_port(text: str) -> str:
    """
    Return the address of *text*, which some proxies write with the caller's port.

    >>> _without_port("192.0.2.1:555"), _without_port("[2001:db8::1]:555"), _without_port("2001:db8::1")
    ('192.0.2.1', '2001:db8::1', '2001:db8::1')
    """
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
