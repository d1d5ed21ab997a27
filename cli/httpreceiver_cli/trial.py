"""The line `Try: curl …`: a request that one of the served receivers answers, ready to be pasted into any shell."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.settings import HttpReceiver

LONGEST_SAMPLE: Final = 2000

_SAMPLES: Final[Mapping[MessageType, tuple[str, str]]] = {
    MessageType.HL7_V2: ("text/plain", "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20240105103000||ADT^A01|1|P|2.5\rPID|1||12345"),
    MessageType.XML: ("application/xml", "<message/>"),
    MessageType.CSV: ("text/csv", "1,Brown,Sam"),
    MessageType.JSON: ("application/json", "{}"),
    MessageType.TEXT: ("text/plain", "hello"),
    MessageType.BINARY: ("text/plain", "aGVsbG8="),
}
_ANY_SAMPLE: Final = ("text/plain", "hello")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A receiver that is being served, and where."""

    name: str
    url: str
    settings: HttpReceiver

    @property
    def needs_certificate(self) -> bool:
        """Whether only a caller with a client certificate gets in."""
        return self.settings.require_client_certificate and self.url.startswith("https:")

    @property
    def needs_password(self) -> bool:
        """Whether the caller is asked for user name and password."""
        return self.settings.authentication and self.settings.use_ssl and not self.settings.hosted

    @property
    def sample(self) -> str:
        """What to send: the workflow's own sample, if it has one of a size that fits a line."""
        template = self.settings.received_message_template
        if template and len(template) <= LONGEST_SAMPLE:
            return template
        return _SAMPLES.get(self.settings.message_type, _ANY_SAMPLE)[1]


def trial_line(candidates: Iterable[Candidate]) -> str:
    """
    Return the command for the receiver that is easiest to try; ``""`` when each asks for a client certificate.

    Easiest: no password, plain HTTP, a sample of its own on one line; then by name.
    """
    open_ones = [candidate for candidate in candidates if not candidate.needs_certificate]
    if not open_ones:
        return ""
    return curl(min(open_ones, key=_effort))


def _effort(candidate: Candidate) -> tuple[bool, bool, bool, bool, str]:
    return (
        candidate.needs_password,
        candidate.url.startswith("https:"),
        _has_line_breaks(candidate.sample),
        not candidate.settings.received_message_template,
        candidate.name,
    )


def curl(candidate: Candidate) -> str:
    """
    Return a curl command that *candidate* answers.

    A body of several lines comes from printf, which every POSIX shell has, so that carriage returns arrive. A password
    is not shown: curl asks for it.
    """
    settings, body = candidate.settings, candidate.sample
    content_type = _SAMPLES.get(settings.message_type, _ANY_SAMPLE)[0]
    words = ["curl"]
    if candidate.url.startswith("https:"):
        words.append("--insecure")  # the certificate is self-signed, or not made for this address
    if candidate.needs_password:
        words += ["--user", settings.user_name]
    words += ["--header", f"Content-Type: {content_type}"]
    words += ["--data-binary", "@-" if _has_line_breaks(body) else body, candidate.url + _sections(settings)]
    command = shlex.join(words)
    return f"printf {_printf_argument(body)} | {command}" if _has_line_breaks(body) else command


def _sections(settings: HttpReceiver) -> str:
    """Return a value for each URL section: its sample, or its name, which shows where the value goes."""
    return "/".join(quote(descriptor.sample or descriptor.name, safe="") for descriptor in settings.url_sections)


def _has_line_breaks(text: str) -> bool:
    return "\n" in text or "\r" in text or text.startswith("@")


def _printf_argument(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "%%").replace("\r", "\\r").replace("\n", "\\n")
    return shlex.quote(escaped)
