"""
An XML document that is written to: lxml's tree, and beside it how the text spells what writes came near.

All else is copied from the text as it came, to the blank inside a tag: no serialiser sees it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.messages.xml_outline import Outline
from httpreceiver_workflow.messages.xml_source import parse_fragment, parse_xml, root_start
from httpreceiver_workflow.messages.xml_spelling import (
    NO_SCOPE,
    declared_prefixes,
    joined,
    new_attribute,
    new_element,
    opened,
    prefix_of,
    prefixes_of,
    spelled_text,
    with_attributes,
)

_NOWHERE: Final = Outline("<_/>")
"""Of elements that a write made: nothing in them stands in a text."""

_STRIDE: Final = 64
"""Of so many nodes that a search passes, one is kept, so that writes to many, in any order, do not count them again."""


@dataclass(slots=True, eq=False)
class _Spelling:
    """
    How one node is spelled: as in its outline, but for what writes changed.

    Attributes:
        number: in *outline*.
        tag: the start tag, or all of a comment or instruction, without the attributes that were written to.
        end_tag: ``""`` where *tag* is an empty element.
        text: in front of the first node inside, as spelled.
        tail: up to the next node behind, as spelled.
        attributes: those written to, by lxml's names → `new_attribute` of one that is not in *tag*.
        is_changed_inside: whether anything between start tag and end tag differs from the outline.
        scope: the prefixes that count inside, once they were asked for.
    """

    outline: Outline
    number: int
    tag: str
    end_tag: str = ""
    text: str = ""
    tail: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    is_changed_inside: bool = False
    scope: Mapping[str, str] | None = None

    def start_tag(self, element: etree._Element) -> str:
        """Return the start tag with the attributes of *element* that were written to."""
        return with_attributes(self.tag, element, self.attributes) if self.attributes else self.tag

    def open(self) -> None:
        """Make room between tags."""
        if not self.end_tag:
            self.tag, self.end_tag = opened(self.tag)

    def rest(self) -> str:
        """Return all behind the start tag as it stands in the outline."""
        outline = self.outline
        return outline.text[outline.starts[self.number] + len(self.tag) : outline.ends[self.number]]


class XmlDocument:
    """
    One document. Whoever writes to *root* does it through the methods here.

    Attributes:
        root: the root element.
    """

    __slots__ = ("_known", "_text", "root")

    def __init__(self, text: str) -> None:
        """Read *text*. Raises UnreadableMessage."""
        self.root = parse_xml(text)
        self._text = text
        self._known: dict[etree._Element, _Spelling] = {}
        """
        The nodes that a write touched or brought, all around them, and the root; empty before the first write.

        Nodes of the text that are not here stand among their siblings as they do in the text: `_find` counts on it.
        """

    def text(self) -> str:
        """Return the text, with what writes changed spliced in."""
        if not self._known:
            return self._text
        outline = self._known[self.root].outline
        return "".join((self._text[: outline.starts[0]], *self._pieces(), self._text[outline.ends[0] :]))

    # --- writing: texts without characters that are `FORBIDDEN` ---

    def set_content(self, element: etree._Element, value: str) -> None:
        """Put text in the place of all that is inside *element*."""
        self.set_text(element, value)
        del element[:]

    def set_text(self, element: etree._Element, value: str) -> None:
        """Put text in front of the first node inside *element*."""
        spelling = self._spelling(element)
        element.text = value or None
        spelling.text = spelled_text(value)
        if value:
            spelling.open()
        self._changed_inside(element)

    def set_tail(self, node: etree._Element, value: str) -> None:
        """Put text behind *node*, up to the next one."""
        spelling = self._spelling(node)
        node.tail = value or None
        spelling.tail = spelled_text(value)
        self._changed_inside(node.getparent())

    def set_attribute(self, element: etree._Element, name: str, value: str) -> None:
        """Set an attribute, there or not. Raises MessageFault for ``xmlns``, which is none."""
        if name == "xmlns":
            raise MessageFault("xmlns is the namespace of its element, which a write cannot change")
        spelling = self._spelling(element)
        is_new = name not in element.attrib
        element.set(name, value)
        if is_new:
            scope = self._scope(element)
            spelling.attributes[name], declared = new_attribute(name, scope)
            if declared:
                spelling.scope = {**scope, **declared}
        else:
            spelling.attributes.setdefault(name, "")
        self._changed_inside(element.getparent())

    def add_last(self, parent: etree._Element, name: str, prefix: str | None) -> etree._Element:
        """Add an element as the last node inside *parent*; its name is lxml's, for *prefix* see `new_element`."""
        made, spelling = self._made(parent, name, prefix)
        self._spelling(parent).open()
        parent.append(made)
        self._known[made] = spelling
        return made

    def add_behind(self, parent: etree._Element, sibling: etree._Element) -> etree._Element:
        """Add an element of the same name behind *sibling* and its tail."""
        made, spelling = self._made(parent, sibling.tag, prefix_of(self._spelling(sibling).tag))
        sibling.addnext(made)
        self._known[made] = spelling
        return made

    def replace(self, parent: etree._Element, element: etree._Element, text: str) -> None:
        """Put the fragment *text* in the place of a node inside *parent*. Raises UnreadableMessage."""
        before = element.getprevious()
        around, removed = self._spelling(parent), self._spelling(element)
        if removed.outline is around.outline:
            self._find_next(element, around.outline)
        wrapped, fragment = parse_fragment(text, self._scope(parent))
        outline = Outline(wrapped)
        wrapper = _spelling_of_root(outline)
        inside = list(fragment)
        number = 1
        for node in inside:
            self._known[node] = _spelling_inside(outline, number, wrapper)
            number = outline.following[number]
        added = wrapper.text
        if inside:
            last = self._known[inside[-1]]
            last.tail = joined(last.tail, removed.tail)
        else:
            added = joined(added, removed.tail)
        if before is None:
            around.text = joined(around.text, added)
        else:
            self._spelling(before).tail = joined(self._spelling(before).tail, added)
        _replace(parent, element, fragment)
        self._changed_inside(parent)

    # --- inside ---

    def _spelling(self, element: etree._Element) -> _Spelling:
        """Return how *element* is spelled, finding it in the text, and all elements around it, when it is not known."""
        known = self._known.get(element)
        if known is None:
            parent = element.getparent()
            if parent is not None:
                known = self._find(element, self._spelling(parent))
            else:
                known = _spelling_of_root(Outline(self._text, root_start(self._text)))
                known.scope = prefixes_of(element)
            self._known[element] = known
        return known

    def _find(self, node: etree._Element, parent: _Spelling) -> _Spelling:
        """Return how *node* is spelled: as many nodes behind the last known sibling as unknown ones are between."""
        outline = parent.outline
        number, unknown = parent.number + 1, 0
        passed: dict[int, etree._Element] = {}
        sibling = node.getprevious()
        while sibling is not None:
            known = self._known.get(sibling)
            if known is None:
                unknown += 1
                if unknown % _STRIDE == 0:
                    passed[unknown] = sibling
            elif known.outline is outline:
                number = outline.following[known.number]
                break
            sibling = sibling.getprevious()
        for left in range(unknown, 0, -1):
            if left in passed:
                self._known[passed[left]] = _spelling_inside(outline, number, parent)
            number = outline.following[number]
        return _spelling_inside(outline, number, parent)

    def _find_next(self, node: etree._Element, outline: Outline) -> None:
        """Find the next sibling of *node* that stands in *outline*, while *node* is there to count from."""
        for sibling in node.itersiblings():
            if self._spelling(sibling).outline is outline:
                break

    def _changed_inside(self, element: etree._Element | None) -> None:
        """Say that *element*, which is known, can no longer be copied as a whole."""
        while element is not None and not self._known[element].is_changed_inside:
            self._known[element].is_changed_inside = True
            element = element.getparent()

    def _scope(self, element: etree._Element) -> Mapping[str, str]:
        """
        Return the prefixes that count inside *element*, the default namespace as ``""``.

        By the text, not by lxml: it renames prefixes when it moves an element into another document.
        """
        spelling = self._spelling(element)
        if spelling.scope is None:
            parent = element.getparent()
            scope = NO_SCOPE if parent is None else self._scope(parent)
            spelling.scope = {**scope, **declared_prefixes(spelling.tag)} if "xmlns" in spelling.tag else scope
        return spelling.scope

    def _made(self, parent: etree._Element, name: str, prefix: str | None) -> tuple[etree._Element, _Spelling]:
        tag = new_element(name, prefix, self._scope(parent))
        # lxml spells none of this, but XPath's name() tells prefixes.
        declared = {one: uri for one, uri in declared_prefixes(tag).items() if one} if "xmlns" in tag else None
        made = parent.makeelement(name, nsmap=declared)
        self._changed_inside(parent)
        return made, _Spelling(_NOWHERE, 0, tag)

    def _pieces(self) -> Iterator[str]:
        """Yield the root as text; not by recursion, because fragments inside fragments nest deeper than a text may."""
        todo: list[str | etree._Element] = [self.root]
        while todo:
            piece = todo.pop()
            if isinstance(piece, str):
                yield piece
            elif self._known[piece].is_changed_inside:
                todo += reversed(self._parts(piece))
            else:
                yield self._known[piece].start_tag(piece)
                yield self._known[piece].rest()

    def _parts(self, element: etree._Element) -> list[str | etree._Element]:
        """Return *element* as pieces of text, and the nodes between that have changed nodes inside themselves."""
        spelling = self._known[element]
        outline, number = spelling.outline, spelling.number + 1
        parts: list[str | etree._Element] = [spelling.start_tag(element), spelling.text]
        for node in element:
            known = self._known.get(node)
            if known is None:
                end = outline.tail_end(number, spelling.number, spelling.end_tag)
                parts.append(outline.text[outline.starts[number] : end])
                number = outline.following[number]
                continue
            if not known.is_changed_inside:
                parts.append(known.start_tag(node) + known.rest() + known.tail)
            elif len(node) == 0:
                parts.append(known.start_tag(node) + known.text + known.end_tag + known.tail)
            else:
                parts += (node, known.tail)
            if known.outline is outline:
                number = outline.following[known.number]
        parts.append(spelling.end_tag)
        return parts


def _spelling_of_root(outline: Outline) -> _Spelling:
    tags = outline.tags(0)
    return _Spelling(outline, 0, *tags, outline.first_text(0, tags))


def _spelling_inside(outline: Outline, number: int, parent: _Spelling) -> _Spelling:
    """Return how a node of *outline* is spelled whose parent there is *parent*."""
    tags = outline.tags(number)
    tail = outline.text[outline.ends[number] : outline.tail_end(number, parent.number, parent.end_tag)]
    return _Spelling(outline, number, *tags, outline.first_text(number, tags), tail)


def _replace(parent: etree._Element, element: etree._Element, fragment: etree._Element) -> None:
    """Put the content of *fragment* where the child *element* of *parent* is."""
    position = parent.index(element)
    tail = element.tail or ""
    parent.remove(element)
    _add_text(parent, position, fragment.text or "")
    for node in list(fragment):
        parent.insert(position, node)
        position += 1
    _add_text(parent, position, tail)


def _add_text(parent: etree._Element, position: int, text: str) -> None:
    """Add *text* behind the child before *position*."""
    if not text:
        return
    if position == 0:
        parent.text = (parent.text or "") + text
    else:
        before = parent[position - 1]
        before.tail = (before.tail or "") + text
