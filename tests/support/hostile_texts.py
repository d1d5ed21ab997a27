"""Texts of at most a megabyte that would cost a careless reader gigabytes, minutes or its stack."""

from collections.abc import Mapping
from typing import Final

BILLION_LAUGHS: Final = "<!DOCTYPE l [<!ENTITY a 'ha'>{}]><l>&j;</l>".format(
    "".join(f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefghi", "bcdefghij", strict=True))
)
QUADRATIC: Final = f"<!DOCTYPE q [<!ENTITY a '{'A' * 50_000}'>]><q>{'&a;' * 5_000}</q>"
DEFAULTS: Final = f"<!DOCTYPE a [<!ATTLIST b c CDATA '{'x' * 50_000}'>]><a>{'<b/>' * 5_000}</a>"

XML: Final[Mapping[str, str]] = {
    "a billion laughs": BILLION_LAUGHS,
    "a quadratic blow-up": QUADRATIC,
    "default attributes": DEFAULTS,
    "an external entity": "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
    "a parameter entity": "<!DOCTYPE a [<!ENTITY % e SYSTEM 'http://127.0.0.1:9/'> %e;]><a/>",
    "100,000 open elements": "<a>" * 100_000,
    "100,000 elements inside each other": "<a>" * 100_000 + "</a>" * 100_000,
    "100,000 attributes of one name": "<a " + "b='1' " * 100_000 + "/>",
}

JSON: Final[Mapping[str, str]] = {
    "100,000 open arrays": "[" * 100_000,
    "100,000 open objects": '{"a":' * 100_000,
    "100,000 arrays inside each other": "[" * 100_000 + "]" * 100_000,
    "100,000 objects inside each other": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "100,000 digits": "1" * 100_000,
}
