"""Draw an image with its planes in colour, as pixels, PNG or Secondary Capture."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image

from dicom_overlay.edit.options import InstanceOptions, WriteOptions, require_options
from dicom_overlay.errors import InvalidRequestError
from dicom_overlay.inputs import Input
from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.planes.rules import is_integer
from dicom_overlay.scan.layout import image_size, scan
from dicom_overlay.scan.source import Source
from dicom_overlay.storage import open_source

from .capture import make_capture_head
from .pixels import Colour, ImagePixels

_OPACITY: Final = 70
"""Percentage of the plane's colour in a pixel; the page shows planes in the same way."""

_COLOURS: Final = (
    *(0xCC79A7, 0xD55E00, 0x0072B2, 0xFFFFFF, 0xFFCC66, 0xA6DCFF, 0x66D9B8, 0xFFF7A1),
    *(0xEFB6D6, 0xFF9C57, 0x7FB8E6, 0xC0C0C0, 0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442),
)
"""Colours of the planes in groups 6000, 6002 … 601E, as on the page; colour-blind people can tell them apart."""


class Rendering:
    """An image with its planes; each frame is decoded when it is asked for.

    Attributes
    ----------
    planes : the planes that are drawn; the first one is at the bottom.
    marked : numbers of the frames, counted from 1, on which a plane has a set pixel.
    notices : what was unusual about the planes.
    """

    def __init__(
        self,
        data: bytes,
        *,
        groups: int | Sequence[int] | None = None,
        labels: str | Sequence[str] | None = None,
        window: tuple[float, float] | None = None,
    ) -> None:
        """Read the planes of a file in memory; see `render_dicom_overlays`."""
        self._source, self._data, self._window = Source.of_bytes(data), data, _require_window(window)
        self._layout = scan(self._source, is_partial=True)
        planes = decode_planes(self._layout, self._source)
        is_all = groups is None and labels is None
        groups = (groups,) if isinstance(groups, int) else groups
        labels = (labels,) if isinstance(labels, str) else labels
        self.planes: tuple[OverlayPlane, ...] = tuple(
            plane for plane in planes if is_all or plane.group in (groups or ()) or plane.label in (labels or ())
        )
        self.notices = (*planes.notices, *(n for plane in self.planes for n in plane.notices))
        self._pixels: ImagePixels | None = None
        self.marked: tuple[int, ...] = ()
        if self.planes:
            frames = range(1, self.size[2] + 1)
            self.marked = tuple(number for number in frames if any(map(np.any, self._masks(number))))

    @property
    def size(self) -> tuple[int, int, int]:
        """Rows, columns and frames of the image.

        Raises
        ------
        NoImageError : the file has no image.
        """
        return image_size(self._layout)

    def _masks(self, frame: int) -> list[Colour]:
        rows, columns, _ = self.size
        return [np.asarray(plane.on_image(rows, columns, frame)) for plane in self.planes]

    def pixels(self, frame: int = 1) -> Colour:
        """Return a frame with its planes, of shape (rows, columns, 3): red, green and blue.

        Parameters
        ----------
        frame : counted from 1.

        Raises
        ------
        NoImageError, UnsupportedTransferSyntaxError, MalformedDataSetError : the pixels cannot be decoded.
        InvalidRequestError : there is no such frame.
        """
        count = self.size[2]
        if not is_integer(frame) or not 1 <= frame <= count:
            raise InvalidRequestError(f"frame must be a number from 1 to {count}", field="frame")
        if self._pixels is None:
            self._pixels = ImagePixels(self._data)
        shown = self._pixels.frame(frame, self._window).astype(np.uint16)
        for plane, mask in zip(self.planes, self._masks(frame), strict=True):
            colour = np.array(_colour_of(plane), np.uint16) * _OPACITY
            shown[mask] = (shown[mask] * (100 - _OPACITY) + colour + 50) // 100
        return shown.astype(np.uint8)

    def png(self, frame: int = 1) -> bytes:
        """Return a frame with its planes as a PNG. Needs Pillow."""
        buffer = io.BytesIO()
        Image.fromarray(self.pixels(frame)).save(buffer, "PNG")
        return buffer.getvalue()

    def secondary_capture(self, frame: int, series: InstanceOptions | WriteOptions) -> bytes:
        """Return a frame with its planes burned in, as a new instance in a new series of the same patient and study.

        Parameters
        ----------
        series : options for the new series, as for a derived instance; give the same ``series_instance_uid`` to put several
            pictures into one series.

        Raises
        ------
        MalformedDataSetError : the file lacks a UID that the picture needs to refer to it.
        """
        if not isinstance(series, WriteOptions):
            series = require_options({**series, "instance": "derived"})
        pixels, (rows, columns, _) = self.pixels(frame).tobytes(), self.size
        head, _ = make_capture_head(self._layout, self._source, rows=rows, columns=columns, frame=frame, options=series)
        return head + pixels + bytes(len(pixels) % 2)


def _colour_of(plane: OverlayPlane) -> tuple[int, int, int]:
    """Return a plane's colour, by its group."""
    value = _COLOURS[((plane.group or 0) >> 1) % len(_COLOURS)]
    return value >> 16, value >> 8 & 255, value & 255


def render_dicom_overlays(
    path: Input,
    *,
    groups: int | Sequence[int] | None = None,
    labels: str | Sequence[str] | None = None,
    window: tuple[float, float] | None = None,
) -> Rendering:
    """Draw an image with its overlay planes in colour, for viewers that do not show planes. Needs the extra ``cli``.

    Parameters
    ----------
    path : the DICOM file, as a path, bytes or a file object; it stays as it is.
    groups, labels : one or several of each, whose planes are drawn; without both, all planes are drawn.
    window : (width, centre) for grey images, in the units of the modality; None takes the file's first window, else its
        VOI LUT, else the range of the values.

    Returns
    -------
    Rendering : gives each frame as pixels, as PNG and as Secondary Capture.

    Raises
    ------
    OverlayError : the file cannot be read, or has no image.
    """
    with open_source(path) as source:
        return Rendering(source.read(0, source.size), groups=groups, labels=labels, window=window)


def _require_window(window: tuple[float, float] | None) -> tuple[float, float] | None:
    if window is None:
        return None
    try:
        width, centre = map(float, window)
    except (TypeError, ValueError):
        width = centre = float("nan")
    if not (width > 0 and np.isfinite(width) and np.isfinite(centre)):
        raise InvalidRequestError("window must be two numbers: a width above 0, and a centre", field="window")
    return width, centre
