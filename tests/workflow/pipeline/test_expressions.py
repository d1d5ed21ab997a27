"""`#[…]`: what expressions read, what they give, and what of them is refused or fails."""

from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from engine import Ran, create_variable, drive, receiver, request, transformers
from httpreceiver_workflow import Prepared, prepare_workflow
from httpreceiver_workflow.options import read_options
from httpreceiver_workflow.pipeline.effects import FaultKind, OutcomeKind, Reply
from httpreceiver_workflow.pipeline.runner import run_pipeline
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.resources import GlobalVariable, Resources


@dataclass(frozen=True)
class Given:
    """The attributes of one request."""

    scheme: str = "https"
    version: str = "HTTP/1.1"
    listener_path: str = "/api/v1/account/{accountId}/*"
    raw_path: str = "/api/v1/account/sales%20force/x"
    uri_params: dict[str, str] = field(default_factory=lambda: {"accountId": "sales force"})
    headers: tuple[tuple[str, str], ...] = (("Host", "a:1"), ("X-Tag", "one"), ("x-tag", "two"))
    remote_address: str = "192.0.2.7:50000"
    local_address: str = "127.0.0.1:8081"
    client_certificate: dict[str, str] = field(default_factory=dict)
    correlation_id: str = "abc-1"


def prepared(resources: Resources | None = None, **spec: Any) -> Prepared:
    """Return a workflow of text messages with *spec* beside it."""
    options, problems = read_options(spec)
    assert problems == ()
    settings = [
        receiver(VariableTransformers="00000000-0000-0000-0000-0000000000d1"),
        transformers("d1", create_variable("LogoName", "Corporate Logo", 2)),
    ]
    return prepare_workflow(settings, resources or Resources(), options)


def ran(expression: str, body: str | bytes = "", **fields: Any) -> Ran:
    """Return the run of a receiver whose body is *expression*."""
    made = prepared(response={"body": f"#[{expression}]"})
    assert made.pipeline is not None, made.problems
    inbound = request(body, **{"rest": "account/sales%20force/x", "attributes": Given(), **fields})
    return drive(run_pipeline(made.pipeline, inbound), lambda _: Reply())


def text(expression: str, body: str | bytes = "", **fields: Any) -> str:
    """Return the body that *expression* gives."""
    result = ran(expression, body, **fields)
    assert result.outcome.fault is None
    return result.text


QUERY: Final = "overwrite=true&notify=jane.doe&notify=admin&empty=&Case=1"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("attributes.method", "POST"),
        ("attributes.scheme", "https"),
        ("attributes.version", "HTTP/1.1"),
        ("attributes.listenerPath", "/api/v1/account/{accountId}/*"),
        ("attributes.requestPath", "/api/v1/account/sales force/x"),
        ("attributes.rawRequestPath", "/api/v1/account/sales%20force/x"),
        ("attributes.relativePath", "/account/sales force/x"),
        ("attributes.requestUri", f"/api/v1/account/sales%20force/x?{QUERY}"),
        ("attributes.queryString", QUERY),
        ("attributes.queryParams.notify", "jane.doe"),
        ("attributes.queryParams.all.notify", '["jane.doe","admin"]'),
        ("attributes.queryParams.all['notify'].join(', ')", "jane.doe, admin"),
        ("attributes.queryParams.all.?nobody.orValue([]).size()", "0"),
        ("attributes.queryParams.empty", ""),
        ("has(attributes.queryParams.case)", "false"),
        ("attributes.headers['x-tag']", "one"),
        ("attributes.headers.all['x-tag'].join('+')", "one+two"),
        ("attributes.uriParams.accountId", "sales force"),
        ("attributes.remoteAddress", "192.0.2.7:50000"),
        ("attributes.clientName", ""),
        ("attributes.localAddress", "127.0.0.1:8081"),
        ("has(attributes.clientCertificate.subject)", "false"),
        ("correlationId", "abc-1"),
    ],
)
def test_attributes_are_those_of_a_mule_listener(expression: str, value: str) -> None:
    assert text(expression, query=QUERY) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("vars.logoName + ' has been stored'", "Corporate Logo has been stored"),
        ("vars['LOGOname']", "Corporate Logo"),
        ("vars.?errorCode.orValue('500')", "500"),
        ("has(vars.errorCode) ? vars.errorCode : 'none'", "none"),
        ("vars.HttpMethod", "POST"),
        ("vars.HttpMethod + ' of vars'", "POST of vars"),
        ("vars.CLIENTIP", "192.0.2.7"),
    ],
)
def test_variables_ignore_letter_case_as_in_workflows(expression: str, value: str) -> None:
    assert text(expression) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("payload.name + ' ' + payload.surname", "John Doe"),
        ("string(payload.phone)", "701222369"),
        ("payload.?headers['Content-Type'].orValue('none')", "none"),
        ("payload.tags.map(tag, tag.upper()).join('-')", "Ä-B"),
        ("payload", '{"name":"John","phone":701222369,"surname":"Doe","tags":["ä","b"]}'),
    ],
)
def test_a_json_payload_is_walked(expression: str, value: str) -> None:
    body = '{"name":"John","surname":"Doe","phone":701222369,"tags":["ä","b"]}'
    found = ran(expression, body, content_type="application/vnd.contact+json; charset=utf-8")
    kind = "application/json" if value.startswith("{") else "text/plain; charset=utf-8"
    assert (found.text, found.response.content_type) == (value, kind)


