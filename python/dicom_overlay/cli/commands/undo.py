"""`undo`: take back what a journal says was done."""

from pathlib import Path
from typing import Annotated

import typer

from dicom_overlay.cli import options as o
from dicom_overlay.cli.jobs.journal import begun_files
from dicom_overlay.cli.jobs.undo import Undo
from dicom_overlay.cli.session import RunOptions, open_session

__all__ = ["undo"]


def undo(
    journal: Annotated[Path, typer.Argument(help="The journal of a write or remove.", show_default=False)],
    *,
    dry_run: o.DryRun = False,
    jsonl: o.Jsonl = False,
    jobs: o.Jobs = 1,
) -> None:
    """Give every file of a journal back, byte for byte; files that changed since are left as they are."""
    options = RunOptions(jobs=jobs, jsonl=jsonl, dry=dry_run)
    with open_session("undo", journal, options) as session:
        session.show(session.work(Undo(dry_run), begun_files(journal)))
