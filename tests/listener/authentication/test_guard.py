"""Alternatives, what all of one must say, and what is answered when none lets a request in."""

import hmac
import json
from pathlib import Path

import pytest

from guarded import CLEAR, CLOSE, asked, basic, bearer, guarded
from httpreceiver_listener.authentication.guard import LARGE_BYTES
from httpreceiver_workflow.endpoint import Scheme
from listening import a_client, a_request, a_served, an_endpoint, body_of, exchange, listening, states, status_of

SECRETS = {"users": {"ann": "a:1"}, "tokens": {"lab": "t0ken"}, "keys": {"ward": "k3y"}}
BASIC = {"basic": {"secretRef": {"name": "users"}}, **CLEAR}
BEARER = {"bearer": {"secretRef": {"name": "tokens"}}, **CLEAR}
KEY = {"apiKey": {"secretRef": {"name": "keys"}, "header": "X-Key"}}
HMAC = {"hmac": {"secretRef": {"name": "keys"}, "header": "X-Signature"}}
LOCAL = {"addresses": {"allow": ["127.0.0.0/8"]}}
FAR = {"addresses": {"allow": ["192.0.2.0/24"]}}


async def test_the_first_alternative_that_fits_lets_a_request_in() -> None:
    async with listening(guarded([BASIC, BEARER], SECRETS)) as running:
        assert await asked(running.port(), basic("ann:a:1")) == (200, "ann")
        assert await asked(running.port(), bearer("t0ken")) == (200, "lab")
        assert (await asked(running.port()))[0] == 401


async def test_all_members_of_an_alternative_must_let_a_request_in() -> None:
    async with listening(guarded([BASIC | KEY | LOCAL], SECRETS)) as running:
        assert await asked(running.port(), basic("ann:a:1"), "X-Key: k3y") == (200, "ward")
        assert (await asked(running.port(), basic("ann:a:1")))[0] == 401
        assert (await asked(running.port(), "X-Key: k3y"))[0] == 401


async def test_a_refusal_challenges_with_what_could_have_helped() -> None:
    """Not with what the caller cannot mend: another address."""
    async with listening(guarded([BASIC, BEARER, BEARER | FAR], SECRETS)) as running:
        answer = await exchange(running.port(), a_request(headers=[CLOSE]))
        (line,) = await running.logged()

    assert answer.count(b"WWW-Authenticate: ") == 2
    assert b'WWW-Authenticate: Basic realm="httpreceiver", charset="UTF-8"\r\n' in answer
    assert b'WWW-Authenticate: Bearer realm="httpreceiver"\r\n' in answer
    problem = json.loads(body_of(answer))
    assert (problem["kind"], problem["title"]) == ("Unauthorized", "Credentials are missing or wrong.")
    assert (line["outcome"], line["stage"], line["fault"]) == ("refused", "access", "Unauthorized")
    assert line["detail"] == "basic: no credentials; bearer: no token; addresses: the caller's address is not allowed"


async def test_where_no_credentials_would_help_the_answer_is_403() -> None:
    async with listening(guarded([BEARER | FAR], SECRETS)) as running:
        answer = await exchange(running.port(), a_request(headers=[bearer("t0ken")]))

    assert status_of(answer) == 403
    assert b"WWW-Authenticate" not in answer


async def test_a_refused_caller_that_waits_is_not_asked_for_its_body() -> None:
    async with listening(guarded([BASIC], SECRETS)) as running:
        asks = a_request(body=b"", length=5, headers=["Expect: 100-continue"])
        answer = await exchange(running.port(), asks)

    assert b"100 Continue" not in answer
    assert status_of(answer) == 401


async def test_who_was_let_in_is_logged_and_a_variable_that_no_parameter_can_pass_for() -> None:
    receiver = guarded(
        [BEARER],
        SECRETS,
        ExtractParameters=True,
        QueryStringParameters={"who": {"VariableName": "ClientName"}},
    )
    async with listening(receiver) as running:
        assert await asked(running.port(), bearer("t0ken"), path="/v?who=root") == (200, "lab")
        (line,) = await running.logged()

    assert line["client_name"] == "lab"
    assert "t0ken" not in json.dumps(running.lines)


async def test_without_auth_nobody_has_a_name() -> None:
    async with listening(a_served(ResponseMessageTemplate="<${ClientName}>", MessageType=13)) as running:
        assert await asked(running.port()) == (200, "<>")
        (line,) = await running.logged()

    assert "client_name" not in line


async def test_what_the_workflow_asks_for_is_asked_besides(tmp_path: Path) -> None:
    contract = {"Authentication": True, "AuthenticationUserName": "u", "AuthenticationPassword": "p"}
    receiver = guarded([KEY], SECRETS, UseSsl=True, **contract)
    https = an_endpoint(receiver, scheme=Scheme.HTTPS)
    async with listening(endpoints=[https], state_folder=tmp_path) as running, a_client() as client:

        async def status(**headers: str) -> int:
            async with client.post(running.url(scheme="https"), data=b"{}", ssl=False, headers=headers) as answer:
                return answer.status

        credentials = basic("u:p").removeprefix("Authorization: ")
        assert await status(Authorization=credentials, **{"X-Key": "k3y"}) == 200
        assert await status(Authorization=credentials) == 401
        assert await status(**{"X-Key": "k3y"}) == 401


@pytest.mark.parametrize("size", [2, LARGE_BYTES])
async def test_of_several_pending_signatures_one_must_fit(size: int) -> None:
    """Both alternatives look the same until the body is there."""
    other = {"hmac": {"secretRef": {"name": "others"}, "header": "X-Signature"}}
    body = b"x" * size
    signature = hmac.new(b"s2", body, "sha256").hexdigest()
    async with listening(guarded([HMAC, other], {**SECRETS, "others": {"pacs": "s2"}})) as running:
        assert await asked(running.port(), f"X-Signature: {signature}", body=body) == (200, "pacs")
        assert (await asked(running.port(), f"X-Signature: {signature}", body=body + b"x"))[0] == 401
        refused = (await running.logged(2))[1]

    assert refused["detail"] == "hmac: the signature does not fit"
    assert "client_name" not in refused


async def test_a_port_that_speaks_plain_http_is_not_served_secrets_in_clear() -> None:
    """Found when it is loaded where the workflow does not know the scheme: on the host's service address."""
    hosted = guarded([{"basic": {"secretRef": {"name": "users"}}}], SECRETS, UseIntegrationHostServiceAddress=True)
    async with listening(hosted) as running:
        (state,) = running.listener.report.receivers

    assert (state.state, state.message) == ("failed", "spec.auth[0] would send its secret in clear on this port.")


async def test_changed_secrets_count_from_the_next_request_and_broken_ones_not_at_all() -> None:
    async with listening(guarded([BEARER], SECRETS)) as running:
        assert await asked(running.port(), bearer("t0ken")) == (200, "lab")
        await running.listener.apply([an_endpoint(guarded([BEARER], {"tokens": {"lab": "n3w", "old": "t0ken"}}))])
        assert await asked(running.port(), bearer("n3w")) == (200, "lab")
        assert await asked(running.port(), bearer("t0ken")) == (200, "old")
        report = await running.listener.apply([an_endpoint(guarded([BEARER], {"tokens": {"lab": ""}}))])
        assert states(report) == {"team/a": "stale"}
        assert await asked(running.port(), bearer("n3w")) == (200, "lab")
