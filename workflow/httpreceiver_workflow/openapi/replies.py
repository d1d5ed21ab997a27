"""What a run answers: completed, filtered and errored, as the workflow says it and as the HttpReceiver replaces it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from msgspec.structs import asdict

from httpreceiver_workflow.contract.enums import MessageType, ResponsePriority
from httpreceiver_workflow.contract.response_mode import ResponseMode
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.openapi.answers import Answer, Media, header_objects, is_literal, media_of
from httpreceiver_workflow.openapi.refusals import PROBLEM_MEDIA
from httpreceiver_workflow.openapi.requests import with_example
from httpreceiver_workflow.options import ReceiverOptions
from httpreceiver_workflow.options.answers import ErrorResponseOptions, ResponseOptions
from httpreceiver_workflow.options.compatibility import ErroredCustomResponse, FilteredCustomResponse
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.pipeline.content.bodies import media_type_of
from httpreceiver_workflow.pipeline.effects import CALLERS_STATUS
from httpreceiver_workflow.pipeline.expressions.expression import expression_result, is_expression
from httpreceiver_workflow.pipeline.responses.modes import CONTENT_TYPES, STATUSES, mentions_error
from httpreceiver_workflow.pipeline.responses.option_responses import BYTES_TYPE, JSON_TYPE, TEXT_TYPE
from httpreceiver_workflow.pipeline.templates import is_constant

COMPLETED: Final[Mapping[ResponsePriority, str]] = {
    ResponsePriority.AFTER_ALL_PROCESSING: "The message was processed.",
    ResponsePriority.AFTER_VALIDATION: "The message was let in; it is processed after the answer.",
    ResponsePriority.UPON_ARRIVAL: "The message has arrived; it is processed after the answer.",
}
FILTERED: Final = "The message was filtered out."
ERRORED: Final = "The message could not be processed."
_INFERRED: Final[Mapping[MessageType, tuple[MessageType, ...]]] = {
    MessageType.UNKNOWN: (MessageType.HL7_V2, MessageType.JSON, MessageType.XML, MessageType.TEXT),
    MessageType.FHIR: (MessageType.JSON, MessageType.XML),
    MessageType.DICOM: (MessageType.JSON, MessageType.TEXT),
}
"""Types whose messages are of one of several others."""
_WITHOUT_BODY: Final = (204, 304)


class RunAnswers:
    """The answers of one receiver's runs, each as `answers.Answer`."""

    def __init__(self, workflow: Workflow, pipeline: Pipeline, options: ReceiverOptions) -> None:
        self._workflow = workflow
        self._receiver = workflow.receiver
        self._pipeline = pipeline
        self._options = options
        chosen = options.compatibility
        self._content_type = CONTENT_TYPES[chosen.response_content_type]
        self._completed = STATUSES[chosen.completed_status]
        self._filtered = STATUSES[chosen.filtered_status]
        self._errored = STATUSES[chosen.errored_status]

    def __iter__(self) -> Iterator[Answer]:
        """Yield every answer; several may share a status."""
        for answer in (*self._of_completed(), *self._of_filtered(), *self._of_errored()):
            yield replace(answer, media={}) if answer.status in _WITHOUT_BODY else answer

    # --- outcomes ----------------------------------------------------------------------------------------------------

    def _of_completed(self) -> Iterator[Answer]:
        mode, priority = self._pipeline.mode, self._pipeline.priority
        media: Media = self._acknowledgement()
        if mode is ResponseMode.NONE:
            media = {}
        elif mode is ResponseMode.CUSTOM:
            media = self._custom()
        elif mode is ResponseMode.ACTIVITY:
            media = self._of_activity()
        own = Answer(self._completed, COMPLETED[priority], media)
        options = self._options.response
        if options is None:
            yield own
            return
        status = _status(options, 200 if options.body is not None else self._completed)
        yield Answer(status, own.when, _replaced(media, options), header_objects(options))

    def _of_filtered(self) -> Iterator[Answer]:
        """Yield the answer to a filtered message, where there is anything that could filter it before the answer."""
        pipeline = self._pipeline
        can_filter = pipeline.preparation or pipeline.predicate is not None or pipeline.variable_transformers
        if not can_filter or pipeline.priority is ResponsePriority.UPON_ARRIVAL:
            return
        media = self._acknowledgement()
        if pipeline.mode is ResponseMode.NONE:
            media = {}
        elif pipeline.mode is ResponseMode.CUSTOM:
            chosen = self._options.compatibility.filtered_custom_response
            if chosen is FilteredCustomResponse.TEMPLATE:
                media = self._custom()
            elif chosen is FilteredCustomResponse.EMPTY:
                media = {}
        yield Answer(self._filtered, FILTERED, media)

    def _of_errored(self) -> Iterator[Answer]:
        own = self._errored_media()
        options = self._options.error_response
        if options is None:
            yield from self._by_caller(own)
            return
        # Without a body of its own the answer is a problem; who sent HL7 has its acknowledgement.
        rest: Media = own if self._receiver.message_type is MessageType.HL7_V2 else {**own, **PROBLEM_MEDIA}
        media, headers = _replaced(rest, options), header_objects(options)
        kinds = {status for status in asdict(options.status_by_kind).values() if status is not None}
        if options.status_code is not None:
            yield Answer(_status(options, self._errored), ERRORED, media, headers)
        else:
            errored = self._errored if options.body is None else 500
            yield from self._by_caller(media, errored, headers)
        for status in sorted(kinds):
            yield Answer(status, ERRORED, media, headers)
        if _is_dynamic(options):  # what fails itself is answered as if it were not there
            yield from self._by_caller(rest)

    def _by_caller(
        self, media: Media, errored: int | None = None, headers: Mapping[str, dict[str, object]] | None = None
    ) -> Iterator[Answer]:
        """Yield the answers of errored runs, some of which are the caller's mistake."""
        for status in (*sorted(CALLERS_STATUS.values()), self._errored if errored is None else errored):
            yield Answer(status, ERRORED, media, headers or {})

    # --- bodies ------------------------------------------------------------------------------------------------------

    def _errored_media(self) -> Media:
        if self._pipeline.mode is ResponseMode.NONE:
            return {}
        chosen = self._options.compatibility.errored_custom_response
        tells = chosen is ErroredCustomResponse.TEMPLATE_TELLING_ERROR and mentions_error(self._workflow)
        if self._pipeline.mode is ResponseMode.CUSTOM and (tells or chosen is ErroredCustomResponse.TEMPLATE):
            return {**self._acknowledgement(), **self._custom()}
        return self._acknowledgement()

    def _acknowledgement(self) -> Media:
        """Return the body of a generated acknowledgement, which only HL7 has."""
        kind = self._receiver.message_type
        return self._media([kind]) if kind in (MessageType.HL7_V2, MessageType.UNKNOWN) else {}

    def _custom(self) -> Media:
        """Return the body of the response template; where every caller gets the same text, that is its example."""
        receiver = self._receiver
        template = receiver.response_template
        is_fixed = receiver.response_transformers is None and is_constant(template)
        if is_fixed and not template:
            return {}
        kind = receiver.message_type
        return self._media(_INFERRED.get(kind, (kind,)), template if is_fixed else "")

    def _of_activity(self) -> Media:
        wanted = self._receiver.response_activity
        kinds = {activity.response_type for activity in self._workflow.activities if activity.id == wanted}
        return self._media([one for kind in sorted(kinds) for one in _INFERRED.get(kind, (kind,))])

    def _media(self, kinds: list[MessageType] | tuple[MessageType, ...], example: str = "") -> Media:
        media_types = dict.fromkeys(media_type_of(self._content_type(kind)) for kind in kinds)
        return {one: with_example(one, example) for one in media_types if one}


