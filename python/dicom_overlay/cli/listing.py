"""What `list` says of a file and of a series."""

from typing import NamedTuple

from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan import tags
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.numbers import read_integer_string
from dicom_overlay.scan.text import decode_text
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

    return guarded(job, read)


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


class SeriesWords(NamedTuple):
    """How people know a series: Modality, Series Number and Series Description; None where absent."""

    modality: str | None
    number: int | None
    description: str | None


def describe_series(path: str) -> SeriesWords:
    """Take a series' description from one of its files."""
    with open_source(path) as source:
        layout = scan(source, is_partial=True)
    description, _ = decode_text(
        layout.values.get(tags.SERIES_DESCRIPTION, b""), layout.text(tags.SPECIFIC_CHARACTER_SET)
    )
    return SeriesWords(
        modality=layout.text(tags.MODALITY),
        number=read_integer_string(layout.values.get(tags.SERIES_NUMBER, b"")),
        description=description or None,
    )
