"""
The one normal form of hosts and URL paths, shared by conflict rules (which addresses are the same) and routing (which
is meant). docs/routing.md publishes it as a table.

A path is a tuple of decoded segments in lower case; comparison is by whole segments (contract 3.1, A30).
"""

import re
from typing import Final
from urllib.parse import quote, unquote

BasePath = tuple[str, ...]

LONGEST_HOST: Final = 253
_MALFORMED: Final = re.compile(
    r"%(?![0-9a-f]{2})"  # an escape that is none
    r"|%00|\0"
    # A dot segment, however it is written: also where an escaped slash or a backslash beside it would make it one.
    r"|(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?=[/\\]|%2f|%5c|$)",
    re.IGNORECASE,
)


def base_path(service_name: str) -> BasePath:
    """
    Return the normal form of a ServiceName; ``()`` for the root.

    >>> base_path("api/Patient%20List")
    ('api', 'patient list')
    """
    return tuple(unquote(segment).lower() for segment in service_name.split("/") if segment)


def is_malformed(raw_path: str) -> bool:
    """
    Whether *raw_path* holds a broken escape, a dot segment or a null byte; no receiver is asked for such a path.

    >>> is_malformed("/api/%2E%2e/etc"), is_malformed("/api/.hidden/100%25")
    (True, False)
    """
    return _MALFORMED.search(raw_path) is not None


def segment_key(raw_segment: str) -> str:
    """
    Return the comparison form of one raw segment.

    >>> segment_key("Patient%20List")
    'patient list'
    """
    return unquote(raw_segment).lower() if "%" in raw_segment else raw_segment.lower()


def path_keys(raw_path: str) -> tuple[str, ...]:
    """
    Return the comparison forms of the segments of *raw_path*, which starts with ``/``; a final slash does not matter.

    >>> path_keys("/Api/a%2Fb/"), path_keys("/"), path_keys("/a//")
    (('api', 'a/b'), (), ('a', ''))
    """
    keys = tuple(segment_key(segment) for segment in raw_path.split("/")[1:])
    return keys[:-1] if keys and not keys[-1] else keys


def host_key(host: str) -> str:
    """
    Return the comparison form of a Host header: without port and final dot, in lower case; ``""`` for no name at all.

    >>> host_key("API.Example.com.:8080"), host_key("[::1]:80")
    ('api.example.com', '[::1]')
    """
    name, colon, port = host.strip().rpartition(":")
    key = (name if colon and (port.isdecimal() or not port) else host.strip()).lower().removesuffix(".")
    return key if len(key) <= LONGEST_HOST else ""


def url_path(path: BasePath) -> str:
    """
    Return the percent-encoded URL path with outer slashes.

    >>> url_path(("api", "patient list"))
    '/api/patient%20list/'
    """
    return "/" + "".join(quote(segment, safe="") + "/" for segment in path)
