"""Which of the response flags counts (contract 9.1)."""

from enum import StrEnum
from typing import Final

from httpreceiver_workflow.contract.enums import ResponsePriority
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.options.compatibility import (
    DOCUMENTED,
    Compatibility,
    CustomResponseAbsent,
    ResponseFlagOrder,
)


class ResponseMode(StrEnum):
    """What the answer is made of."""

    NONE = "none"
    ACTIVITY = "activity"
    CUSTOM = "custom"
    ERROR = "error"
    REJECT = "reject"
    ACCEPT = "accept"


_ORDERS: Final = {
    ResponseFlagOrder.CUSTOM_FIRST: tuple(ResponseMode),
    ResponseFlagOrder.GENERATED_FIRST: (*(mode for mode in ResponseMode if mode != "custom"), ResponseMode.CUSTOM),
}
"""Strongest first (contract A9)."""


def response_mode(receiver: HttpReceiver, compatibility: Compatibility = DOCUMENTED) -> ResponseMode:
    """
    Return the mode of *receiver*: the strongest that is on; ACCEPT when none is.

    An absent `ReturnCustomResponse` is true only while no other mode is on: its default is true, so an author who sets
    just one other flag must not be overruled (contract 9.1).
    """
    modes = chosen_modes(receiver, compatibility)
    if receiver.return_custom_response is None and not modes:
        return ResponseMode.CUSTOM
    return modes[0] if modes else ResponseMode.ACCEPT


def chosen_modes(receiver: HttpReceiver, compatibility: Compatibility = DOCUMENTED) -> list[ResponseMode]:
    """Return every mode that *receiver* switches on, strongest first."""
    custom = receiver.return_custom_response
    if custom is None and compatibility.custom_response_absent is CustomResponseAbsent.ALWAYS:
        custom = True
    flags = {
        ResponseMode.NONE: receiver.return_no_response,
        ResponseMode.ACTIVITY: receiver.return_response_from_activity,
        ResponseMode.CUSTOM: custom is True,
        ResponseMode.ERROR: receiver.return_application_error,
        ResponseMode.REJECT: receiver.return_application_reject,
        ResponseMode.ACCEPT: receiver.return_application_accept,
    }
    return [mode for mode in _ORDERS[compatibility.response_flag_order] if flags[mode]]


def response_priority(receiver: HttpReceiver, compatibility: Compatibility = DOCUMENTED) -> ResponsePriority:
    """Return when *receiver* answers: an activity's response needs all processing to be over (contract 9.1)."""
    if response_mode(receiver, compatibility) is ResponseMode.ACTIVITY:
        return ResponsePriority.AFTER_ALL_PROCESSING
    return receiver.response_priority
