"""What a quick and a full run measure."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Plan:
    """Sizes of a run.

    Attributes
    ----------
    files, rounds : of the spike's workload; each round is a fresh page.
    loop_files : files that the per-pixel loop gets, once; it takes about a second for each.
    others : files of each further workload.
    workloads : the further workloads, by the names that `workloads.make_others` gives them.
    sixteen : whether 16 planes are written into one file too.
    repeats : calls of each side of the Python comparison.
    visits : fresh profiles of each way to start.
    series, workers : lengths of the series, numbers of workers.
    batches : files of the calls that take many at once; up to as many as `on_disk` are on the disk, more in memory.
    sizes : bytes of the file exported whatever its size.
    peaks : frames of the multi-frame file on disk whose native memory is watched.
    archive : files of the archive that the command line is given, against pydicom.
    links : files at which its memory is watched.
    slices : of the series that it lays a mask onto; 0 for none.
    archived : files that go to an archive and come back.
    """

    files: int
    rounds: int
    loop_files: int
    others: int
    workloads: tuple[str, ...]
    sixteen: bool
    repeats: int
    visits: int
    series: tuple[int, ...]
    workers: tuple[int, ...]
    batches: tuple[int, ...]
    sizes: tuple[int, ...]
    peaks: tuple[int, ...]
    archive: int
    links: int
    slices: int
    archived: int


FULL = Plan(
    files=30,
    rounds=5,
    loop_files=30,
    others=10,
    workloads=("sequence-378", "sequence-378-stated", "j2k", "deflated", "frames-100"),
    sixteen=True,
    repeats=15,
    visits=2,
    series=(10, 100, 300, 1000),
    workers=(1, 2, 4),
    batches=(150, 1000),
    sizes=(MB // 2, 10 * MB, 100 * MB, 2000 * MB),
    peaks=(20, 200, 2000),
    archive=20_000,
    links=200_000,
    slices=300,
    archived=300,
)
QUICK = Plan(
    files=8,
    rounds=1,
    loop_files=2,
    others=3,
    workloads=("sequence-378",),
    sixteen=False,
    repeats=6,
    visits=1,
    series=(),
    workers=(),
    batches=(30,),
    sizes=(MB // 2, 2000 * MB),
    peaks=(20, 200),
    archive=600,
    links=2000,
    slices=20,
    archived=0,
)

CHECK = Plan(
    files=2,
    rounds=1,
    loop_files=1,
    others=0,
    workloads=(),
    sixteen=False,
    repeats=0,
    visits=0,
    series=(),
    workers=(),
    batches=(),
    sizes=(),
    peaks=(),
    archive=0,
    links=0,
    slices=0,
    archived=0,
)

ON_DISK = 150
"""Files of a batch that the browser reads from the disk, at most."""

BATCH_WAYS = (
    "floor: heads and tails",
    "dcmjs",
    "writeOverlays",
    "exportFiles",
    "exportFiles, Blobs",
    "exportSeries",
    "readSeries",
    "floor: copy to a folder",
    "exportSeries to a folder",
)
"""What is done with many files; `web/bench/src/batches.ts` does it."""

NATIVE = ("spike", "spike+loop", "lean-pydicom", "ours", "dcmodify")
SPIKE_BROWSER = (
    "floor: copy",
    "floor: 64 KiB + Blob",
    "spike",
    "spike+loop",
    "lean-pydicom",
    "dcmjs",
    "ours-fs",
    "ours-exporter",
    "ours-exporter-read",
    "ours-pool-1",
    "ours-pool-2",
)
OTHERS_BROWSER = ("lean-pydicom", "dcmjs", "ours-fs", "ours-exporter")
STARTS = ("spike", "plain", "snapshot")
SIXTEEN = "planes-16"
