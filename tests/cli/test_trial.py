"""The suggested request, for every kind of receiver."""

import shlex
import subprocess

import pytest

from httpreceiver_cli.trial import Candidate, curl, trial_line
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import VariableDescriptor
from httpreceiver_workflow.contract.settings import HttpReceiver

GUID = "00000000-0000-0000-0000-0000000000a1"


def candidate(name: str = "a", url: str = "http://127.0.0.1:1/a/", **settings: object) -> Candidate:
    """Return a served receiver."""
    return Candidate(name, url, HttpReceiver(where="$", id=GUID, name=name, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("body", ["a'b\"c", "100% \\d {x}\r\nnext\n", "MSH|^~\\&|A\rPID|1", "@file", "$HOME `id`"])
def test_the_body_reaches_curl_byte_for_byte(body: str) -> None:
    """Through a POSIX shell, whatever it holds."""
    command = curl(candidate(message_type=MessageType.TEXT, received_message_template=body))
    printing, _, calling = command.rpartition("curl ")
    if printing:
        assert data_of(calling) == "@-"
        script = f"{printing} cat"
    else:
        script = f"printf %s {shlex.quote(data_of(calling))}"
    assert subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout == body.encode()


def data_of(arguments: str) -> str:
    """Return what follows ``--data-binary``, as a shell hands it over."""
    words = shlex.split(arguments)
    return words[words.index("--data-binary") + 1]


def test_the_easiest_receiver_is_suggested() -> None:
    """Plain HTTP before HTTPS, no password before one, a sample of its own before ours."""
    line = trial_line(
        [
            candidate("b", "https://127.0.0.1:2/b/", use_ssl=True),
            candidate("c", "https://127.0.0.1:3/c/", use_ssl=True, authentication=True, user_name="u"),
            candidate("d", "http://127.0.0.1:4/d/", received_message_template="mine"),
            candidate("a", "http://127.0.0.1:5/a/"),
        ]
    )
    assert line.endswith(" http://127.0.0.1:4/d/")


def test_a_self_signed_certificate_and_a_password_are_taken_care_of() -> None:
    """Curl asks for the password, so that it stands on no screen."""
    secure = {"use_ssl": True, "authentication": True, "user_name": "u", "password": "p"}
    command = curl(candidate(url="https://127.0.0.1:3/c/", **secure))
    words = shlex.split(command.rpartition("| ")[2])
    assert words[:4] == ["curl", "--insecure", "--user", "u"]
    assert "p" not in words


def test_nothing_is_suggested_where_each_caller_needs_a_certificate() -> None:
    """We have none to show."""
    assert trial_line([candidate(url="https://127.0.0.1:3/c/", use_ssl=True, require_client_certificate=True)]) == ""


def test_url_sections_get_their_default_or_their_name() -> None:
    """Which shows where the value goes."""
    sections = (VariableDescriptor(name="patient id"), VariableDescriptor(name="kind", sample="visit"))
    assert curl(candidate(url_sections=sections)).endswith("/a/patient%20id/visit")
