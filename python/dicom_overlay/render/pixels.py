"""The pixels of an image as a viewer shows them: decoded by pydicom, windowed, as 8 bits of red, green and blue.

The rules are the same as on the page: the file's first window, else its VOI LUT, else the range of its values without
padding.

Standard: PS3.3 sections C.7.6.3.1 (photometric interpretations), C.11.1 (Modality LUT), C.11.2 (VOI LUT).
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydicom import dcmread
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

from dicom_overlay.errors import MalformedDataSetError, NoImageError, UnsupportedTransferSyntaxError

type Grey = npt.NDArray[np.float64]
type Colour = npt.NDArray[np.uint8]

_DATA: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_UNREADABLE: Final = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)


class ImagePixels:
    """The decoded frames of a file in memory, one at a time."""

    def __init__(self, data: bytes) -> None:
        """Read the header.

        Raises
        ------
        NoImageError : there are no pixels.
        UnsupportedTransferSyntaxError : no decoder for them is installed.
        """
        with _decoding():
            self._image: Any = dcmread(BytesIO(data), force=True)
            syntax: Any = self._image.file_meta.get("TransferSyntaxUID")
            if syntax is None:
                implicit, little = self._image.original_encoding
                syntax = "1.2.840.10008.1.2" if implicit else f"1.2.840.10008.1.2.{1 if little else 2}"
                self._image.file_meta.TransferSyntaxUID = syntax
        if not any(keyword in self._image for keyword in _DATA):
            raise NoImageError("the file has no pixels, so no picture can be made")
        try:
            is_decoded = get_decoder(syntax).is_available
        except NotImplementedError:
            is_decoded = False
        if not is_decoded:
            msg = (
                "no decoder for the pixels of this transfer syntax is installed; pylibjpeg or python-gdcm may have one"
            )
            raise UnsupportedTransferSyntaxError(msg, found=str(syntax))

    def frame(self, number: int, window: tuple[float, float] | None = None) -> Colour:
        """Return a frame as a viewer shows it.

        Parameters
        ----------
        number : of the frame, counted from 1.
        window : (width, centre) for grey images, in the units of the modality; None takes the file's.

        Returns
        -------
        shape (rows, columns, 3), red, green and blue.

        Raises
        ------
        MalformedDataSetError : the pixels cannot be decoded, or do not match the header.
        """
        with _decoding():
            return self._draw(number, window)

    def _draw(self, number: int, window: tuple[float, float] | None) -> Colour:

        image = self._image
        stored = pixel_array(image, index=number - 1)
        kind = str(image.PhotometricInterpretation)
        if kind == "PALETTE COLOR":
            table = apply_color_lut(stored, image)
            return np.asarray(table >> 8 if table.dtype == np.uint16 else table).astype(np.uint8)
        if stored.ndim == 3:
            bits = int(image.BitsStored)
            return np.asarray(stored >> (bits - 8) if bits > 8 else stored).astype(np.uint8)
        values = self._real(stored, number)
        grey = self._window(values, stored, number, window)
        shown = np.floor(np.clip(np.nan_to_num(grey), 0, 255) + 0.5).astype(np.uint8)
        return np.repeat((255 - shown if kind == "MONOCHROME1" else shown)[..., None], 3, axis=-1)

    def _group(self, number: int, keyword: str) -> Any:
        """Return the frame's functional group, else the shared one, else the whole data set (PS3.3 section C.7.6.16)."""
        own = (self._image.get("PerFrameFunctionalGroupsSequence") or [])[number - 1 : number]
        for groups in (*own, *(self._image.get("SharedFunctionalGroupsSequence") or [])[:1]):
            if groups.get(keyword):
                return groups[keyword][0]
        return self._image

    def _real(self, stored: npt.NDArray[Any], number: int) -> Grey:
        group = self._group(number, "PixelValueTransformationSequence")
        slope = group.get("RescaleSlope")
        if slope is None and self._image.get("ModalityLUTSequence"):
            return self._look_up(stored, self._image.ModalityLUTSequence[0]).astype(np.float64)
        return stored * float(slope or 1) + float(group.get("RescaleIntercept") or 0)

    def _window(self, values: Grey, stored: npt.NDArray[Any], number: int, window: tuple[float, float] | None) -> Grey:
        group = self._group(number, "FrameVOILUTSequence")
        shape = str(group.get("VOILUTFunction") or "LINEAR") if window is None else "LINEAR"
        window = window or _first_window(group)
        if window is not None:
            return window_grey(values, *window, shape)
        if group.get("VOILUTSequence"):
            table = group.VOILUTSequence[0]
            return self._look_up(values, table) * (255.0 / (2.0 ** int(table.LUTDescriptor[2]) - 1))
        seen = values[np.isfinite(values) & (stored != self._image.get("PixelPaddingValue"))]
        low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 1.0)
        return window_grey(values, max(high - low, float(np.finfo(float).tiny)), (high + low) / 2, "LINEAR_EXACT")

    def _look_up(self, values: npt.NDArray[Any], table: Any) -> npt.NDArray[Any]:
        """Return the entries of a Modality LUT or VOI LUT for values (PS3.3 sections C.11.1.1 and C.11.2.1.1).

        pydicom's `apply_voi` counts entries in the type of the entries themselves, so that of 8-bit ones only 256 are found.
        """
        count, first, bits = table.LUTDescriptor
        count = count or 65536
        order = "<" if self._image.file_meta.TransferSyntaxUID.is_little_endian else ">"
        is_words = isinstance(table.LUTData, bytes)
        entries = np.frombuffer(table.LUTData, f"{order}u2") if is_words else np.atleast_1d(table.LUTData)
        if len(entries) < count or not 8 <= bits <= 16:
            raise ValueError
        places = np.clip(np.nan_to_num(values).astype(np.int64) - first, 0, count - 1)
        return np.asarray(entries[places])


@contextmanager
def _decoding() -> Iterator[None]:
    """Hide pydicom's warnings and errors, because they quote values."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _UNREADABLE as error:
        msg = "the pixels cannot be decoded, or do not match the header"
        raise MalformedDataSetError(msg, found=type(error).__name__) from None


def _first_window(group: Any) -> tuple[float, float] | None:
    """Return the first (width, centre) with a positive width."""

    def numbers(keyword: str) -> list[float]:
        value = group.get(keyword)
        return [] if value in (None, "") else [float(one) for one in np.ravel(value)]

    pairs = zip(numbers("WindowWidth"), numbers("WindowCenter"), strict=False)
    return next((pair for pair in pairs if pair[0] > 0), None)


def window_grey(values: Grey, width: float, centre: float, shape: str) -> Grey:
    """Map values to 0 … 255; values outside the window go beyond (PS3.3 sections C.11.2.1.2.1 and C.11.2.1.3)."""
    if shape == "SIGMOID":
        return np.asarray(255 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700))), np.float64)
    # The linear function is defined for whole values; a window of one or less is a threshold.
    is_exact = shape == "LINEAR_EXACT" or width <= 1
    return ((values - (centre if is_exact else centre - 0.5)) / (width if is_exact else width - 1) + 0.5) * 255
