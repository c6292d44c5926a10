"""The command: what it writes and prints, and with which exit code it ends."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dicom_files import element, file, image_elements, image_file, meta, overlay_elements, pack, text, us
from dicom_overlay import OverlayPlane, read_dicom_overlays, write_dicom_overlay, write_dicom_overlays
from dicom_overlay.cli.app import app

if TYPE_CHECKING:
    from typer.testing import Result

MASK = np.array([(i * i + i // 3) % 3 % 2 for i in range(35)], dtype=np.uint8).reshape(5, 7)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture
def mask_path(tmp_path: Path) -> Path:
    path = tmp_path / "mask.png"
    Image.fromarray(MASK * 200).save(path)
    return path


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Three slices, named against their order in space."""
    folder = tmp_path / "series"
    (folder / "inner").mkdir(parents=True)
    for name, position in [("a.dcm", 4), ("b.dcm", 2), ("inner/c.dcm", 0)]:
        place = element(0x00200032, b"DS", text(f"0\\0\\{position}"))
        parts = image_elements(5, 7)
        cut = parts.index(b"\x28\0\2\0US")
        (folder / name).write_bytes(file(meta(), parts[:cut] + place + parts[cut:]))
    return folder


def planes_below(folder: Path) -> dict[str, tuple[OverlayPlane, ...]]:
    return {path.relative_to(folder).as_posix(): read_dicom_overlays(path) for path in sorted(folder.rglob("*.dcm"))}


def test_write_puts_the_result_beside_the_input_and_says_so(image_path: Path, mask_path: Path) -> None:
    before = image_path.read_bytes()
    result = run("write", image_path, mask_path, "--label", "Liver", "--type", "R", "--subtype", "USER")
    target = image_path.with_name("image-overlay.dcm")

    assert result.exit_code == 0
    written, notice = result.stdout.splitlines()
    assert written == f'{image_path}: 6000 "Liver" -> {target}'
    assert notice.startswith(f"{image_path}:   notice type-r: ")
    assert image_path.read_bytes() == before
    (plane,) = read_dicom_overlays(target)
    assert (plane.label, plane.overlay_type, plane.subtype) == ("Liver", "R", "USER")
    assert (plane.mask == (MASK > 0)).all()


@pytest.mark.parametrize("suffix", [".npy", ".png"])
def test_masks_come_from_pictures_and_from_arrays(suffix: str, image_path: Path, tmp_path: Path) -> None:
    mask = tmp_path / f"mask{suffix}"
    np.save(mask, MASK) if suffix == ".npy" else Image.fromarray(MASK).save(mask)

    assert run("write", image_path, mask, "--in-place").exit_code == 0
    assert (read_dicom_overlays(image_path)[0].mask == (MASK > 0)).all()


def test_a_picture_drawn_in_black_on_nothing_is_refused(image_path: Path, tmp_path: Path) -> None:
    before = image_path.read_bytes()
    drawn = np.zeros((*MASK.shape, 4), np.uint8)
    drawn[MASK > 0, 3] = 255
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    result = run("write", image_path, tmp_path / "mask.png", "--in-place")

    assert result.exit_code == 1
    assert "black wherever it is not transparent" in result.stderr
    assert image_path.read_bytes() == before


