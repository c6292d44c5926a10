"""The contenders in native CPython, and DCMTK's dcmodify; inputs and outputs in memory-backed files where there are any."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import methods
from check import judge
from dicom_overlay.edit.kept import keep_layout
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from masks import make_mask, make_volume
from rows import Sample, make_row

Work = Callable[[Path, Path, np.ndarray], None]
WHERE = "native"
WARM_UP = 0.5  # seconds, and ten files at least, before the clock counts: as on the page
PYTHON = f"CPython {sys.version.split()[0]}"


def scratch_root() -> Path | None:
    """Return a folder in memory, as Pyodide's file system is, or None for the default one."""
    shared = Path("/dev/shm")  # noqa: S108 - the point is that it is memory
    return shared if os.access(shared, os.W_OK) else None


def run_kept(file: dict[str, Any], count: int = 10_000) -> dict[str, Any]:
    """Keep what an export of a long series keeps of each file between its two passes, and weigh it."""
    data = Path(file["path"]).read_bytes()
    source = Source(len(data), lambda start, end: data[start:end])
    layout, samples = scan(source), []
    tracemalloc.start()
    held = []
    for _ in range(count):
        begun = time.perf_counter()
        held.append(keep_layout(layout))
        samples.append((time.perf_counter() - begun) * 1000)
    weight = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    extra = {"megabytes": {"more": round(weight / 1e6, 1)}}
    return make_row(Sample("kept of 10,000 files", "ours", WHERE, PYTHON, samples, [], files=len(held), extra=extra))


def spike(source: Path, output: Path, mask: np.ndarray) -> None:
    methods.spike(str(source), str(output), mask)


def spike_loop(source: Path, output: Path, mask: np.ndarray) -> None:
    """Fill ``mask`` with what the loop made, so that the output can be judged."""
    mask[...] = methods.spike_with_loop(str(source), str(output), *mask.shape)


def lean(source: Path, output: Path, mask: np.ndarray) -> None:
    frames = mask.shape[0] if mask.ndim == 3 else 0
    rows, columns = mask.shape[-2:]
    methods.lean(str(source), str(output), [methods.pack(mask)], rows, columns, frames)


def ours(source: Path, output: Path, mask: np.ndarray) -> None:
    methods.ours(str(source), str(output), mask, *mask.shape[-2:])


def dcmodify(source: Path, output: Path, mask: np.ndarray) -> None:
    """Let DCMTK insert the elements; it edits in place, so the copy is part of the job."""
    packed = output.with_suffix(".bits")
    packed.write_bytes(methods.pack(mask))
    shutil.copyfile(source, output)
    values = {"0010": mask.shape[-2], "0011": mask.shape[-1], "0040": "G", "0050": r"1\1", "0100": 1, "0102": 0}
    if mask.ndim == 3:
        values |= {"0015": mask.shape[0], "0051": 1}
    inserted = [part for tag, value in values.items() for part in ("-i", f"(6000,{tag})={value}")]
    command = ["dcmodify", "-q", "-nb", *inserted, "-if", f"(6000,3000)={packed}", str(output)]
    subprocess.run(command, check=True, capture_output=True)
    packed.unlink()


CONTENDERS: dict[str, Work] = {
    "spike": spike,
    "spike+loop": spike_loop,
    "lean-pydicom": lean,
    "ours": ours,
    "dcmodify": dcmodify,
}


