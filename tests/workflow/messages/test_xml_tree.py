"""XML messages: paths, XPath, growth, untouched text, and what is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import corpus, corpus_text
from hostile_texts import BILLION_LAUGHS, DEFAULTS, QUADRATIC
from httpreceiver_workflow.messages.message import GROWTH_LIMIT, MessageFault, PathProblem
from httpreceiver_workflow.messages.xml_tree import XmlFormat, XmlMessage

FORMAT = XmlFormat()
PATIENT = """<?xml version="1.0" encoding="iso-8859-1"?>
<!-- before -->
<p:Patient xmlns:p="urn:p" xmlns="urn:d">
  <ID type="MRN" p:check='7'>1</ID>
  <Name><Given>A</Given> <!-- no text --><Family>X</Family></Name>
  <p:Name><Given>B</Given></p:Name>
  <Note><![CDATA[<&]]> &amp; é</Note><Empty/>
</p:Patient>
<!-- behind -->
"""
IMPOSSIBLE = {"xmlns": "urn:a", "s": "urn:a b", "x": "http://www.w3.org/2000/xmlns/", "ª": "urn:a"}
NAMESPACES = {"q": "urn:p", "d": "urn:d"}


def get(text: str, path: str) -> str:
    return FORMAT.parse(text).get(FORMAT.compile_path(path, NAMESPACES))


def after(text: str, path: str, value: str) -> str:
    message = FORMAT.parse(text)
    message.set_value(FORMAT.compile_path(path, NAMESPACES), value)
    return message.text()


def structured(text: str, path: str, raw: str) -> str:
    message = FORMAT.parse(text)
    message.set_structure(FORMAT.compile_path(path, NAMESPACES), raw)
    return message.text()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Patient/ID", "1"),
        ("/Patient/ID", "1"),
        ("Patient/ID/@type", "MRN"),
        ("Patient/ID/@check", "7"),
        ("Patient/ID/@q:check", "7"),
        ("Patient/ID/@d:check", ""),
        ("Patient/ID/@none", ""),
        ("Patient/Name[2]/Given", "B"),
        ("Patient/q:Name/Given", "B"),
        ("Patient/d:Name[1]/Given", "A"),
        ("Patient/d:Name[2]/Given", ""),
        ("q:Patient/ID", "1"),
        ("d:Patient/ID", ""),
        ("Patient[2]/ID", ""),
        ("Patient/Name", "A X"),
        ("Patient/Note", "<& & é"),
        ("Patient/Empty", ""),
        ("Patient/name", ""),
        ("Other/ID", ""),
        ("xpath:/q:Patient/d:ID", "1"),
        ("xpath:q:Patient/d:ID", "1"),
        ("xpath://@type", "MRN"),
        ("xpath:count(//d:Given)", "2"),
        ("xpath:1 div 4", "0.25"),
        ("xpath:1 div 0", "Infinity"),
        ("xpath:number('x')", "NaN"),
        ("xpath:count(//d:Given) = 2", "true"),
        ("xpath:concat(//d:ID, '-', q:Patient/q:Name)", "1-B"),
        ("xpath://comment()", " before "),
        ("xpath://d:Note/text()", "<& & é"),
        ("xpath:string(//d:Nothing)", ""),
        ("xpath://d:Nothing", ""),
        ("xpath://d:Empty/namespace::d", ""),
    ],
)
def test_a_path_reads_inner_text_and_a_missing_place_reads_empty(path: str, value: str) -> None:
    assert value == get(PATIENT, path)


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "a//b", "a/", "@a", "a/@b/c", "a[0]", "a[x]", "a/@b[1]", "none:a", "a b", "a/..", "a/*", "a/" * 300,
        "²", "a/@ª", "xmlns:a", "s:a", "x:a", "ª:a",
        "xpath:", "xpath:a[", "xpath:unknown()", "xpath:none:a", "xpath:$variable", "xpath:document('x')",
    ],
)  # fmt: skip
def test_a_path_of_another_form_is_refused(path: str) -> None:
    with pytest.raises(PathProblem):
        FORMAT.compile_path(path, IMPOSSIBLE)


def test_exslt_is_refused() -> None:
    with pytest.raises(PathProblem, match="EXSLT"):
        FORMAT.compile_path("xpath:re:test('a', 'b')", {"re": "http://exslt.org/regular-expressions"})


def test_the_text_is_the_same_object_until_the_first_write() -> None:
    message = FORMAT.parse(PATIENT)
    message.get(FORMAT.compile_path("Patient/ID"))
    assert message.text() is PATIENT


def test_a_write_leaves_all_other_text_as_it_came() -> None:
    assert PATIENT.replace("'7'>1<", "'7'>2&lt;&amp;<") == after(PATIENT, "Patient/ID", "2<&")


def test_what_stands_around_the_root_element_stays_as_it_came() -> None:
    before = "\ufeff<?xml version='1.0' ?><!-- <a> -->\r\n <?x <a>?>\n"
    behind = " <!----><!-- </a> -->\r\n<?x <!-- <?y-->?>\n<!---->\r "
    assert before + "<a>v</a>" + behind == after(before + "<a/>" + behind, "a", "v")
    assert "<b/>" + "<!---->" * 20_000 == structured("<a/>", "a", "<b/>" + "<!---->" * 20_000)


def test_line_breaks_stay_crlf() -> None:
    assert "<a>\r\n  <b>v</b>\r\n</a>\r\n" == after("<a>\r\n  <b/>\r\n</a>\r\n", "a/b", "v")


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("<a/>", "a", "<a>v</a>"),
        ("<a><b/>t</a>", "a", "<a>v</a>"),
        ("<a/>", "a/b/c", "<a><b><c>v</c></b></a>"),
        ("<a/>", "a/@x", '<a x="v"/>'),
        ("<a/>", "a/b[2]/@x", '<a><b/><b x="v"/></a>'),
        ("<a><b/><c/></a>", "a/b[3]", "<a><b/><b/><b>v</b><c/></a>"),
        ('<a xmlns="urn:d"/>', "a/b", '<a xmlns="urn:d"><b>v</b></a>'),
        ('<p:a xmlns:p="urn:p"/>', "a/b", '<p:a xmlns:p="urn:p"><b>v</b></p:a>'),
        ('<p:a xmlns:p="urn:p"/>', "a/q:b", '<p:a xmlns:p="urn:p"><p:b>v</p:b></p:a>'),
        ('<p:a xmlns:p="urn:p"><p:b/></p:a>', "a/b[2]", '<p:a xmlns:p="urn:p"><p:b/><p:b>v</p:b></p:a>'),
        ('<a p:x="1" xmlns:p="urn:p"/>', "a/@x", '<a p:x="v" xmlns:p="urn:p"/>'),
        ("", "a/b", "<a><b>v</b></a>"),
        ("", "q:a/@x", '<q:a xmlns:q="urn:p" x="v"/>'),
        ("<a><b>1</b></a>", "xpath://b", "<a><b>v</b></a>"),
        ('<a x="1"/>', "xpath://@x", '<a x="v"/>'),
        ("<a>x<b/>y</a>", "xpath:/a/text()[1]", "<a>v<b/>y</a>"),
        ("<a>x<b/>y</a>", "xpath:/a/text()[2]", "<a>x<b/>v</a>"),
    ],
)
def test_missing_places_grow(text: str, path: str, expected: str) -> None:
    assert expected == after(text, path, "v")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<a/>", "b/c"),
        ("<a/>", "a[2]/c"),
        ("", "a[2]"),
        ("<a/>", "xpath://b"),
        ("<a/>", "xpath:count(a)"),
        ("<a/>", "xpath:namespace::*"),
        ("<a/>", "a/@xmlns"),
    ],
)
def test_what_cannot_grow_is_a_fault(text: str, path: str) -> None:
    with pytest.raises(MessageFault):
        after(text, path, "v")


def test_growth_is_bounded() -> None:
    with pytest.raises(MessageFault, match="at once"):
        after("<a/>", f"a/b[{GROWTH_LIMIT * 2}]", "v")


@pytest.mark.parametrize("value", ["\0", "\x0b", "\ufffe", "\ud800"])
def test_characters_xml_cannot_carry_are_a_fault(value: str) -> None:
    for path in ("a", "a/@b"):
        with pytest.raises(MessageFault):
            after("<a/>", path, value)


@pytest.mark.parametrize(
    ("path", "raw", "expected"),
    [
        ("a/b", "<x/>", "<a>1<x/>2<c/>3</a>"),
        ("a/b", "t<x/>u<y>z</y>v", "<a>1t<x/>u<y>z</y>v2<c/>3</a>"),
        ("a/b", "only text", "<a>1only text2<c/>3</a>"),
        ("a/c", "&lt;<!--n-->", "<a>1<b/>2&lt;<!--n-->3</a>"),
        ("a/b", '<?xml version="1.0"?>\n<x/>', "<a>1<x/>2<c/>3</a>"),
        ("a/d", "<x/>", "<a>1<b/>2<c/>3<x/></a>"),
        ("a/@k", "<", '<a k="&lt;">1<b/>2<c/>3</a>'),
        ("xpath://c", "<x/>", "<a>1<b/>2<x/>3</a>"),
        ("xpath:/a", "<x/>", "<x/>"),
        ("xpath://text()", "<", "<a>&lt;<b/>2<c/>3</a>"),
        ("a", "<?xml version='1.0'?><new  x='1' />", "<?xml version='1.0'?><new  x='1' />"),
    ],
)
def test_structure_replaces_the_element_by_the_fragment(path: str, raw: str, expected: str) -> None:
    assert expected == structured("<a>1<b/>2<c/>3</a>", path, raw)


def test_a_fragment_uses_the_prefixes_of_its_place() -> None:
    assert '<p:a xmlns:p="urn:p"><p:x/></p:a>' == structured('<p:a xmlns:p="urn:p"><b/></p:a>', "a/b", "<p:x/>")


@pytest.mark.parametrize(
    "raw", ["<x>", "</fragment><fragment>", "&none;", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "<p:x/>"]
)
def test_a_fragment_that_is_not_well_formed_is_a_fault(raw: str) -> None:
    with pytest.raises(MessageFault):
        structured("<a><b/></a>", "a/b", raw)


def test_structure_outside_the_root_element_and_text_of_forbidden_characters_are_faults() -> None:
    for path, raw in (("xpath:/comment()", "<x/>"), ("xpath://@k", "\0"), ("xpath://@k", "\ud800")):
        with pytest.raises(MessageFault):
            structured("<!--x--><a k='1'/>", path, raw)
    for path in ("xpath:/comment()", "xpath://b/comment()", "xpath://processing-instruction()"):
        with pytest.raises(MessageFault):
            after("<!--x--><a><b><!--y--><?z?></b></a>", path, "v")


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_text_reads_empty_and_is_not_valid(text: str) -> None:
    assert ["", ""] == [get(text, "a/b"), get(text, "xpath://b")]
    assert not FORMAT.parse(text).is_valid()


def test_existence_counts_empty_nodes() -> None:
    message = FORMAT.parse(PATIENT)
    paths = (
        "Patient/Empty",
        "Patient/ID/@type",
        "Patient/ID/@x",
        "Patient/Name[3]",
        "xpath://d:Empty",
        "xpath:false()",
        "xpath:0",
    )
    found = [message.exists(FORMAT.compile_path(path, NAMESPACES)) for path in paths]
    assert [True, True, False, False, True, False, True] == found


def test_a_clone_is_independent_and_lines_are_refused() -> None:
    message = FORMAT.parse("<a/>")
    copy = message.clone()
    copy.set_value(FORMAT.compile_path("a"), "x")
    assert ("<a/>", "<a>x</a>") == (message.text(), copy.text())
    with pytest.raises(MessageFault):
        message.append_line("x")


@pytest.mark.parametrize(
    "text",
    [
        BILLION_LAUGHS,
        QUADRATIC,
        DEFAULTS,
        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
        "<!DOCTYPE a [<!ENTITY % e SYSTEM 'http://127.0.0.1:9/'> %e;]><a/>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a>&e;</a>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a b='&e;'/>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a>1&x:e;2</a>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a b='&:;'/>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a>1&e\u0301;2</a>",
        "<a>&e;</a>",
        "<a>" * 100_000,
        "<a>" * 300 + "</a>" * 300,
        "<a><!--" * 10_000,
        "<!DOCTYPE a [" + "<!--" * 50_000,
        "<a b='1' b='2'/>",
        "<a>\0</a>",
        "<a>\ud800</a>",
        "<a>&#xD800;</a>",
        "<p:a/>",
        " <?xml version='1.0'?><a/>",
        "<a/><b/>",
        "x",
    ],
    ids=range(23),
)
def test_hostile_and_broken_text_is_a_fault(text: str) -> None:
    assert not FORMAT.parse(text).is_valid()
    with pytest.raises(MessageFault) as fault:
        get(text, "a")
    assert len(str(fault.value)) < 100


@pytest.mark.parametrize("external", ["SYSTEM '{}'", "PUBLIC '-//x' '{}'"])
def test_the_file_of_a_dtd_is_not_read(tmp_path: Path, external: str) -> None:
    canary = tmp_path / "canary.dtd"
    canary.write_text("<!ATTLIST a b CDATA 'the file was read'><!ELEMENT a EMPTY")
    assert "" == get(f"<!DOCTYPE a {external.format(canary.as_uri())}><a/>", "a/@b")


def test_the_file_of_a_parameter_entity_is_not_read(tmp_path: Path) -> None:
    canary = tmp_path / "canary.dtd"
    canary.write_text("<!ATTLIST a b CDATA 'the file was read'>")
    with pytest.raises(MessageFault, match="entities"):
        get(f"<!DOCTYPE a [<!ENTITY % e SYSTEM '{canary.as_uri()}'> %e;]><a/>", "a/@b")


def test_an_ampersand_in_a_section_is_no_entity() -> None:
    assert "?a=1&b=2; &" == get("<!DOCTYPE a SYSTEM 'a.dtd'><a><![CDATA[?a=1&b=2; &]]></a>", "a")


def test_a_doctype_that_declares_no_entities_is_let_pass_and_kept() -> None:
    text = "<!DOCTYPE a [<!ELEMENT a (b)> <!-- ]> ' --> <?x ]> ?> <!ATTLIST a c CDATA ']>'>]>\n<a><b/></a>"
    assert text.replace("<a><b/></a>", "<a><b>v</b></a>") == after(text, "a/b", "v")


def test_the_attack_files_of_defusedxml_are_refused_and_the_others_read() -> None:
    folder = corpus("xml/defusedxml/xmltestdata")
    harmless = {"simple.xml", "simple-ns.xml", "dtd.xml", "dtd_element.xml"}
    for sample in sorted(folder.glob("*.xml")):
        assert (sample.name in harmless) == FORMAT.parse(corpus_text(sample)).is_valid(), sample.name


names = st.sampled_from(["a", "b", "é", "x-y.z", "_1"])
steps = st.tuples(names, st.sampled_from(["", "[1]", "[3]"])).map("".join)
values = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12) | st.sampled_from(
    ["\r\n", "\t", " ", "]]>"]
)


@given(st.lists(steps, max_size=4), values, st.sampled_from(["", "/@k"]))
def test_what_is_set_is_what_is_got_and_a_reader_of_the_text_agrees(parts: list[str], value: str, tail: str) -> None:
    path = FORMAT.compile_path("/".join(["r", *parts]) + tail)
    for text in ("", "<r><a/>t<b>x</b></r>", '<r xmlns="urn:r"/>'):
        message = FORMAT.parse(text)
        message.set_value(path, value)
        assert value == message.get(path)
        assert value == XmlMessage(message.text()).get(path)


@given(st.text("<>/ab='\"!-?[]&;x \n", max_size=40), steps, values)
def test_no_text_raises_anything_but_a_fault(text: str, path: str, value: str) -> None:
    compiled = FORMAT.compile_path(path)
    for start in ("", "<a>", "<!DOCTYPE a "):
        message = FORMAT.parse(start + text)
        try:
            message.get(compiled)
            message.count(compiled)
            message.set_structure(compiled, text)
            message.set_value(compiled, value)
        except MessageFault:
            pass
        message.text()
