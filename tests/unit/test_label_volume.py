"""The public value of masks: what is read into it, what it says, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import SimpleITK
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from dicom_overlay import OverlayError, read_dicom_overlays, read_series_overlays, write_series_overlays
from dicom_overlay.masks import LabelVolume, read_mask
from dicom_overlay.masks.read import open_mask

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (128, 128)


def labels(slices: int = 3) -> np.ndarray[Any, Any]:
    """A label map of values 1 and 5 on the middle slices."""
    found = np.zeros((slices, *SIZE), np.uint8)
    found[1:, 10:20, 30:50] = 1
    found[-1, 60:70, 60:90] = 5
    return found


@pytest.fixture
def series(tmp_path: Path) -> list[Path]:
    """Three images, one above the other."""
    source = get_testdata_file("CT_small.dcm", download=False)
    uid, paths = generate_uid(), []
    for index in range(3):
        image = pydicom.dcmread(str(source))
        image.SeriesInstanceUID = uid
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        image.ImagePositionPatient, image.InstanceNumber = [0, 0, 5.0 * index], index + 1
        paths.append(tmp_path / f"{index}.dcm")
        image.save_as(paths[-1])
    return paths


def test_a_matrix_is_given_back_with_its_frame_of_reference() -> None:
    matrix = np.array([[0, 0, 2.5, 10], [-0.5, 0, 0, 20], [0, 0.75, 0, -30], [0, 0, 0, 1]])

    volume = LabelVolume.from_array(labels(), matrix, names={1: "Liver"}, frame_of_reference_uid="1.2.3")

    assert volume.matrix is not None
    np.testing.assert_allclose(volume.matrix, matrix)
    assert volume.frame_of_reference_uid == "1.2.3"
    assert volume.names == {1: "Liver", 5: None}


def test_an_array_alone_does_not_say_where_it_lies() -> None:
    volume = LabelVolume.from_array(labels())

    assert volume.matrix is None
    assert volume.frame_of_reference_uid is None


def test_a_label_is_set_where_its_value_is() -> None:
    volume = LabelVolume.from_array(labels())

    for label in volume.labels:
        np.testing.assert_array_equal(volume.mask_of(label), labels() == label.value)


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(np.eye(3), id="three rows"),
        pytest.param(np.full((4, 4), np.nan), id="not numbers"),
        pytest.param("here", id="text"),
        pytest.param(np.diag([1, 1, 1, 2]), id="another last row"),
        pytest.param(np.diag([1, 0, 1, 1]), id="a column of zeros"),
        pytest.param([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], id="axes in one plane"),
    ],
)
def test_what_is_not_a_place_is_refused(matrix: Any) -> None:
    with pytest.raises(OverlayError) as caught:
        LabelVolume.from_array(labels(), matrix)

    assert caught.value.code == "invalid-mask"


@pytest.mark.parametrize("shape", [(4,), (0, 3), (1, 2, 3, 4)])
def test_an_array_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(OverlayError) as caught:
        LabelVolume.from_array(np.ones(shape, bool))

    assert caught.value.detail == {"field": "shape", "found": list(shape)}


def test_a_file_array_and_image_of_one_mask_are_the_same_volume(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(labels())
    image.SetOrigin((1.0, 2.0, 3.0))
    image.SetSpacing((0.5, 0.75, 2.0))
    SimpleITK.WriteImage(image, str(tmp_path / "mask.nii.gz"))
    matrix = np.diag([0.5, 0.75, 2.0, 1.0])
    matrix[:3, 3] = 1, 2, 3

    found = [read_mask(tmp_path / "mask.nii.gz"), open_mask(image), open_mask((labels(), matrix))]

    for volume in found:
        assert isinstance(volume, LabelVolume)
        assert volume.matrix is not None
        np.testing.assert_allclose(volume.matrix, matrix, atol=1e-6)
        assert [label.value for label in volume.labels] == [1, 5]
        np.testing.assert_array_equal(volume.mask_of(volume.labels[1]), labels() == 5)


def test_a_mask_of_another_type_is_not_taken() -> None:
    with pytest.raises(TypeError, match="not int"):
        open_mask(5)


def test_a_threshold_for_a_volume_that_was_read_is_refused() -> None:
    with pytest.raises(OverlayError) as caught:
        open_mask(LabelVolume.from_array(labels()), threshold=0.5)

    assert caught.value.detail == {"field": "threshold"}


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mask.txt").write_text("1 0 1")

    with pytest.raises(OverlayError) as caught:
        read_mask(tmp_path / "mask.txt")

    assert caught.value.code == "invalid-mask"


def test_a_picture_of_many_greys_needs_a_threshold_or_names(tmp_path: Path) -> None:
    pixels = np.tile(np.arange(8, dtype=np.uint8) * 30, (8, 1))
    Image.fromarray(pixels).save(tmp_path / "grey.png")

    with pytest.raises(OverlayError) as caught:
        read_mask(tmp_path / "grey.png")
    cut = read_mask(tmp_path / "grey.png", threshold=100)
    named = read_mask(tmp_path / "grey.png", labels={30: "Bone"})

    assert caught.value.detail["field"] == "threshold"
    np.testing.assert_array_equal(cut.mask_of(cut.labels[0])[0], pixels >= 100)
    assert named.names[30] == "Bone"


def test_a_folder_of_pictures_alone_is_not_a_volume(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(tmp_path / "1.png")

    with pytest.raises(OverlayError) as caught:
        read_mask(tmp_path)

    assert caught.value.detail == {"field": "mask"}


def test_a_folder_of_one_file_for_each_label_takes_their_names(tmp_path: Path) -> None:
    for name in ("kidney", "liver"):
        image = SimpleITK.GetImageFromArray((labels() > 0).astype(np.uint8))
        SimpleITK.WriteImage(image, str(tmp_path / f"{name}.nii.gz"))

    volume = read_mask(tmp_path)
    with pytest.raises(OverlayError) as caught:
        read_mask(tmp_path, labels={1: "Liver"})

    assert [label.name for label in volume.labels] == ["kidney", "liver"]
    assert caught.value.code == "invalid-request"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param('{"1": "Liver", "5": "Spleen"}', {1: "Liver", 5: "Spleen"}, id="values to names"),
        pytest.param('{"labels": {"Liver": 1, "background": 0}}', {1: "Liver"}, id="names to values"),
        pytest.param('[{"id": 5, "name": "Spleen"}]', {5: "Spleen"}, id="a list"),
    ],
)
def test_a_file_of_labels_names_values_and_leaves_out_the_others(
    tmp_path: Path, text: str, names: dict[int, str | None]
) -> None:
    np.save(tmp_path / "mask.npy", labels())
    (tmp_path / "labels.json").write_text(text)

    assert read_mask(tmp_path / "mask.npy", labels=tmp_path / "labels.json").names == names


@pytest.mark.parametrize("text", ["nothing", "[1, 2]", '{"1": 2.5}', '{"99": "Bone"}', "\xff"])
def test_a_file_that_names_no_value_of_the_mask_is_refused(tmp_path: Path, text: str) -> None:
    np.save(tmp_path / "mask.npy", labels())
    (tmp_path / "labels.json").write_bytes(text.encode("latin-1"))

    with pytest.raises(OverlayError) as caught:
        read_mask(tmp_path / "mask.npy", labels=tmp_path / "labels.json")

    assert caught.value.code == "invalid-mask"


@pytest.mark.parametrize("given", [{}, {"Liver": "Spleen"}, {1: 2.5}])
def test_a_mapping_that_is_not_from_values_to_names_is_refused(tmp_path: Path, given: dict[Any, Any]) -> None:
    np.save(tmp_path / "mask.npy", labels())

    with pytest.raises(OverlayError) as caught:
        read_mask(tmp_path / "mask.npy", labels=given)

    assert caught.value.detail["field"] == "labels"


def test_a_series_is_written_and_read_back_with_its_progress(series: list[Path], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    result = write_series_overlays(
        series,
        labels(),
        labels={1: "Liver", 5: "Spleen"},
        output=tmp_path / "out",
        progress=lambda step: told.append((step.done, step.total)),
    )
    written = sorted((tmp_path / "out").iterdir())
    overlays = read_series_overlays(written)

    assert [file.outcome for file in result.files] == ["written"] * 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert overlays.volume is not None
    assert [label.name for label in overlays.volume.labels] == ["Liver", "Spleen"]
    np.testing.assert_array_equal(overlays.volume.mask_of(overlays.volume.labels[1]), labels() == 5)
    assert [len(read_dicom_overlays(path)) for path in series] == [0, 0, 0]


def test_an_output_folder_that_is_the_input_is_refused(series: list[Path]) -> None:
    with pytest.raises(OverlayError) as caught:
        write_series_overlays(series, labels(), output=series[0].parent)

    assert caught.value.detail["reason"] == "EEXIST"


def test_two_files_of_one_name_cannot_share_an_output_folder(series: list[Path], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    moved = series[1].rename(tmp_path / "other" / series[0].name)

    with pytest.raises(OverlayError) as caught:
        write_series_overlays([series[0], moved, series[2]], labels(), output=tmp_path / "out")

    assert caught.value.detail["reason"] == "EEXIST"


def test_a_way_of_resampling_that_does_not_exist_is_refused(series: list[Path]) -> None:
    with pytest.raises(OverlayError) as caught:
        write_series_overlays(series, labels(), resample="linear")  # type: ignore[arg-type]

    assert caught.value.detail == {"field": "resample"}


def test_strict_writes_nothing_where_there_is_a_notice(series: list[Path]) -> None:
    before = [path.read_bytes() for path in series]

    with pytest.raises(OverlayError) as caught:
        write_series_overlays(series, labels(), strict=True)

    assert caught.value.code == "strict-notice"
    assert [path.read_bytes() for path in series] == before


def test_names_in_json_may_be_of_any_script(tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", labels())
    (tmp_path / "labels.json").write_text(json.dumps({"labels": {"1": "Läsion"}}), "utf-8")

    assert read_mask(tmp_path / "mask.npy", labels=tmp_path / "labels.json").names[1] == "Läsion"
