"""What `write` does to each file, as a value that crosses between processes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dicom_overlay.edit.options import Existing, WriteOptions, require_requests
from dicom_overlay.edit.plan import EditPlan, plan_write
from dicom_overlay.errors import InvalidMaskError
from dicom_overlay.planes.frames import Frames
from dicom_overlay.planes.packing import PackedPixels, pack_mask
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan.layout import Layout, image_size
from dicom_overlay.scan.source import Source

from .job import Job
from .masks.pictures import PICTURE_SUFFIXES, read_picture

__all__ = ["PlaneText", "WriteEdit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneText:
    """What a plane is called, and where it goes; see `OverlayPlane`."""

    group: int | None = None
    overlay_type: str = "G"
    subtype: str | None = None
    label: str | None = field(default=None, repr=False)
    description: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEdit:
    """Write planes.

    Attributes
    ----------
    pixels : one mask for all files, or None where jobs bring their planes.
    folder : of masks, one with each file's name; or None.
    text, frames : of that mask's plane.
    existing : what happens to planes that are there.
    options : how it is written.
    strict : the first notice is an error.
    """

    pixels: PackedPixels | None = None
    folder: str | None = None
    text: PlaneText = PlaneText()
    frames: Frames = None
    existing: Existing = "refuse"
    options: WriteOptions = field(default_factory=WriteOptions)
    strict: bool = False

    @property
    def kind(self) -> Literal["written"]:
        """What the outcome calls it."""
        return "written"

    def plan(self, job: Job, layout: Layout, source: Source) -> EditPlan:
        """Plan one file's edit."""
        if job.planes is not None:
            return plan_write(layout, require_requests(job.planes, self.existing), self.options, source)
        pixels = self.pixels or pack_mask(read_picture(self._mask_for(job.source)))
        plane = self._plane(pixels, layout)
        return plan_write(layout, require_requests([plane], self.existing, [self.frames]), self.options, source)

    def _mask_for(self, source: str) -> Path:
        stem = Path(source).stem
        for suffix in PICTURE_SUFFIXES:
            candidate = Path(self.folder or "", stem + suffix)
            if candidate.exists():
                return candidate
        msg = "the folder of masks has none with this file's name"
        raise InvalidMaskError(msg, expected="png, npy")

    def _plane(self, pixels: PackedPixels, layout: Layout) -> OverlayPlane:
        rows, columns, _ = image_size(layout)
        if (pixels.rows, pixels.columns) != (rows, columns):
            msg = "the mask has other rows and columns than the image"
            raise InvalidMaskError(msg, expected=[rows, columns], found=[pixels.rows, pixels.columns])
        return OverlayPlane(
            rows=rows,
            columns=columns,
            packed=pixels.packed,
            number_of_frames=pixels.frames,
            group=self.text.group,
            overlay_type=self.text.overlay_type,
            subtype=self.text.subtype,
            label=self.text.label,
            description=self.text.description,
        )
