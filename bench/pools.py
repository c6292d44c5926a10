"""What a careful pydicom user writes for a whole folder: a pool of two processes, each file read once.

``pools.py write FOLDER MASK OUT``, ``pools.py list FOLDER MASK OUT`` (lists OUT), ``pools.py copy FOLDER BYTES OUT``: the
files read and written with so many more bytes. A line for each file.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom

import methods

if TYPE_CHECKING:
    from collections.abc import Callable

WORKERS = 2
CHUNK = 32


def write(packed: bytes, shape: tuple[int, int], out: str, path: str) -> str:
    methods.lean(path, f"{out}/{Path(path).name}", [packed], *shape)
    return f"{path}: 6000"


def listed(path: str) -> str:
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    found = []
    for group in range(0x6000, 0x6020, 2):
        if (group, 0x0010) in dataset:
            rows, columns, kind = (dataset[group, element].value for element in (0x0010, 0x0011, 0x0040))
            found.append(f"{group:04X} {kind} {rows}x{columns}")
    return f"{path}: {'; '.join(found)}"


def copy(more: int, out: str, path: str) -> str:
    """Read and write a file as it is, with ``more`` bytes behind it."""
    Path(out, Path(path).name).write_bytes(Path(path).read_bytes() + bytes(more))
    return path


def main() -> None:
    command, folder, second, out = sys.argv[1:]
    Path(out).mkdir(exist_ok=True)
    work: Callable[[str], str]
    if command == "write":
        mask = np.load(second)
        work = partial(write, methods.pack(mask), mask.shape, out)
    elif command == "list":
        work, folder = listed, out
    else:
        work = partial(copy, int(second), out)
    paths = sorted(entry.path for entry in os.scandir(folder))
    with ProcessPoolExecutor(WORKERS) as pool:
        for line in pool.map(work, paths, chunksize=CHUNK):
            print(line)


if __name__ == "__main__":
    main()
