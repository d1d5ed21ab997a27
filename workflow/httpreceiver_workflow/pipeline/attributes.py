"""
What a driver knows of a request beside what the contract needs: only expressions read it, so it is read late.

Names and meanings are those of the attributes of a Mule HTTP listener; paths begin with a slash.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Attributes(Protocol):
    """One request, as its driver sees it; each property is worked out when it is asked for."""

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        ...

    @property
    def version(self) -> str:
        """``HTTP/1.1`` or ``HTTP/1.0``."""
        ...

    @property
    def listener_path(self) -> str:
        """The path the receiver listens on, with its parameters and wildcard."""
        ...

    @property
    def raw_path(self) -> str:
        """The path as it was sent, percent escapes included."""
        ...

    @property
    def uri_params(self) -> Mapping[str, str]:
        """The parameters of the path, decoded."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """The headers in the order they came in."""
        ...

    @property
    def remote_address(self) -> str:
        """Address and port of the caller; the address alone where trusted proxies tell it, who tell no port."""
        ...

    @property
    def local_address(self) -> str:
        """Address and port the request came in on."""
        ...

    @property
    def client_certificate(self) -> Mapping[str, str]:
        """`subject`, `issuer`, `serial`, `sha1`, `sha256`, `notAfter` of the peer's certificate; empty without one."""
        ...

    @property
    def correlation_id(self) -> str:
        """The caller's, or one made for this request."""
        ...
