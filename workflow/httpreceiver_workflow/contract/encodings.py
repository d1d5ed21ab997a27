"""Names of text encodings as .NET knows them, and names of the encoders a single value can go through."""

import codecs
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DEFAULT_ENCODING: Final = "utf-8"

_DOTNET_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # .NET writes these without a byte order mark and little-endian; Python's "utf-16" would add one.
        "utf-16": "utf-16-le",
        "utf-16le": "utf-16-le",
        "unicode": "utf-16-le",
        "ucs-2": "utf-16-le",
        "utf-16be": "utf-16-be",
        "unicodefffe": "utf-16-be",
        "utf-32": "utf-32-le",
        "utf-32le": "utf-32-le",
        "utf-32be": "utf-32-be",
        "utf8": "utf-8",
        "unicode-1-1-utf-8": "utf-8",
        "ascii": "us-ascii",
        "latin1": "iso-8859-1",
        "latin-1": "iso-8859-1",
        "ansi_x3.4-1968": "us-ascii",
        "iso-8859-8-i": "iso-8859-8",
        "macintosh": "mac-roman",
        "dos-720": "cp720",
        "dos-862": "cp862",
        "ks_c_5601-1987": "cp949",
        "x-cp1250": "cp1250",
        "x-cp1251": "cp1251",
        "x-sjis": "shift_jis",
        "x-euc-jp": "euc-jp",
        "x-euc-cn": "gb2312",
        "gb_2312-80": "gb2312",
        "windows-874": "cp874",
        "windows-31j": "cp932",
        "ibm00858": "cp858",
        "ibm01140": "cp1140",
    }
)
_SAME_IN_PYTHON = re.compile(
    r"utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d|ibm\d{3,4}|cp\d{3,4}|koi8-[rut]|big5(-hkscs)?|gb2312|gbk|gb18030"
    r"|hz-gb-2312|shift_jis|euc-(jp|kr|cn)|iso-2022-(jp|kr)|tis-620"
)

_NAMES_OF_CODECS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "utf-16-le": "utf-16",
        "utf-16-be": "unicodeFFFE",
        "utf-32-le": "utf-32",
        "utf-32-be": "utf-32BE",
        "ascii": "us-ascii",
        "mac-roman": "macintosh",
        "big5hkscs": "big5-hkscs",
        "hz": "hz-gb-2312",
        "hp-roman8": "ibm1051",
        "johab": "cp1361",
        "ptcp154": "cp154",
    }
)
"""Python codec → .NET name, where no rule of `dotnet_encoding` gives it."""

VALUE_ENCODERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        name.lower(): name
        for name in (
            "HL7Encode",
            "HL7Decode",
            "HL7QuotesEncode",
            "HL7QuotesDecode",
            "XMLEncode",
            "XMLDecode",
            "CSVEncode",
            "JSONEncode",
            "JSONDecode",
            "Base64Encode",
            "Base64Decode",
            "URLEncode",
            "URLDecode",
        )
    }
)
"""Lower case → the name in the documents (contract 6.4; the published list is not complete)."""


def python_encoding(name: str) -> str | None:
    """
    Return the Python codec for a .NET encoding name; None for a name neither of them knows.

    Only names of character sets are looked up: Python's registry also holds codecs that are none, such as ``hex``.

    >>> python_encoding("windows-1252"), python_encoding(""), python_encoding("uft-8")
    ('cp1252', 'utf-8', None)
    """
    key = name.strip().lower()
    key = _DOTNET_NAMES.get(key, key) or DEFAULT_ENCODING
    if key not in _DOTNET_NAMES.values() and not _SAME_IN_PYTHON.fullmatch(key):
        return None
    try:
        return codecs.lookup(key).name
    except LookupError:
        return None


def dotnet_encoding(codec: str) -> str:
    """
    Return a .NET name that `python_encoding` reads as *codec*.

    >>> dotnet_encoding("cp1252"), dotnet_encoding("iso8859-1"), dotnet_encoding("euc_jp")
    ('windows-1252', 'iso-8859-1', 'euc-jp')
    """
    if codec in _NAMES_OF_CODECS:
        return _NAMES_OF_CODECS[codec]
    spelt = re.sub(r"^cp(?=125\d$)", "windows-", codec)
    spelt = re.sub(r"^iso(?=8859|2022)", "iso-", spelt)
    return spelt if python_encoding(spelt) == codec else spelt.replace("_", "-")
