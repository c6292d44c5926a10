"""The command's masks, from files that the field's own libraries wrote, judged by pydicom plane by plane."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.sr.codedict import codes
from typer.testing import CliRunner

from dicom_overlay.cli.app import app
from series_files import COLUMNS, ORIENTATIONS, ROWS, SLICES, step_of, write_series

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

NAMES = {1: "liver", 2: "left kidney", 5: "spleen"}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), *(["-j", "1"] if arguments[0] != "verify" else [])])


def make_series(orientation: tuple[float, ...], folder: Path) -> Path:
    folder.mkdir()
    write_series(folder, orientation, step_of(orientation), list(range(SLICES)))
    return folder


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """A series whose axes are none of the patient's: what lies right there lies right anywhere (see test_place)."""
    return make_series(ORIENTATIONS["oblique"], tmp_path / "series")


@pytest.fixture(params=["axial", "sagittal", "oblique", "axial-mirrored"])
def turned_series(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make_series(ORIENTATIONS[request.param], tmp_path / "series")


def itk_image(folder: Path) -> Any:
    return SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))


def label_map(folder: Path, seed: int = 3) -> tuple[np.ndarray, Any]:
    """Label values, shape (slices, rows, columns) in ITK's order, and an image of them."""
    values = np.random.default_rng(seed).choice([0, 0, 0, *NAMES], (SLICES, ROWS, COLUMNS)).astype(np.uint8)
    image = SimpleITK.GetImageFromArray(values)
    image.CopyInformation(itk_image(folder))
    return values, image


def planes_of(folder: Path, original: Path) -> dict[str, np.ndarray]:
    """What pydicom reads of each label, in the slice order of ITK on the original files."""
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(original))
    found: dict[str, list[np.ndarray]] = {}
    for k, name in enumerate(names):
        ds = pydicom.dcmread(folder / name.rsplit("/", 1)[1])
        for group in range(0x6000, 0x6020, 2):
            if (group, 0x3000) in ds:
                label = str(ds.get((group, 0x1500)).value) if (group, 0x1500) in ds else ""
                found.setdefault(label, [np.zeros((ROWS, COLUMNS), np.uint8)] * len(names))[k] = ds.overlay_array(group)
    return {label: np.stack(slices) for label, slices in found.items()}


def expect(found: dict[str, np.ndarray], values: np.ndarray, names: dict[int, str] = NAMES) -> None:
    assert set(found) == set(names.values())
    for value, name in names.items():
        assert (found[name] == (values == value)).all(), name


def labels_file(folder: Path) -> Path:
    path = folder / "labels.json"
    path.write_text(json.dumps({"labels": {name: value for value, name in NAMES.items()}}))
    return path


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_a_label_map_becomes_one_plane_a_label(suffix: str, turned_series: Path, tmp_path: Path) -> None:
    values, image = label_map(turned_series)
    mask = tmp_path / f"mask{suffix}"
    SimpleITK.WriteImage(SimpleITK.Flip(SimpleITK.PermuteAxes(image, (1, 2, 0)), (True, False, True)), str(mask))
    result = run("write", turned_series, mask, "--labels", labels_file(tmp_path), "-o", tmp_path / "out")

    assert result.exit_code == 0, result.stderr
    expect(planes_of(tmp_path / "out", turned_series), values)


def test_nibabels_nifti_in_ras_order_lies_where_it_should(turned_series: Path, tmp_path: Path) -> None:
    values, image = label_map(turned_series)
    SimpleITK.WriteImage(image, str(tmp_path / "itk.nii"))
    canonical = nibabel.as_closest_canonical(nibabel.load(tmp_path / "itk.nii"))
    # What TotalSegmentator's ways leave behind: floats, and 64 bit integers are no NIfTI that ITK reads.
    made = nibabel.Nifti1Image(np.asarray(canonical.dataobj).astype(np.float64), canonical.affine)
    nibabel.save(made, tmp_path / "mask.nii.gz")
    result = run("write", turned_series, tmp_path / "mask.nii.gz", "--labels", labels_file(tmp_path), "--in-place")

    assert result.exit_code == 0, result.stderr
    expect(planes_of(turned_series, turned_series), values)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("is_folder", [False, True])
