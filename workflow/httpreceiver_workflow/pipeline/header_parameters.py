"""A header's value with its parameters: ``form-data; name="logo"; filename*=UTF-8''n%C3%A4he.png``."""

from typing import Final

from httpreceiver_workflow.pipeline.bodies import UnreadableBody

_NAME: Final = "x"
_LONGEST: Final = 8192
"""Splitting takes time that grows with the square of the length; nobody needs a tenth of this."""


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """
    Return the value before the first semicolon, in lower case, and its parameters by lower-case name.

    Quotes and their escapes are taken off; ``name*`` and ``name*0`` (RFC 2231) are put together and decoded as
    ``name``, and win over a plain ``name`` beside them.
    Raises:
        UnreadableBody: it is too long, a parameter stands there twice, or a numbered or encoded one is nonsense.
    """
    if len(value) > _LONGEST:
        raise UnreadableBody("a header with parameters is too long")
    from email.message import Message  # imported by the first body that needs it: 30 ms
    from email.utils import collapse_rfc2231_value

    message = Message()
    message[_NAME] = " ".join(value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").splitlines())
    try:
        (first, _), *pairs = message.get_params([("", "")], header=_NAME)
        encoded = [(name.lower(), collapse_rfc2231_value(pair)) for name, pair in pairs if isinstance(pair, tuple)]
    except (ValueError, LookupError) as error:  # the library's own reading of numbers and charsets
        raise UnreadableBody("a header's parameter cannot be read") from error
    plain = [(name.lower(), pair) for name, pair in pairs if isinstance(pair, str)]
    for kind in (plain, encoded):
        if len(dict(kind)) < len(kind):
            raise UnreadableBody("a header's parameter stands there twice")
    return first.strip().lower(), dict(plain) | dict(encoded)
