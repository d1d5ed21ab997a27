"""One request recorded in full: for whom, what is in the record, and that nobody else notices."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guarded import CLEAR, guarded
from httpreceiver_listener.debugging.debugger import NOT_TWICE, RECORDS_PER_S
from httpreceiver_listener.debugging.record import LARGEST_RECORD, LONGEST_TEXT
from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.options import read_options
from httpreceiver_workflow.resources import CodeOverride, code_digest, resources_of
from listening import (
    Running,
    a_request,
    a_served,
    a_stub,
    body_of,
    exchange,
    forwarding,
    listening,
    option_served,
    serving,
    status_of,
    until,
)
from workflow_files import TRANSFORMERS_ID, a_receiver

TOKEN = "0123456789abcdef-token"
ASKING = f"X-Httpreceiver-Debug: {TOKEN}"
CLOSE = "Connection: close"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """Return a folder with one token, as a mounted Secret has it."""
    folder = tmp_path / "tokens"
    folder.mkdir()
    (folder / "anna").write_text(f"{TOKEN}\n")
    return folder


async def recorded(running: Running, count: int = 1) -> list[dict[str, Any]]:
    """Return the records once there are *count* of them."""
    await until(lambda: len(running.events("debug")) >= count)
    return running.events("debug")


async def one_record(served: ServedReceiver, tokens: Path, sent: bytes, **options: Any) -> dict[str, Any]:
    """Return the record of one request."""
    async with listening(served, debug_tokens=tokens, **options) as running:
        await exchange(running.port(), sent)
        [record] = await recorded(running)
    return record


# --- what is recorded ------------------------------------------------------------------------------------------------


async def test_a_flagged_request_is_one_record_of_all_its_steps(tokens: Path) -> None:
    async with a_stub() as stub, listening(forwarding(stub.url), debug_tokens=tokens) as running:
        await exchange(running.port(), a_request("/v/x?a=1", b'{"b":2}', headers=[ASKING, "X-Any: c", CLOSE]))
        [record] = await recorded(running)
        [line] = running.requests()

    assert (record["id"], record["receiver"], record["by"]) == (line["id"], "team/a", "anna")
    assert record["request"] == {
        "method": "POST",
        "path": "/v/x",
        "query": "a=1",
        "version": "1.1",
        "client": "127.0.0.1",
        "client_name": "",
        "headers": [["Host", "test"], ["X-Any", "c"], ["Connection", "close"], ["Content-Length", "7"]],
        "body_bytes": 7,
    }
    assert (record["answer"]["status"], record["answer"]["outcome"]) == (200, "completed")
    kinds = [event["event"] for event in record["events"]]
    assert kinds == [
        *("RequestRead", "ActivityBegan", "MessageBuilt", "CallMade", "Replied", "ReplyStored"),
        *("MessageBuilt", "Responded", "Ended"),
    ]
    assert record["events"][0]["text"] == '{"b":2}'


async def test_it_is_answered_as_if_it_were_not_recorded(tokens: Path) -> None:
    async with listening(a_served(ResponseMessageTemplate="${B}", MessageType=13), debug_tokens=tokens) as running:
        plain = await exchange(running.port(), a_request(headers=[CLOSE]))
        watched = await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))
        wrong = await exchange(running.port(), a_request(headers=["X-Httpreceiver-Debug: nobody-has-this", CLOSE]))
        await recorded(running)

    without_date = re.compile(rb"Date: [^\r]*\r\n")
    assert len({without_date.sub(b"", answer) for answer in (plain, watched, wrong)}) == 1


async def test_what_follows_an_early_answer_is_in_the_record_too(tokens: Path) -> None:
    async with a_stub() as stub:
        stub.gate.clear()
        async with listening(forwarding(stub.url, ReponsePriority=0), debug_tokens=tokens) as running:
            await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))
            await running.logged()
            before = running.events("debug")
            stub.gate.set()
            [record] = await recorded(running)

    assert before == []
    assert [event["outcome"] for event in record["events"] if event["event"] == "Ended"] == ["completed"]


async def test_a_request_that_is_refused_before_its_run_is_recorded_without_steps(tokens: Path) -> None:
    async with listening(a_served(suspended=True), debug_tokens=tokens) as running:
        await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))
        await exchange(running.port(), a_request("/no", headers=[ASKING, CLOSE]))
        records = await recorded(running, 2)

    assert [(one["answer"]["status"], one["receiver"], one["events"]) for one in records] == [
        (503, "team/a", []),
        (404, "", []),
    ]


async def test_a_run_that_nobody_waits_for_is_recorded_as_far_as_it_came(tokens: Path) -> None:
    async with a_stub() as stub:
        stub.gate.clear()
        options, _ = read_options({"limits": {"requestTimeout": "100ms", "onTimeout": "Cancel"}})
        served = msgspec.structs.replace(forwarding(stub.url), options=options)
        record = await one_record(served, tokens, a_request(headers=[ASKING, CLOSE]))

    assert record["answer"]["status"] == 504
    assert [event["event"] for event in record["events"]][-1] == "CallMade"


async def test_a_run_of_code_keeps_its_state_and_is_recorded_without_steps(tokens: Path) -> None:
    source = "n = 0\ndef run(context):\n    global n\n    n += 1\n    context.set_variable('n', str(n))\n"
    code = {"$type": "x.CodeTransformerAction", "Code": "return;"}
    actions = {"$type": "x.TransformerSetting", "Id": TRANSFORMERS_ID, "Transformers": [code]}
    receiver = a_receiver(VariableTransformers=TRANSFORMERS_ID, MessageType=13, ResponseMessageTemplate="${n}")
    override = CodeOverride(code_digest("return;"), source)
    served = msgspec.structs.replace(
        serving([receiver, actions]), resources=resources_of({}, code_overrides=[override])
    )
    async with listening(served, debug_tokens=tokens) as running:
        plain = await exchange(running.port(), a_request(headers=[CLOSE]))
        flagged = await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))
        [record] = await recorded(running)

    assert (body_of(plain), body_of(flagged)) == (b"1", b"2")
    assert (record["events"], record["note"]) == ([], NOT_TWICE)


# --- what is not -----------------------------------------------------------------------------------------------------


async def test_secrets_of_the_request_are_masked_wherever_they_turn_up(tokens: Path) -> None:
    spec = {"auth": [{"apiKey": {"query": "from", "secretRef": {"name": "keys"}}, **CLEAR}]}
    secret = guarded(spec["auth"], {"keys": {"lab": "CANARY-1"}})
    options, problems = read_options(
        {
            **spec,
            "variables": [
                {"name": "Key", "value": "#[attributes.queryParams['from']]"},
                {"name": "Cookie2", "value": "#[attributes.headers['cookie']]"},
                {"name": "Any", "value": "#[attributes.headers['x-upload-signature']]"},
            ],
        }
    )
    assert not problems
    served = msgspec.structs.replace(
        a_served(ResponseMessageTemplate="${Key} ${Cookie2} ${Any}", MessageType=13),
        options=options,
        credentials=secret.credentials,
    )
    headers = ["Authorization: Bearer CANARY-2", "Cookie: CANARY-3", "X-Upload-Signature: CANARY-4", ASKING, CLOSE]
    async with listening(served, debug_tokens=tokens) as running:
        answer = await exchange(running.port(), a_request("/v?from=CANARY-1&password=CANARY-5", headers=headers))
        [record] = await recorded(running)

    assert body_of(answer) == b"CANARY-1 CANARY-3 CANARY-4"
    assert "CANARY" not in json.dumps(record)
    assert TOKEN not in json.dumps(running.lines)


async def test_a_workflow_never_sees_the_header(tokens: Path) -> None:
    served = option_served(
        {"variables": [{"name": "Seen", "value": "#['x-httpreceiver-debug' in attributes.headers ? 'seen' : 'not']"}]},
        ResponseMessageTemplate="${Seen}",
        MessageType=13,
    )
    async with listening(served, debug_tokens=tokens) as running:
        flagged = await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))
    async with listening(served) as running:
        off = await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))

    assert (body_of(flagged), body_of(off)) == (b"not", b"not")


async def test_a_record_is_bounded(tokens: Path) -> None:
    body = json.dumps({"a": "x" * 2_000_000}).encode()
    record = await one_record(a_served(), tokens, a_request(body=body, headers=[ASKING, CLOSE]))

    assert len(record["events"][0]["text"]) < LONGEST_TEXT + 100
    assert len(json.dumps(record)) < 2 * LARGEST_RECORD


async def test_bytes_that_are_not_utf8_are_recorded_escaped(tokens: Path) -> None:
    sent = a_request(body=b"\xff", headers=[ASKING, "X-Any: \udcff", CLOSE])
    record = await one_record(a_served(MessageType=13), tokens, sent)

    assert ["X-Any", "\\xff"] in record["request"]["headers"]


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        ["X-Httpreceiver-Debug: nobody-has-this"],
        [f"X-Httpreceiver-Debug: {TOKEN}x"],
        ["X-Httpreceiver-Debug:"],
        [ASKING, ASKING],
        [f"Cookie: X-Httpreceiver-Debug={TOKEN}"],
        [],
    ],
)
async def test_without_the_token_nothing_is_recorded(tokens: Path, headers: list[str]) -> None:
    async with listening(a_served(), debug_tokens=tokens) as running:
        answer = await exchange(running.port(), a_request(headers=[*headers, CLOSE]))

    assert status_of(answer) == 200
    assert running.events("debug") == []
    assert TOKEN not in json.dumps(running.lines)
    reasons = [event["reason"] for event in running.events("debug-refused")]
    assert reasons == (["unknown token"] if any("Debug:" in one for one in headers) else [])


async def test_without_tokens_the_header_means_nothing() -> None:
    async with listening(a_served()) as running:
        await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))

    assert running.events("debug") + running.events("debug-refused") == []


async def test_a_new_token_counts_without_a_restart_and_an_old_one_no_more(tokens: Path) -> None:
    async with listening(a_served(), debug_tokens=tokens) as running:
        await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))
        await recorded(running)
        (tokens / "anna").unlink()
        (tokens / "bert").write_text("another-token-of-bert")
        async with asyncio.timeout(10):
            while len(running.events("debug")) == 1:
                await exchange(
                    running.port(), a_request(headers=["X-Httpreceiver-Debug: another-token-of-bert", CLOSE])
                )
        await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))
        await running.logged()

    by = [one["by"] for one in running.events("debug")]
    assert (by[0], {*by[1:]}) == ("anna", {"bert"})


async def test_a_token_that_is_too_short_is_none_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "weak").write_text("short")
    async with listening(a_served(), debug_tokens=tmp_path) as running:
        await exchange(running.port(), a_request(headers=["X-Httpreceiver-Debug: short", CLOSE]))

    assert running.events("debug") == []
    assert running.events("unreadable") == [{"message": "The debug token weak has less than 16 bytes."}]


async def test_a_folder_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    async with listening(a_served(), debug_tokens=tmp_path / "none") as running:
        answer = await exchange(running.port(), a_request(headers=[ASKING, CLOSE]))

    assert status_of(answer) == 200
    assert running.events("unreadable") == [{"message": "The debug tokens cannot be read: No such file or directory."}]


async def test_only_so_many_are_recorded_at_once_and_all_are_answered(tokens: Path) -> None:
    async with listening(a_served(), debug_tokens=tokens) as running:
        answers = await asyncio.gather(
            *(exchange(running.port(), a_request(headers=[ASKING, CLOSE])) for _ in range(60))
        )

    assert {status_of(answer) for answer in answers} == {200}
    # Sixty requests take well below five seconds, in each of which so many are recorded.
    assert RECORDS_PER_S <= len(running.events("debug")) <= 5 * RECORDS_PER_S
    assert {event["reason"] for event in running.events("debug-refused")} == {"too many at once"}
