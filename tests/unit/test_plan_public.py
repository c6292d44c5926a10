"""`plan_dicom_overlays`: the plan in public, for callers that keep their files elsewhere."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from dicom_files import DEFLATED_UID, EXPLICIT_LITTLE_UID, element, file, image_elements, image_file, meta, pack
from dicom_overlay import (
    EditPlan,
    OverlayPlane,
    Patch,
    Splice,
    plan_dicom_overlays,
    read_dicom_overlays,
    write_dicom_overlays,
)
from failing import fails_with

if TYPE_CHECKING:
    from pathlib import Path

PLANE = OverlayPlane(rows=5, columns=7, packed=pack([1] * 35), label="Liver")


@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE_UID, DEFLATED_UID])
def test_the_patch_makes_the_file_that_a_write_makes_and_its_inverse_leads_back(syntax: str) -> None:
    data = image_file(transfer_syntax=syntax)
    plan = plan_dicom_overlays(data, [PLANE])
    result = plan.patch.apply(data)

    assert isinstance(plan, EditPlan)
    assert isinstance(plan.patch, Patch)
    assert (plan.groups, plan.notices, plan.sop_instance_uid) == ((0x6000,), (), None)
    assert result == write_dicom_overlays(data, [PLANE]).data
    assert len(result) == plan.patch.target_size
    assert plan.patch.inverse(data).apply(result) == data


def test_pieces_are_spans_of_the_source_and_new_bytes_in_the_results_order() -> None:
    """A store that copies ranges by itself (multipart upload, `copy_file_range`) sends only the new bytes."""
    pixels = element(0x7FE00010, b"OW", bytes(1_000_000))
    data = file(meta(), image_elements(5, 7, pixels=pixels))
    patch = plan_dicom_overlays(data, [PLANE]).patch
    pieces = list(patch.pieces())
    new = [piece for piece in pieces if isinstance(piece, bytes)]
    spans = [piece for piece in pieces if not isinstance(piece, bytes)]

    assert b"".join(p if isinstance(p, bytes) else data[p[0] : p[1]] for p in pieces) == patch.apply(data)
    assert [span[0] for span in spans] == [0, spans[0][1]]
    assert spans[-1][1] == len(data)
    assert sum(map(len, new)) < 500


def test_a_plan_of_a_derived_instance_names_it_and_is_plain_data() -> None:
    data = image_file()
    plan = plan_dicom_overlays(
        data, [PLANE], instance="derived", series_instance_uid="2.25.9", series_numbers_in_use=[1000]
    )

    assert plan.sop_instance_uid is not None
    assert plan.sop_instance_uid.encode() in plan.patch.apply(data)
    assert b"1001" in plan.patch.apply(data)
    assert all(type(splice) is Splice for splice in plan.patch.splices)


def test_each_plane_may_have_a_rule_of_its_own() -> None:
    data = plan_dicom_overlays(image_file(), [PLANE]).patch.apply(image_file())
    plan = plan_dicom_overlays(
        data, [PLANE, OverlayPlane(rows=5, columns=7, packed=pack([0] * 35))], existing=["replace-label", "refuse"]
    )

    assert plan.groups == (0x6000, 0x6002)
    assert [plane.label for plane in read_dicom_overlays(plan.patch.apply(data))] == ["Liver", None]


def test_planning_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(image_file())
    before = path.stat()
    plan = plan_dicom_overlays(path, [PLANE])

    assert (path.stat().st_mtime_ns, path.read_bytes()) == (before.st_mtime_ns, image_file())
    assert [found.name for found in tmp_path.iterdir()] == ["image.dcm"]
    assert plan.patch == plan_dicom_overlays(image_file(), [PLANE]).patch
    assert plan.patch == plan_dicom_overlays(BytesIO(image_file()), [PLANE]).patch


@pytest.mark.parametrize("verb", ["apply", "inverse"])
def test_a_patch_is_for_the_source_that_it_was_planned_for(verb: str) -> None:
    patch = plan_dicom_overlays(image_file(), [PLANE]).patch

    with fails_with("patch-mismatch", expected=540, found=541) as caught:
        getattr(patch, verb)(image_file() + b"\0")
    assert caught.value.detail == {"expected": len(image_file()), "found": len(image_file()) + 1}


@pytest.mark.parametrize(
    "options, code",
    [
        ({"strict": True}, "strict-notice"),
        ({"existing": "replace"}, "invalid-request"),
        ({"series_number": 3}, "invalid-request"),
    ],
)
def test_what_a_write_refuses_is_refused_in_a_plan(options: dict[str, Any], code: str) -> None:
    with fails_with(code):
        plan_dicom_overlays(image_file(sop_class="1.2.3"), [PLANE], **options)
