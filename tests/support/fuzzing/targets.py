"""
What is fuzzed: each message type through its own operations and through a workflow, and the workflow loader.

An input is one byte string: the message, then paths and values by turns, separated by `SEPARATOR`, which no UTF-8 has.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from dicom_files import as_text, small_file
from engine import (
    ADT,
    create_variable,
    filter_host,
    guid,
    mapping,
    prepare,
    receiver,
    string_filter,
    transformers,
    typed,
)
from fuzzing.promises import check_message, check_run, check_workflow
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.support import CLASSES, fields_of
from httpreceiver_workflow.messages import message_format
from httpreceiver_workflow.pipeline.compiler import Pipeline

SEPARATOR: Final = b"\xff"

_EXAMPLES: Final = Path(__file__).parents[3] / "examples"
_WHOLE: Final = Path(__file__).parents[2] / "workflow" / "contract" / "files" / "whole_workflow.json"


@dataclass(frozen=True, slots=True)
class Sample:
    """
    A message of a type, and what a workflow does with it.

    Attributes:
        place: a path that is there.
        loop: a path that repeats, "" where none does.
        inside: a path that the loop moves.
        steps: more paths, with values to write.
        words: what a fuzzer should know of the language.
    """

    text: str
    place: str
    loop: str
    inside: str
    steps: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


_HL7: Final = Sample(
    ADT,
    "PID-5.1",
    "OBX",
    "OBX-5",
    (("PID-3[2].4.2", "a|b^c~d&e\\f"), ("MSH-2", "^~\\&"), ("NTE[2]-1", "x\ry"), ("OBX", "NTE|1")),
    ("MSH|^~\\&|", "MSH#*%!@#", "FHS|", "BHS|", "\\F\\", "\\X0D\\", "\\E\\", "\r", "\n", "[2]", "-1", ".1"),
)
_JSON: Final = Sample(
    '{"name":"é","items":[{"code":1.50},{"code":"B","in":[[1],[2]]}],"n":null,"e":1E400,"-":-0}',
    "name",
    "items",
    "items/code",
    (
        ("items[2]/in[2][1]", '"x'),
        ("newtonsoft:$..code", "{}"),
        ("@name", "[1]"),
        ("newtonsoft:$.items[?(@.code)]", "1"),
    ),
    ("newtonsoft:$", "..", "[*]", "[?(", "@.", "&&", "==", "=~", "[-1:]", "-0", "1e999", "\\ud800", "[1]", "null"),
)
_XML: Final = Sample(
    '<?xml version="1.0"?>\n<r xmlns:p="urn:p"><name k="v">é</name><item><code>1</code></item><p:item/><!--c-->t</r>\n',
    "r/name",
    "r/item",
    "r/item/code",
    (("r/name/@k", '"<&'), ("xpath:/r/item[1]", "<x/>"), ("xpath://text()", "y"), ("r/new[2]/x", "\r\n]]>")),
    (
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<!DOCTYPE r [",
        "<!ATTLIST",
        "&amp;",
        "&#13;",
        "xmlns:",
        "xpath:",
        "/>",
        " k='",
        '="',
        "<p:",
        "[1]",
        "@",
    ),
)
_CSV: Final = Sample(
    'a,"b ""c""",\r\n1,"2\n3",4\r\n',
    "[0]",
    "",
    "[1]",
    (("[1]", 'x"y,z'), ("2", "\r\n"), ("[9]", "x")),
    ('"', '""', "\r\n"),
)
_TEXT: Final = Sample("one\ntwo é", "x", "", "x", (("", "new"),), ("\ufeff", "MSH|", "{", "<"))
_DICOM: Final = Sample(
    as_text(small_file()),
    "PatientID",
    "Tags/ProcedureCodeSequence/Value",
    "Tags/ProcedureCodeSequence/Value/CodeValue/Value",
    (("Tags/PatientID/Value[1]", "x"), ("newtonsoft:$.Tags.*.vr", "x")),
)