@pytest.mark.parametrize(
    "written",
    ["9223372036854775807", "9223372036854775808", "-12345678901234567890123", "0.1", "12.345678901234567890123"],
)
def test_a_number_keeps_every_digit(written: str) -> None:
    """What neither an integer nor a double of the language holds is its text."""
    assert text("string(payload)", written, content_type="application/json") == written


def test_other_bodies_are_text_in_their_charset() -> None:
    assert text("payload", "grün".encode("latin-1"), content_type="text/plain; charset=iso-8859-1") == "grün"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1.0", "1"),
        ("1.5", "1.5"),
        ("true", "true"),
        ("null", ""),
        ("[1, 'a', null]", '[1,"a",null]'),
        ("b'raw'", "raw"),
        ("timestamp('2026-01-02T03:04:05Z')", "2026-01-02T03:04:05Z"),
        ("'Grün'.upper() + 'ÉA'.lower()", "GRÜNéa"),
        ("'a,b'.split(',')", '["a","b"]'),
        ("' a '.trim().replace('a', 'b')", "b"),
        ("'2026-11'.matches('^[0-9]{4}-[0-9]{2}$')", "true"),
        ("'%s of %d'.format(['one', 2])", "one of 2"),
    ],
)
def test_what_an_expression_gives_has_a_text_form(expression: str, value: str) -> None:
    assert text(expression) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 +", "column 4: Syntax error"),
        ("attributes.mehtod", "undeclared reference to 'attributes.mehtod'"),
        ("nobody", "undeclared reference to 'nobody'"),
        ("error.kind", "undeclared reference to 'error.kind'"),
        ("attributes.method + 1", "found no matching overload for '_+_'"),
        ("vars.?a", "end the optional with .orValue"),
        ("type(1)", "the result is a type"),
        ("attributes.headers['Content-Type']", "headers have lower-case keys, so write content-type for Content-Type"),
        ("size(vars)", "write vars.Name"),
        ("vars.map(name, name)", "write vars.Name"),
        ("vars[attributes.method]", "write vars.Name"),
        ("vars['a'] + string(vars.size()) + vars['b']", "write vars.Name"),
        (r"'it\'s ' + string(vars.size()) + 'me'", "write vars.Name"),
        ("open('/etc/passwd')", "undeclared reference to 'open'"),
        ("(" * 100 + "1" + ")" * 100, "recursion"),
    ],
)
def test_a_mistake_is_told_at_load_with_its_place(expression: str, message: str) -> None:
    [problem] = prepared(variables=[{"name": "a", "value": "b"}, {"name": "c", "value": f"#[{expression}]"}]).problems
    assert (problem.where, problem.code) == ("spec.variables[1].value", ProblemCode.EXPRESSION_MALFORMED)
    assert message in problem.message


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("attributes.queryParams.nobody", "Key not found"),
        ("payload.name.first", "SELECT"),
        ("{'a': [payload.nobody]}", "Key not found"),
        ("{true: 1}", "no JSON form"),
        ("[type(1)]", "no JSON form"),
        ("payload.count + 1.5", "No matching overloads"),
        ("1 / (size(payload) - 2)", "divide by zero"),
        ("'a'.matches(payload.name)", "invalid regular expression"),
        (f"{[0] * 200}.map(a, {[0] * 200}.map(b, a + b)).size()", "budget"),
    ],
)
def test_a_failing_expression_is_a_fault_of_its_kind(expression: str, told: str) -> None:
    """Also one that would not end."""
    result = ran(expression, '{"name":"(","count":1}', content_type="application/json")
    assert result.outcome.kind is OutcomeKind.ERRORED
    assert result.outcome.fault is not None
    assert result.outcome.fault.kind is FaultKind.EXPRESSION
    assert told in result.outcome.fault.message
    assert result.response.status == 500


