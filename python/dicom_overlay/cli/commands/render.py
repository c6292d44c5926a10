"""`render`: draw images with their planes burned in, for viewers that do not show planes."""

import os
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.edit import guarded, require_named
from dicom_overlay.cli.job import Job, Kind, Outcome
from dicom_overlay.cli.session import RunOptions, open_session
from dicom_overlay.cli.targets import require_outside
from dicom_overlay.edit.options import WriteOptions
from dicom_overlay.errors import FileAccessError
from dicom_overlay.masks.export import write_new


class Picture(StrEnum):
    """The form in which `render` writes pictures."""

    png = "png"
    capture = "capture"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Render:
    """Draws the frames of a file into the job's target, which is a folder."""

    form: Picture
    groups: tuple[int, ...] | None
    labels: tuple[str, ...] | None = field(repr=False)
    window: tuple[float, float] | None
    every: bool
    may_overwrite: bool
    series: WriteOptions

    def __call__(self, job: Job) -> Outcome:
        """Draw one file."""
        return guarded(job, lambda: self._draw(job))

    def _draw(self, job: Job) -> Outcome:
        from dicom_overlay.render.rendering import render_dicom_overlays  # noqa: PLC0415 - pydicom is slow to import

        drawn = render_dicom_overlays(job.source, groups=self.groups, labels=self.labels, window=self.window)
        require_named(job, drawn.planes, groups=self.groups or (), labels=self.labels or ())
        frames = range(1, drawn.size[2] + 1) if self.every else drawn.marked
        name, suffix = Path(job.source).name, ".png" if self.form is Picture.png else "-capture.dcm"
        numbers = [f"-{frame:05d}" if drawn.size[2] > 1 else "" for frame in frames]
        paths = [Path(job.target or "", f"{name}{number}{suffix}") for number in numbers]
        made = (
            drawn.png(frame) if self.form is Picture.png else drawn.secondary_capture(frame, self.series)
            for frame in frames
        )
        files = tuple(map(str, write_new(paths, made, may_overwrite=self.may_overwrite)))
        kind: Kind = "rendered" if files else "no-plane"
        return Outcome(source=job.source, kind=kind, files=files, notices=drawn.notices)


def render(
    source: o.Source,
    output: Annotated[
        Path, typer.Option("--output", "-o", parser=o.read_path, metavar="PATH", help="Folder for the pictures.")
    ] = Path(),
    *,
    form: Annotated[
        Picture, typer.Option("--as", help="PNG files, or a series of Secondary Captures that every viewer shows.")
    ] = Picture.png,
    label: o.Labels = None,
    group: o.Groups = None,
    window: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="WIDTH CENTRE", help="Window for grey images. Default: the file's own."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Also draw images on which nothing is marked.")] = False,
    overwrite: o.Overwrite = False,
    strict: o.Strict = False,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 0,
    dask: o.Dask = None,
) -> None:
    """Draw images with their overlay planes in colour. The images stay as they are."""
    with open_session("render", source, RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict)) as session:
        if session.is_folder:
            require_outside(source, output)
        elif output.exists() and not output.is_dir():
            raise FileAccessError("pictures go into a folder, but the output is a file", reason="ENOTDIR")
        work = _Render(
            form=form,
            groups=None if group is None else tuple(map(o.read_group, group)),
            labels=None if label is None else tuple(label),
            window=window,
            every=every,
            may_overwrite=overwrite,
            series=WriteOptions(instance="derived"),
        )

        def job(path: str) -> Job:
            below = os.path.relpath(os.path.dirname(path), session.root) if session.is_folder else "."
            return Job(source=path, target=os.path.normpath(output / below), is_named=not session.is_folder)

        session.show(session.read(work, session.find(job)))
