"""`write`: write a mask onto files, as overlay planes."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.edit import Edit
from dicom_overlay.cli.folder_series import choose_series, find_series
from dicom_overlay.cli.job import Job
from dicom_overlay.cli.run import LARGEST_CHUNK
from dicom_overlay.cli.session import RunOptions, Session, about, open_session
from dicom_overlay.cli.targets import Targets
from dicom_overlay.edit.layer import LayerEdit
from dicom_overlay.edit.plan import EditPlan
from dicom_overlay.errors import InvalidMaskError, InvalidRequestError
from dicom_overlay.masks.lay import Wishes
from dicom_overlay.masks.limits import DEFAULT_LIMIT
from dicom_overlay.masks.names import names_of
from dicom_overlay.masks.pictures import is_picture
from dicom_overlay.masks.read import open_mask
from dicom_overlay.masks.volume import LabelVolume
from dicom_overlay.masks.volumes import is_volume
from dicom_overlay.planes.packing import packed_size
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source
from dicom_overlay.series_edit import PlaneText, SeriesEdit, prepare_series, series_options

_MEGABYTE = 1024 * 1024
_CHUNK_BYTES = 4 * _MEGABYTE
"""Maximum bytes of planes that are sent to a process together."""


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
        typer.Option("--label", "-l", help="Label to write: NAME, VALUE or VALUE=NAME. Renames the mask's only label."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="File with the names of label values: JSON, or ITK-SNAP's label file.")
    ] = None,
    existing: Annotated[
        o.ExistingRule, typer.Option(help="Existing planes: refuse, or replace by group or label.")
    ] = o.ExistingRule.refuse,
    group: Annotated[
        str | None, typer.Option("--group", "-g", help="Group in hex. Default: the first free one.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="Overlay Description.")] = None,
    overlay_type: Annotated[str, typer.Option("--type", help="G (graphics) or R (region of interest).")] = "G",
    subtype: Annotated[str | None, typer.Option(help="USER, AUTOMATED or another term.")] = None,
    frames: Annotated[
        str | None, typer.Option(help="Frames for a picture: all, a number, or FIRST-LAST, counted from 1.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Set voxels at or above this value; for probabilities and grey pictures.")
    ] = None,
    resample: Annotated[
        str | None, typer.Option(help="nearest: take the nearest voxel if the grids do not match.")
    ] = None,
    every_image: Annotated[
        bool, typer.Option("--every-image", help="Write one picture onto every image of the series.")
    ] = False,
    skip_empty: Annotated[
        bool, typer.Option("--skip-empty", help="Do not write planes in which no pixel is set.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Largest size of the unpacked mask, in megabytes.")
    ] = DEFAULT_LIMIT // _MEGABYTE,
    series: o.Series = None,
    derived: o.Derived = False,
    dry_run: o.DryRun = False,
    strict: o.Strict = False,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 0,
    dask: o.Dask = None,
) -> None:
    """Write a mask as overlay planes. No other byte changes.

    If the mask file says where the mask lies, the mask is placed by position; if not, its slices follow the series' order.
    """
    run_options = RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict, dry=dry_run)
    with open_session("write", source, run_options) as session:
        if resample not in {None, "nearest"}:
            msg = "resample can only be nearest"
            raise InvalidRequestError(msg, field="resample")
        number, range_ = None if group is None else o.read_group(group), o.read_frames(frames)
        wishes = Wishes(
            labels=tuple(label or ()),
            names=names_of(labels),
            resample=resample,
            every_image=every_image,
            has_frames=range_ is not None,
        )
        if_there = o.read_if_there(overwrite=overwrite, skip_existing=skip_existing)
        targets = Targets(root=source, output=output, in_place=in_place, if_there=if_there)
        if is_volume(source) or is_picture(source):
            msg = "the first path is a mask; give the series first, then the mask"
            raise InvalidMaskError(msg, field="source", found=source.suffix.lower())
        with about(mask):
            opened = open_mask(mask, threshold=threshold, limit=limit * _MEGABYTE)
        if dry_run and isinstance(opened, LabelVolume):
            _list_labels(session, opened)
        images = choose_series(find_series(session), series).images
        text = PlaneText(group=number, overlay_type=overlay_type, subtype=subtype, description=description)
        edit = LayerEdit(
            existing=existing.value,
            group=number,
            frames=range_,
            options=series_options("derived" if derived else "keep"),
        )
        with about(mask):
            prepared = prepare_series(images, opened, wishes, text, edit, skip_empty=skip_empty)
        session.tell(prepared.notices)
        plan = partial(_plan, prepared.edit)
        edits = Edit(plan=plan, kind="written", strict=strict, leaves_others=prepared.edit.leaves_others)
        session.edit(edits, _jobs(targets, prepared), chunk=_chunk(prepared))


def _plan(layers: LayerEdit, job: Job, layout: Layout, source: Source) -> EditPlan:
    return layers.plan(job.planes or (), layout, source)


def _list_labels(session: Session, mask: LabelVolume) -> None:
    for known in mask.labels:
        name = "" if known.name is None else f' "{known.name}"'
        value = "" if known.value is None else f" {known.value}"
        session.report.say(f"label{value}{name}", {"type": "label", "value": known.value, "name": known.name})


def _chunk(prepared: SeriesEdit) -> int:
    """Return the number of files in a chunk."""
    facts = prepared.images[0].facts
    size = len(prepared.labels) * packed_size((facts.rows or 0) * (facts.columns or 0) * facts.number_of_frames)
    return min(max(_CHUNK_BYTES // max(size, 1), 1), LARGEST_CHUNK)


def _jobs(targets: Targets, prepared: SeriesEdit) -> Iterator[Job]:
    """Make the job of each file, with its planes, just before it is needed."""
    for index, image in enumerate(prepared.images):
        yield targets.job(image.path)._replace(planes=prepared.planes(index), is_named=True)
