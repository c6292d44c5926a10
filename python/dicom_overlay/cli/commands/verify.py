"""`verify`: show what differs between two files."""

from pathlib import Path
from typing import Annotated

import typer

from dicom_overlay.audit.compare import compare_dicom
from dicom_overlay.cli import options as o
from dicom_overlay.cli.report import Report
from dicom_overlay.errors import OverlayError
from dicom_overlay.storage import open_source


def verify(
    first: Annotated[Path, typer.Argument(help="A DICOM file.", show_default=False)],
    second: Annotated[Path, typer.Argument(help="The file to compare with it.", show_default=False)],
    *,
    jsonl: o.Jsonl = False,
) -> None:
    """Show which elements differ between two files, and whether all other bytes are equal."""
    report = Report("verify", jsonl=jsonl, strict=False)
    try:
        for path in (first, second):
            with open_source(path):
                pass  # so that an error names the file that cannot be read
        comparison = compare_dicom(first, second)
    except OverlayError as error:
        report.fail(error)
        raise typer.Exit(1) from error
    for difference in comparison.differences:
        report.say(str(difference), {"type": "difference", "text": str(difference)})
    equal = comparison.other_bytes_equal
    text = "every other byte is equal" if equal else "bytes outside the elements differ too"
    if comparison.identical:
        text = "every byte is equal" + (" once the deflated data sets are inflated" if comparison.inflated else "")
    report.say(text, {"type": "comparison", "differences": len(comparison.differences), "other_bytes_equal": equal})
    raise typer.Exit(0 if equal and not comparison.differences else 1)