SAMPLES: Final[Mapping[MessageType, tuple[Sample, ...]]] = MappingProxyType(
    {
        MessageType.HL7_V2: (_HL7,),
        MessageType.JSON: (_JSON,),
        MessageType.XML: (_XML,),
        MessageType.CSV: (_CSV,),
        MessageType.DICOM: (_DICOM, _JSON),
        MessageType.UNKNOWN: (_HL7, _JSON, _XML, _TEXT),
        MessageType.FHIR: (_JSON, _XML),
        MessageType.HL7_V3: (_XML,),
        MessageType.TEXT: (_TEXT,),
        MessageType.BINARY: (_TEXT,),
        MessageType.SQL: (_TEXT,),
        MessageType.TEXT_WITH_VARIABLES: (_TEXT,),
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """
    One thing to fuzz.

    Attributes:
        check: takes one input; raises when a promise is broken.
        seeds: inputs to start from.
        words: what to put into inputs.
    """

    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...]


def message_target(message_type: MessageType) -> Target:
    """Return the target of one message type."""
    own = message_format(message_type, None)
    samples = SAMPLES[message_type]

    def check(data: bytes) -> None:
        body, *rest = data.split(SEPARATOR)
        steps = [text.decode("utf-8", "replace") for text in rest]
        check_message(own, body.decode("utf-8", "replace"), list(zip(steps[::2], steps[1::2], strict=False)))
        for position in range(len(samples)):
            check_run(pipeline_of(message_type, position), body)

    return Target(check, tuple(map(_seed, samples)), tuple(word for one in samples for word in one.words))


@lru_cache
def pipeline_of(message_type: MessageType, position: int = 0) -> Pipeline:
    """Return a workflow of *message_type* that filters, reads, loops, maps and answers by the paths of one sample."""
    sample = SAMPLES[message_type][position]
    looped = [
        mapping(sample.loop, sample.place, AllowMessageStructureToChange=True),
        typed("ForEachTransformerAction", FromPath=sample.loop, FromSetting=guid("a1"), FromDirection=0),
        create_variable("seen", sample.inside, 0, TextFormat="UpperCase", Format="0.00"),
        mapping(sample.inside, sample.place),
        typed("NextTransformerAction"),
    ]
    actions = [
        typed("BeginConditionalTransformerAction", Filters=[typed("ValidMessageFilter", FromSetting=guid("a1"))]),
        mapping(sample.place, sample.place),
        typed("EndConditionalTransformerAction"),
        *(looped if sample.loop else []),
    ]
    prepared = prepare(
        receiver(
            MessageType=int(message_type),
            Filters=guid("c1"),
            VariableTransformers=guid("d1"),
            Transformers=guid("d2"),
            Activities=[guid("b1")],
            ResponseMessageTemplate=f"${{{guid('a1')} Inbound}}",
        ),
        filter_host("c1", string_filter(sample.place, "refused", Not=True)),
        transformers("d1", create_variable("name", sample.place), create_variable("name", "${name:XMLEncode}", 2)),
        transformers("d2", *actions),
        typed(
            "HttpSenderSetting",
            Id=guid("b1"),
            Name="next",
            Server="http://next/${name:URLEncode}",
            MessageType=int(message_type),
            MessageTemplate=f"${{{guid('a1')} Inbound}}",
        ),
    )
    assert prepared.pipeline is not None
    return prepared.pipeline


def _seed(sample: Sample) -> bytes:
    steps = ((sample.place, "v"), (sample.loop, "[]"), (sample.inside, "1"), *sample.steps)
    return SEPARATOR.join([sample.text.encode(), *(text.encode() for step in steps for text in step)])


def _check_loader(data: bytes) -> None:
    source, *bodies = data.split(SEPARATOR)
    check_workflow(source, bodies[0] if bodies else b"")


def _loader_target() -> Target:
    files = [_WHOLE, *sorted(_EXAMPLES.glob("*.json")), *_EXAMPLES.glob("*.hl7Workflow")]
    settings: list[Any] = [json.loads(file.read_text()) for file in files]
    fields = {name for class_name in CLASSES for name in fields_of(class_name)}
    words = sorted({*fields, *CLASSES, "$type", "$values", "WorkflowPattern", "null", "true", "[]", "{}", "${", "}"})
    return Target(
        _check_loader, tuple(json.dumps(one).encode() + SEPARATOR + b'{"a":1}' for one in settings), tuple(words)
    )


def targets() -> Mapping[str, Target]:
    """Return every target by name: the message types, and ``workflow`` for the loader."""
    return {**{one.name.lower(): message_target(one) for one in SAMPLES}, "workflow": _loader_target()}
