"""Fit the frames of a plane that is written to those of the image.

Standard: PS3.3 section C.9.3.1.1.
"""

from dataclasses import replace

from dicom_overlay.errors import LimitExceededError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.planes.frames import FrameBits, fit_frames, is_for_every_frame
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan import tags
from dicom_overlay.scan.layout import Layout

from .options import PlaneRequest


def fit_plane(layout: Layout, request: PlaneRequest) -> tuple[OverlayPlane, tuple[Notice, ...]]:
    """Return the plane as it will be written.

    Raises
    ------
    InvalidPlaneError : the plane's frames are not the image's.
    LimitExceededError : Number of Frames cannot be true.
    """
    plane, count = request.plane, layout.number_of_frames
    if count > layout.size:
        msg = "the image claims to have more frames than the file has bytes"
        raise LimitExceededError(msg, tag=tags.NUMBER_OF_FRAMES, expected=layout.size, found=count)
    given = FrameBits(plane.packed, plane.rows * plane.columns, plane.number_of_frames, plane.image_frame_origin)
    fitted = fit_frames(given, request.frames, count)
    is_guess = count > 1 and request.frames is None and is_for_every_frame(given)
    notices = (make_notice("all-frames", found=count),) if is_guess else ()
    if fitted == given:
        return plane, notices
    changed = replace(
        plane,
        packed=fitted.packed,
        number_of_frames=fitted.number_of_frames,
        image_frame_origin=fitted.image_frame_origin,
    )
    return changed, notices
