"""What the native wheel makes of every file of both corpora: a JSON list of {path, sha256} or {path, code}."""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import dicom_overlay
from dicom_overlay.scan.layout import image_size, scan
from dicom_overlay.storage import open_source

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from corpus import corpus


def outcome(path: Path, output: Path) -> dict[str, str]:
    """Write the mask that the page writes too; the result's hash, or the error's code."""
    try:
        with open_source(path) as source:
            rows, columns, _ = image_size(scan(source))
        mask = (b"\1" + bytes(6)) * (rows * columns // 7 + 1)
        dicom_overlay.write_dicom_overlay(path, mask[: rows * columns], output=output, rows=rows, columns=columns)
    except dicom_overlay.OverlayError as error:
        return {"path": str(path), "code": error.code}
    return {"path": str(path), "sha256": hashlib.sha256(output.read_bytes()).hexdigest()}


with tempfile.TemporaryDirectory() as folder:
    print(
        json.dumps([outcome(path, Path(folder) / "written.dcm") for path in sorted({file.path for file in corpus()})])
    )
