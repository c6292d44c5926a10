"""What `list` and `extract` read of each file, as values that cross between processes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dicom_overlay.errors import FileAccessError
from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.planes.plane import OverlayPlane, OverlayPlanes
from dicom_overlay.scan.layout import scan
from dicom_overlay.series.gather import FilePlanes
from dicom_overlay.series.order import InstanceFacts, read_facts
from dicom_overlay.storage import open_source

from .edit import guarded
from .job import Job, Outcome
from .masks.pictures import write_png

if TYPE_CHECKING:
    from dicom_overlay.notices import Notice

__all__ = ["Found", "ReadFacts", "ReadPlanes", "WritePictures"]


def _planes(path: str) -> OverlayPlanes:
    with open_source(path) as source:
        return decode_planes(scan(source, is_partial=True), source)


@dataclass(frozen=True, slots=True)
class WritePictures:
    """Write each plane of a file, frame by frame, as a PNG into the job's target, a folder."""

    labels: tuple[str, ...] = field(default=(), repr=False)
    groups: tuple[int, ...] = ()

    def __call__(self, job: Job) -> Outcome:
        """Write the file's planes."""
        return guarded(job.source, lambda: self._write(job), is_named=job.is_named)

    def _write(self, job: Job) -> Outcome:
        planes = _planes(job.source)
        wanted = [plane for plane in planes if self._is_wanted(plane)]
        folder = Path(job.target or "")
        notices: tuple[Notice, ...] = tuple(planes.notices)
        files: list[str] = []
        try:
            for plane in wanted:
                folder.mkdir(parents=True, exist_ok=True)
                files += map(str, write_png(plane, folder, Path(job.source).stem))
        except OSError as error:
            msg = "the picture cannot be written"
            raise FileAccessError(msg, reason=error.strerror or "unknown") from None
        notices += tuple(notice for plane in wanted for notice in plane.notices)
        return Outcome(source=job.source, kind="extracted", files=tuple(files), notices=notices)

    def _is_wanted(self, plane: OverlayPlane) -> bool:
        if not self.labels and not self.groups:
            return True
        return plane.label in self.labels or plane.group in self.groups


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
                facts = read_facts(scan(source, is_partial=True))
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
            with open_source(job.source) as source:
                layout = scan(source, is_partial=True)
                facts, planes = read_facts(layout), decode_planes(layout, source)
            file = FilePlanes(facts=facts, planes=tuple(planes), notices=tuple(planes.notices))
            found.append(Found(path=job.source, facts=facts, planes=file))
            return Outcome(source=job.source, kind="listed")

        outcome = guarded(job.source, read, is_named=job.is_named)
        return found[0] if found else outcome
