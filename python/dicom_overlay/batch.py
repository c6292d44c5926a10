"""A command over many files: find them, run in parallel, one outcome for each."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from .errors import FileAccessError, InvalidSeriesError, NotDicomError, OverlayError
from .scan.layout import scan
from .series.order import order_instances, read_facts
from .storage import open_source

__all__ = ["Job", "Outcome", "find_instances", "order_files", "require_slices", "run_jobs", "target_of"]


@dataclass(frozen=True, slots=True)
class Job:
    """One file of a command.

    Attributes
    ----------
    source : the file to read.
    target : the file to write, or None for in place.
    slice_index : which slice of a volume mask is for it, or None.
    """

    source: Path
    target: Path | None
    slice_index: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: lines to print, or an error's code and message."""

    source: Path
    lines: tuple[str, ...] = ()
    code: str | None = None
    message: str | None = None


def find_instances(path: Path) -> tuple[Path, ...]:
    """Return the file itself, or a folder's DICOM files, in the order of their paths.

    A DICOMDIR, hidden files and files that are not DICOM are passed over in a folder;
    a file named outright is returned whatever it holds.

    Raises
    ------
    FileAccessError : there is no such file or folder.
    """
    if not path.exists():
        msg = "there is no such file or folder"
        raise FileAccessError(msg, reason="ENOENT")
    if not path.is_dir():
        return (path,)
    found = [
        Path(folder, name)
        for folder, _, names in os.walk(path)
        for name in names
        if not name.startswith(".") and name.upper() != "DICOMDIR"
    ]
    return tuple(sorted(file for file in found if _looks_like_dicom(file)))


def _looks_like_dicom(path: Path) -> bool:
    try:
        with open_source(path) as source:
            scan(source)
    except NotDicomError:
        return False
    except OverlayError:
        # Broken DICOM is named in the report.
        return True
    return True


def order_files(paths: Sequence[Path]) -> tuple[int, ...]:
    """Return each file's slice number in ITK's order.

    Raises
    ------
    InvalidSeriesError : the files are not one volume.
    """
    facts = []
    for path in paths:
        with open_source(path) as source:
            facts.append(read_facts(scan(source)))
    order, _ = order_instances(facts, [str(path) for path in paths])
    slices = [0] * len(paths)
    for slice_index, index in enumerate(order):
        slices[index] = slice_index
    return tuple(slices)


def require_slices(paths: Sequence[Path], count: int) -> tuple[int, ...]:
    """Return each file's slice of a volume of ``count`` slices.

    Raises
    ------
    InvalidSeriesError : the volume has another number of slices than there are files.
    """
    if len(paths) != count:
        msg = "the mask has another number of slices than the folder has instances"
        raise InvalidSeriesError(msg, field="slices", expected=len(paths), found=count)
    return order_files(paths)


def target_of(source: Path, root: Path, output: Path | None, ending: str) -> Path:
    """Return where a file's result goes: beside it with an ending, or below ``output``.

    Parameters
    ----------
    root : the file or folder that the command names.
    output : a file for a single input, or a folder; None is beside the input.
    """
    if root.is_dir():
        folder = output or root.with_name(root.name + ending)
        return folder / source.relative_to(root)
    if output is not None and not output.is_dir():
        return output
    folder = output or source.parent
    return folder / f"{source.stem}{ending}{source.suffix or '.dcm'}"


def run_jobs(work: Callable[[Job], Outcome], jobs: Sequence[Job], processes: int) -> Iterator[Outcome]:
    """Run the work on each job, in parallel, and yield outcomes as they come."""
    if processes <= 1 or len(jobs) <= 1:
        yield from map(work, jobs)
        return
    with ProcessPoolExecutor(min(processes, len(jobs))) as pool:
        yield from _as_they_come(pool, work, jobs)


def _as_they_come(pool: ProcessPoolExecutor, work: Callable[[Job], Outcome], jobs: Iterable[Job]) -> Iterator[Outcome]:
    futures = {pool.submit(work, job): job for job in jobs}
    for future in as_completed(futures):
        yield future.result()
