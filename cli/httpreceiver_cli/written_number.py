"""
Numbers of JSON and YAML texts that are to be written as they were read.
"""

import math


class WrittenNumber(float):
    """A number with a fraction or an exponent that remembers how it was written, so that ``1.50`` stays ``1.50``."""

    text: str

    def __new__(cls, text: str) -> "WrittenNumber":
        """Make the number *text* says. Raises ValueError when no float can hold it."""
        number = super().__new__(cls, text)
        if math.isinf(number):
            raise ValueError(f"{text} is too large for a number")
        number.text = text
        return number
