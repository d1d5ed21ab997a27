"""
XPath expressions as tokens, for one purpose: to start relative paths at the document instead of the root element.

The source system evaluates ``Patient/ID`` from the document node; lxml can only start at an element. A slash put before
each relative path outside predicates says the same. Source: W3C XPath 1.0, 3.7 "Lexical Structure".
"""

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s+
    | (?P<literal>"[^"]*"|'[^']*'|\d+(?:\.\d*)?|\.\d+)
    | (?P<symbol>//|::|\.\.|<=|>=|!=|[/|()\[\].@,$=<>+*\-])
    | (?P<name>[^\W\d][\w.\-·]*(?::(?:\*|[^\W\d][\w.\-·]*))?)
    """,
    re.VERBOSE,
)
_NODE_TYPES: Final = frozenset(("comment", "text", "processing-instruction", "node"))
_OPERATORS: Final = frozenset(
    ("/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">=", "and", "or", "div", "mod", "x")
)
_OPERAND_FOLLOWS: Final = _OPERATORS | {"", "(", "[", ","}
_PATH_STARTS: Final = frozenset((".", "..", "@", "*"))


def from_document(expression: str) -> str:
    """
    Return *expression* with each relative path outside predicates made absolute.

    >>> from_document("count(Patient/Name[Given='A']) + 1")
    "count(/Patient/Name[Given='A']) + 1"
    """
    result: list[str] = []
    position = depth = 0
    before = ""
    while position < len(expression):
        found = _TOKEN.match(expression, position)
        if found is None:
            # Not XPath; the compiler behind says so better.
            return expression
        piece, position = found[0], found.end()
        if not piece.isspace():
            kind, starts = _classify(piece, found.lastgroup, before, expression[position:].lstrip()[:2])
            if starts and depth == 0:
                result.append("/")
            depth += (piece == "[") - (piece == "]")
            before = kind
        result.append(piece)
    return "".join(result)


def _classify(piece: str, group: str | None, before: str, after: str) -> tuple[str, bool]:
    """Return what *piece* is to the next one (an operator or itself), and whether a relative path starts with it."""
    operand_expected = before in _OPERAND_FOLLOWS
    if group == "literal":
        return "literal", False
    if group == "name":
        if not operand_expected and before not in ("@", "::", "$"):
            return "and", False
        is_call = after.startswith("(") and piece not in _NODE_TYPES
        return "name", operand_expected and before not in ("/", "//") and not is_call
    if piece == "*" and not operand_expected and before not in ("@", "::"):
        return "x", False
    return piece, piece in _PATH_STARTS and operand_expected and before not in ("/", "//")
