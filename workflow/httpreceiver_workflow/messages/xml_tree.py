"""
XML messages: paths into a tree, and writes that leave the rest of the document as it came.
"""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import NO_NAMESPACES
from httpreceiver_workflow.messages.message import GROWTH_LIMIT, MessageFault, movable
from httpreceiver_workflow.messages.xml_document import XmlDocument
from httpreceiver_workflow.messages.xml_paths import (
    XmlPath,
    XmlStep,
    XPathExpression,
    compile_xml_path,
    indexed_xml_path,
    repeating_expression,
)
from httpreceiver_workflow.messages.xml_spelling import FORBIDDEN, NO_SCOPE, new_element

Path = XmlPath | XPathExpression


class XmlMessage:
    """One XML message. See `message.Message` for what each method promises."""

    __slots__ = ("_children", "_document", "_text", "type")

    def __init__(self, text: str, message_type: MessageType = MessageType.XML) -> None:
        self.type = message_type
        self._text: str | None = text
        """None since the first write."""
        self._document: XmlDocument | None = None
        """None until first needed, and for empty text."""
        self._children: dict[etree._Element, dict[str, list[etree._Element]]] = {}
        """Parent → tag → its children of that tag, for loops over many; what writes may change is forgotten."""

    # --- reading ---

    def text(self) -> str:
        """Return the text as it came, or the document as the writes left it."""
        if self._text is None:
            self._text = "" if self._document is None else self._document.text()
        return self._text

    def get(self, path: Path) -> str:
        """Return the inner text of the first matching element, or the attribute's value."""
        if isinstance(path, XPathExpression):
            return _result_text(self._evaluate(path))
        element = self._find(path)
        if element is None:
            return ""
        last = path.steps[-1]
        return element.get(_attribute_name(element, last)) or "" if last.is_attribute else _inner_text(element)

    def get_all(self, path: Path) -> list[str]:
        """Return the one value at *path*."""
        return [self.get(path)]

    def exists(self, path: Path) -> bool:
        """Whether the node is there, even if empty."""
        if isinstance(path, XPathExpression):
            result = self._evaluate(path)
            return bool(result) or isinstance(result, float)
        element = self._find(path)
        last = path.steps[-1]
        return element is not None and (not last.is_attribute or _attribute_name(element, last) in element.attrib)

    def count(self, path: Path) -> int:
        """Number of sibling elements of that name, or of the nodes an expression selects."""
        if isinstance(path, XPathExpression):
            nodes = self._evaluate(repeating_expression(path))
            if not isinstance(nodes, list):
                raise MessageFault("the expression selects no nodes to loop over")
            return len(nodes)
        last = path.steps[-1]
        if last.is_attribute or len(path.steps) == 1 or not movable(last.index):
            return int(self.exists(path))
        parent = self._find(XmlPath(path.steps[:-1], path.tags[:-1]))
        return 0 if parent is None else len(self._called(parent, path.tags[-1]))

    def is_valid(self) -> bool:
        """Whether the text is well-formed XML."""
        try:
            return self._parsed() is not None
        except MessageFault:
            return False

    # --- writing ---

    def set_value(self, path: Path, value: str) -> None:
        """Set the inner text of the element, or the attribute; missing elements grow."""
        if FORBIDDEN.search(value):
            raise MessageFault("the value holds characters that XML cannot carry")
        if isinstance(path, XPathExpression):
            self._set_node(self._selected(path), value)
        else:
            document, element = self._grown(path)
            if path.steps[-1].is_attribute:
                document.set_attribute(element, _attribute_name(element, path.steps[-1]), value)
            else:
                self._set_content(document, element, value)
        self._text = None

    def set_structure(self, path: Path, text: str) -> None:
        """Replace the element by the fragment that *text* spells; the root element's path replaces the document."""
        if isinstance(path, XmlPath) and path.steps[-1].is_attribute:
            self.set_value(path, text)
            return
        target = self._grown(path)[1] if isinstance(path, XmlPath) else self._selected(path)
        document = self._parsed()
        if not isinstance(target, etree._Element):
            # Attributes and text have no structure.
            self.set_value(path, text)
            return
        if document is None or target is document.root:
            self._document = XmlDocument(text)
        elif (parent := target.getparent()) is not None:
            document.replace(parent, target, text)
        else:
            raise MessageFault("the XPath expression selects something outside the root element")
        self._children.clear()
        self._text = None

    def append_line(self, text: str) -> None:
        """Refuse: XML has no lines (contract A25)."""
        raise MessageFault("a line cannot be appended to an XML message")

    def clone(self) -> "XmlMessage":
        """Return an independent message with the same content."""
        return XmlMessage(self.text(), self.type)

    # --- inside ---

    def _parsed(self) -> XmlDocument | None:
        """Return the document, None for empty text. Raises MessageFault."""
        if self._document is None:
            if not self._text or self._text.isspace():
                return None
            self._document = XmlDocument(self._text)
        return self._document

    def _find(self, path: XmlPath) -> etree._Element | None:
        """Return the element *path* names, or whose attribute it names."""
        document = self._parsed()
        if document is None or not _is_named(document.root, path.steps[0]):
            return None
        node: etree._Element | None = document.root
        for step, tag in zip(path.steps[1:], path.tags[1:], strict=True):
            if node is None or step.is_attribute:
                break
            node = self._child(node, tag, step.index or 1)
        return node

    def _child(self, parent: etree._Element, tag: str, number: int) -> etree._Element | None:
        """Return the 1-based *number*-th child called *tag*."""
        if number == 1:
            return next(parent.iterchildren(tag), None)
        children = self._called(parent, tag)
        return children[number - 1] if number <= len(children) else None

    def _called(self, parent: etree._Element, tag: str) -> list[etree._Element]:
        known = self._children.setdefault(parent, {})
        if tag not in known:
            known[tag] = list(parent.iterchildren(tag))
        return known[tag]

    def _evaluate(self, path: XPathExpression) -> Any:
        """Return a list of nodes, or the text, number or boolean of the expression; no nodes for empty text."""
        document = self._parsed()
        if document is None:
            return []
        try:
            return path.evaluate(document.root)
        except etree.XPathError as error:
            raise MessageFault("the XPath expression cannot be evaluated") from error

    def _selected(self, path: XPathExpression) -> Any:
        """Return the first node the expression selects. Raises MessageFault when there is none to write to."""
        nodes = self._evaluate(path)
        if not isinstance(nodes, list) or not nodes:
            raise MessageFault("the XPath expression selects nothing to write to")
        return nodes[0]

    def _grown(self, path: XmlPath) -> tuple[XmlDocument, etree._Element]:
        """Return the element *path* names, or whose attribute it names, making what is missing on the way."""
        first = path.steps[0]
        document = self._parsed()
        if document is None and (first.index or 1) == 1:
            name = f"{{{first.namespace}}}{first.name}" if first.namespace else first.name
            document = self._document = XmlDocument(new_element(name, first.prefix, NO_SCOPE))
            self._text = None
        if document is None or not _is_named(document.root, first):
            raise MessageFault("the path starts with another root element than the document's")
        node = document.root
        for step, tag in zip(path.steps[1:], path.tags[1:], strict=True):
            if step.is_attribute:
                break
            child = self._child(node, tag, step.index or 1)
            node = self._grow(document, node, step, tag) if child is None else child
        return document, node

    def _grow(self, document: XmlDocument, parent: etree._Element, step: XmlStep, tag: str) -> etree._Element:
        """Add children until there are as many as the step asks for: behind the last of them, else at the end."""
        children = self._called(parent, tag)
        missing = (step.index or 1) - len(children)
        if missing > GROWTH_LIMIT:
            raise MessageFault(f"the path would add {missing} elements; at most {GROWTH_LIMIT} are added at once")
        for _ in range(missing):
            if children:
                children.append(document.add_behind(parent, children[-1]))
            else:
                children.append(document.add_last(parent, _new_name(step, parent), step.prefix))
        # A write that fails from here on leaves what has grown, and the text tells.
        self._text = None
        # Other ways to name the same children do not know the new ones.
        self._children[parent] = {tag: children}
        return children[-1]

    def _set_content(self, document: XmlDocument, element: etree._Element, value: str) -> None:
        if len(element):
            self._children.clear()
        document.set_content(element, value)

    def _set_node(self, node: Any, value: str) -> None:
        """Set the text of a node that an XPath expression selected: element, attribute or text."""
        document = self._parsed()
        if document is None:
            return
        if isinstance(node, etree._Element) and not isinstance(node, etree._Comment | etree._ProcessingInstruction):
            self._set_content(document, node, value)
        elif getattr(node, "is_attribute", False):
            document.set_attribute(node.getparent(), node.attrname, value)
        elif getattr(node, "is_text", False):
            document.set_text(node.getparent(), value)
        elif getattr(node, "is_tail", False):
            document.set_tail(node.getparent(), value)
        else:
            raise MessageFault("the XPath expression selects something that cannot be written")


