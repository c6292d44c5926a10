"""The contenders in CPython: on single files in this process, and on whole folders as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom

import methods
import workloads
from check import judge
from rows import Row, Sample, make_row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plan import Plan

WHERE = "native"
PYTHON = f"CPython {sys.version.split()[0]}"
CHILD = Path(__file__).with_name("child.py")
WARM_UP = 0.5  # seconds that a contender works before the clock counts: as on the page
WORKERS = ("-j", "2")
LABELS = 16


def copy(source: str, output: str, masks: list[Any]) -> list[Any]:
    """Copy the bytes once: what no method that rewrites the file can beat."""
    Path(output).write_bytes(Path(source).read_bytes())
    return masks


CONTENDERS: dict[str, Callable[[str, str, list[Any]], list[Any]]] = {
    "floor: copy": copy,
    "spike": methods.spike,
    "spike+loop": methods.spike_with_loop,
    "lean-pydicom": methods.lean,
    "ours": methods.ours,
}


def run_contender(
    workload: str, contender: str, files: list[Path], folder: Path, *, rounds: int = 1, frames: int = 1, planes: int = 1
) -> Row:
    """Time one contender; each output is judged, outside the timed part."""
    sample = Sample(workload, contender, WHERE, PYTHON)

    def run_pass(turn: int) -> float:
        masks = [workloads.make_masks(turn * len(files) + at, frames, planes) for at in range(len(files))]
        outputs = [folder / f"output-{at}.dcm" for at in range(len(files))]
        jobs = list(zip(map(str, files), map(str, outputs), masks, strict=True))
        started = time.perf_counter()
        made = [CONTENDERS[contender](*job) for job in jobs]
        elapsed = (time.perf_counter() - started) * 1000 / len(files)
        if turn >= 0 and contender != "floor: copy":
            triples = zip(files, outputs, made, strict=True)
            sample.verdicts += [judge(path.read_bytes(), output.read_bytes(), used) for path, output, used in triples]
        for output in outputs:
            output.unlink()
        return elapsed

    warm_until = time.perf_counter() + WARM_UP
    try:
        while time.perf_counter() < warm_until:
            run_pass(-1)
        sample.samples = [run_pass(turn) for turn in range(rounds)]
    except Exception as error:  # noqa: BLE001 - a contender that cannot do the job is a row that says so
        sample.fault = type(error).__name__
    return make_row(sample)


def in_child(*words: str | Path) -> tuple[float, float]:
    """Do one of child.py's works; returns seconds, and MB of memory beyond what the process had before."""
    command = [sys.executable, str(CHILD), *map(str, words)]
    os.sync()  # what was written before is not the next contender's work
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed:\n{done.stderr[-2_000:]}")
    seconds, megabytes = json.loads(done.stderr.splitlines()[-1])
    return seconds, megabytes


def race(workload: str, count: int, works: dict[str, Sequence[str | Path]]) -> list[Row]:
    """Give each contender the same ``count`` files, in a process of its own."""
    rows = []
    for contender, words in works.items():
        seconds, megabytes = in_child(*words)
        extra = {"megabytes": round(megabytes, 1)}
        rows.append(make_row(Sample(workload, contender, WHERE, PYTHON, [seconds * 1000 / count], extra=extra)))
    return rows


def folder_rows(plan: Plan, folder: Path) -> list[Row]:
    """Give the command an archive, small files, a volume, two files to compare, and files of many frames."""
    makers = (archive_rows, small_rows, volume_rows, compare_rows, frames_rows)
    rows = []
    for make in makers:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            rows += make(Path(scratch), plan)
    return rows


def archive_rows(folder: Path, plan: Plan) -> list[Row]:
    """Write a plane into every file of an archive and list what is there, against pools of pydicom."""
    rows, ours = write_rows(folder, plan.archive, workloads.ARCHIVE, "39 KB", "lean-pydicom", "pool-write")
    return rows + race(
        f"list, 39 KB × {plan.archive:,}",
        plan.archive,
        {"lean-pydicom": ("pool-list", ours), "ours": ("command", "list", ours, *WORKERS)},
    )


