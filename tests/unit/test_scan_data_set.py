"""Top-level elements, plain and not, wherever the windows on the source end."""

from __future__ import annotations

import pytest

from dicom_files import (
    BIG,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    Encoding,
    element,
    file,
    image_elements,
    item,
    meta,
    sequence,
    text,
    uid,
    us,
)
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.facts import FACTS, MAX_FACT
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from in_memory import scan_bytes

UIDS = {IMPLICIT: IMPLICIT_LITTLE_UID, EXPLICIT: EXPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}


def test_an_element_knows_its_group() -> None:
    assert Element(0x60023000, b"OW", 0, 12, 14).group == 0x6002


@pytest.mark.parametrize("length", [0, 2, MAX_FACT, MAX_FACT + 2, 70_000])
def test_of_a_fact_the_first_bytes_are_kept(length: int) -> None:
    fact = sequence(0x00081140, (item(bytes(length - 8)),)) if length > 7 else element(0x00081140, b"SQ", bytes(length))
    layout = scan_bytes(file(meta(), fact + image_elements(5, 7)))

    assert layout.values[0x00081140] == fact[12 : 12 + MAX_FACT]


@pytest.mark.parametrize("count", [1, 40, 200])
def test_of_a_fact_of_undefined_length_the_first_bytes_are_kept_with_its_delimiter(count: int) -> None:
    fact = sequence(0x00081140, (item(b"", undefined=True),) * count, undefined=True)
    layout = scan_bytes(file(meta(), fact + image_elements(5, 7)))

    assert layout.values[0x00081140] == fact[12 : 12 + MAX_FACT]


def test_every_fact_is_kept_and_no_other_value() -> None:
    tags = sorted(FACTS)
    facts = b"".join(element(tag, b"LO", text(f"{tag:x}")) for tag in tags)
    layout = scan_bytes(file(meta(), facts + element(0x00280103, b"LO", b"ab")))

    assert layout.values == {tag: text(f"{tag:x}") for tag in tags}


FIRST = 65_536
VALUE = uid("1.2.840.99.77.1")


@pytest.mark.parametrize("cut", range(len(uid(EXPLICIT_BIG_UID)) + 9))
def test_the_transfer_syntax_may_lie_across_the_first_windows_end(cut: int) -> None:
    before = len(file(meta(None, group_length=False), b"")) + 12
    filler = element(0x00020008, b"OB", bytes(FIRST - cut - before))
    syntax = element(0x00020010, b"UI", uid(EXPLICIT_BIG_UID))
    layout = scan_bytes(file(meta(None, group_length=False, extra=filler + syntax), image_elements(5, 7, BIG)))

    assert layout.meta[-1].start == FIRST - cut
    assert layout.transfer_syntax == EXPLICIT_BIG_UID
    assert layout.integer(0x00280010) == 5


@pytest.mark.parametrize("cut", range(len(VALUE) + 9))
@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_a_fact_may_lie_across_the_first_windows_end(encoding: Encoding, cut: int) -> None:
    head = file(meta(UIDS[encoding]), b"")
    empty = element(0x00080001, b"UT", b"", encoding)
    filler = element(0x00080001, b"UT", bytes(FIRST - cut - len(head) - len(empty)), encoding)
    fact = element(0x00080018, b"UI", VALUE, encoding)
    layout = scan_bytes(head + filler + fact + image_elements(5, 7, encoding))

    assert tuple(layout.elements)[1].start == FIRST - cut
    assert layout.values[0x00080018] == VALUE
    assert layout.integer(0x00280011) == 7


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_every_size_of_source_window_gives_the_same_elements(encoding: Encoding) -> None:
    inner = item(element(0x00080100, b"SH", b"CODE", encoding), encoding, undefined=True)
    before = sequence(0x00400275, (inner, inner), encoding, undefined=True)
    before += element(0x00411010, b"UN", bytes(3000), encoding) + element(0x00431010, b"US", us(1), encoding)
    whole = file(meta(UIDS[encoding]), image_elements(5, 7, encoding, before_pixels=before))
    expected = [found.tag for found in scan_bytes(whole).elements]

    for filler in range(65_536 - 4500, 65_536, 110):
        data = file(
            meta(UIDS[encoding]),
            element(0x00080001, b"UT", bytes(filler), encoding) + image_elements(5, 7, encoding, before_pixels=before),
        )
        layout = scan_bytes(data)
        assert [found.tag for found in layout.elements] == [0x00080001, *expected]
        assert layout.end == len(data)


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_an_undefined_length_is_no_length_in_a_file_that_is_as_long(encoding: Encoding) -> None:
    """In a file of more than 4 GiB the number FFFFFFFF fits."""
    before = sequence(0x00400275, (item(b"", encoding, undefined=True),), encoding, undefined=True)
    pixels = element(0x7FE00010, b"OW", b"", encoding, length=0xFFFFFFFE)
    head = file(meta(UIDS[encoding]), image_elements(5, 7, encoding, before_pixels=before, pixels=pixels))
    source = Source(len(head) + 0xFFFFFFFE, lambda start, end: head[start:end].ljust(end - start, b"\0"))
    layout = scan(source)
    last = tuple(layout.elements)[-2:]

    assert [found.tag for found in last] == [0x00400275, 0x7FE00010]
    assert last[0].end == len(head) - len(pixels)
    assert layout.end == layout.size == len(head) + 0xFFFFFFFE


def test_an_element_after_the_pixels_may_be_a_fact() -> None:
    layout = scan_bytes(file(meta(), image_elements(5, 7) + element(0x00080005, b"CS", text("ISO_IR 192"))))

    assert layout.text(0x00080005) == "ISO_IR 192"
