"""Which paths, methods and hosts a document has, and who answers there: as the listener would route."""

from httpreceiver_workflow.endpoint import Scheme
from openapi_documents import described, document_of, routed, who

SECTIONS = {
    "ExtractUrlSections": True,
    "UrlSections": [
        {"VariableName": "patientId", "SampleVariableValue": "12345"},
        {"VariableName": "kind", "SampleVariableValue": "visit", "SampleValueIsDefaultValue": True},
    ],
}


def test_without_a_route_everything_at_and_below_service_name_is_one_path_with_any_method() -> None:
    """Two extensions say so; POST stands for every method."""
    document = document_of(routed("a", "Api/Patient List"))
    assert ["/api/patient%20list"] == list(document["paths"])
    item = document["paths"]["/api/patient%20list"]
    assert ("a.post", True) == (item["x-any-method"], item["x-further-segments"])
    assert {"post": "a.post"} == who(item)
    assert [{"url": "http://{host}:8080", "variables": {"host": {"default": "localhost"}}}] == document["servers"]


def test_each_url_section_has_a_path_of_its_own() -> None:
    """The shorter ones are how a default is asked for."""
    document = document_of(described(ServiceName="p", **SECTIONS))
    assert ["/p", "/p/{patientId}", "/p/{patientId}/{kind}"] == list(document["paths"])
    patient, kind = document["paths"]["/p/{patientId}/{kind}"]["parameters"]
    assert ("patientId", "path", True, "12345") == (
        patient["name"],
        patient["in"],
        patient["required"],
        patient["example"],
    )
    assert "The path without it means visit." == kind["description"]
    assert {"post": "a.post.3"} == who(document["paths"]["/p/{patientId}/{kind}"])


def test_a_template_is_a_path_and_its_wildcards_are_parameters() -> None:
    """One in the middle is one segment; one at the end any number, so the path without it is there too."""
    document = document_of(routed("a", "api", path="{id}/*/logo", methods=["GET"]), routed("b", "b", path="{rest}/*"))
    assert ["/api/{id}/{any}/logo", "/b/{rest}", "/b/{rest}/{rest2}"] == list(document["paths"])
    assert "x-further-segments" not in document["paths"]["/api/{id}/{any}/logo"]
    [_, rest] = document["paths"]["/b/{rest}/{rest2}"]["parameters"]
    assert rest["x-further-segments"] is True


def test_receivers_share_a_path_by_method_whatever_they_call_its_parameters() -> None:
    """Who takes all methods is shown with the first that no other has."""
    document = document_of(
        routed("read", "api", path="account/{accountId}", methods=["GET"]),
        routed("write", "api", path="account/{id}", methods=["POST", "PUT"]),
        routed("other", "api", path="account/{x}"),
    )
    assert ["/api/account/{x}"] == list(document["paths"])
    item = document["paths"]["/api/account/{x}"]
    assert {"get": "read.get", "put": "write.put", "post": "write.post", "patch": "other.patch"} == who(item)
    assert "other.patch" == item["x-any-method"]


def test_a_less_specific_receiver_stands_at_a_path_with_the_methods_that_are_left() -> None:
    """As the listener would let a request fall through to it."""
    document = document_of(
        routed("exact", "api/logo", path="/", methods=["GET"]),
        routed("one", "api", path="{any}", methods=["GET", "POST"]),
        routed("rest", "api", path="*", methods=["GET", "POST", "DELETE"]),
        routed("unlisted", "api", path="logo/*"),
    )
    found = who(document["paths"]["/api/logo"])
    assert {"get": "exact.get", "post": "unlisted.post"} == found  # a final * stands for nothing too
    assert {"get": "one.get", "post": "one.post", "delete": "rest.delete.2"} == who(document["paths"]["/api/{any}"])


def test_methods_that_openapi_has_no_place_for_are_additional_operations() -> None:
    """By the name and place that OpenAPI 3.2 gives them, as an extension."""
    item = document_of(routed("a", "api", methods=["PURGE", "GET"]))["paths"]["/api"]
    assert {"get": "a.get"} == who(item)
    assert "a.purge" == item["x-additional-operations"]["PURGE"]["operationId"]


def test_hostnames_are_servers() -> None:
    """A wildcard is a variable."""
    item = document_of(routed("a", "api", hostnames=["lab.test", "*.clinic.test"]), scheme=Scheme.HTTPS)["paths"][
        "/api"
    ]
    assert [
        {"url": "https://{name}.clinic.test:8080", "variables": {"name": {"default": "www"}}},
        {"url": "https://lab.test:8080"},
    ] == item["post"]["servers"]
    assert "404" in item["post"]["responses"]


def test_who_answers_elsewhere_at_a_host_of_its_own_stands_beside_the_path() -> None:
    """A path item has one operation for a method; the others are told with their hosts."""
    item = document_of(routed("all", "api"), routed("lab", "api", hostnames=["lab.test"]))["paths"]["/api"]
    assert "all.post" == item["post"]["operationId"]
    [elsewhere] = item["x-at-hostnames"]
    assert ("any", "lab.post") == (elsewhere["method"], elsewhere["operation"]["operationId"])
    assert [{"url": "http://lab.test:8080"}] == elsewhere["operation"]["servers"]


def test_where_every_method_is_listed_what_is_left_is_an_additional_operation() -> None:
    """Called `*`, since no method of a path item is free to stand for it."""
    listed = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE"]
    item = document_of(routed("listed", "api", methods=listed), routed("left", "api"))["paths"]["/api"]
    assert "left.*" == item["x-any-method"] == item["x-additional-operations"]["*"]["operationId"]
    assert len(listed) == len(who(item))
