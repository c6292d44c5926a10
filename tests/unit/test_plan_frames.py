"""Frames of a plane and frames of the image. Standard: PS3.3 section C.9.3.1.1; CP-1974."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dicom_files import image_file, pack
from dicom_overlay import OverlayPlane
from dicom_overlay.edit.options import WriteOptions, require_requests
from dicom_overlay.edit.plan import plan_write
from dicom_overlay.planes import frames as frames_module
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from failing import fails_with
from in_memory import read_bytes, write_bytes

if TYPE_CHECKING:
    from dicom_overlay import Notice

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
SINGLE, MULTI = image_file(), image_file(frames=5)
BLANK = [0] * 35


def fit_plane(image: bytes, given: OverlayPlane, frames: Any = None) -> tuple[OverlayPlane, tuple[Notice, ...]]:
    """The plane as it is read from the image that it was written to, and what was said of its frames."""
    source = Source.of_bytes(image)
    plan = plan_write(scan(source), require_requests([given], "refuse", [frames]), WriteOptions(), source)
    (fitted,) = read_bytes(plan.patch.apply(image))
    return fitted, tuple(notice for notice in plan.notices if notice.code == "all-frames")


def plane(frames: int | None = None, **changes: Any) -> OverlayPlane:
    values: dict[str, Any] = {"rows": 5, "columns": 7, "packed": pack(BITS * (frames or 1)), "number_of_frames": frames}
    return OverlayPlane(**values | changes)


@pytest.mark.parametrize(
    "given", [plane(), plane(1), plane(image_frame_origin=1), plane(1, image_frame_origin=1)], ids=str
)
@pytest.mark.parametrize("frames", [None, "all", 1, range(1, 2), [1]])
def test_on_a_single_frame_image_no_frame_attribute_is_written(given: OverlayPlane, frames: Any) -> None:
    fitted, notices = fit_plane(SINGLE, given, frames)

    assert (fitted.number_of_frames, fitted.image_frame_origin, fitted.packed) == (None, None, pack(BITS))
    assert notices == ()


@pytest.mark.parametrize(
    "given, frames",
    [
        pytest.param(plane(2), None, id="two-frames"),
        pytest.param(plane(image_frame_origin=2), None, id="a-later-frame"),
        pytest.param(plane(), 2, id="frame-two-asked-for"),
        pytest.param(plane(), range(1, 3), id="two-frames-asked-for"),
    ],
)
def test_on_a_single_frame_image_other_frames_are_refused(given: OverlayPlane, frames: Any) -> None:
    with fails_with("invalid-plane"):
        fit_plane(SINGLE, given, frames)


def test_a_mask_without_frames_goes_to_every_frame_with_a_notice() -> None:
    fitted, notices = fit_plane(MULTI, plane())

    assert (fitted.number_of_frames, fitted.image_frame_origin, fitted.packed) == (5, 1, pack(BITS * 5))
    assert [(notice.code, notice.detail) for notice in notices] == [("all-frames", {"found": 5})]


@pytest.mark.parametrize(
    "frames, origin, bits",
    [
        pytest.param("all", 1, BITS * 5, id="all"),
        pytest.param(1, 1, BITS, id="the-first"),
        pytest.param(5, 5, BITS, id="the-last"),
        pytest.param(range(2, 5), 2, BITS * 3, id="a-range"),
        pytest.param([3, 2], 2, BITS * 2, id="a-list-in-any-order"),
        pytest.param([2, 2], 2, BITS, id="twice-the-same"),
        pytest.param([1, 4], 1, BITS + BLANK * 2 + BITS, id="with-a-gap"),
        pytest.param(range(5, 0, -2), 1, (BITS + BLANK) * 2 + BITS, id="every-other-backwards"),
    ],
)
def test_the_frames_named_get_the_mask_and_those_between_stay_blank(frames: Any, origin: int, bits: list[int]) -> None:
    fitted, notices = fit_plane(MULTI, plane(), frames)

    assert fitted.image_frame_origin == origin
    assert fitted.number_of_frames == len(bits) // 35
    assert fitted.packed == pack(bits)
    assert notices == ()


@pytest.mark.parametrize(
    "frames",
    [0, 6, -1, [], range(0), range(3, 7), [1, 6], [0, 1], "some", "", range(1, 10**12), 1.5, [1.5], ["1"], [None]],
    ids=repr,
)
def test_frames_that_the_image_has_not_are_refused(frames: Any) -> None:
    with fails_with("invalid-plane", field="frames", expected=5) as caught:
        fit_plane(MULTI, plane(), frames)

    assert caught.value.detail["field"] == "frames"
    assert caught.value.detail["expected"] == 5


@pytest.mark.parametrize(
    "given, origin", [(plane(1), 1), (plane(image_frame_origin=4), 4), (plane(1, image_frame_origin=5), 5)]
)
def test_a_plane_that_names_its_frame_is_written_for_that_one(given: OverlayPlane, origin: int) -> None:
    fitted, notices = fit_plane(MULTI, given)

    assert (fitted.number_of_frames, fitted.image_frame_origin, fitted.packed) == (1, origin, pack(BITS))
    assert notices == ()


@pytest.mark.parametrize(
    "given, frames, origin",
    [
        pytest.param(plane(5), None, 1, id="as-many-as-the-image"),
        pytest.param(plane(5), "all", 1, id="all"),
        pytest.param(plane(3, image_frame_origin=2), None, 2, id="from-its-own-origin"),
        pytest.param(plane(2), range(4, 6), 4, id="a-range"),
        pytest.param(plane(2), [3, 4], 3, id="a-list"),
    ],
)
def test_a_plane_of_frames_stands_where_it_says(given: OverlayPlane, frames: Any, origin: int) -> None:
    fitted, _ = fit_plane(MULTI, given, frames)

    assert fitted.image_frame_origin == origin
    assert (fitted.number_of_frames, fitted.packed) == (given.number_of_frames, given.packed)


@pytest.mark.parametrize(
    "given, frames, field",
    [
        pytest.param(plane(3), None, "number_of_frames", id="fewer-than-the-image"),
        pytest.param(plane(6), None, "number_of_frames", id="more-than-the-image"),
        pytest.param(plane(3, image_frame_origin=4), None, "image_frame_origin", id="past-the-last"),
        pytest.param(plane(2), [1, 3], "frames", id="with-a-gap"),
        pytest.param(plane(2), range(1, 4), "frames", id="more-frames-named"),
        pytest.param(plane(2), 3, "frames", id="one-frame-named"),
        pytest.param(plane(2), "all", "frames", id="all-named"),
    ],
)
def test_frames_that_do_not_match_are_refused(given: OverlayPlane, frames: Any, field: str) -> None:
    with fails_with("invalid-plane", "field", "expected", "found") as caught:
        fit_plane(MULTI, given, frames)

    assert caught.value.detail["field"] == field


def test_frames_that_fit_into_no_value_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(frames_module, "place_frames")
    image = image_file(frames=90)
    large = OverlayPlane(rows=20_000, columns=20_000, packed=bytes(50_000_000))

    with fails_with("invalid-plane", field="frames", found=90) as caught:
        fit_plane(image, large, "all")
    assert caught.value.detail["field"] == "frames"


def test_more_frames_than_the_file_has_bytes_are_refused_before_any_is_made() -> None:
    with fails_with("limit-exceeded", tag=0x00280008, expected=510, found=2_000_000_000) as caught:
        fit_plane(image_file(frames=2_000_000_000, pixels=b""), plane(), None)

    assert caught.value.detail["found"] == 2_000_000_000


def test_the_written_file_has_both_frame_attributes_only_on_multi_frame_images() -> None:
    single, multi = write_bytes(image_file(), [plane()]), write_bytes(image_file(frames=3), [plane()])

    assert b"\x00\x60\x15\x00IS\x02\x003 " in multi
    assert b"\x00\x60\x51\x00US\x02\x00\x01\x00" in multi
    assert b"\x00\x60\x15\x00" not in single
    assert b"\x00\x60\x51\x00" not in single


def test_an_image_of_one_stated_frame_is_a_single_frame_image() -> None:
    assert b"\x00\x60\x15\x00" not in write_bytes(image_file(frames=1), [plane()])
