"""The header of a Secondary Capture: a picture of an image with its marks burned in, which every viewer can show.

The command and the page's worker both use it. It is made without the pixels: it ends with the header of Pixel Data, and the
caller appends the pixels. Patient and study are copied byte for byte; the series is new.

Standard: PS3.3 sections A.8.1 (Secondary Capture Image), C.7.6.1 (General Image), C.8.6 (Secondary Capture); PS3.5 section
8.1 (native Pixel Data).
"""

import struct
import warnings
from io import BytesIO
from typing import Any, Final

from pydicom import Dataset, dcmwrite
from pydicom.charset import convert_encodings
from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from pydicom.valuerep import STR_VR, format_number_as_ds

from dicom_overlay._version import __version__
from dicom_overlay.edit.derive import make_uid, new_series_description, new_series_number, new_series_uid, time_in
from dicom_overlay.edit.options import WriteOptions
from dicom_overlay.errors import InvalidRequestError, MalformedDataSetError, OverlayError
from dicom_overlay.planes.rules import is_integer
from dicom_overlay.scan import tags
from dicom_overlay.scan.layout import Layout, image_size
from dicom_overlay.scan.source import Source
from dicom_overlay.series.order import InstanceFacts, read_facts

DESCRIPTION: Final = "Marks are burned into the pixels, in colour; grey values are windowed to 8 bits"

_SUFFIX: Final = " with marks"
_LOSSY: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81"})
_MAX_IS: Final = 2**31 - 1
_MAX_PIXEL_BYTES: Final = 0xFFFFFFFE

_WHOLE_GROUPS: Final = frozenset({0x0010, 0x0012})
"""Attributes of the patient, and of clinical trial and de-identification."""
_KEPT: Final = (
    *("SpecificCharacterSet", "TimezoneOffsetFromUTC", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID"),
    *("StudyDescription", "ReferringPhysicianName", "AccessionNumber", "IssuerOfAccessionNumberSequence", "Modality"),
    *("BodyPartExamined", "Laterality", "ImageLaterality", "PatientOrientation", "AcquisitionNumber"),
    *("AcquisitionDate", "AcquisitionTime", "PixelSpacing", "PixelSpacingCalibrationType", "PixelAspectRatio"),
    *("PixelSpacingCalibrationDescription", "LossyImageCompression", "LossyImageCompressionRatio"),
    *("LossyImageCompressionMethod",),
)
"""Attributes of the study, the series and the image that are also true for the picture."""
_TYPE_2: Final = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("ReferringPhysicianName", "AccessionNumber", "PatientOrientation"),
)
_UNREADABLE: Final = (AttributeError, EOFError, LookupError, NotImplementedError, TypeError, ValueError, struct.error)


def make_capture_head(
    layout: Layout, source: Source, *, rows: object, columns: object, frame: object, options: WriteOptions
) -> tuple[bytes, str]:
    """Make everything that comes before the pixels in a picture of an image, or of one of its frames.

    Parameters
    ----------
    source : the image's file, which was scanned.
    rows, columns : of the picture; they must be the image's own.
    frame : of the image, counted from 1.
    options : with ``instance="derived"``; pictures of one series that are made with the same options form one new series.

    Returns
    -------
    The bytes, and the new SOP Instance UID. The caller appends rows x columns x 3 bytes of red, green and blue, and a zero
    byte if that is an odd number.

    Raises
    ------
    InvalidRequestError : the picture does not have the image's size, or there is no such frame.
    MalformedDataSetError : the file lacks a UID that a reference to it needs, or its header cannot be copied.
    NoImageError : the file has no image.
    InvalidPlaneError : the file's character set cannot hold the series description.
    """
    image_rows, image_columns, frames = image_size(layout)
    if (rows, columns) != (image_rows, image_columns):
        msg = f"the picture must have the image's size, {image_rows} x {image_columns}"
        raise InvalidRequestError(msg, field="rows")
    if not is_integer(frame) or not 1 <= frame <= frames:
        raise InvalidRequestError(f"frame must be a number from 1 to {frames}", field="frame")
    if image_rows * image_columns * 3 > _MAX_PIXEL_BYTES:
        raise InvalidRequestError("the picture is too large for one file", field="rows")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's quote values
            return _make(layout, read_facts(layout, source), _read_kept(layout, source), int(frame), options)
    except OverlayError:
        raise
    except _UNREADABLE as error:
        # pydicom's messages may quote values.
        msg = "the patient and study in the header cannot be copied into a new file"
        raise MalformedDataSetError(msg, found=type(error).__name__) from None


def _read_kept(layout: Layout, source: Source) -> Dataset:
    """Return the attributes to keep from the header. Text keeps its bytes, even if it does not fit its character set."""
    wanted = {tag_for_keyword(keyword) for keyword in _KEPT}
    tags_there = sorted(
        {tag for tag, *_ in layout.elements.rows if tag in wanted or (tag >> 16 in _WHOLE_GROUPS and tag & 0xFFFF)}
    )
    found = [element for element in map(layout.elements.find, tags_there) if element is not None]
    places = layout.positions(source)
    data = b"".join(places.read(element.start, element.end) for element in found)
    given = read_dataset(BytesIO(data), layout.encoding.is_implicit, layout.encoding.is_little)
    kept = Dataset()
    for tag in filter(dictionary_has_tag, list(given.keys())):
        vr, raw = dictionary_VR(tag), given.get_item(tag)
        is_text = vr in STR_VR and isinstance(raw, RawDataElement)
        kept[tag] = _raw(tag, vr, raw.value or b"") if is_text else given[tag]
    # Otherwise pydicom would decode the text to write it.
    terms = kept.get("SpecificCharacterSet")
    kept.set_original_encoding(False, True, convert_encodings(terms) if terms else None)
    return kept


