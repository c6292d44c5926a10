"""A real Dask cluster of two processes does the same jobs, every file exactly once, also when one of them is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from distributed import LocalCluster

from dicom_files import image_file
from dicom_overlay import read_dicom_overlays

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("dicom-overlay")
COUNT = 400


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("is_killed", [False, True], ids=["undisturbed", "a worker killed midway"])
def test_a_cluster_writes_every_file_exactly_once(cluster: LocalCluster, is_killed: bool, tmp_path: Path) -> None:
    archive, journal = tmp_path / "archive", tmp_path / "journal"
    archive.mkdir()
    before = image_file()
    for number in range(COUNT):
        (archive / f"IM{number:03}.dcm").write_bytes(before)
    np.save(tmp_path / "mask.npy", np.indices((5, 7)).sum(0) % 2)
    words = ["write", archive, tmp_path / "mask.npy", "--in-place", "--jsonl", "--journal", journal]
    process = subprocess.Popen(
        [COMMAND, *map(str, words), "--dask", cluster.scheduler_address], stdout=subprocess.PIPE, text=True
    )
    if is_killed:
        while process.poll() is None and (not journal.exists() or journal.read_bytes().count(b'"done"') < 20):
            time.sleep(0.002)
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    output, _ = process.communicate(timeout=120)
    lines = [json.loads(line) for line in output.splitlines()]
    files = [line["file"] for line in lines if line["type"] == "file"]

    # A killed process may leave its hidden temporary file; the files themselves are whole.
    assert process.returncode == 0
    assert sorted(files) == sorted(map(str, archive.glob("IM*.dcm")))
    assert {line["outcome"] for line in lines if line["type"] == "file"} == {"written"}
    assert all(len(read_dicom_overlays(path)) == 1 for path in archive.glob("IM*.dcm"))
    undone = subprocess.run([COMMAND, "undo", str(journal)], capture_output=True, check=False)
    assert undone.returncode == 0
    assert all(path.read_bytes() == before for path in archive.glob("IM*.dcm"))
