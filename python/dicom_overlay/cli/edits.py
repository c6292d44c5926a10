"""What `write` does to each file, as a value that crosses between processes."""

from dataclasses import dataclass
from typing import Literal

from dicom_overlay.edit.layer import LayerEdit
from dicom_overlay.edit.plan import EditPlan
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source

from .job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEdit:
    """Write layers onto a series.

    Attributes
    ----------
    layers : how each image is edited.
    strict : the first notice is an error.
    """

    layers: LayerEdit
    strict: bool = False

    @property
    def kind(self) -> Literal["written"]:
        """What the outcome calls it."""
        return "written"

    @property
    def leaves_others(self) -> bool:
        """Whether a file without planes stays as it is, so that it need not be read."""
        return self.layers.leaves_others

    def plan(self, job: Job, layout: Layout, source: Source) -> EditPlan:
        """Plan one file's edit."""
        return self.layers.plan(job.planes or (), layout, source)
