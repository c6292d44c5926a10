"""How long an element with an unknown VR is: two length forms, or none; what follows proves one of them, or nothing does.

Standard: PS3.5 sections 6.2 (VRs that the standard does not name have 32-bit lengths), 6.2.2 (CP-246), 7.1.
"""

from __future__ import annotations

import struct

import pytest

from dicom_files import (
    BIG,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    Encoding,
    element,
    encapsulated,
    file,
    image_elements,
    item,
    meta,
    sequence,
    tag_bytes,
    text,
    us,
)
from dicom_overlay import OverlayPlane
from dicom_overlay.scan import encoding as ours
from dicom_overlay.scan.header import Header, Window, read_header
from dicom_overlay.scan.source import Source
from failing import fails_with
from in_memory import read_bytes, remove_bytes, scan_bytes, write_bytes

AFTER = element(0x00400010, b"US", us(1))
TAG = 0x00310010
PLANE = OverlayPlane(rows=5, columns=7, packed=b"\xff" * 4 + b"\x07\0")
WINDOW = 65_536
UIDS = {EXPLICIT: EXPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}


def wide(tag: int, vr: bytes, value: bytes, encoding: Encoding = EXPLICIT) -> bytes:
    """An element in the 32-bit form, whatever its VR."""
    return tag_bytes(tag, encoding) + vr + b"\0\0" + struct.pack(f"{encoding.order}I", len(value)) + value


def narrow(tag: int, vr: bytes, value: bytes, encoding: Encoding = EXPLICIT) -> bytes:
    """An element in the 16-bit form, whatever its VR."""
    return tag_bytes(tag, encoding) + vr + struct.pack(f"{encoding.order}H", len(value)) + value


def header_of(data: bytes) -> Header:
    window = Window(Source.of_bytes(data))
    window.hold(0, len(data))
    return read_header(window, 0, ours.EXPLICIT_LITTLE)


def image(extra: bytes, encoding: Encoding = EXPLICIT, *, trailing: bytes = b"") -> bytes:
    """An image with more elements before Pixel Data."""
    return file(meta(UIDS[encoding]), image_elements(5, 7, encoding, before_pixels=extra) + trailing)


def found_between(data: bytes) -> list[tuple[int, bytes, int]]:
    """Return tag, VR and length of what is between the image's header and its pixels; an edit must hold too."""
    layout = scan_bytes(data)
    result = write_bytes(data, [PLANE])
    assert [plane.packed for plane in read_bytes(result)] == [PLANE.packed]
    assert remove_bytes(result) == data
    every = list(layout.elements)
    first = next(at for at, found in enumerate(every) if found.tag == 0x00280103) + 1
    last = next(at for at, found in enumerate(every) if found.tag == 0x7FE00010)
    return [(found.tag, found.vr, found.length) for found in every[first:last]]


@pytest.mark.parametrize(
    "data, vr, value, length",
    [
        pytest.param(wide(TAG, b"XZ", b"abcd") + AFTER, b"XZ", 12, 4, id="two-capitals-32-bit"),
        pytest.param(narrow(TAG, b"XZ", b"abcd") + AFTER, b"XZ", 8, 4, id="two-capitals-16-bit"),
        pytest.param(narrow(TAG, b"XZ", b"") + AFTER, b"XZ", 8, 0, id="two-capitals-empty"),
        pytest.param(narrow(TAG, b"xs", b"abcd") + AFTER, b"xs", 8, 4, id="lower-case-16-bit"),
        pytest.param(wide(TAG, b"xs", b"abcd") + AFTER, b"xs", 12, 4, id="lower-case-32-bit"),
        pytest.param(narrow(TAG, b"??", b"abcd") + AFTER, b"??", 8, 4, id="no-letters-16-bit"),
        pytest.param(wide(TAG, b"??", b"abcd") + AFTER, b"??", 12, 4, id="no-letters-32-bit"),
        pytest.param(element(TAG, b"", b"abcd", IMPLICIT) + AFTER, b"", 8, 4, id="no-vr"),
        pytest.param(wide(TAG, b"XZ", b"abcd"), b"XZ", 12, 4, id="last-element-32-bit"),
        pytest.param(narrow(TAG, b"XZ", b"abcd"), b"XZ", 8, 4, id="last-element-16-bit"),
        pytest.param(narrow(TAG, b"XZ", b"abcd") + b"\0\0\0", b"XZ", 8, 4, id="with-zeros-behind"),
        pytest.param(narrow(TAG, b"XZ", b"") + b"\0\0\0", b"XZ", 8, 0, id="empty-with-zeros-behind"),
        pytest.param(
            tag_bytes(TAG) + b"XZ\0\0\xff\xff\xff\xff" + item(b""), b"XZ", 12, 0xFFFFFFFF, id="undefined-with-an-item"
        ),
    ],
)
def test_the_reading_that_leads_on_is_taken(data: bytes, vr: bytes, value: int, length: int) -> None:
    assert header_of(data) == (TAG, vr, value, length)


