"""Tables in plain text: aligned columns under headings in capitals, as kubectl prints them."""

from collections.abc import Sequence


def aligned(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """
    Return *rows* under *headings*, columns separated by three blanks; an empty cell is ``-``.

    >>> print(aligned(("NAME", "STATE"), [("a", ""), ("longer", "serving")]))
    NAME     STATE
    a        -
    longer   serving
    """
    lines = [tuple(headings), *(tuple(cell or "-" for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
