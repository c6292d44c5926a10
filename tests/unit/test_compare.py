"""The auditor says exactly what differs between two files, and no value of either."""

from __future__ import annotations

import os
import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from dicom_files import (
    BIG,
    DEFLATED_UID,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    JPEG_BASELINE_UID,
    deflate,
    delimiter,
    element,
    encapsulated,
    file,
    image_elements,
    image_file,
    item,
    meta,
    sequence,
    text,
    unknown_sequence,
)
from dicom_overlay import compare_dicom
from element_diff import compare_bytes, tags, tokens
from failing import fails_with

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = (element(tag, b"LO", text(value)) for tag, value in [(0x00410010, "a"), (0x00430010, "b"), (0x00450010, "c")])


@pytest.mark.parametrize(
    "transfer_syntax",
    [EXPLICIT_LITTLE_UID, IMPLICIT_LITTLE_UID, EXPLICIT_BIG_UID, JPEG_BASELINE_UID, DEFLATED_UID],
)
def test_a_file_is_identical_to_itself(transfer_syntax: str, tmp_path: Path) -> None:
    data = image_file(transfer_syntax=transfer_syntax)
    found = compare_bytes(data, data, tmp_path)

    assert found.identical
    assert found.differences == ()
    assert found.inflated == (transfer_syntax == DEFLATED_UID)


def test_an_added_a_removed_and_a_changed_element_are_told_apart(tmp_path: Path) -> None:
    changed = element(0x00430010, b"SH", b"bb")
    found = compare_bytes(image_file(before_pixels=A + B), image_file(before_pixels=changed + C), tmp_path)

    assert [(each.kind, each.tag, each.vrs, each.lengths) for each in found.differences] == [
        ("removed", 0x00410010, ("LO", None), (2, None)),
        ("changed", 0x00430010, ("LO", "SH"), (2, 2)),
        ("added", 0x00450010, (None, "LO"), (None, 2)),
    ]
    assert found.other_bytes_equal
    assert not found.identical
    assert found.groups == {0x41, 0x43, 0x45}
    assert [found.tags(kind) for kind in ("added", "removed", "changed")] == [
        *((0x00450010,), (0x00410010,)),
        (0x00430010,),
    ]


def test_one_bit_in_any_value_is_seen_in_its_element_and_nowhere_else(tmp_path: Path) -> None:
    one = image_file(trailing=element(0xFFFCFFFC, b"OB", bytes(4)))
    for token in tokens(one).elements:
        if token.end == token.value or token.tag == 0x00020010:
            continue
        other = one[: token.end - 1] + bytes([one[token.end - 1] ^ 1]) + one[token.end :]
        found = compare_bytes(one, other, tmp_path)
        assert [(each.kind, each.tag) for each in found.differences] == [("changed", token.tag)]
        assert found.other_bytes_equal
        assert not found.identical


def test_any_byte_of_an_element_makes_it_differ(tmp_path: Path) -> None:
    one = image_file(before_pixels=element(0x00410010, b"OB", bytes(20)))
    place = one.index(b"\x41\0\x10\0OB")

    for offset in (6, 7, *range(12, 32)):
        other = bytearray(one)
        other[place + offset] ^= 0x01
        found = compare_bytes(one, bytes(other), tmp_path)
        assert found.tags("changed") == (0x00410010,)
        assert found.other_bytes_equal


@pytest.mark.parametrize(
    "a, b",
    [
        pytest.param(image_file(), file(meta(), image_elements(5, 7), preamble=b"x" * 128), id="preamble"),
        pytest.param(image_file(), image_file(trailing=b"\0\0"), id="padding"),
        pytest.param(image_file(trailing=b"\1\2"), image_file(trailing=b"\1\3"), id="junk"),
        pytest.param(image_file(before_pixels=A + B), image_file(before_pixels=B + A), id="order"),
        pytest.param(
            file(meta(DEFLATED_UID), deflate(image_elements(5, 7)) + b"TAIL"),
            file(meta(DEFLATED_UID), deflate(image_elements(5, 7))),
            id="behind-the-deflate-stream",
        ),
    ],
)
def test_bytes_outside_the_elements_count_too(a: bytes, b: bytes, tmp_path: Path) -> None:
    found = compare_bytes(a, b, tmp_path)

    assert found.differences == ()
    assert not found.other_bytes_equal
    assert not found.identical


def test_another_level_of_deflate_is_no_difference(tmp_path: Path) -> None:
    one, other = (file(meta(DEFLATED_UID), deflate(image_elements(5, 7), level=level)) for level in (1, 9))

    assert one != other
    assert compare_bytes(one, other, tmp_path).identical


