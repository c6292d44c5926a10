"""`list`: which planes files have, or which series a folder has."""

import os
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.folder_series import FolderSeries, find_series
from dicom_overlay.cli.listing import describe_series, list_file
from dicom_overlay.cli.readers import ReadFacts
from dicom_overlay.cli.records import SeriesRecord
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
        record = _series_record(number, one)
        session.report.say(_series_line(record), record)
        session.report.count("listed", len(one.files))


def _series_record(number: int, series: FolderSeries) -> SeriesRecord:
    words = describe_series(series.paths[0])
    return {
        "type": "series",
        "number": number,
        "series_instance_uid": series.uid,
        "modality": words.modality,
        "series_number": words.number,
        "description": words.description,
        "folder": os.path.commonpath([os.path.dirname(path) or "." for path in series.paths]),
        "images": len(series.files),
        "sizes": [list(size) for size in sorted({(facts.rows or 0, facts.columns or 0) for facts in series.facts})],
        "with_planes": sum(bool(facts.overlay_groups) for facts in series.facts),
    }


def _series_line(record: SeriesRecord) -> str:
    """Return the series in one line: what people know it by, what is in it, where it is."""
    size = ", ".join(f"{rows}x{columns}" for rows, columns in record["sizes"])
    known = [
        record["modality"],
        None if record["series_number"] is None else f"series {record['series_number']}",
        f'"{record["description"]}"' if record["description"] else None,
        f"{record['images']} images of {size}",
        f"{record['with_planes']} with planes",
        f"in {record['folder']}",
    ]
    return f"{record['number']}: {record['series_instance_uid']}: {', '.join(filter(None, known))}"
