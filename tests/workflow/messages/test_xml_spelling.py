"""How XML writes are spelled, example by example; test_xml_untouched.py has the rule for random ones."""

import pytest

from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.messages.xml_spelling import joined
from httpreceiver_workflow.messages.xml_tree import XmlFormat

FORMAT = XmlFormat()
NAMESPACES = {"q": "urn:p", "d": "urn:d", "xml": "http://www.w3.org/XML/1998/namespace"}
DEFAULT_BY_DTD = "<!DOCTYPE a [<!ATTLIST a xmlns CDATA #FIXED 'urn:d'>]>"


def written(text: str, *writes: tuple[str, str], structures: tuple[tuple[str, str], ...] = ()) -> str:
    message = FORMAT.parse(text)
    for path, raw in structures:
        message.set_structure(FORMAT.compile_path(path, NAMESPACES), raw)
    for path, value in writes:
        message.set_value(FORMAT.compile_path(path, NAMESPACES), value)
    assert FORMAT.parse(message.text()).is_valid()
    return message.text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a ></a >", "<a >v</a >"),
        ("<a\n/>", "<a>v</a>"),
        ("<a k = '1'\t/>", "<a k = '1'>v</a>"),
        ("<a><![CDATA[x]]>&amp;<!--y--><?z?></a>", "<a>v</a>"),
        ("<a k=\"/>\"><b l='>' /></a>", '<a k="/>">v</a>'),
    ],
)
def test_a_text_is_put_between_the_tags_as_they_are(text: str, expected: str) -> None:
    assert expected == written(text, ("a", "v"))


def test_an_empty_element_that_is_set_empty_stays_as_it_is() -> None:
    assert "<a><b />\n<c></c></a>" == written("<a><b />\n<c>x</c></a>", ("a/b", ""), ("a/c", ""))


@pytest.mark.parametrize(
    "kept",
    [
        "<b  k='1'\n\tl = \"2\" />",
        "<b></b ><b/><b />",
        "&#13;&#x41;&apos;&quot;>&gt;'\"",
        "<![CDATA[<a>&]]>]]<![CDATA[]]>",
        "<!-- <a> ' --><?a <b '?>",
        "\r\n\r\r\n\n",
        "<p:b xmlns:p='urn:p'><p:b xmlns:p=\"urn:p\" xmlns=''/></p:b>",
    ],
)
def test_what_stands_around_a_write_is_copied(kept: str) -> None:
    text = f"<a>{kept}<x/>{kept}</a>"
    assert f"<a>{kept}<x>v</x>{kept}</a>" == written(text, ("a/x", "v"))
    assert f'<a>{kept}<x y="v"/>{kept}</a>' == written(text, ("a/x/@y", "v"))
    assert f"<a>{kept}<y  />{kept}</a>" == written(text, structures=(("a/x", "<y  />"),))


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("<a  x = '1'  y=\"2\" />", "a/@x", '<a  x = \'"&apos;&amp;&lt;&#10;\'  y="2" />'),
        ("<a  x = '1'  y=\"2\" />", "a/@y", "<a  x = '1'  y=\"&quot;'&amp;&lt;&#10;\" />"),
        ("<a x='1'\n>t</a>", "a/@z", "<a x='1' z=\"&quot;'&amp;&lt;&#10;\"\n>t</a>"),
        ("<a xmlns:p='urn:p' q='1' p:x='>'/>", "a/@x", "<a xmlns:p='urn:p' q='1' p:x='\"&apos;&amp;&lt;&#10;'/>"),
        ("<a/>", "a/@xml:lang", '<a xml:lang="&quot;\'&amp;&lt;&#10;"/>'),
    ],
)
def test_an_attribute_keeps_its_quotes_and_a_new_one_stands_behind_the_others(
    text: str, path: str, expected: str
) -> None:
    assert expected == written(text, (path, "\"'&<\n"))


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("<a xmlns:p='urn:p'/>", "a/@q:x", "<a xmlns:p='urn:p' p:x=\"v\"/>"),
        ("<a xmlns='urn:p'/>", "a/@q:x", '<a xmlns=\'urn:p\' xmlns:ns0="urn:p" ns0:x="v"/>'),
        ("<a xmlns:ns0='urn:o'/>", "a/@q:x", '<a xmlns:ns0=\'urn:o\' xmlns:ns1="urn:p" ns1:x="v"/>'),
        ("<a xmlns:p='urn:&#112;'/>", "a/q:b", "<a xmlns:p='urn:&#112;'><p:b>v</p:b></a>"),
        ("<a xmlns:q='urn:o'/>", "a/q:b", "<a xmlns:q='urn:o'><q:b xmlns:q=\"urn:p\">v</q:b></a>"),
        ("<a xmlns='urn:p'/>", "a/q:b", "<a xmlns='urn:p'><b>v</b></a>"),
        ("<a><p:b xmlns:p='urn:p'/></a>", "a/b[2]", "<a><p:b xmlns:p='urn:p'/><p:b xmlns:p=\"urn:p\">v</p:b></a>"),
        ("<a xmlns='urn:d'><b xmlns=''/></a>", "a/b[2]", "<a xmlns='urn:d'><b xmlns=''/><b xmlns=\"\">v</b></a>"),
        ("<a/>", "a/xml:b/@xml:c", '<a><xml:b xml:c="v"/></a>'),
        (DEFAULT_BY_DTD + "<a/>", "a/b", DEFAULT_BY_DTD + "<a><b>v</b></a>"),
    ],
)
def test_a_new_name_is_spelled_with_the_prefixes_of_its_place(text: str, path: str, expected: str) -> None:
    assert expected == written(text, (path, "v"))


