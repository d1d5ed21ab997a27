"""Build workflow files in tests: one function per setting, with the least that makes it valid."""

from collections.abc import Sequence
from typing import Any

from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.problem_codes import ProblemCode

RECEIVER_ID = "00000000-0000-0000-0000-0000000000a1"
WRITER_ID = "00000000-0000-0000-0000-0000000000b1"
SENDER_ID = "00000000-0000-0000-0000-0000000000b2"
FILTERS_ID = "00000000-0000-0000-0000-0000000000c1"
TRANSFORMERS_ID = "00000000-0000-0000-0000-0000000000d1"
NOWHERE = "00000000-0000-0000-0000-0000000000ff"
THUMBPRINT = "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"

Setting = dict[str, Any]


def object_of(class_name: str, **members: Any) -> Setting:
    """Return an object of *class_name*; only the class name counts, so the namespace is left out."""
    return {"$type": f"HL7Soup.{class_name}, HL7SoupWorkflow", **members}


def a_receiver(**members: Any) -> Setting:
    """Return a receiver of JSON on plain HTTP."""
    return object_of("HttpReceiverSetting", **{"Id": RECEIVER_ID, "MessageType": 11, "ServiceName": "v", **members})


def a_writer(**members: Any) -> Setting:
    """Return a file writer."""
    return object_of(
        "FileWriterSenderSetting", **{"Id": WRITER_ID, "MessageType": 13, "FilePathToWrite": "a.txt", **members}
    )


def a_sender(**members: Any) -> Setting:
    """Return an HTTP sender."""
    return object_of(
        "HttpSenderSetting", **{"Id": SENDER_ID, "MessageType": 11, "Server": "http://stub.test/", **members}
    )


def with_actions(*actions: Any, **members: Any) -> list[Setting]:
    """Return a receiver whose VariableTransformers are *actions*."""
    return [
        a_receiver(VariableTransformers=TRANSFORMERS_ID, **members),
        object_of("TransformerSetting", Id=TRANSFORMERS_ID, Transformers=list(actions)),
    ]


def with_filters(*filters: Any) -> list[Setting]:
    """Return a receiver that is gated by *filters*."""
    return [
        a_receiver(Filters=FILTERS_ID),
        object_of("FilterHostSetting", Id=FILTERS_ID, Filters=list(filters)),
    ]


def with_activities(*activities: Setting, **members: Any) -> list[Setting]:
    """Return a receiver that runs *activities*."""
    return [a_receiver(Activities=[item["Id"] for item in activities], **members), *activities]


def problems_of(source: object) -> list[tuple[str, ProblemCode]]:
    """Return place and code of every problem of *source*."""
    return [(problem.where, problem.code) for problem in load_workflow(source).problems]


def codes_of(source: object) -> list[ProblemCode]:
    """Return the code of every problem of *source*, in order of place."""
    return [problem.code for problem in load_workflow(source).problems]


def messages_of(source: object) -> Sequence[str]:
    """Return the message of every problem of *source*."""
    return [problem.message for problem in load_workflow(source).problems]
