"""`list`: show the planes of files, or the series of a folder."""

import os
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.edit import guarded
from dicom_overlay.cli.folder_series import find_series
from dicom_overlay.cli.job import Job, Outcome, PlaneFacts
from dicom_overlay.cli.session import RunOptions, Session, open_session
from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan import tags
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.numbers import read_integer_string
from dicom_overlay.scan.text import decode_text
from dicom_overlay.storage import open_source


def list_planes(
    source: o.Source,
    *,
    by_series: Annotated[bool, typer.Option("--by-series", help="List a folder's series instead.")] = False,
    strict: o.Strict = False,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 0,
    dask: o.Dask = None,
) -> None:
    """List overlay planes, including embedded and out-of-range ones, and anything unusual."""
    options = RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict)
    with open_session("list", source, options) as session:
        if by_series:
            _list_series(session)
        else:
            session.show(session.read(_list_file, session.find(session.job)))


def _list_series(session: Session) -> None:
    for number, one in enumerate(find_series(session), 1):
        modality, series_number, description = _describe(one.images[0].path)
        sizes = sorted({(image.facts.rows or 0, image.facts.columns or 0) for image in one.images})
        with_planes = sum(bool(image.facts.overlay_groups) for image in one.images)
        folder = os.path.commonpath([os.path.dirname(image.path) or "." for image in one.images])
        # How people know it, what is in it, where it is.
        known = [
            modality,
            None if series_number is None else f"series {series_number}",
            f'"{description}"' if description else None,
            f"{len(one.images)} images of {', '.join(f'{rows}x{columns}' for rows, columns in sizes)}",
            f"{with_planes} with planes",
            f"in {folder}",
        ]
        record = {
            "type": "series",
            "number": number,
            "series_instance_uid": one.uid,
            "modality": modality,
            "series_number": series_number,
            "description": description,
            "folder": folder,
            "images": len(one.images),
            "sizes": sizes,
            "with_planes": with_planes,
        }
        session.report.say(f"{number}: {one.uid}: {', '.join(filter(None, known))}", record)
        session.report.count("listed", len(one.images))


def _list_file(job: Job) -> Outcome:
    """Return the planes of a file as an outcome."""

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


def _describe(path: str) -> tuple[str | None, int | None, str | None]:
    """Return Modality, Series Number and Series Description of a series, from one of its files; None if absent."""
    with open_source(path) as source:
        layout = scan(source, is_partial=True)
    description, _ = decode_text(
        layout.values.get(tags.SERIES_DESCRIPTION, b""), layout.text(tags.SPECIFIC_CHARACTER_SET)
    )
    number = read_integer_string(layout.values.get(tags.SERIES_NUMBER, b""))
    return layout.text(tags.MODALITY), number, description or None
