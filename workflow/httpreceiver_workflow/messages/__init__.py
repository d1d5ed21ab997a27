"""
What a message is: one file per message type behind `message.Message` and `message.MessageFormat`.
"""

from httpreceiver_workflow.messages.formats import (
    SUPPORTED_MESSAGE_TYPES,
    FormatNotInstalled,
    content_type,
    message_format,
)
from httpreceiver_workflow.messages.hl7_ack import acknowledge
from httpreceiver_workflow.messages.message import Message, MessageFault, MessageFormat, PathProblem, UnreadableMessage

__all__ = [
    "SUPPORTED_MESSAGE_TYPES",
    "FormatNotInstalled",
    "Message",
    "MessageFault",
    "MessageFormat",
    "PathProblem",
    "UnreadableMessage",
    "acknowledge",
    "content_type",
    "message_format",
]
