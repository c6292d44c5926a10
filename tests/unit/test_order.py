"""Instances in the order in which ITK stacks them; SimpleITK is the judge.

Standard: PS3.3 section C.7.6.2.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import SimpleITK

from dicom_files import (
    BIG,
    CT_IMAGE_STORAGE,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    Encoding,
    element,
    file,
    meta,
    overlay_elements,
    text,
    uid,
    us,
)
from dicom_overlay.series.order import InstanceFacts, order_instances, read_facts
from failing import codes, fails_with
from in_memory import scan_bytes

if TYPE_CHECKING:
    from pathlib import Path

AXIAL = "1\\0\\0\\0\\1\\0"
CORONAL = "1\\0\\0\\0\\0\\-1"
SAGITTAL = "0\\1\\0\\0\\0\\-1"
OBLIQUE = "0.8\\0.6\\0\\0\\0\\-1"


def instance(
    position: str | None,
    number: str | None = "1",
    *,
    orientation: str | None = AXIAL,
    name: str = "1",
    encoding: Encoding = EXPLICIT,
    series: str = "1.2.3.1",
    extra: bytes = b"",
) -> bytes:
    """A CT slice of 2 x 2 pixels with only what places it."""

    def put(tag: int, vr: bytes, value: bytes) -> bytes:
        return element(tag, vr, value, encoding)

    syntax = {EXPLICIT: EXPLICIT_LITTLE_UID, IMPLICIT: IMPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}[encoding]
    parts = put(0x00080016, b"UI", uid(CT_IMAGE_STORAGE)) + put(0x00080018, b"UI", uid(f"1.2.3.4.{name}"))
    parts += put(0x00080060, b"CS", text("CT")) + put(0x0020000D, b"UI", uid("1.2.3"))
    parts += put(0x0020000E, b"UI", uid(series))
    if number is not None:
        parts += put(0x00200013, b"IS", text(number))
    if position is not None:
        parts += put(0x00200032, b"DS", text(position))
    if orientation is not None:
        parts += put(0x00200037, b"DS", text(orientation))
    parts += put(0x00200052, b"UI", uid("1.2.3.2")) + put(0x00280002, b"US", us(1, encoding=encoding))
    parts += put(0x00280004, b"CS", text("MONOCHROME2"))
    for tag, value in [(0x10, 2), (0x11, 2), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)]:
        parts += put(0x00280000 | tag, b"US", us(value, encoding=encoding))
        if tag == 0x11:
            parts += put(0x00280030, b"DS", text("0.5\\0.75"))
    return file(meta(syntax, sop_instance=f"1.2.3.4.{name}"), parts + extra + put(0x7FE00010, b"OB", b"\1\2\3\4"))


def facts_of(data: bytes) -> InstanceFacts:
    return read_facts(scan_bytes(data))


def ours(files: dict[str, bytes]) -> tuple[list[str], list[str]]:
    """Return the names in our order, and the codes of the notices."""
    names = list(files)
    order, notices = order_instances([facts_of(data) for data in files.values()], names)
    return [names[i] for i in order], codes(notices)


def itks(files: dict[str, bytes], folder: Path) -> list[str]:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    found = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    return [str(path).rsplit("/", 1)[1] for path in found]


def stack(positions: list[str], orientation: str | None = AXIAL, numbers: list[str] | None = None) -> dict[str, bytes]:
    """Files named in a random order of their slices, listed by name as ITK lists them."""
    shuffled = list(range(len(positions)))
    random.Random(7).shuffle(shuffled)
    return {
        f"{chr(97 + i)}.dcm": instance(
            positions[k],
            (numbers or [str(n + 1) for n in range(len(positions))])[k],
            orientation=orientation,
            name=str(k),
        )
        for i, k in enumerate(shuffled)
    }


UP = ["0\\0\\0", "0\\0\\2.5", "0\\0\\5", "0\\0\\7.5", "0\\0\\10"]
SERIES = [
    pytest.param(stack(UP), [], id="axial-up"),
    pytest.param(stack(UP[::-1]), [], id="axial-numbered-down"),
    pytest.param(stack(["0\\0\\-3", "0\\0\\1", "0\\0\\-7"]), [], id="axial-negative"),
    pytest.param(stack(["0\\-4\\0", "0\\0\\0", "0\\4\\0"], CORONAL), [], id="coronal"),
    pytest.param(stack(["-4\\0\\0", "0\\0\\0", "4\\0\\0"], SAGITTAL), [], id="sagittal-runs-against-x"),
    pytest.param(stack(["0\\0\\0", "1.2\\-1.6\\0", "2.4\\-3.2\\0"], OBLIQUE), [], id="oblique"),
    pytest.param(stack(["0\\0\\0", "0\\0.5\\2", "0\\1\\4", "0\\1.5\\6"]), [], id="gantry-tilt"),
    pytest.param(stack(["0\\0\\0", "0\\0\\1", "0\\0\\5"]), [], id="uneven"),
    pytest.param(stack(["0\\0\\1e-9", "0\\0\\0", "0\\0\\2e-9"]), [], id="almost-equal"),
    pytest.param(stack(["0\\0\\0", "0\\0\\1", "0\\0\\1", "0\\0\\2"]), ["order-by-number"], id="one-tie"),
    pytest.param(
        stack(["0\\0\\0", "0\\0\\1", "0\\0\\1"], numbers=["3", "2", "1"]), ["order-by-number"], id="tie-numbered-down"
    ),
    pytest.param(stack(["0\\0\\0"] * 4, numbers=["10", "9", "2", "1"]), ["order-by-number"], id="all-equal"),
    pytest.param(stack(["0\\0\\0"] * 4, numbers=["1"] * 4), ["order-by-name"], id="all-equal-and-numbers-too"),
    pytest.param(stack(["0\\0\\0"]), [], id="a-single-slice"),
]


@pytest.mark.parametrize("files, notices", SERIES)
def test_the_order_is_that_of_simpleitk(files: dict[str, bytes], notices: list[str], tmp_path: Path) -> None:
    order, found = ours(files)

    assert order == itks(files, tmp_path)
    assert found == notices


def test_only_the_first_files_orientation_counts(tmp_path: Path) -> None:
    files = {
        "a.dcm": instance("0\\5\\0", orientation=AXIAL, name="1"),
        "b.dcm": instance("0\\-5\\2", orientation=CORONAL, name="2"),
        "c.dcm": instance("0\\0\\1", orientation=CORONAL, name="3"),
    }

    assert ours(files)[0] == itks(files, tmp_path) == ["a.dcm", "c.dcm", "b.dcm"]


def test_a_missing_position_is_the_origin_and_a_missing_orientation_axial() -> None:
    files = {
        "a.dcm": instance("0\\0\\1", orientation=None, name="1"),
        "b.dcm": instance(None, orientation=None, name="2"),
        "c.dcm": instance("0\\0\\-1", orientation=None, name="3"),
    }

    assert ours(files) == (["c.dcm", "b.dcm", "a.dcm"], [])


def test_missing_positions_and_numbers_leave_the_names() -> None:
    files = {name: instance(None, None, name=name[0]) for name in ("3.dcm", "1.dcm", "2.dcm")}

    assert ours(files) == (["1.dcm", "2.dcm", "3.dcm"], ["order-by-name"])


@pytest.mark.parametrize(
    "field, value",
    [
        ("series_instance_uid", "1.2.9"),
        ("frame_of_reference_uid", "1.2.9"),
        ("frame_of_reference_uid", None),
        ("rows", 3),
        ("columns", None),
    ],
)
def test_instances_that_are_no_one_volume_are_refused(field: str, value: Any) -> None:
    first = facts_of(instance("0\\0\\0"))
    other = replace(first, image_position_patient=(0.0, 0.0, 1.0), **{field: value})

    with fails_with("invalid-series", "field", "found", "index") as caught:
        order_instances([first, first, other], ["a", "b", "c"])
    assert caught.value.detail == {"field": field, "found": 2, "index": 2}
    assert "1.2.9" not in caught.value.message


def test_no_instance_is_no_series() -> None:
    with fails_with("invalid-series", field="instances", found=0):
        order_instances([], [])


# Facts.


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_the_facts_are_what_the_header_says(encoding: Encoding) -> None:
    overlay = overlay_elements(0x6004, 1, 1, b"\1\0", encoding)
    facts = facts_of(instance("-1.5\\2e1\\3", "12", orientation=OBLIQUE, encoding=encoding, extra=overlay))

    assert facts == InstanceFacts(
        transfer_syntax_uid={EXPLICIT: EXPLICIT_LITTLE_UID, IMPLICIT: IMPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}[
            encoding
        ],
        sop_class_uid=CT_IMAGE_STORAGE,
        sop_instance_uid="1.2.3.4.1",
        series_instance_uid="1.2.3.1",
        frame_of_reference_uid="1.2.3.2",
        rows=2,
        columns=2,
        number_of_frames=1,
        image_position_patient=(-1.5, 20.0, 3.0),
        image_orientation_patient=(0.8, 0.6, 0.0, 0.0, 0.0, -1.0),
        pixel_spacing=(0.5, 0.75),
        instance_number=12,
        overlay_groups=(0x6004,),
        has_pixel_data=True,
    )


@pytest.mark.parametrize(
    "position", ["", "1\\2", "1\\2\\3\\4", "a\\b\\c", "nan\\0\\0", "0\\inf\\0", "1e999\\0\\0", "\\\\"]
)
def test_a_position_that_is_no_three_numbers_is_none(position: str) -> None:
    assert facts_of(instance(position)).image_position_patient is None


@pytest.mark.parametrize("number, expected", [(" 7", 7), ("-3", -3), ("+4", 4), ("x", None), ("", None), ("1\\2", 1)])
def test_an_instance_number_is_a_number_or_none(number: str, expected: int | None) -> None:
    assert facts_of(instance("0\\0\\0", number)).instance_number == expected


def test_an_empty_header_has_no_facts() -> None:
    facts = facts_of(file(meta(None), b""))

    assert (facts.rows, facts.series_instance_uid, facts.pixel_spacing, facts.has_pixel_data) == (
        None,
        None,
        None,
        False,
    )
    assert (facts.number_of_frames, facts.overlay_groups) == (1, ())


@pytest.mark.parametrize("seed", range(8))
def test_images_at_any_angle_are_ordered_along_their_normal(seed: int) -> None:
    """They are shifted within their planes by more than their distance, so that only the true normal tells."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    row, column = axes[:, 0], axes[:, 1]
    normal = np.cross(row, column)
    places = [k * normal + (-1) ** k * 40 * row - (-1) ** (k // 2) * 40 * column for k in range(8)]
    plain = read_facts(scan_bytes(instance("0\\0\\0")))
    files = [
        replace(plain, image_position_patient=tuple(place), image_orientation_patient=(*row, *column))
        for place in places
    ]

    assert order_instances(files[::-1], list("abcdefgh")) == ((7, 6, 5, 4, 3, 2, 1, 0), ())
