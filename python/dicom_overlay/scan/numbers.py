"""Read numbers that are written as text: IS and DS.

Standard: PS3.5 section 6.2.
"""

import re
from math import isfinite
from typing import Final

# A decimal point is not allowed in an IS, but some files have one ("3.0").
_INTEGER: Final = re.compile(r"([+-]?\d{1,12})(?:\.0*)?")
# Stricter than Python's own parser, which accepts "1_000" and names for infinity.
_DECIMAL: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_BLANKS: Final = " \0\t\r\n"


def read_integer_string(value: bytes) -> int | None:
    """Return the first number of an IS value; None if there is none."""
    match = _INTEGER.fullmatch(_first(value))
    return int(match[1]) if match else None


def read_decimal_string(value: bytes) -> float | None:
    """Return the first number of a DS value; None if there is none or it is not finite."""
    return _decimal(_first(value))


def read_decimal_strings(value: bytes) -> tuple[float, ...] | None:
    """Return all numbers of a DS value; None if there are none, or one is not a finite number."""
    numbers = tuple(number for part in value.decode("latin-1").split("\\") if (number := _decimal(part)) is not None)
    return numbers if len(numbers) == value.count(b"\\") + 1 else None


def _decimal(text: str) -> float | None:
    match = _DECIMAL.fullmatch(text.strip(_BLANKS))
    number = float(match[0]) if match else None
    return number if number is not None and isfinite(number) else None


def _first(value: bytes) -> str:
    return value.decode("latin-1").partition("\\")[0].strip(_BLANKS)
