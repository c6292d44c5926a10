"""Headers and undefined lengths are stepped over without recursion, trust or searching.

Standard: PS3.5 sections 6.2.2 (CP-246), 7.1, 7.5 and A.4.
"""

from __future__ import annotations

import pytest

from dicom_files import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    LONG_VRS,
    Encoding,
    delimiter,
    element,
    item,
    us,
)
from dicom_overlay.scan import encoding as ours
from dicom_overlay.scan.header import Header, Window, read_header
from dicom_overlay.scan.source import Source
from failing import fails_with

AFTER = element(0x00400010, b"US", us(1))


def to_ours(encoding: Encoding) -> ours.Encoding:
    return ours.Encoding(is_implicit=encoding.implicit, is_little=not encoding.big)


def header_of(data: bytes, encoding: Encoding = EXPLICIT) -> Header:
    window = Window(Source.of_bytes(data))
    window.hold(0, len(data))
    return read_header(window, 0, to_ours(encoding))


@pytest.mark.parametrize("vr", sorted(ours.VRS))
@pytest.mark.parametrize("encoding", [EXPLICIT, BIG])
def test_the_length_stands_where_the_vr_puts_it(vr: bytes, encoding: Encoding) -> None:
    data = element(0x00410010, vr, b"abcd", encoding, reserved=b"\x12\x34") + AFTER

    assert header_of(data, encoding) == (0x00410010, vr, 12 if vr in LONG_VRS else 8, 4)


def test_an_implicit_element_has_no_vr_and_a_wide_length() -> None:
    assert header_of(element(0x00410010, b"US", bytes(70000), IMPLICIT), IMPLICIT) == (0x00410010, b"", 8, 70000)


def test_items_and_delimiters_have_no_vr_in_any_encoding() -> None:
    assert header_of(item(b"ab")) == (0xFFFEE000, b"", 8, 2)
    assert header_of(item(b"ab", BIG), BIG) == (0xFFFEE000, b"", 8, 2)
    assert header_of(delimiter(0xFFFEE0DD)) == (0xFFFEE0DD, b"", 8, 0)


@pytest.mark.parametrize("size", range(12))
def test_a_header_that_the_end_cuts_is_truncated(size: int) -> None:
    data = element(0x00410010, b"OW", b"")[:size]

    with fails_with("truncated") as caught:
        header_of(data)
    assert caught.value.detail["offset"] == 0


@pytest.mark.parametrize("vr, start", [(b"OW", 12), (b"US", 8)])
def test_a_header_may_be_the_last_bytes(vr: bytes, start: int) -> None:
    assert header_of(element(0x00410010, vr, b"")) == (0x00410010, vr, start, 0)


@pytest.mark.parametrize("size", range(8))
def test_a_short_header_that_the_end_cuts_is_truncated(size: int) -> None:
    with fails_with("truncated", offset=0):
        header_of(element(0x00410010, b"US", b"")[:size])
