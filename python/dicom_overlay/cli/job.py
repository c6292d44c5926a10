"""One file of a command, and its outcome: plain values that are passed between processes.

They are tuples, because there can be a million of them, and tuples are pickled ten times faster than dataclasses.
"""

from typing import Literal, NamedTuple

from dicom_overlay.errors import ErrorRecord, OverlayError
from dicom_overlay.notices import Notice
from dicom_overlay.planes.plane import OverlayPlane

Kind = Literal[
    "written",
    "removed",
    "unchanged",
    "skipped",
    "listed",
    "extracted",
    "rendered",
    "no-plane",
    "planned",
    "passed-over",
    "failed",
]

IfThere = Literal["refuse", "overwrite", "skip"]
"""What happens if the target already exists."""


class Job(NamedTuple):
    """One file of a command.

    Attributes
    ----------
    source : the file to read.
    target : the file to write; None if the source is edited in place, or if nothing is written.
    if_there : what happens if the target exists.
    is_named : the user named the file; a file that was only found in a folder may not be DICOM.
    planes : the planes to write, if they differ from file to file; empty if the mask does not reach the file.
    before : the file to be written, as it was when the job was made: inode, size in bytes, modification time in ns; None if
        it did not exist.
    """

    source: str
    target: str | None = None
    if_there: IfThere = "refuse"
    is_named: bool = False
    planes: tuple[OverlayPlane, ...] | None = None
    before: tuple[int, int, int] | None = None


class PlaneFacts(NamedTuple):
    """What `list` says about a plane.

    Attributes
    ----------
    pixels_set : total of all frames.
    """

    group: int
    label: str | None
    description: str | None
    overlay_type: str
    subtype: str | None
    rows: int
    columns: int
    origin: tuple[int, int]
    number_of_frames: int | None
    image_frame_origin: int | None
    pixels_set: int
    embedded: bool
    notices: tuple[Notice, ...]


class Outcome(NamedTuple):
    """The outcome for a file.

    Attributes
    ----------
    source : the file.
    kind : "passed-over" means that it is in a folder and is not DICOM, or is not a file; "skipped" that its result already
        existed; "no-plane" that there was nothing to extract or to render.
    target : the file written, if any.
    groups : the groups written or removed.
    labels : of the planes written or to be written; None for a plane without a label.
    notices : about the file or the edit.
    planes : the planes that `list` found.
    files : the files that `extract` or `render` wrote.
    sop_instance_uid : of a derived instance.
    error : why the file failed; else None.
    """

    source: str
    kind: Kind
    target: str | None = None
    groups: tuple[int, ...] = ()
    labels: tuple[str | None, ...] = ()
    notices: tuple[Notice, ...] = ()
    planes: tuple[PlaneFacts, ...] = ()
    files: tuple[str, ...] = ()
    sop_instance_uid: str | None = None
    error: ErrorRecord | None = None


def failed(source: str, error: OverlayError) -> Outcome:
    """Return the outcome of a file that failed with an error."""
    return Outcome(source=source, kind="failed", error=error.as_record())


def lost(job: Job | Outcome) -> Outcome:
    """Return the outcome of a file for which two workers ended without an answer."""
    message = "the process for this file ended twice, perhaps because memory ran out; the file is either unchanged or complete"
    return Outcome(source=job.source, kind="failed", error={"code": "worker-died", "message": message, "detail": {}})