def test_the_second_of_duplicates_is_compared_with_the_second(tmp_path: Path) -> None:
    found = compare_bytes(image_file(before_pixels=A + A), image_file(before_pixels=A), tmp_path)

    assert [(each.kind, each.tag, each.occurrence) for each in found.differences] == [("removed", 0x00410010, 1)]
    assert str(found.differences[0]).endswith(", occurrence 2")


def test_a_difference_is_one_line_without_any_value(tmp_path: Path) -> None:
    found = compare_bytes(
        image_file(before_pixels=element(0x00430010, b"LO", b"Secret")),
        image_file(before_pixels=element(0x00430010, b"SH", b"Secrets!") + C),
        tmp_path,
    )

    assert [str(each) for each in found.differences] == [
        "changed (0043,0010) LO -> SH, 6 -> 8 bytes",
        "added (0045,0010) LO, 2 bytes",
    ]
    assert "Secret" not in repr(found)


def test_large_values_are_compared_to_their_last_byte(tmp_path: Path) -> None:
    one, other = (
        file(meta(), image_elements(5, 7, pixels=element(0x7FE00010, b"OW", bytes(2_500_000) + end)))
        for end in (b"\0\0", b"\0\1")
    )

    assert compare_bytes(one, other, tmp_path).tags("changed") == (0x7FE00010,)


def test_a_large_file_is_compared_in_bounded_memory(tmp_path: Path) -> None:
    pixels = random.Random(1).randbytes(1 << 20) * 48
    big = image_file(pixels=element(0x7FE00010, b"OW", pixels))
    (tmp_path / "a.dcm").write_bytes(big)
    (tmp_path / "b.dcm").write_bytes(big[:-1] + bytes([big[-1] ^ 1]))
    tracemalloc.start()
    found = compare_dicom(tmp_path / "a.dcm", tmp_path / "b.dcm")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.tags("changed") == (0x7FE00010,)
    assert peak < 8 << 20


@pytest.mark.parametrize(
    "extra, tag",
    [
        pytest.param(sequence(0x00400275, (item(A, undefined=True),), undefined=True), 0x00400275, id="undefined"),
        pytest.param(unknown_sequence(0x00411010, (item(b""),)), 0x00411010, id="cp-246"),
        pytest.param(element(0x00411010, b"UN", delimiter(0xFFFEE0DD)), 0x00411010, id="opaque"),
        pytest.param(sequence(0x00880200, (item(image_elements(2, 2)),)), 0x00880200, id="look-alike"),
        pytest.param(b"\x41\0\x10\x10ZZ\0\0\4\0\0\0abcd", 0x00411010, id="unknown-vr"),
    ],
)
def test_elements_of_every_form_are_listed_once(extra: bytes, tag: int) -> None:
    found = tags(image_file(before_pixels=extra))

    assert found[-2:] == [tag, 0x7FE00010]
    assert found == sorted(found)


@pytest.mark.parametrize("encoding", [IMPLICIT, BIG])
def test_a_uid_that_lies_does_not_hide_the_elements(encoding: object) -> None:
    data = file(meta(EXPLICIT_LITTLE_UID), image_elements(5, 7, encoding))  # type: ignore[arg-type]

    assert tags(data) == tags(image_file())


def test_fragments_with_delimiter_bytes_are_one_element() -> None:
    trap = delimiter(0xFFFEE0DD) + item(b"")

    assert tags(image_file(transfer_syntax=JPEG_BASELINE_UID, pixels=encapsulated((trap,)))) == tags(image_file())


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "not-dicom"),
        (b"no dicom" * 40, "not-dicom"),
        (image_file()[:-1], "truncated"),
        (file(meta(DEFLATED_UID), b"\xff" * 30), "malformed-data-set"),
        (file(meta(DEFLATED_UID), deflate(image_elements(5, 7))[:-9]), "truncated"),
    ],
)
def test_a_file_that_cannot_be_listed_is_not_compared(data: bytes, code: str, tmp_path: Path) -> None:
    with fails_with(code):
        compare_bytes(image_file(), data, tmp_path)
    with fails_with(code):
        compare_bytes(data, image_file(), tmp_path)


@pytest.mark.parametrize("kind", ["missing", "folder", "zero byte", "pipe"])
def test_a_path_that_cannot_be_read_is_an_error_without_the_path(kind: str, image_path: Path) -> None:
    bad = {"missing": "missing-name", "folder": os.curdir, "zero byte": "zero\0byte", "pipe": "pipe"}[kind]
    os.mkfifo(image_path.parent / "pipe")
    with fails_with("file-access") as caught:
        compare_dicom(image_path, image_path.parent / bad)

    reasons = {"missing": "ENOENT", "folder": "ENOTREG", "zero byte": "ValueError", "pipe": "ENOTREG"}
    assert caught.value.detail == {"reason": reasons[kind]}
    assert "missing-name" not in repr(caught.value.as_record())
