"""
The custom transformers that run here: the vendor's seven public HL7 value transformers.

Each converts one text, its parameter `Value` or else the text of the list's own message, and sets a variable; the
message stays as it is. Source: IntegrationSoup/Documentation, hl7-value-transformers.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

VALUE: Final = "Value"
OUTPUT_VARIABLE: Final = "Output Variable"
NAME_ORDER: Final = "Name Order"
PERSON_IDENTIFIER: Final = "Person Identifier"


@dataclass(frozen=True, slots=True)
class CustomTransformer:
    """
    One custom transformer.

    Attributes:
        note: what it does, one sentence.
        output: the variable it sets when `Output Variable` is blank.
        options: its parameters besides `Value` and `Output Variable`.
    """

    note: str
    output: str
    options: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter it knows."""
        return (VALUE, OUTPUT_VARIABLE, *self.options)


CUSTOM_TRANSFORMERS: Final[Mapping[str, CustomTransformer]] = MappingProxyType(
    {
        "DigitsOnlyTransformer": CustomTransformer("Keeps the digits.", "Digits"),
        "LettersAndDigitsOnlyTransformer": CustomTransformer(
            "Keeps letters and digits, in upper case.", "LettersAndDigits"
        ),
        "LettersDigitsAndSpacesOnlyTransformer": CustomTransformer(
            "Keeps letters, digits and single spaces, in upper case.", "LettersDigitsSpaces"
        ),
        "TextToHl7NameTransformer": CustomTransformer("A person's name as XPN.", "XPN", (NAME_ORDER,)),
        "TextToHl7ClinicianNameTransformer": CustomTransformer(
            "A clinician's name as XCN.", "XCN", (NAME_ORDER, PERSON_IDENTIFIER)
        ),
        "TextToHl7AddressTransformer": CustomTransformer("An address as XAD.", "XAD"),
        "TextToHl7PhoneTransformer": CustomTransformer("A phone number as XTN.", "XTN"),
    }
)
"""Class name without namespace and assembly → what it is."""


def transformer_named(type_name: str) -> str | None:
    """
    Return the key of the transformer that *type_name* names; None when it is not one of ours.

    >>> transformer_named("HL7ValueTransformers.digitsonlytransformer, HL7ValueTransformers")
    'DigitsOnlyTransformer'
    """
    bare = type_name.partition(",")[0].strip().rpartition(".")[2].lower()
    return next((name for name in CUSTOM_TRANSFORMERS if name.lower() == bare), None)
