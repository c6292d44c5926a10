"""Masks from pictures (PNG) and NumPy's .npy files, which have no position.

A picture of two values is a drawing: every pixel that is neither black nor transparent is set. A picture with more grey
values needs a threshold, or a choice of the values that are labels. Colours are not label values: a drawing has a single
colour on a black or transparent background. The entries of a palette of several colours are labels; where entry 0, the
background, is not black, they have to be chosen.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_overlay.errors import InvalidMaskError, InvalidRequestError, LimitExceededError, OverlayError

from .limits import require_regular, require_within
from .values import Array, require_kind, to_labels

PICTURE_SUFFIXES: Final = (".png", ".npy")

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_PNG_HEAD: Final = 24
# Four bytes per pixel, and copies of them; with the default limit this is Pillow's own limit.
_BYTES_PER_PIXEL: Final = 24
_ORIENTATION: Final = 0x0112
_MOST_NPY_HEADER: Final = 65536


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's label values.

    Attributes
    ----------
    labels : shape (rows, columns), or for an .npy file also (slices, rows, columns); bool or integers.
    is_grey : its values do not say which are labels, and no threshold was given; the caller must choose them.
    """

    labels: Array
    is_grey: bool = False


def is_picture(path: Path) -> bool:
    """Tell by its suffix whether a file is a picture or an array."""
    return path.name.lower().endswith(PICTURE_SUFFIXES)


def read_picture(path: Path, threshold: float | None, limit: int) -> Picture:
    """Read a PNG or an .npy file."""
    require_regular(path)
    is_array = path.suffix.lower() == ".npy"
    try:
        return (
            Picture(to_labels(_load_array(path, limit), threshold)) if is_array else _load_png(path, threshold, limit)
        )
    except OverlayError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        msg = "the mask file is damaged, or does not have the format of its suffix"
        raise InvalidMaskError(msg, found=path.suffix.lower()) from error


def _load_array(path: Path, limit: int) -> Array:
    """Map an .npy file into memory, after checking its header against the file's size."""
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file, max_header_size=_MOST_NPY_HEADER)
        start = file.tell()
    require_kind(dtype)
    if len(shape) not in {2, 3}:
        msg = "an array must have two or three dimensions to be a mask: (rows, columns) or (slices, rows, columns)"
        raise InvalidMaskError(msg, field="shape", found=len(shape), expected=3)
    size = require_within(shape, dtype.itemsize, limit)
    found = path.stat().st_size - start
    if found != size:
        msg = "the .npy file is cut off, or has more than one array"
        raise InvalidMaskError(msg, expected=size, found=found)
    array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def _load_png(path: Path, threshold: float | None, limit: int) -> Picture:
    from PIL import Image  # noqa: PLC0415 - an extra

    with path.open("rb") as file:
        head = file.read(_PNG_HEAD)
    if head.startswith(_JPEG):
        msg = "the file is a JPEG, whose compression changes pixels; save the mask as a PNG"
        raise InvalidMaskError(msg, field="mask", found="jpeg")
    if not head.startswith(_PNG) or head[12:16] != b"IHDR" or len(head) < _PNG_HEAD:
        msg = "the file is not a PNG, although its name says so"
        raise InvalidMaskError(msg, field="mask")
    require_within([int.from_bytes(head[20:24]), int.from_bytes(head[16:20])], _BYTES_PER_PIXEL, limit)
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if getattr(image, "n_frames", 1) > 1:
                msg = "the PNG is an animation; a mask must be a single picture"
                raise InvalidMaskError(msg, field="mask")
            picture = _picture_of(image, threshold)
            if image.getexif().get(_ORIENTATION, 1) != 1:
                msg = "the PNG asks to be shown rotated or mirrored (Exif); save it rotated or mirrored instead"
                raise InvalidMaskError(msg, field="mask")
            return picture
    except Image.DecompressionBombError:
        msg = "the picture has more pixels than Pillow accepts"
        raise LimitExceededError(msg, field="limit") from None


def _picture_of(image: Any, threshold: float | None) -> Picture:
    if image.mode in {"RGB", "RGBA", "LA"} and ";16" in str(image.tile):
        msg = "the PNG has 16-bit colours, of which faint ones would be lost; save the mask with 8 bits, or in grey"
        raise InvalidMaskError(msg, field="mask")
    has_alpha = image.mode in {"LA", "RGBA", "PA"} or "transparency" in image.info
    if image.mode in {"1", "L", "I", "I;16", "I;16B"} and not has_alpha:
        # One bit is read as black or white, that is 0 or 255, like pictures with more bits.
        return _decide(np.asarray(image.convert("L") if image.mode == "1" else image), threshold)
    colours = np.asarray(image.convert("RGBA"))
    alpha, rgb = colours[..., 3], colours[..., :3]
    is_seen = alpha > 0
    seen = rgb[is_seen]
    if not is_seen.all() and not seen.any() and seen.size:
        msg = "the picture is black wherever it is not transparent, so nothing would be set; draw the mask in another colour"
        raise InvalidMaskError(msg, field="mask")
    if len(seen) and (seen == seen[0]).all() and not is_seen.all():
        # One colour on a transparent background: its opacity in each pixel is the value.
        return _decide(alpha, threshold)
    if (alpha[is_seen] == 255).all() and (seen[:, :1] == seen).all():
        return _decide(np.where(is_seen, rgb[..., 0], 0), threshold)
    if image.mode == "P" and not has_alpha and _count_colours(seen) > 2:
        if threshold is not None:
            msg = "a threshold needs grey values, but the picture has a colour palette; choose its labels by value"
            raise InvalidRequestError(msg, field="threshold")
        return Picture(np.asarray(image), is_grey=any(image.getpalette()[:3]))
    is_set = is_seen & rgb.any(axis=-1)
    if (alpha[is_seen] != 255).any() or _count_colours(rgb[is_set]) > 1 or is_set.all():
        msg = "the picture has several colours, or no black or transparent background; draw in one colour, or save it in grey"
        raise InvalidMaskError(msg, field="mask")
    return Picture(is_set if threshold is None else is_set.astype(np.uint8) * 255 >= threshold)


def _count_colours(pixels: Array) -> int:
    codes = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    return len(np.unique(codes))


def _decide(values: Array, threshold: float | None) -> Picture:
    """Return the labels of a drawing, which has one value besides 0, or of a picture with more grey values."""
    if threshold is not None:
        return Picture(to_labels(values, threshold))
    found = np.unique(values)
    is_drawing = len(found) == 1 or (len(found) == 2 and found[0] == 0)
    return Picture(values, is_grey=not is_drawing)
