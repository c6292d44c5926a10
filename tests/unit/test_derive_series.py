"""A derived instance's time, its new series, and the sequences that get an item; the planned header is proven.

Standard: PS3.3 sections C.7.3.1, C.12.1 (Timezone Offset From UTC), C.12.4; PS3.5 section 6.2.2 (CP-246).
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from pydicom import dcmread

from dicom_files import (
    BIG,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    Encoding,
    delimiter,
    element,
    file,
    image_elements,
    item,
    meta,
    pack,
    sequence,
    tag_bytes,
    text,
    uid,
    ul,
    unknown_sequence,
)
from dicom_overlay import OverlayPlane
from dicom_overlay.edit import proof
from dicom_overlay.edit.options import WriteOptions, is_uid, require_requests
from dicom_overlay.edit.patch import Splice
from dicom_overlay.edit.plan import plan_write as plan_one
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from element_diff import group_values, tokens
from failing import fails_with
from in_memory import plan_remove, plan_write, scan_bytes, write_bytes

if TYPE_CHECKING:
    from pydicom import FileDataset

PLANE = OverlayPlane(rows=5, columns=7, packed=pack([1] * 35))
SERIES = "2.25.987"
UIDS = {IMPLICIT: IMPLICIT_LITTLE_UID, EXPLICIT: EXPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}
SOURCES = 0x00082112
EQUIPMENT = 0x0018A001
REFERENCED = 0x00081155


def image(*extra: bytes, encoding: Encoding = EXPLICIT) -> bytes:
    """An image with more elements, each put where its tag belongs."""
    parts = image_elements(5, 7, encoding)
    for each in extra:
        tag = encoding_tag(each, encoding)
        layout = scan_bytes(parts)
        place = next(found.start for found in layout.elements if found.tag > tag)
        parts = parts[:place] + each + parts[place:]
    return file(meta(UIDS[encoding]), parts)


def encoding_tag(data: bytes, encoding: Encoding) -> int:
    order = "big" if encoding.big else "little"
    return int.from_bytes(data[:2], order) << 16 | int.from_bytes(data[2:4], order)  # type: ignore[arg-type]


def derived(data: bytes, **options: Any) -> bytes:
    return plan_write(data, [PLANE], instance="derived", **options).patch.apply(data)


def read(data: bytes) -> FileDataset:
    """Let pydicom read a file; that it warns of what is odd in some is not under test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(BytesIO(data))


# Time.


@pytest.mark.parametrize(
    "offset, minutes",
    [("+0900", 540), ("-0330", -210), ("+0000", 0), ("-1200", -720), ("+1400", 840), ("+0545", 345)],
)
def test_dates_are_in_the_files_timezone(offset: str, minutes: int) -> None:
    data = image(element(0x00080201, b"SH", text(offset)))
    first = datetime.now(UTC).replace(microsecond=0)
    dataset = read(derived(data))
    last = datetime.now(UTC)
    local = datetime.strptime(dataset.InstanceCreationDate + dataset.InstanceCreationTime, "%Y%m%d%H%M%S")  # noqa: DTZ007 - made aware below
    made = (local - timedelta(minutes=minutes)).replace(tzinfo=UTC)

    assert first <= made <= last
    assert dataset.ContributingEquipmentSequence[0].ContributionDateTime == local.strftime("%Y%m%d%H%M%S")
    assert dataset.TimezoneOffsetFromUTC == offset


@pytest.mark.parametrize("offset", [b"", b"0900", b"+09:00 ", b"+9 ", b"+0960 ", b"+9900 ", b"Z ", b"??"])
def test_an_offset_that_is_none_leaves_the_machines_own(offset: bytes) -> None:
    data = image(element(0x00080201, b"SH", offset + b" " * (len(offset) % 2)))
    first = datetime.now().replace(microsecond=0)  # noqa: DTZ005 - the machine's own zone is what is under test
    values = group_values(derived(data), 0x0008)
    made = datetime.strptime((values[0x12][1] + values[0x13][1]).decode().strip(), "%Y%m%d%H%M%S")  # noqa: DTZ007

    assert first <= made <= datetime.now()  # noqa: DTZ005


# A new series.


def test_a_new_series_has_a_number_and_a_description_of_its_own() -> None:
    data = image(element(0x0008103E, b"LO", text("Chest")), element(0x00200011, b"IS", text("7")))
    dataset = read(derived(data, series_instance_uid=SERIES))

    assert (dataset.SeriesInstanceUID, dataset.SeriesNumber, dataset.SeriesDescription) == (
        SERIES,
        1007,
        "Chest overlay",
    )


