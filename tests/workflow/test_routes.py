"""What `route` and `cors` say is read without a mistake, or each mistake is named at its place."""

from typing import Any

import pytest

from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.options import NO_OPTIONS, RouteOptions, read_options
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.routes import prefix_route, read_route
from workflow_files import a_receiver


def mistakes(spec: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return where, code and message of every problem that *spec* adds to a sound workflow."""
    options, problems = read_options(spec)
    assert problems == ()
    before = prepare_workflow([a_receiver()]).problems
    found = prepare_workflow([a_receiver()], options=options)
    added = [one for one in found.problems if one not in before]
    assert (found.pipeline is None) == bool(added)
    return [(one.where, one.code.value, one.message) for one in added]


@pytest.mark.parametrize(
    ("path", "shown", "is_open"),
    [
        ("", "/api", False),
        ("/", "/api", False),
        ("a", "/api/a", False),
        ("/A/b%20c/", "/api/a/b%20c", False),
        ("{Name}/x", "/api/{Name}/x", False),
        ("*/x", "/api/*/x", False),
        ("*", "/api/*", True),
        ("a/*/{b}/*", "/api/a/*/{b}/*", True),
        ("a%2fb/c+d", "/api/a%2Fb/c%2Bd", False),
        ("%2A", "/api/%2A", False),
        ("...", "/api/...", False),
    ],
)
def test_a_template_is_read_and_shown(path: str, shown: str, is_open: bool) -> None:
    """In its normal form."""
    route, problems = read_route("Api", RouteOptions(path=path))
    assert (route.path, route.is_open, problems) == (shown, is_open, ())
    again, _ = read_route("", RouteOptions(path=shown))
    assert (again.steps, again.is_open) == (route.steps, route.is_open)


def test_without_a_path_everything_below_service_name_is_taken() -> None:
    """The contract's rule (3.1), with or without methods and hostnames."""
    assert read_route("api/v", NO_OPTIONS.route)[0] == prefix_route(("api", "v"))
    route, _ = read_route("api", RouteOptions(methods=("PUT", "GET", "PUT"), hostnames=("b.test", "a.test")))
    assert (route.path, route.methods, route.hosts) == ("/api/", ("GET", "PUT"), ("a.test", "b.test"))


@pytest.mark.parametrize(
    ("path", "objection"),
    [
        ("a//b", "a segment is empty"),
        ("//", "a segment is empty"),
        ("a*", '"a*" is neither plain text nor * nor {name}'),
        ("**", '"**" is neither plain text nor * nor {name}'),
        ("{a}b", '"{a}b" is neither plain text nor * nor {name}'),
        ("{}", '"{}" is neither plain text nor * nor {name}'),
        ("{1}", '"{1}" is neither plain text nor * nor {name}'),
        ("a b", '"a b" is neither plain text nor * nor {name}'),
        ("a?b", '"a?b" is neither plain text nor * nor {name}'),
        ("ä", '"ä" is neither plain text nor * nor {name}'),
        ("{a}/{a}", "the parameter a is there twice"),
        ("a/..", 'no request can hold ".."'),
        ("%2e/a", 'no request can hold "%2e"'),
        ("50%", 'no request can hold "50%"'),
        ("a%00", 'no request can hold "a%00"'),
        ("%FF", 'no request can hold "%FF"'),
    ],
)
def test_what_is_no_template_is_named(path: str, objection: str) -> None:
    """A path that no request could have, or that someone meant otherwise."""
    [(where, code, message)] = mistakes({"route": {"path": path}})
    assert (where, code) == ("spec.route.path", ProblemCode.ROUTE_PATH_INVALID)
    assert objection in message


@pytest.mark.parametrize("method", ["CONNECT", "FROB"])
def test_a_method_that_cannot_reach_a_receiver_is_named(method: str) -> None:
    """The parser refuses it, or its target is no path."""
    [(where, code, message)] = mistakes({"route": {"methods": ["GET", method]}})
    assert (where, code) == ("spec.route.methods[1]", ProblemCode.ROUTE_METHOD_INVALID)
    assert message.startswith(f"{method} cannot reach a receiver; possible are ACL, ")


@pytest.mark.parametrize("field", ["allowOrigins", "allowHeaders", "exposeHeaders"])
def test_everyone_with_credentials_is_named(field: str) -> None:
    """A browser would refuse every answer."""
    cors = {"allowOrigins": ["https://a.test"], "allowCredentials": True, field: ["*"]}
    assert [one[:2] for one in mistakes({"cors": cors})] == [
        (f"spec.cors.{field}", ProblemCode.CORS_CREDENTIALS_FOR_ALL)
    ]
    assert mistakes({"cors": cors | {"allowCredentials": False}}) == []


def test_a_method_for_pages_that_the_receiver_does_not_take_is_named() -> None:
    """No page could use it."""
    cors = {"allowOrigins": ["*"], "allowMethods": ["GET", "PUT"]}
    assert mistakes({"cors": cors}) == []
    [(where, code, message)] = mistakes({"cors": cors, "route": {"methods": ["GET"]}})
    assert (where, code) == ("spec.cors.allowMethods[1]", ProblemCode.CORS_METHOD_NOT_ROUTED)
    assert message == "PUT is not one of route.methods, so no page can use it."
