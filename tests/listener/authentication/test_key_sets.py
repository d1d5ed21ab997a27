"""Key sets that are fetched: over HTTPS, kept, and asked for again only so often."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from guarded import CLEAR, asked, bearer, guarded
from httpreceiver_listener.authentication import key_sets
from httpreceiver_listener.authentication.key_sets import KeyFetcher
from httpreceiver_listener.authentication.verdicts import Unavailable
from key_material import KEYS, a_token
from listening import Stub, a_stub, listening

Answer = Callable[[web.BaseRequest], web.StreamResponse]


def answering(*kids: str) -> Answer:
    """Return what answers with the public keys named *kids*."""
    text = json.dumps({"keys": [KEYS[kid][1] for kid in kids]})
    return lambda _: web.Response(text=text, content_type="application/json")


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server's context for localhost, and the file of the authority that vouches for it."""
    made = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.issue_cert("localhost").configure_cert(context)
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    return context, tmp_path / "ca.pem"


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the clock of the key sets; tests move it."""
    now = [1000.0]
    monkeypatch.setattr(key_sets, "monotonic", lambda: now[0])
    return now


async def fetched(authority: tuple[ssl.SSLContext, Path], use: Callable[[Stub, Any], Awaitable[None]]) -> None:
    """Run *use* with a stub that serves keys, and the set at its address."""
    context, ca_file = authority
    async with a_stub(ssl_context=context) as stub:
        fetcher = KeyFetcher(ca_file)
        try:
            await use(stub, fetcher.key_set(stub.url))
        finally:
            await fetcher.close()


async def test_a_set_is_kept_and_asked_for_again_for_an_unknown_key_at_most_twice_a_minute(
    authority: tuple[ssl.SSLContext, Path], moment: list[float]
) -> None:
    async def use(stub: Stub, keys: Any) -> None:
        stub.answer = answering("a")
        assert await keys.key("a")
        assert await keys.key("b") is None
        assert len(stub.bodies) == 1
        stub.answer = answering("a", "b")
        moment[0] += 31
        assert await keys.key("b")
        assert [await keys.key("strange") for _ in range(3)] == [None] * 3
        assert len(stub.bodies) == 2

    await fetched(authority, use)


async def test_an_old_set_is_fetched_anew_and_counts_on_while_nobody_answers(
    authority: tuple[ssl.SSLContext, Path], moment: list[float]
) -> None:
    async def use(stub: Stub, keys: Any) -> None:
        stub.answer = answering("a", "b")
        assert await keys.key("a")
        moment[0] += 601
        stub.answer = lambda _: web.Response(status=500)
        assert await keys.key("a")
        assert len(stub.bodies) == 2
        assert await keys.key("a")
        assert len(stub.bodies) == 2
        moment[0] += 31
        stub.answer = answering("b")
        assert await keys.key("a") is None

    await fetched(authority, use)


async def test_many_callers_at_once_ask_once(authority: tuple[ssl.SSLContext, Path]) -> None:
    async def use(stub: Stub, keys: Any) -> None:
        stub.answer = answering("a")
        found = await asyncio.gather(*(keys.key("a") for _ in range(20)))
        assert all(found)
        assert len(stub.bodies) == 1

    await fetched(authority, use)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: web.Response(status=404),
        lambda _: web.Response(text="{}"),
        lambda _: web.Response(text=" " * (key_sets.LARGEST_SET + 1)),
        lambda request: web.Response(status=302, headers={"Location": str(request.url)}),
    ],
    ids=["status", "no keys", "too large", "redirect"],
)
async def test_nothing_else_is_taken_for_a_set(authority: tuple[ssl.SSLContext, Path], answer: Answer) -> None:
    async def use(stub: Stub, keys: Any) -> None:
        stub.answer = answer
        with pytest.raises(Unavailable):
            await keys.key("a")
        assert len(stub.bodies) == 1

    await fetched(authority, use)


async def test_tokens_are_verified_with_what_was_fetched_and_503_while_nothing_was(
    authority: tuple[ssl.SSLContext, Path],
) -> None:
    context, ca_file = authority
    async with a_stub(ssl_context=context) as stub:
        stub.answer = answering("a")
        rule = {"jwks": {"url": stub.url}, "issuer": "i", "audiences": ["u"], "algorithms": ["ES256"]}
        receiver = guarded([{"jwt": rule, **CLEAR}])
        async with listening(receiver, ca_file=ca_file) as running:
            assert await asked(running.port(), bearer(a_token("a"))) == (200, "ann")
        async with listening(receiver) as running:  # which does not trust the authority
            assert (await asked(running.port(), bearer(a_token("a"))))[0] == 503
            (line,) = await running.logged()

    assert (line["stage"], line["detail"]) == ("access", "jwt: the keys cannot be fetched")
