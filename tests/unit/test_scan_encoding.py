"""The four ways to write elements, and how the file itself tells them apart. Standard: PS3.5 section 7.1, Annex A."""

from __future__ import annotations

import struct

import pytest
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from dicom_files import (
    BIG,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    element,
    file,
    image_elements,
    meta,
    us,
)
from dicom_files import LONG_VRS as IN_LONG_FORM
from dicom_overlay.scan.encoding import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    LONG_VRS,
    SHORT_VRS,
    Encoding,
)
from in_memory import scan_bytes

EXPLICIT_BIG = Encoding(is_implicit=False, is_little=False)
IMPLICIT_BIG = Encoding(is_implicit=True, is_little=False)


def implicit_big(tag: int, value: bytes) -> bytes:
    return struct.pack(">HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


IMAGES = {
    EXPLICIT_LITTLE: image_elements(5, 7, EXPLICIT),
    IMPLICIT_LITTLE: image_elements(5, 7, IMPLICIT),
    EXPLICIT_BIG: image_elements(5, 7, BIG),
    IMPLICIT_BIG: implicit_big(0x00080005, b"ISO_IR 100") + implicit_big(0x00280010, b"\0\5"),
}


def test_every_vr_has_the_length_form_of_table_7_1() -> None:
    assert LONG_VRS == IN_LONG_FORM
    assert {vr.decode() for vr in LONG_VRS} == {str(vr) for vr in EXPLICIT_VR_LENGTH_32}
    assert {vr.decode() for vr in SHORT_VRS} == {str(vr) for vr in EXPLICIT_VR_LENGTH_16}


@pytest.mark.parametrize("declared", [EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID])
@pytest.mark.parametrize("encoding", IMAGES, ids=str)
def test_the_bytes_decide_and_not_what_was_declared(encoding: object, declared: str) -> None:
    layout = scan_bytes(file(meta(declared), IMAGES[encoding]))  # type: ignore[index]

    assert layout.encoding == encoding
    assert layout.integer(0x00280010) == 5


@pytest.mark.parametrize("declared, is_little", [(EXPLICIT_LITTLE_UID, True), (EXPLICIT_BIG_UID, False)])
def test_a_group_that_says_nothing_about_its_order_leaves_the_declared_one(declared: str, is_little: bool) -> None:
    # Group 0808 reads the same in both orders; so do an empty value's lengths.
    layout = scan_bytes(file(meta(declared), b"\x08\x08\0\0CS\0\0"))

    assert layout.encoding.is_little == is_little


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, EXPLICIT_BIG])
def test_a_first_element_of_an_unknown_vr_does_not_make_the_data_set_implicit(encoding: object) -> None:
    """Text in the place of a VR is a length only where reading it as a VR leads to no data set."""
    theirs = EXPLICIT if encoding == EXPLICIT_LITTLE else BIG
    first = element(0x00080001, b"xs", b"ab", theirs)
    uid = EXPLICIT_LITTLE_UID if encoding == EXPLICIT_LITTLE else EXPLICIT_BIG_UID
    layout = scan_bytes(file(meta(uid), first + image_elements(5, 7, theirs)))

    assert layout.encoding == encoding
    assert layout.has_guesses
    assert next(iter(layout.elements)).vr == b"xs"


def test_a_long_first_value_whose_length_reads_as_text_is_implicit() -> None:
    # 0x4141 bytes: the length field reads "AA\0\0".
    first = element(0x00080001, b"UT", bytes(0x4141), IMPLICIT)
    layout = scan_bytes(file(meta(), first + image_elements(5, 7, IMPLICIT)))

    assert layout.encoding == IMPLICIT_LITTLE
    assert layout.integer(0x00280011) == 7


def test_the_byte_order_has_a_name_for_int() -> None:
    assert (EXPLICIT_LITTLE.byte_order, EXPLICIT_BIG.byte_order) == ("little", "big")


def test_the_structs_read_a_header_in_the_byte_order() -> None:
    for ours, theirs in [(EXPLICIT_LITTLE, EXPLICIT), (EXPLICIT_BIG, BIG)]:
        header, wide = ours.structs()
        data = element(0x00280010, b"US", us(4, encoding=theirs), theirs)

        assert header.unpack_from(data) == (0x28, 0x10, b"US", 2)
        assert ours.tag_at(data) == 0x00280010
        assert wide.unpack(b"\0\0\1\0" if theirs.big else b"\0\1\0\0") == (256,)
