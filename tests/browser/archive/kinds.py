"""The paths of real files, as a JSON list: the smallest of each kind, or every one where `WHOLE` is set.

A kind is a transfer syntax, a SOP class, and whether the File Meta Information names the instance as its Data Set does.
"""

import json
import os
import warnings
from pathlib import Path

import pydicom

from corpus import corpus


def kind(path: Path) -> tuple[object, ...]:
    """Return what an archive may treat in a way of its own."""
    with warnings.catch_warnings(action="ignore"):
        try:
            ds = pydicom.dcmread(path, stop_before_pixels=True)
        except Exception:  # noqa: BLE001 - whatever pydicom cannot read is of one kind
            return ("unread",)
    named = ds.file_meta.get("MediaStorageSOPInstanceUID")
    return (
        ds.file_meta.get("TransferSyntaxUID"),
        ds.get("SOPClassUID"),
        named is not None and named == ds.get("SOPInstanceUID"),
    )


paths = sorted({file.path for file in corpus()})
if os.environ.get("WHOLE") is None:
    smallest = {kind(path): path for path in sorted(paths, key=lambda path: path.stat().st_size, reverse=True)}
    paths = sorted(smallest.values())
print(json.dumps([str(path) for path in paths]))
