"""Processes that are killed, or that edit the same files at once, leave each file whole: an old one or a new one.

``KILLS=100 FILES=300 .venv/bin/python -m pytest -n0 tests/property/test_processes.py`` is the long run.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dicom_files import image_file
from dicom_overlay import read_dicom_overlays, remove_dicom_overlays

if TYPE_CHECKING:
    from collections.abc import Callable

COMMAND = str(Path(sys.executable).with_name("dicom-overlay"))
KILLS = int(os.environ.get("KILLS", "3"))
FILES = int(os.environ.get("FILES", "40"))
SEED = int(os.environ.get("SEED", "1"))
FIRST = image_file()
WRITE = ["write", "archive", "mask.npy", "--every-image", "--label", "Liver", "--jsonl", "-j", "2"]
REMOVE = ["remove", "archive", "--label", "Liver", "--jsonl", "-j", "2"]


@pytest.fixture(autouse=True)
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of files in three folders, and a mask, in the current folder."""
    folder = tmp_path / "archive"
    for number in range(FILES):
        path = folder / f"study{number % 3}" / f"IM{number:03}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FIRST)
    np.save(tmp_path / "mask.npy", np.indices((5, 7)).sum(0) % 2)
    monkeypatch.chdir(tmp_path)


def run(words: list[str]) -> None:
    done = subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr


def kill_whole_group(process: subprocess.Popen[bytes], _: list[int]) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def kill_parent(process: subprocess.Popen[bytes], _: list[int]) -> None:
    process.kill()


def kill_worker(_: subprocess.Popen[bytes], workers: list[int]) -> None:
    if workers:
        signal.pidfd_send_signal(workers[0], signal.SIGKILL)


KILLERS: list[Callable[[subprocess.Popen[bytes], list[int]], None]] = [kill_whole_group, kill_parent, kill_worker]


def run_and_kill(
    words: list[str], kill: Callable[[subprocess.Popen[bytes], list[int]], None], bytes_first: int
) -> None:
    """Start the command, kill it when so much of its output has come, and wait until none of its processes is left."""
    with subprocess.Popen(
        [COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.read(bytes_first)
        workers = [os.pidfd_open(pid) for pid in children(process.pid)]
        kill(process, workers)
        process.stdout.read()
    for worker in workers:
        select.select([worker], [], [])
        os.close(worker)


def children(pid: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()))
    except OSError:
        return []


def contents(folder: str) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too."""
    return {os.path.relpath(path, folder): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_a_run_in_place_that_is_killed_leaves_old_or_new_files_and_the_next_run_finishes() -> None:
    old = contents("archive")
    write = [*WRITE, "--in-place", "--existing", "replace-label"]
    run(write)
    new = contents("archive")
    dice = random.Random(SEED)
    for number in range(KILLS):
        words, after = ([*REMOVE, "--in-place"], old) if number % 2 == 0 else (write, new)
        run_and_kill(words, KILLERS[number % 3], dice.randrange(FILES * 300))
        found = {name: data for name, data in contents("archive").items() if name in old}
        assert found.keys() == old.keys()
        assert all(data in {old[name], new[name]} for name, data in found.items())
        run(words)
        assert contents("archive") == after


def test_a_run_into_a_folder_that_is_killed_leaves_whole_results_and_the_next_run_finishes() -> None:
    old = contents("archive")
    run([*WRITE, "-o", "whole"])
    new = contents("whole")
    dice = random.Random(SEED)
    for number in range(KILLS):
        run_and_kill([*WRITE, "-o", "out"], KILLERS[number % 3], dice.randrange(FILES * 300))
        found = {name: data for name, data in contents("out").items() if name in new}
        assert all(data == new[name] for name, data in found.items())
        run([*WRITE, "-o", "out", "--skip-existing"])
        assert contents("out") == new
        assert contents("archive") == old
        shutil.rmtree("out")


def test_eight_processes_on_the_same_files_leave_each_whole_and_explainable() -> None:
    old = contents("archive")
    in_place = ["--in-place", "--jsonl", "-j", "1"]
    commands = [
        *(
            ["write", "archive", "mask.npy", "--every-image", "--label", name, "--existing", "replace-label"]
            for name in ("A", "A", "B", "B")
        ),
        [
            "write",
            "archive",
            "mask.npy",
            "--every-image",
            "--label",
            "C",
            "--group",
            "6010",
            "--existing",
            "replace-group",
        ],
        ["remove", "archive", "--label", "A"],
        ["remove", "archive", "--label", "B"],
        ["remove", "archive", "--group", "6010"],
    ]
    with_all = [
        subprocess.Popen([COMMAND, *words, *in_place], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for words in commands
    ]
    ends = [(process.communicate(), process.returncode) for process in with_all]

    assert [(code, errors.count("Traceback")) for (_, errors), code in ends] == [(0, 0)] * 8, ends
    assert contents("archive").keys() == old.keys()
    for name, data in old.items():
        path = Path("archive", name)
        labels = [plane.label for plane in read_dicom_overlays(path)]
        assert len(set(labels)) == len(labels)
        assert set(labels) <= {"A", "B", "C"}
        remove_dicom_overlays(path)
        assert path.read_bytes() == data
