"""The contenders in native CPython; inputs and outputs in memory-backed files where there are any."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import methods
from check import judge
from masks import make_mask, make_volume
from rows import Row, Sample, failed, make_row

Work = Callable[[Path, Path, np.ndarray], None]
WHERE = "native"
WARM_UP = 0.5  # seconds, and ten files at least, before the clock counts: as on the page
PYTHON = f"CPython {sys.version.split()[0]}"


def scratch_root() -> Path | None:
    """Return a folder in memory, as Pyodide's file system is, or None for the default one."""
    shared = Path("/dev/shm")  # noqa: S108 - the point is that it is memory
    return shared if os.access(shared, os.W_OK) else None


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


CONTENDERS: dict[str, Work] = {
    "spike": spike,
    "spike+loop": spike_loop,
    "lean-pydicom": lean,
    "ours": ours,
}


def is_slow(workload: str, contender: str) -> bool:
    """Tell whether one run without a clock is warm-up enough, as on the page: these take tenths of a second and more."""
    return "loop" in contender or workload.startswith("frames")


def run_workload(name: str, files: list[Row], contender: str, rounds: int, folder: Path) -> Row:
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
            return failed(name, contender, WHERE, PYTHON, type(error).__name__)
        elapsed = (time.perf_counter() - started) * 1000
        if turn >= 0:
            samples.append(elapsed)
            verdicts.append(judge(Path(file["path"]).read_bytes(), output.read_bytes(), [mask]))
        output.unlink()
        turn += 1
    return make_row(Sample(name, contender, WHERE, PYTHON, samples, verdicts))


def mask_for(file: Row, number: int) -> np.ndarray:
    if file["frames"] > 1:
        return make_volume(number, file["frames"], file["rows"], file["columns"])
    return make_mask(number, file["rows"], file["columns"])


def run_floor(files: list[Row], rounds: int, folder: Path) -> Row:
    """Copy the bytes once: what no method that rewrites the file can beat."""
    output = folder / "output.dcm"
    samples = []
    for turn in range(rounds * len(files)):
        source = Path(files[turn % len(files)]["path"])
        started = time.perf_counter()
        output.write_bytes(source.read_bytes())
        samples.append((time.perf_counter() - started) * 1000)
    return make_row(Sample("spike-150", "floor: copy", WHERE, PYTHON, samples))


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
