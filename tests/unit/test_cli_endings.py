"""However the command ends, there is an exit code and at most a sentence, never a traceback, and no process stays."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from dicom_files import image_file
from dicom_overlay import read_dicom_overlays
from dicom_overlay.cli.app import app
from dicom_overlay.cli.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicom_overlay.cli.job import Outcome

COMMAND = str(Path(sys.executable).with_name("dicom-overlay"))
COUNT = 900
"""Whoever does not read the output stops the command: its lines are more than a pipe and its queue hold."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("endings") / "archive"
    folder.mkdir()
    first = folder / "IM000.dcm"
    first.write_bytes(image_file())
    for number in range(1, COUNT):
        (folder / f"IM{number:03}.dcm").hardlink_to(first)
    np.save(folder.with_name("mask.npy"), np.ones((5, 7), bool))
    return folder


@contextmanager
def writing(archive: Path, out: Path) -> Iterator[subprocess.Popen[str]]:
    """Start to write every file into a folder; goes on once the first line has come, while the others wait."""
    words = [
        COMMAND,
        "write",
        str(archive),
        str(archive.with_name("mask.npy")),
        "--every-image",
        "-o",
        str(out),
        "--jsonl",
        "-j",
        "2",
    ]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            while json.loads(process.stdout.readline())["type"] != "file":
                pass
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def read_rest(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout.read(), process.stderr.read()


def children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()))


def require_ended(pidfds: list[int]) -> None:
    """Wait for processes; they have a minute, of which they need nothing."""
    for pidfd in pidfds:
        ended, _, _ = select.select([pidfd], [], [], 60)
        os.close(pidfd)
        assert ended


def test_a_killed_worker_costs_no_file(archive: Path, tmp_path: Path) -> None:
    with writing(archive, tmp_path / "out") as process:
        os.kill(children(process.pid)[0], signal.SIGKILL)
        output, errors = read_rest(process)
    *files, summary = map(json.loads, output.splitlines())

    assert (process.returncode, summary["outcomes"]) == (0, {"written": COUNT}), errors
    assert len(files) == COUNT - 1
    assert "Traceback" not in errors
    assert all(len(read_dicom_overlays(path)) == 1 for path in (tmp_path / "out").glob("*.dcm"))


def test_workers_end_with_a_parent_that_is_killed(archive: Path, tmp_path: Path) -> None:
    with writing(archive, tmp_path / "out") as process:
        workers = [os.pidfd_open(pid) for pid in children(process.pid)]
        process.kill()
        require_ended(workers)


def test_control_c_ends_the_run_with_a_sentence(archive: Path, tmp_path: Path) -> None:
    with writing(archive, tmp_path / "out") as process:
        workers = [os.pidfd_open(pid) for pid in children(process.pid)]
        # A terminal sends it to all processes of the group.
        os.killpg(process.pid, signal.SIGINT)
        output, errors = read_rest(process)
        require_ended(workers)

    assert process.returncode == 130
    assert errors == "stopped: every file is as it was, or whole\n"
    assert json.loads(output.splitlines()[-1])["exit_code"] == 130
    assert all(len(read_dicom_overlays(path)) == 1 for path in (tmp_path / "out").glob("*.dcm"))


def test_control_c_inside_a_finalizer_ends_the_run_too(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python drops an exception that is raised there."""

    class Pressing:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    seen, add = 0, Report.add

    def press_at_the_second(report: Report, outcome: Outcome) -> None:
        nonlocal seen
        seen += 1
        if seen == 2:
            Pressing()
        add(report, outcome)

    monkeypatch.setattr(Report, "add", press_at_the_second)
    monkeypatch.setattr("sys.unraisablehook", lambda _: None)
    result = CliRunner().invoke(app, ["remove", str(archive), "--all", "-o", str(tmp_path / "out"), "-j", "1"])

    assert (result.exit_code, seen) == (130, 2)


def test_a_reader_that_goes_away_ends_the_run_quietly(archive: Path, tmp_path: Path) -> None:
    with writing(archive, tmp_path / "out") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()

    assert (process.returncode, errors) == (141, "")


@pytest.mark.parametrize("words", [["verify", "IM000.dcm", "IM001.dcm"], ["--help"]])
def test_a_full_device_is_a_sentence(words: list[str], archive: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=archive
        )

    assert done.returncode == 1
    assert done.stderr == "standard output cannot be written: no space is left on the device\n"


def test_streams_that_are_closed_are_done_without(archive: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" list IM000.dcm >&- 2>&-', COMMAND], capture_output=True, check=False, cwd=archive
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
