"""Placement judged by SimpleITK's and highdicom's own geometry, voxel by voxel, on series of every orientation."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK

from dicom_overlay.series.grid import MaskGeometry, image_planes, regular_grid
from dicom_overlay.series.order import InstanceFacts, order_instances
from dicom_overlay.series.place import MaskView, Placement, place_mask
from series_files import COLUMNS, ORIENTATIONS, ROWS, SLICES, step_of, write_series

if TYPE_CHECKING:
    from pathlib import Path


def facts_of(path: Path) -> InstanceFacts:
    """What pydicom, not our scan, reads of a file."""
    ds = pydicom.dcmread(path, stop_before_pixels=True)
    return InstanceFacts(
        transfer_syntax_uid=None,
        sop_class_uid=ds.SOPClassUID,
        sop_instance_uid=ds.SOPInstanceUID,
        series_instance_uid=ds.SeriesInstanceUID,
        frame_of_reference_uid=ds.FrameOfReferenceUID,
        rows=ds.Rows,
        columns=ds.Columns,
        number_of_frames=1,
        image_position_patient=tuple(map(float, ds.ImagePositionPatient)),
        image_orientation_patient=tuple(map(float, ds.ImageOrientationPatient)),
        pixel_spacing=tuple(map(float, ds.PixelSpacing)),
        instance_number=ds.InstanceNumber,
        overlay_groups=(),
        has_pixel_data=True,
    )


def itk_read(folder: Path) -> Any:
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    return SimpleITK.ReadImage(names)


def geometry_of(image: Any) -> MaskGeometry:
    return MaskGeometry(
        size=image.GetSize(), origin=image.GetOrigin(), spacing=image.GetSpacing(), direction=image.GetDirection()
    )


def cut(flat: np.ndarray, view: object) -> np.ndarray:
    """The picture that a view describes, pixel by pixel."""
    assert isinstance(view, MaskView)
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    picture: np.ndarray = flat[view.offset + rows * view.row_step + columns * view.column_step]
    return picture


def place(paths: list[Path], geometry: MaskGeometry, **options: Any) -> Placement:
    return place_mask([facts_of(path) for path in paths], list(map(str, paths)), geometry.size, geometry, **options)


def placed(paths: list[Path], image: Any) -> tuple[list[np.ndarray | None], str]:
    """The pixels that each file gets of an ITK image whose voxels hold numbers."""
    placement = place(paths, geometry_of(image))
    flat = SimpleITK.GetArrayFromImage(image).ravel()
    return [None if view is None else cut(flat, view) for (view,) in placement.views], placement.method


@pytest.fixture(scope="module", params=ORIENTATIONS)
def series(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    folder = tmp_path_factory.mktemp(request.param)
    orientation = ORIENTATIONS[request.param]
    return folder, write_series(folder, orientation, step_of(orientation), list(range(SLICES)))


# Every way in which SimpleITK can turn the same image: its axes in any order, each of them flipped or not.
ORDERS = [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1), (1, 2, 0), (2, 0, 1)]
FLIPS = list(product((False, True), repeat=3))


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_the_image_that_itk_read_and_turned_lies_on_its_own_files(
    order: tuple[int, int, int], series: tuple[Path, list[Path]]
) -> None:
    folder, paths = series
    image = itk_read(folder)
    expected = [pydicom.dcmread(path).pixel_array for path in paths]

    for flips in FLIPS:
        turned = SimpleITK.Flip(SimpleITK.PermuteAxes(image, order), flips)
        pictures, method = placed(paths, turned)
        assert method == "position"
        for picture, wanted in zip(pictures, expected, strict=True):
            assert picture is not None
            assert (picture == wanted).all()


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_a_mask_that_went_through_a_file_lies_where_it_did(
    suffix: str, series: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    folder, paths = series
    name = str(tmp_path / f"mask{suffix}")
    SimpleITK.WriteImage(SimpleITK.Flip(SimpleITK.PermuteAxes(itk_read(folder), (2, 0, 1)), (True, False, True)), name)
    pictures, _ = placed(paths, SimpleITK.ReadImage(name))

    for picture, path in zip(pictures, paths, strict=True):
        assert picture is not None
        assert (picture == pydicom.dcmread(path).pixel_array).all()


def test_the_grid_of_a_series_is_the_one_that_itk_makes(series: tuple[Path, list[Path]]) -> None:
    folder, paths = series
    planes = [image_planes(facts_of(path), 0)[0] for path in paths]
    ours, itk = regular_grid(planes, ROWS, COLUMNS).geometry, geometry_of(itk_read(folder))

    assert ours.size == itk.size
    for name in ("origin", "spacing", "direction"):
        assert getattr(ours, name) == pytest.approx(getattr(itk, name), abs=1e-5)


def test_highdicom_finds_the_same_voxel_for_every_pixel(series: tuple[Path, list[Path]]) -> None:
    _, paths = series
    volume = highdicom.get_volume_from_series([pydicom.dcmread(path) for path in paths])
    # A grid larger than the series on every side, in highdicom's own axes and order.
    padded = volume.pad(((1, 2), (3, 1), (2, 2))).flip_spatial(1)
    geometry = MaskGeometry(
        size=padded.spatial_shape[::-1],
        origin=padded.position,
        spacing=padded.spacing[::-1],
        direction=tuple(np.array(padded.direction)[:, ::-1].ravel()),
    )
    flat = padded.array.ravel()
    placement = place(paths, geometry)

    assert placement.method == "position"
    for (view,), path in zip(placement.views, paths, strict=True):
        assert (cut(flat, view) == pydicom.dcmread(path).pixel_array).all()


def test_resampling_takes_the_voxels_that_simpleitk_takes(series: tuple[Path, list[Path]]) -> None:
    folder, paths = series
    image = itk_read(folder)
    turned = SimpleITK.Euler3DTransform(image.TransformContinuousIndexToPhysicalPoint((6, 5, 2.5)), 0.1, -0.2, 0.3)
    coarse = SimpleITK.Resample(
        image, (12, 13, 7), turned, SimpleITK.sitkNearestNeighbor, image.GetOrigin(), (1.1, 0.9, 2.7),
        image.GetDirection(),
    )  # fmt: skip
    wanted = SimpleITK.GetArrayFromImage(SimpleITK.Resample(coarse, image, interpolator=SimpleITK.sitkNearestNeighbor))
    facts = [facts_of(path) for path in paths]
    order, _ = order_instances(facts, [str(path) for path in paths])
    placement = place(paths, geometry_of(coarse), resample="nearest")
    voxels, size = SimpleITK.GetArrayFromImage(coarse), np.array(coarse.GetSize())
    rows, columns = np.mgrid[:ROWS, :COLUMNS]

    assert placement.method == "nearest"
    for k, index in enumerate(order):
        (view,) = placement.views[index]
        if view is None:
            assert (wanted[k] == 0).all()
            continue
        assert not isinstance(view, MaskView)
        exact = [view.origin[n] + rows * view.per_row[n] + columns * view.per_column[n] for n in range(3)]
        at = [np.floor(value + 0.5).astype(int) for value in exact]
        inside = np.all([(a >= 0) & (a < n) for a, n in zip(at, size, strict=True)], axis=0)
        i, j, k_ = (np.where(inside, a, 0) for a in at)
        ours = np.where(inside, voxels[k_, j, i], 0)
        # Where a pixel lies halfway between voxels, to the last digit, either is the nearest.
        halfway = np.any([np.abs(value - np.floor(value) - 0.5) < 1e-6 for value in exact], axis=0)
        assert (ours == wanted[k])[~halfway].all()


def test_the_oracle_can_fail(series: tuple[Path, list[Path]]) -> None:
    folder, paths = series
    image = itk_read(folder)
    wrong = replace(geometry_of(image), origin=image.TransformIndexToPhysicalPoint((0, 0, 1)))
    placement = place(paths, wrong)
    flat = SimpleITK.GetArrayFromImage(image).ravel()

    equal = [
        (cut(flat, view) == pydicom.dcmread(path).pixel_array).all()
        for (view,), path in zip(placement.views, paths, strict=True)
        if view is not None
    ]
    assert not any(equal)
