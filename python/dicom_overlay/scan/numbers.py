"""Numbers that are written as text: one parser for every IS, one for every DS.

Standard: PS3.5 section 6.2.
"""

import re
from math import isfinite
from typing import Final

# A decimal point is not allowed in an IS, and stands in some ("3.0").
_INTEGER: Final = re.compile(r"([+-]?\d{1,12})(?:\.0*)?")


def read_integer_string(value: bytes) -> int | None:
    """Return the first number of an IS value; None where there is none."""
    match = _INTEGER.fullmatch(_first(value))
    return int(match[1]) if match else None


def read_decimal_string(value: bytes) -> float | None:
    """Return the first number of a DS value; None where there is none or it is not finite."""
    try:
        number = float(_first(value))
    except ValueError:
        return None
    return number if isfinite(number) else None


def _first(value: bytes) -> str:
    return value.decode("latin-1").partition("\\")[0].strip(" \0\t\r\n")
