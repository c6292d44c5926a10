"""Each option of the command does what its help says, alone and where it meets others."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from dicom_files import element, image_file, overlay_elements, pack, text, uid
from dicom_overlay import read_dicom_overlays
from dicom_overlay.cli.app import app
from dicom_overlay.masks.names import read_names
from failing import fails_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

SNAP = """\
################################################
# ITK-SnAP Label Description File
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
    0     0    0    0        0  0  0    "Clear Label"
    1   255    0    0        1  1  1    "Liver"
    7     0  255    0     0.75  1  0    "Left kidney, upper"
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "-j", "1"])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def instance(series: str, z: int, number: int = 0, planes: bytes = b"") -> bytes:
    """A slice of 5 rows and 7 columns, of a series, at a height."""
    at = b"".join(
        [
            element(0x0020000E, b"UI", uid(series)),
            element(0x00200013, b"IS", text(str(number))),
            element(0x00200032, b"DS", text(f"0\\0\\{z}")),
            element(0x00200037, b"DS", text("1\\0\\0\\0\\1\\0")),
        ]
    )
    old = element(0x0020000E, b"UI", uid("1.2.3.1"))
    return image_file(before_pixels=planes).replace(old, at)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Series 1.2.7 of two images, 1.2.8 of three, one of these with a plane; and a text."""
    found = tmp_path / "folder"
    found.mkdir()
    plane = overlay_elements(0x6000, 5, 7, pack([1] * 35))
    for number in range(5):
        series = "1.2.7" if number < 2 else "1.2.8"
        (found / f"IM{number}.dcm").write_bytes(instance(series, number, planes=plane if number == 4 else b""))
    (found / "notes.txt").write_text("no image")
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# --by-series and --series.


def test_the_series_of_a_folder_are_listed_and_counted(folder: Path) -> None:
    (folder / "one").mkdir()
    for path in sorted(folder.glob("*.dcm")):
        data = pydicom.dcmread(path)
        data.SpecificCharacterSet = "ISO_IR 100"
        is_first = path.name < "IM2"
        data.Modality, data.SeriesNumber = ("CT", 3) if is_first else ("MR", 12)
        if not is_first:
            data.SeriesDescription = "Kn\u00ef, T2"
        path.unlink()
        data.save_as(folder / "one" / path.name if is_first else path)
    shown, told = run("list", folder, "--by-series"), run("list", folder, "--by-series", "--jsonl")
    first, second, summary = lines(told)

    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [
        f"1: 1.2.7: CT, series 3, 2 images of 5x7, 0 with planes, in {folder / 'one'}",
        f'2: 1.2.8: MR, series 12, "Kn\u00ef, T2", 3 images of 5x7, 1 with planes, in {folder}',
    ]
    assert re.search(r"6 files in .*: 5 listed, 1 passed-over$", shown.stderr)
    assert second == {
        "type": "series",
        "number": 2,
        "series_instance_uid": "1.2.8",
        "modality": "MR",
        "series_number": 12,
        "description": "Kn\u00ef, T2",
        "folder": str(folder),
        "images": 3,
        "sizes": [[5, 7]],
        "with_planes": 1,
    }
    assert first["number"] == 1
    assert (summary["outcomes"], summary["exit_code"]) == ({"listed": 5, "passed-over": 1}, 0)


def test_a_folder_without_an_image_has_no_series(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    result = run("list", tmp_path, "--by-series")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "no DICOM file found\n")


def test_a_broken_file_is_named_when_series_are_sought(folder: Path, tmp_path: Path) -> None:
    (folder / "IM0.dcm").write_bytes((folder / "IM0.dcm").read_bytes()[:200])
    np.save(tmp_path / "3.npy", np.ones((3, 5, 7)))
    listed = run("list", folder, "--by-series")
    written = run("write", folder, tmp_path / "3.npy", "--series", "1.2.8", "--dry-run")

    for result in (listed, written):
        assert result.exit_code == 1
        assert f"{folder / 'IM0.dcm'}: truncated: " in result.stderr


def test_a_folder_that_cannot_be_read_is_named_when_series_are_sought(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    result = run("list", folder, "--by-series")

    assert result.exit_code == 1
    assert f"{folder / 'closed'}: file-access: " in result.stderr


@pytest.mark.parametrize("wanted, count", [("1", 2), ("2", 3), ("1.2.8", 3), (".7", 2)])
def test_a_series_is_chosen_by_its_number_or_the_end_of_its_uid(
    wanted: str, count: int, folder: Path, tmp_path: Path
) -> None:
    np.save(tmp_path / "mask.npy", np.ones((count, 5, 7)))
    result = run("write", folder, tmp_path / "mask.npy", "--series", wanted, "-o", tmp_path / "out")

    assert result.exit_code == 0, result.stderr
    assert len(list((tmp_path / "out").iterdir())) == count


@pytest.mark.parametrize("wanted", ["0", "3", "1.2.9", "nonsense"])
def test_a_series_that_is_not_there_is_an_error_that_says_what_is(wanted: str, folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    np.save(tmp_path / "mask.npy", np.ones((3, 5, 7)))
    result = run("write", folder, tmp_path / "mask.npy", "--series", wanted, "--in-place")

    assert result.exit_code == 1
    assert result.stderr.startswith("invalid-series: 2 series were found (of 2, 3 images)")
    assert contents(folder) == before


# --skip-empty.


def test_an_empty_plane_is_written_unless_it_is_to_be_skipped(folder: Path, tmp_path: Path) -> None:
    mask = np.zeros((2, 5, 7))
    mask[1] = 1
    np.save(tmp_path / "mask.npy", mask)
    words = ["write", folder, tmp_path / "mask.npy", "--series", "1"]
    both = run(*words, "-o", tmp_path / "both")
    some = run(*words, "-o", tmp_path / "some", "--skip-empty")
    planes = {
        name: [len(read_dicom_overlays(path)) for path in sorted((tmp_path / name).iterdir())]
        for name in ("both", "some")
    }

    assert (both.exit_code, some.exit_code) == (0, 0), some.stderr
    assert planes == {"both": [1, 1], "some": [0, 1]}
    # A result is there for each file all the same, and the one without a plane is the input.
    assert (tmp_path / "some" / "IM0.dcm").read_bytes() == (folder / "IM0.dcm").read_bytes()


# extract --as npy.


def test_planes_become_an_array_with_the_names_of_its_labels(folder: Path, tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(0, 3, (3, 5, 7))
    np.save(tmp_path / "mask.npy", values)
    names = tmp_path / "names.json"
    names.write_text(json.dumps({"1": "Liver", "2": "Spleen"}))
    out, back = tmp_path / "out", tmp_path / "back"
    (folder / "IM4.dcm").write_bytes(instance("1.2.8", 4))
    run("write", folder, tmp_path / "mask.npy", "--labels", names, "--series", "2", "-o", out)
    result = run("extract", out, "--as", "npy", "-o", back)
    again = run("extract", out, "--as", "npy", "-o", back)
    one = run("extract", out, "--as", "npy", "-o", back, "--overwrite", "--label", "Spleen")
    found = np.load(back / "overlays.npy")
    labels = json.loads((back / "overlays.json").read_text())

    assert (result.exit_code, again.exit_code, one.exit_code) == (0, 1, 0), result.stderr + one.stderr
    assert result.stdout.splitlines() == [f"{out}: {back / name}" for name in ("overlays.npy", "overlays.json")]
    assert "--overwrite" in again.stderr
    assert labels == {"labels": {"1": "Spleen"}}
    assert (found == (values == 2)).all()


def test_the_array_has_every_label_under_its_number(folder: Path, tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(0, 3, (2, 5, 7))
    np.save(tmp_path / "mask.npy", values)
    (tmp_path / "names.txt").write_text(SNAP.replace("    7 ", "    2 "))
    run(
        "write",
        folder,
        tmp_path / "mask.npy",
        "--labels",
        tmp_path / "names.txt",
        "--series",
        "1",
        "-o",
        tmp_path / "out",
    )
    result = run("extract", tmp_path / "out", "--as", "npy", "-o", tmp_path / "back")

    assert result.exit_code == 0, result.stderr
    assert (np.load(tmp_path / "back" / "overlays.npy") == values).all()
    assert json.loads((tmp_path / "back" / "overlays.json").read_text()) == {
        "labels": {"1": "Liver", "2": "Left kidney, upper"}
    }


@pytest.mark.parametrize(
    "words, code",
    [(["--as", "npy", "-g", "6000"], "invalid-request"), (["--as", "npy", "-l", "No"], "plane-not-found")],
    ids=["group", "label that is not there"],
)
def test_what_cannot_be_extracted_is_an_error_and_leaves_no_file(
    words: list[str], code: str, folder: Path, tmp_path: Path
) -> None:
    result = run("extract", folder, "--series", "2", "-o", tmp_path / "back", *words)

    assert (result.exit_code, result.stderr.partition(":")[0]) == (1, code)
    assert not (tmp_path / "back").exists()


# --labels.


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SNAP, id="ITK-SNAP"),
        pytest.param("\ufeff" + SNAP, id="ITK-SNAP with a byte order mark"),
        pytest.param(SNAP.replace("\n", "\r\n"), id="ITK-SNAP on Windows"),
        pytest.param('{"1": "Liver", "7": "Left kidney, upper"}', id="value to name"),
        pytest.param('{"Liver": 1, "Left kidney, upper": 7}', id="name to value"),
        pytest.param(
            '{"name": "Dataset", "labels": {"background": 0, "Liver": 1, "Left kidney, upper": 7}}', id="nnU-Net"
        ),
        pytest.param('[{"id": 1, "name": "Liver"}, {"value": 7, "label": "Left kidney, upper"}]', id="list"),
    ],
)
def test_names_of_labels_come_in_the_fields_own_forms(content: str, tmp_path: Path) -> None:
    path = tmp_path / "names"
    path.write_text(content, "utf-8", newline="")

    assert read_names(path) == (((1,), "Liver"), ((7,), "Left kidney, upper"))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1, 2]", b'{"a": "b"}', b"text", b"\xff\xfe\x00", b"[" * 100_000, b"null"]
)
def test_a_file_without_names_is_an_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "names"
    path.write_bytes(content)
    with fails_with("invalid-mask"):
        read_names(path)
    with fails_with("file-access"):
        read_names(tmp_path / "missing")


# --strict.


def test_strict_makes_a_notice_of_the_whole_command_fail(folder: Path, tmp_path: Path) -> None:
    for number in range(2):
        (folder / f"IM{number}.dcm").write_bytes(instance("1.2.7", 0, number=number + 1))
    np.save(tmp_path / "mask.npy", np.ones((2, 5, 7)))
    before = contents(folder)
    words = ["write", folder, tmp_path / "mask.npy", "--series", "1", "--in-place"]
    strict = run(*words, "--strict")
    unchanged = contents(folder)
    plain = run(*words, "--jsonl")

    assert (strict.exit_code, strict.stderr.partition(":")[0]) == (1, "strict-notice")
    assert unchanged == before
    assert plain.exit_code == 0
    assert [line["code"] for line in lines(plain)[:2]] == ["placed-by-order", "order-by-number"]
    assert lines(plain)[-1]["notices"] == {"placed-by-order": 1, "order-by-number": 1}


@pytest.mark.parametrize("command", ["list", "extract"])
def test_strict_makes_a_plane_with_a_notice_fail(command: str, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(image_file(before_pixels=overlay_elements(0x6000, 5, 7, pack([1] * 9))))
    words = [command, path, *(["-o", tmp_path / "out"] if command == "extract" else [])]
    plain, strict = run(*words), run(*words, "--strict")

    assert (plain.exit_code, strict.exit_code) == (0, 1)
    assert "short-data" in plain.stdout


# What is shown, and where.


def test_a_folder_ends_with_one_summary(folder: Path) -> None:
    summary = run("list", folder).stderr

    assert re.fullmatch(r"6 files in [\d.]+ s \([\d,]+ a second\): 5 listed, 1 passed-over\n", summary)


@pytest.mark.parametrize(
    "shell, words, answer",
    [
        ("bash", {"COMP_WORDS": "dicom-overlay wr", "COMP_CWORD": "1"}, "write"),
        ("bash", {"COMP_WORDS": "dicom-overlay remove --emb", "COMP_CWORD": "2"}, "--embedded"),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "dicom-overlay rem"}, "remove"),
        ("fish", {"_TYPER_COMPLETE_ARGS": "dicom-overlay ext", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}, "extract"),
    ],
)
def test_a_shell_completes_commands_and_options(shell: str, words: dict[str, str], answer: str) -> None:
    env = words | {"_DICOM_OVERLAY_COMPLETE": f"complete_{shell}"}
    result = CliRunner().invoke(app, [], env=env, prog_name="dicom-overlay")

    assert answer in result.output
