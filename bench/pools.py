"""What a careful pydicom user writes for a whole folder: ``pools.py write|list|loop|copy|walk FOLDER SECOND OUT``.

``write`` puts the mask SECOND into each file of FOLDER, in a pool of two processes, ``loop`` in a plain loop; ``list`` lists
the planes of OUT; ``copy`` reads and writes the files with SECOND bytes more; ``walk`` walks the two files FOLDER and SECOND.
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
from pydicom.filereader import data_element_generator, read_preamble

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


def walk(path: str) -> int:
    """Count the elements of a file, those of sequences' items too, as pydicom reads them."""
    with Path(path).open("rb") as file:
        read_preamble(file, force=False)
        return sum(1 for _ in data_element_generator(file, is_implicit_VR=False, is_little_endian=True))


def main() -> None:
    command, folder, second, out = sys.argv[1:]
    if command == "walk":
        print(walk(folder) + walk(second))
        return
    Path(out).mkdir(exist_ok=True)
    work: Callable[[str], str]
    if command in {"write", "loop"}:
        mask = np.load(second)
        work = partial(write, methods.pack(mask), mask.shape, out)
    elif command == "list":
        work, folder = listed, out
    else:
        work = partial(copy, int(second), out)
    paths = sorted(entry.path for entry in os.scandir(folder))
    if command == "loop":
        for path in paths:
            print(work(path))
        return
    with ProcessPoolExecutor(WORKERS) as pool:
        for line in pool.map(work, paths, chunksize=CHUNK):
            print(line)


if __name__ == "__main__":
    main()