@pytest.mark.parametrize(
    ("expression", "body", "fields"),
    [
        ("payload.a", '{"a":', {}),
        ("payload.a", '{"a":"x\\u0000y"}', {}),
        ("payload.a", "[" * 100_000, {}),
        ("payload", "x\0y", {"content_type": "text/plain"}),
        ("attributes.queryParams.a", "", {"query": "a=x%00y"}),
        ("attributes.queryParams.a", "", {"query": "a=\udcff"}),
    ],
)
def test_a_request_that_cannot_be_read_is_the_callers_mistake(expression: str, body: str, fields: Any) -> None:
    """A text would be cut at its NUL; half a value never passes for the whole."""
    result = ran(expression, body, **{"content_type": "application/json", **fields})
    assert result.outcome.fault is not None
    assert result.outcome.fault.kind is FaultKind.BAD_REQUEST
    assert result.response.status == 400


def test_a_name_in_a_literal_is_not_read() -> None:
    """A body that is no JSON does not matter to an expression that only speaks of the payload."""
    assert text("'the payload: ' + attributes.method", "{", content_type="application/json") == "the payload: POST"


def test_a_pattern_that_backtracks_without_end_elsewhere_ends_here() -> None:
    assert text("'" + "a" * 5000 + "!'.matches('^(a+)+$')") == "false"


def test_request_data_is_never_scanned_for_expressions_or_placeholders() -> None:
    assert text("payload", "#[1 + 1] ${UUID}", content_type="text/plain") == "#[1 + 1] ${UUID}"


def test_variables_are_set_in_order_before_all_else() -> None:
    made = prepared(
        variables=[
            {"name": "Account", "value": "#[attributes.uriParams.accountId]"},
            {"name": "Greeting", "value": "Hello ${Account}"},
            {"name": "Loud", "value": "#[vars.greeting.upper()]"},
        ],
        response={"body": "${Loud}!"},
    )
    assert made.pipeline is not None
    assert drive(run_pipeline(made.pipeline, request(attributes=Given())), lambda _: Reply()).text == (
        "HELLO SALES FORCE!"
    )


def test_a_variable_that_cannot_be_made_stops_the_run_before_its_first_activity() -> None:
    made = prepared(variables=[{"name": "a", "value": "#[attributes.queryParams.a]"}])
    assert made.pipeline is not None
    result = drive(run_pipeline(made.pipeline, request(attributes=Given())), lambda _: Reply())
    assert (result.outcome.kind, result.response.status) == (OutcomeKind.ERRORED, 500)


@pytest.mark.parametrize(
    ("names", "code"),
    [(["UUID"], ProblemCode.VARIABLE_READ_ONLY), (["a", "A"], ProblemCode.VARIABLE_NAME_DUPLICATE)],
)
def test_a_variable_without_effect_is_warned_of(names: list[str], code: ProblemCode) -> None:
    [problem] = prepared(variables=[{"name": name, "value": "1"} for name in names]).problems
    assert (problem.code, problem.where) == (code, f"spec.variables[{len(names) - 1}].name")


def test_global_variables_are_read_and_only_the_named_ones() -> None:
    made = prepared(
        Resources((GlobalVariable("Other", "8"), GlobalVariable("Ward", "7"))),
        response={"body": "#['ward ' + vars.ward]"},
    )
    assert made.pipeline is not None
    assert made.read.global_variables == (GlobalVariable("Ward", "7"),)
    assert drive(run_pipeline(made.pipeline, request()), lambda _: Reply()).text == "ward 7"
    assert not made.pipeline.reads_attributes
