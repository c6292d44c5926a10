"""Non-fatal findings: values in a result, never warnings or prints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from .errors import Detail, DetailValue, StrictNoticeError

NoticeRecord = dict[str, str | Detail]

NOTICE_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # About the file that was read.
        "truncated-file": "the file is cut off; planes may be missing",
        "unreadable-rest": "the data set is damaged after the planes that were read; planes may be missing",
        "trailing-bytes": "the bytes after the last element are not data elements; they were not read",
        "plane-without-size": "an overlay group has bits but no size, and the file has no Rows and Columns; it was not read",
        "plane-too-large": "an overlay group's data are more than 32 MiB shorter than its size needs; it was not read",
        "invalid-number-of-frames": "Number of Frames (0028,0008) is not a positive whole number; one frame was assumed",
        # About a plane that was read.
        "duplicate-element": "an overlay element occurs more than once; the first was read, but other programs read the last",
        "out-of-range": "groups above 601E are not overlay planes",
        "missing-size": "Overlay Rows or Columns is missing; the image's are used",
        "missing-origin": "Overlay Origin is not (row, column)",
        "invalid-type": "Overlay Type is neither G nor R",
        "invalid-frames": "Number of Frames in Overlay is not a positive whole number",
        "invalid-bits": "Overlay Bits Allocated is not 1 or Overlay Bit Position is not 0, although there is Overlay Data",
        "embedded-plane": "the plane is stored in unused bits of Pixel Data, a retired form",
        "embedded-unreadable": "the plane is stored in bits of Pixel Data that cannot be read (compressed or too short); it is shown blank",
        "no-data": "the plane has no Overlay Data",
        "encapsulated-data": "Overlay Data is encapsulated, which is not allowed",
        "short-data": "Overlay Data is shorter than the plane; the rest is blank",
        "long-data": "Overlay Data is longer than the plane; the rest is left out",
        "undecodable-text": "a label or description does not fit the file's character set",
        # About an edit.
        "all-frames": "the plane was written for every frame of the image",
        "embedded-plane-kept": "a plane embedded in Pixel Data was kept with its description; pixels are edited only on request",
        "embedded-bits-unreachable": "a plane embedded in Pixel Data was kept: its bits cannot be cleared in these pixels",
        "sop-class": "the file's SOP class does not list the Overlay Plane module",
        "tiff-dual": "the file's preamble makes it a TIFF file too; as a TIFF it can no longer be read",
        "length-to-end": "the retired Length to End (0008,0001) stays as it was",
        "no-pixel-data": "the data set has Rows and Columns but no Pixel Data",
        "presentation-state": "a presentation state may hide the plane",
        "not-aligned": "some viewers misplace planes that do not cover the image",
        "type-r": "some viewers darken the image around a plane of type R instead of marking the plane",
        "colour-image": "some viewers do not draw overlay planes on colour images",
        "character-set-changed": "the new instance is in UTF-8 (0008,0005), because its own character set cannot hold a text",
        "label-fallback": "the file's character set cannot hold the label; its fallback was written",
        "non-ascii-label": "some viewers show labels that are not ASCII wrongly",
        "digital-signatures": "the file is digitally signed; the edit may make the signature invalid",
        "stale-dicomdir": "a DICOMDIR near the file names the old instance",
        # About a series.
        "layer-repeated": "a file has the label in several groups; their pixels were combined",
        "order-by-number": "slice positions repeat; the files were ordered by Instance Number, as ITK does",
        "order-by-name": "slice positions and Instance Numbers repeat; the files were ordered by name, as ITK does",
        # About a mask laid onto a series.
        "placed-by-order": "the mask does not say where it lies; its slices were laid onto the images in ITK's order",
        "mask-covers-part": "the mask covers only part of the series; nothing is set outside it",
        "mask-slices-unused": "the mask has slices that do not match any image; they were left out",
        "mask-cropped": "the mask has voxels outside the images or between their pixels; they were left out",
        "slices-repeat": "several images are at the same position; each takes the same slice of the mask",
        "resampled": "the mask does not fit the images' pixels; each pixel took the nearest voxel",
        "labels-left-out": "labels of the mask were not written",
        "label-renamed": "the mask's only label has another name; it was written under the name asked for",
        "mostly-set": "a picture sets more than half of its pixels; is it drawn in black on white?",
        "empty-mask": "the mask sets nothing",
        "masks-unused": "the folder of masks has pictures whose names match no image; they were left out",
        "other-patient": "the mask and the images name different patients",
        "other-study": "the mask and the images name different studies",
        # About planes gathered into a volume.
        "plane-cropped": "a plane reaches beyond its image; the part outside was left out",
        "plane-enlarged": "a plane is smaller than its image; the rest is clear",
        "labels-overlap": "labels overlap; each was written into a file of its own",
        "frames-left-out": "a plane has frames for images that the file does not have; they were left out",
        "types-differ": "the planes of one label have different types; the volume has the type of the first",
    }
)
"""The stable codes, each with its notice's sentence; ``web/src/errors.ts`` lists the same codes."""

INCOMPLETE: Final = frozenset(
    {"truncated-file", "unreadable-rest", "trailing-bytes", "plane-without-size", "plane-too-large"}
)
"""Notices which say that the file may have planes that were not read."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the caller may want to tell the user.

    Attributes
    ----------
    code : one of `NOTICE_CODES`.
    message : one sentence without any attribute value.
    detail : flat, JSON-able evidence: ``group``, ``tag``, ``count``, ``expected``, ``found``, ….
    """

    code: str
    message: str
    detail: Detail = field(default_factory=dict, compare=False, hash=False)

    def as_record(self) -> NoticeRecord:
        """Return the notice as plain data for JSON or a structured clone."""
        return {"code": self.code, "message": self.message, "detail": dict(self.detail)}


def make_notice(code: str, **detail: DetailValue) -> Notice:
    """Return the notice of a code, with its evidence given as keywords."""
    group = detail.get("group")
    where = f" (group {group:04X})" if isinstance(group, int) else ""
    return Notice(code, NOTICE_CODES[code] + where, detail)


def require_no_notices(notices: Iterable[Notice]) -> None:
    """Raise an error for the first notice, as ``strict=True`` asks for.

    Raises
    ------
    StrictNoticeError : has the notice's code as ``detail["notice"]``.
    """
    first = next(iter(notices), None)
    if first is not None:
        raise StrictNoticeError(first.message, **(first.detail | {"notice": first.code}))
