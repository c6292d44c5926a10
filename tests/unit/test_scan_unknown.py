"""Unknown VRs, encodings that are not what they are said to be, and group 2 where it does not belong."""

from __future__ import annotations

import io
import warnings

import pydicom
import pytest

from dicom_files import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    Encoding,
    element,
    file,
    image_elements,
    item,
    meta,
    sequence,
    uid,
    unknown_sequence,
)
from dicom_overlay import OverlayError, remove_dicom_overlays, write_dicom_overlay
from dicom_overlay.scan import data_set, header
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source

IMAGE = image_elements(5, 7)
PLACE = IMAGE.index(b"\x28\0\2\0US")


def long_form(tag: int, vr: bytes, value: bytes) -> bytes:
    """An element of an unknown VR with the 32-bit length field of PS3.5 section 6.2."""
    head = element(tag, b"OB", value)
    return head[:4] + vr + head[6:]


def with_elements(extra: bytes) -> bytes:
    """An image with elements before group 0028."""
    return file(meta(), IMAGE[:PLACE] + extra + IMAGE[PLACE:])


def tags_of(data: bytes) -> list[int]:
    return [e.tag for e in scan(Source.of_bytes(data)).elements]


def requires_round_trip(data: bytes) -> None:
    written = write_dicom_overlay(data, bytes(35)).data
    assert written is not None
    assert remove_dicom_overlays(written).data == data


@pytest.mark.parametrize(
    "extra, tags",
    [
        pytest.param(element(0x00211001, b"xs", b"\1\0") + element(0x00211002, b"xs", b"\2\0"), 2, id="16 bits"),
        pytest.param(b"".join(element(0x00211000 + n, b"??", b"0 " * (n % 2)) for n in range(60)), 60, id="many"),
        pytest.param(long_form(0x00211001, b"ZZ", b"ab" * 40), 1, id="two capitals, 32 bits"),
        pytest.param(long_form(0x00211001, b"ZZ", b"") + element(0x00211002, b"LO", b"ab"), 2, id="empty, 32 bits"),
        pytest.param(long_form(0x00211001, b"ZZ", b"a" * 90_000) + element(0x00211002, b"xy", b"ab"), 2, id="far"),
        pytest.param(element(0x00211001, b"??", b"0 ") * 3, 3, id="repeated tags"),
        pytest.param(element(0x00211001, b"LO", b"PELVIS", IMPLICIT), 1, id="no VR, text that looks like one"),
    ],
)
def test_an_unknown_vr_is_told_by_what_follows(extra: bytes, tags: int) -> None:
    data = with_elements(extra)

    assert len(tags_of(data)) == len(tags_of(with_elements(b""))) + tags
    requires_round_trip(data)


def test_two_readings_that_lead_to_different_places_are_refused() -> None:
    # With 16 bits the value is empty and further elements follow; with 32 bits, of which the next four bytes are the
    # length, those elements are the value, and the data set goes on behind them just as well.
    row = b"".join(element(0x00280030 + n, b"DS", b"1\\1 ") for n in range(6))
    first = element(0x00300028, b"LO", b"")
    inside = first[4:] + row
    length = int.from_bytes(first[:4], "little")
    odd = b"\x21\0\x01\x10" + b"ZZ\0\0" + first[:4]
    filled = inside + element(0x00310011, b"OB", bytes(length - len(inside) - 12 - 12 * 0))
    data = file(meta(), IMAGE[:PLACE] + odd + filled + IMAGE[PLACE:])

    with pytest.raises(OverlayError, match="can be read in two ways") as caught:
        scan(Source.of_bytes(data))
    assert caught.value.code == "malformed-data-set"
    assert caught.value.detail["tag"] == 0x00211001


def test_no_reading_at_all_is_refused_with_tag_vr_and_offset() -> None:
    data = with_elements(b"\x21\0\x01\x10zz\xff\xee" + b"\x07" * 30)

    with pytest.raises(OverlayError, match=r"\(0021,1001\) of VR zz, offset 0x") as caught:
        scan(Source.of_bytes(data))
    assert caught.value.code == "malformed-data-set"


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("inside", [EXPLICIT, IMPLICIT], ids=["explicit", "implicit"])
def test_items_are_walked_in_the_form_they_have(inside: Encoding, undefined: bool) -> None:
    code = element(0x00080100, b"SH", b"T-D6000 ", inside) + element(0x00080104, b"LO", b"PELVIS", inside)
    items = (item(code, undefined=undefined), item(code, undefined=undefined))
    data = with_elements(sequence(0x00211001, items, undefined=undefined))

    assert 0x00280010 in tags_of(data)
    requires_round_trip(data)


@pytest.mark.parametrize("inside", [EXPLICIT, IMPLICIT], ids=["explicit", "implicit"])
def test_a_un_of_undefined_length_is_walked_in_either_form(inside: Encoding) -> None:
    content = item(element(0x00080100, b"SH", b"CODE", inside), undefined=True)
    data = with_elements(unknown_sequence(0x00211001, (content,)))

    assert 0x00280010 in tags_of(data)
    requires_round_trip(data)


def meta_in(encoding: Encoding) -> bytes:
    body = element(0x00020002, b"UI", uid("1.2.840.10008.5.1.4.1.1.2"), encoding)
    body += element(0x00020003, b"UI", uid("1.2.3.4"), encoding)
    return body + element(0x00020010, b"UI", uid("1.2.840.10008.1.2.1"), encoding)


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big endian"])
def test_meta_information_is_read_and_written_in_the_form_it_has(encoding: Encoding) -> None:
    data = file(meta_in(encoding), IMAGE)
    result = write_dicom_overlay(data, bytes(35), instance="derived")
    assert result.data is not None
    layout = scan(Source.of_bytes(result.data))

    requires_round_trip(data)
    assert [e.tag for e in layout.meta] == [0x00020002, 0x00020003, 0x00020010]
    assert layout.meta_encoding.is_implicit == encoding.implicit
    start, end = layout.meta[1].value, layout.meta[1].end
    assert result.data[start:end].rstrip(b"\0").decode() == result.sop_instance_uid
    if encoding != BIG:  # pydicom does not read that
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert pydicom.dcmread(io.BytesIO(result.data), force=True).SOPInstanceUID == result.sop_instance_uid


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT], ids=["explicit", "implicit"])
def test_group_2_inside_the_data_set_is_no_meta_information(encoding: Encoding) -> None:
    syntax = IMPLICIT_LITTLE_UID if encoding.implicit else "1.2.840.10008.1.2.1"
    stray = element(0x00020010, b"UI", uid("1.2.840.10008.1.2.2"), encoding)
    data = file(meta(syntax), stray + image_elements(5, 7, encoding))
    layout = scan(Source.of_bytes(data))

    assert layout.transfer_syntax == syntax
    assert tags_of(data)[0] == 0x00020010
    derived = write_dicom_overlay(data, bytes(35), instance="derived").data
    assert derived is not None
    length = scan(Source.of_bytes(derived)).meta[0]
    stated = int.from_bytes(derived[length.value : length.end], "little")
    assert stated == sum(e.end - e.start for e in scan(Source.of_bytes(derived)).meta[1:])


def test_too_many_elements_are_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert header.MAX_ELEMENTS == 1_000_000
    monkeypatch.setattr(data_set, "MAX_ELEMENTS", 50)
    data = with_elements(b"".join(element(0x00211000 + n, b"LO", b"") for n in range(60)))

    with pytest.raises(OverlayError, match="more than 50 top-level elements") as caught:
        scan(Source.of_bytes(data))
    assert caught.value.code == "limit-exceeded"