def test_a_derived_instance_is_in_a_new_series_also_where_none_is_named() -> None:
    data = image(element(0x0008103E, b"LO", text("Chest")), element(0x00200011, b"IS", text("7")))
    first, second = read(derived(data)), read(derived(data))

    assert len({"1.2.3.1", first.SeriesInstanceUID, second.SeriesInstanceUID}) == 3
    assert first.SeriesInstanceUID.startswith("2.25.")
    assert is_uid(first.SeriesInstanceUID)
    assert (first.SeriesNumber, first.SeriesDescription) == (1007, "Chest overlay")


def test_files_of_one_series_that_are_derived_together_are_in_one_new_series() -> None:
    options = WriteOptions(instance="derived")
    requests = require_requests([PLANE], "refuse")

    def series_of(data: bytes) -> str:
        source = Source.of_bytes(data)
        return str(read(plan_one(scan(source), requests, options, source).patch.apply(data)).SeriesInstanceUID)

    other = image().replace(uid("1.2.3.1"), uid("1.2.3.2"))
    found = [series_of(image()), series_of(image(element(0x00080060, b"CS", b"CT"))), series_of(other)]

    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("own", ["Chest overlay", "overlay", "Chest overlay "])
def test_a_description_that_says_so_already_is_not_extended_again(own: str) -> None:
    data = image(element(0x0008103E, b"LO", text(own)))

    assert read(derived(data)).SeriesDescription == own.strip()


def test_a_derivation_that_says_so_already_is_not_extended_again() -> None:
    once = derived(image())
    twice = plan_write(once, [PLANE], instance="derived").patch.apply(once)

    assert read(twice).DerivationDescription == "Overlay plane written; pixel data unchanged"


# Removal.


def test_a_removal_can_be_derived() -> None:
    data = write_bytes(image(element(0x0008103E, b"LO", text("Chest"))), [PLANE])
    edit = plan_remove(data, options=WriteOptions(instance="derived"))
    dataset = read(edit.patch.apply(data))

    assert dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID == edit.sop_instance_uid
    assert (0x6000, 0x3000) not in dataset
    assert dataset.SeriesInstanceUID != "1.2.3.1"
    assert dataset.SourceImageSequence[0].ReferencedSOPInstanceUID == "1.2.3.4"
    assert dataset.DerivationDescription == "Overlay plane removed; pixel data unchanged"
    assert dataset.ContributingEquipmentSequence[0].ContributionDescription == dataset.DerivationDescription


def test_where_nothing_is_removed_the_instance_stays() -> None:
    edit = plan_remove(image(), options=WriteOptions(instance="derived"))

    assert (edit.patch.splices, edit.sop_instance_uid) == ((), None)


def test_a_series_without_number_and_description_gets_both() -> None:
    dataset = read(derived(image(), series_instance_uid=SERIES))

    assert (dataset.SeriesNumber, dataset.SeriesDescription) == (1000, "overlay")


@pytest.mark.parametrize(
    "own, used, number",
    [
        ("7", (), 1007),
        ("7", (1007, 1008, 1010), 1009),
        ("+7", (), 1007),
        ("-7", (), 993),
        ("many", (1000,), 1001),
        ("2147483647", (), 1000),
        ("999999999999", (), 1000),
    ],
)
def test_the_number_is_one_that_is_not_in_use(own: str, used: tuple[int, ...], number: int) -> None:
    data = image(element(0x00200011, b"IS", text(own)))
    made = derived(data, series_instance_uid=SERIES, series_numbers_in_use=used)

    assert group_values(made, 0x0020)[0x11][1].strip() == str(number).encode()


def test_number_and_description_may_be_given() -> None:
    options = {"series_instance_uid": SERIES, "series_number": 42, "series_description": "Größe"}
    dataset = read(derived(image(element(0x00080005, b"CS", text("ISO_IR 192"))), **options))

    assert (dataset.SeriesNumber, dataset.SeriesDescription) == (42, "Größe")


@pytest.mark.parametrize("length, kept", [(56, True), (57, False), (64, False)])
def test_a_description_without_room_for_the_word_gives_way_to_it_or_keeps_to_64_characters(
    length: int, kept: bool
) -> None:
    data = image(element(0x0008103E, b"LO", b"x" * length + b" " * (length % 2)))
    found = group_values(derived(data, series_instance_uid=SERIES), 0x0008)[0x103E][1].decode().strip()

    assert len(found) <= 64
    assert found.endswith("overlay")
    assert (found == "x" * length + " overlay") == kept