def _replaced(media: Media, options: ResponseOptions) -> Media:
    """Return what becomes of *media* where *options* give a body or a content type."""
    if options.body is not None:
        media = _authored_media(options.body)
    if options.content_type is None:
        return media
    if not is_literal(options.content_type):
        return {"*/*": {}}
    media_type = media_type_of(options.content_type)
    if "/" not in media_type:  # whoever wrote it means something that is none
        return {"*/*": {}} if media_type else {}
    return {media_type: _typed(media_type, media)}


def _typed(media_type: str, media: Media) -> dict[str, object]:
    """Return the media type object of what *media* says under another name."""
    examples = [one["example"] for one in media.values() if isinstance(one.get("example"), str)]
    return with_example(media_type, examples[0]) if examples else media_of(media_type)


def _authored_media(body: str) -> Media:
    """Return the media types that an authored *body* can have, by what it gives."""
    text, json = media_type_of(TEXT_TYPE), media_type_of(JSON_TYPE)
    if not is_expression(body):
        return {text: with_example(text, body)} if body else {}
    result = expression_result(body)
    if result.startswith(("MAP", "LIST")):
        return {json: media_of(json)}
    if result == "BYTES":
        return {BYTES_TYPE: media_of(BYTES_TYPE)}
    if result.startswith("DYN"):
        return {one: media_of(one) for one in (json, text, BYTES_TYPE)}
    return {text: media_of(text)}


def _status(options: ResponseOptions, otherwise: int) -> int | None:
    """Return the status that *options* give, None where it depends on the request."""
    authored = options.status_code
    if authored is None:
        return otherwise
    if isinstance(authored, int):
        return authored
    return int(authored.strip()) if is_literal(authored) else None


def _is_dynamic(options: ErrorResponseOptions) -> bool:
    """Whether anything of *options* could fail."""
    texts = [options.status_code, options.reason_phrase, options.body, options.content_type]
    texts += [header.value for header in options.headers]
    return any(isinstance(text, str) and not is_literal(text) for text in texts)
