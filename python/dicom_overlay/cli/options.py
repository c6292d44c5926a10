"""The options that several commands share, and how their values are read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from dicom_overlay.errors import InvalidRequestError

from .job import IfThere


class ExistingRule(StrEnum):
    """What happens to existing planes."""

    refuse = "refuse"
    replace_group = "replace-group"
    replace_label = "replace-label"


class Form(StrEnum):
    """What `extract` writes."""

    png = "png"
    npy = "npy"
    nifti = "nifti"
    seg = "seg"


def read_path(text: str) -> Path:
    """Read a path; an empty one, for example from an unset variable, does not mean the current folder."""
    if not text:
        msg = "the path is empty"
        raise typer.BadParameter(msg)
    return Path(text)


def read_output(text: str) -> str:
    """Read the path of a result as text, because a `Path` drops the separator at the end that means a folder."""
    read_path(text)
    return text


Source = Annotated[
    Path, typer.Argument(help="A DICOM file, or a folder.", parser=read_path, metavar="SOURCE", show_default=False)
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        parser=read_output,
        metavar="PATH",
        help="File or folder to write to; end a new folder's name in /. Default: NAME-overlay beside the input.",
    ),
]
InPlace = Annotated[bool, typer.Option("--in-place", help="Replace the input itself.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")]
SkipExisting = Annotated[bool, typer.Option("--skip-existing", help="Skip files whose result exists already.")]
Groups = Annotated[list[str] | None, typer.Option("--group", "-g", help="Group in hex, like 6000; can be repeated.")]
Labels = Annotated[list[str] | None, typer.Option("--label", "-l", help="Overlay Label; can be repeated.")]
Series = Annotated[
    str | None, typer.Option(help="The series in a folder: its number in list --by-series, or the end of its UID.")
]
As = Annotated[Form, typer.Option("--as", help="Format: pictures, or one file for the series.")]
Derived = Annotated[bool, typer.Option("--derived", help="Make a new SOP instance, in a new series.")]

Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=0, max=256, help="Number of processes; 0 means one for each core.")
]
Dask = Annotated[str | None, typer.Option(help="Address of a Dask scheduler whose cluster does the work.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print JSON Lines.")]
Strict = Annotated[bool, typer.Option("--strict", help="Treat notices as errors.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done with each file, but change nothing.")]


def read_group(text: str) -> int:
    """Read "6000" or "0x6000"."""
    try:
        return int(text, 16)
    except ValueError:
        msg = "a group must be a hexadecimal number, like 6000"
        raise InvalidRequestError(msg, field="group") from None


def read_frames(text: str | None) -> Literal["all"] | int | range | None:
    """Read "all", a number, or "FIRST-LAST"."""
    if text is None or text == "all":
        return "all" if text else None
    first, _, last = text.partition("-")
    try:
        return range(int(first), int(last) + 1) if last else int(first)
    except ValueError:
        msg = "frames must be all, a number, or FIRST-LAST"
        raise InvalidRequestError(msg, field="frames") from None


def read_if_there(*, overwrite: bool, skip_existing: bool) -> IfThere:
    """Return what happens if a result already exists."""
    if overwrite and skip_existing:
        msg = "--overwrite and --skip-existing cannot be combined"
        raise InvalidRequestError(msg, field="overwrite")
    return "overwrite" if overwrite else "skip" if skip_existing else "refuse"