def test_a_description_that_the_character_set_lacks_is_refused() -> None:
    data = image(element(0x0008103E, b"LO", "Müller".encode("latin-1")))
    with fails_with("invalid-plane", field="series_description") as caught:
        derived(data, series_instance_uid=SERIES, series_description="肝臓")

    assert caught.value.detail["field"] == "series_description"


@pytest.mark.parametrize(
    "options, field",
    [
        ({"series_number": 1, "instance": "keep"}, "series_number"),
        ({"series_description": "x", "instance": "keep"}, "series_description"),
        ({"series_instance_uid": SERIES, "instance": "keep"}, "series_instance_uid"),
        ({"series_seed": 7}, "series_seed"),
        ({"series_instance_uid": SERIES, "series_number": 2**31}, "series_number"),
        ({"series_instance_uid": SERIES, "series_number": True}, "series_number"),
        ({"series_instance_uid": SERIES, "series_number": "7"}, "series_number"),
        ({"series_instance_uid": SERIES, "series_numbers_in_use": (1, "2")}, "series_numbers_in_use"),
        ({"series_instance_uid": SERIES, "series_description": "x" * 65}, "series_description"),
        ({"series_instance_uid": SERIES, "series_description": "a\\b"}, "series_description"),
        ({"series_instance_uid": SERIES, "series_description": "a\nb"}, "series_description"),
        ({"instance": "other"}, "instance"),
    ],
)
def test_options_that_make_no_sense_are_refused_and_named(options: dict[str, Any], field: str) -> None:
    with fails_with("invalid-request", "field") as caught:
        WriteOptions(**{"instance": "derived"} | options)

    assert caught.value.detail["field"] == field


# Sequences that get an item.


def references(data: bytes) -> list[str]:
    """Return the instances of Source Image Sequence, as pydicom reads them."""
    return [str(each.ReferencedSOPInstanceUID) for each in read(data).SourceImageSequence]


def reference(encoding: Encoding = IMPLICIT, *, undefined: bool = False) -> bytes:
    return item(element(REFERENCED, b"UI", uid("1.2.9"), encoding), encoding, undefined=undefined)


@pytest.mark.parametrize("undefined", [True, False], ids=["undefined-items", "defined-items"])
@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("form", ["defined", "undefined"])
def test_a_sequence_written_as_un_is_appended_to_in_implicit_vr(form: str, count: int, undefined: bool) -> None:
    items = (reference(undefined=undefined),) * count
    value = b"".join(items)
    whole = element(SOURCES, b"UN", value) if form == "defined" else unknown_sequence(SOURCES, items)
    data = image(whole)

    assert references(derived(data)) == ["1.2.9"] * count + ["1.2.3.4"]


def test_a_sequence_written_as_un_in_explicit_vr_is_appended_to_as_it_is() -> None:
    """Some writers only change SQ to UN."""
    data = image(element(SOURCES, b"UN", reference(EXPLICIT)))
    result = derived(data)
    (found,) = [token for token in tokens(result).elements if token.tag == SOURCES]
    value = result[found.value : found.end]

    assert value.startswith(reference(EXPLICIT))
    assert value.count(tag_bytes(REFERENCED) + b"UI") == 2


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_the_item_goes_before_a_delimiter_that_ends_a_sequence_of_defined_length(encoding: Encoding) -> None:
    value = reference(encoding) + delimiter(0xFFFEE0DD, encoding)
    result = derived(image(element(SOURCES, b"SQ", value, encoding), encoding=encoding))
    (found,) = [token for token in tokens(result).elements if token.tag == SOURCES]

    assert result[found.end - 8 : found.end] == delimiter(0xFFFEE0DD, encoding)
    assert scan_bytes(result).elements.find(0x00100010) is not None
    assert references(result) == ["1.2.9", "1.2.3.4"]


@pytest.mark.parametrize("tag", [SOURCES, EQUIPMENT])
@pytest.mark.parametrize(
    "vr, value",
    [
        pytest.param(b"UN", b"no sequence at all", id="text-as-un"),
        pytest.param(b"SQ", b"no sequence at all", id="text-as-sq"),
        pytest.param(b"LO", b"text", id="text"),
        pytest.param(b"SQ", reference(EXPLICIT) + b"\0\0\0\0", id="rest-behind-the-items"),
        pytest.param(b"SQ", delimiter(0xFFFEE0DD) + reference(EXPLICIT), id="delimiter-inside"),
        pytest.param(b"SQ", reference(EXPLICIT)[:-4], id="cut-item"),
    ],
)
def test_a_value_that_is_no_sequence_is_refused_with_its_tag(tag: int, vr: bytes, value: bytes) -> None:
    with fails_with("malformed-data-set", "offset", "tag", "vr") as caught:
        derived(image(element(tag, vr, value)))

    assert caught.value.detail["tag"] == tag


