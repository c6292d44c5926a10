"""Check whether a mask belongs to the patient and the study onto which it is written."""

from dicom_overlay.notices import Notice, make_notice

from .folders import PictureFolder
from .volume import LabelVolume


def compare_study(mask: LabelVolume | PictureFolder, image: str) -> tuple[Notice, ...]:
    """Return a notice if a DICOM mask and an image name different patients or studies; ``image`` is a path."""
    if not isinstance(mask, LabelVolume) or mask.study is None:
        return ()
    import pydicom  # noqa: PLC0415 - slow to import

    wanted = pydicom.dcmread(
        image, stop_before_pixels=True, specific_tags=["PatientID", "StudyInstanceUID"], force=True
    )
    found = (str(wanted.get("PatientID") or ""), str(wanted.get("StudyInstanceUID") or ""))
    codes = [
        code
        for code, one, other in zip(("other-patient", "other-study"), mask.study, found, strict=True)
        if one and other and one != other
    ]
    return tuple(map(make_notice, codes))
