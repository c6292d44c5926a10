"""The command `dicom-overlay` on whole archives, against pools of pydicom processes; two processes each, in one run.

Every contender is a process of its own that starts, works and ends within the time. The memory is the parent's: what
grows with the number of files, where anything does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

import workloads
from native import PYTHON, WHERE
from rows import Sample, make_row

WORKERS = 2
LABELS = 16
# The peak of this process alone; the pool's processes are others.
COMMAND = """
import json, sys

def megabytes(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(field))

import dicom_overlay.cli.app
if ".nii" in sys.argv[3]:
    import SimpleITK
libraries = megabytes("VmRSS")
try:
    dicom_overlay.cli.main()
finally:
    with open(sys.argv[0], "w") as out:
        json.dump({"parent": round(megabytes("VmHWM"), 1), "libraries": round(libraries, 1)}, out)
"""
POOLS = str(Path(__file__).with_name("pools.py"))


def timed(words: list[str], lines: int | None = None) -> float:
    """Run a program to its end; returns seconds. ``lines`` is how many files it must name; notices do not count."""
    started = time.perf_counter()
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    elapsed = time.perf_counter() - started
    found = sum(":   notice" not in line for line in done.stdout.splitlines())
    if lines is not None and found != lines:
        raise RuntimeError(f"{lines} lines were expected, {found} came")
    return elapsed


def run_command(folder: Path, words: list[str], lines: int) -> tuple[float, dict[str, float]]:
    """Return seconds, and in MB the parent's peak and what of it was there once the libraries were imported."""
    peak = folder / "peak.json"
    # The script's name is argv[0], which the command does not read.
    script = f"import sys; sys.argv[0] = {str(peak)!r}\n{COMMAND}"
    elapsed = timed([sys.executable, "-c", script, *words, "-j", str(WORKERS)], lines)
    memory = json.loads(peak.read_text("utf-8"))
    peak.unlink()
    return elapsed, memory


def row(workload: str, contender: str, seconds: list[float], count: int, **extra: Any) -> dict[str, Any]:
    samples = [value * 1000 / count for value in seconds]
    return make_row(Sample(workload, contender, WHERE, PYTHON, samples, [], count, extra={"megabytes": extra}))


def archive_rows(folder: Path, count: int, rounds: int = 1) -> list[dict[str, Any]]:
    """Write a plane into every file of an archive and list what is there, in turn with pydicom."""
    archive = workloads.make_archive(folder / "archive", count)
    size = round(sum(path.stat().st_size for path in archive.iterdir()) / count / 1000)
    mask, ours, theirs = folder / "mask.npy", folder / "ours", folder / "pydicom"
    np.save(mask, np.indices((workloads.ARCHIVE, workloads.ARCHIVE)).sum(0) % 2 == 0)
    seconds: dict[tuple[str, str], list[float]] = {}
    memory: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for name, words in {
            "write": ["write", str(archive), str(mask), "-o", str(ours)],
            "list": ["list", str(ours)],
        }.items():
            output = theirs if name == "write" else ours
            pool = timed([sys.executable, POOLS, name, str(archive), str(mask), str(output)], count)
            elapsed, memory[name] = run_command(folder, words, count)
            seconds.setdefault((name, "ours"), []).append(elapsed)
            seconds.setdefault((name, "lean-pydicom"), []).append(pool)
        require_same_planes(ours, theirs, count)
        shutil.rmtree(ours)
        shutil.rmtree(theirs)
    shutil.rmtree(archive)
    mask.unlink()
    return [
        row(
            f"command line, {name}, {count:,} files of {size} KB",
            contender,
            values,
            count,
            **(memory[name] if contender == "ours" else {}),
        )
        for (name, contender), values in seconds.items()
    ]


def require_same_planes(ours: Path, theirs: Path, count: int) -> None:
    """Compare what both wrote, in some files; all have to be there."""
    names = sorted(path.name for path in ours.iterdir())
    if len(names) != count or names != sorted(path.name for path in theirs.iterdir()):
        raise RuntimeError("not every file was written")
    for name in names[:: max(count // 20, 1)]:
        one, other = (pydicom.dcmread(folder / name) for folder in (ours, theirs))
        if (one.overlay_array(0x6000) != other.overlay_array(0x6000)).any() or one.PixelData != other.PixelData:
            raise RuntimeError(f"{name} differs")


def memory_rows(folder: Path, count: int) -> list[dict[str, Any]]:
    """Watch the parent's memory at a number of files that no time is measured at: hard links to one small file."""
    archive, out, mask = folder / "links", folder / "links-out", folder / "small.npy"
    workloads.make_links(archive, count)
    np.save(mask, np.ones((workloads.SMALL, workloads.SMALL), bool))
    rows = []
    for name, words in {
        "write": ["write", str(archive), str(mask), "-o", str(out)],
        "list": ["list", str(archive)],
    }.items():
        elapsed, memory = run_command(folder, words, count)
        rows.append(row(f"command line, {name}, {count:,} small files", "ours", [elapsed], count, **memory))
    shutil.rmtree(archive)
    shutil.rmtree(out)
    mask.unlink()
    return rows


def volume_rows(folder: Path, slices: int, rounds: int) -> list[dict[str, Any]]:
    """Lay a mask of 16 labels onto a series by its geometry; against reading and writing as many bytes."""
    series, mask, out, copy = (folder / name for name in ("series", "mask.nii.gz", "placed", "copied"))
    series.mkdir()
    workloads.make_series(series, slices)
    workloads.write_nifti(mask, workloads.label_volume(slices, LABELS))
    more = LABELS * (workloads.SIZE * workloads.SIZE // 8 + 150)
    seconds: dict[str, list[float]] = {"ours": [], "floor: read and write": []}
    memory: dict[str, float] = {}
    for _ in range(rounds):
        floor = timed([sys.executable, POOLS, "copy", str(series), str(more), str(copy)], slices)
        elapsed, memory = run_command(folder, ["write", str(series), str(mask), "-o", str(out)], slices)
        seconds["ours"].append(elapsed)
        seconds["floor: read and write"].append(floor)
        planes = pydicom.dcmread(out / "ct-0000.dcm")
        if [f"{0x6000 + 2 * n:04X}" for n in range(LABELS)] != [
            f"{group:04X}" for group in range(0x6000, 0x6020, 2) if (group, 0x3000) in planes
        ]:
            raise RuntimeError("not every label became a plane")
        shutil.rmtree(out)
        shutil.rmtree(copy)
    shutil.rmtree(series)
    mask.unlink()
    voxels = slices * workloads.SIZE * workloads.SIZE / 1024**2
    workload = f"command line, {LABELS} labels onto {slices} files"
    return [
        row(
            workload,
            contender,
            values,
            slices,
            **(memory | {"mask": round(voxels, 1)} if contender == "ours" else {}),
        )
        for contender, values in seconds.items()
    ]
