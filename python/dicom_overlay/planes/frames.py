"""Which frames of an image a plane is for: fitting a plane's frames to an image, and finding one of them.

On a single-frame image a plane has no frame attributes. On a multi-frame image both are always written, because viewers
disagree about a plane without them: a plane of one frame goes to the ``frames`` named, to its own
``image_frame_origin``, or to every frame.

Standard: PS3.3 section C.9.3.1.1; a plane without Number of Frames is for every frame (CP-1974).
"""

import contextlib
from collections.abc import Iterable, Sequence
from operator import index
from typing import Final, Literal, NamedTuple

from dicom_overlay.errors import InvalidPlaneError

from .packing import packed_size, place_frames
from .rules import MAX_US

type Frames = Literal["all"] | int | range | Sequence[int] | None
"""Which image frames, counted from 1, a one-frame mask is for; None and "all": every one."""

_MAX_DATA: Final = 0xFFFFFFFE


class FrameBits(NamedTuple):
    """A plane's bits, and which frames they are for.

    Attributes
    ----------
    packed : the bits of every frame.
    pixels : of one frame.
    number_of_frames, image_frame_origin : as `OverlayPlane` has them.
    """

    packed: bytes
    pixels: int
    number_of_frames: int | None = None
    image_frame_origin: int | None = None


def fit_frames(plane: FrameBits, frames: Frames, count: int) -> FrameBits:
    """Return the bits as they are written on an image of ``count`` frames."""
    own = plane.number_of_frames or 1
    if count == 1:
        if own != 1 or plane.image_frame_origin not in {None, 1}:
            msg = "the image has one frame; the plane is for several frames, or for a later one"
            raise InvalidPlaneError(msg, field="number_of_frames", expected=1, found=own)
        _frame_range(frames, count)
        return FrameBits(plane.packed, plane.pixels)
    if own > 1:
        return _fit_several(plane, frames, count)
    if frames is None and is_for_every_frame(plane.number_of_frames, plane.image_frame_origin):
        frames = "all"
    elif frames is None:
        frames = plane.image_frame_origin or 1
    return _spread(plane, _frame_range(frames, count))


def is_for_every_frame(number_of_frames: int | None, image_frame_origin: int | None) -> bool:
    """Tell whether a plane says nothing of frames, and is therefore for every one."""
    return number_of_frames is None and image_frame_origin is None


def frame_on_image(number_of_frames: int | None, image_frame_origin: int | None, frame: int) -> int | None:
    """Return which of a plane's frames, counted from 0, lies on an image frame, counted from 1; None where none does."""
    if is_for_every_frame(number_of_frames, image_frame_origin):
        return 0
    own = frame - (image_frame_origin or 1)
    return own if 0 <= own < (number_of_frames or 1) else None


def _fit_several(plane: FrameBits, frames: Frames, count: int) -> FrameBits:
    origin, own = plane.image_frame_origin, plane.number_of_frames or 1
    if frames is not None:
        selected = _frame_range(frames, count)
        if list(selected) != list(range(selected[0], selected[0] + own)):
            msg = "frames names other frames than the mask has"
            raise InvalidPlaneError(msg, field="frames", expected=own, found=len(selected))
        origin = selected[0]
    if origin is None and own != count:
        msg = "the mask and the image differ in the number of frames"
        raise InvalidPlaneError(msg, field="number_of_frames", expected=count, found=own)
    origin = origin or 1
    if own + origin - 1 > count:
        msg = "the plane runs past the image's last frame"
        raise InvalidPlaneError(msg, field="image_frame_origin", expected=count, found=own + origin - 1)
    return plane._replace(image_frame_origin=_require_origin(origin))


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


def _spread(plane: FrameBits, frames: Sequence[int]) -> FrameBits:
    first, last = frames[0], frames[-1]
    total = last - first + 1
    if packed_size(plane.pixels * total) > _MAX_DATA:
        msg = "the plane's frames do not fit into one Overlay Data value"
        raise InvalidPlaneError(msg, field="frames", found=total)
    packed = place_frames(plane.packed, plane.pixels, [f - first for f in frames], total)
    return FrameBits(packed, plane.pixels, total, _require_origin(first))


def _require_origin(origin: int) -> int:
    """Check Image Frame Origin, whose US ends at 65535."""
    if origin > MAX_US:
        msg = f"Image Frame Origin is at most {MAX_US}; a plane cannot begin at a later frame"
        raise InvalidPlaneError(msg, field="frames", expected=MAX_US, found=origin)
    return origin
