"""`list`: which planes files have, or which series a folder has."""

from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.folder_series import find_series
from dicom_overlay.cli.listing import list_file
from dicom_overlay.cli.readers import ReadFacts
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
    """List overlay planes: also embedded and out-of-range ones, and what is unusual."""
    options = RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict)
    with open_session("list", source, options) as session:
        if by_series:
            _list_series(session)
        else:
            session.show(session.read(list_file, session.find(session.job)))


def _list_series(session: Session) -> None:
    for number, one in enumerate(find_series(session, ReadFacts()), 1):
        sizes = sorted({(facts.rows or 0, facts.columns or 0) for facts in one.facts})
        size = ", ".join(f"{rows}x{columns}" for rows, columns in sizes)
        with_planes = sum(bool(facts.overlay_groups) for facts in one.facts)
        text = f"{number}: {one.uid}: {len(one.files)} images of {size}, {with_planes} with planes"
        record = {
            "type": "series",
            "number": number,
            "series_instance_uid": one.uid,
            "images": len(one.files),
            "sizes": [list(size) for size in sizes],
            "with_planes": with_planes,
        }
        session.report.say(text, record)
        session.report.count("listed", len(one.files))
