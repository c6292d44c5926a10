"""One piece of work in a process of its own: ``child.py WORK ARGUMENT…``.

The last line of standard error is what it took beyond the imports: ``[seconds, megabytes]``. Linux only.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom
from pydicom.filereader import data_element_generator, read_preamble

import dicom_overlay
import dicom_overlay.cli
import methods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WORKERS = 2
CHUNK = 32


def write_one(mask: np.ndarray, out: str, path: str) -> str:
    methods.lean(path, f"{out}/{Path(path).name}", [mask])
    return f"{path}: 6000"


def list_one(path: str) -> str:
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    found = []
    for group in range(0x6000, 0x6020, 2):
        if (group, 0x0010) in dataset:
            rows, columns, kind = (dataset[group, element].value for element in (0x0010, 0x0011, 0x0040))
            found.append(f"{group:04X} {kind} {rows}x{columns}")
    return f"{path}: {'; '.join(found)}"


def copy_one(more: int, out: str, path: str) -> str:
    """Read and write a file as it is, with ``more`` bytes behind it."""
    Path(out, Path(path).name).write_bytes(Path(path).read_bytes() + bytes(more))
    return path


def in_loop(work: Callable[[str], str], folder: str, spread: Callable[..., Iterable[str]] = map) -> None:
    for line in spread(work, sorted(entry.path for entry in os.scandir(folder))):
        print(line)


def in_pool(work: Callable[[str], str], folder: str) -> None:
    """What a careful pydicom user writes for a whole folder."""
    with ProcessPoolExecutor(WORKERS) as pool:
        in_loop(work, folder, partial(pool.map, chunksize=CHUNK))


def command(*words: str) -> None:
    """Run ``dicom-overlay``."""
    sys.argv[1:] = words
    try:
        dicom_overlay.cli.main()
    except SystemExit as end:
        if end.code:
            raise


def write_checks(path: str, output: str) -> None:
    """Write one plane of ours, a pattern, into one file."""
    pattern = bytes(range(256)) * (512 * 512 // 256)
    dicom_overlay.write_dicom_overlay(path, pattern, output=output, rows=512, columns=512)


def walk(*paths: str) -> None:
    """Walk all elements of files, also in items, as pydicom reads them; print the number at the top level."""
    for path in paths:
        with Path(path).open("rb") as file:
            read_preamble(file, force=False)
            print(sum(1 for _ in data_element_generator(file, is_implicit_VR=False, is_little_endian=True)))


WORK: dict[str, Callable[..., object]] = {
    "command": command,
    "compare": dicom_overlay.compare_dicom,
    "write-checks": write_checks,
    "walk": walk,
    "pool-write": lambda folder, mask, out: in_pool(partial(write_one, np.load(mask), out), folder),
    "loop-write": lambda folder, mask, out: in_loop(partial(write_one, np.load(mask), out), folder),
    "pool-list": partial(in_pool, list_one),
    "pool-copy": lambda folder, more, out: in_pool(partial(copy_one, int(more), out), folder),
}


def kilobytes(field: str) -> int:
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def main() -> None:
    name, *words = sys.argv[1:]
    # The peak is counted from here on, without that of the imports.
    Path("/proc/self/clear_refs").write_text("5")
    base = kilobytes("VmRSS")
    started = time.perf_counter()
    WORK[name](*words)
    elapsed = time.perf_counter() - started
    print(json.dumps([elapsed, (kilobytes("VmHWM") - base) / 1024]), file=sys.stderr)


if __name__ == "__main__":
    main()
