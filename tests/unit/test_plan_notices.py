"""What a write tells its caller: values in the result, never warnings, and errors when strict."""

from __future__ import annotations

from typing import Any

import pytest

from dicom_files import (
    CT_IMAGE_STORAGE,
    element,
    file,
    image_elements,
    image_file,
    item,
    meta,
    overlay_elements,
    pack,
    sequence,
    text,
    uid,
    ul,
    us,
)
from dicom_overlay import OverlayPlane
from failing import codes, fails_with
from in_memory import plan_remove, plan_write

DATA = pack([1] * 35)
GSPS = "1.2.840.10008.5.1.4.1.1.11.1"
SIGNATURES = sequence(0xFFFAFFFA, (item(b""),))


def plane(**changes: Any) -> OverlayPlane:
    values: dict[str, Any] = {"rows": 5, "columns": 7, "packed": DATA}
    return OverlayPlane(**values | changes)


def notices_of(data: bytes, *planes: OverlayPlane) -> list[str]:
    return codes(plan_write(data, planes or [plane()]).notices)


def reference(tag: int, sop_class: str) -> bytes:
    return sequence(tag, (item(element(0x00081150, b"UI", uid(sop_class))),))


def before_identity(extra: bytes) -> bytes:
    """An image with elements at its very begin."""
    return file(meta(), extra + image_elements(5, 7))


def test_an_ordinary_plane_on_an_ordinary_image_needs_no_notice() -> None:
    assert notices_of(image_file(), plane(label="Liver")) == []


@pytest.mark.parametrize("frames", ["x", "0", "-1", "2.5", "99999999999"])
def test_a_number_of_frames_that_is_none_is_said(frames: str) -> None:
    data = file(meta(), image_elements(5, 7).replace(*number_of_frames(frames)))

    assert notices_of(data) == ["invalid-number-of-frames"]


def number_of_frames(frames: str) -> tuple[bytes, bytes]:
    rows = element(0x00280010, b"US", us(5))
    return rows, element(0x00280008, b"IS", text(frames)) + rows


# CR, DX for presentation and processing, MG, intra-oral; CT, US multi-frame and US, MR, SC, presentation states, XA, RF,
# NM, visible light, PET.
WITH_OVERLAY = "1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 3.1 6.1 4 7 11.1 11.2 11.3 11.5 11.12 12.1 12.2 20 77.1.1 77.1.2 77.1.3 77.1.4 128"


@pytest.mark.parametrize("sop_class", [f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in WITH_OVERLAY.split()])
def test_classes_that_list_the_module_need_no_notice(sop_class: str) -> None:
    assert notices_of(image_file(sop_class=sop_class)) == []


@pytest.mark.parametrize(
    "sop_class",
    [
        pytest.param("1.2.840.10008.5.1.4.1.1.2.1", id="enhanced-ct"),
        pytest.param("1.2.840.10008.5.1.4.1.1.481.2", id="rt-dose"),
        pytest.param("1.2.840.10008.5.1.4.1.1.7.2", id="multi-frame-secondary-capture"),
        pytest.param("1.2.840.10008.5.1.4.1.1.66.4", id="segmentation"),
        pytest.param("1.2.3", id="private"),
    ],
)
def test_another_class_is_told(sop_class: str) -> None:
    assert notices_of(image_file(sop_class=sop_class)) == ["sop-class"]


