"""What the command says and when it refuses: JSON Lines, exit codes, several series, words in the wrong order, help."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from dicom_files import element, image_file, text, uid
from dicom_overlay import __version__
from dicom_overlay.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ["write", "list", "extract", "render", "remove", "verify"]


def run(*words: object, columns: int = 80, **more: str) -> subprocess.CompletedProcess[str]:
    env = {"COLUMNS": str(columns), "TERMINAL_WIDTH": str(columns)} | more
    here = ["-j", "1"] if words and words[0] in {"write", "list", "extract", "render", "remove"} else []
    given = [*map(str, words), *here]
    done = CliRunner().invoke(app, given, env=env, prog_name="dicom-overlay")
    return subprocess.CompletedProcess(given, done.exit_code, done.stdout, done.stderr)


def instance(series: str, z: int) -> bytes:
    """A slice of a series, at a height."""
    at = b"".join(
        [
            element(0x0020000E, b"UI", uid(series)),
            element(0x00200032, b"DS", text(f"0\\0\\{z}")),
            element(0x00200037, b"DS", text("1\\0\\0\\0\\1\\0")),
        ]
    )
    whole = image_file()
    start = whole.index(element(0x0020000E, b"UI", uid("1.2.3.1")))
    return whole[:start] + at + whole[start + len(element(0x0020000E, b"UI", uid("1.2.3.1"))) :]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two series of two and three instances in one folder, and a volume for each."""
    found = tmp_path / "folder"
    found.mkdir()
    for number in range(5):
        series = "1.2.7" if number < 2 else "1.2.8"
        (found / f"IM{number}.dcm").write_bytes(instance(series, number))
    for slices in (2, 3):
        np.save(tmp_path / f"{slices}.npy", np.ones((slices, 5, 7), bool))
    return found


def documented(root: Path, kind: str) -> set[str]:
    """The keys of a line, as the page on the command lists them."""
    page = (root / "web/docs/reference/command-line.md").read_text("utf-8")
    found = re.search(rf"^{kind}(?: [(].*[)])?: (.+)$", page, re.MULTILINE)
    assert found
    return set(found[1].split(", ")) | ({"type"} if kind != "plane" else set())


def test_json_lines_have_every_key_that_is_documented(folder: Path, tmp_path: Path, root: Path) -> None:
    run("write", folder, tmp_path / "3.npy", "--series", "2", "--in-place", "--label", "Liver")
    (folder / "broken.dcm").write_bytes(image_file()[:400])
    done = run("list", folder, "--jsonl")
    *files, summary = map(json.loads, done.stdout.splitlines())
    series = json.loads(run("list", folder, "--by-series", "--jsonl").stdout.splitlines()[-2])
    error, *_ = map(json.loads, run("list", "missing", "--jsonl").stdout.splitlines())
    planes = [plane for record in files for plane in record["planes"]]

    assert all(record.keys() == documented(root, "file") for record in files)
    assert [plane["label"] for plane in planes] == ["Liver"] * 3
    assert all(plane.keys() == documented(root, "plane") for plane in planes)
    assert summary.keys() == documented(root, "summary")
    assert series.keys() == documented(root, "series")
    assert error.keys() == documented(root, "error")
    # A cut file may have planes that nobody can see: the answer is not known, and the exit code says so.
    assert (done.returncode, summary["exit_code"], summary["files"]) == (1, 1, 6)
    assert summary["notices"] == {"truncated-file": 1}


def test_a_folder_of_several_series_asks_for_one_and_takes_it(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    asked = run("write", folder, tmp_path / "3.npy", "--in-place")
    unchanged = {path: path.read_bytes() for path in folder.iterdir()}
    chosen = run("write", folder, tmp_path / "3.npy", "--in-place", "--series", "1.2.8")
    changed = sorted(path.name for path, data in before.items() if path.read_bytes() != data)

    assert asked.returncode == 1
    assert asked.stderr.startswith("invalid-series: 2 series were found (of 2, 3 images)")
    assert unchanged == before
    assert (chosen.returncode, changed) == (0, ["IM2.dcm", "IM3.dcm", "IM4.dcm"])


def test_a_dry_run_says_what_would_be_done_and_does_nothing(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = run("write", folder, tmp_path / "2.npy", "--in-place", "--series", "1", "--dry-run")

    assert done.returncode == 0
    assert done.stdout.count(": would write 6000") == 2
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_strict_fails_for_a_notice_and_without_it_the_notice_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(image_file(sop_class="1.2.3"))
    np.save(tmp_path / "m.npy", np.ones((5, 7), bool))
    strict = run("write", path, tmp_path / "m.npy", "--strict")
    plain = run("write", path, tmp_path / "m.npy")

    assert (strict.returncode, plain.returncode) == (1, 0)
    assert "strict-notice" in strict.stderr
    assert not (tmp_path / "a-overlay.dcm").exists() or "notice sop-class" in plain.stdout


def test_mask_and_series_in_the_wrong_order_are_told(folder: Path, tmp_path: Path) -> None:
    done = run("write", tmp_path / "3.npy", folder)

    assert done.returncode == 1
    assert done.stderr.startswith("invalid-mask: the first path is a mask")


def test_planes_are_removed_by_label_by_group_and_only_when_named(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    run("write", folder, tmp_path / "3.npy", "--series", "2", "--in-place", "--label", "Liver")
    unnamed = run("remove", folder, "--in-place")
    removed = run("remove", folder, "--in-place", "--label", "Liver")

    assert (unnamed.returncode, removed.returncode) == (1, 0)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_version_is_printed_and_the_shells_are_completed() -> None:
    assert run("--version").stdout.strip() == __version__
    # What `--install-completion` puts into the shell's start-up calls the command like this.
    assert "_dicom_overlay_completion" in run(_DICOM_OVERLAY_COMPLETE="source_bash").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_eighty_columns_and_has_an_example(command: str) -> None:
    lines = run(command, "--help").stdout.splitlines()

    assert max(map(len, lines)) <= 80
    assert any(line.strip().startswith(f"Example: dicom-overlay {command}") for line in lines)


def test_a_picture_is_written_onto_the_series_that_was_chosen_and_onto_several_images_only_when_asked(
    folder: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    np.save(tmp_path / "picture.npy", np.indices((5, 7)).sum(0) % 2)
    words = ["write", folder, tmp_path / "picture.npy", "--in-place"]
    refused = [run(*words), run(*words, "--every-image"), run(*words, "--series", "2")]
    unchanged = {path: path.read_bytes() for path in folder.iterdir()}
    chosen = run(*words, "--series", "2", "--every-image")
    changed = sorted(path.name for path, data in before.items() if path.read_bytes() != data)

    assert [done.returncode for done in refused] == [1, 1, 1]
    assert "--every-image" in refused[2].stderr
    assert unchanged == before
    assert (chosen.returncode, changed) == (0, ["IM2.dcm", "IM3.dcm", "IM4.dcm"])
