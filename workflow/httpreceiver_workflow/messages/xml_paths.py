"""
The path language of XML messages: ``Root/A/B[n]/@attr`` from the root element, and ``xpath:`` with full XPath 1.0.

A step without prefix matches the local name in any namespace; a prefix is looked up in the namespaces of the action.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from lxml import etree

from httpreceiver_workflow.messages.message import (
    DEPTH_LIMIT,
    LoopIndex,
    PathProblem,
    movable,
    refuse_long_path,
    same_place,
)
from httpreceiver_workflow.messages.xpath_tokens import from_document

_NAME: Final = r"[^\W\d][\w.\-·]*"
_STEP: Final = re.compile(rf"(?P<attribute>@)?(?:(?P<prefix>{_NAME}):)?(?P<name>{_NAME})(?:\[(?P<index>\d{{1,6}})\])?")
_XPATH: Final = "xpath:"
_EXSLT: Final = "http://exslt.org/"
_XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"
_XMLNS_NAMESPACE: Final = "http://www.w3.org/2000/xmlns/"
_PROBE: Final = etree.Element("probe")

Namespaces = tuple[tuple[str, str], ...]
"""Prefix and URI, sorted; hashable."""


@dataclass(frozen=True, slots=True)
class XmlStep:
    """
    One step between slashes.

    Attributes:
        name: local name.
        namespace: None matches any.
        prefix: as written, for elements that a write must make.
        index: 1-based; None when the path does not say, which means the first.
        is_attribute: only in a last step.
    """

    name: str
    namespace: str | None = None
    prefix: str | None = None
    index: int | None = None
    is_attribute: bool = False

    @property
    def tag(self) -> str:
        """What lxml matches elements and names attributes with."""
        return f"{{{'*' if self.namespace is None else self.namespace}}}{self.name}"


@dataclass(frozen=True, slots=True)
class XmlPath:
    """
    One place in an XML document.

    Attributes:
        steps: from the root element on.
        tags: of each step, for matching.
    """

    steps: tuple[XmlStep, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class XPathExpression:
    """
    An XPath 1.0 expression.

    Attributes:
        text: as written, without ``xpath:``.
        evaluate: compiled; call it with the root element.
    """

    text: str
    namespaces: Namespaces
    evaluate: etree.XPath


def compile_xml_path(text: str, namespaces: Mapping[str, str]) -> XmlPath | XPathExpression:
    """
    Return the place that *text* names.

    Raises:
        PathProblem: a step that is no name, an index 0, an unknown prefix, or no XPath 1.0 expression.
    """
    refuse_long_path(text)
    known = tuple(sorted({**namespaces, "xml": _XML_NAMESPACE}.items()))
    if text.startswith(_XPATH):
        return _expression(text.removeprefix(_XPATH), known)
    return _steps(text, known)


def indexed_xml_path(
    path: XmlPath | XPathExpression, prefix: XmlPath | XPathExpression, index: int
) -> XmlPath | XPathExpression:
    """
    Return *path* in pass *index* of a loop over *prefix*.

    >>> indexed_xml_path(compile_xml_path("A/B/C", {}), compile_xml_path("A/B[1]", {}), 2).steps[1].index
    2
    """
    if isinstance(path, XmlPath) and isinstance(prefix, XmlPath):
        return _indexed_steps(path, prefix, index)
    if isinstance(path, XPathExpression) and isinstance(prefix, XPathExpression):
        base = repeating_expression(prefix).text
        rest = path.text[len(base) :].removeprefix("[1]")
        if path.text.startswith(base) and (not rest or rest[0] == "/"):
            return _expression(f"({base})[{index}]{rest}", path.namespaces)
    return path


def repeating_expression(path: XPathExpression) -> XPathExpression:
    """Return *path* without a final ``[1]``, which in a loop says no more than none."""
    return _expression(path.text.removesuffix("[1]"), path.namespaces)


@lru_cache(maxsize=1024)
def _steps(text: str, namespaces: Namespaces) -> XmlPath:
    parts = text.removeprefix("/").split("/")
    if len(parts) > DEPTH_LIMIT:
        raise PathProblem(f"the path has more than {DEPTH_LIMIT} steps")
    steps = tuple(_step(part, dict(namespaces)) for part in parts)
    if any(step.is_attribute for step in steps[:-1]) or steps[0].is_attribute:
        raise PathProblem("an attribute can only be the last step of an XML path, after an element")
    return _path(steps)


def _step(text: str, namespaces: Mapping[str, str]) -> XmlStep:
    found = _STEP.fullmatch(text)
    if not found:
        raise PathProblem("an XML path has the form Root/A/B[n]/@attr; write xpath: before an XPath expression")
    index = None if found["index"] is None else int(found["index"])
    if index == 0:
        raise PathProblem("indexes of an XML path count from 1")
    is_attribute = found["attribute"] is not None
    if is_attribute and index is not None:
        raise PathProblem("an attribute has no index")
    prefix = found["prefix"]
    if prefix is not None and prefix not in namespaces:
        raise PathProblem(f'prefix "{prefix}" is not among the namespaces of this action')
    namespace = None if prefix is None else namespaces[prefix]
    if prefix == "xmlns" or namespace == _XMLNS_NAMESPACE:
        raise PathProblem("xmlns declares prefixes and cannot be one")
    step = XmlStep(found["name"], namespace, prefix, index, is_attribute)
    _refuse_what_no_document_holds(step)
    return step


def _refuse_what_no_document_holds(step: XmlStep) -> None:
    """Raise PathProblem for letters and digits that XML does not know as such, and for a namespace that is none."""
    try:
        etree.Element(f"{{{step.namespace}}}{step.name}" if step.namespace else step.name)
        etree.Element(step.prefix or step.name)
    except ValueError as error:
        raise PathProblem(f'"{step.name}", its prefix or its namespace is none that XML allows') from error


def _path(steps: tuple[XmlStep, ...]) -> XmlPath:
    return XmlPath(steps, tuple(step.tag for step in steps))


def _indexed_steps(path: XmlPath, prefix: XmlPath, index: int) -> XmlPath:
    last = len(prefix.steps) - 1
    if len(path.steps) <= last or not all(map(_same_step, path.steps[:last], prefix.steps[:last])):
        return path
    step, looped = path.steps[last], prefix.steps[last]
    if step.is_attribute or not _same_name(step, looped) or not movable(looped.index) or not movable(step.index):
        return path
    return _path((*path.steps[:last], replace(step, index=LoopIndex(index)), *path.steps[last + 1 :]))


def _same_step(one: XmlStep, other: XmlStep) -> bool:
    return _same_name(one, other) and same_place(one.index, other.index)


def _same_name(one: XmlStep, other: XmlStep) -> bool:
    return (one.name, one.namespace, one.is_attribute) == (other.name, other.namespace, other.is_attribute)


@lru_cache(maxsize=256)
def _expression(text: str, namespaces: Namespaces) -> XPathExpression:
    allowed = {prefix: uri for prefix, uri in namespaces if prefix}
    if any(uri.startswith(_EXSLT) for uri in allowed.values()):
        raise PathProblem("EXSLT functions are not part of XPath 1.0")
    try:
        evaluate = etree.XPath(from_document(text), namespaces=allowed, regexp=False)
        # Unknown functions, prefixes and variables only show when evaluated.
        evaluate(_PROBE)
    except (etree.XPathError, ValueError) as error:
        raise PathProblem(f"not an XPath 1.0 expression: {error}") from error
    return XPathExpression(text, namespaces, evaluate)