@pytest.mark.parametrize(
    "data, notice",
    [
        pytest.param(file(meta(), image_elements(5, 7), preamble=b"II*\0" + bytes(124)), "tiff-dual", id="little-tiff"),
        pytest.param(file(meta(), image_elements(5, 7), preamble=b"MM\0*" + bytes(124)), "tiff-dual", id="big-tiff"),
        pytest.param(
            file(meta(), image_elements(5, 7), preamble=b"II+\0" + bytes(124)), "tiff-dual", id="little-big-tiff"
        ),
        pytest.param(
            file(meta(), image_elements(5, 7), preamble=b"MM\0+" + bytes(124)), "tiff-dual", id="big-big-tiff"
        ),
        pytest.param(image_file(trailing=SIGNATURES), "digital-signatures", id="signature"),
        pytest.param(
            image_file(before_pixels=sequence(0x4FFE0001, (item(b""),))), "digital-signatures", id="mac-parameters"
        ),
        pytest.param(before_identity(element(0x00080001, b"UL", ul(9))), "length-to-end", id="length-to-end"),
        pytest.param(
            image_file().replace(element(0x00280002, b"US", b"\1\0"), element(0x00280002, b"US", b"\3\0")),
            "colour-image",
            id="colour",
        ),
        pytest.param(file(meta(), image_elements(5, 7, pixels=b"")), "no-pixel-data", id="no-pixels"),
        pytest.param(before_identity(reference(0x00081115, GSPS)), "presentation-state", id="referenced-series"),
        pytest.param(before_identity(reference(0x00081140, GSPS)), "presentation-state", id="referenced-image"),
        pytest.param(before_identity(reference(0x0008114A, GSPS)), "presentation-state", id="referenced-instance"),
        pytest.param(
            image_file(before_pixels=element(0x60021001, b"CS", text("LAYER"))),
            "presentation-state",
            id="activation-layer",
        ),
    ],
)
def test_what_the_caller_may_want_to_know_is_told_once(data: bytes, notice: str) -> None:
    assert notices_of(data) == [notice]


def test_a_reference_to_another_image_is_no_presentation_state() -> None:
    assert notices_of(before_identity(reference(0x00081140, CT_IMAGE_STORAGE))) == []


@pytest.mark.parametrize(
    "changes, notice",
    [
        ({"origin": (2, 1)}, "not-aligned"),
        ({"origin": (1, 0)}, "not-aligned"),
        ({"rows": 7, "columns": 5}, "not-aligned"),
        ({"overlay_type": "R"}, "type-r"),
        ({"label": "Größe"}, "non-ascii-label"),
        ({"description": "Größe"}, "non-ascii-label"),
        ({"subtype": "Größe"}, "non-ascii-label"),
    ],
)
def test_planes_that_some_viewers_get_wrong_are_told(changes: dict[str, Any], notice: str) -> None:
    assert notices_of(image_file(charset="ISO_IR 100"), plane(), plane(**changes)) == [notice]


def test_each_notice_comes_once_for_many_planes() -> None:
    found = notices_of(image_file(frames=3), *[plane(origin=(2, 2))] * 4)

    assert sorted(found) == ["all-frames", "not-aligned"]


def test_removing_tells_of_signatures() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, DATA), trailing=SIGNATURES)

    assert codes(plan_remove(data).notices) == ["digital-signatures"]


def test_strict_turns_the_first_notice_of_a_write_into_an_error() -> None:
    data = image_file(sop_class="1.2.3")

    with fails_with("strict-notice", notice="sop-class") as caught:
        plan_write(data, [plane()], strict=True)
    assert caught.value.detail["notice"] == "sop-class"


def test_strict_turns_the_notice_of_a_removal_into_an_error() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, DATA), trailing=SIGNATURES)

    with fails_with("strict-notice", notice="digital-signatures"):
        plan_remove(data, strict=True)


def test_strict_lets_an_edit_without_notices_pass() -> None:
    assert plan_write(image_file(), [plane()], strict=True).groups == (0x6000,)


def test_no_notice_quotes_a_value_of_the_file() -> None:
    data = file(
        meta(),
        reference(0x00081115, GSPS) + image_elements(5, 7, sop_class="1.2.3.777", pixels=b""),
        preamble=b"II*\0" + bytes(124),
    )
    found = plan_write(data, [plane(label="Secret", origin=(2, 2))]).notices

    assert len(found) >= 4
    assert not any(word in repr(found) for word in ("Secret", "Test^File", "1.2.3", GSPS))
