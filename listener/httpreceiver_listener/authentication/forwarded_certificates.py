"""The forms in which proxies pass on the certificate of their client."""

import re
from base64 import b64decode
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from cryptography import x509

from httpreceiver_workflow.options.auth import ForwardedFormat

_ENVOY_PAIR: Final = re.compile(r'([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^;,"]*)([;,]|$)')


def read_forwarded(form: ForwardedFormat, values: Sequence[str]) -> tuple[x509.Certificate, ...]:
    """Return the chain that the nearest proxy saw, itself first; empty when there is none or it cannot be read."""
    if len(values) != 1:
        return ()
    try:
        match form:
            case "Envoy":
                return _envoy(values[0])
            case "UrlEncodedPem":
                return tuple(x509.load_pem_x509_certificates(unquote(values[0]).encode("ascii")))
            case "Base64Der":
                return (x509.load_der_x509_certificate(b64decode(values[0].strip().strip(":"), validate=True)),)
    except ValueError:
        return ()


def _envoy(value: str) -> tuple[x509.Certificate, ...]:
    """
    Return what the last element of X-Forwarded-Client-Cert holds; earlier ones were seen by proxies farther away.

    Raises:
        ValueError: its Chain or Cert cannot be read.
    """
    elements: list[dict[str, str]] = [{}]
    place = 0
    while place < len(value):
        pair = _ENVOY_PAIR.match(value, place)
        if pair is None:
            return ()
        name, text, end = pair.groups()
        elements[-1][name.lower()] = text.strip('"')
        if end == ",":
            elements.append({})
        place = pair.end()
    pem = elements[-1].get("chain") or elements[-1].get("cert")
    return tuple(x509.load_pem_x509_certificates(unquote(pem).encode("ascii"))) if pem else ()