def small_rows(folder: Path, plan: Plan) -> list[Row]:
    """Write a plane into many small files, into a new folder, against a plain loop."""
    return write_rows(folder, plan.archive, workloads.SMALL, "4 KB", "lean loop", "loop-write")[0]


def write_rows(folder: Path, count: int, size: int, name: str, contender: str, work: str) -> tuple[list[Row], Path]:
    """Write one mask into every image of a series, against a contender; returns the rows, and the folder of our files."""
    series, mask, ours, theirs = prepare(folder, count, size)
    works: dict[str, Sequence[str | Path]] = {
        contender: (work, series, mask, theirs),
        "ours": ("command", "write", series, mask, "--every-image", "-o", ours, *WORKERS),
    }
    rows = race(f"write, {name} × {count:,}", count, works)
    require_right(series, ours, mask)
    return rows, ours


def volume_rows(folder: Path, plan: Plan) -> list[Row]:
    """Lay a mask of 16 labels onto a series by its geometry; against reading and writing as many bytes."""
    series, _, ours, theirs = prepare(folder, plan.slices, workloads.SIZE)
    volume = folder / "volume.nii.gz"
    workloads.write_nifti(volume, plan.slices, LABELS)
    more = LABELS * (workloads.SIZE * workloads.SIZE // 8 + 150)
    rows = race(
        f"{LABELS} labels onto {plan.slices} files",
        plan.slices,
        {
            "floor: read and write": ("pool-copy", series, str(more), theirs),
            "ours": ("command", "write", series, volume, "-o", ours, *WORKERS),
        },
    )
    planes = pydicom.dcmread(next(ours.iterdir()))
    if not all((group, 0x3000) in planes for group in range(0x6000, 0x6000 + 2 * LABELS, 2)):
        raise RuntimeError("not every label became a plane")
    return rows


def compare_rows(folder: Path, plan: Plan) -> list[Row]:
    """Compare two equal files of many elements, against pydicom's own walk over both."""
    files = [workloads.make_elements(folder / name, plan.elements) for name in ("one.dcm", "other.dcm")]
    works: dict[str, Sequence[str | Path]] = {
        "floor: pydicom walks both": ("walk", *files),
        "ours": ("compare", *files),
    }
    return race(f"compare, {plan.elements:,} elements", 1, works)


def frames_rows(folder: Path, plan: Plan) -> list[Row]:
    """Write a plane into one file of ever more frames; memory is what is needed beyond the plane."""
    rows = []
    for frames in plan.peaks:
        path = workloads.make_frames(folder / "frames.dcm", frames)
        rows += race(f"frames on disk: {frames:,}", 1, {"ours": ("write-checks", path, folder / "output.dcm")})
        rows[-1]["megabytes"] = max(0.0, round(rows[-1]["megabytes"] - frames * 512 * 512 / 8 / 1024**2, 1))
    return rows


def prepare(folder: Path, count: int, size: int) -> tuple[Path, Path, Path, Path]:
    """Make a series, a mask of its images, and a folder for the files of pydicom; ours makes its own."""
    series, mask, ours, theirs = (folder / name for name in ("series", "mask.npy", "ours", "theirs"))
    theirs.mkdir()
    workloads.make_series(series, count, size)
    np.save(mask, (np.indices((size, size)).sum(0) % 2 == 0).astype(np.uint8))
    return series, mask, ours, theirs


def require_right(series: Path, written: Path, mask: Path) -> None:
    """Judge some of the files that the command wrote; all have to be there."""
    names = sorted(path.name for path in series.iterdir())
    if names != sorted(path.name for path in written.iterdir()):
        raise RuntimeError("not every file was written")
    for name in names[:: max(len(names) // 20, 1)]:
        verdict = judge((series / name).read_bytes(), (written / name).read_bytes(), [np.load(mask)])
        if verdict["reason"] or not verdict["other_bytes_equal"]:
            raise RuntimeError(f"{name}: {verdict['reason'] or 'other bytes changed'}")
