"""What `list` and `extract` read of each file, as values that cross between processes."""

from dataclasses import dataclass, field
from pathlib import Path

from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan.layout import scan
from dicom_overlay.series.gather import FilePlanes
from dicom_overlay.series.order import InstanceFacts, read_facts
from dicom_overlay.storage import open_source

from .edit import guarded
from .job import Job, Outcome

__all__ = ["Found", "ReadFacts", "ReadPlanes", "WritePictures"]


@dataclass(frozen=True, slots=True)
class WritePictures:
    """Write the planes of a file, frame by frame, as PNGs into the job's target, a folder."""

    labels: tuple[str, ...] = field(default=(), repr=False)
    groups: tuple[int, ...] = ()
    may_overwrite: bool = False

    def __call__(self, job: Job) -> Outcome:
        """Write the file's planes."""
        return guarded(job.source, lambda: self._write(job), is_named=job.is_named)

    def _write(self, job: Job) -> Outcome:
        from dicom_overlay.masks.export import write_pictures  # noqa: PLC0415 - numpy, which the other commands do not need

        file = _read_planes(job.source)
        wanted = [plane for plane in file.planes if self._is_wanted(plane)]
        paths, notices = write_pictures(
            file, wanted, Path(job.target or ""), Path(job.source).name, may_overwrite=self.may_overwrite
        )
        files = tuple(map(str, paths))
        return Outcome(source=job.source, kind="extracted", files=files, notices=(*file.notices, *notices))

    def _is_wanted(self, plane: OverlayPlane) -> bool:
        if not self.labels and not self.groups:
            return True
        return plane.label in self.labels or plane.group in self.groups


def _read_planes(path: str) -> FilePlanes:
    with open_source(path) as source:
        layout = scan(source, is_partial=True)
        facts, planes = read_facts(layout, source), decode_planes(layout, source)
    return FilePlanes(facts=facts, planes=tuple(planes), notices=tuple(planes.notices))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of a series: its header's facts and, where they were asked for, its planes."""

    path: str
    facts: InstanceFacts
    planes: FilePlanes | None = None


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """Read what a header says of a file's place in its series."""

    def __call__(self, job: Job) -> Found | Outcome:
        """Read the header."""
        found: list[Found] = []

        def read() -> Outcome:
            with open_source(job.source) as source:
                facts = read_facts(scan(source, is_partial=True), source)
            found.append(Found(path=job.source, facts=facts))
            return Outcome(source=job.source, kind="listed")

        outcome = guarded(job.source, read, is_named=job.is_named)
        return found[0] if found else outcome


@dataclass(frozen=True, slots=True)
class ReadPlanes:
    """Read a file's facts and planes."""

    def __call__(self, job: Job) -> Found | Outcome:
        """Read the file."""
        found: list[Found] = []

        def read() -> Outcome:
            file = _read_planes(job.source)
            found.append(Found(path=job.source, facts=file.facts, planes=file))
            return Outcome(source=job.source, kind="listed")

        outcome = guarded(job.source, read, is_named=job.is_named)
        return found[0] if found else outcome