class XmlFormat:
    """How XML messages, and HL7 v3 ones, are read."""

    __slots__ = ("content_type", "type")

    def __init__(self, message_type: MessageType = MessageType.XML) -> None:
        self.type = message_type
        self.content_type = "application/xml; charset=utf-8"

    def compile_path(self, text: str, namespaces: Mapping[str, str] = NO_NAMESPACES) -> Path:
        """Return the place that *text* names. Raises PathProblem."""
        return compile_xml_path(text, namespaces)

    def indexed_path(self, path: Path, prefix: Path, index: int) -> Path:
        """Return *path* in pass *index* of the loop over *prefix*."""
        return indexed_xml_path(path, prefix, index)

    def moving_path(self, path: object) -> None:
        """Return None: a loop moves each path when it is read."""

    def places(self, paths: object) -> None:
        """Return None: places are visited one by one."""

    def parse(self, text: str) -> XmlMessage:
        """Make a message of *text*; nothing is read yet."""
        return XmlMessage(text, self.type)


def _is_named(root: etree._Element, step: XmlStep) -> bool:
    """Whether *root*, which has no siblings, is what a first step names."""
    name = etree.QName(root)
    return (
        name.localname == step.name
        and (step.namespace is None or (name.namespace or "") == step.namespace)
        and (step.index or 1) == 1
    )