@pytest.mark.parametrize("colour", [2, 4, 6])
def test_a_picture_of_sixteen_bit_colours_is_refused(colour: int, image_path: Path, tmp_path: Path) -> None:
    """Pillow keeps the upper eight bits, so that the faint colours of a label image would be lost."""
    rows, columns = MASK.shape
    samples = {2: 3, 4: 2, 6: 4}[colour]
    line = b"\0" + np.full((columns, samples), 1, ">u2").tobytes()
    header = struct.pack(">IIBBBBB", columns, rows, 16, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(line * rows)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    (tmp_path / "mask.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    result = run("write", image_path, tmp_path / "mask.png", "--in-place")

    assert result.exit_code == 1
    assert "16-bit colours" in result.stderr


def test_in_place_and_an_output_exclude_each_other(image_path: Path, mask_path: Path) -> None:
    result = run("write", image_path, mask_path, "--in-place", "-o", image_path.with_name("x.dcm"))

    assert result.exit_code == 1
    assert result.stderr.startswith("invalid-request: ")


def test_a_result_that_exists_is_replaced_only_when_asked(image_path: Path, mask_path: Path) -> None:
    target = image_path.with_name("out.dcm")
    target.write_bytes(b"old")
    refused = run("write", image_path, mask_path, "-o", target)
    first = target.read_bytes()
    allowed = run("write", image_path, mask_path, "-o", target, "--overwrite")

    assert (refused.exit_code, first, allowed.exit_code) == (1, b"old", 0)
    assert ": file-access: " in refused.stderr
    assert len(read_dicom_overlays(target)) == 1


@pytest.mark.parametrize("options", [[], ["--overwrite"]])
def test_an_output_never_is_the_input_by_accident(options: list[str], image_path: Path, mask_path: Path) -> None:
    before = image_path.read_bytes()
    result = run("write", image_path, mask_path, "-o", image_path, *options)

    assert result.exit_code == 1
    assert image_path.read_bytes() == before


def test_the_folder_of_an_output_is_made(image_path: Path, mask_path: Path) -> None:
    target = image_path.parent / "new" / "deep" / "out.dcm"

    assert run("write", image_path, mask_path, "-o", target).exit_code == 0
    assert len(read_dicom_overlays(target)) == 1


def test_an_output_below_a_file_is_an_error_line(image_path: Path, mask_path: Path) -> None:
    result = run("write", image_path, mask_path, "-o", image_path / "out.dcm")

    assert result.exit_code == 1
    assert "file-access" in result.stderr
    assert "Traceback" not in result.output


def test_group_and_replace_and_derived(image_path: Path, mask_path: Path) -> None:
    assert run("write", image_path, mask_path, "--in-place", "-g", "6004").exit_code == 0
    refused = run("write", image_path, mask_path, "--in-place", "-g", "0x6004")
    replaced = run(
        "write", image_path, mask_path, "--in-place", "-g", "6004", "--existing", "replace-group", "--derived"
    )

    assert (refused.exit_code, replaced.exit_code) == (1, 0)
    assert ": group-in-use: " in refused.stderr
    assert [plane.group for plane in read_dicom_overlays(image_path)] == [0x6004]
    assert b"dicom-overlay" in image_path.read_bytes()


@pytest.mark.parametrize("frames, expected", [("all", (1, 5)), ("3", (3, 1)), ("2-4", (2, 3)), (None, (1, 5))], ids=str)
def test_frames_are_all_one_or_a_range(
    frames: str | None, expected: tuple[int, int], tmp_path: Path, mask_path: Path
) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(image_file(frames=5))
    result = run("write", path, mask_path, "--in-place", *([] if frames is None else ["--frames", frames]))
    (plane,) = read_dicom_overlays(path)

    assert (plane.image_frame_origin, plane.number_of_frames) == expected
    assert ("notice all-frames" in result.stdout) == (frames is None)


@pytest.mark.parametrize(
    "arguments, code",
    [
        pytest.param(["--group", "zz"], "invalid-request", id="group-in-no-hex"),
        pytest.param(["--frames", "a-b"], "invalid-request", id="frames-in-no-number"),
        pytest.param(["--group", "6001"], "invalid-plane", id="odd-group"),
        pytest.param(["--type", "X"], "invalid-plane", id="type"),
        pytest.param(["--label", "a\\b"], "invalid-plane", id="label"),
        pytest.param(["--frames", "2"], "invalid-plane", id="frame-two-of-one"),
    ],
)
def test_options_that_make_no_sense_are_one_line_and_exit_code_1(
    arguments: list[str], code: str, image_path: Path, mask_path: Path
) -> None:
    before = image_path.read_bytes()
    result = run("write", image_path, mask_path, "--in-place", *arguments)

    assert result.exit_code == 1
    assert code in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert image_path.read_bytes() == before


def test_words_that_are_no_command_are_exit_code_2(image_path: Path) -> None:
    assert run("paint", image_path).exit_code == 2
    assert run("write", image_path).exit_code == 2


@pytest.mark.parametrize("name", ["missing.dcm", "missing/"])
def test_an_input_that_is_not_there_is_exit_code_1(name: str, tmp_path: Path, mask_path: Path) -> None:
    for words in (
        ["write", tmp_path / name, mask_path],
        ["list", tmp_path / name],
        ["remove", tmp_path / name, "--all"],
    ):
        result = run(*words)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == f"{tmp_path / name}: file-access: the file or folder does not exist\n"


def test_a_mask_of_another_size_names_the_file_and_fails(image_path: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", MASK.T)
    result = run("write", image_path, tmp_path / "mask.npy")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{tmp_path / 'mask.npy'}: invalid-mask: ")
    assert not image_path.with_name("image-overlay.dcm").exists()


# Folders.


def test_a_picture_is_for_one_image_unless_the_caller_says_otherwise(series: Path, mask_path: Path) -> None:
    result = run("write", series, mask_path, "-j", "1")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{mask_path}: invalid-series: ")
    assert "--every-image" in result.stderr
    assert not series.with_name("series-overlay").exists()


def test_a_folder_is_walked_and_its_tree_kept(series: Path, mask_path: Path) -> None:
    result = run("write", series, mask_path, "--every-image", "-j", "1")
    found = planes_below(series.with_name("series-overlay"))

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3
    assert list(found) == ["a.dcm", "b.dcm", "inner/c.dcm"]
    assert all((planes[0].mask == (MASK > 0)).all() for planes in found.values())
    assert all(planes == () for planes in planes_below(series).values())


def test_a_volume_is_laid_over_the_slices_in_itks_order(series: Path, tmp_path: Path) -> None:
    volume = np.stack([np.full((5, 7), value) for value in (0, 1, 0)])
    volume[0, 0, 0] = volume[2, 4, 6] = 1
    np.save(tmp_path / "volume.npy", volume)
    result = run("write", series, tmp_path / "volume.npy", "--in-place", "-j", "1")
    found = planes_below(series)

    assert result.exit_code == 0
    # a.dcm is the highest slice, so it takes the volume's last one.
    for name, index in [("inner/c.dcm", 0), ("b.dcm", 1), ("a.dcm", 2)]:
        assert (found[name][0].mask == (volume[index] > 0)).all()


def test_a_volume_of_another_number_of_slices_writes_nothing(series: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "volume.npy", np.ones((2, 5, 7)))
    result = run("write", series, tmp_path / "volume.npy", "--in-place", "-j", "1")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{tmp_path / 'volume.npy'}: invalid-series: ")
    assert all(planes == () for planes in planes_below(series).values())


def test_a_folder_of_masks_is_matched_by_name_and_a_missing_one_is_said(series: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    np.save(masks / "a.npy", MASK)
    Image.fromarray(MASK).save(masks / "c.png")
    result = run("write", series, masks, "--in-place", "-j", "1")
    found = planes_below(series)

    assert result.exit_code == 0
    assert [len(planes) for planes in found.values()] == [1, 0, 1]
    assert result.stdout.splitlines()[0].startswith("notice mask-covers-part: ")
    assert result.stderr.endswith("1 unchanged, 2 written\n")


def test_one_bad_file_is_one_line_and_the_others_are_written(series: Path, mask_path: Path) -> None:
    (series / "b.dcm").write_bytes((series / "b.dcm").read_bytes()[:-3])
    result = run("write", series, mask_path, "--every-image", "-o", series.with_name("out"), "-j", "1")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].startswith(f"{series / 'b.dcm'}: truncated: ")
    assert list(planes_below(series.with_name("out"))) == ["a.dcm", "inner/c.dcm"]


def test_a_folder_without_dicom_files_is_exit_code_1(tmp_path: Path, mask_path: Path) -> None:
    result = run("write", tmp_path, mask_path)

    assert (result.exit_code, result.stderr) == (1, "invalid-series: no DICOM image was found\n")


def test_several_processes_do_the_same(series: Path, mask_path: Path) -> None:
    # In a process of its own: pytest's has threads, which a fork would not like.
    command = Path(sys.executable).with_name("dicom-overlay")
    words: list[str | Path] = [command, "write", series, mask_path, "--every-image", "--in-place", "-j", "2"]
    done = subprocess.run(words, check=False, text=True, capture_output=True)

    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("3 files in ")
    assert sorted(line.split(": ")[1].split()[0] for line in done.stdout.splitlines()) == ["6000"] * 3
    assert all(len(planes) == 1 for planes in planes_below(series).values())


# The other commands.


def test_list_names_each_plane_in_one_line(image_path: Path) -> None:
    image_path.write_bytes(
        image_file(
            frames=3,
            before_pixels=overlay_elements(0x6000, 5, 7, pack([1] * 35), origin=(-2, 9))
            + overlay_elements(0x6002, 1, 1, b"\7\0", frames=3, extra=element(0x60021500, b"LO", text("Liver [1]")))
            + overlay_elements(0x6020, 1, 1, b""),
        )
    )
    result = run("list", image_path)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{image_path}: 6000 G 5x7 at -2,9, 35 pixels set",
        f'{image_path}: 6002 "Liver [1]" G 1x1 at 1,1, 3 frames from 1, 3 pixels set',
        f"{image_path}: 6020 G 1x1 at 1,1, 0 pixels set [out-of-range] [no-data]",
    ]


def test_list_says_when_there_is_none_and_when_a_file_is_none(image_path: Path, mask_path: Path) -> None:
    assert run("list", image_path).stdout == f"{image_path}: no overlay plane\n"
    refused = run("list", mask_path)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"{mask_path}: not-dicom: ")


def test_extract_writes_pictures_that_write_takes_back(image_path: Path, tmp_path: Path) -> None:
    write_dicom_overlays(image_path, [OverlayPlane.from_mask(MASK), OverlayPlane.from_mask(1 - MASK)])
    result = run("extract", image_path, "-o", tmp_path / "out")

    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["image.dcm-6000.png", "image.dcm-6002.png"]
    assert run("write", image_path, tmp_path / "out" / "image.dcm-6002.png", "--in-place").exit_code == 0
    assert (read_dicom_overlays(image_path)[2].mask == (MASK == 0)).all()


def test_extract_keeps_the_tree_of_a_folder(series: Path, mask_path: Path, tmp_path: Path) -> None:
    run("write", series, mask_path, "--every-image", "--in-place", "-j", "1")
    result = run("extract", series, "-o", tmp_path / "out", "-j", "1")

    assert result.exit_code == 0
    assert (tmp_path / "out" / "inner" / "c.dcm-6000.png").exists()


def test_extract_to_a_file_is_an_error_line(image_path: Path, mask_path: Path) -> None:
    result = run("extract", image_path, "-o", mask_path)

    assert result.exit_code == 1
    assert result.stderr.startswith("file-access: ")


def test_remove_gives_the_first_bytes_back(image_path: Path, mask_path: Path) -> None:
    before = image_path.read_bytes()
    for _ in range(3):
        run("write", image_path, mask_path, "--in-place")
    some = run("remove", image_path, "--in-place", "-g", "6000", "-g", "6004")
    left = [plane.group for plane in read_dicom_overlays(image_path)]
    rest = run("remove", image_path, "--in-place", "--all")
    none = run("remove", image_path, "--in-place", "--all")

    assert (some.stdout, left) == (f"{image_path}: 6000 6004 -> {image_path}\n", [0x6002])
    assert (rest.exit_code, none.exit_code) == (0, 0)
    assert "nothing to do" in none.stdout
    assert image_path.read_bytes() == before


def test_remove_of_a_plane_that_is_not_there_fails(image_path: Path) -> None:
    result = run("remove", image_path, "--in-place", "-g", "6000")

    assert result.exit_code == 1
    assert ": plane-not-found: " in result.stderr


def test_remove_clears_embedded_planes_only_when_asked(tmp_path: Path) -> None:
    group = b"".join(element(0x60000000 | n, b"US", us(v)) for n, v in [(0x10, 5), (0x11, 7), (0x100, 16), (0x102, 12)])
    pixels = element(0x7FE00010, b"OW", us(*([1 << 12] * 35)))
    path = tmp_path / "image.dcm"
    path.write_bytes(image_file(before_pixels=group, pixels=pixels, bits_allocated=16, bits_stored=12))

    r = run("remove", path, "--in-place", "--all")
    assert "notice embedded-plane-kept" in r.stdout, r.stderr
    assert run("remove", path, "--in-place", "--all", "--strict").exit_code == 1
    assert run("remove", path, "--in-place", "--all", "--embedded").exit_code == 0
    assert read_dicom_overlays(path) == ()


def test_verify_says_what_differs_and_ends_with_1(image_path: Path, mask_path: Path) -> None:
    run("write", image_path, mask_path)
    same = run("verify", image_path, image_path)
    other = run("verify", image_path, image_path.with_name("image-overlay.dcm"))

    assert (same.exit_code, same.stdout) == (0, "every byte is equal\n")
    assert other.exit_code == 1
    assert other.stdout.splitlines()[0] == "added (6000,0010) US, 2 bytes"
    assert other.stdout.splitlines()[-1] == "every other byte is equal"
    assert len(other.stdout.splitlines()) == 8


def test_verify_of_what_is_no_dicom_is_an_error_line(image_path: Path, mask_path: Path) -> None:
    result = run("verify", image_path, mask_path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("not-dicom: ")


def test_help_names_every_command() -> None:
    text_shown = run("--help").output

    assert all(name in text_shown for name in ("write", "list", "extract", "remove", "verify"))


def test_the_installed_command_runs() -> None:
    command = Path(sys.executable).with_name("dicom-overlay")
    done = subprocess.run([command, "--help"], check=True, capture_output=True, text=True)

    assert "overlay plane" in done.stdout


@pytest.mark.parametrize("command", ["remove", "extract", "render"])
@pytest.mark.parametrize("words", [["--label", "Lung"], ["--group", "6002"], ["--label", "Liver", "--label", "Lung"]])
def test_a_named_file_must_have_each_plane_that_is_named(command: str, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(write_dicom_overlay(image_file(), MASK, label="Liver").data)
    result = run(command, tmp_path / "a.dcm", *words, "-o", tmp_path / "out")

    assert result.exit_code == 1
    assert "plane-not-found" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.dcm"]


@pytest.mark.parametrize("command", ["extract", "render"])
def test_files_of_a_folder_need_not_have_the_planes_that_are_named(command: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("Liver", "Lung"):
        path = tmp_path / "in" / f"{name}.dcm"
        path.write_bytes(write_dicom_overlay(image_file(), MASK, label=name).data)
    result = run(command, tmp_path / "in", "--label", "Lung", "-o", tmp_path / "out", "-j", "1")

    assert result.exit_code == 0, result.stderr
    assert "Liver.dcm: no plane to " in result.stdout
    assert sorted(result.stderr.strip().split(": ")[1].split(", ")) == sorted(["1 no-plane", f"1 {command}ed"])
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_mask_of_a_series_has_each_label_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(write_dicom_overlay(image_file(), MASK, label="Liver").data)
    words = ["extract", tmp_path / "a.dcm", "--as", "npy", "-o", tmp_path / "mask.npy", "--label", "Liver"]
    refused = run(*words, "--label", "Lung")

    assert (refused.exit_code, (tmp_path / "mask.npy").exists()) == (1, False)
    assert "plane-not-found: no image of the series has an overlay plane with this label" in refused.stderr
    assert run(*words).exit_code == 0
    assert np.load(tmp_path / "mask.npy").tolist() == [MASK.tolist()]
