"""
Where each node of an XML text stands in it.

lxml reads a document but does not tell where in the text it found what; writes need that to leave the rest as it came.
The text is known to be well-formed, so its markup can be found without being understood.
"""

import re
from array import array
from typing import Final

_MARKUP: Final = re.compile(
    r"""<(?:!--.*?-->
      | !\[CDATA\[.*?\]\]>
      | \?.*?\?>
      | [^"'>]*+(?:(?:"[^"]*+"|'[^']*+')[^"'>]*+)*+>)
    """,
    re.DOTALL | re.VERBOSE,
)


class Outline:
    """
    The elements, comments and instructions of one text, by number in document order; the root element is 0.

    Arrays, because a text of a megabyte may hold a quarter of a million of them.

    Attributes:
        starts, ends: number → where it starts, and the position behind it.
        opened: number → the position behind the start tag, which for an empty element is that behind all of it.
        closing: number → where the end tag starts; as `opened` for an empty element.
        following: number → the number behind all that is inside, which is that of the next sibling if there is one.
    """

    __slots__ = ("closing", "ends", "following", "opened", "starts", "text")

    def __init__(self, text: str, root_start: int = 0) -> None:
        """Find the nodes of a well-formed *text* whose root element starts at *root_start*."""
        self.text = text
        self.starts = array("L")
        self.opened = array("L")
        self.closing = array("L")
        self.ends = array("L")
        self.following = array("L")
        inside: list[int] = []
        for found in _MARKUP.finditer(text, root_start):
            start, end = found.span()
            kind = text[start + 1]
            if kind == "/":
                number = inside.pop()
                self.closing[number] = start
                self.ends[number] = end
                self.following[number] = len(self.starts)
            elif kind != "!" or text[start + 2] == "-":
                if kind not in "!?" and text[end - 2] != "/":
                    inside.append(len(self.starts))
                self._add(start, end)
            if not inside:
                break

    def _add(self, start: int, end: int) -> None:
        self.starts.append(start)
        self.opened.append(end)
        self.closing.append(end)
        self.ends.append(end)
        self.following.append(len(self.starts))

    def tag(self, number: int) -> str:
        """Return the start tag, or all of a comment or instruction."""
        return self.text[self.starts[number] : self.opened[number]]

    def end_tag(self, number: int) -> str:
        """Return the end tag; ``""`` for an empty element and what is no element."""
        return self.text[self.closing[number] : self.ends[number]]

    def rest(self, number: int) -> str:
        """Return all behind the start tag, the end tag included."""
        return self.text[self.opened[number] : self.ends[number]]

    def leading_text(self, number: int) -> str:
        """Return the text in front of the first node inside."""
        has_nodes = self.following[number] > number + 1
        return self.text[self.opened[number] : self.starts[number + 1] if has_nodes else self.closing[number]]

    def text_end(self, number: int, parent: int) -> int:
        """Return where the text behind the node *number* ends, which is inside the node *parent*."""
        following = self.following[number]
        return self.starts[following] if following < self.following[parent] else self.closing[parent]
