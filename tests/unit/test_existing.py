"""What happens to planes that are there: each plane has its own rule, and an editor's layers stay one each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dicom_files import image_file
from dicom_overlay import (
    OverlayError,
    OverlayPlane,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicom_overlay.edit.options import Existing


def plane(label: str | None = None, group: int | None = None, *, bit: int = 0) -> OverlayPlane:
    mask = bytes(1 if at == bit else 0 for at in range(35))
    return OverlayPlane.from_mask(mask, rows=5, columns=7, label=label, group=group)


def write(data: bytes, planes: Sequence[OverlayPlane], existing: Existing | Sequence[Existing]) -> bytes:
    written = write_dicom_overlays(data, planes, existing=existing).data
    assert written is not None
    return written


def layers(data: bytes) -> list[tuple[int | None, str | None, int]]:
    """Group, label and the pixel that is set, of each plane."""
    return [(p.group, p.label, bytes(p.mask.tobytes()).index(1)) for p in read_dicom_overlays(data)]


@pytest.fixture
def three() -> bytes:
    """Liver in 6000, Spleen in 6002, one without a label in 6004."""
    return write(image_file(), [plane("Liver"), plane("Spleen", bit=1), plane(bit=2)], "refuse")


def test_an_editor_that_saves_again_has_each_layer_once(three: bytes) -> None:
    again = write(three, [plane("Spleen", bit=5), plane("Kidney", bit=6)], "replace-label")
    twice = write(again, [plane("Spleen", bit=7), plane("Kidney", bit=8)], "replace-label")

    assert layers(again) == [(0x6000, "Liver", 0), (0x6002, "Spleen", 5), (0x6004, None, 2), (0x6006, "Kidney", 6)]
    assert layers(twice) == [(0x6000, "Liver", 0), (0x6002, "Spleen", 7), (0x6004, None, 2), (0x6006, "Kidney", 8)]


def test_a_label_that_is_there_twice_is_there_once_afterwards(three: bytes) -> None:
    double = write(three, [plane("Liver", bit=3)], "refuse")

    assert layers(write(double, [plane("Liver", bit=4)], "replace-label")) == [
        (0x6000, "Liver", 4),
        (0x6002, "Spleen", 1),
        (0x6004, None, 2),
    ]


def test_a_named_group_wins_over_where_the_label_stood(three: bytes) -> None:
    moved = write(three, [plane("Liver", 0x600A, bit=4)], "replace-label")

    assert layers(moved) == [(0x6002, "Spleen", 1), (0x6004, None, 2), (0x600A, "Liver", 4)]
    with pytest.raises(OverlayError) as caught:
        write(three, [plane("Liver", 0x6002)], "replace-label")
    assert caught.value.code == "group-in-use"


def test_two_planes_for_one_label_are_refused(three: bytes) -> None:
    with pytest.raises(OverlayError) as caught:
        write(three, [plane("Liver"), plane("Liver")], "replace-label")

    assert (caught.value.code, caught.value.detail) == ("invalid-plane", {"field": "label"})


def test_replacing_by_label_needs_a_label(three: bytes) -> None:
    with pytest.raises(OverlayError) as caught:
        write(three, [plane()], "replace-label")

    assert (caught.value.code, caught.value.detail) == ("invalid-plane", {"field": "label"})


def test_one_planes_rule_is_not_anothers(three: bytes) -> None:
    both = [plane("A", 0x6000, bit=5), plane("B", 0x6002, bit=6)]

    with pytest.raises(OverlayError) as caught:
        write(three, both, ["replace-group", "refuse"])
    assert (caught.value.code, caught.value.detail["group"]) == ("group-in-use", 0x6002)
    assert layers(write(three, both, "replace-group"))[:2] == [(0x6000, "A", 5), (0x6002, "B", 6)]


@pytest.mark.parametrize("existing", ["replace", "", None, 1, ["refuse"], ["refuse", "no"]])
def test_a_rule_that_is_none_is_refused(existing: object, three: bytes) -> None:
    with pytest.raises((OverlayError, TypeError)):
        write_dicom_overlays(three, [plane(), plane()], existing=existing)  # type: ignore[arg-type]


def test_planes_go_by_label_all_of_one_name_and_no_other(three: bytes) -> None:
    double = write(three, [plane("Liver", bit=3)], "refuse")
    left = remove_dicom_overlays(double, labels=["Liver"])

    assert left.groups == (0x6000, 0x6006)
    assert left.data is not None
    assert layers(left.data) == [(0x6002, "Spleen", 1), (0x6004, None, 2)]
    with pytest.raises(OverlayError) as caught:
        remove_dicom_overlays(three, labels=["Spleen", "Heart"])
    assert (caught.value.code, caught.value.detail) == ("plane-not-found", {"field": "labels", "index": 1})
    assert "Heart" not in str(caught.value)


def test_sixteen_planes_and_a_replacement_fit_a_seventeenth_does_not() -> None:
    full = write(image_file(), [plane(str(n), bit=n) for n in range(16)], "refuse")

    assert len(layers(write(full, [plane("3", bit=20)], "replace-label"))) == 16
    with pytest.raises(OverlayError) as caught:
        write_dicom_overlay(full, bytes(35))
    assert caught.value.code == "no-free-group"