@pytest.mark.parametrize(
    "data, letters",
    [
        pytest.param(tag_bytes(TAG) + b"??\x7f\x7fabcd" + AFTER, "??", id="no-reading-fits"),
        pytest.param(tag_bytes(TAG) + b"XZ\0\0\xff\xff\xff\xff" + AFTER, "XZ", id="undefined-without-an-item"),
        pytest.param(tag_bytes(TAG) + b"\x01\xfe\x7f\x7fabcd" + AFTER, "01fe", id="letters-that-are-none"),
    ],
)
def test_what_leads_nowhere_is_refused_with_tag_letters_and_offset(data: bytes, letters: str) -> None:
    with fails_with("malformed-data-set", "offset", "tag", "vr") as caught:
        header_of(data)

    assert caught.value.detail == {"tag": TAG, "vr": letters, "offset": 0}
    assert "dcmconv" in caught.value.message


def both_lead_on() -> bytes:
    """An element that reads as empty, or as holding the two elements behind it: the first one's tag is a length of 49."""
    swallowed = element(0x00310000, b"UL", bytes(4)) + element(0x00310010, b"LO", b"a" * 33)
    assert int.from_bytes(swallowed[:4], "little") == len(swallowed) - 4 == 49
    return tag_bytes(0x00291010) + b"XZ\0\0" + swallowed


def test_two_readings_that_both_lead_on_are_refused() -> None:
    with fails_with("malformed-data-set", offset=492, tag=0x00291010, vr="XZ") as caught:
        scan_bytes(image(both_lead_on()))

    assert (caught.value.detail["tag"], caught.value.detail["vr"]) == (0x00291010, "XZ")
    assert "two ways" in caught.value.message


def test_a_proven_reading_goes_before_one_that_only_zeros_follow() -> None:
    """Read as 32-bit, the zeros behind the pixels begin at the value's end: padding proves little."""
    follows = element(0x00310000, b"UL", bytes(4)) + AFTER * 4
    data = tag_bytes(0x00291010) + b"XZ\0\0" + follows + bytes(49)

    assert header_of(data) == (0x00291010, b"XZ", 8, 0)


# Several, repeated, and where the window ends.


FORMS = [
    pytest.param([(wide, b"XZ"), (wide, b"YZ"), (wide, b"ZZ")], id="capitals-32-bit"),
    pytest.param([(narrow, b"xs"), (narrow, b"qq"), (narrow, b"??")], id="others-16-bit"),
    pytest.param([(wide, b"XZ"), (narrow, b"xs"), (wide, b"ZZ"), (narrow, b"??")], id="both-forms-in-turn"),
    pytest.param([(narrow, b"??")] * 12, id="twelve"),
]


@pytest.mark.parametrize("values", [b"abcd", b"abcdef"], ids=["four-bytes", "six-bytes"])
@pytest.mark.parametrize("encoding", [EXPLICIT, BIG], ids=["little", "big"])
@pytest.mark.parametrize("forms", FORMS)
def test_several_in_a_row_are_each_found(forms: list[tuple[object, bytes]], encoding: Encoding, values: bytes) -> None:
    extra = b"".join(write(TAG + at, vr, values, encoding) for at, (write, vr) in enumerate(forms))  # type: ignore[operator]

    assert found_between(image(extra, encoding)) == [(TAG + at, vr, len(values)) for at, (_, vr) in enumerate(forms)]


