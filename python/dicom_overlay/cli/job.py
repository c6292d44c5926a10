"""One file of a command, and what became of it: plain values that cross between processes.

Tuples, because a process packs and unpacks these ten times faster than dataclasses, and there are a million of them.
"""

from typing import Literal, NamedTuple

from dicom_overlay.errors import ErrorRecord, OverlayError
from dicom_overlay.notices import Notice
from dicom_overlay.planes.plane import OverlayPlane

Kind = Literal[
    "written", "removed", "unchanged", "skipped", "listed", "extracted", "rendered", "planned", "passed-over", "failed"
]

IfThere = Literal["refuse", "overwrite", "skip"]
"""What happens where there is a file at the target already."""


class Job(NamedTuple):
    """One file of a command.

    Attributes
    ----------
    source : the file to read.
    target : the file to write; None for in place, or where nothing is written.
    if_there : what happens where the target exists.
    is_named : the user named the file; one that was only found in a folder may be no DICOM file.
    planes : what to write, where that differs from file to file; empty where the mask does not reach the file.
    before : what the file that is written was when the job was made: inode, size in bytes, time of modification in ns;
        None where there was none.
    """

    source: str
    target: str | None = None
    if_there: IfThere = "refuse"
    is_named: bool = False
    planes: tuple[OverlayPlane, ...] | None = None
    before: tuple[int, int, int] | None = None


class PlaneFacts(NamedTuple):
    """What `list` says of a plane.

    Attributes
    ----------
    pixels_set : in all frames together.
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
    """What became of a file.

    Attributes
    ----------
    source : the file.
    kind : "passed-over" is a file of a folder that is not DICOM, or something that is not a file; "skipped" one whose
        result was there.
    target : the file written, if any.
    groups : written or removed.
    labels : of the planes that would be written; None where a plane has none.
    notices : of the file or the edit.
    planes : what `list` found.
    files : what `extract` or `render` wrote.
    sop_instance_uid : of a derived instance.
    error : where it failed.
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
    """Return the outcome of a file that ended in an error."""
    return Outcome(source=source, kind="failed", error=error.as_record())


def lost(job: Job | Outcome) -> Outcome:
    """Return the outcome of a file with which two workers ended without an answer."""
    message = "the process that had this file ended twice, possibly because memory ran out; the file is either unchanged or complete"
    return Outcome(source=job.source, kind="failed", error={"code": "worker-died", "message": message, "detail": {}})
