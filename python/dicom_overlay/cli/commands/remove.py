"""`remove`: remove planes."""

from functools import partial
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.edit import Edit
from dicom_overlay.cli.job import Job
from dicom_overlay.cli.session import RunOptions, open_session
from dicom_overlay.cli.targets import Targets
from dicom_overlay.edit.groups import groups_of_label
from dicom_overlay.edit.options import WriteOptions
from dicom_overlay.edit.plan import EditPlan, plan_remove
from dicom_overlay.errors import InvalidRequestError
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source


def remove(
    source: o.Source,
    output: o.Output = None,
    *,
    in_place: o.InPlace = False,
    overwrite: o.Overwrite = False,
    skip_existing: o.SkipExisting = False,
    group: o.Groups = None,
    label: o.Labels = None,
    every: Annotated[bool, typer.Option("--all", help="Remove all planes.")] = False,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Also remove planes embedded in Pixel Data (changes Pixel Data).")
    ] = False,
    derived: o.Derived = False,
    dry_run: o.DryRun = False,
    strict: o.Strict = False,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 0,
    dask: o.Dask = None,
) -> None:
    """Remove overlay planes by group or label, or all of them. No other byte changes."""
    options = RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict, dry=dry_run)
    with open_session("remove", source, options) as session:
        if every == bool(group or label):
            msg = "choose the planes with --group, --label, or --all"
            raise InvalidRequestError(msg, field="group")
        plan = partial(
            _plan,
            groups=None if every else tuple(map(o.read_group, group or ())),
            labels=None if every else tuple(label or ()),
            embedded=embedded,
            options=WriteOptions(instance="derived" if derived else "keep"),
        )
        if_there = o.read_if_there(overwrite=overwrite, skip_existing=skip_existing)
        targets = Targets(root=source, output=output, in_place=in_place, if_there=if_there)
        session.edit(Edit(plan=plan, kind="removed", strict=strict), session.find(targets.job))


def _plan(
    job: Job,
    layout: Layout,
    source: Source,
    *,
    groups: tuple[int, ...] | None,
    labels: tuple[str, ...] | None,
    embedded: bool,
    options: WriteOptions,
) -> EditPlan:
    """Plan one file. A named file must have the planes to be removed; a folder's files without them stay as they are."""
    if not job.is_named and (groups is not None or labels is not None):
        present = layout.elements.overlay_groups()
        groups = tuple(group for group in groups or () if group in present)
        labels = tuple(label for label in labels or () if groups_of_label(layout, label))
    return plan_remove(layout, source, groups=groups, labels=labels, embedded=embedded, options=options)
