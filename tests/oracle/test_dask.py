"""A real Dask cluster of two processes does the same jobs, every file at most once, although one of them is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from distributed import LocalCluster

from dicom_files import image_file
from dicom_overlay import read_dicom_overlays
from dicom_overlay.cli.run import open_crew
from failing import fails_with

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("dicom-overlay")
COUNT = 200

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    for number in range(COUNT):
        (folder / f"IM{number:03}.dcm").write_bytes(image_file())
    np.save(tmp_path / "mask.npy", np.indices((5, 7)).sum(0) % 2)
    return folder


def write(archive: Path, cluster: LocalCluster, where: list[str]) -> tuple[int, list[dict[str, Any]]]:
    """Write a plane into each file, and kill a worker when the first outcomes have come. Returns exit code and lines."""
    words = ["write", str(archive), str(archive.with_name("mask.npy")), "--every-image", *where, "--jsonl"]
    with subprocess.Popen(
        [COMMAND, *words, "--dask", cluster.scheduler_address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        found = [process.stdout.readline()]
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
        found += process.stdout.readlines()
        assert "Traceback" not in process.stderr.read()
    *files, summary = map(json.loads, found)
    assert [line["file"] for line in files] == sorted(map(str, archive.glob("IM*.dcm")))
    assert summary["exit_code"] == process.returncode
    return process.returncode, files


def test_new_files_are_all_there_after_a_worker_was_killed(cluster: LocalCluster, archive: Path) -> None:
    out = archive.with_name("out")
    code, files = write(archive, cluster, where=["-o", str(out)])

    assert code == 0
    assert {line["outcome"] for line in files} == {"written"}
    assert all(len(read_dicom_overlays(out / path.name)) == 1 for path in archive.glob("IM*.dcm"))


def test_no_file_is_changed_twice_when_a_worker_is_killed(cluster: LocalCluster, archive: Path) -> None:
    _, files = write(archive, cluster, where=["--in-place"])
    planes = {line["file"]: len(read_dicom_overlays(line["file"])) for line in files}

    assert set(planes.values()) == {1}
    # Of what the worker had done and could not report, nobody claims to know more than that it changed.
    unsure = [line for line in files if line["outcome"] != "written"]
    assert all(line["error"]["code"] == "file-changed" for line in unsure)


def test_a_scheduler_that_does_not_answer_is_an_error() -> None:
    with fails_with("invalid-request"), open_crew(2, "tcp://127.0.0.1:9"):
        pass
