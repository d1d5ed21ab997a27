"""The whole document: always the same for the same receivers, and with nothing that is not for callers."""

import json
import random

import msgspec

from httpreceiver_workflow.endpoint import Scheme
from httpreceiver_workflow.openapi import endpoint_document
from openapi_documents import EACH_KIND, OVER_TLS, described, document_of, routed, who
from workflow_files import a_sender, with_activities


def test_a_document_is_the_same_whatever_the_order_of_receivers() -> None:
    """To the byte; so is its version."""
    receivers = [
        routed("b", "api", path="{x}/*"),
        routed("a", "api", path="{y}/logo", methods=["GET", "POST"]),
        routed("c", "api", hostnames=["lab.test"]),
        described("team/d", {"auth": EACH_KIND}, ServiceName="d", **OVER_TLS),
    ]
    expected = msgspec.json.encode(document_of(*receivers))
    for seed in range(5):
        random.Random(seed).shuffle(receivers)
        assert expected == msgspec.json.encode(document_of(*receivers))


def test_the_version_changes_with_what_callers_could_notice() -> None:
    """And with nothing else, such as the name of a workflow."""
    versions = [
        document_of(one)["info"]["version"]
        for one in (described(), described(Name="Internal name"), described(ServiceName="w"))
    ]
    assert versions[0] == versions[1] != versions[2]


def test_a_workflows_inner_texts_are_not_told() -> None:
    """Names of workflow and activities, URLs, and templates that are filled from messages or the host."""
    settings = with_activities(
        a_sender(Name="hidden-activity", Server="http://hidden-server.test/", MessageTemplate="hidden-message"),
        Name="hidden-name",
        WorkflowPatternName="hidden-pattern",
        ResponseMessageTemplate="hidden-response ${x}",
    )
    spec = {"variables": [{"name": "hidden-variable", "value": "hidden-value"}]}
    assert "hidden" not in json.dumps(document_of(described(spec=spec, settings=settings)))


def test_no_receivers_make_an_empty_document() -> None:
    """It is OpenAPI still."""
    assert {} == document_of()["paths"]


def test_documents_of_many_receivers_grow_with_their_number_only() -> None:
    """Each path asks only those that could answer there."""
    receivers = [described(f"team/r{number}", ServiceName=f"api/{number}") for number in range(300)]
    document = endpoint_document(Scheme.HTTP, 8080, receivers)
    assert 300 == len(document["paths"])
    assert all(len(who(item)) == 1 for item in document["paths"].values())


def test_tags_are_the_names_of_httpreceivers() -> None:
    """Without the namespace, which callers do not know."""
    document = document_of(described("team/b", ServiceName="w"), described("team/a"))
    assert [{"name": "a"}, {"name": "b"}] == document["tags"]
    assert "team" not in json.dumps(document)
