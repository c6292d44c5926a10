"""A journal lets a stopped run go on, repeats nothing, and takes everything back byte for byte."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dicom_files import image_file, overlay_elements, pack
from dicom_overlay import read_dicom_overlays, remove_dicom_overlays

COMMAND = Path(sys.executable).with_name("dicom-overlay")
COUNT = 40
MASK = np.indices((5, 7)).sum(0) % 2


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *map(str, words)], capture_output=True, text=True, check=False)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Forty files in four folders; every third has a plane already."""
    folder = tmp_path / "archive"
    old = overlay_elements(0x6000, 5, 7, pack([1, 0] * 17 + [1]))
    for number in range(COUNT):
        path = folder / f"study{number % 4}" / f"IM{number:03}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image_file(before_pixels=old if number % 3 == 0 else b""))
    np.save(tmp_path / "mask.npy", MASK)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.dcm"))}


def times(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in sorted(folder.rglob("*.dcm"))}


def records(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text().splitlines()]


def words(archive: Path, *more: object) -> list[object]:
    return ["write", archive, archive.with_name("mask.npy"), "--in-place", "--journal", archive.with_name("j"), *more]


def planes(archive: Path) -> list[int]:
    return [len(read_dicom_overlays(path)) for path in sorted(archive.rglob("*.dcm"))]


@pytest.mark.parametrize("jobs", [1, 2])
def test_undo_gives_back_what_write_changed(jobs: int, archive: Path) -> None:
    before, when = contents(archive), times(archive)
    written = run(*words(archive, "-j", jobs))
    changed = contents(archive)
    dry = run("undo", archive.with_name("j"), "--dry-run")
    still = contents(archive)
    undone = run("undo", archive.with_name("j"))
    again = run("undo", archive.with_name("j"))

    assert (written.returncode, dry.returncode, undone.returncode, again.returncode) == (0, 0, 0, 0), written.stderr
    assert all(changed[name] != before[name] for name in before)
    assert still == changed
    assert (contents(archive), times(archive)) == (before, when)
    assert len(undone.stdout.splitlines()) == COUNT


@pytest.mark.parametrize("what", [["--all"], ["--group", "6000"]], ids=" ".join)
def test_undo_gives_back_what_remove_took(what: list[str], archive: Path) -> None:
    before = contents(archive)
    removed = run("remove", archive, "--in-place", "--journal", archive.with_name("j"), *what)
    left = sum(planes(archive))
    undone = run("undo", archive.with_name("j"))

    assert (removed.returncode, undone.returncode, left) == (0, 0, 0), removed.stderr
    assert contents(archive) == before


def test_undo_takes_results_elsewhere_away_and_leaves_the_originals(archive: Path) -> None:
    before, out = contents(archive), archive.with_name("out")
    run("write", archive, archive.with_name("mask.npy"), "-o", out, "--journal", archive.with_name("j"))
    made = len(contents(out))
    undone = run("undo", archive.with_name("j"))

    assert (made, undone.returncode, contents(out), contents(archive)) == (COUNT, 0, {}, before)


def test_undo_leaves_a_file_that_changed_since_and_says_so(archive: Path) -> None:
    before = contents(archive)
    run(*words(archive))
    name = "study1/IM001.dcm"
    remove_dicom_overlays(archive / name)
    (archive / "study2/IM002.dcm").unlink()
    touched = contents(archive)
    undone = run("undo", archive.with_name("j"), "--jsonl")
    outcomes = {line["file"]: line for line in map(json.loads, undone.stdout.splitlines()) if line["type"] == "file"}
    failed = {file for file, line in outcomes.items() if line["outcome"] == "failed"}

    assert undone.returncode == 1
    # The plane of one was taken out by hand: it is as it was before, which is told by its bytes.
    assert outcomes[str(archive / name)]["outcome"] == "unchanged"
    assert failed == {str(archive / "study2/IM002.dcm")}
    assert {outcomes[file]["error"]["code"] for file in failed} == {"file-changed"}
    assert contents(archive) == {k: v for k, v in before.items() if k in touched}


