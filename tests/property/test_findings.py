"""What the fuzzer found, each with its cause."""

from __future__ import annotations

import dicom_files as build
from hostile import check
from in_memory import read_bytes
from strategies import small_real_files

ROWS, COLUMNS = 5, 7


def test_found_an_unknown_vr_that_ends_less_than_a_header_before_the_files_end() -> None:
    """Was `struct.error`: the header behind the value was read without asking whether the file holds one."""
    data = build.file(build.meta(), build.element(0x00080016, b"ZZ", b"AB") + b"stray")
    check(data)


def test_found_a_plane_before_a_first_element_of_a_high_group() -> None:
    """Was a file that could not be read again: 6000, read backwards, is a low group."""
    data_set = build.element(0x70010010, b"LO", b"AB") + build.image_elements(ROWS, COLUMNS)
    assert check(build.file(build.meta(), data_set))


def test_found_label_bytes_that_do_not_fit_the_character_set() -> None:
    """Was a `UserWarning` of pydicom; the library never warns."""
    label = build.element(0x60001500, b"LO", b"Na\xefm")
    plane = build.overlay_elements(0x6000, ROWS, COLUMNS, bytes(6), extra=label)
    for charset in ("ISO_IR 192", "ZYXW 99", "ISO 2022 IR 87", "\\ISO 2022 IR 87"):
        (found,) = read_bytes(build.image_file(ROWS, COLUMNS, charset=charset, before_pixels=plane))
        assert found.label


def test_found_a_damaged_vr_that_is_read_otherwise_once_a_plane_follows() -> None:
    """Was a file that could not be read again: the bytes behind a value decide how an unknown VR is read."""
    for letter in range(256):
        damaged = b"\x28\0\x06\1" + bytes([letter]) + b"\0\0\0"
        check(build.image_file(ROWS, COLUMNS, before_pixels=damaged + build.element(0x00280107, b"US", build.us(255))))


def test_found_a_cut_file_whose_readings_multiply() -> None:
    """Was a minute and more in the auditor: each of many headers without a VR had two readings, and none led to the end."""
    (data,) = (each for each in small_real_files() if len(each) == 9702)
    check(data[:4185])
