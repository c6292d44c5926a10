"""The auditor's own reader: every form of file, and an error where no list can be made.

`tests/oracle/test_tokenizer.py` holds it against pydicom on the corpora.
"""

from __future__ import annotations

from io import BytesIO

import pytest

import tokenizer as tokens_module
from dicom_files import (
    BIG,
    DEFLATED_UID,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    Encoding,
    deflate,
    element,
    file,
    image_elements,
    image_file,
    item,
    meta,
    nested,
    sequence,
    tag_bytes,
)
from failing import fails_with
from tokenizer import DicomTokens, tokenize


def listed(data: bytes) -> DicomTokens:
    return tokenize(BytesIO(data))


@pytest.mark.parametrize("declared", [None, IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID])
@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_the_encoding_is_found_by_walking(declared: str | None, encoding: Encoding) -> None:
    data = file(meta(declared), image_elements(5, 7, encoding))
    found = listed(data)

    assert [token.tag for token in found.elements] == sorted(token.tag for token in found.elements)
    assert found.elements[-1].tag == 0x7FE00010
    assert found.end == found.size == len(data)
    assert found.elements[-1].vr == ("" if encoding.implicit else "OW")


def test_the_list_has_no_gaps() -> None:
    data = image_file(before_pixels=sequence(0x00400275, (item(b""),), undefined=True), trailing=bytes(9))
    found = listed(data)

    assert b"".join(found.read(token.start, token.end) for token in found.elements) == data[132 : found.end]
    assert found.size - found.end == 9
    assert not found.deflated


def test_a_deflated_file_is_listed_as_if_it_were_not() -> None:
    inflated = image_elements(5, 7)
    found = listed(file(meta(DEFLATED_UID), deflate(inflated) + b"TAIL"))
    start = len(file(meta(DEFLATED_UID), b""))

    assert found.deflated
    assert found.read(start, found.size) == inflated
    assert found.after_stream == b"TAIL"


def test_deep_nesting_is_left_by_counting() -> None:
    assert listed(image_file(before_pixels=nested(20_000, tag=0x00400275))).elements[-2].tag == 0x00400275


def test_a_deflate_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens_module, "_MAX_INFLATED", 1_000_000)
    bomb = image_elements(5, 7, pixels=element(0x7FE00010, b"OB", bytes(30_000_000)))

    with fails_with("limit-exceeded"):
        listed(file(meta(DEFLATED_UID), deflate(bomb)))


@pytest.mark.parametrize(
    "extra, code",
    [
        pytest.param(element(0x00410010, b"OB", b"", length=0x7FFFFFFF), "truncated", id="past-the-end"),
        pytest.param(tag_bytes(0xFFFEE000) + bytes(4), "malformed-data-set", id="item-at-the-top"),
        pytest.param(tag_bytes(0x00000002) + b"UI\0\0", "malformed-data-set", id="group-zero"),
        pytest.param(element(0x00410010, b"SQ", b"", length=0xFFFFFFFF), "truncated", id="never-closed"),
    ],
)
def test_a_file_whose_elements_cannot_be_told_is_an_error(extra: bytes, code: str) -> None:
    with fails_with(code):
        listed(image_file(before_pixels=extra))


@pytest.mark.parametrize("data", [b"", bytes(200), b"\2\0", bytes(128) + b"DCIM" + image_elements(5, 7)])
def test_what_is_not_dicom_is_refused(data: bytes) -> None:
    with fails_with("not-dicom"):
        listed(data)
