"""`write`: a mask onto files, as overlay planes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.edits import PlaneText, WriteEdit
from dicom_overlay.cli.folder_series import FolderSeries, choose_series, find_series
from dicom_overlay.cli.job import Job, Outcome
from dicom_overlay.cli.masks.mask import Label, Mask, choose_labels
from dicom_overlay.cli.masks.names import read_names
from dicom_overlay.cli.masks.open import MaskFolder, open_mask
from dicom_overlay.cli.readers import ReadFacts
from dicom_overlay.cli.session import RunOptions, Session, open_session
from dicom_overlay.cli.targets import Targets
from dicom_overlay.edit.options import WriteOptions
from dicom_overlay.errors import InvalidRequestError
from dicom_overlay.planes.packing import pack_mask
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.planes.rules import MAX_PLANES

__all__ = ["write"]

_SMALL_CHUNK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    """What the command line says of the mask and its planes."""

    mask: Path
    labels: tuple[str, ...] = field(repr=False)
    names: dict[int, str] = field(repr=False)
    threshold: float | None
    nearest: bool
    skip_empty: bool
    series: str | None


def write(
    source: o.Source,
    mask: Annotated[Path, typer.Argument(help="PNG, .npy, NIfTI, NRRD, MHA, DICOM SEG, or a folder.")],
    output: o.Output = None,
    *,
    in_place: o.InPlace = False,
    overwrite: o.Overwrite = False,
    skip_existing: o.SkipExisting = False,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", "-l", help="Choose a label: NAME, VALUE or VALUE=NAME; names the only one."),
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="Names of label values: JSON, or ITK-SNAP's list.")] = None,
    existing: Annotated[
        o.ExistingRule, typer.Option(help="Planes that are there: refuse, or replace by group or label.")
    ] = o.ExistingRule.refuse,
    group: Annotated[str | None, typer.Option("--group", "-g", help="Group in hex; else the first free one.")] = None,
    description: Annotated[str | None, typer.Option(help="Overlay Description.")] = None,
    overlay_type: Annotated[str, typer.Option("--type", help="G (graphics) or R (region of interest).")] = "G",
    subtype: Annotated[str | None, typer.Option(help="USER, AUTOMATED or another term.")] = None,
    frames: Annotated[str | None, typer.Option(help="all, a frame, or FIRST-LAST, from 1.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Probabilities: set at this value and above.")] = None,
    resample: Annotated[
        str | None, typer.Option(help="nearest: take the nearest voxel where the mask's grid does not fit.")
    ] = None,
    skip_empty: Annotated[bool, typer.Option("--skip-empty", help="No plane where nothing is set.")] = False,
    series: o.Series = None,
    derived: o.Derived = False,
    dry_run: o.DryRun = False,
    strict: o.Strict = False,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 0,
    dask: o.Dask = None,
) -> None:
    """Write a mask as overlay planes; no other byte changes.

    A volume is laid onto the series by its position in space.
    """
    run_options = RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict, dry=dry_run)
    with open_session("write", source, run_options) as session:
        if resample not in {None, "nearest"}:
            msg = "masks are resampled by nearest, or not at all"
            raise InvalidRequestError(msg, field="resample")
        edit = WriteEdit(
            text=PlaneText(
                group=None if group is None else o.read_group(group),
                overlay_type=overlay_type,
                subtype=subtype,
                label=label[0] if label and len(label) == 1 else None,
                description=description,
            ),
            frames=o.read_frames(frames),
            existing=existing.value,
            options=WriteOptions(instance="derived" if derived else "keep"),
            strict=strict,
        )
        wishes = _Wishes(
            mask=mask,
            labels=tuple(label or ()),
            names=read_names(labels) if labels else {},
            threshold=threshold,
            nearest=resample is not None,
            skip_empty=skip_empty,
            series=series,
        )
        if_there = o.read_if_there(overwrite=overwrite, skip_existing=skip_existing)
        targets = Targets(root=source, output=output, in_place=in_place, if_there=if_there)
        _write(session, targets, edit, wishes)


def _write(session: Session, targets: Targets, edit: WriteEdit, wishes: _Wishes) -> None:
    opened = open_mask(targets.root, wishes.mask, wishes.names, wishes.threshold)
    if isinstance(opened, MaskFolder):
        ready = replace(edit, folder=str(opened.folder))
        session.edit(ready, session.find(targets.job))
    elif isinstance(opened, np.ndarray):
        if len(wishes.labels) > 1:
            msg = "one picture makes one plane; give one --label"
            raise InvalidRequestError(msg, field="label")
        session.edit(replace(edit, pixels=pack_mask(opened)), session.find(targets.job))
    else:
        _write_volume(session, targets, edit, wishes, mask=opened)


# A volume onto a series.


def _write_volume(session: Session, targets: Targets, edit: WriteEdit, wishes: _Wishes, *, mask: Mask) -> None:
    if session.options.dry:
        for known in (label for label in mask.labels if label.value is not None):
            name = "" if known.name is None else f' "{known.name}"'
            session.report.say(
                f"label {known.value}{name}", {"type": "label", "value": known.value, "name": known.name}
            )
    labels = choose_labels(mask.labels, wishes.labels, MAX_PLANES)
    if edit.text.group is not None and len(labels) > 1:
        msg = "--group is for one label; several take the first free groups"
        raise InvalidRequestError(msg, field="group")
    chosen = choose_series(find_series(session, ReadFacts()), wishes.series)
    session.tell(mask.place(chosen.facts, chosen.paths, labels, nearest=wishes.nearest))
    made = _volume_jobs(targets, edit.text, chosen, mask, labels, skip_empty=wishes.skip_empty)
    session.edit(edit, made, chunk=_SMALL_CHUNK)


def _plane_label(label: Label) -> str | None:
    """Return a label's name as LO holds it: at most 64 characters, no backslash (PS3.5 section 6.2)."""
    return label.name[:64].replace("\\", "/") if label.name else None


def _volume_jobs(
    targets: Targets,
    text: PlaneText,
    series: FolderSeries,
    mask: Mask,
    labels: Sequence[Label],
    *,
    skip_empty: bool,
) -> Iterator[Job | Outcome]:
    """Make each file's job with its planes, when its turn comes."""
    for index, file in enumerate(series.files):
        planes = [
            OverlayPlane(
                rows=file.facts.rows or 0,
                columns=file.facts.columns or 0,
                packed=packed,
                number_of_frames=file.facts.number_of_frames if file.facts.number_of_frames > 1 else None,
                group=text.group,
                overlay_type=text.overlay_type,
                subtype=text.subtype,
                label=_plane_label(label),
                description=text.description,
            )
            for label, packed in zip(labels, mask.cut(index), strict=True)
            if packed is not None and not (skip_empty and not any(packed))
        ]
        job = targets.job(file.path)
        yield Job(
            source=job.source,
            target=job.target,
            if_there=job.if_there,
            is_named=True,
            planes=tuple(planes),
            before=job.before,
        )