def test_a_nifti_that_is_cut_off_is_refused(suffix: str, is_folder: bool, series: Path, tmp_path: Path) -> None:
    """SimpleITK reads one without complaint, with clear voxels for those that are missing."""
    _, image = label_map(series)
    masks = tmp_path / "masks"
    masks.mkdir()
    mask = masks / f"mask{suffix}"
    SimpleITK.WriteImage(image, str(mask))
    whole, before = mask.read_bytes(), planes_of(series, series)
    for cut in (len(whole) - 1, len(whole) // 2):
        mask.write_bytes(whole[:cut])
        result = run("write", series, masks if is_folder else mask, "--in-place")

        assert result.exit_code == 1, cut
        assert "cut off" in result.stderr
        assert planes_of(series, series) == before == {}
    if suffix == ".nii.gz":
        mask.write_bytes(whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:])
        assert run("write", series, mask, "--in-place").exit_code == 1


@pytest.mark.parametrize("suffix", [".nrrd", ".nhdr", ".mha", ".mhd"])
def test_a_damaged_nrrd_or_metaimage_is_refused(suffix: str, series: Path, tmp_path: Path) -> None:
    """SimpleITK takes what the damage made of a compressed stream for labels."""
    values, image = label_map(series)
    mask = tmp_path / f"mask{suffix}"
    SimpleITK.WriteImage(image, str(mask), True)
    data = next((path for path in tmp_path.glob("mask.*") if path.suffix in {".gz", ".zraw"}), mask)
    whole = data.read_bytes()
    for damaged in (whole[:-1], whole[:-20], whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]):
        data.write_bytes(damaged)
        result = run("write", series, mask, "--in-place")

        assert result.exit_code == 1
        assert "damaged" in result.stderr
        assert planes_of(series, series) == {}
    data.write_bytes(whole)
    result = run("write", series, mask, "--labels", labels_file(tmp_path), "--in-place")

    assert result.exit_code == 0, result.stderr
    expect(planes_of(series, series), values)


@pytest.mark.parametrize(
    "odd, words",
    [
        ("sheared", "sheared"),
        ("negative", "pixdim"),
        ("none", "pixdim"),
        ("no number", "NaN"),
    ],
)
def test_a_nifti_that_contradicts_itself_or_does_not_fit_is_refused(
    odd: str, words: str, series: Path, tmp_path: Path
) -> None:
    _, image = label_map(series)
    SimpleITK.WriteImage(image, str(tmp_path / "itk.nii"))
    made: Any = nibabel.load(tmp_path / "itk.nii")
    affine = made.affine.copy()
    if odd == "sheared":
        affine[:3, 1] += 0.4 * affine[:3, 0]
    odd_one = nibabel.Nifti1Image(np.asarray(made.dataobj), affine)
    if odd in {"negative", "none"}:
        odd_one.header["pixdim"][3] = {"negative": -odd_one.header["pixdim"][3], "none": 0}[odd]
    nibabel.save(odd_one, tmp_path / "mask.nii")
    if odd == "no number":
        data = bytearray((tmp_path / "mask.nii").read_bytes())
        data[292:296] = np.float32(np.nan).tobytes()  # srow_x[3]
        (tmp_path / "mask.nii").write_bytes(data)
    result = run("write", series, tmp_path / "mask.nii", "--in-place")

    assert result.exit_code == 1
    assert words in result.stderr
    assert planes_of(series, series) == {}


@pytest.mark.parametrize("unit, scale", [("meter", 1e-3), ("micron", 1e3), ("unknown", 1.0)])
def test_a_nifti_may_be_in_any_unit_of_length(unit: str, scale: float, series: Path, tmp_path: Path) -> None:
    values, image = label_map(series)
    SimpleITK.WriteImage(image, str(tmp_path / "itk.nii"))
    made: Any = nibabel.load(tmp_path / "itk.nii")
    affine = made.affine.copy()
    affine[:3] *= scale
    other = nibabel.Nifti1Image(np.asarray(made.dataobj), affine)
    other.header.set_xyzt_units(unit)
    nibabel.save(other, tmp_path / "mask.nii")
    result = run("write", series, tmp_path / "mask.nii", "--labels", labels_file(tmp_path), "--in-place")

    assert result.exit_code == 0, result.stderr
    expect(planes_of(series, series), values)


