"""`remove`: take planes out."""

from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.edits import RemoveEdit
from dicom_overlay.cli.session import RunOptions, Targets, open_session
from dicom_overlay.errors import InvalidRequestError

__all__ = ["remove"]


def remove(
    source: o.Source,
    output: o.Output = None,
    *,
    in_place: o.InPlace = False,
    overwrite: o.Overwrite = False,
    group: o.Groups = None,
    label: o.Labels = None,
    every: Annotated[bool, typer.Option("--all", help="Remove all planes.")] = False,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Also planes embedded in Pixel Data (edits pixels).")
    ] = False,
    dry_run: o.DryRun = False,
    strict: o.Strict = False,
    journal: o.Journal = None,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 0,
    shard: o.Shard = None,
    dask: o.Dask = None,
) -> None:
    """Remove overlay planes by group or label, or all; no other byte changes."""
    options = RunOptions(jobs=jobs, shard=shard, dask=dask, journal=journal, jsonl=jsonl, strict=strict, dry=dry_run)
    with open_session("remove", source, options) as session:
        if every == bool(group or label):
            msg = "say which planes: --group, --label, or --all"
            raise InvalidRequestError(msg, field="group")
        if journal is not None and overwrite:
            msg = "--overwrite leaves nothing to go back to; it does not go with --journal"
            raise InvalidRequestError(msg, field="overwrite")
        edit = RemoveEdit(
            groups=None if every else tuple(map(o.read_group, group or ())),
            labels=None if every else tuple(label or ()),
            embedded=embedded,
            strict=strict,
        )
        targets = Targets(root=source, output=output, in_place=in_place, overwrite=overwrite)
        record = {"edit": repr(edit), "labels": list(label or ()), "in_place": in_place, "output": str(output)}
        session.edit(edit, session.find(targets.job), "remove", record)
