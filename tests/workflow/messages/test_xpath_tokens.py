"""Relative XPath starts at the document."""

import pytest
from lxml import etree

from httpreceiver_workflow.messages.xpath_tokens import from_document


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a/b", "/a/b"),
        ("/a", "/a"),
        ("//a", "//a"),
        ("a | b", "/a | /b"),
        ("a and b", "/a and /b"),
        ("a * b", "/a * /b"),
        ("* * *", "/* * /*"),
        ("div div mod", "/div div /mod"),
        ("@x", "/@x"),
        ("count(a)", "count(/a)"),
        ("child::a/b", "/child::a/b"),
        ("a[b = 'x']/c", "/a[b = 'x']/c"),
        ("a[count(b[1]) > 1]", "/a[count(b[1]) > 1]"),
        ("text()", "/text()"),
        ("string(.)", "string(/.)"),
        ("a-b", "/a-b"),
        ("a - b", "/a - /b"),
        ("-a", "-/a"),
        ("concat(a, '-', b)", "concat(/a, '-', /b)"),
        ("id('x')/a", "id('x')/a"),
        ("(a)[1]", "(/a)[1]"),
        ("1 + .5", "1 + .5"),
        ("'a/b'", "'a/b'"),
    ],
)
def test_relative_paths_outside_predicates_become_absolute(expression: str, expected: str) -> None:
    assert expected == from_document(expression)
    etree.XPath(expected)


def test_what_is_no_xpath_is_left_to_the_compiler() -> None:
    assert "a # b" == from_document("a # b")
