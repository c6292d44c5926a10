"""Every attribute's rule. Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections 6.2 and 7.6."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from dicom_files import pack
from dicom_overlay import OverlayPlane
from dicom_overlay.notices import make_notice
from dicom_overlay.planes.plane import require_valid_plane
from dicom_overlay.planes.rules import MAX_PLANES, OVERLAY_GROUPS, require_group
from failing import fails_with

MASK = [[1, 0, 0], [0, 1, 1]]
PACKED = pack([1, 0, 0, 0, 1, 1])


def plane(**changes: Any) -> OverlayPlane:
    values: dict[str, Any] = {"rows": 2, "columns": 3, "packed": PACKED}
    return OverlayPlane(**values | changes)


def test_the_groups_are_the_sixteen_even_ones_from_6000_to_601e() -> None:
    assert OVERLAY_GROUPS[0] == 0x6000
    assert OVERLAY_GROUPS[-1] == 0x601E
    assert len(OVERLAY_GROUPS) == MAX_PLANES == 16
    assert all(group % 2 == 0 for group in OVERLAY_GROUPS)


@pytest.mark.parametrize("group", OVERLAY_GROUPS)
def test_an_overlay_group_may_be_written(group: int) -> None:
    assert require_group(group) == group


@pytest.mark.parametrize("group", [0x6001, 0x601F, 0x5FFE, 0x6020, 0x60FE, 0, -2, 24576.0, "6000", True, None])
def test_no_other_group_may_be_written(group: object) -> None:
    with fails_with("invalid-plane", "field", "found") as caught:
        require_group(group)

    assert caught.value.detail["field"] == "group"


VALID = [
    pytest.param({}, id="the-least"),
    pytest.param({"group": 0x601E}, id="last-group"),
    pytest.param({"origin": (-32768, 32767)}, id="extreme-origin"),
    pytest.param({"origin": (0, 0)}, id="origin-zero"),
    pytest.param({"overlay_type": "R"}, id="region"),
    pytest.param({"subtype": "ACTIVE 2D/BMODE IMAGE AREA"}, id="ultrasound-subtype"),
    pytest.param({"label": "x" * 64, "description": "é" * 64}, id="longest-texts"),
    pytest.param({"label": ""}, id="empty-label"),
    pytest.param({"number_of_frames": 1, "image_frame_origin": 65535}, id="one-frame-late"),
    pytest.param({"roi_area": 0, "roi_mean": -1.5, "roi_standard_deviation": 0}, id="statistics"),
    pytest.param({"roi_area": 2**31 - 1}, id="largest-area"),
    pytest.param({"rows": 65535, "columns": 1, "packed": bytes(8192)}, id="as-high-as-possible"),
    pytest.param({"rows": 1, "columns": 65535, "packed": bytes(8192)}, id="as-wide-as-possible"),
    pytest.param({"number_of_frames": 7, "packed": bytes(6)}, id="frames-packed-together"),
    pytest.param({"label": " !~\xa0 x"}, id="characters-beside-the-control-characters"),
]


@pytest.mark.parametrize("changes", VALID)
def test_what_the_standard_allows_is_valid(changes: dict[str, Any]) -> None:
    require_valid_plane(plane(**changes))


INVALID = [
    ("group", 0x6001),
    ("group", 0x6020),
    ("rows", 0),
    ("rows", 65536),
    ("rows", -1),
    ("rows", 2.0),
    ("rows", True),
    ("rows", None),
    ("columns", 0),
    ("columns", 65536),
    ("columns", "3"),
    ("origin", (1,)),
    ("origin", (1, 1, 1)),
    ("origin", (32768, 1)),
    ("origin", (1, -32769)),
    ("origin", (1.0, 1)),
    ("origin", (True, 1)),
    ("origin", "11"),
    ("origin", None),
    ("overlay_type", "X"),
    ("overlay_type", "g"),
    ("overlay_type", ""),
    ("overlay_type", None),
    ("overlay_type", ["G"]),
    ("number_of_frames", 0),
    ("number_of_frames", -1),
    ("number_of_frames", 2**31),
    ("number_of_frames", 1.0),
    ("image_frame_origin", 0),
    ("image_frame_origin", 65536),
    ("roi_area", -1),
    ("roi_area", 1.5),
    ("roi_area", 2**31),
    ("roi_mean", float("nan")),
    ("roi_mean", float("inf")),
    ("roi_mean", "1.5"),
    ("roi_mean", 10**400),
    ("roi_standard_deviation", float("-inf")),
    ("roi_standard_deviation", True),
    ("packed", b""),
    ("packed", bytes(1)),
    ("packed", bytes(4)),
    ("packed", bytearray(2)),
    ("packed", None),
    *((field, text) for field in ("label", "description", "subtype") for text in ("x" * 65, "a\\b", "a\nb", "\x1b", 7)),
    ("label", "tab\there"),
    ("label", "\x7f"),
    ("label", "\x1f"),
    ("label", "\x85"),
    ("label", "\x9f"),
    ("label", b"bytes"),
]


@pytest.mark.parametrize("field, value", INVALID, ids=lambda value: repr(value)[:20])
def test_what_breaks_a_rule_is_refused_and_the_attribute_is_named(field: str, value: object) -> None:
    with fails_with("invalid-plane") as caught:
        require_valid_plane(plane(**{field: value}))

    assert caught.value.detail["field"] == field


@pytest.mark.parametrize("field", ["rows", "columns", "group", "image_frame_origin"])
@pytest.mark.parametrize("value, found", [(0, 0), (70_000, 70_000), (2.5, "float"), ("3", "str"), ([1], "list")])
def test_an_error_about_a_number_says_the_number_or_what_was_given_instead(
    field: str, value: object, found: object
) -> None:
    with fails_with("invalid-plane", field=field, found=found):
        require_valid_plane(plane(**{field: value}))


@pytest.mark.parametrize("field", ["label", "description", "subtype"])
@pytest.mark.parametrize("text", ["Secret\\Name", "Secret Name " * 9, "Secret\nName"])
def test_an_error_about_a_text_does_not_quote_it(field: str, text: str) -> None:
    with fails_with("invalid-plane") as caught:
        require_valid_plane(plane(**{field: text}))

    assert "Secret" not in repr(caught.value.as_record())


def test_an_error_about_a_value_that_is_not_text_says_what_was_given_instead() -> None:
    with fails_with("invalid-plane", field="label", found="int"):
        require_valid_plane(plane(label=5))


def test_the_packed_size_counts_every_frame_and_rounds_only_once() -> None:
    # 13 x 11 x 3 pixels are 429 bits: 54 bytes. Padding each frame would make it 54 + 0 or 57.
    require_valid_plane(plane(rows=13, columns=11, number_of_frames=3, packed=bytes(54)))

    with fails_with("invalid-plane", field="packed", expected=54, found=57) as caught:
        require_valid_plane(plane(rows=13, columns=11, number_of_frames=3, packed=bytes(57)))
    assert (caught.value.detail["expected"], caught.value.detail["found"]) == (54, 57)


def test_a_plane_cannot_be_changed_and_compares_by_value() -> None:
    first = plane(label="a")

    with pytest.raises(dataclasses.FrozenInstanceError):
        first.rows = 3  # type: ignore[misc]
    assert first == plane(label="a")
    assert first != plane(label="b")
    assert first == dataclasses.replace(first, notices=(make_notice("short-data"),))


def test_the_representation_holds_neither_pixels_nor_texts() -> None:
    text = repr(plane(label="Secret", description="Secret too", packed=b"\xaa\xbb"))

    assert "Secret" not in text
    assert "packed" not in text


def test_a_mask_makes_a_plane_of_its_own_size() -> None:
    made = OverlayPlane.from_mask(np.array(MASK) * 2.5, label="Liver", origin=(-1, 4), group=0x6004, overlay_type="R")

    assert made == plane(label="Liver", origin=(-1, 4), group=0x6004, overlay_type="R")
    assert (made.frames, made.number_of_frames) == (1, None)


def test_a_mask_of_three_dimensions_makes_a_plane_of_frames() -> None:
    made = OverlayPlane.from_mask([MASK, MASK, MASK], image_frame_origin=2)

    assert (made.frames, made.number_of_frames, made.image_frame_origin) == (3, 3, 2)
    assert made.packed == pack([1, 0, 0, 0, 1, 1] * 3)


@pytest.mark.parametrize(
    "mask, options, code",
    [
        pytest.param(MASK, {"rows": 3}, "invalid-mask", id="other-rows"),
        pytest.param(MASK, {"columns": 2}, "invalid-mask", id="other-columns"),
        pytest.param(MASK, {"label": "a\\b"}, "invalid-plane", id="bad-label"),
        pytest.param(MASK, {"group": 0x6001}, "invalid-plane", id="bad-group"),
        pytest.param(np.zeros((1, 65536), dtype=bool), {}, "invalid-plane", id="too-wide"),
        pytest.param([[float("nan")]], {}, "invalid-mask", id="nan"),
    ],
)
def test_from_mask_checks_everything_at_once(mask: Any, options: dict[str, Any], code: str) -> None:
    with fails_with(code):
        OverlayPlane.from_mask(mask, **options)


def test_an_error_about_a_mask_says_which_size_or_which_pixels_it_is_about() -> None:
    half: Any = 2.5
    with fails_with("invalid-mask", field="columns"):
        OverlayPlane.from_mask(MASK, columns=half)
    texts = np.array([["a", "b"]])
    with fails_with("invalid-mask", found=str(texts.dtype)):
        OverlayPlane.from_mask(texts)
    with fails_with("invalid-mask", found="float32"):
        OverlayPlane.from_label_map(np.ones((1, 2), np.float32), {1: "Liver"})


@pytest.mark.usefixtures("either_way")
def test_the_mask_of_a_plane_is_what_it_was_made_of() -> None:
    assert [[int(v) for v in row] for row in OverlayPlane.from_mask(MASK).mask.tolist()] == MASK
    assert OverlayPlane.from_mask([MASK]).mask.shape == (1, 2, 3)
    assert OverlayPlane.from_mask(MASK).mask.shape == (2, 3)


@pytest.mark.usefixtures("either_way")
def test_a_label_map_makes_one_plane_a_label_in_the_order_given() -> None:
    labels = [[0, 3, 1], [1, 3, 3]]

    planes = OverlayPlane.from_label_map(labels, {3: "Spleen", 1: "Liver"}, overlay_type="R", subtype="AUTOMATED")

    assert [p.label for p in planes] == ["Spleen", "Liver"]
    assert [p.packed for p in planes] == [pack([0, 1, 0, 0, 1, 1]), pack([0, 0, 1, 1, 0, 0])]
    assert {(p.overlay_type, p.subtype, p.group) for p in planes} == {("R", "AUTOMATED", None)}


def test_a_label_map_of_frames_makes_planes_of_frames() -> None:
    planes = OverlayPlane.from_label_map(np.array([[[1, 2]], [[2, 2]]], dtype=np.int8), {2: "Two"})

    assert (planes[0].number_of_frames, planes[0].packed) == (2, pack([0, 1, 1, 1]))


def test_what_a_masked_label_map_hides_is_in_no_plane() -> None:
    hidden = np.ma.masked_where(np.array([[1, 1, 0]]) == 0, [[1, 2, 0]])
    planes = OverlayPlane.from_label_map(hidden, {0: "Nothing", 1: "One", 2: "Two"})

    assert [plane.packed for plane in planes] == [pack([0, 0, 0]), pack([1, 0, 0]), pack([0, 1, 0])]


@pytest.mark.parametrize("count", [0, 17, 40])
def test_no_labels_or_more_than_sixteen_are_refused_with_their_number(count: int) -> None:
    with fails_with("invalid-mask", "expected", "found") as caught:
        OverlayPlane.from_label_map([[0, 1]], {i: str(i) for i in range(count)})

    assert (caught.value.detail["found"], caught.value.detail["expected"]) == (count, 16)
    assert str(count) in caught.value.message


def test_sixteen_labels_are_allowed() -> None:
    assert len(OverlayPlane.from_label_map([[0, 1]], {i: str(i) for i in range(16)})) == 16


def test_integers_of_numpy_are_integers() -> None:
    values: Any = {
        "origin": (np.int64(-2), np.int16(3)),
        "group": np.uint16(0x6002),
        "image_frame_origin": np.int32(4),
    }

    plane = OverlayPlane.from_mask([[1]], **values)

    assert (plane.origin, plane.group, plane.image_frame_origin) == ((-2, 3), 0x6002, 4)


@pytest.mark.parametrize("labels", [None, 3, [1, 2], {1, 2}, "12"])
def test_labels_that_do_not_map_values_to_names_are_a_mistake_of_the_program(labels: Any) -> None:
    with pytest.raises(TypeError, match=type(labels).__name__):
        OverlayPlane.from_label_map([[0, 1]], labels)
