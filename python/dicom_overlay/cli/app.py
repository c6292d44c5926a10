"""The commands of `dicom-overlay`.

Exit code 0: success; 1: a file failed, nothing was found, `verify` found a difference, or --strict found a notice;
2: invalid usage; 130: stopped by Ctrl+C; 141: the program that read the output ended.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from dicom_overlay._version import __version__

from .commands.extract import extract
from .commands.list_planes import list_planes
from .commands.remove import remove
from .commands.render import render
from .commands.verify import verify
from .commands.write import write

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Write, list, extract and remove DICOM overlay planes. No other byte changes.",
    epilog="Exit code 0: success; 1: a file failed; 2: invalid usage.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Shared options."""


_EXAMPLES: dict[str, tuple[Callable[..., None], str, str]] = {
    "write": (
        write,
        "Write a mask as overlay planes.",
        "dicom-overlay write CT/ liver.nii.gz --label Liver -o CT-out/",
    ),
    "list": (
        list_planes,
        "List overlay planes, or the series of a folder.",
        "dicom-overlay list archive/ --jsonl > planes.jsonl",
    ),
    "extract": (
        extract,
        "Write planes as PNG, NIfTI, .npy or DICOM SEG.",
        "dicom-overlay extract CT/ --as nifti -o masks/",
    ),
    "render": (
        render,
        "Draw images with their planes burned in, in colour.",
        "dicom-overlay render CT/ --as capture -o CT-pictures/",
    ),
    "remove": (remove, "Remove overlay planes.", "dicom-overlay remove CT/ --label Liver --in-place"),
    "verify": (verify, "Show what differs between two files.", "dicom-overlay verify before.dcm after.dcm"),
}

for _name, (_command, _short, _example) in _EXAMPLES.items():
    app.command(_name, epilog=f"Example: {_example}", short_help=_short)(_command)
