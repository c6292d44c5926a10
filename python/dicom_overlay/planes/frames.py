"""Fit a plane's frames to an image, and find the plane's frame for an image frame.

On a single-frame image, a plane has no frame attributes. On a multi-frame image, both attributes are always written,
because viewers disagree about planes without them. A plane of one frame is written onto the given ``frames``, onto its own
``image_frame_origin``, or onto every frame.

Standard: PS3.3 section C.9.3.1.1; a plane without Number of Frames applies to every frame (CP-1974).
"""

import contextlib
from collections.abc import Iterable, Sequence
from operator import index
from typing import Final, Literal, NamedTuple

from dicom_overlay.errors import InvalidPlaneError

from .packing import packed_size, place_frames
from .rules import MAX_US

type Frames = Literal["all"] | int | range | Sequence[int] | None
"""The image frames, counted from 1, onto which a one-frame mask is written; None and "all" mean every frame."""

_MAX_DATA: Final = 0xFFFFFFFE


class FrameBits(NamedTuple):
    """A plane's bits, and the frames to which they apply.

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
    """Return the bits as they are written onto an image of ``count`` frames."""
    own = plane.number_of_frames or 1
    if count == 1:
        if own != 1 or plane.image_frame_origin not in {None, 1}:
            msg = "the image has one frame, but the plane has several frames or applies to a later one"
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
    """Tell whether a plane has no frame attributes, and therefore applies to every frame."""
    return number_of_frames is None and image_frame_origin is None


def frame_on_image(number_of_frames: int | None, image_frame_origin: int | None, frame: int) -> int | None:
    """Return the plane's frame, counted from 0, for an image frame, counted from 1; None if there is none."""
    if is_for_every_frame(number_of_frames, image_frame_origin):
        return 0
    own = frame - (image_frame_origin or 1)
    return own if 0 <= own < (number_of_frames or 1) else None


def _fit_several(plane: FrameBits, frames: Frames, count: int) -> FrameBits:
    origin, own = plane.image_frame_origin, plane.number_of_frames or 1
    if frames is not None:
        selected = _frame_range(frames, count)
        if list(selected) != list(range(selected[0], selected[0] + own)):
            msg = "frames does not match the mask's own frames"
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
    """Return the named frames, ascending; each must be in the image."""
    selected: Sequence[int] = []
    if frames is None or isinstance(frames, str):
        selected = range(1, count + 1) if frames in {None, "all"} else []
    elif not isinstance(frames, range) or len(frames) <= count:
        with contextlib.suppress(TypeError):
            selected = sorted({index(f) for f in (frames if isinstance(frames, Iterable) else [frames])})
    if not selected or selected[0] < 1 or selected[-1] > count:
        msg = f'frames must be "all", or frame numbers from 1 to {count}'
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
    """Check Image Frame Origin, whose VR, US, ends at 65535."""
    if origin > MAX_US:
        msg = f"Image Frame Origin can be at most {MAX_US}; a plane cannot begin at a later frame"
        raise InvalidPlaneError(msg, field="frames", expected=MAX_US, found=origin)
    return origin
