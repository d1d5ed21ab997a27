"""
Which cipher suites of TLS 1.2 a port offers; those of TLS 1.3 are all good and always offered.

Source: Mozilla's configuration `intermediate`, without its suites of finite-field Diffie-Hellman.
"""

from collections.abc import Mapping
from typing import Final

from httpreceiver_workflow.endpoint import CipherSuites

_INTERMEDIATE: Final = "@SECLEVEL=2:ECDHE+AESGCM:ECDHE+CHACHA20"

OFFERED: Final[Mapping[CipherSuites, str]] = {
    CipherSuites.INTERMEDIATE: _INTERMEDIATE,
    CipherSuites.COMPATIBLE: f"{_INTERMEDIATE}:ECDHE+AES:!SHA1:!AESCCM",
}
"""As OpenSSL writes lists of suites, best first."""
