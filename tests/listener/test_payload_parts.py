"""`payload` of forms and multipart bodies in expressions, through a real socket: the logo of Mule's listener page."""

import pytest

from listening import a_request, body_of, exchange, listening, option_served, status_of

MULTIPART = "multipart/form-data; boundary=b"
FORM = "application/x-www-form-urlencoded"
LOGO = (
    b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nCorporate Logo\r\n'
    b'--b\r\nContent-Disposition: form-data; name="logo"; filename="MuleSoft_logo.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\xff\r\n"
    b'--b\r\nContent-Disposition: form-data; name="color"\r\n\r\nblue\r\n--b--\r\n'
)


async def answered(expression: str, body: bytes, content_type: str, **request: object) -> tuple[int, bytes]:
    """Return status and body of what answers with the value of *expression*."""
    spec = {"response": {"body": f"#[{expression}]", "contentType": "text/plain"}, "request": request}
    headers = ["Connection: close", f"Content-Type: {content_type}"]
    async with listening(option_served(spec, MessageType=13)) as running:
        answer = await exchange(running.port(), a_request(body=body, headers=headers))
        return status_of(answer), body_of(answer)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("payload.parts.color.content", b"blue"),
        ("payload.parts[0].content", b"Corporate Logo"),
        ("payload.parts.logo.headers['Content-Type']", b"image/png"),
        ("payload.parts[1].headers['Content-Disposition'].filename", b"MuleSoft_logo.png"),
        ("payload.parts.logo.content", b"\x89PNG\r\n\xff"),
    ],
)
async def test_parts_are_read_by_name_and_number(expression: str, value: bytes) -> None:
    """A file to its last byte."""
    assert (200, value) == await answered(expression, LOGO, MULTIPART)


async def test_a_content_with_zero_bytes_is_not_there_rather_than_cut() -> None:
    """The expression that asks for it fails, whatever stands beside it is read."""
    body = LOGO.replace(b"\xff", b"\0\xff")
    assert (500, b"") == await answered("payload.parts.logo.content", body, MULTIPART)
    assert (200, b"MuleSoft_logo.png") == await answered("payload.parts.logo.filename", body, MULTIPART)
    assert (200, b"false") == await answered("string(has(payload.parts.logo.content))", body, MULTIPART)


async def test_fields_of_a_form_are_read_by_name_and_all_of_one_name() -> None:
    assert (200, "1ü".encode()) == await answered("payload.a + payload.all.a[1]", b"a=1&a=%C3%BC", FORM)


async def test_the_payload_is_read_with_the_receivers_charset() -> None:
    assert (200, "€".encode()) == await answered("payload", b"\x80", "text/plain", charset="windows-1252")


@pytest.mark.parametrize(
    ("body", "request_options", "status"),
    [
        (LOGO[:-9], {}, 400),
        (LOGO.replace(b"blue", b"b\0ue"), {}, 400),
        (LOGO.replace(b'name="color"\r\n', b'name="color"\r\nContent-Type: text/plain; charset=none\r\n'), {}, 415),
        (LOGO, {"multipart": {"maxParts": 2}}, 413),
    ],
    ids=["cut off", "NUL", "unknown charset", "too many parts"],
)
async def test_parts_that_cannot_be_read_are_the_callers_mistake(
    body: bytes, request_options: dict[str, object], status: int
) -> None:
    assert status == (await answered("payload.parts.color.content", body, MULTIPART, **request_options))[0]
