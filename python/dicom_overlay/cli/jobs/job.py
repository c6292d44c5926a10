"""One file of a command, and what became of it: plain values that cross between processes.

Tuples, because a process packs and unpacks these ten times faster than dataclasses, and there are a million of them.
"""

from typing import Literal, NamedTuple

from dicom_overlay.errors import ErrorRecord, OverlayError
from dicom_overlay.notices import Notice
from dicom_overlay.planes.plane import OverlayPlane

__all__ = ["Job", "Kind", "Outcome", "PlaneFacts", "failed"]

Kind = Literal["written", "removed", "unchanged", "listed", "extracted", "planned", "undone", "passed-over", "failed"]


class Job(NamedTuple):
    """One file of a command.

    Attributes
    ----------
    source : the file to read.
    target : the file to write; None for in place, or where nothing is written.
    may_overwrite : a target that exists is replaced.
    is_named : the user named the file; one that was only found in a folder may be no DICOM file.
    planes : what to write, where that differs from file to file; empty where the mask does not reach the file.
    """

    source: str
    target: str | None = None
    may_overwrite: bool = False
    is_named: bool = False
    planes: tuple[OverlayPlane, ...] | None = None


class PlaneFacts(NamedTuple):
    """What `list` says of a plane."""

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
    embedded: bool
    notices: tuple[Notice, ...]


class Outcome(NamedTuple):
    """What became of a file.

    Attributes
    ----------
    source : the file.
    kind : "passed-over" is a file of a folder that is not DICOM, or something that is no file.
    target : the file written, if any.
    groups : written or removed.
    notices : of the file or the edit.
    planes : what `list` found.
    files : what `extract` wrote.
    sop_instance_uid : of a derived instance.
    error : where it failed.
    after : size in bytes and time of modification in ns of what was written; for the journal.
    """

    source: str
    kind: Kind
    target: str | None = None
    groups: tuple[int, ...] = ()
    notices: tuple[Notice, ...] = ()
    planes: tuple[PlaneFacts, ...] = ()
    files: tuple[str, ...] = ()
    sop_instance_uid: str | None = None
    error: ErrorRecord | None = None
    after: tuple[int, int] | None = None


def failed(source: str, error: OverlayError) -> Outcome:
    """Return the outcome of a file that ended in an error."""
    return Outcome(source=source, kind="failed", error=error.as_record())
