"""
XML text to tree, safely.

The parser reads nothing but the text it is given. Documents that declare entities or rely on a DTD's are refused before
they are parsed: with a DTD switched off, libxml2 still opens the file of a parameter entity in the internal subset.
"""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from httpreceiver_workflow.messages.message import UnreadableMessage
from httpreceiver_workflow.messages.xml_spelling import declaration

_ENTITY_OF_DTD: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z_:\x80-\U0010ffff][\w.\-:\x80-\U0010ffff]*;")
_DOCTYPE_MARK: Final = re.compile(r"""["'\[\]>]|<!--|<\?""")
_BLANK: Final = re.compile(r"[\ufeff \t\r\n]*")
_MARK_ENDS: Final = {'"': '"', "'": "'", "<!--": "-->", "<?": "?>"}

_PARSER: Final = etree.XMLParser(
    encoding="utf-8",
    huge_tree=False,
    load_dtd=False,
    no_network=True,
    resolve_entities=False,
    # collect_ids=False is not for us: it makes libxml2 load the external DTD whatever load_dtd says.
)


def parse_xml(text: str) -> etree._Element:
    """
    Return the root element of the document *text* spells.

    A byte order mark is let pass; a declared encoding has no effect on text.

    Raises:
        UnreadableMessage: not well-formed, too deeply nested, or relying on entities of a DTD.
    """
    return _parse(text)


def parse_fragment(text: str, scope: Mapping[str, str]) -> tuple[str, etree._Element]:
    """
    Return an element whose content is what *text* spells (text, elements, comments), as text and parsed.

    A declaration or DOCTYPE in front is dropped, so that a whole document can be put into another.

    Args:
        scope: prefixes that *text* may use because they are declared where it goes; the default namespace as ``""``.
    Raises:
        UnreadableMessage: *text* is not well-formed there.
    """
    if text.lstrip("\ufeff \t\r\n").startswith(("<?xml ", "<!DOCTYPE")):
        text = text[root_start(text) :]
    wrapped = f"<fragment{''.join(declaration(*one) for one in scope.items())}>{text}</fragment>"
    return wrapped, _parse(wrapped)


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


def root_start(text: str) -> int:
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