def _raw(tag: int, vr: str, value: bytes) -> Any:
    """Return an element whose bytes pydicom writes unchanged."""
    if len(value) % 2:
        value += b"\0" if vr == "UI" else b" "
    return RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)


def _make(layout: Layout, facts: InstanceFacts, capture: Any, frame: int, options: WriteOptions) -> tuple[bytes, str]:
    _put_place(capture, facts, frame)
    for keyword in _TYPE_2:
        if keyword not in capture:
            setattr(capture, keyword, None)
    capture.Modality = capture.get("Modality") or "OT"
    now, uid = time_in(layout), make_uid()
    day, hour = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    capture.SOPClassUID, capture.SOPInstanceUID = SecondaryCaptureImageStorage, uid
    capture.InstanceCreationDate = capture.SeriesDate = capture.DateOfSecondaryCapture = day
    capture.InstanceCreationTime = capture.SeriesTime = capture.TimeOfSecondaryCapture = hour
    capture.SeriesInstanceUID = new_series_uid(layout, options)
    capture.SeriesNumber = new_series_number(layout, options)
    text = new_series_description(layout, options, layout.text(tags.SPECIFIC_CHARACTER_SET), _SUFFIX)
    capture[tags.SERIES_DESCRIPTION] = _raw(tags.SERIES_DESCRIPTION, "LO", text)
    number = (max(facts.instance_number or 1, 1) - 1) * facts.number_of_frames + frame
    capture.InstanceNumber = number if number <= _MAX_IS else frame
    capture.ImageType = ["DERIVED", "SECONDARY"]
    # A plane can have writing in it, so people who remove names from pictures must check this one.
    capture.BurnedInAnnotation = "YES"
    capture.DerivationDescription = DESCRIPTION
    capture.ConversionType = "WSD"
    capture.SecondaryCaptureDeviceManufacturer = capture.SecondaryCaptureDeviceManufacturerModelName = "dicom-overlay"
    capture.SecondaryCaptureDeviceSoftwareVersions = __version__
    if layout.transfer_syntax in _LOSSY and "LossyImageCompression" not in capture:
        capture.LossyImageCompression = "01"
    _put_references(capture, facts, frame)
    capture.SamplesPerPixel, capture.PhotometricInterpretation, capture.PlanarConfiguration = 3, "RGB", 0
    capture.Rows, capture.Columns = facts.rows, facts.columns
    capture.BitsAllocated, capture.BitsStored, capture.HighBit, capture.PixelRepresentation = 8, 8, 7, 0
    capture.file_meta = FileMetaDataset()
    capture.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = BytesIO()
    dcmwrite(buffer, capture, enforce_file_format=True)
    size = capture.Rows * capture.Columns * 3
    pixels = struct.pack("<HH2sHI", tags.PIXEL_DATA >> 16, tags.PIXEL_DATA & 0xFFFF, b"OB", 0, size + size % 2)
    return buffer.getvalue() + pixels, uid


def _put_place(capture: Any, facts: InstanceFacts, frame: int) -> None:
    """Add pixel spacing and the directions of rows and columns, so that lengths and sides are known."""
    place = facts.frames[frame - 1] if facts.frames and len(facts.frames) >= frame else None
    if place is not None and place.spacing is not None:
        capture.PixelSpacing = list(map(format_number_as_ds, place.spacing))
    orientation = (place and place.orientation) or facts.image_orientation_patient
    if orientation is not None and len(orientation) == 6:
        capture.PatientOrientation = [_direction(orientation[:3]), _direction(orientation[3:])]
    if not any(capture.get(keyword) for keyword in ("BodyPartExamined", "Laterality", "ImageLaterality")):
        capture.Laterality = None


def _direction(cosines: tuple[float, ...]) -> str:
    """Return a direction in letters, the main one first (PS3.3 section C.7.6.1.1.1)."""
    letters = zip(cosines, ("LR", "PA", "HF"), strict=True)
    strong = sorted(((abs(c), pair[c < 0]) for c, pair in letters if abs(c) > 1e-3), reverse=True)
    return "".join(letter for _, letter in strong)


def _put_references(capture: Any, facts: InstanceFacts, frame: int) -> None:
    """Add references to the image, and the frame, that the picture shows (PS3.3 sections C.7.6.1.1.4 and C.12.2).

    Raises
    ------
    MalformedDataSetError : the file lacks a UID that the references or the study need.
    """
    for tag, value in (
        (tags.STUDY_INSTANCE_UID, capture.get("StudyInstanceUID")),
        (tags.SERIES_INSTANCE_UID, facts.series_instance_uid),
        (tags.SOP_CLASS_UID, facts.sop_class_uid),
        (tags.SOP_INSTANCE_UID, facts.sop_instance_uid),
    ):
        if not value:
            raise MalformedDataSetError("the file lacks a UID that the picture needs to refer to its image", tag=tag)
    purpose = Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator = "121322", "DCM"
    purpose.CodeMeaning = "Source image for image processing operation"
    image, instance, series = Dataset(), Dataset(), Dataset()
    for reference in (image, instance):
        reference.ReferencedSOPClassUID = facts.sop_class_uid
        reference.ReferencedSOPInstanceUID = facts.sop_instance_uid
    if facts.number_of_frames > 1:
        image.ReferencedFrameNumber = frame
    image.PurposeOfReferenceCodeSequence = [purpose]
    capture.SourceImageSequence = [image]
    series.SeriesInstanceUID, series.ReferencedInstanceSequence = facts.series_instance_uid, [instance]
    capture.ReferencedSeriesSequence = [series]
