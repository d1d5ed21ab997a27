"""What answers are made of, and how several answers with one status become one response object."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from httpreceiver_workflow.options.answers import ResponseOptions
from httpreceiver_workflow.pipeline.expressions.expression import is_expression
from httpreceiver_workflow.pipeline.templates import is_constant

Json = dict[str, Any]
"""A JSON object; never changed once it is part of another."""

Media = Mapping[str, Json]
"""Media type without parameters → media type object; empty for a body that is always empty."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    One way a request is answered.

    Attributes:
        status: None when the request's data decide.
        when: a sentence.
        headers: name → header object.
    """

    status: int | None
    when: str
    media: Media = field(default_factory=dict)
    headers: Mapping[str, Json] = field(default_factory=dict)


def without_texts(answer: Answer) -> Answer:
    """Return *answer* without the texts that callers get: who reads of them may be none who is let in."""
    media = {name: {key: one[key] for key in one if key != "example"} for name, one in answer.media.items()}
    headers = {
        name: {**one, "schema": {key: one["schema"][key] for key in one["schema"] if key != "const"}}
        for name, one in answer.headers.items()
    }
    return replace(answer, media=media, headers=headers)


def response_object(answers: Iterable[Answer]) -> Json:
    """Return the response object of *answers*, at least one, that share a status."""
    whens: dict[str, None] = {}
    media: Json = {}
    headers: dict[str, list[Json]] = {}
    count = 0
    for answer in answers:
        count += 1
        whens[answer.when] = None
        for media_type, described in answer.media.items():
            known = media.get(media_type)
            media[media_type] = described if known in (None, described) else _either(media_type, known, described)
        for name, header in answer.headers.items():
            headers.setdefault(name, []).append(header)
    found: Json = {"description": " ".join(whens)}
    if headers:
        found["headers"] = {name: _header_of(given, count) for name, given in headers.items()}
    if media:
        found["content"] = media
    return found


def _either(media_type: str, one: Json | None, other: Json) -> Json:
    """Return what fits both: an example of one of them would mislead."""
    schemas = [media_object["schema"] for media_object in (one or {}, other) if "schema" in media_object]
    return {"schema": schemas[0]} if len(schemas) == 2 and schemas[0] == schemas[1] else media_of(media_type)


def _header_of(given: list[Json], count: int) -> Json:
    """Return the header object that holds for all answers; it is required when each of them has it."""
    first = given[0]
    if len(given) == count and all(one == first for one in given):
        return first
    schema = first["schema"] if all(one["schema"] == first["schema"] for one in given) else {"type": "string"}
    return {"schema": schema}


def media_of(media_type: str, **members: Any) -> Json:
    """Return the media type object of *media_type*: text is a string, of JSON and bytes nothing more is known."""
    is_text = media_type.startswith("text/") or media_type.endswith(("/xml", "+xml", "/hl7-v2"))
    return {"schema": {"type": "string"} if is_text else {}, **members}


def header_objects(options: ResponseOptions) -> dict[str, Json]:
    """Return the headers that *options* add; the value of a constant one is told, since each caller gets it."""
    found: dict[str, Json] = {}
    names: dict[str, str] = {}
    for header in options.headers:
        first = names.setdefault(header.name.lower(), header.name)
        if first in found:
            found[first] = {"schema": {"type": "string"}}
        elif is_literal(header.value):
            found[header.name] = {"required": True, "schema": {"type": "string", "const": header.value.strip()}}
        else:
            found[header.name] = {"schema": {"type": "string"}}
    return found


def is_literal(authored: str) -> bool:
    """Whether *authored* is the same for every request, and reads nothing of the host."""
    return not is_expression(authored) and is_constant(authored)
