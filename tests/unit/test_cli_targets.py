"""Results never replace an input, each other, or a file of the user's unasked; doing it again and undoing it are commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from dicom_files import image_file
from dicom_overlay import read_dicom_overlays
from dicom_overlay.cli.app import app

if TYPE_CHECKING:
    from typer.testing import Result


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words), "-j", "1"])


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four files in a tree, and a volume of their slices for which three of them are alike."""
    folder = tmp_path / "archive"
    for name in ("a.dcm", "b.dcm", "sub/c.dcm", "sub/archive/d.dcm"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(image_file())
    np.save(tmp_path / "mask.npy", np.ones((5, 7), bool))
    monkeypatch.chdir(tmp_path)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


WORDS = {"write": ["write", "archive", "mask.npy", "--every-image"], "remove": ["remove", "archive", "--all"]}


@pytest.mark.parametrize("command", WORDS)
@pytest.mark.parametrize("output", ["archive", "archive/out", "archive/sub", "link", "archive/../archive/x/y"])
def test_an_output_inside_the_input_is_refused(command: str, output: str, archive: Path) -> None:
    (archive.parent / "link").symlink_to(archive / "sub", target_is_directory=True)
    before = contents(archive)
    result = run(*WORDS[command], "-o", output)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("invalid-request: the output folder lies in the input folder")
    assert contents(archive) == before


@pytest.mark.parametrize("command", WORDS)
def test_an_output_around_the_input_may_not_lead_results_back_into_it(command: str, archive: Path) -> None:
    before = contents(archive)
    (archive / "sub" / "sub").mkdir()
    words = [*WORDS[command][:1], "archive/sub", *WORDS[command][2:]]
    refused = run(*words, "-o", "archive")
    (archive / "sub" / "sub").rmdir()
    allowed = run(*words, "-o", archive.with_name("elsewhere"))

    assert (refused.exit_code, allowed.exit_code) == (1, 0)
    assert refused.stderr.startswith("invalid-request: results would lie among the inputs")
    assert contents(archive) == before


@pytest.mark.usefixtures("archive")
def test_results_beside_files_that_are_named_by_uids_have_names_of_their_own(tmp_path: Path) -> None:
    names = ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.31", "a.dcm", "a.ima", "a.b.dcm"]
    for name in names:
        (tmp_path / name).write_bytes(image_file())
        assert run("write", name, "mask.npy").exit_code == 0
    made = sorted(path.name for path in tmp_path.iterdir() if "-overlay" in path.name)

    assert made == [
        "1.2.3.4.1-overlay.dcm",
        "1.2.3.4.2-overlay.dcm",
        "1.2.3.4.31-overlay.dcm",
        "a-overlay.dcm",
        "a-overlay.ima",
        "a.b-overlay.dcm",
    ]
    # The one name that two files share is refused, not written over.
    (tmp_path / "a").write_bytes(image_file())
    assert run("write", "a", "mask.npy").exit_code == 1


def test_results_that_are_there_are_refused_skipped_or_replaced_as_asked(archive: Path) -> None:
    words = [*WORDS["write"], "-o", "out"]
    assert run(*words).exit_code == 0
    made = contents(archive.with_name("out"))
    Path("out/b.dcm").unlink()
    Path("out/a.dcm").write_bytes(b"the user's")
    refused = run(*words)
    Path("out/b.dcm").unlink()
    skipped = run(*words, "--skip-existing")
    kept = contents(archive.with_name("out"))
    replaced = run(*words, "--overwrite")

    assert refused.exit_code == 1
    assert refused.stderr.count("give --overwrite or --skip-existing") == 3
    assert skipped.exit_code == 0
    assert skipped.stdout.splitlines()[1] == "archive/a.dcm: there is a result already -> out/a.dcm"
    assert "1 written" in skipped.stderr
    assert "3 skipped" in skipped.stderr
    assert kept == made | {"a.dcm": b"the user's"}
    assert replaced.exit_code == 0
    assert contents(archive.with_name("out")) == made


@pytest.mark.parametrize(
    "words", [["--overwrite", "--skip-existing"], ["--in-place", "--skip-existing"], ["--in-place", "-o", "x"]]
)
def test_options_that_contradict_each_other_are_refused(words: list[str], archive: Path) -> None:
    before = contents(archive)
    result = run(*WORDS["write"], *words)

    assert (result.exit_code, result.stderr.partition(":")[0]) == (1, "invalid-request")
    assert contents(archive.parent) == {f"archive/{name}": data for name, data in before.items()} | {
        "mask.npy": Path("mask.npy").read_bytes()
    }


def test_the_same_command_again_changes_nothing_more_and_remove_gives_the_first_files_back(archive: Path) -> None:
    before = contents(archive)
    words = [*WORDS["write"], "--in-place", "--existing", "replace-label", "--label", "Liver"]
    first = run(*words)
    once = contents(archive)
    Path("archive/a.dcm").write_bytes(before["a.dcm"])
    again = run(*words)
    twice = contents(archive)
    removed = run("remove", "archive", "--label", "Liver", "--in-place")

    assert (first.exit_code, again.exit_code, removed.exit_code) == (0, 0, 0)
    assert once == twice != before
    assert contents(archive) == before


def test_a_dry_run_says_for_each_file_what_would_be_written_and_where(archive: Path) -> None:
    before = contents(archive.parent)
    Path("out").mkdir()
    Path("out/b.dcm").write_bytes(b"")
    result = run(*WORDS["write"], "-o", "out", "--label", "Liver", "--dry-run")
    Path("out/b.dcm").unlink()
    Path("out").rmdir()

    assert result.exit_code == 1
    assert [line.replace(' "Liver"', "") for line in result.stdout.splitlines() if ": would" in line] == [
        "archive/a.dcm: would write 6000 -> out/a.dcm",
        "archive/sub/c.dcm: would write 6000 -> out/sub/c.dcm",
        "archive/sub/archive/d.dcm: would write 6000 -> out/sub/archive/d.dcm",
    ]
    assert result.stderr.startswith("archive/b.dcm: file-access: the result's file exists already")
    assert contents(archive.parent) == before


@pytest.mark.usefixtures("archive")
def test_remove_copies_what_has_no_plane_and_says_so() -> None:
    run("write", "archive/a.dcm", "mask.npy", "--in-place")
    os.chmod("archive/b.dcm", 0o640)
    result = run(*WORDS["remove"], "-o", "out")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "archive/a.dcm: 6000 -> out/a.dcm",
        "archive/b.dcm: copied unchanged -> out/b.dcm",
        "archive/sub/c.dcm: copied unchanged -> out/sub/c.dcm",
        "archive/sub/archive/d.dcm: copied unchanged -> out/sub/archive/d.dcm",
    ]
    assert Path("out/b.dcm").stat().st_mode & 0o777 == 0o640
    assert all(read_dicom_overlays(path) == () for path in Path("out").rglob("*.dcm"))


