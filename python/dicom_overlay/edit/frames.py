"""Give a plane the frame attributes that the image calls for.

On a single-frame image there are none. On a multi-frame image both are always
written, because viewers disagree about a plane without them: a plane of one frame
goes to the ``frames`` named, to its own ``image_frame_origin``, or to every frame.

Standard: PS3.3 section C.9.3.1.1.
"""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import index
from typing import Final

from dicom_overlay.errors import InvalidPlaneError, LimitExceededError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.planes.packing import packed_size, place_frames
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan import tags
from dicom_overlay.scan.layout import Layout

from .options import Frames, PlaneRequest

_MAX_DATA: Final = 0xFFFFFFFE
_MAX_US: Final = 0xFFFF


def fit_plane(layout: Layout, request: PlaneRequest) -> tuple[OverlayPlane, tuple[Notice, ...]]:
    """Return the plane as it will be written.

    Raises
    ------
    InvalidPlaneError : the plane's frames are not the image's.
    LimitExceededError : Number of Frames cannot be true.
    """
    plane, frames = request.plane, request.frames
    count = layout.number_of_frames
    if count > layout.size:
        msg = "the image states more frames than the file has bytes"
        raise LimitExceededError(msg, tag=tags.NUMBER_OF_FRAMES, expected=layout.size, found=count)
    if count == 1:
        if plane.frames != 1 or plane.image_frame_origin not in {None, 1}:
            msg = "the image has one frame, the plane is for several or for a later one"
            raise InvalidPlaneError(msg, field="number_of_frames", expected=1, found=plane.frames)
        _frame_range(frames, count)
        if plane.number_of_frames is None and plane.image_frame_origin is None:
            return plane, ()
        return replace(plane, number_of_frames=None, image_frame_origin=None), ()
    if plane.frames > 1:
        return _fit_frames(plane, frames, count), ()
    if frames is None and plane.image_frame_origin is None and plane.number_of_frames is None:
        return _spread(plane, range(1, count + 1)), (make_notice("all-frames", found=count),)
    if frames is None:
        frames = plane.image_frame_origin or 1
    return _spread(plane, _frame_range(frames, count)), ()


def _fit_frames(plane: OverlayPlane, frames: Frames, count: int) -> OverlayPlane:
    origin = plane.image_frame_origin
    if frames is not None:
        selected = _frame_range(frames, count)
        if list(selected) != list(range(selected[0], selected[0] + plane.frames)):
            msg = "frames names other frames than the mask has"
            raise InvalidPlaneError(msg, field="frames", expected=plane.frames, found=len(selected))
        origin = selected[0]
    if origin is None and plane.frames != count:
        msg = "the mask has another number of frames than the image"
        raise InvalidPlaneError(msg, field="number_of_frames", expected=count, found=plane.frames)
    origin = origin or 1
    if plane.frames + origin - 1 > count:
        msg = "the plane runs past the image's last frame"
        raise InvalidPlaneError(msg, field="image_frame_origin", expected=count, found=plane.frames + origin - 1)
    return _with_origin(plane, origin)


def _frame_range(frames: Frames, count: int) -> Sequence[int]:
    """Return the frames named, ascending, each inside the image."""
    selected: Sequence[int] = []
    if frames is None or isinstance(frames, str):
        selected = range(1, count + 1) if frames in {None, "all"} else []
    elif not isinstance(frames, range) or len(frames) <= count:
        with contextlib.suppress(TypeError):
            selected = sorted({index(f) for f in (frames if isinstance(frames, Iterable) else [frames])})
    if not selected or selected[0] < 1 or selected[-1] > count:
        msg = f'frames is "all", or frame numbers from 1 to {count}'
        raise InvalidPlaneError(msg, field="frames", expected=count)
    return selected


def _spread(plane: OverlayPlane, frames: Sequence[int]) -> OverlayPlane:
    first, last = frames[0], frames[-1]
    total = last - first + 1
    pixels = plane.rows * plane.columns
    if packed_size(pixels * total) > _MAX_DATA:
        msg = "the plane's frames do not fit into one Overlay Data value"
        raise InvalidPlaneError(msg, field="frames", found=total)
    packed = place_frames(plane.packed, pixels, [f - first for f in frames], total)
    return _with_origin(replace(plane, packed=packed, number_of_frames=total), first)


def _with_origin(plane: OverlayPlane, origin: int) -> OverlayPlane:
    """Set Image Frame Origin, whose US ends at 65535."""
    if origin > _MAX_US:
        msg = f"Image Frame Origin counts to {_MAX_US}; a plane cannot begin at a later frame"
        raise InvalidPlaneError(msg, field="frames", expected=_MAX_US, found=origin)
    return replace(plane, image_frame_origin=origin)