def test_elements_of_one_tag_may_come_again() -> None:
    extra = narrow(TAG, b"xs", b"ab") * 3 + wide(TAG, b"XZ", b"abcd") * 2

    assert found_between(image(extra)) == [(TAG, b"xs", 2)] * 3 + [(TAG, b"XZ", 4)] * 2


@pytest.mark.parametrize("write, vr", [(wide, b"XZ"), (narrow, b"xs")], ids=["32-bit", "16-bit"])
@pytest.mark.parametrize("before", [WINDOW - 700, *range(WINDOW - 610, WINDOW - 520, 6), 3 * WINDOW])
def test_the_windows_end_changes_nothing(before: int, write: object, vr: bytes) -> None:
    extra = element(0x00300010, b"UT", bytes(before)) + write(TAG, vr, b"abcd") * 2  # type: ignore[operator]

    assert found_between(image(extra)) == [(0x00300010, b"UT", before), (TAG, vr, 4), (TAG, vr, 4)]


def test_a_long_value_that_leads_out_of_the_window_is_followed() -> None:
    extra = wide(TAG, b"XZ", bytes(2 * WINDOW)) + narrow(TAG + 1, b"xs", bytes(60_000))

    assert found_between(image(extra)) == [(TAG, b"XZ", 2 * WINDOW), (TAG + 1, b"xs", 60_000)]


@pytest.mark.parametrize("trailing", [b"", bytes(2)], ids=["none", "two"])
@pytest.mark.parametrize("form", [wide, narrow], ids=["32-bit", "16-bit"])
def test_pixels_of_an_unknown_vr_are_the_pixels(form: object, trailing: bytes) -> None:
    """Standard: PS3.6 writes "OB or OW" as ox, and so do some writers."""
    pixels = form(0x7FE00010, b"ox", bytes(range(1, 37)))  # type: ignore[operator]
    data = file(meta(), image_elements(5, 7, pixels=pixels) + trailing)
    layout = scan_bytes(data)
    result = write_bytes(data, [PLANE])

    assert layout.has_pixel_data
    assert layout.end == len(data) - len(trailing)
    assert [plane.packed for plane in read_bytes(result)] == [PLANE.packed]
    assert remove_bytes(result) == data


def test_pixels_of_an_unknown_vr_that_are_cut_are_truncated_and_not_unknown() -> None:
    pixels = wide(0x7FE00010, b"ox", bytes(36))
    data = file(meta(), image_elements(5, 7, before_pixels=narrow(TAG, b"xs", b"ab"), pixels=pixels[:-4]))

    with fails_with("malformed-data-set", offset=510, tag=0x00240000, vr="0000"):
        scan_bytes(data)


# Below the top level.


@pytest.mark.parametrize("undefined", [True, False], ids=["undefined", "defined"])
@pytest.mark.parametrize("form, vr", [(wide, b"XZ"), (narrow, b"xs")], ids=["32-bit", "16-bit"])
def test_an_unknown_vr_in_an_item_is_stepped_over(form: object, vr: bytes, undefined: bool) -> None:
    inner = element(0x00080100, b"SH", b"CODE") + form(0x00080102, vr, b"abcd") * 2  # type: ignore[operator]
    extra = sequence(0x00400275, (item(inner, undefined=undefined),) * 2, undefined=True)

    assert found_between(image(extra)) == [(0x00400275, b"SQ", len(extra) - 12)]


def test_un_with_fragments_is_no_unknown_sequence_where_it_is_pixel_data() -> None:
    pixels = encapsulated((b"\xff\xd8\xff\xd9",))
    pixels = pixels[:4] + b"UN" + pixels[6:]
    data = file(meta("1.2.840.10008.1.2.4.50"), image_elements(5, 7, pixels=pixels))

    assert scan_bytes(data).end == len(data)
    assert remove_bytes(write_bytes(data, [PLANE])) == data


def test_a_file_of_unknown_vrs_alone_is_decided_in_bounded_time() -> None:
    """Each position is judged once: 3,000 elements with three readings each are no 3 ** 3000 ways."""
    extra = b"".join(narrow(0x00310000 + at, b"??", text("abcd")) for at in range(1, 3001))

    assert len(found_between(image(extra))) == 3000