def _new_name(step: XmlStep, parent: etree._Element) -> str:
    """Return the name of a new element; without a prefix it lies in the default namespace of its place, like text."""
    namespace = parent.nsmap.get(None) if step.namespace is None else step.namespace
    return f"{{{namespace}}}{step.name}" if namespace else step.name


def _attribute_name(element: etree._Element, step: XmlStep) -> str:
    """Return lxml's name of the attribute; without a prefix any namespace matches, none first."""
    if step.namespace is not None:
        return step.tag if step.namespace else step.name
    if step.name not in element.attrib:
        for name in element.attrib:
            if str(name).endswith("}" + step.name):
                return str(name)
    return step.name


def _inner_text(element: etree._Element) -> str:
    if len(element) == 0:
        return element.text or ""
    return "".join(map(str, element.itertext()))


def _result_text(result: Any) -> str:
    """Return the text of an XPath result: of its first node, or the scalar as XPath's string() spells it."""
    if isinstance(result, list):
        return _result_text(result[0]) if result else ""
    if isinstance(result, etree._Element):
        return _inner_text(result)
    if isinstance(result, bool):
        return "true" if result else "false"
    if isinstance(result, float):
        return str(int(result)) if result.is_integer() else str(result).replace("inf", "Infinity").replace("nan", "NaN")
    if isinstance(result, tuple):
        # A namespace node is a pair of prefix and URI.
        return str(result[1])
    return str(result)
