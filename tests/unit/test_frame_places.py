"""Where the frames of an enhanced image lie, from its functional groups.

Standard: PS3.3 sections C.7.6.16.2.1 (Pixel Measures), C.7.6.16.2.3 (Plane Position), C.7.6.16.2.4 (Plane Orientation).
"""

from __future__ import annotations

import pytest

from dicom_files import (
    BIG,
    DEFLATED_UID,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    Encoding,
    element,
    image_file,
    item,
    sequence,
    text,
)
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from dicom_overlay.series import frames
from dicom_overlay.series.frames import FramePlace, read_frame_places

SHARED, PER_FRAME = 0x52009229, 0x52009230
POSITION, ORIENTATION, MEASURES = (0x00209113, 0x00200032), (0x00209116, 0x00200037), (0x00289110, 0x00280030)
AXIAL = "1\\0\\0\\0\\1\\0"


def group(*values: tuple[tuple[int, int], str], encoding: Encoding = EXPLICIT) -> bytes:
    """An item of functional groups, each with one attribute."""
    content = [
        sequence(tag, (item(element(attribute, b"DS", text(value), encoding), encoding),), encoding)
        for (tag, attribute), value in values
    ]
    return item(b"".join(content), encoding)


def places(per_frame: list[bytes], shared: list[bytes], syntax: str = EXPLICIT_LITTLE_UID) -> object:
    """The places that are read of an image with these groups."""
    encoding = {IMPLICIT_LITTLE_UID: IMPLICIT, EXPLICIT_BIG_UID: BIG}.get(syntax, EXPLICIT)
    groups = sequence(SHARED, tuple(shared), encoding) + sequence(PER_FRAME, tuple(per_frame), encoding)
    source = Source.of_bytes(image_file(transfer_syntax=syntax, frames=len(per_frame) or 1, before_pixels=groups))
    return read_frame_places(scan(source), source)


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID, DEFLATED_UID])
def test_a_frames_own_group_wins_over_the_shared_one(syntax: str) -> None:
    encoding = {IMPLICIT_LITTLE_UID: IMPLICIT, EXPLICIT_BIG_UID: BIG}.get(syntax, EXPLICIT)
    own = group((POSITION, "1\\2.5\\-3"), (MEASURES, "0.5\\0.25"), encoding=encoding)
    mere = group((POSITION, "1\\2.5\\-4"), encoding=encoding)
    shared = group((ORIENTATION, AXIAL), (MEASURES, "2\\3"), encoding=encoding)

    assert places([own, mere], [shared], syntax) == (
        FramePlace((1.0, 2.5, -3.0), (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (0.5, 0.25)),
        FramePlace((1.0, 2.5, -4.0), (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (2.0, 3.0)),
    )


@pytest.mark.parametrize("attribute, place", [(POSITION, 0), (ORIENTATION, 1), (MEASURES, 2)])
@pytest.mark.parametrize("value", ["", "7", "1\\2", "1\\2\\3", "1\\2\\3\\4\\5\\6", "1\\2\\3\\4\\5\\6\\7"])
def test_only_values_of_the_right_number_say_where_a_frame_lies(
    attribute: tuple[int, int], place: int, value: str
) -> None:
    numbers = tuple(map(float, value.split("\\"))) if value else ()
    expected: list[object] = [None, None, None]
    if len(numbers) == (3, 6, 2)[place]:
        expected[place] = numbers

    assert places([group((attribute, value))], []) == (tuple(expected),)
    assert places([group()], [group((attribute, value))]) == (tuple(expected),)


def test_a_value_of_the_wrong_number_leaves_the_shared_one() -> None:
    found = places([group((MEASURES, "1"))], [group((MEASURES, "2\\3"))])

    assert found == (FramePlace(None, None, (2.0, 3.0)),)


def test_numbers_that_are_not_finite_say_nothing() -> None:
    found = places([group((MEASURES, "1e400\\1"))], [group((MEASURES, "2\\3"))])

    assert found == (FramePlace(None, None, None),)


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param(b"", id="none"),
        pytest.param(sequence(SHARED, (group((MEASURES, "1\\1")),)), id="shared-alone"),
        pytest.param(sequence(PER_FRAME, ()), id="no-frame"),
        pytest.param(element(PER_FRAME, b"LO", b"text"), id="not-a-sequence"),
        pytest.param(
            sequence(PER_FRAME, (item(sequence(MEASURES[0], (item(element(MEASURES[1], b"DS", b"a\\b ")),))),)),
            id="not-numbers",
        ),
    ],
)
def test_what_cannot_be_read_says_nothing_about_frames(groups: bytes) -> None:
    source = Source.of_bytes(image_file(before_pixels=groups))

    assert read_frame_places(scan(source), source) is None


def test_very_many_functional_groups_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = sequence(SHARED, (group((ORIENTATION, AXIAL)),)) + sequence(PER_FRAME, (group((POSITION, "1\\2\\3")),))
    source = Source.of_bytes(image_file(before_pixels=groups))
    assert frames.MAX_GROUPS == 256 << 20
    found = []
    for most in (len(groups), len(groups) - 1):
        monkeypatch.setattr(frames, "MAX_GROUPS", most)
        found.append(read_frame_places(scan(source), source))

    assert found == [(FramePlace((1.0, 2.0, 3.0), (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), None),), None]
