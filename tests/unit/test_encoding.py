"""The four ways to write elements, told from the first bytes. Standard: PS3.5 section 7.1 and Annex A."""

from __future__ import annotations

import pytest
from dicom_overlay.encoding import EXPLICIT_LITTLE, IMPLICIT_LITTLE, LONG_VRS, SHORT_VRS, peek_encoding
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from dicom_files import BIG, EXPLICIT, IMPLICIT, Encoding, element, us
from dicom_files import LONG_VRS as IN_LONG_FORM

IMPLICIT_BIG = Encoding(implicit=True, big=True)


def first_bytes(encoding: Encoding, tag: int = 0x00080005) -> bytes:
    data = element(tag, b"CS", b"ISO_IR 100", encoding)
    if encoding == IMPLICIT_BIG:
        return data[:4] + data[4:8][::-1] + data[8:]
    return data


def test_every_vr_has_the_length_form_of_table_7_1() -> None:
    assert LONG_VRS == IN_LONG_FORM
    assert {vr.decode() for vr in LONG_VRS} == {str(vr) for vr in EXPLICIT_VR_LENGTH_32}
    assert {vr.decode() for vr in SHORT_VRS} == {str(vr) for vr in EXPLICIT_VR_LENGTH_16}


@pytest.mark.parametrize("declared_little", [True, False])
@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG, IMPLICIT_BIG])
def test_the_bytes_decide_and_not_what_was_declared(encoding: Encoding, declared_little: bool) -> None:
    found = peek_encoding(first_bytes(encoding), is_little=declared_little)

    assert (found.is_implicit, found.is_little) == (encoding.implicit, not encoding.big)


@pytest.mark.parametrize("declared_little", [True, False])
def test_a_group_that_says_nothing_about_its_order_leaves_the_declared_one(declared_little: bool) -> None:
    # Group 0808 reads the same in both orders.
    assert peek_encoding(b"\x08\x08\0\0CS", is_little=declared_little).is_little == declared_little


def test_six_bytes_are_enough_and_fewer_are_implicit() -> None:
    assert peek_encoding(first_bytes(EXPLICIT)[:6], is_little=True) == EXPLICIT_LITTLE
    assert peek_encoding(first_bytes(EXPLICIT)[:5], is_little=True) == IMPLICIT_LITTLE


@pytest.mark.parametrize(
    "encoding, order, byte_order",
    [(EXPLICIT_LITTLE, "<", "little"), (peek_encoding(first_bytes(BIG), is_little=False), ">", "big")],
)
def test_the_byte_order_has_a_name_for_struct_and_one_for_int(encoding: Encoding, order: str, byte_order: str) -> None:
    assert (encoding.order, encoding.byte_order) == (order, byte_order)  # type: ignore[attr-defined]


def test_the_structs_read_a_header_in_the_byte_order() -> None:
    for ours, theirs in [(EXPLICIT_LITTLE, EXPLICIT), (peek_encoding(first_bytes(BIG), is_little=False), BIG)]:
        header, wide = ours.structs()

        assert header.unpack_from(element(0x00280010, b"US", us(4, encoding=theirs), theirs)) == (0x28, 0x10, b"US", 2)
        assert wide.unpack(b"\0\0\1\0" if theirs.big else b"\0\1\0\0") == (256,)
