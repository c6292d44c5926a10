"""IS and DS are read as the standard writes them, and as no more than that. Standard: PS3.5 section 6.2."""

from __future__ import annotations

import pytest

from dicom_overlay.scan.numbers import read_decimal_string, read_decimal_strings, read_integer_string


@pytest.mark.parametrize(
    "value, numbers",
    [
        (b"1", (1.0,)),
        (b" 1.5 ", (1.5,)),
        (b"-0.5\\+3\\1e-3\\.5\\2.", (-0.5, 3.0, 0.001, 0.5, 2.0)),
        (b"1.25\0", (1.25,)),
    ],
)
def test_decimals_are_read_as_they_are_written(value: bytes, numbers: tuple[float, ...]) -> None:
    assert read_decimal_strings(value) == numbers
    assert read_decimal_string(value) == numbers[0]


@pytest.mark.parametrize(
    "value", [b"", b"1_000", b"inf", b"nan", b"1e999", b"0x1", b"1,5", b"1 2", b".", b"\xb2", b"\\1", b"1\\"]
)
def test_what_is_not_a_list_of_decimals_is_none(value: bytes) -> None:
    assert read_decimal_strings(value) is None


@pytest.mark.parametrize("value, number", [(b"7", 7), (b"+7 ", 7), (b"3.0", 3), (b"-12\\5", -12)])
def test_integers_are_read_as_they_are_written(value: bytes, number: int) -> None:
    assert read_integer_string(value) == number


@pytest.mark.parametrize("value", [b"", b"7.5", b"1_0", b"seven", b"9999999999999"])
def test_what_is_not_an_integer_is_none(value: bytes) -> None:
    assert read_integer_string(value) is None
