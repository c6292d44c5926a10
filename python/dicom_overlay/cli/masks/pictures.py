"""Masks from files, and planes to files: PNG and NumPy's .npy. Needs the `cli` extra."""

from pathlib import Path

import numpy as np
from PIL import Image

from dicom_overlay.errors import FileAccessError, InvalidMaskError
from dicom_overlay.planes.plane import OverlayPlane

__all__ = ["PICTURE_SUFFIXES", "read_picture", "write_png"]

PICTURE_SUFFIXES = (".png", ".npy")


def read_picture(path: Path) -> np.ndarray:
    """Read a mask.

    Parameters
    ----------
    path : a PNG (a pixel is set that is neither transparent nor black) or an .npy of
        shape (rows, columns), (frames, rows, columns) or, for a folder of instances,
        (slices, rows, columns).

    Returns
    -------
    array of dtype bool for a PNG, the stored one for an .npy.

    Raises
    ------
    FileAccessError : the file cannot be read.
    InvalidMaskError : it is neither, holds Python objects, is a PNG of 16-bit colours, or is black wherever it is not
        transparent, so that nothing would be set.
    """
    suffix = path.suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        msg = "a mask is a .png or an .npy file"
        raise InvalidMaskError(msg, expected="png, npy")
    try:
        if suffix == ".npy":
            return _load_array(path)
        with Image.open(path) as image:
            is_reduced = image.mode in {"RGB", "RGBA", "LA"} and ";16" in str(image.tile)
            pixels = np.asarray(image.convert("RGBA"))
    except FileNotFoundError:
        msg = "the mask file does not exist"
        raise FileAccessError(msg, reason="ENOENT") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        msg = "the mask file cannot be read as what its name says"
        raise InvalidMaskError(msg, found=suffix) from error
    if is_reduced:
        msg = "a PNG of 16-bit colours loses its faint ones here; save the mask with 8 bits, or in grey"
        raise InvalidMaskError(msg, field="mask")
    is_seen = pixels[..., 3] > 0
    is_set: np.ndarray = is_seen & (pixels[..., :3] > 0).any(axis=-1)
    if not is_set.any() and is_seen.any() and not is_seen.all():
        msg = "the picture is black wherever it is not transparent, so nothing would be set; draw the mask in another colour"
        raise InvalidMaskError(msg, field="mask")
    return is_set


def _load_array(path: Path) -> np.ndarray:
    array = np.load(path, allow_pickle=False)
    if isinstance(array, np.ndarray):
        return array
    array.close()
    msg = "an archive of several arrays"
    raise ValueError(msg)


def write_png(plane: OverlayPlane, folder: Path, stem: str) -> list[Path]:
    """Write each frame of a plane as a black-and-white PNG and return the paths."""
    mask = np.asarray(plane.mask, dtype=bool).reshape(-1, plane.rows, plane.columns)
    paths = []
    for index, frame in enumerate(mask):
        name = f"{stem}-{plane.group:04X}" + (f"-{index + 1:05d}" if len(mask) > 1 else "")
        path = folder / f"{name}.png"
        Image.fromarray(frame.astype(np.uint8) * 255).save(path)
        paths.append(path)
    return paths
