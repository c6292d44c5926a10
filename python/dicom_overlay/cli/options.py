"""The command's options, each defined once, and how their values are read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from dicom_overlay.errors import InvalidRequestError

from .job import IfThere


class ExistingRule(StrEnum):
    """What happens to planes that a file has."""

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
    """Read a path; an empty one, as of a variable without a value, does not mean the current folder.

    Raises
    ------
    typer.BadParameter : it is empty.
    """
    if not text:
        msg = "the path is empty"
        raise typer.BadParameter(msg)
    return Path(text)


Source = Annotated[
    Path, typer.Argument(help="A DICOM file, or a folder.", parser=read_path, metavar="SOURCE", show_default=False)
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        parser=read_path,
        metavar="PATH",
        help="File or folder to write; else beside the input, NAME-overlay.",
    ),
]
InPlace = Annotated[bool, typer.Option("--in-place", help="Replace the input itself.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")]
SkipExisting = Annotated[
    bool, typer.Option("--skip-existing", help="Leave out files whose result is there; it is a whole one.")
]
Groups = Annotated[list[str] | None, typer.Option("--group", "-g", help="Group in hex, like 6000; may be repeated.")]
Labels = Annotated[list[str] | None, typer.Option("--label", "-l", help="Overlay Label; may be repeated.")]
Series = Annotated[
    str | None, typer.Option(help="Which series of a folder: its number in list --by-series, or the end of its UID.")
]
As = Annotated[Form, typer.Option("--as", help="Pictures, or one file of the series.")]
Derived = Annotated[bool, typer.Option("--derived", help="Make a new SOP instance.")]

Jobs = Annotated[int, typer.Option("--jobs", "-j", min=0, max=256, help="Processes; 0 is one for each core.")]
Dask = Annotated[str | None, typer.Option(help="Work on a Dask cluster at this scheduler's address.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print JSON Lines.")]
Strict = Annotated[bool, typer.Option("--strict", help="Treat notices as errors.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, file by file, and do nothing.")]


def read_group(text: str) -> int:
    """Read "6000" or "0x6000".

    Raises
    ------
    InvalidRequestError : it is not a hexadecimal number.
    """
    try:
        return int(text, 16)
    except ValueError:
        msg = "a group is a hexadecimal number, like 6000"
        raise InvalidRequestError(msg, field="group") from None


def read_frames(text: str | None) -> Literal["all"] | int | range | None:
    """Read "all", a number, or "FIRST-LAST".

    Raises
    ------
    InvalidRequestError : it is none of these.
    """
    if text is None or text == "all":
        return "all" if text else None
    first, _, last = text.partition("-")
    try:
        return range(int(first), int(last) + 1) if last else int(first)
    except ValueError:
        msg = "frames is all, a number, or FIRST-LAST"
        raise InvalidRequestError(msg, field="frames") from None


def read_if_there(*, overwrite: bool, skip_existing: bool) -> IfThere:
    """Return what happens where there is a file of a result's name.

    Raises
    ------
    InvalidRequestError : both were given.
    """
    if overwrite and skip_existing:
        msg = "--overwrite and --skip-existing exclude each other"
        raise InvalidRequestError(msg, field="overwrite")
    return "overwrite" if overwrite else "skip" if skip_existing else "refuse"
