"""Write a plane into derived copies: each folder of files becomes one new series. A JSON list of {series, file, uid}."""

import json
import sys
from pathlib import Path

from pydicom.uid import generate_uid

import dicom_overlay
from dicom_overlay.scan.layout import image_size, scan
from dicom_overlay.storage import open_source

source, target = map(Path, sys.argv[1:])
made = []
for series in sorted(source.iterdir()):
    (target / series.name).mkdir(parents=True)
    uid = str(generate_uid(prefix=None))
    for path in sorted(series.iterdir()):
        try:
            with open_source(path) as opened:
                rows, columns, _ = image_size(scan(opened))
            mask = ((b"\1" + bytes(6)) * (rows * columns // 7 + 1))[: rows * columns]
            result = dicom_overlay.write_dicom_overlay(
                path,
                mask,
                output=target / series.name / path.name,
                rows=rows,
                columns=columns,
                label="Circle",
                instance="derived",
                series_instance_uid=uid,
            )
        except dicom_overlay.OverlayError:
            continue
        made.append({"series": series.name, "file": path.name, "uid": result.sop_instance_uid})
print(json.dumps(made))
