"""Plan one image of a series onto which layers are written: its new planes, and the planes of earlier runs to remove."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dicom_overlay.planes.frames import Frames
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source

from .groups import stale_groups
from .options import Existing, WriteOptions, require_requests
from .plan import EditPlan, plan_write


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerEdit:
    """How layers are written onto the images of a series; the same for all of them.

    Attributes
    ----------
    labels : of all layers that are written, even if some images get no plane of them; None is a layer without a label.
    existing : what happens to existing planes.
    group : of the only layer; None takes the first free group.
    frames : the frames of a multi-frame image onto which planes of one frame are written.
    options : how each image is written.
    """

    labels: tuple[str | None, ...] = field(default=(), repr=False)
    existing: Existing = "refuse"
    group: int | None = None
    frames: Frames = None
    options: WriteOptions = field(default_factory=WriteOptions)

    @property
    def leaves_others(self) -> bool:
        """Whether an image without planes stays as it is, so that it does not have to be read."""
        return self.existing == "refuse" and self.options.instance == "keep"

    def plan(self, planes: Sequence[OverlayPlane], layout: Layout, source: Source) -> EditPlan:
        """Plan one image's edit, after which the image has exactly the given planes of these layers."""
        missing = [label for label in self.labels if label not in {plane.label for plane in planes}]
        stale = stale_groups(layout, missing, self.existing, self.group)
        frames = [self.frames] * len(planes)
        requests = require_requests(planes, self.existing, frames) if planes else ()
        return plan_write(layout, requests, self.options, source, cleared=stale)