@pytest.mark.parametrize("codes, is_right", [((1, 1), True), ((0, 1), True), ((1, 0), True), ((0, 0), False)])
def test_a_nifti_says_where_it_lies_once(codes: tuple[int, int], is_right: bool, series: Path, tmp_path: Path) -> None:
    values, image = label_map(series)
    SimpleITK.WriteImage(image, str(tmp_path / "itk.nii"))
    made: Any = nibabel.load(tmp_path / "itk.nii")
    plain = nibabel.Nifti1Image(np.asarray(made.dataobj), made.affine)
    plain.set_qform(made.affine, code=codes[0])
    plain.set_sform(made.affine, code=codes[1])
    nibabel.save(plain, tmp_path / "mask.nii")
    result = run("write", series, tmp_path / "mask.nii", "--labels", labels_file(tmp_path), "--in-place")

    assert (result.exit_code == 0) is is_right, result.stderr
    if is_right:
        expect(planes_of(series, series), values)
        shifted = made.affine.copy()
        shifted[:3, 3] += shifted[:3, 2]
        plain.set_sform(shifted, code=max(codes[1], 1))
        plain.set_qform(made.affine, code=max(codes[0], 1))
        nibabel.save(plain, tmp_path / "two.nii")
        result = run("write", series, tmp_path / "two.nii", "--labels", labels_file(tmp_path), "--in-place")
        assert result.exit_code == 1
        assert "sform and qform" in result.stderr


def test_a_folder_of_masks_has_a_label_a_file(series: Path, tmp_path: Path) -> None:
    values, image = label_map(series)
    (tmp_path / "masks").mkdir()
    for value, name in NAMES.items():
        SimpleITK.WriteImage(image == value, str(tmp_path / "masks" / f"{name}.nii.gz"))
    result = run("write", series, tmp_path / "masks", "-l", "spleen", "-l", "liver", "--in-place")

    assert result.exit_code == 0, result.stderr
    expect(planes_of(series, series), values, {5: "spleen", 1: "liver"})


def test_slicers_segments_keep_their_names_and_may_overlap(series: Path, tmp_path: Path) -> None:
    values, image = label_map(series)
    other, second = label_map(series, seed=4)
    stacked = SimpleITK.Compose(image, second)
    for key, text in {
        "Segment0_Name": "liver",
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment1_Name": "vessel",
        "Segment1_LabelValue": "2",
        "Segment1_Layer": "1",
    }.items():
        stacked.SetMetaData(key, text)
    SimpleITK.WriteImage(stacked, str(tmp_path / "mask.seg.nrrd"))
    result = run("write", series, tmp_path / "mask.seg.nrrd", "--in-place")
    found = planes_of(series, series)

    assert result.exit_code == 0, result.stderr
    assert set(found) == {"liver", "vessel"}
    assert (found["liver"] == (values == 1)).all()
    assert (found["vessel"] == (other == 2)).all()


def test_labels_are_chosen_and_renamed(series: Path, tmp_path: Path) -> None:
    values, image = label_map(series)
    SimpleITK.WriteImage(image, str(tmp_path / "mask.nrrd"))
    result = run("write", series, tmp_path / "mask.nrrd", "-l", "5=Milz", "-l", "Label 1", "--in-place")
    found = planes_of(series, series)

    assert result.exit_code == 0, result.stderr
    assert set(found) == {"Milz", "Label 1"}
    assert (found["Milz"] == (values == 5)).all()


