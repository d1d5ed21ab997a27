"""What a cluster made of files remembers from one reading to the next."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from httpreceiver_cli.local_cluster import Answer, LocalCluster
from httpreceiver_operator.names import ObjectName

RECEIVER = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def write(path: Path, port: int = 8080, **fields: Any) -> None:
    """Write a small workflow."""
    workflow = {"$type": RECEIVER, "Id": "00000000-0000-0000-0000-0000000000a1", "Port": port}
    path.write_text(json.dumps(workflow | fields))


def served(answer: Answer) -> set[str]:
    """Return the receivers that hold an address."""
    return {receiver.name.removeprefix("default/") for one in answer.plan.endpoints for receiver in one.receivers}


def generation(answer: Answer, name: str) -> int:
    """Return the generation of a receiver."""
    return int(answer.receivers[ObjectName("default", name)]["metadata"]["generation"])


def test_a_newcomer_does_not_push_out_who_serves(tmp_path: Path) -> None:
    """Even if it is first by name; and it takes over when the holder is gone."""
    cluster = LocalCluster([tmp_path])
    write(tmp_path / "b.json")
    assert served(cluster.ask(NOW)) == {"b"}
    write(tmp_path / "a.json")
    assert served(cluster.ask(NOW + timedelta(seconds=1))) == {"b"}
    (tmp_path / "b.json").unlink()
    assert served(cluster.ask(NOW + timedelta(seconds=2))) == {"a"}


def test_an_edit_keeps_the_address(tmp_path: Path) -> None:
    """The file's time does not matter, nor does its content elsewhere."""
    cluster = LocalCluster([tmp_path])
    write(tmp_path / "a.json")
    write(tmp_path / "b.json")
    assert served(cluster.ask(NOW)) == {"a"}
    write(tmp_path / "a.json", ResponseMessageTemplate="new")
    answer = cluster.ask(NOW + timedelta(seconds=1))
    assert served(answer) == {"a"}
    assert (generation(answer, "a"), generation(answer, "b")) == (2, 1)


def test_a_file_that_comes_back_is_new(tmp_path: Path) -> None:
    """As an object deleted and made again is in a cluster."""
    cluster = LocalCluster([tmp_path])
    write(tmp_path / "a.json")
    cluster.ask(NOW)
    write(tmp_path / "b.json")
    (tmp_path / "a.json").unlink()
    assert served(cluster.ask(NOW + timedelta(seconds=1))) == {"b"}
    write(tmp_path / "a.json", ResponseMessageTemplate="again")
    answer = cluster.ask(NOW + timedelta(seconds=2))
    assert served(answer) == {"b"}
    assert generation(answer, "a") == 1


@pytest.mark.parametrize("broken", ["", "{", '{"$type": "Nobody"}'])
def test_the_last_good_version_is_kept(tmp_path: Path, broken: str) -> None:
    """Of a workflow with mistakes, which its conditions name."""
    cluster = LocalCluster([tmp_path])
    write(tmp_path / "a.json", ResponseMessageTemplate="good")
    cluster.ask(NOW)
    (tmp_path / "a.json").write_text(broken)
    answer = cluster.ask(NOW + timedelta(seconds=1))
    [endpoint] = answer.plan.endpoints
    assert '"good"' in endpoint.receivers[0].workflow
    accepted = answer.receivers[ObjectName("default", "a")]["status"]["conditions"][0]
    assert (accepted["type"], accepted["status"], accepted["reason"]) == ("Accepted", "False", "InvalidWorkflow")


def test_the_answer_does_not_depend_on_the_order_of_paths(tmp_path: Path) -> None:
    """Age is equal at the start, so names decide."""
    write(tmp_path / "a.json")
    write(tmp_path / "b.json")
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    assert served(LocalCluster(paths).ask(NOW)) == served(LocalCluster(paths[::-1]).ask(NOW)) == {"a"}


def test_the_service_port_moves_hosted_receivers(tmp_path: Path) -> None:
    """And only those."""
    write(tmp_path / "hosted.json", UseIntegrationHostServiceAddress=True)
    write(tmp_path / "own.json", port=8081, ServiceName="own")
    answer = LocalCluster([tmp_path], service_port=9000).ask(NOW)
    assert [endpoint.port for endpoint in answer.plan.endpoints] == [8081, 9000]