def test_two_new_attributes_of_a_namespace_share_its_declaration() -> None:
    expected = '<a xmlns:ns0="urn:p" ns0:x="1" ns0:y="2"><b ns0:x="3"/></a>'
    assert expected == written("<a><b/></a>", ("a/@q:x", "1"), ("a/@q:y", "2"), ("a/b/@q:x", "3"))


def test_a_grown_element_stands_behind_the_last_of_its_name_or_at_the_end() -> None:
    text = "<a>\n  <b/>\n  <c/>\n</a>"
    assert "<a>\n  <b/>\n  <b>v</b><c/>\n</a>" == written(text, ("a/b[2]", "v"))
    assert "<a>\n  <b/>\n  <c/>\n<d>v</d></a>" == written(text, ("a/d", "v"))


@pytest.mark.parametrize("step", [1, -1, 7])
def test_many_equal_elements_are_told_apart_in_whatever_order_they_are_written(step: int) -> None:
    text = "<a>" + "<b ><c/></b> <b />" * 200 + "</a>"
    writes = [(f"a/b[{number * step % 401}]/@k", str(number * step % 401)) for number in range(1, 401)]
    pairs = (f'<b k="{number}" ><c/></b> <b k="{number + 1}" />' for number in range(1, 400, 2))
    assert f"<a>{''.join(pairs)}</a>" == written(text, *writes)


def test_a_text_node_is_replaced_between_its_neighbours() -> None:
    text = "<a>&#49;<![CDATA[2]]><!--c-->3<?p?>&#52;<b />5</a>"
    paths = ("xpath:/a/text()[1]", "xpath:/a/text()[2]", "xpath:/a/text()[4]")
    assert "<a>x<!--c-->x<?p?>&#52;<b />x</a>" == written(text, *((path, "x") for path in paths))


def test_line_breaks_are_written_as_they_are_given() -> None:
    assert "<a>\r\n<b>1\n2&#13;\n3</b>\n</a>\r" == written("<a>\r\n<b/>\n</a>\r", ("a/b", "1\n2\r\n3"))


def test_what_grew_before_a_write_failed_is_told_by_the_text() -> None:
    for text in ("<a/>", ""):
        message = FORMAT.parse(text)
        with pytest.raises(MessageFault):
            message.set_structure(FORMAT.compile_path("a/b"), "<")
        assert "<a><b/></a>" == message.text()
        with pytest.raises(MessageFault):
            message.set_value(FORMAT.compile_path("a/c"), "\0")
        assert "<a><b/></a>" == message.text()


def test_a_fragment_is_copied_and_its_own_prefixes_count_inside_it() -> None:
    """Alone, lxml would call the elements p:x by the prefix q, which the text has bound to something else there."""
    text = "<a xmlns:p='urn:d' xmlns:q='urn:p'><b/></a>"
    raw = "<p:x xmlns:p='urn:p' xmlns:q='urn:o'  ><c /></p:x>"
    expected = text.replace("<b/>", raw.replace("<c />", '<c k="1" /><d:n xmlns:d="urn:d">2</d:n><p:n>3</p:n>'))
    writes = (("a/q:x/c/@k", "1"), ("a/q:x/d:n", "2"), ("a/q:x/q:n", "3"))
    assert expected == written(text, *writes, structures=(("a/b", raw),))


def test_what_follows_a_replaced_element_is_still_found() -> None:
    text = "<a><b k='1'/>1<b k='2'/>2<b k='3'/>3<b k='4'/>4</a>"
    structures = (("a/b[2]", "<b/><c/>"), ("a/b[2]", ""), ("a/b[1]", "<c/>"))
    expected = "<a><c/>1<c/>2<b k='x'/>3<b k='y'/>4</a>"
    assert expected == written(text, ("a/b[2]/@k", "y"), ("a/b[1]/@k", "x"), structures=structures)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", ""),
        ("a]]", ">b", "a]]&#62;b"),
        ("]", "]>", "]&#93;>"),
        ("\r", "\n", "\r&#10;"),
        ("]]>", "]]", "]]>]]"),
        ("]", "a>", "]a>"),
    ],
)
def test_texts_side_by_side_spell_no_more_than_each_alone(one: str, other: str, expected: str) -> None:
    assert expected == joined(one, other)


def test_texts_that_a_fragment_brings_together_are_joined() -> None:
    assert "<a>]]&#62;x]&#93;></a>" == written("<a>]]<b/>]></a>", structures=(("a/b", ">x]"),))
    assert "<a>]<c/>]&#93;></a>" == written("<a>]<b/>]></a>", structures=(("a/b", "<c/>]"),))
    assert "<a>\r&#10;</a>" == written("<a>\r<b/>\n</a>", structures=(("a/b", ""),))


def test_fragments_inside_fragments_may_nest_deeper_than_a_text() -> None:
    message = FORMAT.parse("<a><a/></a>")
    deepest = FORMAT.compile_path("xpath:(//*)[last()]")
    for _ in range(20):
        message.set_structure(deepest, "<a>" * 200 + "</a>" * 200)
    message.set_value(deepest, "v")
    assert "<a>" * 3982 + "v" + "</a>" * 3982 == message.text()