def test_more_labels_than_planes_are_refused_until_some_are_chosen(series: Path, tmp_path: Path) -> None:
    image = itk_image(series)
    values = np.arange(SLICES * ROWS * COLUMNS).reshape(SLICES, ROWS, COLUMNS).astype(np.uint16) % 40
    made = SimpleITK.GetImageFromArray(values)
    made.CopyInformation(image)
    SimpleITK.WriteImage(made, str(tmp_path / "mask.nrrd"))
    refused = run("write", series, tmp_path / "mask.nrrd", "--in-place")
    listed = run("write", series, tmp_path / "mask.nrrd", "--in-place", "--dry-run")
    chosen = run("write", series, tmp_path / "mask.nrrd", "--in-place", "-l", "39")

    assert (refused.exit_code, ": invalid-mask: " in refused.stderr) == (1, True)
    assert "label 39" in listed.stdout.splitlines()
    assert chosen.exit_code == 0, chosen.stderr
    assert (planes_of(series, series)["Label 39"] == (values == 39)).all()


def test_a_mask_of_another_grid_needs_leave_to_resample(turned_series: Path, tmp_path: Path) -> None:
    _, image = label_map(turned_series)
    spacing = tuple(value * 0.6 for value in image.GetSpacing())
    size = [round(n / 0.6) for n in image.GetSize()]
    fine = SimpleITK.Resample(
        image, size, SimpleITK.Transform(), SimpleITK.sitkNearestNeighbor, image.GetOrigin(), spacing,
        image.GetDirection(),
    )  # fmt: skip
    SimpleITK.WriteImage(fine, str(tmp_path / "mask.nrrd"))
    refused = run("write", turned_series, tmp_path / "mask.nrrd", "--in-place")
    taken = run("write", turned_series, tmp_path / "mask.nrrd", "--in-place", "--resample", "nearest", "-l", "1=liver")
    wanted = SimpleITK.GetArrayFromImage(SimpleITK.Resample(fine, image, interpolator=SimpleITK.sitkNearestNeighbor))

    assert (refused.exit_code, ": mask-not-placed: " in refused.stderr) == (1, True)
    assert taken.exit_code == 0, taken.stderr
    assert "notice resampled" in taken.stdout
    assert (planes_of(turned_series, turned_series)["liver"] == (wanted == 1)).mean() > 0.99


def test_a_probability_map_needs_a_threshold(series: Path, tmp_path: Path) -> None:
    values = np.random.default_rng(8).random((SLICES, ROWS, COLUMNS), np.float32)
    image = SimpleITK.GetImageFromArray(values)
    image.CopyInformation(itk_image(series))
    SimpleITK.WriteImage(image, str(tmp_path / "mask.nrrd"))
    refused = run("write", series, tmp_path / "mask.nrrd", "--in-place")
    taken = run("write", series, tmp_path / "mask.nrrd", "--in-place", "--threshold", "0.75", "-l", "likely")

    assert (refused.exit_code, "--threshold" in refused.stderr) == (1, True)
    assert taken.exit_code == 0, taken.stderr
    assert (planes_of(series, series)["likely"] == (values >= 0.75)).all()


# Segmentations.


def segment(number: int, name: str) -> Any:
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=codes.SCT.Tissue,
        segmented_property_type=codes.SCT.Tissue,
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
    )


def write_seg(folder: Path, path: Path, pixels: np.ndarray, kind: str) -> None:
    """A Segmentation by highdicom; ``pixels`` in ITK's slice order."""
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    count = int(pixels.max()) if kind == "LABELMAP" else pixels.shape[-1] if pixels.ndim == 4 else 1
    made = highdicom.seg.Segmentation(
        source_images=[pydicom.dcmread(name) for name in names],
        pixel_array=pixels,
        segmentation_type=kind,
        segment_descriptions=[segment(n + 1, f"part {n + 1}") for n in range(count)],
        series_instance_uid=highdicom.UID(),
        series_number=9,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="none",
        manufacturer_model_name="none",
        software_versions="1",
        device_serial_number="1",
    )
    made.save_as(path)


def strip_references(path: Path) -> None:
    """Take away what a Segmentation says of its source images, as other writers leave it out."""
    ds = pydicom.dcmread(path)
    for frame in ds.PerFrameFunctionalGroupsSequence:
        if "DerivationImageSequence" in frame:
            del frame.DerivationImageSequence
    ds.save_as(path)