# Meta information that is written in another way.


@pytest.mark.parametrize("length", [True, False], ids=["with-length", "without"])
def test_of_implicit_meta_information_a_derived_instance_stays_readable(length: bool) -> None:
    body = element(0x00020003, b"UI", uid("1.2.3.4"), IMPLICIT) + element(
        0x00020010, b"UI", uid(EXPLICIT_LITTLE_UID), IMPLICIT
    )
    head = element(0x00020000, b"UL", ul(len(body)), IMPLICIT) if length else b""
    result = derived(file(head + body, image_elements(5, 7)))
    layout = scan_bytes(result)
    found = {element.tag: result[element.value : element.end] for element in layout.meta}

    assert layout.meta_encoding.is_implicit
    assert layout.transfer_syntax == EXPLICIT_LITTLE_UID
    assert found[0x00020003].rstrip(b"\0") == layout.values[0x00080018].rstrip(b"\0")
    if length:
        assert int.from_bytes(found[0x00020000], "little") == layout.meta[-1].end - layout.meta[0].end


def test_of_big_endian_meta_information_a_derived_instance_stays_readable() -> None:
    body = element(0x00020003, b"UI", uid("1.2.3.4"), BIG) + element(0x00020010, b"UI", uid(EXPLICIT_BIG_UID), BIG)
    head = element(0x00020000, b"UL", ul(len(body), encoding=BIG), BIG)
    result = derived(file(head + body, image_elements(5, 7, BIG)))
    layout = scan_bytes(result)
    found = {element.tag: result[element.value : element.end] for element in layout.meta}

    assert (layout.meta_encoding.is_little, layout.transfer_syntax) == (False, EXPLICIT_BIG_UID)
    assert found[0x00020003].rstrip(b"\0") == layout.values[0x00080018].rstrip(b"\0")
    assert int.from_bytes(found[0x00020000], "big") == layout.meta[-1].end - layout.meta[0].end


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param(element(0x00020010, b"UI", uid(IMPLICIT_LITTLE_UID)), id="again"),
        pytest.param(element(0x00020010, b"UI", uid(EXPLICIT_LITTLE_UID), IMPLICIT), id="in-another-form"),
    ],
)
def test_elements_of_group_2_that_strayed_into_the_data_set_are_not_the_meta_informations(stray: bytes) -> None:
    encoding = IMPLICIT if stray[4:6] != b"UI" else EXPLICIT
    data = file(meta(UIDS[encoding]), stray + image_elements(5, 7, encoding))
    result = derived(data)
    layout = scan_bytes(result)

    assert [found.tag for found in layout.elements][0] == 0x00020010  # noqa: RUF015
    assert layout.meta[-1].tag == 0x00020012
    assert int.from_bytes(result[layout.meta[0].value : layout.meta[0].end], "little") == (
        layout.meta[-1].end - layout.meta[0].end
    )
    assert read(result).SOPInstanceUID == layout.text(0x00080018)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            sequence(0x0040A170, (item(b"", IMPLICIT),), IMPLICIT, undefined=True), id="a-sequence-of-undefined-length"
        ),
        # The length 0x4F4C is written as the letters LO.
        pytest.param(element(0x00091010, b"LO", b" " * 0x4F4C, IMPLICIT), id="a-length-that-looks-like-a-vr"),
    ],
)
def test_an_item_in_implicit_vr_gets_one_in_implicit_vr_beside_it(content: bytes) -> None:
    data = image(element(SOURCES, b"SQ", item(content, IMPLICIT), IMPLICIT), encoding=IMPLICIT)
    result = derived(data)

    assert element(REFERENCED, b"UI", uid("1.2.3.4"), IMPLICIT) in result
    assert read(result).SourceImageSequence[1].ReferencedSOPInstanceUID == "1.2.3.4"


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_a_sequence_whose_item_does_not_end_is_refused(encoding: Encoding) -> None:
    broken = item(b"", encoding, length=0xFFFFFFFF) + b"\xff" * 16
    data = image(element(SOURCES, b"SQ", broken, encoding), encoding=encoding)

    with fails_with("malformed-data-set", "offset", "tag", "vr") as caught:
        derived(data)
    assert caught.value.detail["tag"] == SOURCES


