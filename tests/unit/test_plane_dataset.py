"""A plane goes into a pydicom data set and comes out again as it was, and pydicom writes what this package would."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from dicom_files import (
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT_LITTLE_UID,
    image_file,
    overlay_elements,
    pack,
)
from dicom_overlay import OverlayPlane, plan_dicom_overlays, read_dicom_overlays, write_dicom_overlays
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from dicom_overlay.series.order import read_facts
from failing import fails_with

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
PLANE = OverlayPlane(
    rows=5,
    columns=7,
    packed=pack(BITS),
    origin=(-2, 3),
    overlay_type="R",
    subtype="USER",
    label="Größe",
    description="drawn by hand",
    roi_area=sum(BITS),
    roi_mean=1.5,
    roi_standard_deviation=0.25,
)
SYNTAXES = [EXPLICIT_LITTLE_UID, IMPLICIT_LITTLE_UID, EXPLICIT_BIG_UID]


def dataset(**image: Any) -> Dataset:
    return dcmread(io.BytesIO(image_file(charset="ISO_IR 100", **image)))


def saved(given: Dataset) -> bytes:
    buffer = io.BytesIO()
    given.save_as(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_plane_comes_out_of_a_data_set_as_it_went_in(syntax: str) -> None:
    given = dataset(transfer_syntax=syntax)
    group = PLANE.add_to(given)
    found = OverlayPlane.from_dataset(given, group)

    assert group == 0x6000
    assert (found.group, found.packed) == (0x6000, PLANE.packed)
    names = ("rows", "columns", "origin", "overlay_type", "subtype", "label", "description", "number_of_frames")
    assert [getattr(found, name) for name in names] == [getattr(PLANE, name) for name in names]
    assert (found.roi_area, found.roi_mean, found.roi_standard_deviation) == (sum(BITS), 1.5, 0.25)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_what_pydicom_saves_is_read_as_the_plane_that_was_added(syntax: str) -> None:
    given = dataset(transfer_syntax=syntax)
    PLANE.add_to(given)
    (found,) = read_dicom_overlays(saved(given))

    assert (found.packed, found.label, found.origin, found.notices) == (PLANE.packed, "Größe", (-2, 3), ())
    written = write_dicom_overlays(image_file(charset="ISO_IR 100", transfer_syntax=syntax), [PLANE]).data
    assert found == read_dicom_overlays(written)[0]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_plane_that_this_package_wrote_comes_out_of_pydicoms_data_set(syntax: str) -> None:
    written = write_dicom_overlays(image_file(charset="ISO_IR 100", transfer_syntax=syntax), [PLANE]).data
    found = OverlayPlane.from_dataset(dcmread(io.BytesIO(written)), 0x6000)

    assert found == read_dicom_overlays(written)[0]


def test_a_data_set_that_was_made_in_memory_takes_planes_too() -> None:
    given = Dataset()
    plane = OverlayPlane.from_mask(np.eye(9, dtype=bool), label="eye")
    assert [plane.add_to(given) for _ in range(3)] == [0x6000, 0x6002, 0x6004]

    assert np.array_equal(OverlayPlane.from_dataset(given, 0x6002).mask, np.eye(9))


def test_words_of_a_big_endian_data_set_are_swapped_when_they_are_read() -> None:
    swapped = b"".join(pack(BITS)[at : at + 2][::-1] for at in range(0, 6, 2))
    given = dataset(transfer_syntax=EXPLICIT_BIG_UID)
    PLANE.add_to(given)
    given[0x60003000].VR = "OW"
    given[0x60003000].value = swapped

    assert OverlayPlane.from_dataset(given, 0x6000).packed == PLANE.packed


def test_on_a_multi_frame_image_a_plane_is_added_for_every_frame() -> None:
    given = dataset(frames=3)
    PLANE.add_to(given)
    found = OverlayPlane.from_dataset(given, 0x6000)

    assert (found.number_of_frames, found.image_frame_origin, found.packed) == (3, 1, pack(BITS * 3))


def test_frames_that_the_image_has_not_are_refused() -> None:
    plane = OverlayPlane(rows=5, columns=7, packed=pack(BITS * 2), number_of_frames=2)
    given = dataset()
    with fails_with("invalid-plane", field="number_of_frames", expected=1, found=2):
        plane.add_to(given)
    assert 0x60000010 not in given


def test_a_group_in_use_is_refused_and_nothing_changes() -> None:
    given = dcmread(io.BytesIO(image_file(before_pixels=overlay_elements(0x6002, 5, 7, pack(BITS)))))
    before = saved(given)
    with fails_with("group-in-use", group=0x6002):
        OverlayPlane(rows=5, columns=7, packed=pack(BITS), group=0x6002).add_to(given)
    assert saved(given) == before

    for _ in range(15):
        PLANE_WITHOUT_TEXT.add_to(given)
    with fails_with("no-free-group", expected=1, found=16):
        PLANE_WITHOUT_TEXT.add_to(given)


PLANE_WITHOUT_TEXT = OverlayPlane(rows=5, columns=7, packed=pack(BITS))


def test_a_label_that_the_character_set_lacks_is_refused_before_anything_is_added() -> None:
    given = dcmread(io.BytesIO(image_file()))
    with fails_with("invalid-plane", field="label") as caught:
        PLANE.add_to(given)

    assert caught.value.detail["field"] == "label"
    assert not [element for element in given if element.tag.group == 0x6000]


@pytest.mark.parametrize(
    "size, notice",
    [
        (2, {"code": "short-data", "expected": 6, "found": 2}),
        (4, {"code": "short-data", "expected": 6, "found": 4}),
        (5, None),  # the pad byte alone is missing
        (6, None),
        (8, {"code": "long-data", "expected": 6, "found": 8}),
    ],
)
def test_data_of_another_size_are_cut_or_filled_and_it_is_said(size: int, notice: dict[str, Any] | None) -> None:
    given = dataset()
    PLANE.add_to(given)
    given[0x60003000].value = (PLANE.packed + b"\xff\xff")[:size]
    found = OverlayPlane.from_dataset(given, 0x6000)

    assert [dict(one.detail, code=one.code) for one in found.notices] == (
        [notice | {"group": 0x6000}] if notice else []
    )
    assert found.packed == PLANE.packed[:size].ljust(6, b"\0")


@pytest.mark.parametrize("found, fits", [(1024, True), (1022, False)])
def test_a_size_may_exceed_its_data_by_32_mib(found: int, fits: bool) -> None:
    given = dataset()
    OverlayPlane(rows=1, columns=8192, packed=bytes(1024)).add_to(given)
    given[0x60000010].value = 32_769
    given[0x60003000].value = bytes(found)
    if fits:
        assert len(OverlayPlane.from_dataset(given, 0x6000).packed) == (32 << 20) + 1024
        return
    with fails_with("limit-exceeded", group=0x6000, expected=(32 << 20) + 1024, found=found):
        OverlayPlane.from_dataset(given, 0x6000)


@pytest.mark.parametrize("missing", [0x60003000, 0x60000010, 0x60000011])
def test_a_group_without_data_or_without_a_size_is_not_a_plane(missing: int) -> None:
    given = dataset()
    PLANE.add_to(given)
    del given[missing]
    with fails_with("plane-not-found", group=0x6000):
        OverlayPlane.from_dataset(given, 0x6000)
    with fails_with("plane-not-found", group=0x6002):
        OverlayPlane.from_dataset(given, 0x6002)


def test_a_data_set_of_several_character_sets_takes_a_text_that_one_of_them_holds() -> None:
    given = dcmread(io.BytesIO(image_file(charset="\\ISO 2022 IR 87")))
    OverlayPlane(rows=5, columns=7, packed=pack(BITS), label="肝臓").add_to(given)

    assert read_dicom_overlays(saved(given))[0].label == "肝臓"


@pytest.mark.parametrize("value", [7, "7\\x", [1, 2, 3]])
def test_values_of_another_form_are_refused_and_named(value: object) -> None:
    given = dataset()
    PLANE.add_to(given)
    given[0x60000050]._value = value
    with fails_with("invalid-plane", field="origin") as caught:
        OverlayPlane.from_dataset(given, 0x6000)

    assert caught.value.detail["field"] == "origin"


# On the image.


def reference(plane: OverlayPlane, rows: int, columns: int, frame: int) -> np.ndarray:
    """Lay a plane pixel by pixel."""
    image = np.zeros((rows, columns), bool)
    masks = plane.mask.reshape(-1, plane.rows, plane.columns)
    everywhere = plane.number_of_frames is None and plane.image_frame_origin is None
    index = 0 if everywhere else frame - (plane.image_frame_origin or 1)
    if 0 <= index < len(masks):
        for row, column in np.argwhere(masks[index]):
            at = row + plane.origin[0] - 1, column + plane.origin[1] - 1
            if 0 <= at[0] < rows and 0 <= at[1] < columns:
                image[at] = True
    return image


@pytest.mark.parametrize("origin", [(1, 1), (2, 3), (-1, -2), (4, 6), (-10, 1), (20, 1), (1, 20)])
@pytest.mark.parametrize("size", [(5, 7), (3, 4), (11, 13), (1, 1)])
def test_a_plane_lies_on_its_image_by_its_origin(origin: tuple[int, int], size: tuple[int, int]) -> None:
    plane = OverlayPlane(rows=5, columns=7, packed=pack(BITS), origin=origin)

    assert np.array_equal(plane.on_image(*size), reference(plane, *size, 1))
    assert plane.on_image(*size).dtype == bool


@pytest.mark.parametrize("frames, origin", [(None, None), (None, 2), (1, None), (1, 3), (3, None), (3, 2)])
def test_a_plane_lies_on_the_frames_that_it_is_for(frames: int | None, origin: int | None) -> None:
    bits = [bit for turn in range(frames or 1) for bit in BITS[turn:] + BITS[:turn]]
    plane = OverlayPlane(
        rows=5, columns=7, packed=pack(bits), number_of_frames=frames, image_frame_origin=origin, origin=(0, 2)
    )

    for frame in range(1, 7):
        assert np.array_equal(plane.on_image(6, 8, frame), reference(plane, 6, 8, frame))


@pytest.mark.parametrize("rows, columns, frame", [(0, 7, 1), (5, -1, 1), (5, 7, 0), (5, 7.5, 1), (5, 65_536, 1)])
def test_an_image_that_cannot_be_is_refused(rows: Any, columns: Any, frame: Any) -> None:
    with fails_with("invalid-plane", "field", "found"):
        PLANE.on_image(rows, columns, frame)


# Values that cannot be.


@pytest.mark.parametrize(
    "values, field",
    [
        ({"packed": b""}, "packed"),
        ({"packed": bytes(8)}, "packed"),
        ({"packed": bytearray(6)}, "packed"),
        ({"rows": -2}, "rows"),
        ({"rows": 0, "packed": b""}, "rows"),
        ({"columns": -7, "rows": -5}, "rows"),
        ({"columns": 7.0}, "columns"),
        ({"number_of_frames": 0}, "number_of_frames"),
        ({"number_of_frames": 2}, "packed"),
    ],
)
def test_a_plane_whose_bits_are_not_of_its_size_cannot_be_made(values: dict[str, Any], field: str) -> None:
    given: dict[str, Any] = {"rows": 5, "columns": 7, "packed": bytes(6)} | values
    with fails_with("invalid-plane") as caught:
        OverlayPlane(**given)

    assert caught.value.detail["field"] == field


def test_no_repr_holds_bytes_or_texts() -> None:
    written = write_dicom_overlays(image_file(charset="ISO_IR 100"), [PLANE], instance="derived")
    layout = scan(Source.of_bytes(written.data))
    plan = plan_dicom_overlays(written.data, [PLANE], instance="derived", series_description="Größe")
    shown = "".join(map(repr, (PLANE, written, read_dicom_overlays(written.data), layout, read_facts(layout), plan)))

    assert not [
        word
        for word in ("Größe", "drawn by hand", "USER", "DICM", "1.2.3", str(written.sop_instance_uid))
        if word in shown
    ]
    assert len(re.sub(r"elements=.*?\)\)", "", shown)) < 20_000
