"""`remove`: take planes out."""

from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.edits import RemoveEdit
from dicom_overlay.cli.session import RunOptions, open_session
from dicom_overlay.cli.targets import Targets
from dicom_overlay.errors import InvalidRequestError


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
        bool, typer.Option("--embedded", help="Also planes embedded in Pixel Data (edits pixels).")
    ] = False,
    dry_run: o.DryRun = False,
    strict: o.Strict = False,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 0,
    dask: o.Dask = None,
) -> None:
    """Remove overlay planes by group or label, or all; no other byte changes."""
    options = RunOptions(jobs=jobs, dask=dask, jsonl=jsonl, strict=strict, dry=dry_run)
    with open_session("remove", source, options) as session:
        if every == bool(group or label):
            msg = "say which planes: --group, --label, or --all"
            raise InvalidRequestError(msg, field="group")
        edit = RemoveEdit(
            groups=None if every else tuple(map(o.read_group, group or ())),
            labels=None if every else tuple(label or ()),
            embedded=embedded,
            strict=strict,
        )
        if_there = o.read_if_there(overwrite=overwrite, skip_existing=skip_existing)
        targets = Targets(root=source, output=output, in_place=in_place, if_there=if_there)
        session.edit(edit, session.find(targets.job))
