"""What XML writes leave alone, and that what they leave means what lxml's own edit of the tree would mean."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.messages.xml_tree import XmlFormat, XmlMessage

FORMAT = XmlFormat()
NAMESPACES = {"q": "urn:p", "d": "urn:d", "n": "urn:new"}

# --- random documents, as spelled ----------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "p:a", "p:b", "x-y.z", "é"])
blanks = st.sampled_from([" ", "  ", "\n\t", "\r\n "])
maybe_blanks = st.sampled_from(["", "", " ", "\n"])
raw_values = st.sampled_from(["", "v", " &amp; ", "&#13;&#xA;", "&apos;&quot;", ">", "a\nb", "é", "&lt;/a&gt;"])
raw_texts = st.sampled_from(
    ["", "t", "\n  ", "\r\n", "\r", "&amp;", "&#13;", "&#x3C;", "]]", "]", ">", "> ", "'\"", "é\u2028", "&gt;&apos;"]
)
others = st.sampled_from(["<!--c-->", "<!-- <a> - '-->", "<?pi <a>?>", "<?pi?>", "<!---->"])
sections = st.sampled_from(["<![CDATA[]]>", "<![CDATA[<a>&]]>", "<![CDATA[</a>'\"<!--]]>"])
declarations = st.sampled_from(["", "", "", 'xmlns="urn:d"', "xmlns=''", "xmlns:p='urn:&#x70;2'", 'xmlns:q="urn:d"'])
prologs = st.sampled_from(
    ["", "\ufeff", "<?xml version='1.0' ?>\r\n", "\ufeff<?xml version=\"1.0\" encoding='latin-1'?><!-- <a> -->"]
)
doctypes = st.sampled_from(["", "<!DOCTYPE r [<!ELEMENT r ANY><!-- ]> '--> <?x ]>?>]>\n", "<?x <r>?>"])
epilogs = st.sampled_from(["", "\r\n", " <!-- </r> -->\n<?x <!--?>", "<!---->"])


@dataclass(frozen=True)
class Place:
    """Where an element stands: before and behind its start tag, before and behind its end tag; equal when empty."""

    start: int
    opened: int
    closing: int
    end: int


@st.composite
def start_tags(draw: st.DrawFn, name: str, declared: str) -> str:
    called = draw(st.lists(st.sampled_from(["k", "l", "p:k", "xml:lang"]), max_size=3, unique=True))
    written = [declared] if declared else []
    for one in called:
        quote = draw(st.sampled_from("'\""))
        equals = draw(st.sampled_from(["=", " = ", "\n="]))
        written.append(f"{one}{equals}{quote}{draw(raw_values).replace(quote, '')}{quote}")
    attributes = "".join(draw(blanks) + one for one in draw(st.permutations(written)))
    return f"<{name}{attributes}{draw(maybe_blanks)}"


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[Place]]:
    """Return a text and the places of its elements in document order, the root first."""
    pieces: list[str] = []
    places: list[Place] = []

    def here() -> int:
        return sum(map(len, pieces))

    def element(name: str, declared: str, depth: int) -> None:
        start, number = here(), len(places)
        places.append(Place(0, 0, 0, 0))
        pieces.append(draw(start_tags(name, declared)))
        if depth and draw(st.integers(0, 3)) == 0:
            pieces.append("/>")
            places[number] = Place(start, here(), here(), here())
            return
        pieces.append(">")
        opened = here()
        for _ in range(draw(st.integers(0, 4 - depth))):
            pieces.append(draw(raw_texts))
            kind = draw(st.integers(0, 5))
            if kind < 4:
                element(draw(names), draw(declarations), depth + 1)
            else:
                pieces.append(draw(others if kind == 4 else sections))
        pieces.append(draw(raw_texts))
        closing = here()
        pieces.append(f"</{name}{draw(maybe_blanks)}>")
        places[number] = Place(start, opened, closing, here())

    pieces.append(draw(prologs) + draw(doctypes))
    element("r", "xmlns:p='urn:p'" + draw(st.sampled_from(["", ' xmlns="urn:d"'])), 0)
    pieces.append(draw(epilogs))
    return "".join(pieces), places


def is_xml(document: tuple[str, list[Place]]) -> bool:
    return FORMAT.parse(document[0]).is_valid()


random_documents = documents().filter(is_xml)
values = st.text(st.sampled_from("<>&'\"]\r\n\t é")) | st.sampled_from(["", "v", "]]>", "\r\n", "a  b"])
fragments = st.sampled_from(
    [
        "",
        "t",
        "> t ]",
        "<a/>",
        "x<a  k='1' /> y",
        "<p:a p:k='&#10;'/>",
        '<z:a xmlns:z="urn:p" z:k="1"><z:b/><a>]</a></z:a>]]',
        "<a xmlns=''><b/>&#13;</a>\n",
        "<!--c--><?pi?>",
        "<![CDATA[<]]>",
        "<?xml version='1.0'?>\r\n<!-- gone --><a\n>1</a\n>",
        "<p:a xmlns:p='urn:d' xmlns:q='urn:p'><q:b/></p:a>",
    ]
)


def parsed(text: str) -> etree._Element:
    """Return the root as lxml alone reads it."""
    return etree.fromstring(text.encode(), etree.XMLParser(encoding="utf-8", resolve_entities=False))


def meaning(node: etree._Element) -> Any:
    """Return what a document means, whatever its prefixes."""
    inside: list[Any] = [node.text or ""]
    for child in node:
        inside += (meaning(child), child.tail or "")
    return (str(node.tag), sorted(node.attrib.items()) if isinstance(node.tag, str) else [], inside)


def written_path(node: etree._Element) -> str:
    """Return *node* as a path of local names and indexes."""
    steps = [local(node)]
    for parent in node.iterancestors():
        equal = [child for child in parent.iterchildren("*") if local(child) == local(node)]
        steps[0] += f"[{equal.index(node) + 1}]"
        steps.insert(0, local(parent))
        node = parent
    return "/".join(steps)


def local(node: etree._Element) -> str:
    return etree.QName(node).localname


# --- one write, by the places that the text was made of --------------------------------------------------------------


@given(random_documents, st.data(), values, st.booleans())
def test_a_text_that_is_set_leaves_both_tags_and_all_around_as_they_came(
    document: tuple[str, list[Place]], data: st.DataObject, value: str, is_xpath: bool
) -> None:
    text, places = document
    number = data.draw(st.integers(0, len(places) - 1))
    path = f"xpath:(//*)[{number + 1}]" if is_xpath else written_path(list(parsed(text).iter("*"))[number])
    compiled = FORMAT.compile_path(path)
    message = FORMAT.parse(text)
    message.set_value(compiled, value)
    result, place = message.text(), places[number]
    assert value == message.get(compiled) == FORMAT.parse(result).get(compiled)
    if place.opened < place.closing or text[place.opened - 2] != "/":
        inner = result[place.opened : len(result) - (len(text) - place.closing)]
        assert text[: place.opened] + inner + text[place.closing :] == result
    elif not value:
        assert text == result
    else:
        tag = text[place.start : place.end - 2].rstrip()
        assert result.startswith(text[: place.start] + tag + ">")
        assert result.endswith(">" + text[place.end :])


@given(random_documents, st.data(), values)
def test_an_attribute_that_is_set_leaves_its_quotes_and_all_around_as_they_came(
    document: tuple[str, list[Place]], data: st.DataObject, value: str
) -> None:
    text, places = document
    elements = list(parsed(text).iter("*"))
    number = data.draw(st.integers(0, len(places) - 1))
    names = [str(name) for name in elements[number].attrib] + ["new"]
    name = data.draw(st.sampled_from(names))
    position = names.index(name)
    message = FORMAT.parse(text)
    path = FORMAT.compile_path(f"xpath:(//*)[{number + 1}]/@*[{position + 1}]")
    if name == "new":
        path = FORMAT.compile_path(f"{written_path(elements[number])}/@new")
    message.set_value(path, value)
    result, place = message.text(), places[number]
    assert value == message.get(path) == FORMAT.parse(result).get(path)
    behind = len(result) - (len(text) - place.opened)
    assert text[: place.start] == result[: place.start]
    assert text[place.opened :] == result[behind:]
    old, new = (quoted_values(tag) for tag in (text[place.start : place.opened], result[place.start : behind]))
    changed = [number for number, (one, other) in enumerate(zip(old, new, strict=False)) if one != other]
    assert len(changed) <= 1
    assert all(old[one][0] == new[one][0] == new[one][-1] for one in changed)
    assert len(new) - len(old) == int(name == "new")


def quoted_values(tag: str) -> list[str]:
    """Return the quoted values of a start tag, read by the quotes alone."""
    found, rest = [], tag
    while cut := [at for at in (rest.find("'"), rest.find('"')) if at >= 0]:
        start = min(cut)
        end = rest.index(rest[start], start + 1) + 1
        found.append(rest[start:end])
        rest = rest[end:]
    return found


@given(random_documents, st.data(), fragments)
def test_a_fragment_takes_the_place_of_its_element_as_it_is_written(
    document: tuple[str, list[Place]], data: st.DataObject, raw: str
) -> None:
    text, places = document
    number = data.draw(st.integers(0, len(places) - 1))
    message = FORMAT.parse(text)
    path = FORMAT.compile_path(f"xpath:(//*)[{number + 1}]")
    try:
        message.set_structure(path, raw)
    except MessageFault:
        # Only the document itself must be one element; every fragment fits inside.
        assert number == 0
        assert text == message.text()
        return
    place, result = places[number], message.text()
    if number == 0:
        assert raw == result
        return
    written = raw[raw.index("<a") :] if raw.startswith("<?xml") else raw
    before, behind = text[: place.start], text[place.end :]
    plain = before + written + behind
    # Where text meets text, one character may have become a reference.
    assert result == plain or (FORMAT.parse(result).is_valid() and len(plain) < len(result) <= len(plain) + 10)
    assert result.startswith(before)


@given(random_documents, st.data(), st.sampled_from(["new", "q:new", "new[3]", "a[4]", "n:c/x", "n:c/@n:k"]))
def test_what_grows_is_added_in_one_place(document: tuple[str, list[Place]], data: st.DataObject, tail: str) -> None:
    text, places = document
    number = data.draw(st.integers(0, len(places) - 1))
    path = FORMAT.compile_path(f"{written_path(list(parsed(text).iter('*'))[number])}/{tail}", NAMESPACES)
    message = FORMAT.parse(text)
    was_there = message.exists(path)
    message.set_value(path, "v")
    result, place = message.text(), places[number]
    assert "v" == message.get(path) == FORMAT.parse(result).get(path)
    if text[place.opened - 2 : place.opened] == "/>":
        assert result.startswith(text[: place.opened - 2].rstrip() + ">")
        assert result.endswith(">" + text[place.end :])
    elif not was_there:
        pairs = zip(text, result, strict=False)
        first = next((at for at, (one, other) in enumerate(pairs) if one != other), len(text))
        assert place.opened <= first
        assert text == result[:first] + result[first + len(result) - len(text) :]


# --- writes one after another ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Write:
    """One write by XPath, and the same on a tree that lxml alone keeps."""

    path: str
    text: str
    is_structure: bool = False

    def to(self, message: XmlMessage) -> None:
        (message.set_structure if self.is_structure else message.set_value)(self.compiled, self.text)

    @property
    def compiled(self) -> Any:
        return FORMAT.compile_path(self.path, NAMESPACES)


@st.composite
def writes(draw: st.DrawFn) -> Write:
    index = draw(st.integers(1, 4))
    kind = draw(
        st.sampled_from(["(//*)[{}]", "(//text()[string()])[{}]", "(//@*)[{}]", "(//*/*)[{}]", "(//*/comment())[{}]"])
    )
    if "@" not in kind and draw(st.booleans()):
        return Write("xpath:" + kind.format(index), draw(fragments), is_structure=True)
    grown = st.sampled_from(
        ["r/a", "r/b[2]", "r/new/x", "r/a[3]/@k", "r/q:a/@q:k", "r/d:b[2]/a", "r/n:a/n:b", "r/@n:x"]
    )
    return Write(draw(grown) if draw(st.booleans()) else "xpath:" + kind.format(index), draw(values))


def write_with_lxml(root: etree._Element, write: Write) -> None:
    """Do to a tree what *write* does to a message."""
    node = etree.XPath(write.path.removeprefix("xpath:"))(root)[0]
    if isinstance(node, etree._Element) and write.is_structure:
        put_fragment(node, write.text)
    elif isinstance(node, etree._Element):
        node.text = write.text
        del node[:]
    elif node.is_attribute:
        node.getparent().set(node.attrname, write.text)
    elif node.is_text:
        node.getparent().text = write.text
    else:
        node.getparent().tail = write.text


def put_fragment(node: etree._Element, raw: str) -> None:
    parent = node.getparent()
    assert parent is not None
    declared = "".join(f" xmlns{f':{one}' if one else ''}='{uri}'" for one, uri in parent.nsmap.items())
    fragment = parsed(f"<f{declared}>{raw[raw.index('<a') :] if raw.startswith('<?xml') else raw}</f>")
    inside, first, tail = list(fragment), fragment.text or "", node.tail or ""
    if inside:
        inside[-1].tail = (inside[-1].tail or "") + tail
    else:
        first += tail
    position = parent.index(node)
    parent[position : position + 1] = inside
    if position:
        parent[position - 1].tail = (parent[position - 1].tail or "") + first
    else:
        parent.text = (parent.text or "") + first


@given(random_documents, st.lists(writes(), min_size=2, max_size=6))
def test_writes_to_one_message_and_to_the_text_that_each_left_end_as_the_same_text(
    document: tuple[str, list[Place]], steps: list[Write]
) -> None:
    message, text = FORMAT.parse(document[0]), document[0]
    for step in steps:
        alone = FORMAT.parse(text)
        both = [outcome(step, message), outcome(step, alone)]
        assert both[0] == both[1]
        text = alone.text()
    assert text == message.text()


def outcome(step: Write, message: XmlMessage) -> str:
    try:
        step.to(message)
    except MessageFault as fault:
        return str(fault)
    return ""


@given(random_documents, st.lists(writes(), min_size=1, max_size=4))
def test_the_text_means_what_the_tree_means_that_lxml_alone_has_edited(
    document: tuple[str, list[Place]], steps: list[Write]
) -> None:
    message, root = FORMAT.parse(document[0]), parsed(document[0])
    for step in steps:
        if not step.path.startswith("xpath:") or (step.is_structure and step.path == "xpath:(//*)[1]"):
            # Growth is ours, and so is a new document.
            continue
        if outcome(step, message) == "":
            write_with_lxml(root, step)
        assert meaning(root) == meaning(parsed(message.text()))
