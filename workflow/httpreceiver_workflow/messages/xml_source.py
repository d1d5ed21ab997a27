"""
XML text to tree and back, safely.

The parser reads nothing but the text it is given. Documents that declare entities or rely on a DTD's are refused before
they are parsed: with a DTD switched off, libxml2 still opens the file of a parameter entity in the internal subset.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from httpreceiver_workflow.messages.message import UnreadableMessage

_ENTITY_OF_DTD: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[^\W\d][\w.\-]*;")
_DOCTYPE_MARK: Final = re.compile(r"""["'\[\]>]|<!--|<\?""")
_BLANK: Final = re.compile(r"[\ufeff \t\r\n]*")
_MARK_ENDS: Final = {'"': '"', "'": "'", "<!--": "-->", "<?": "?>"}
_XML_PREFIX: Final = "xml"
_IN_ATTRIBUTE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


_PARSER: Final = etree.XMLParser(
    encoding="utf-8",
    huge_tree=False,
    load_dtd=False,
    no_network=True,
    resolve_entities=False,
    strip_cdata=False,
    # collect_ids=False is not for us: it makes libxml2 load the external DTD whatever load_dtd says.
)


@dataclass(slots=True)
class XmlSource:
    """
    A parsed document.

    Attributes:
        root: the root element; writes change it in place.
        original: the text it was parsed from, ``""`` for a document that writes made.
    """

    root: etree._Element
    original: str = ""

    def text(self) -> str:
        """
        Return the document as text: all before the root element as it came, the root element serialised.

        Line ends are CRLF where all of the original's were, because parsing turns them into LF.
        """
        before = self.original[: _root_start(self.original)]
        body = etree.tostring(self.root, encoding="unicode", with_tail=False)
        crlf = self.original.count("\r\n")
        if crlf and crlf == self.original.count("\n"):
            body = body.replace("\n", "\r\n")
        return before + body + _after(self.original, self.root)


def parse_xml(text: str) -> XmlSource:
    """
    Return the document *text* spells. A byte order mark is let pass, a declared encoding has no effect on text.

    Raises:
        UnreadableMessage: not well-formed, too deeply nested, or relying on entities of a DTD.
    """
    return XmlSource(_parse(text), text)


def parse_fragment(text: str, namespaces: Mapping[str | None, str]) -> etree._Element:
    """
    Return an element whose content is what *text* spells: text, elements, comments.

    A declaration or DOCTYPE in front is dropped, so that a whole document can be put into another.

    Args:
        namespaces: prefixes that *text* may use because they are declared where it goes.
    Raises:
        UnreadableMessage: *text* is not well-formed there.
    """
    if text.lstrip("\ufeff \t\r\n").startswith(("<?xml ", "<!DOCTYPE")):
        text = text[_root_start(text) :]
    declarations = "".join(
        f' xmlns{":" if prefix else ""}{prefix or ""}="{uri.translate(_IN_ATTRIBUTE)}"'
        for prefix, uri in namespaces.items()
        if prefix != _XML_PREFIX
    )
    return _parse(f"<fragment{declarations}>{text}</fragment>")


def _parse(text: str) -> etree._Element:
    if "<!DOCTYPE" in text:
        if "<!ENTITY" in text:
            raise UnreadableMessage("the XML declares entities, which is refused", text)
        if _ENTITY_OF_DTD.search(text):
            raise UnreadableMessage("the XML uses entities of a DTD, which is never loaded", text)
    try:
        return etree.fromstring(text.encode(), _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise UnreadableMessage(f"the text is not well-formed XML (line {line}, column {column})", text) from error
    except UnicodeEncodeError as error:
        raise UnreadableMessage("the XML holds half a surrogate pair", text) from error


def _root_start(text: str) -> int:
    """Return where the root element of a well-formed document starts."""
    position = 0
    while blank := _BLANK.match(text, position):
        position = blank.end()
        if text.startswith("<!--", position):
            position = _behind(text, "-->", position + 4)
        elif text.startswith("<?", position):
            position = _behind(text, "?>", position)
        elif text.startswith("<!DOCTYPE", position):
            position = _doctype_end(text, position)
        else:
            break
    return position


def _doctype_end(text: str, position: int) -> int:
    """Return the position behind a DOCTYPE with its internal subset."""
    depth = 0
    while found := _DOCTYPE_MARK.search(text, position):
        mark, position = found[0], found.end()
        if mark in _MARK_ENDS:
            position = _behind(text, _MARK_ENDS[mark], position)
        elif mark == ">" and depth == 0:
            return position
        else:
            depth += (mark == "[") - (mark == "]")
    return len(text)


def _behind(text: str, end: str, position: int) -> int:
    found = text.find(end, position)
    return len(text) if found < 0 else found + len(end)


def _after(text: str, root: etree._Element) -> str:
    """
    Return what stands behind the root element: white space, comments and instructions, as they came.

    Found from the end of *text*: lxml does not say where an element ends, and is slow to serialise many such siblings.
    """
    end = _blank_start(text, len(text))
    for node in reversed(list(root.itersiblings())):
        opening = "<?" + str(node.target) if isinstance(node, etree._ProcessingInstruction) else "<!--"
        end = _blank_start(text, text.rfind(opening, 0, end - 2))
    return text[end:]


def _blank_start(text: str, end: int) -> int:
    """Return where the white space before *end* starts."""
    while end > 0 and text[end - 1] in " \t\r\n":
        end -= 1
    return end
