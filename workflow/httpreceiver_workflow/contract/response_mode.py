"""Which of the response flags counts (contract 9.1)."""

from enum import StrEnum

from httpreceiver_workflow.contract.enums import ResponsePriority
from httpreceiver_workflow.contract.settings import HttpReceiver


class ResponseMode(StrEnum):
    """What the answer is made of."""

    NONE = "none"
    ACTIVITY = "activity"
    CUSTOM = "custom"
    ERROR = "error"
    REJECT = "reject"
    ACCEPT = "accept"


def response_mode(receiver: HttpReceiver) -> ResponseMode:
    """
    Return the mode of *receiver*: the first that is on, in the order of `ResponseMode`; ACCEPT when none is.

    An absent `ReturnCustomResponse` is true only while no other mode is on: its default is true, so an author who sets
    just one other flag must not be overruled (contract 9.1).
    """
    modes = chosen_modes(receiver)
    if receiver.return_custom_response is None and not modes:
        return ResponseMode.CUSTOM
    return modes[0] if modes else ResponseMode.ACCEPT


def chosen_modes(receiver: HttpReceiver) -> list[ResponseMode]:
    """Return every mode that *receiver* switches on, strongest first."""
    flags = {
        ResponseMode.NONE: receiver.return_no_response,
        ResponseMode.ACTIVITY: receiver.return_response_from_activity,
        ResponseMode.CUSTOM: receiver.return_custom_response is True,
        ResponseMode.ERROR: receiver.return_application_error,
        ResponseMode.REJECT: receiver.return_application_reject,
        ResponseMode.ACCEPT: receiver.return_application_accept,
    }
    return [mode for mode in ResponseMode if flags[mode]]


def response_priority(receiver: HttpReceiver) -> ResponsePriority:
    """Return when *receiver* answers: an activity's response needs all processing to be over (contract 9.1)."""
    if response_mode(receiver) is ResponseMode.ACTIVITY:
        return ResponsePriority.AFTER_ALL_PROCESSING
    return receiver.response_priority
