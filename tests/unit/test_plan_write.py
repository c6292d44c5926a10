"""Which groups a write takes, where they are, and what is refused.

Standard: PS3.5 sections 7.1 (order) and 7.6 (repeating groups); PS3.3 section C.9.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dicom_files import (
    BIG,
    DEFLATED_UID,
    ENCODING_OF,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    JPEG_2000_UID,
    deflate,
    element,
    file,
    image_elements,
    image_file,
    meta,
    overlay_elements,
    pack,
    text,
    ul,
    us,
)
from dicom_overlay import OverlayPlane
from dicom_overlay.planes.encode import encode_group
from dicom_overlay.planes.rules import OVERLAY_GROUPS
from dicom_overlay.scan.encoding import EXPLICIT_LITTLE
from element_diff import group_values, inserted_range, overlay_groups, tags, without_groups
from failing import fails_with
from in_memory import plan_remove, plan_write, read_bytes, remove_bytes, scan_bytes, write_bytes

if TYPE_CHECKING:
    from dicom_overlay.edit.options import Existing

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
DATA = pack(BITS)
OTHER = pack([1 - bit for bit in BITS])


def plane(**changes: Any) -> OverlayPlane:
    values: dict[str, Any] = {"rows": 5, "columns": 7, "packed": DATA}
    return OverlayPlane(**values | changes)


def test_one_plane_is_one_insertion_of_exactly_its_group() -> None:
    data = image_file()
    edit = plan_write(data, [plane()])
    start = tuple(scan_bytes(data).elements)[-1].start

    assert edit.groups == (0x6000,)
    assert [(s.start, s.end) for s in edit.patch.splices] == [(start, start)]
    assert edit.patch.splices[0].data == b"".join(encode_group(plane(), 0x6000, EXPLICIT_LITTLE, None))


@pytest.mark.parametrize(
    "transfer_syntax", [IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID, JPEG_2000_UID, DEFLATED_UID]
)
def test_nothing_else_changes_in_any_transfer_syntax(transfer_syntax: str) -> None:
    data = image_file(transfer_syntax=transfer_syntax)
    result = write_bytes(data, [plane(label="Label")])

    inserted_range(data, result, (0x6000,))
    assert [p.packed for p in read_bytes(result)] == [DATA]
    if transfer_syntax != DEFLATED_UID:
        assert remove_bytes(result) == data


@pytest.mark.parametrize(
    "used, taken",
    [
        pytest.param([], 0x6000, id="none-used"),
        pytest.param([0x6000], 0x6002, id="first-used"),
        pytest.param([0x6002], 0x6000, id="second-used"),
        pytest.param([0x6000, 0x6002, 0x6006], 0x6004, id="gap"),
        pytest.param(list(OVERLAY_GROUPS[:-1]), 0x601E, id="only-the-last-free"),
        pytest.param([0x6020, 0x6022], 0x6000, id="out-of-range-ones-do-not-count"),
    ],
)
def test_a_plane_without_a_group_takes_the_first_free_one(used: list[int], taken: int) -> None:
    overlays = b"".join(overlay_elements(group, 5, 7, OTHER) for group in used)
    data = image_file(before_pixels=overlays)
    result = write_bytes(data, [plane()])

    assert overlay_groups(result) == sorted([*used, taken])
    assert group_values(result, taken)[0x3000] == ("OW", DATA)
    assert without_groups(result, (taken,)) == data


@pytest.mark.parametrize(
    "occupant",
    [
        pytest.param(element(0x60000000, b"UL", ul(0)), id="group-length"),
        pytest.param(element(0x60001001, b"CS", text("LAYER")), id="activation-layer"),
        pytest.param(element(0x60000102, b"US", us(12)), id="bit-position"),
    ],
)
def test_a_group_that_holds_anything_is_not_free(occupant: bytes) -> None:
    assert plan_write(image_file(before_pixels=occupant), [plane()]).groups == (0x6002,)


def test_several_planes_take_the_free_groups_in_their_order_around_named_ones() -> None:
    data = image_file(before_pixels=overlay_elements(0x6002, 5, 7, OTHER))
    edit = plan_write(data, [plane(), plane(group=0x6000), plane(), plane(group=0x601E)])
    result = edit.patch.apply(data)

    assert edit.groups == (0x6004, 0x6000, 0x6006, 0x601E)
    assert overlay_groups(result) == [0x6000, 0x6002, 0x6004, 0x6006, 0x601E]
    assert tags(result) == sorted(tags(result))


def test_sixteen_planes_fit_and_stand_in_order() -> None:
    planes = [plane(label=str(i)) for i in range(16)]
    data = image_file()
    result = write_bytes(data, planes)

    assert overlay_groups(result) == list(OVERLAY_GROUPS)
    assert [p.label for p in read_bytes(result)] == [str(i) for i in range(16)]
    inserted_range(data, result, OVERLAY_GROUPS)


@pytest.mark.parametrize("count", [0, 17])
def test_no_plane_or_a_seventeenth_is_refused(count: int) -> None:
    with fails_with("invalid-plane", "field", "expected", "found") as caught:
        plan_write(image_file(), [plane()] * count)

    assert caught.value.detail["found"] == count


@pytest.mark.parametrize("free, wanted", [(0, 1), (1, 2), (15, 16)])
def test_too_few_free_groups_are_refused(free: int, wanted: int) -> None:
    used = OVERLAY_GROUPS[: 16 - free]
    data = image_file(before_pixels=b"".join(overlay_elements(group, 5, 7, OTHER) for group in used))

    with fails_with("no-free-group", "expected", "found") as caught:
        plan_write(data, [plane()] * wanted)
    assert caught.value.detail["expected"] == wanted


def test_a_named_group_in_use_is_refused_and_named() -> None:
    data = image_file(before_pixels=overlay_elements(0x6004, 5, 7, OTHER))

    with fails_with("group-in-use", group=0x6004) as caught:
        plan_write(data, [plane(group=0x6004)])
    assert caught.value.detail["group"] == 0x6004


@pytest.mark.parametrize("stated", [0, 2, 99, 0xFFFFFFFF])
@pytest.mark.parametrize("transfer_syntax", [IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID])
def test_a_named_group_that_holds_only_its_length_may_be_written_and_removing_gives_the_first_file_back(
    transfer_syntax: str, stated: int
) -> None:
    encoding = ENCODING_OF.get(transfer_syntax, EXPLICIT)
    length = element(0x60000000, b"UL", ul(stated, encoding=encoding), encoding)
    data = image_file(transfer_syntax=transfer_syntax, before_pixels=length)
    result = write_bytes(data, [plane(group=0x6000)])

    assert [p.packed for p in read_bytes(result)] == [DATA]
    assert tags(result) == sorted(tags(result))
    assert remove_bytes(result, [0x6000]) == data
    assert remove_bytes(result) == data


def test_a_mere_group_length_is_no_plane_to_remove() -> None:
    data = image_file(before_pixels=element(0x60000000, b"UL", ul(0)))

    assert plan_remove(data).groups == ()
    with fails_with("plane-not-found", group=0x6000):
        plan_remove(data, [0x6000])


def test_groups_with_a_mere_length_are_taken_once_no_other_is_free() -> None:
    lengths = b"".join(element(group << 16, b"UL", ul(0)) for group in OVERLAY_GROUPS)
    edit = plan_write(image_file(before_pixels=lengths), [plane()] * 16)

    assert edit.groups == OVERLAY_GROUPS


def test_two_planes_for_one_group_are_refused() -> None:
    with fails_with("invalid-plane", field="group", group=0x6002) as caught:
        plan_write(image_file(), [plane(group=0x6002), plane(group=0x6002)])

    assert caught.value.detail == {"field": "group", "group": 0x6002}


@pytest.mark.parametrize("group", [0x6001, 0x6020, 0x5FFE, 0])
def test_a_group_that_is_no_overlay_group_is_refused(group: int) -> None:
    with fails_with("invalid-plane", "field", "found"):
        plan_write(image_file(), [plane(group=group)])


# Replacing.


def test_replacing_rewrites_that_group_and_no_other() -> None:
    first, third = overlay_elements(0x6000, 5, 7, OTHER), overlay_elements(0x6004, 5, 7, OTHER)
    old = overlay_elements(0x6002, 2, 2, b"\1\0")
    old = element(0x60020000, b"UL", ul(len(old))) + old
    before, after = image_file(before_pixels=first + old + third), image_file(before_pixels=first + third)
    result = write_bytes(before, [plane(group=0x6002)], existing="replace-group")

    assert without_groups(result, (0x6002,)) == after
    assert group_values(result, 0x6002)[0x0010] == ("US", us(5))
    assert 0 not in group_values(result, 0x6002)


def test_replacing_takes_retired_elements_away_and_scattered_ones_too() -> None:
    retired = element(0x60001100, b"US", us(1)) + element(0x60001200, b"US", us(1)) + element(0x60004000, b"LT", b"ab")
    data = image_file(
        before_pixels=overlay_elements(0x6000, 5, 7, OTHER) + retired, trailing=element(0x60000010, b"US", us(5))
    )
    result = write_bytes(data, [plane(group=0x6000)], existing="replace-group")

    assert without_groups(result, (0x6000,)) == image_file()
    assert sorted(group_values(result, 0x6000)) == [0x10, 0x11, 0x40, 0x50, 0x100, 0x102, 0x3000]
    assert tags(result) == sorted(tags(result))


def test_replacing_puts_a_group_that_stood_too_early_into_its_place() -> None:
    early = element(0x60000022, b"LO", text("too early"))
    data = file(meta(), early + image_elements(5, 7))
    result = write_bytes(data, [plane(group=0x6000)], existing="replace-group")

    assert without_groups(result, (0x6000,)) == file(meta(), image_elements(5, 7))
    assert tags(result) == sorted(tags(result))


def test_replacing_leaves_the_odd_group_above_alone() -> None:
    private = element(0x60010010, b"LO", text("PRIVATE")) + element(0x60011001, b"OB", b"ab")
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, OTHER) + private)
    result = write_bytes(data, [plane(group=0x6000)], existing="replace-group")

    assert without_groups(result, (0x6000,)) == image_file(before_pixels=private)
    assert tags(result) == sorted(tags(result))


def test_replacing_a_group_that_is_not_there_adds_it() -> None:
    assert plan_write(image_file(), [plane(group=0x6008)], existing="replace-group").groups == (0x6008,)


def test_replacing_the_plane_of_a_group_needs_the_group() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, OTHER))
    with fails_with("invalid-plane", field="group") as caught:
        plan_write(data, [plane(group=0x6000), plane()], existing="replace-group")

    assert caught.value.detail["field"] == "group"


def test_one_plane_may_replace_while_others_are_added_on_both_sides() -> None:
    data = image_file(before_pixels=overlay_elements(0x6002, 5, 7, OTHER))
    result = write_bytes(
        data, [plane(group=0x6004), plane(group=0x6002), plane(group=0x6000)], existing="replace-group"
    )

    assert tags(result) == sorted(tags(result))
    assert [(p.group, p.packed) for p in read_bytes(result)] == [(g, DATA) for g in (0x6000, 0x6002, 0x6004)]
    assert without_groups(result, (0x6000, 0x6002, 0x6004)) == image_file()


@pytest.mark.parametrize("rule", ["replace-group", "replace-label"])
def test_a_plane_embedded_in_the_pixels_is_never_rewritten(rule: Existing) -> None:
    embedded = element(0x60000010, b"US", us(5)) + element(0x60000100, b"US", us(16))
    embedded += element(0x60000102, b"US", us(12)) + element(0x60001500, b"LO", text("Liver"))

    with fails_with("unsupported-overlay", group=0x6000) as caught:
        plan_write(image_file(before_pixels=embedded), [plane(group=0x6000, label="Liver")], existing=rule)
    assert caught.value.detail["group"] == 0x6000


# Where a group is.


@pytest.mark.parametrize(
    "before, after, neighbours",
    [
        pytest.param(b"", b"", (0x00280103, 0x7FE00010), id="plain"),
        pytest.param(element(0x60010010, b"LO", b"ab"), b"", (0x00280103, 0x60010010), id="odd-group-above"),
        pytest.param(element(0x60030010, b"LO", b"ab"), b"", (0x00280103, 0x60030010), id="odd-group-between"),
        pytest.param(element(0x5FFF0010, b"LO", b"ab"), b"", (0x5FFF0010, 0x7FE00010), id="odd-group-below"),
        pytest.param(element(0x70010010, b"LO", b"ab"), b"", (0x00280103, 0x70010010), id="group-below-the-pixels"),
        pytest.param(element(0x7FE00001, b"OV", b""), b"", (0x00280103, 0x7FE00001), id="offset-table"),
        pytest.param(b"", element(0xFFFCFFFC, b"OB", b"\0\0"), (0x00280103, 0x7FE00010), id="padding-element"),
        pytest.param(b"", bytes(11), (0x00280103, 0x7FE00010), id="junk"),
    ],
)
def test_a_group_stands_before_the_first_higher_one(before: bytes, after: bytes, neighbours: tuple[int, int]) -> None:
    data = image_file(before_pixels=before, trailing=after)
    result = write_bytes(data, [plane()])
    order = tags(result)

    inserted_range(data, result, (0x6000,))
    assert order[order.index(0x60000010) - 1] == neighbours[0]
    assert order[order.index(0x60003000) + 1] == neighbours[1]


def test_planes_written_one_by_one_stand_as_if_written_at_once() -> None:
    data = image_file(before_pixels=element(0x60030010, b"LO", b"ab"))
    planes = [plane(group=group) for group in (0x6004, 0x6000, 0x6002)]
    step = data
    for each in planes:
        step = write_bytes(step, [each])

    assert step == write_bytes(data, planes)


def test_without_pixel_data_a_group_stands_at_the_end() -> None:
    data = file(meta(), image_elements(5, 7, pixels=b""))

    assert write_bytes(data, [plane()]) == data + b"".join(encode_group(plane(), 0x6000, EXPLICIT_LITTLE, None))


def test_a_look_alike_inside_a_sequence_does_not_move_the_place() -> None:
    data = file(
        meta(),
        image_elements(5, 7, before_pixels=element(0x00880200, b"SQ", b"\xfe\xff\0\xe0\0\0\0\0")),
        preamble=bytes(128),
    )
    order = tags(write_bytes(data, [plane()]))

    assert order[order.index(0x60000010) - 1] == 0x00880200


@pytest.mark.parametrize("trailing", [b"", b"TAIL", b"\1"])
def test_what_stands_behind_a_deflate_stream_stays(trailing: bytes) -> None:
    data = file(meta(DEFLATED_UID), deflate(image_elements(5, 7)) + trailing)
    result = write_bytes(data, [plane()])
    layout = scan_bytes(result)

    assert layout.deflated is not None
    assert layout.deflated.trailing == trailing
    assert (layout.deflated.source_size - len(trailing) - layout.deflated.start) % 2 == 0
    assert layout.deflated.inflated == image_elements(
        5, 7, before_pixels=b"".join(encode_group(plane(), 0x6000, EXPLICIT_LITTLE, None))
    )


# What no plane can be laid over.


@pytest.mark.parametrize(
    "encoding, uid", [(EXPLICIT, EXPLICIT_LITTLE_UID), (IMPLICIT, IMPLICIT_LITTLE_UID), (BIG, EXPLICIT_BIG_UID)]
)
@pytest.mark.parametrize("rows, columns", [(0, 7), (5, 0), (None, 7), (5, None)])
def test_a_file_without_rows_or_columns_is_refused(
    encoding: Any, uid: str, rows: int | None, columns: int | None
) -> None:
    parts = element(0x00080018, b"UI", b"1.2\0", encoding)
    if rows is not None:
        parts += element(0x00280010, b"US", us(rows, encoding=encoding), encoding)
    if columns is not None:
        parts += element(0x00280011, b"US", us(columns, encoding=encoding), encoding)

    with fails_with("no-image"):
        plan_write(file(meta(uid), parts), [plane()])


def test_a_label_that_the_file_cannot_hold_is_refused_and_one_that_it_can_is_written() -> None:
    with fails_with("invalid-plane", field="label"):
        plan_write(image_file(), [plane(label="Größe")])
    with fails_with("invalid-plane", field="label"):
        plan_write(image_file(charset="ISO_IR 100"), [plane(label="肝臓")])

    result = write_bytes(image_file(charset="ISO_IR 192"), [plane(label="Größe 肝臓")])
    assert group_values(result, 0x6000)[0x1500][1].rstrip() == "Größe 肝臓".encode()


@pytest.mark.parametrize("planes", [["x"], [None], [object()]])
def test_what_is_not_a_plane_is_a_mistake_of_the_program(planes: list[Any]) -> None:
    with pytest.raises(TypeError, match="OverlayPlane"):
        plan_write(image_file(), planes)
