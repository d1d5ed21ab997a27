"""
The one normal form of a URL path, shared by conflict rules (which addresses are the same) and routing (which is meant).

A base path is a tuple of decoded segments in lower case; comparison is by whole segments (contract 3.1, A30).
"""

from urllib.parse import quote, unquote

BasePath = tuple[str, ...]


def base_path(service_name: str) -> BasePath:
    """
    Return the normal form of a ServiceName; ``()`` for the root.

    >>> base_path("api/Patient%20List")
    ('api', 'patient list')
    """
    return tuple(unquote(segment).lower() for segment in service_name.split("/") if segment)


def path_segments(raw_path: str) -> list[str]:
    """
    Split a raw request path into raw segments, without the leading slash; still percent-encoded.

    >>> path_segments("/api/patient/12%2034/")
    ['api', 'patient', '12%2034', '']
    """
    return raw_path[1:].split("/") if raw_path.startswith("/") else raw_path.split("/")


def segment_key(raw_segment: str) -> str:
    """
    Return the comparison form of one raw segment.

    >>> segment_key("Patient%20List")
    'patient list'
    """
    return unquote(raw_segment).lower() if "%" in raw_segment else raw_segment.lower()


def url_path(path: BasePath) -> str:
    """
    Return the percent-encoded URL path with outer slashes.

    >>> url_path(("api", "patient list"))
    '/api/patient%20list/'
    """
    return "/" + "".join(quote(segment, safe="") + "/" for segment in path)