def engine_of(contender: str) -> str:
    if contender != "dcmodify":
        return PYTHON
    done = subprocess.run(["dcmodify", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].strip("$ ").split(" 20")[0].replace("dcmtk: ", "")


def is_installed(contender: str) -> bool:
    return contender != "dcmodify" or shutil.which("dcmodify") is not None


def is_slow(workload: str, contender: str) -> bool:
    """Tell whether one run without a clock is warm-up enough, as on the page: these take tenths of a second and more."""
    return "loop" in contender or workload.startswith("frames")


def run_workload(name: str, files: list[dict[str, Any]], contender: str, rounds: int, folder: Path) -> dict[str, Any]:
    """Time one contender; each output is judged, outside the timed part."""
    work = CONTENDERS[contender]
    output = folder / "output.dcm"
    samples: list[float] = []
    verdicts = []
    warm_until = time.perf_counter() + WARM_UP
    turn = -1 if is_slow(name, contender) else -10
    while turn < rounds * len(files):
        if turn == -1 and not is_slow(name, contender) and time.perf_counter() < warm_until:
            turn = -2
        file = files[max(turn, 0) % len(files)]
        mask = mask_for(file, max(turn, 0))
        started = time.perf_counter()
        try:
            work(Path(file["path"]), output, mask)
        except Exception as error:  # noqa: BLE001 - a contender that cannot do the job is a row that says so
            return failed_row(name, contender, f"{type(error).__name__}")
        elapsed = (time.perf_counter() - started) * 1000
        if turn >= 0:
            samples.append(elapsed)
            verdicts.append(judge(Path(file["path"]).read_bytes(), output.read_bytes(), [mask]).as_record())
        output.unlink()
        turn += 1
    return make_row(Sample(name, contender, WHERE, engine_of(contender), samples, verdicts))


def failed_row(name: str, contender: str, reason: str) -> dict[str, Any]:
    verdict = {"correct": False, "reason": reason, "damage": [], "other_bytes_equal": False}
    return make_row(Sample(name, contender, WHERE, engine_of(contender), [], [verdict]))


def mask_for(file: dict[str, Any], number: int) -> np.ndarray:
    if file["frames"] > 1:
        return make_volume(number, file["frames"], file["rows"], file["columns"])
    return make_mask(number, file["rows"], file["columns"])


def run_floor(files: list[dict[str, Any]], rounds: int, folder: Path) -> dict[str, Any]:
    """Copy the bytes once: what no method that rewrites the file can beat."""
    output = folder / "output.dcm"
    samples = []
    for turn in range(rounds * len(files)):
        source = Path(files[turn % len(files)]["path"])
        started = time.perf_counter()
        output.write_bytes(source.read_bytes())
        samples.append((time.perf_counter() - started) * 1000)
    return make_row(Sample("spike-150", "floor: copy", WHERE, PYTHON, samples, []))


def run_comparison(file: dict[str, Any], repeats: int, folder: Path) -> list[dict[str, Any]]:
    """Time write_dicom_overlay against dcmread + add_new + save_as, with numpy and, in a process of its own, without."""
    copy = folder / f"compare-{file['file']}"
    shutil.copyfile(file["path"], copy)
    rows = []
    for numpy_rule in ("without numpy", "with numpy"):
        script = COMPARISON.format(hide=numpy_rule == "without numpy")
        arguments = [str(copy), str(file["rows"]), str(file["columns"]), str(repeats)]
        done = subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parent), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        for contender, samples in json.loads(done.stdout).items():
            workload = f"call {file['workload']}, {numpy_rule}"
            rows.append(make_row(Sample(workload, contender, WHERE, PYTHON, samples, [])))
    return rows


COMPARISON = """
import sys, json
if {hide}:
    sys.modules["numpy"] = None
sys.path.insert(0, sys.argv[1])
import methods
if not {hide}:
    import numpy
path, rows, columns, repeats = sys.argv[2], *map(int, sys.argv[3:])
mask = bytes((i * 2654435761 >> 7) & 1 for i in range(rows * columns))
packed = int(bytes(c | 48 for c in mask)[::-1], 2).to_bytes(len(mask) // 8, "little")
print(json.dumps(methods.compare(path, mask, packed, rows, columns, repeats)))
"""


PEAK = """
import sys, json, time
import dicom_overlay
path, output, planes = sys.argv[1], sys.argv[2], int(sys.argv[3])
size = 512 * 512
masks = [dicom_overlay.OverlayPlane.from_mask(bytes(range(256)) * (size // 256), rows=512, columns=512) for _ in range(planes)]

def kilobytes(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))

# From here on the peak counts anew: the import's own is over.
with open("/proc/self/clear_refs", "w") as reset:
    reset.write("5")
base = kilobytes("VmRSS")
started = time.perf_counter()
dicom_overlay.write_dicom_overlays(path, masks, output=output)
elapsed = (time.perf_counter() - started) * 1000
print(json.dumps([elapsed, kilobytes("VmHWM") - base]))
"""


def measure_peak(path: Path, output: Path, planes: int) -> tuple[float, float]:
    """Return (ms, MB of memory more than before it) of one write in a process of its own; Linux only."""
    command = [sys.executable, "-c", PEAK, str(path), str(output), str(planes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    elapsed, kilobytes = json.loads(done.stdout)
    output.unlink()
    return elapsed, kilobytes / 1024
