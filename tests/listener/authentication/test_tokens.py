"""Bearer tokens and API keys."""

import pytest

from guarded import CLEAR, asked, bearer, guarded
from httpreceiver_listener.authentication import secrets
from httpreceiver_listener.authentication.secrets import NamedSecrets
from listening import listening

TOKENS = {"tokens": {"old": "t-1", "new": "t-2"}}
BEARER = [{"bearer": {"secretRef": {"name": "tokens"}}, **CLEAR}]


async def test_several_tokens_count_at_once_and_name_their_client() -> None:
    async with listening(guarded(BEARER, TOKENS)) as running:
        assert await asked(running.port(), bearer("t-1")) == (200, "old")
        assert await asked(running.port(), "authorization: bEaReR  t-2 ") == (200, "new")


@pytest.mark.parametrize(
    "headers",
    [
        ["Authorization: Bearer"],
        ["Authorization: Bearer t-3"],
        ["Authorization: Bearer t-1 t-1"],
        ["Authorization: Basic t-1"],
        ["Authorization: t-1"],
        ["Authorization: Bearer \xff"],
        [],
    ],
)
async def test_anything_else_is_refused(headers: list[str]) -> None:
    async with listening(guarded(BEARER, TOKENS)) as running:
        assert (await asked(running.port(), *headers))[0] == 401


async def test_a_key_stands_in_a_header_or_in_the_query() -> None:
    keys = {"tokens": {"ward": "a+b/c="}}
    rule = {"secretRef": {"name": "tokens"}}
    header, query = {**rule, "header": "X-Api-Key"}, {**rule, "query": "api_key"}
    async with listening(guarded([{"apiKey": header, **CLEAR}], keys)) as running:
        assert await asked(running.port(), "x-api-key: a+b/c=") == (200, "ward")
        assert (await asked(running.port(), path="/v?x-api-key=a%2Bb%2Fc%3D"))[0] == 401
    async with listening(guarded([{"apiKey": query, **CLEAR}], keys)) as running:
        assert await asked(running.port(), path="/v?a=1&api_key=a%2Bb%2Fc%3D") == (200, "ward")
        assert (await asked(running.port(), path="/v?API_KEY=a%2Bb%2Fc%3D"))[0] == 401


def test_every_secret_is_compared_and_all_in_one_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the time it takes tells neither a length, nor which secret came near, nor whose it is."""
    compared: list[tuple[int, int]] = []
    real = secrets.hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return real(one, other)

    monkeypatch.setattr(secrets.hmac, "compare_digest", watched)
    known = NamedSecrets([("a", b"1"), ("b", b"22"), ("c", b"333")])
    assert [known.owner(text) for text in ("1", "333", "", "4" * 100)] == ["a", "c", None, None]
    assert compared == [(32, 32)] * 12
