"""
How writes are spelled in XML: text, attributes and names, in the place where they go.
"""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

NO_SCOPE: Final[Mapping[str, str]] = {}

FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML text may hold, not even as a reference."""

_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_VALUE: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_BETWEEN: Final = {
    '"': str.maketrans({**_VALUE, '"': "&quot;"}),
    "'": str.maketrans({**_VALUE, "'": "&apos;"}),
}
_ATTRIBUTE: Final = re.compile(
    r"""(?P<before>[ \t\r\n](?P<name>[^ \t\r\n=/>"']+)[ \t\r\n]*=[ \t\r\n]*)(?P<value>"[^"]*"|'[^']*')"""
)
_NAME: Final = re.compile(r"[^ \t\r\n/>]+")
_BLANKS: Final = " \t\r\n"
_XML_PREFIX: Final = "xml"
_XML: Final = "http://www.w3.org/XML/1998/namespace"


def spelled_text(value: str) -> str:
    """Return *value* as text between tags."""
    return value.translate(_TEXT)


def spelled_value(value: str, quote: str = '"') -> str:
    """Return *value* as that of an attribute, in quotes."""
    return quote + value.translate(_BETWEEN[quote]) + quote


def joined(one: str, other: str) -> str:
    """
    Return two spelled texts as one that means both.

    >>> joined("a]]", "> b")
    'a]]&#62; b'
    """
    if one.endswith(("]", "\r")) and other.startswith(("]", ">", "\n")):
        # Together they might spell the end of a CDATA section, or one line break instead of two.
        return f"{one}&#{ord(other[0])};{other[1:]}"
    return one + other


def declared_prefixes(tag: str) -> dict[str, str]:
    """Return the namespaces that a start tag declares by prefix, the default one by ``""``."""
    declarations = [found[0] for found in _ATTRIBUTE.finditer(tag) if _is_declaration(found["name"])]
    if not declarations:
        return {}
    # So that references in the names of namespaces are read as lxml reads them.
    return prefixes_of(etree.fromstring(f"<_{''.join(declarations)}/>"))


def prefixes_of(element: etree._Element) -> dict[str, str]:
    """Return the namespaces that are declared for *element*, the default one by ``""``."""
    return {prefix or "": uri for prefix, uri in element.nsmap.items()}


def declaration(prefix: str, uri: str) -> str:
    """Return the attribute, with a blank in front, that declares *prefix*."""
    return f" xmlns{':' if prefix else ''}{prefix}={spelled_value(uri)}"


def new_element(name: str, prefix: str | None, scope: Mapping[str, str]) -> str:
    """
    Return an empty element as text.

    Args:
        name: as lxml has it, ``{uri}local``.
        prefix: to be declared where the namespace has no prefix yet; None for the default namespace.
        scope: prefixes of the place where it goes.
    """
    uri, local = _parted(name)
    if not uri:
        return f"<{local}{declaration('', '') if scope.get('') else ''}/>"
    bound = {**scope, _XML_PREFIX: _XML}
    for known in (prefix or "", *bound):
        if bound.get(known) == uri:
            return f"<{_prefixed(known, local)}/>"
    return f"<{_prefixed(prefix or '', local)}{declaration(prefix or '', uri)}/>"


def new_attribute(name: str, scope: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """
    Return an attribute's name, with a blank in front, as text; and what the text declares, which is no prefix or one.

    >>> new_attribute("{urn:p}k", {"p": "urn:p"})
    (' p:k', {})
    >>> new_attribute("{urn:p}k", {})
    (' xmlns:ns0="urn:p" ns0:k', {'ns0': 'urn:p'})
    """
    uri, local = _parted(name)
    if not uri:
        return f" {local}", {}
    for known, known_uri in ((_XML_PREFIX, _XML), *scope.items()):
        if known and known_uri == uri:
            return f" {known}:{local}", {}
    prefix = next(f"ns{number}" for number in range(len(scope) + 1) if f"ns{number}" not in scope)
    return f"{declaration(prefix, uri)} {prefix}:{local}", {prefix: uri}


def with_attributes(tag: str, element: etree._Element, changed: Mapping[str, str]) -> str:
    """
    Return a start tag with the values that writes gave it; all else is as in *tag*.

    Args:
        element: has the values: those of *tag* first, in its order.
        changed: lxml's names of the attributes to spell anew → `new_attribute` of one that is not in *tag*.
    """
    values = {str(name): str(value) for name, value in element.items()}
    end = len(tag) - (2 if tag.endswith("/>") else 1)
    end = len(tag[:end].rstrip(_BLANKS))
    pieces: list[str] = []
    position = 0
    written = [found for found in _ATTRIBUTE.finditer(tag) if not _is_declaration(found["name"])]
    for found, name in zip(written, values, strict=False):
        if name in changed:
            pieces += (tag[position : found.start("value")], spelled_value(values[name], found["value"][0]))
            position = found.end("value")
    pieces.append(tag[position:end])
    for name in list(values)[len(written) :]:
        if name in changed:
            pieces.append(f"{changed[name]}={spelled_value(values[name])}")
    return "".join(pieces) + tag[end:]


def opened(tag: str) -> tuple[str, str]:
    """Return the start and end tag of what *tag* spells as an empty element."""
    return tag[:-2].rstrip(_BLANKS) + ">", f"</{_called(tag)}>"


def prefix_of(tag: str) -> str | None:
    """Return the prefix of the name in a start tag."""
    prefix, _, _ = _called(tag).rpartition(":")
    return prefix or None


def _called(tag: str) -> str:
    found = _NAME.match(tag, 1)
    return found[0] if found else ""


def _is_declaration(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:")


def _parted(name: str) -> tuple[str, str]:
    uri, _, local = name.rpartition("}")
    return uri[1:], local


def _prefixed(prefix: str, local: str) -> str:
    return f"{prefix}:{local}" if prefix else local
