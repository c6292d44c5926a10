"""What `write` and `remove` do to each file, as values that cross between processes."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dicom_overlay.edit.groups import groups_of_label
from dicom_overlay.edit.layer import LayerEdit
from dicom_overlay.edit.plan import EditPlan, plan_remove
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source

from .job import Job

if TYPE_CHECKING:
    from collections.abc import Sequence


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveEdit:
    """Remove planes by group or label, or all of them.

    A file that was named must have what is to be removed; files of a folder without it stay as they are.
    """

    groups: tuple[int, ...] | None = None
    labels: tuple[str, ...] | None = field(default=None, repr=False)
    embedded: bool = False
    strict: bool = False

    @property
    def kind(self) -> Literal["removed"]:
        """What the outcome calls it."""
        return "removed"

    @property
    def leaves_others(self) -> bool:
        """Whether a file without planes to write stays as it is; a removal has none."""
        return False

    def plan(self, job: Job, layout: Layout, source: Source) -> EditPlan:
        """Plan one file's edit."""
        groups: Sequence[int] | None = self.groups
        labels: Sequence[str] | None = self.labels
        if not job.is_named and (groups is not None or labels is not None):
            present = layout.elements.overlay_groups()
            groups = [group for group in groups or () if group in present]
            labels = [label for label in labels or () if groups_of_label(layout, label)]
        return plan_remove(layout, source, groups=groups, labels=labels, embedded=self.embedded)