@pytest.mark.usefixtures("archive")
def test_nothing_to_do_is_said_only_where_that_is_true() -> None:
    nothing = run(*WORDS["remove"], "--in-place")
    failing = [
        run("write", "archive", "missing.npy", "--in-place"),
        run("write", "archive", "mask.npy", "--in-place", "--group", "zz"),
        run("list", "missing"),
        run("remove", "archive", "--in-place"),
    ]

    assert nothing.stdout.splitlines()[0] == "archive/a.dcm: nothing to do"
    assert all("nothing to do" not in result.output and "0 files" not in result.output for result in failing)
    assert all(result.exit_code == 1 and len(result.stderr.splitlines()) == 1 for result in failing)


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    "option, words",
    [("--type", ["--type", "X"]), ("--label", ["--label", "x" * 65]), ("--existing", ["--group", "6000"])],
)
def test_errors_name_the_option_and_the_file(option: str, words: list[str]) -> None:
    run("write", "archive/a.dcm", "mask.npy", "--in-place")
    result = run("write", "archive/a.dcm", "mask.npy", "--in-place", *words)

    assert result.exit_code == 1
    assert option in result.stderr
    assert result.stderr.startswith("archive/a.dcm: " if option == "--existing" else "invalid-plane: ")
    assert "overlay_type" not in result.stderr
    assert "(existing)" not in result.stderr


@pytest.mark.parametrize(
    "words, path",
    [
        (["list", "missing"], "missing"),
        (["verify", "archive/a.dcm", "missing"], "missing"),
        (["verify", "archive", "archive/a.dcm"], "archive"),
        (["write", "archive", "mask.npy", "-o", "mask.npy"], "mask.npy"),
        (["list", "x" * 300], "x" * 300),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("archive")
def test_an_error_of_the_file_system_names_the_path(words: list[str], path: str) -> None:
    result = CliRunner().invoke(app, words)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{path}: file-access: ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [["list", ""], ["write", "archive", "mask.npy", "-o", ""], ["remove", "", "--all"]])
def test_an_empty_path_is_not_the_current_folder(words: list[str], archive: Path) -> None:
    before = contents(archive.parent)
    result = run(*words)

    assert result.exit_code == 2
    assert "the path is empty" in result.stderr
    assert contents(archive.parent) == before


def test_a_separator_at_the_end_makes_the_output_of_one_file_a_folder(archive: Path) -> None:
    result = run("write", "archive/a.dcm", "mask.npy", "-o", "new/")

    assert result.exit_code == 0, result.stderr
    assert [path.name for path in (archive.parent / "new").iterdir()] == ["a-overlay.dcm"]


def test_an_empty_output_is_refused_by_extract_too(archive: Path) -> None:
    before = contents(archive.parent)
    run("write", "archive/a.dcm", "mask.npy", "-o", "marked.dcm")
    result = run("extract", "marked.dcm", "-o", "")

    assert result.exit_code == 2
    assert "the path is empty" in result.stderr
    assert set(contents(archive.parent)) == {*before, "marked.dcm"}
