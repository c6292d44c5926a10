"""What a quick and a full run measure."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Plan:
    """Sizes of a run. The defaults are those of a check of the contenders."""

    files: int = 1  # of the spike's workload
    rounds: int = 1  # each a fresh page
    loop_files: int = 1  # that the per-pixel loop gets, once; it takes about a second for each
    frames: int = 0  # of the multi-frame file
    planes: int = 0  # files that get sixteen planes
    visits: int = 0  # fresh profiles of each way to start
    on_disk: int = 0  # files of the calls that take many at once
    in_memory: int = 0  # the same, of more files than are put on the disk; 0 for none
    batch_rounds: int = 1
    many: int = 0  # files whose memory is watched
    sizes: tuple[int, ...] = ()  # bytes of the file exported whatever its size
    peaks: tuple[int, ...] = ()  # frames of the multi-frame file on disk whose native memory is watched
    archive: int = 0  # files that the command is given, of 39 KB and of 4 KB
    elements: int = 0  # of the file that `compare` and pydicom walk
    slices: int = 0  # of the series that the command lays a mask onto


CHECK = Plan()
QUICK = Plan(
    files=8,
    loop_files=2,
    frames=100,
    planes=2,
    visits=1,
    on_disk=30,
    many=500,
    sizes=(MB // 2, 2000 * MB),
    peaks=(20,),
    archive=600,
    elements=100_000,
    slices=20,
)
FULL = Plan(
    files=30,
    rounds=5,
    loop_files=10,
    frames=100,
    planes=10,
    visits=2,
    on_disk=150,
    in_memory=1000,
    batch_rounds=3,
    many=10_000,
    sizes=(MB // 2, 100 * MB, 2000 * MB),
    peaks=(20, 2000),
    archive=10_000,
    elements=1_000_000,
    slices=300,
)
