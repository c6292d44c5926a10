"""After an image of a series was edited, it holds of the layers that are written exactly the planes given."""

from __future__ import annotations

from typing import Any

import pytest

from dicom_files import image_file, pack
from dicom_overlay import OverlayPlane
from dicom_overlay.edit.layer import LayerEdit
from dicom_overlay.edit.options import WriteOptions
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from in_memory import read_bytes, write_bytes

NEW, OLD = pack([1] * 35), pack([1, 0] * 17 + [1])


def plane(label: str | None = None, *, packed: bytes = OLD, group: int | None = None) -> OverlayPlane:
    return OverlayPlane(rows=5, columns=7, packed=packed, label=label, group=group)


IMAGE = write_bytes(image_file(), [plane("Liver", group=0x6000), plane("Spleen", group=0x6002), plane(group=0x6004)])
Held = list[tuple[int | None, str | None, bytes]]


def held(planes: list[OverlayPlane], **edit: Any) -> Held:
    """What an image of three planes holds after the edit."""
    source = Source.of_bytes(IMAGE)
    plan = LayerEdit(**edit).plan(planes, scan(source), source)
    return [(found.group, found.label, found.packed) for found in read_bytes(plan.patch.apply(IMAGE))]


LIVER, SPLEEN, NAMELESS = (0x6000, "Liver", OLD), (0x6002, "Spleen", OLD), (0x6004, None, OLD)


@pytest.mark.parametrize(
    "planes, edit, expected",
    [
        pytest.param([], {"labels": ("Liver",)}, [LIVER, SPLEEN, NAMELESS], id="refuse-and-no-plane"),
        pytest.param(
            [plane("Kidney", packed=NEW)],
            {"labels": ("Kidney", "Liver")},
            [LIVER, SPLEEN, NAMELESS, (0x6006, "Kidney", NEW)],
            id="refuse",
        ),
        pytest.param(
            [plane("Liver", packed=NEW)],
            {"labels": ("Liver",), "existing": "replace-label"},
            [(0x6000, "Liver", NEW), SPLEEN, NAMELESS],
            id="replaced",
        ),
        pytest.param(
            [plane("Liver", packed=NEW)],
            {"labels": ("Liver", "Spleen"), "existing": "replace-label"},
            [(0x6000, "Liver", NEW), NAMELESS],
            id="replaced-and-the-other-layer-gone",
        ),
        pytest.param(
            [], {"labels": ("Liver", None), "existing": "replace-label"}, [SPLEEN, NAMELESS], id="gone-by-label"
        ),
        pytest.param(
            [],
            {"labels": ("Spleen",), "existing": "replace-group", "group": 0x6002},
            [LIVER, NAMELESS],
            id="gone-by-group",
        ),
        pytest.param(
            [], {"labels": (None,), "existing": "replace-group", "group": 0x6004}, [LIVER, SPLEEN], id="without-label"
        ),
        pytest.param(
            [],
            {"labels": ("Liver",), "existing": "replace-group", "group": 0x6002},
            [LIVER, SPLEEN, NAMELESS],
            id="a-group-that-holds-another-layer",
        ),
        pytest.param(
            [],
            {"labels": ("Liver",), "existing": "replace-group", "group": 0x6008},
            [LIVER, SPLEEN, NAMELESS],
            id="a-group-that-is-not-there",
        ),
    ],
)
def test_an_image_holds_of_the_layers_what_is_given(
    planes: list[OverlayPlane], edit: dict[str, Any], expected: Held
) -> None:
    assert held(planes, **edit) == expected


@pytest.mark.parametrize(
    "edit, leaves",
    [
        ({}, True),
        ({"existing": "replace-label"}, False),
        ({"existing": "replace-group"}, False),
        ({"options": WriteOptions(instance="derived")}, False),
    ],
)
def test_images_without_planes_need_not_be_read_where_nothing_is_replaced(edit: dict[str, Any], leaves: bool) -> None:
    assert LayerEdit(**edit).leaves_others is leaves


def test_its_repr_holds_no_label() -> None:
    assert "Liver" not in repr(LayerEdit(labels=("Liver",)))