def test_the_journal_says_what_was_done_before_it_was_done(archive: Path) -> None:
    before = contents(archive)
    run(*words(archive, "-j", 1))
    lines = records(archive.with_name("j"))
    begun = {line["file"]: n for n, line in enumerate(lines) if line["event"] == "begin"}
    done = {line["file"]: n for n, line in enumerate(lines) if line["event"] == "done"}

    assert lines[0]["event"] == "start"
    assert lines[0]["command"] == "write"
    assert len(begun) == len(done) == COUNT
    assert all(begun[file] < done[file] for file in begun)
    for file, number in begun.items():
        line = lines[number]
        assert line["size"] == len(before[os.path.relpath(file, archive)])
        assert set(line) == {"event", "file", "target", "kind", "size", "mtime_ns", "crc32", "groups", "inverse"}


def test_a_second_run_with_the_journal_does_nothing_again(archive: Path) -> None:
    run(*words(archive))
    changed = contents(archive)
    second = run(*words(archive, "--jsonl"))
    summary = json.loads(second.stdout.splitlines()[-1])

    assert second.returncode == 0, second.stderr
    assert (summary["files"], summary["already_done"]) == (0, COUNT)
    assert contents(archive) == changed


def test_a_journal_of_another_command_is_refused(archive: Path) -> None:
    run(*words(archive))
    before = contents(archive)
    other = run(*words(archive, "--label", "x"))
    removal = run("remove", archive, "--all", "--in-place", "--journal", archive.with_name("j"))
    archive.with_name("text").write_text("no journal\n")
    none = run("undo", archive.with_name("text"))

    assert [r.returncode for r in (other, removal, none)] == [1, 1, 1]
    assert all(r.stderr.startswith("invalid-request: ") for r in (other, removal, none))
    assert contents(archive) == before


def kill_after(done: int, arguments: list[object], journal: Path) -> None:
    """Start the command and kill all of it once the journal has so many files done."""
    process = subprocess.Popen([COMMAND, *map(str, arguments)], start_new_session=True, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        if journal.exists() and journal.read_bytes().count(b'"event":"done"') >= done:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.001)
    process.wait()


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("done", [1, 9, 25])
def test_a_run_that_was_killed_goes_on_where_it_stopped(done: int, jobs: int, archive: Path) -> None:
    before, had = contents(archive), planes(archive)
    journal = archive.with_name("j")
    kill_after(done, words(archive, "-j", jobs), journal)
    # As if the kill had come in the middle of a line.
    with journal.open("ab") as file:
        file.write(b'{"event":"don')
    resumed = run(*words(archive, "-j", jobs, "--jsonl"))
    summary = json.loads(resumed.stdout.splitlines()[-1])
    has = planes(archive)
    undone = run("undo", journal)

    assert resumed.returncode == 0, resumed.stderr
    assert summary["files"] + summary["already_done"] == COUNT
    assert summary["already_done"] >= min(done, 1)
    # Every file exactly once: no plane twice, none missing.
    assert has == [count + 1 for count in had]
    assert (undone.returncode, contents(archive)) == (0, before), undone.stderr


def test_the_file_in_which_a_run_died_is_looked_at_again(archive: Path) -> None:
    before = contents(archive)
    run(*words(archive, "-j", 1))
    changed, journal = contents(archive), archive.with_name("j")
    # The run ended after the last file was written and before it could say so; another one was not written yet.
    lines = journal.read_text().splitlines(keepends=True)
    ended = [n for n, line in enumerate(lines) if '"event":"done"' in line]
    unsaid, unwritten = (json.loads(lines[n])["file"] for n in ended[-2:])
    journal.write_text("".join(line for n, line in enumerate(lines) if n not in ended[-2:]))
    Path(unwritten).write_bytes(before[os.path.relpath(unwritten, archive)])
    resumed = run(*words(archive, "-j", 1, "--jsonl"))
    files = [line["file"] for line in map(json.loads, resumed.stdout.splitlines()) if line["type"] == "file"]

    assert resumed.returncode == 0, resumed.stderr
    assert sorted(files) == sorted([unsaid, unwritten])
    assert contents(archive) == changed
    assert (run("undo", journal).returncode, contents(archive)) == (0, before)


def test_overwriting_leaves_nothing_to_go_back_to_and_is_refused(archive: Path) -> None:
    out = archive.with_name("out")
    refused = run("write", archive, archive.with_name("mask.npy"), "-o", out, "--overwrite", "--journal", "j")

    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "invalid-request")
