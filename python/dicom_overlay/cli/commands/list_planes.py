"""`list`: which planes files have, or which series a folder has."""

import os
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.folder_series import find_series
from dicom_overlay.cli.listing import describe_series, list_file
from dicom_overlay.cli.session import RunOptions, Session, open_session


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
            session.show(session.read(list_file, session.find(session.job)))


def _list_series(session: Session) -> None:
    for number, one in enumerate(find_series(session), 1):
        words = describe_series(one.images[0].path)
        sizes = sorted({(image.facts.rows or 0, image.facts.columns or 0) for image in one.images})
        with_planes = sum(bool(image.facts.overlay_groups) for image in one.images)
        folder = os.path.commonpath([os.path.dirname(image.path) or "." for image in one.images])
        # What people know it by, what is in it, where it is.
        known = [
            words.modality,
            None if words.number is None else f"series {words.number}",
            f'"{words.description}"' if words.description else None,
            f"{len(one.images)} images of {', '.join(f'{rows}x{columns}' for rows, columns in sizes)}",
            f"{with_planes} with planes",
            f"in {folder}",
        ]
        record = {
            "type": "series",
            "number": number,
            "series_instance_uid": one.uid,
            "modality": words.modality,
            "series_number": words.number,
            "description": words.description,
            "folder": folder,
            "images": len(one.images),
            "sizes": sizes,
            "with_planes": with_planes,
        }
        session.report.say(f"{number}: {one.uid}: {', '.join(filter(None, known))}", record)
        session.report.count("listed", len(one.images))
