"""What `list` says of each file."""

from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan.layout import scan
from dicom_overlay.storage import open_source

from .edit import guarded
from .job import Job, Outcome, PlaneFacts


def list_file(job: Job) -> Outcome:
    """Say what planes a file has."""

    def read() -> Outcome:
        with open_source(job.source) as source:
            planes = decode_planes(scan(source, is_partial=True), source)
        return Outcome(
            source=job.source, kind="listed", planes=tuple(map(_facts_of, planes)), notices=tuple(planes.notices)
        )

    return guarded(job.source, read, is_named=job.is_named)


def _facts_of(plane: OverlayPlane) -> PlaneFacts:
    return PlaneFacts(
        group=plane.group or 0,
        label=plane.label,
        description=plane.description,
        overlay_type=plane.overlay_type,
        subtype=plane.subtype,
        rows=plane.rows,
        columns=plane.columns,
        origin=plane.origin,
        number_of_frames=plane.number_of_frames,
        image_frame_origin=plane.image_frame_origin,
        pixels_set=int.from_bytes(plane.packed, "little").bit_count(),
        embedded=plane.embedded,
        notices=plane.notices,
    )
