"""Write images without planes, of the classes that OHIF's own export refuses: ``unmarked.py OUTDIR``; US-MF, CR and XC."""

from __future__ import annotations

import sys
from pathlib import Path

from plane_set import Kind, make_image
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    UltrasoundMultiFrameImageStorage,
    VLPhotographicImageStorage,
)

CLASSES = {
    "US": (Kind(name="unmarked-us", words="", planes=(), frames=3), UltrasoundMultiFrameImageStorage),
    "CR": (Kind(name="unmarked-cr", words="", planes=()), ComputedRadiographyImageStorage),
    "XC": (Kind(name="unmarked-xc", words="", planes=(), colour=True), VLPhotographicImageStorage),
}

outdir = Path(sys.argv[1])
outdir.mkdir(parents=True, exist_ok=True)
for number, (modality, (kind, sop_class)) in enumerate(CLASSES.items(), 101):
    image = make_image(kind, number)
    image.Modality = modality
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = sop_class
    image.save_as(outdir / f"{kind.name}.dcm", enforce_file_format=True)
