"""`render_dicom_overlays` and `render`: which planes, which window, which files; what cannot be drawn is refused in words."""

from __future__ import annotations

import io
import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from dicom_overlay import (
    InvalidRequestError,
    MalformedDataSetError,
    NoImageError,
    OverlayError,
    OverlayPlane,
    UnsupportedTransferSyntaxError,
    bridge,
    read_dicom_overlays,
    render_dicom_overlays,
    write_dicom_overlays,
)
from dicom_overlay.cli.app import app
from rendered import COLUMNS, KINDS, ROWS, SOURCE_UID, expected, marked_file, source_file

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

KIND = KINDS["window"]


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["render", *map(str, words), "-j", "1"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two images with planes, one without, one of two frames, and something that is not an image."""
    made = tmp_path / "in"
    (made / "sub").mkdir(parents=True)
    (made / "a.dcm").write_bytes(marked_file(KIND))
    (made / "sub" / "b.dcm").write_bytes(marked_file(KIND, SOPInstanceUID="1.2.9"))
    (made / "bare.dcm").write_bytes(source_file(KIND))
    (made / "frames.dcm").write_bytes(marked_file(KINDS["frames"], SeriesInstanceUID="1.2.8"))
    (made / "notes.txt").write_text("no image")
    monkeypatch.chdir(tmp_path)
    return made


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_only_the_planes_that_were_chosen_are_drawn() -> None:
    data, bare = marked_file(KIND), KIND.shown
    by_label = render_dicom_overlays(data, labels=["Beyond"]).pixels()
    by_group = render_dicom_overlays(data, groups=[0x6002]).pixels()

    assert np.array_equal(by_label, by_group)
    assert np.array_equal(by_label[2:], bare[2:])
    assert not np.array_equal(by_label[:2, 8:], bare[:2, 8:])
    assert render_dicom_overlays(data, labels=["None"]).marked == ()
    assert len(render_dicom_overlays(data, labels="Beyond").planes) == 1
    assert render_dicom_overlays(data, labels="Beyond, and more").planes == ()
    assert len(render_dicom_overlays(data, groups=0x6000).planes) == 1


def test_frames_with_a_mark_are_told_from_the_others() -> None:
    assert render_dicom_overlays(marked_file(KINDS["frames"]), labels=["Rows"]).marked == (2,)
    assert render_dicom_overlays(marked_file(KINDS["frames"])).marked == (1, 2)


def test_the_window_that_is_given_comes_before_the_files() -> None:
    found = render_dicom_overlays(source_file(KIND), window=(2, 5)).pixels()

    # PS3.3 C.11.2.1.2.1: of width 2 at 5, all to 4 is black and all from 5 on is white.
    assert found[0, :, 0].tolist() == [0, 0, 0, 0, 0, 255, 255, 255, 255, 255]


@pytest.mark.parametrize("window", [(0, 5), (-1, 5), (float("nan"), 1), (1,), ("a", "b"), 5])
def test_what_is_not_a_window_is_refused(window: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        render_dicom_overlays(source_file(KIND), window=window)
    assert caught.value.detail["field"] == "window"


@pytest.mark.parametrize("frame", [0, 3, -1, True, 1.5, None])
def test_a_frame_that_is_not_there_is_refused(frame: Any) -> None:
    drawn = render_dicom_overlays(marked_file(KINDS["frames"]))
    with pytest.raises(InvalidRequestError):
        drawn.pixels(frame)
    with pytest.raises(InvalidRequestError):
        drawn.secondary_capture(frame, {})


def test_a_sigmoid_window_bends_as_the_standard_says() -> None:
    data = source_file(KIND, VOILUTFunction="SIGMOID", WindowCenter="5", WindowWidth="4")
    # PS3.3 C.11.2.1.3.1: 255 / (1 + exp(-4 (x - 5) / 4)).
    wanted = [2, 5, 12, 30, 69, 128, 186, 225, 243, 250]

    assert render_dicom_overlays(data).pixels()[0, :, 0].tolist() == wanted


def test_each_frame_of_an_enhanced_image_has_its_own_rescale_and_window() -> None:
    def groups(slope: str, centre: str) -> pydicom.Dataset:
        rescale, window, both = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
        rescale.RescaleSlope, rescale.RescaleIntercept = slope, "0"
        window.WindowCenter, window.WindowWidth = centre, "1"
        both.PixelValueTransformationSequence, both.FrameVOILUTSequence = [rescale], [window]
        return both

    frames = [groups("1", "5"), groups("2", "5")]
    drawn = render_dicom_overlays(
        source_file(KINDS["frames"], WindowCenter=None, WindowWidth=None, PerFrameFunctionalGroupsSequence=frames)
    )

    # A window of one is a threshold at its centre: 255 in the first frame from 5, in the second (which runs down) to 3.
    assert (drawn.pixels(1)[0, :, 0] >= 128).tolist() == [value >= 5 for value in range(10)]
    assert (drawn.pixels(2)[0, :, 0] >= 128).tolist() == [2 * value >= 5 for value in range(9, -1, -1)]


def test_without_an_image_without_a_decoder_and_with_broken_pixels_the_error_says_so() -> None:
    data = marked_file(KIND)
    at = data.index(b"\xe0\x7f\x10\x00OW")
    with pytest.raises(NoImageError):
        render_dicom_overlays(data[:at]).pixels()
    # Lossless JPEG, for which no decoder is installed with the tests.
    image = pydicom.dcmread(io.BytesIO(source_file(KIND)))
    image.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLosslessSV1
    image.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8\xff\xd9"])
    image["PixelData"].VR = "OB"
    buffer = io.BytesIO()
    image.save_as(buffer)
    with pytest.raises(UnsupportedTransferSyntaxError) as caught:
        render_dicom_overlays(buffer.getvalue()).pixels()
    assert caught.value.detail == {"found": "1.2.840.10008.1.2.4.70"}
    with pytest.raises(MalformedDataSetError):
        render_dicom_overlays(source_file(KIND, BitsStored=99)).pixels()


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
def test_a_file_that_nothing_can_refer_to_is_not_captured(keyword: str) -> None:
    image = pydicom.dcmread(io.BytesIO(source_file(KIND)))
    del image[keyword]
    buffer = io.BytesIO()
    image.save_as(buffer)
    drawn = render_dicom_overlays(buffer.getvalue())
    assert drawn.pixels().shape == (ROWS, COLUMNS, 3)
    with pytest.raises(MalformedDataSetError) as caught:
        drawn.secondary_capture(1, {})
    assert caught.value.detail == {"tag": pydicom.datadict.tag_for_keyword(keyword)}


def test_a_name_that_does_not_fit_its_character_set_keeps_its_bytes() -> None:
    data = source_file(KIND).replace("Müller".encode("latin-1"), b"M\x81\xfeler")
    capture = render_dicom_overlays(data.replace(b"ISO_IR 100", b"ISO_IR 192")).secondary_capture(1, {})

    assert b"PN\x0c\0M\x81\xfeler^\xc4nne" in capture


def test_an_embedded_plane_is_drawn_and_is_no_part_of_the_grey() -> None:
    """Retired form: bit 15 of the pixels; the values behind it are 0 … 9."""
    pixels = KIND.pixels.copy()
    pixels[3] |= 0x8000
    image = pydicom.dcmread(io.BytesIO(source_file(KIND)))
    image.PixelData = pixels.tobytes()
    for element, vr, value in (
        *((0x0010, "US", ROWS), (0x0011, "US", COLUMNS), (0x0040, "CS", "G"), (0x0050, "SS", [1, 1])),
        *((0x0100, "US", 16), (0x0102, "US", 15)),
    ):
        image.add_new(0x60000000 + element, vr, value)
    buffer = io.BytesIO()
    image.save_as(buffer)
    found = render_dicom_overlays(buffer.getvalue()).pixels()

    assert np.array_equal(found[4], KIND.shown[4])
    assert np.array_equal(found[3], (3 * KIND.shown[3].astype(int) + 7 * np.array([204, 121, 167]) + 5) // 10)


def test_a_picture_of_an_odd_number_of_bytes_is_padded() -> None:
    mask = np.ones((1, 1), bool)
    image = pydicom.dcmread(io.BytesIO(source_file(KIND)))
    image.Rows = image.Columns = 1
    image.PixelData = struct.pack("<H", 5)
    buffer = io.BytesIO()
    image.save_as(buffer)
    data = write_dicom_overlays(buffer.getvalue(), [OverlayPlane.from_mask(mask)]).data
    capture = render_dicom_overlays(data).secondary_capture(1, {})

    assert len(capture) % 2 == 0
    assert pydicom.dcmread(io.BytesIO(capture)).pixel_array.shape == (1, 1, 3)


def test_the_new_series_is_called_as_asked() -> None:
    drawn = render_dicom_overlays(marked_file(KIND))
    given = {"series_instance_uid": "1.2.3", "series_number": 5, "series_description": "Für Änne"}
    read = pydicom.dcmread(io.BytesIO(drawn.secondary_capture(1, given)))  # type: ignore[arg-type]  # a plain dict
    others = {str(pydicom.dcmread(io.BytesIO(drawn.secondary_capture(1, {}))).SeriesInstanceUID) for _ in range(2)}

    assert (read.SeriesInstanceUID, read.SeriesNumber, read.SeriesDescription) == ("1.2.3", 5, "Für Änne")
    assert len(others) == 2
    with pytest.raises(OverlayError):
        drawn.secondary_capture(1, {"series_description": "日本"})


def test_the_bridge_makes_the_same_head_without_pixels() -> None:
    data = marked_file(KINDS["frames"])
    job = {"type": "capture", "size": len(data), "rows": ROWS, "columns": COLUMNS, "frame": 2}
    options = {"seriesInstanceUid": "1.2.3"}
    text, (head,) = bridge.handle(json.dumps([{**job, "options": options}]), [], lambda _, start, end: data[start:end])
    ok = json.loads(text)[0]["ok"]
    read = pydicom.dcmread(io.BytesIO(head + expected(KINDS["frames"])[1].tobytes()))

    assert ok == {"buffer": 0, "sopInstanceUid": read.SOPInstanceUID}
    assert read.SeriesInstanceUID == "1.2.3"
    assert read.SourceImageSequence[0].ReferencedFrameNumber == 2
    assert np.array_equal(read.pixel_array, expected(KINDS["frames"])[1])
    for wrong in ({"rows": 5}, {"columns": None}, {"frame": 3}, {"frame": "1"}):
        text, _ = bridge.handle(json.dumps([{**job, **wrong}]), [], lambda _, start, end: data[start:end])
        assert json.loads(text)[0]["error"]["code"] == "invalid-request"


def test_a_folder_becomes_a_tree_of_pictures_of_marked_images(folder: Path) -> None:
    result = run("in", "-o", "out")

    assert result.exit_code == 0, result.output
    assert written(folder.parent / "out") == [
        "a.dcm.png",
        "frames.dcm-00001.png",
        "frames.dcm-00002.png",
        "sub/b.dcm.png",
    ]
    assert "in/bare.dcm: no plane to draw (--all" in result.stdout
    assert result.stderr.endswith(": 1 no-plane, 1 passed-over, 3 rendered\n")


def test_with_all_images_without_a_mark_are_there_too(folder: Path) -> None:
    assert run("in", "-o", "out", "--all").exit_code == 0
    assert "bare.dcm.png" in written(folder.parent / "out")


def test_captures_of_one_series_are_one_new_series_and_of_two_are_two(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert run("in", "-o", "out", "--as", "capture").exit_code == 0
    made = {path.name: pydicom.dcmread(path) for path in (folder.parent / "out").rglob("*.dcm")}

    assert sorted(made) == [
        *("a.dcm-capture.dcm", "b.dcm-capture.dcm", "frames.dcm-00001-capture.dcm", "frames.dcm-00002-capture.dcm"),
    ]
    series = [made[name].SeriesInstanceUID for name in sorted(made)]
    assert series[0] == series[1] != series[2] == series[3]
    assert made["a.dcm-capture.dcm"].SourceImageSequence[0].ReferencedSOPInstanceUID == SOURCE_UID
    assert all(read_dicom_overlays(path) == () for path in (folder.parent / "out").rglob("*.dcm"))
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_picture_that_is_there_is_not_replaced_unasked(folder: Path) -> None:
    assert run("in/a.dcm", "-o", "out").exit_code == 0
    (folder.parent / "out" / "a.dcm.png").write_bytes(b"mine")
    again = run("in/a.dcm", "-o", "out")

    assert (again.exit_code, (folder.parent / "out" / "a.dcm.png").read_bytes()) == (1, b"mine")
    assert "give --overwrite" in again.stderr
    assert run("in/a.dcm", "-o", "out", "--overwrite").exit_code == 0
    assert (folder.parent / "out" / "a.dcm.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("output", ["in", "in/sub", "in/new"])
def test_pictures_do_not_go_into_the_input(output: str, folder: Path) -> None:
    before = written(folder)
    result = run("in", "-o", output)

    assert (result.exit_code, written(folder)) == (1, before)
    assert "lies in the input folder" in result.stderr


def test_the_words_of_errors_hold_no_name(folder: Path) -> None:
    data = bytearray(marked_file(KIND))
    (folder / "a.dcm").write_bytes(data[: data.index(b"\xe0\x7f\x10\x00OW")])
    result = run("in/a.dcm", "-o", "out", "--as", "capture", "--jsonl")

    assert result.exit_code == 1
    assert "nne" not in result.output
    assert json.loads(result.stdout.splitlines()[0])["error"]["code"] == "no-image"
