"""The command `dicom-overlay` on whole archives, against pools and loops of pydicom; each contender is a process of its own.

The memory is the parent's: what grows with the number of files, where anything does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pydicom

import workloads
from native import PYTHON, WHERE
from rows import Row, Sample, make_row

WORKERS = 2
LABELS = 16
# The peak of this process alone; the pool's processes are others.
COMMAND = """
import json, sys
import dicom_overlay.cli
try:
    dicom_overlay.cli.main()
finally:
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    with open(sys.argv[0], "w") as out:
        json.dump(round(peak, 1), out)
"""
POOLS = str(Path(__file__).with_name("pools.py"))


def timed(words: list[str]) -> float:
    """Run a program to its end; returns seconds."""
    started = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - started


def run_command(folder: Path, words: list[str]) -> tuple[float, float]:
    """Return seconds, and the parent's peak in MB."""
    peak = folder / "peak.json"
    # The script's name is argv[0], which the command does not read.
    script = f"import sys; sys.argv[0] = {str(peak)!r}\n{COMMAND}"
    elapsed = timed([sys.executable, "-c", script, *words])
    memory: float = json.loads(peak.read_text("utf-8"))
    peak.unlink()
    return elapsed, memory


def row(workload: str, contender: str, seconds: float, count: int, memory: float | None = None) -> Row:
    extra = {} if memory is None else {"megabytes": memory}
    return make_row(Sample(workload, contender, WHERE, PYTHON, [seconds * 1000 / count], extra=extra))


def archive_rows(folder: Path, count: int) -> list[Row]:
    """Write a plane into every file of an archive and list what is there, against pools of pydicom."""
    archive = workloads.make_archive(folder / "archive", count)
    mask, ours, theirs = folder / "mask.npy", folder / "ours", folder / "pydicom"
    np.save(mask, np.indices((workloads.ARCHIVE, workloads.ARCHIVE)).sum(0) % 2 == 0)
    workers = ["-j", str(WORKERS)]
    rows = []
    for name, words in {
        "write": ["write", str(archive), str(mask), "--every-image", "-o", str(ours)],
        "list": ["list", str(ours)],
    }.items():
        pool = timed([sys.executable, POOLS, name, str(archive), str(mask), str(theirs if name == "write" else ours)])
        elapsed, memory = run_command(folder, [*words, *workers])
        workload = f"{name}, 39 KB × {count:,}"
        rows += [row(workload, "lean-pydicom", pool, count), row(workload, "ours", elapsed, count, memory)]
    require_same_planes(ours, theirs, count)
    for place in (ours, theirs, archive):
        shutil.rmtree(place)
    mask.unlink()
    return rows


def small_rows(folder: Path, count: int) -> list[Row]:
    """Write a plane into many small files, into a new folder, against a plain loop."""
    archive = workloads.make_small(folder / "small", count)
    mask, ours, theirs = folder / "mask.npy", folder / "ours", folder / "pydicom"
    np.save(mask, np.indices((workloads.SMALL, workloads.SMALL)).sum(0) % 2 == 0)
    loop = timed([sys.executable, POOLS, "loop", str(archive), str(mask), str(theirs)])
    elapsed, memory = run_command(folder, ["write", str(archive), str(mask), "--every-image", "-o", str(ours)])
    require_same_planes(ours, theirs, count)
    for place in (ours, theirs, archive):
        shutil.rmtree(place)
    mask.unlink()
    workload = f"write, 4 KB × {count:,}"
    return [row(workload, "lean loop", loop, count), row(workload, "ours", elapsed, count, memory)]


def compare_rows(folder: Path, elements: int) -> list[Row]:
    """Compare two equal files of many elements, against pydicom's own walk over both."""
    one = workloads.make_elements(folder / "one.dcm", elements)
    other = Path(shutil.copyfile(one, folder / "other.dcm"))
    start = timed([sys.executable, "-c", "import pydicom"])
    floor = timed([sys.executable, POOLS, "walk", str(one), str(other), str(folder)]) - start
    begun = timed([sys.executable, "-c", "import dicom_overlay"])
    script = "import sys, dicom_overlay; dicom_overlay.compare_dicom(*sys.argv[1:])"
    elapsed = timed([sys.executable, "-c", script, str(one), str(other)]) - begun
    one.unlink()
    other.unlink()
    workload = f"compare, {elements:,} elements"
    return [row(workload, "floor: pydicom walks both", floor, 1), row(workload, "ours", elapsed, 1)]


def require_same_planes(ours: Path, theirs: Path, count: int) -> None:
    """Compare what both wrote, in some files; all have to be there."""
    names = sorted(path.name for path in ours.iterdir())
    if len(names) != count or names != sorted(path.name for path in theirs.iterdir()):
        raise RuntimeError("not every file was written")
    for name in names[:: max(count // 20, 1)]:
        one, other = (pydicom.dcmread(folder / name) for folder in (ours, theirs))
        if (one.overlay_array(0x6000) != other.overlay_array(0x6000)).any() or one.PixelData != other.PixelData:
            raise RuntimeError(f"{name} differs")


def volume_rows(folder: Path, slices: int) -> list[Row]:
    """Lay a mask of 16 labels onto a series by its geometry; against reading and writing as many bytes."""
    series, mask, out, copy = (folder / name for name in ("series", "mask.nii.gz", "placed", "copied"))
    series.mkdir()
    workloads.make_series(series, slices)
    workloads.write_nifti(mask, workloads.label_volume(slices, LABELS))
    more = LABELS * (workloads.SIZE * workloads.SIZE // 8 + 150)
    floor = timed([sys.executable, POOLS, "copy", str(series), str(more), str(copy)])
    elapsed, memory = run_command(folder, ["write", str(series), str(mask), "-o", str(out), "-j", str(WORKERS)])
    planes = pydicom.dcmread(out / "ct-0000.dcm")
    if not all((group, 0x3000) in planes for group in range(0x6000, 0x6000 + 2 * LABELS, 2)):
        raise RuntimeError("not every label became a plane")
    for place in (out, copy, series):
        shutil.rmtree(place)
    mask.unlink()
    workload = f"{LABELS} labels onto {slices} files"
    return [
        row(workload, "floor: read and write", floor, slices),
        row(workload, "ours", elapsed, slices, memory),
    ]
