"""
Where each node of an XML text stands in it.

lxml reads a document but does not tell where in the text it found what; writes need that to leave the rest as it came.
The text is known to be well-formed, so its markup can be found without being understood.
"""

import re
from array import array
from typing import Final

_TAG: Final = r"""[^"'>]*+(?:(?:"[^"]*+"|'[^']*+')[^"'>]*+)*+>"""
_START_TAG: Final = re.compile("<" + _TAG)
_MARKUP: Final = re.compile(
    rf"""<(?:
        !--.*?-->
      | !\[CDATA\[.*?\]\]>
      | \?.*?\?>
      | (/)[^>]*+>
      | {_TAG} ( (?<!/>) [^<]*+ </[^>]*+> )?
    )""",
    re.DOTALL | re.VERBOSE,
)
_END_TAG: Final = 1
_LEAF: Final = 2
"""Groups of `_MARKUP`; a leaf is an element with nothing but text inside, found as a whole."""


class Outline:
    """
    The elements, comments and instructions of one text, by number in document order; the root element is 0.

    Arrays, because a text of a megabyte may hold a quarter of a million of them.

    Attributes:
        starts, ends: number → where it starts, and the position behind it.
        following: number → the number behind all that is inside, which is that of the next sibling if there is one.
    """

    __slots__ = ("ends", "following", "starts", "text")

    def __init__(self, text: str, root_start: int = 0) -> None:
        """Find the nodes of a well-formed *text* whose root element starts at *root_start*."""
        self.text = text
        self.starts = array("I")
        self.ends = array("I")
        self.following = array("I")
        add_start, add_end, add_following = self.starts.append, self.ends.append, self.following.append
        inside: list[int] = []
        count = 0
        for found in _MARKUP.finditer(text, root_start):
            start, end = found.span()
            group = found.lastindex
            if group == _END_TAG:
                number = inside.pop()
                self.ends[number] = end
                self.following[number] = count
            else:
                if group != _LEAF:
                    if text.startswith("<![", start):
                        continue
                    if text[start + 1] not in "!?" and text[end - 2] != "/":
                        inside.append(count)
                count += 1
                add_start(start)
                add_end(end)
                add_following(count)
            if not inside:
                break

    def tags(self, number: int) -> tuple[str, str]:
        """Return start and end tag; of an empty element, comment or instruction all of it, and ``""``."""
        text, start, end = self.text, self.starts[number], self.ends[number]
        if text[start + 1] in "!?":
            return text[start:end], ""
        found = _START_TAG.match(text, start, end)
        tag = found[0] if found else ""
        return tag, "" if tag.endswith("/>") else text[text.rindex("<", start, end) : end]

    def first_text(self, number: int, tags: tuple[str, str]) -> str:
        """Return the text in front of the first node inside *number*, whose tags are given."""
        if not tags[1]:
            return ""
        has_nodes = self.following[number] > number + 1
        end = self.starts[number + 1] if has_nodes else self.ends[number] - len(tags[1])
        return self.text[self.starts[number] + len(tags[0]) : end]

    def tail_end(self, number: int, parent: int, end_tag: str) -> int:
        """Return where the text behind *number* ends: at the next node inside *parent*, or its end tag."""
        following = self.following[number]
        if following < self.following[parent]:
            return self.starts[following]
        return self.ends[parent] - len(end_tag)
