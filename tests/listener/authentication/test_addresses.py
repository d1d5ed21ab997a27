"""Networks of the caller's address, with and without proxies in front."""

import pytest

from guarded import asked, guarded
from listening import an_endpoint, listening


def only(**rules: list[str]) -> list[dict[str, object]]:
    return [{"addresses": rules}]


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ({"allow": ["127.0.0.1"]}, 200),
        ({"allow": ["10.0.0.0/8", "127.0.0.0/8"]}, 200),
        ({"allow": ["10.0.0.0/8", "::/0"]}, 403),
        ({"deny": ["127.0.0.0/8"]}, 403),
        ({"deny": ["10.0.0.0/8"]}, 200),
        ({"allow": ["127.0.0.0/8"], "deny": ["127.0.0.1/32"]}, 403),
    ],
)
async def test_deny_wins_and_without_allow_everybody_else_is_let_in(rules: dict[str, list[str]], status: int) -> None:
    async with listening(guarded(only(**rules))) as running:
        assert (await asked(running.port()))[0] == status


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("X-Forwarded-For: 192.0.2.7", 200),
        ("X-Forwarded-For: 198.51.100.1, 192.0.2.7", 200),
        ("X-Forwarded-For: 192.0.2.7, 198.51.100.1", 403),
        ("X-Forwarded-For: 192.0.2.7, 127.0.0.9", 200),
        ("X-Forwarded-For: 192.0.2.7:5555", 200),
        ("X-Forwarded-For: 192.0.2.7, unknown", 403),
        ("X-Forwarded-For: ", 403),
        ("X-Other: 192.0.2.7", 403),
    ],
)
async def test_a_trusted_proxy_tells_who_calls(forwarded: str, status: int) -> None:
    endpoint = an_endpoint(guarded(only(allow=["192.0.2.0/24"])), trusted_proxies=("127.0.0.0/8",))
    async with listening(endpoints=[endpoint]) as running:
        assert (await asked(running.port(), forwarded))[0] == status


async def test_what_any_other_peer_says_of_itself_does_not_count() -> None:
    receiver = guarded(only(allow=["192.0.2.0/24"]))
    for proxies in ((), ("198.51.100.0/24",)):
        async with listening(endpoints=[an_endpoint(receiver, trusted_proxies=proxies)]) as running:
            assert (await asked(running.port(), "X-Forwarded-For: 192.0.2.7"))[0] == 403


async def test_log_and_workflow_are_told_the_callers_address() -> None:
    receiver = guarded(only(allow=["2001:db8::/32"]), ResponseMessageTemplate="${ClientIP}")
    async with listening(receiver, trusted_proxies=("127.0.0.1",)) as running:
        assert await asked(running.port(), "X-Forwarded-For: [2001:DB8::1]:77") == (200, "2001:db8::1")
        (line,) = await running.logged()

    assert line["client"] == "2001:db8::1"
