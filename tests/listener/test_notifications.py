"""Notifications of a workflow in the listener's log."""

from typing import Any

from httpreceiver_workflow.endpoint import ServedReceiver
from listening import a_request, exchange, listening, serving, status_of, until
from workflow_files import object_of, with_actions

CLOSE = ["Connection: close"]


def notifying(text: str = "order ${HttpMethod}", critical: bool = True, **members: Any) -> ServedReceiver:
    """Return a receiver that notifies once per request."""
    action = object_of("NotificationTransformerAction", FromPath=text, FromDirection=2, Critical=critical)
    return serving(with_actions(action, **{"ResponseMessageTemplate": '"ok"', **members}))


async def test_a_notification_is_logged_without_its_text() -> None:
    async with listening(notifying()) as running:
        answer = await exchange(running.port(), a_request(headers=CLOSE))
        [line] = await running.logged()
        await until(lambda: running.events("notification"))

    place = {"id": line["id"], "receiver": "team/a", "action": "$[1].Transformers[0]"}
    assert status_of(answer) == 200
    assert running.events("notification") == [{**place, "critical": True}]


async def test_the_text_is_logged_where_texts_may_be() -> None:
    async with listening(notifying(critical=False), log_fault_messages=True) as running:
        await exchange(running.port(), a_request(headers=CLOSE))
        await until(lambda: running.events("notification"))

    [event] = running.events("notification")
    assert (event["critical"], event["text"]) == (False, "order POST")


async def test_a_notification_after_an_early_answer_is_logged_too() -> None:
    async with listening(notifying(ReponsePriority=0)) as running:
        await exchange(running.port(), a_request(headers=CLOSE))
        await until(lambda: running.events("notification"))

    assert len(running.events("notification")) == 1


async def test_a_loop_of_notifications_does_not_flood_the_log() -> None:
    loop = object_of("ForEachTransformerAction", FromPath="a", FromSetting="00000000-0000-0000-0000-0000000000a1")
    action = object_of("NotificationTransformerAction", FromPath="x", FromDirection=2)
    actions = with_actions(loop, action, object_of("NextTransformerAction"), ResponseMessageTemplate='"ok"')
    async with listening(serving(actions)) as running:
        body = b'{"a":[' + b",".join([b"1"] * 150) + b"]}"
        await exchange(running.port(), a_request(body=body, headers=CLOSE))
        await until(lambda: running.events("notifications-left-out"))

    assert len(running.events("notification")) == 100
    assert running.events("notifications-left-out")[0]["count"] == 50
