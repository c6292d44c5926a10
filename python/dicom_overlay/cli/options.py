"""The command's options, each defined once, and how their words are read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from dicom_overlay.errors import InvalidRequestError

__all__ = [
    "As",
    "Dask",
    "Derived",
    "DryRun",
    "ExistingRule",
    "Form",
    "Groups",
    "InPlace",
    "Jobs",
    "Journal",
    "Jsonl",
    "Labels",
    "Output",
    "Overwrite",
    "Series",
    "Shard",
    "Source",
    "Strict",
    "read_frames",
    "read_group",
]


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


Source = Annotated[Path, typer.Argument(help="A DICOM file, or a folder.", show_default=False)]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="File or folder to write; else beside the input, NAME-overlay."),
]
InPlace = Annotated[bool, typer.Option("--in-place", help="Replace the input itself.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")]
Groups = Annotated[list[str] | None, typer.Option("--group", "-g", help="Group in hex, like 6000; may be repeated.")]
Labels = Annotated[list[str] | None, typer.Option("--label", "-l", help="Overlay Label; may be repeated.")]
Series = Annotated[str | None, typer.Option(help="Which series of a folder: its number, or its UID's end.")]
As = Annotated[Form, typer.Option("--as", help="Pictures, or one file of the series.")]
Derived = Annotated[bool, typer.Option("--derived", help="Make a new SOP instance.")]

Jobs = Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 is one for each core.")]
Shard = Annotated[str | None, typer.Option(help="Take part N of M of the files: N/M.")]
Dask = Annotated[str | None, typer.Option(help="Work on a Dask cluster: the scheduler's address.")]
Journal = Annotated[Path | None, typer.Option(help="Write down what is done; go on with it; undo by it.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print JSON Lines.")]
Strict = Annotated[bool, typer.Option("--strict", help="Take notices as errors.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def read_group(text: str) -> int:
    """Read "6000" or "0x6000".

    Raises
    ------
    InvalidRequestError : it is no hexadecimal number.
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
