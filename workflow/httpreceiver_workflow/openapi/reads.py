"""
What the expressions beside a workflow read of a request: headers, query parameters, parts of a form.

Found by their text, as keys that are written out. What is asked for with ``?`` or behind a condition is optional; what
is read plainly fails the run when it is missing, so it is required.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from httpreceiver_workflow.options import ReceiverOptions
from httpreceiver_workflow.options.answers import ResponseOptions
from httpreceiver_workflow.pipeline.expressions.expression import bare_source, is_expression

_KEY: Final = (
    r"""(?:\.\s*(?P<{0}_maybe>\?)?\s*(?P<{0}_name>\w+)\b(?!\s*\()|"""
    r"""\[\s*(?P<{0}_perhaps>\?)?\s*(?:'(?P<{0}_single>[^'\\]*)'|"(?P<{0}_double>[^"\\]*)")\s*\])"""
)
_READ: Final = re.compile(
    r"(?<![.\w])(?P<place>attributes\s*\.\s*headers|attributes\s*\.\s*queryParams|payload\s*\.\s*parts|payload)\b\s*"
    rf"(?:{_KEY.format('key')}(?:\s*{_KEY.format('next')})?)?"
)
_CONDITIONAL: Final = re.compile(
    r"\bhas\s*\(|(?<![.\[\s])\s*\?|&&|\|\||\.\s*(?:exists|all|map|filter|exists_one)\s*\(|\bin\b"
)
"""What may leave a part of an expression out; the question mark of an optional key is none."""
_HEADER_NAME: Final = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_SELF_EVIDENT: Final = frozenset(
    {"accept", "authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"}
)
"""Headers that OpenAPI describes elsewhere, or that every request has."""


@dataclass(frozen=True, slots=True)
class Reads:
    """
    What a receiver's expressions read, by name in the order of first use.

    Attributes:
        headers, query: name → whether it is required.
        repeated: of the query parameters, those of which all values are read.
        parts: names of the parts of a multipart body.
        multipart: whether parts are read, by whatever name.
        form: whether all fields of a form are read.
        payload: whether the body is read at all.
    """

    headers: Mapping[str, bool]
    query: Mapping[str, bool]
    repeated: frozenset[str]
    parts: tuple[str, ...]
    multipart: bool
    form: bool
    payload: bool


def expression_reads(options: ReceiverOptions) -> Reads:
    """Return what the expressions in *options* read of a request."""
    headers: dict[str, bool] = {}
    query: dict[str, bool] = {}
    repeated: set[str] = set()
    parts: dict[str, None] = {}
    multipart = form = payload = False
    for source, is_certain in _sources(options):
        plain = is_certain and not _CONDITIONAL.search(source)
        for found in _READ.finditer(source):
            place = "".join(found["place"].split())
            key, is_optional = _key(found, "key")
            every = key == "all" and place.startswith("attributes") and found["key_name"] is not None
            if every:
                key, is_optional = _key(found, "next")
            if place.endswith("headers") and _HEADER_NAME.fullmatch(key) and key not in _SELF_EVIDENT:
                headers[key] = headers.get(key, False) or (plain and not is_optional)
            elif place.endswith("queryParams") and key:
                query[key] = query.get(key, False) or (plain and not is_optional)
                repeated |= {key} if every else set()
            elif place.endswith("parts"):
                multipart = payload = True
                parts |= {key: None} if key else {}
            elif place == "payload":
                payload, form = True, form or key == "all"
    return Reads(headers, query, frozenset(repeated), tuple(parts), multipart, form, payload)


def _key(found: re.Match[str], group: str) -> tuple[str, bool]:
    name = found[f"{group}_name"] or found[f"{group}_single"] or found[f"{group}_double"] or ""
    return name, bool(found[f"{group}_maybe"] or found[f"{group}_perhaps"])


def _sources(options: ReceiverOptions) -> Iterator[tuple[str, bool]]:
    """Yield each expression without its texts, and whether every run that completes evaluates it."""
    authored = [(variable.value, True) for variable in options.variables]
    for response, is_certain in ((options.response, True), (options.error_response, False)):
        if response is not None:
            authored += [(text, is_certain) for text in _authored(response)]
    for text, is_certain in authored:
        if is_expression(text):
            yield bare_source(text), is_certain


def _authored(response: ResponseOptions) -> Iterator[str]:
    for text in (response.status_code, response.reason_phrase, response.body, response.content_type):
        if isinstance(text, str):
            yield text
    for header in response.headers:
        yield header.value