@pytest.mark.parametrize("room, fits", [(1000, True), (60, False)])
def test_a_sequence_that_cannot_grow_is_refused(room: int, fits: bool) -> None:
    """PS3.5 section 7.1.2: a length has 32 bits. The 4 GB of zeros are made up as they are read."""
    parts = image_elements(5, 7)
    cut = parts.index(tag_bytes(0x00100010))
    length = 0xFFFFFFFE - room
    head = file(meta(), parts[:cut] + element(SOURCES, b"SQ", item(b"", length=length - 8), length=length))
    zeros, tail = length - 8, parts[cut:]

    def read_range(start: int, end: int) -> bytes:
        middle = max(0, min(end, len(head) + zeros) - max(start, len(head)))
        after = max(0, start - len(head) - zeros), max(0, end - len(head) - zeros)
        return head[start:end] + bytes(middle) + tail[after[0] : after[1]]

    source = Source(len(head) + zeros + len(tail), read_range)
    planes, options = require_requests([PLANE], "refuse"), WriteOptions(instance="derived")
    if fits:
        assert plan_one(scan(source), planes, options, source).sop_instance_uid
        return
    with fails_with("malformed-data-set", offset=head.index(tag_bytes(SOURCES)), tag=SOURCES):
        plan_one(scan(source), planes, options, source)


# The proof.


def test_an_edit_whose_header_would_not_read_as_planned_is_refused() -> None:
    """An element of undefined length put before another one swallows it."""
    data = image()
    source = Source.of_bytes(data)
    layout = scan(source)
    place = layout.elements.find(0x00100010)
    assert place is not None
    swallowing = tag_bytes(0x00090010) + b"OB\0\0" + (64).to_bytes(4, "little")

    proof.require_proof(layout, source, [Splice(place.start, place.start, element(0x00090010, b"OB", b"ab"))])
    with fails_with("malformed-data-set", offset=492) as caught:
        proof.require_proof(layout, source, [Splice(place.start, place.start, swallowing)])
    assert "nothing was written" in caught.value.message


def test_an_element_that_a_new_one_holds_in_its_value_is_missed() -> None:
    data = image()
    source = Source.of_bytes(data)
    layout = scan(source)
    place = layout.elements.find(0x00100010)
    assert place is not None
    holding = element(0x00090010, b"OB", b"", length=place.end - place.start)

    with fails_with("malformed-data-set", offset=place.start):
        proof.require_proof(layout, source, [Splice(place.start, place.start, holding)])


def test_an_element_that_nobody_wrote_is_noticed() -> None:
    """A value that a shorter length lets out reads as an element."""
    data = image(element(0x00090010, b"OB", element(0x00090011, b"US", b"\1\0")))
    source = Source.of_bytes(data)
    layout = scan(source)
    place = layout.elements.find(0x00090010)
    pixels = layout.elements.find(0x7FE00010)
    assert place is not None
    assert pixels is not None

    with fails_with("malformed-data-set", offset=pixels.start):
        proof.require_proof(layout, source, [Splice(place.start, place.value, element(0x00090010, b"OB", b""))])


@pytest.mark.parametrize("tag", [SOURCES, 0x00080060])
def test_a_sequence_that_got_an_item_must_read_as_one(tag: int) -> None:
    source = Source.of_bytes(image())

    with fails_with("malformed-data-set", offset=492):
        proof.require_proof(scan(source), source, [], [tag])


@pytest.mark.parametrize(
    "tag, data",
    [
        pytest.param(0x00100010, b"", id="taken-out-in-part"),
        pytest.param(0x00080018, element(0x00080016, b"UI", uid("1.2"))[:-1], id="a-byte-short"),
        pytest.param(0x00080018, b"\xff" * 12, id="no-element"),
    ],
)
def test_a_splice_that_breaks_an_element_is_refused(tag: int, data: bytes) -> None:
    whole = image()
    source = Source.of_bytes(whole)
    layout = scan(source)
    found = layout.elements.find(tag)
    assert found is not None

    with fails_with("malformed-data-set", offset=492):
        proof.require_proof(layout, source, [Splice(found.start, found.end - (2 if not data else 0), data)])


def test_an_unknown_vr_that_the_plane_would_make_ambiguous_is_refused_and_one_that_stays_clear_is_written() -> None:
    """The length 0x66 of a damaged header leads to a place that is an element's once a plane is before it."""
    refused = 0
    for length in range(0, 256, 2):
        damaged = b"\x28\0\x06\1" + bytes([length]) + b"\0\0\0"
        data = file(meta(), image_elements(5, 7, before_pixels=damaged + element(0x00280107, b"US", b"\xff\0")))
        try:
            scan_bytes(data)
            result = plan_write(data, [PLANE]).patch.apply(data)
        except ValueError:
            refused += 1
            continue
        assert [found.tag for found in scan_bytes(result).elements if found.tag >> 16 != 0x6000] == [
            found.tag for found in scan_bytes(data).elements
        ]

    assert 0 < refused < 128
