"""`extract`: planes as pictures, or as a mask of the whole series."""

from pathlib import Path
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.folder_series import choose_series, find_series
from dicom_overlay.cli.job import Job, Outcome
from dicom_overlay.cli.masks.export import export_volumes
from dicom_overlay.cli.readers import ReadPlanes, WritePictures
from dicom_overlay.cli.session import RunOptions, Session, open_session
from dicom_overlay.errors import FileAccessError, InvalidRequestError, PlaneNotFoundError
from dicom_overlay.series.gather import gather_volumes
from dicom_overlay.series.order import order_instances

__all__ = ["extract"]


def extract(
    source: o.Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for what is written.")] = Path(),
    *,
    form: o.As = o.Form.png,
    label: o.Labels = None,
    group: o.Groups = None,
    series: o.Series = None,
    overwrite: o.Overwrite = False,
    strict: o.Strict = False,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 0,
    dask: o.Dask = None,
) -> None:
    """Write planes as PNG, or a series' planes as one labelled mask."""
    options = RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict)
    with open_session("extract", source, options) as session:
        if output.exists() and not output.is_dir():
            msg = "what is extracted goes into a folder; there is a file of that name"
            raise FileAccessError(msg, reason="ENOTDIR")
        if form is not o.Form.png:
            if group:
                msg = "--group chooses pictures; a series' planes are chosen with --label"
                raise InvalidRequestError(msg, field="group")
            _extract_series(session, form, output, tuple(label or ()), series, overwrite=overwrite)
            return

        def job(path: str) -> Job:
            below = Path(path).relative_to(source).parent if source.is_dir() else Path()
            return Job(source=path, target=str(output / below), is_named=not source.is_dir())

        work = WritePictures(tuple(label or ()), tuple(map(o.read_group, group or ())))
        session.show(session.read(work, session.find(job)))


def _extract_series(
    session: Session, form: o.Form, output: Path, labels: tuple[str, ...], wanted: str | None, *, overwrite: bool
) -> None:
    chosen = choose_series(find_series(session, ReadPlanes()), wanted)
    order, notices = order_instances(chosen.facts, chosen.paths)
    session.tell(notices)
    files = [chosen.files[index] for index in order]
    volumes, notices = gather_volumes((file.planes for file in files if file.planes), labels=labels or None)
    session.tell(notices)
    session.tell(notice for volume in volumes for notice in volume.notices)
    if not volumes:
        msg = "no overlay plane was found" + (" with these labels" if labels else "")
        raise PlaneNotFoundError(msg, field="labels")
    written, notices = export_volumes(volumes, files, form.value, output, may_overwrite=overwrite)
    session.tell(notices)
    for path in written:
        outcome = Outcome(source=str(session.root), kind="extracted", files=(str(path),))
        session.report.add(outcome)
