"""`extract`: write planes as pictures, or as one mask of the whole series."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.edit import guarded, require_named
from dicom_overlay.cli.folder_series import choose_series, find_series
from dicom_overlay.cli.job import Job, Kind, Outcome
from dicom_overlay.cli.session import RunOptions, Session, open_session
from dicom_overlay.cli.targets import require_outside
from dicom_overlay.errors import FileAccessError, InvalidRequestError, PlaneNotFoundError
from dicom_overlay.masks.export import Target, export_volumes, write_pictures
from dicom_overlay.series.gather import FilePlanes, gather_volumes
from dicom_overlay.series.order import order_instances
from dicom_overlay.series_edit import read_file_planes


def _write_pictures(labels: tuple[str, ...], groups: tuple[int, ...], job: Job, *, may_overwrite: bool) -> Outcome:
    """Write the planes of a file, frame by frame, as PNGs into the job's target, which is a folder."""

    def write() -> Outcome:
        file = read_file_planes(job.source)
        require_named(job, file.planes, groups=groups, labels=labels)
        is_all = not labels and not groups
        wanted = [p for p in file.planes if is_all or p.label in labels or p.group in groups]
        paths, notices = write_pictures(
            file, wanted, Path(job.target or ""), Path(job.source).name, may_overwrite=may_overwrite
        )
        files = tuple(map(str, paths))
        kind: Kind = "extracted" if files else "no-plane"
        return Outcome(source=job.source, kind=kind, files=files, notices=(*file.notices, *notices))

    return guarded(job, write)


def _read_planes(job: Job) -> FilePlanes | Outcome:
    return guarded(job, lambda: read_file_planes(job.source))


def extract(
    source: o.Source,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", parser=o.read_path, metavar="PATH", help="Folder for the files, or the mask file."
        ),
    ] = Path(),
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
    """Write planes as PNG files, or the planes of a series as one labelled mask."""
    options = RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict)
    with open_session("extract", source, options) as session:
        if source.is_dir():
            require_outside(source, output)
        if form is not o.Form.png:
            if group:
                msg = "--group is for pictures; choose the planes of a series with --label"
                raise InvalidRequestError(msg, field="group")
            target = Target.of(output, form.value, may_overwrite=overwrite)
            _extract_series(session, form, target, tuple(label or ()), series)
            return
        if output.exists() and not output.is_dir():
            msg = "pictures go into a folder, but the output is a file"
            raise FileAccessError(msg, reason="ENOTDIR")
        groups = tuple(map(o.read_group, group or ()))
        work = partial(_write_pictures, tuple(label or ()), groups, may_overwrite=overwrite)
        session.show(session.read(work, _picture_jobs(session, output, series)))


def _picture_jobs(session: Session, output: Path, series: str | None) -> Iterator[Job | Outcome]:
    """Make a job for each file, or for each file of the chosen series."""

    def job(path: str) -> Job:
        below = Path(path).relative_to(session.root).parent if session.is_folder else Path()
        return Job(source=path, target=str(output / below), is_named=not session.is_folder)

    if series is None:
        return session.find(job)
    return map(job, (image.path for image in choose_series(find_series(session), series).images))


def _extract_series(
    session: Session, form: o.Form, target: Target, labels: tuple[str, ...], wanted: str | None
) -> None:
    images = choose_series(find_series(session), wanted).images
    order, notices = order_instances([image.facts for image in images], [image.path for image in images])
    session.tell(notices)
    files: list[tuple[str, FilePlanes]] = []
    for index, file in zip(
        order, session.read(_read_planes, (session.job(images[i].path) for i in order)), strict=True
    ):
        if isinstance(file, Outcome):
            session.report.add(file)
        else:
            files.append((images[index].path, file))
    volumes, notices = gather_volumes((file for _, file in files), labels=labels or None)
    session.tell(notices)
    session.tell(notice for volume in volumes for notice in volume.notices)
    if not volumes and not labels:
        msg = "no overlay plane was found"
        raise PlaneNotFoundError(msg)
    found = {volume.label for volume in volumes}
    for index, label in enumerate(labels):
        if label not in found:
            msg = "no image of the series has an overlay plane with this label"
            raise PlaneNotFoundError(msg, field="labels", index=index)
    facts, paths = [file.facts for _, file in files], [path for path, _ in files]
    written, notices = export_volumes(volumes, facts, paths, form.value, target)
    session.tell(notices)
    for path in written:
        session.report.add(Outcome(source=str(session.root), kind="extracted", files=(str(path),)))
