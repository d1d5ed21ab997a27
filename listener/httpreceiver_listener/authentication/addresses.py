"""`addresses`: the caller's address among networks."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from httpreceiver_listener.authentication.verdicts import Allowed, Head, Refused

Address = IPv4Address | IPv6Address


class Networks:
    """Some networks, IPv4 and IPv6."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(ip_network(text, strict=False) for text in texts)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._networks)

    def __contains__(self, address: Address | None) -> bool:
        """Whether *address* is in one of them; None is nowhere."""
        return address is not None and any(address in network for network in self._networks)


def parsed_address(text: str) -> Address | None:
    """
    Return the address that *text* writes, IPv4 also where it is written inside IPv6; None when it is none.

    >>> parsed_address("::ffff:192.0.2.1"), parsed_address("unknown")
    (IPv4Address('192.0.2.1'), None)
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


class AddressCheck:
    """`addresses`."""

    def __init__(self, allow: Networks, deny: Networks) -> None:
        self._allow = allow
        self._deny = deny

    async def check(self, head: Head) -> Allowed | Refused:
        """Look for the caller's address; one that cannot be read is nowhere allowed, and denied where any is."""
        address = parsed_address(head.address)
        if address is None or address in self._deny or (self._allow and address not in self._allow):
            return Refused("addresses: the caller's address is not allowed")
        return Allowed()