@pytest.mark.parametrize("is_referring", [True, False], ids=["by-reference", "by-position"])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_a_segmentation_becomes_one_plane_a_segment(
    kind: str, is_referring: bool, series: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    if kind == "LABELMAP":
        pixels = rng.choice([0, 1, 2], (SLICES, ROWS, COLUMNS)).astype(np.uint8)
        wanted = {f"part {n}": pixels == n for n in (1, 2)}
    elif kind == "BINARY":
        # Segments that overlap, and an empty slice, which has no frame.
        pixels = (rng.random((SLICES, ROWS, COLUMNS, 2)) < 0.4).astype(np.uint8)
        pixels[2, ..., 0] = 0
        wanted = {f"part {n + 1}": pixels[..., n] > 0 for n in range(2)}
    else:
        pixels = rng.random((SLICES, ROWS, COLUMNS, 2)).astype(np.float32)
        wanted = {f"part {n + 1}": np.around(pixels[..., n] * 255) / 255 >= 0.6 for n in range(2)}
    write_seg(series, tmp_path / "seg.dcm", pixels, kind)
    if not is_referring:
        strip_references(tmp_path / "seg.dcm")
    options = ["--threshold", "0.6"] if kind == "FRACTIONAL" else []
    result = run("write", series, tmp_path / "seg.dcm", "--in-place", *options)
    found = planes_of(series, series)

    assert result.exit_code == 0, result.stderr
    assert set(found) == set(wanted)
    for name, mask in wanted.items():
        assert (found[name] == mask).all(), name


# The way back.


@pytest.mark.parametrize("form, name", [("nifti", "overlays.nii.gz"), ("seg", "overlays.dcm")])
def test_planes_become_a_mask_that_makes_the_same_planes(form: str, name: str, series: Path, tmp_path: Path) -> None:
    values, image = label_map(series)
    SimpleITK.WriteImage(image, str(tmp_path / "mask.nrrd"))
    run("write", series, tmp_path / "mask.nrrd", "--labels", labels_file(tmp_path), "-o", tmp_path / "first")
    back = run("extract", tmp_path / "first", "--as", form, "-o", tmp_path / "back")
    names = ["--labels", tmp_path / "back" / "overlays.json"] if form == "nifti" else []
    again = run("write", series, tmp_path / "back" / name, *names, "-o", tmp_path / "second")

    assert (back.exit_code, again.exit_code) == (0, 0), back.stderr + again.stderr
    expect(planes_of(tmp_path / "second", series), values)
    if form == "nifti":
        written = SimpleITK.ReadImage(str(tmp_path / "back" / name))
        for own, theirs in zip(
            (*written.GetOrigin(), *written.GetSpacing(), *written.GetDirection()),
            (*image.GetOrigin(), *image.GetSpacing(), *image.GetDirection()),
            strict=True,
        ):
            assert own == pytest.approx(theirs, abs=1e-4)
        first = json.loads((tmp_path / "back" / "overlays.json").read_text())["labels"].values()
        wanted = {n + 1: name for n, name in enumerate(first)}
        pixels = SimpleITK.GetArrayFromImage(written)
        assert all(
            ((pixels == n) == (values == v)).all() for n, m in wanted.items() for v, k in NAMES.items() if m == k
        )


def test_labels_that_overlap_have_a_file_each(series: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    pixels = (rng.random((SLICES, ROWS, COLUMNS, 2)) < 0.5).astype(np.uint8)
    write_seg(series, tmp_path / "seg.dcm", pixels, "BINARY")
    run("write", series, tmp_path / "seg.dcm", "-o", tmp_path / "first")
    back = run("extract", tmp_path / "first", "--as", "nifti", "-o", tmp_path / "back")
    again = run("write", series, tmp_path / "back", "--in-place")
    found = planes_of(series, series)

    assert (back.exit_code, again.exit_code) == (0, 0), back.stderr + again.stderr
    assert "notice labels-overlap" in back.stdout
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["part 1.nii.gz", "part 2.nii.gz"]
    assert (found["part 1"] == pixels[..., 0]).all()
    assert (found["part 2"] == pixels[..., 1]).all()
