"""DICOM Segmentations, read by pydicom and written by highdicom; each frame is placed by its own position.

References to source images are never used to place pixels: they can name several images or a neighbour, and the grid of a
Segmentation can differ from that of its images. Frames at equal distances form one block; other frames are separate planes.

Standard: PS3.3 sections A.51, C.7.6.16.2.3, C.7.6.16.2.4 and C.8.20.2.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pydicom
from pydicom.pixels.utils import pixel_array

from dicom_overlay._version import __version__
from dicom_overlay.errors import (
    InvalidMaskError,
    InvalidRequestError,
    InvalidSeriesError,
    OverlayError,
    file_access_error,
)
from dicom_overlay.scan import tags
from dicom_overlay.scan.layout import scan
from dicom_overlay.series.frames import FramePlace, frame_places
from dicom_overlay.series.grid import Plane, minus, norm, plane_of, regular_grid
from dicom_overlay.series.order import SEGMENTATION_CLASSES
from dicom_overlay.storage import open_source

from .limits import require_regular, require_within
from .values import Array, to_labels, values_of
from .volume import Block, Label, LabelVolume, left_out

_NEIGHBOURS: Final = 400
"""Number of frames among which the smallest distance is searched for."""

_KINDS: Final = frozenset({"BINARY", "FRACTIONAL", "LABELMAP"})

# The errors that highdicom and pydicom raise for missing or wrong parts, and for a codec that is not installed.
_UNREADABLE: Final = (
    AttributeError,
    ImportError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)


def is_segmentation(path: Path) -> bool:
    """Tell by its SOP Class whether a file is a DICOM Segmentation."""
    try:
        with open_source(path) as source:
            return scan(source, is_partial=True).text(tags.SOP_CLASS_UID) in SEGMENTATION_CLASSES
    except OverlayError:
        return False


def read_segmentation(path: Path, threshold: float | None, limit: int) -> LabelVolume:
    """Read a Segmentation: binary, fractional (which needs a threshold if it has fractions), or a label map."""
    require_regular(path)
    try:
        made = pydicom.dcmread(path)
        kind = str(made.SegmentationType)
        frames, rows, columns = int(made.get("NumberOfFrames", 1)), int(made.Rows), int(made.Columns)
        require_within([frames, rows, columns], max(1, int(made.BitsAllocated) // 8), limit)
        places = frame_places(made)
        described = [item for item in made.SegmentSequence if int(item.SegmentNumber)]
        numbers = [int(item.SegmentNumber) for item in described]
        names = {int(item.SegmentNumber): _label_of(item) for item in described}
        segments = [0] * frames if kind == "LABELMAP" else [_segment_of(made, index) for index in range(frames)]
        study = (str(made.get("PatientID") or ""), str(made.get("StudyInstanceUID") or ""))
        frame_of_reference = str(made.get("FrameOfReferenceUID") or "") or None
        steps = [_step_of(made, index) for index in range(frames)]
        if kind not in _KINDS or len(set(numbers)) < len(numbers):
            msg = "the Segmentation's type is not BINARY, FRACTIONAL or LABELMAP, or two segments have the same number"
            raise InvalidMaskError(msg, field="SegmentationType")
        if kind == "FRACTIONAL" and not int(made.MaximumFractionalValue) > 0:
            msg = "the Segmentation's fractions have no Maximum Fractional Value (0062,000E)"
            raise InvalidMaskError(msg, field="MaximumFractionalValue")
    except OSError as error:
        raise file_access_error(error, "read", str(path)) from None
    except _UNREADABLE as error:
        if isinstance(error, OverlayError):
            raise
        msg = "the Segmentation cannot be read; parts of it are missing or wrong"
        raise InvalidMaskError(msg, found=type(error).__name__) from None
    if kind == "LABELMAP" and threshold is not None:
        msg = "a label map has labels, not probabilities; do not give a threshold"
        raise InvalidRequestError(msg, field="threshold")
    planes = _planes(places, frames)
    reader = _Frames(made, threshold, limit)
    layers = [0] if kind == "LABELMAP" else numbers
    blocks = [
        block
        for layer, number in enumerate(layers)
        for block in _blocks(reader, [i for i in range(frames) if segments[i] == number], planes, steps, layer)
    ]
    blocks = [
        replace(block, geometry=replace(block.geometry, frame_of_reference_uid=frame_of_reference))
        for block in blocks
        if block.geometry
    ]
    if kind == "LABELMAP":
        present = {value for block in blocks for value in values_of(block.load())}
        labels = [Label(name=names[number], value=number, values=(number,)) for number in numbers]
    else:
        present = set(segments)
        labels = [Label(name=names[number], value=number, layer=layer) for layer, number in enumerate(numbers)]
    return LabelVolume(
        labels=tuple(labels), blocks=tuple(blocks), study=study, notices=left_out(sorted(present - set(numbers)))
    )


def _highdicom() -> Any:
    try:
        import highdicom  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        msg = 'DICOM Segmentations need the extra: pip install "dicom-overlay[masks]"'
        raise InvalidRequestError(msg, field="mask") from error
    return highdicom


def _groups(made: Any, index: int, keyword: str) -> Any:
    """Return the first item of a frame's functional group, or of the shared one; None if there is neither."""
    shared = made.get("SharedFunctionalGroupsSequence") or [{}]
    for groups in (made.PerFrameFunctionalGroupsSequence[index], shared[0]):
        items = groups.get(keyword)
        if items:
            return items[0]
    return None


def _segment_of(made: Any, index: int) -> int:
    return int(_groups(made, index, "SegmentIdentificationSequence").ReferencedSegmentNumber)


def _label_of(item: Any) -> str | None:
    label = item.get("SegmentLabel") or ""
    # A value with a backslash is wrong; pydicom returns its parts.
    return str(label if isinstance(label, str) else "/".join(label)).strip() or None


def _step_of(made: Any, index: int) -> tuple[float, float]:
    """Return (Spacing Between Slices, Slice Thickness) of a frame in mm; 0 for a missing one."""
    measures = _groups(made, index, "PixelMeasuresSequence") or {}
    return (
        abs(float(measures.get("SpacingBetweenSlices") or 0.0)),
        abs(float(measures.get("SliceThickness") or 0.0)),
    )


def _planes(places: Sequence[FramePlace] | None, frames: int) -> list[Plane]:
    if places is None or len(places) != frames or not all(all(place) for place in places):
        msg = "the Segmentation's frames have no position (PS3.3 C.7.6.16.2.3); it cannot be placed"
        raise InvalidMaskError(msg, field="PlanePositionSequence")
    try:
        return [plane_of(place, index) for index, place in enumerate(places)]
    except InvalidSeriesError as error:
        msg = "the orientation or pixel spacing of the Segmentation's frames does not describe a plane"
        raise InvalidMaskError(msg, field=str(error.detail.get("field"))) from None


def _blocks(
    reader: "_Frames",
    indices: Sequence[int],
    planes: Sequence[Plane],
    steps: Sequence[tuple[float, float]],
    layer: int,
) -> list[Block]:
    """Return a segment's frames as one block, or as separate planes if they do not form one grid."""
    if not indices:
        return []
    own = [planes[index] for index in indices]
    between, thickness = steps[indices[0]]
    rows, columns = reader.rows, reader.columns
    try:
        grid = regular_grid(own, rows, columns, step=between or (thickness if len(own) == 1 else 0.0) or None)
    except InvalidSeriesError as error:
        if error.detail.get("field") == "positions":
            msg = "a segment has several frames at the same position; it does not say which of them counts"
            raise InvalidMaskError(msg, field="PlanePositionSequence") from None
        apart = [norm(minus(one.position, other.position)) for one, other in combinations(own[:_NEIGHBOURS], 2)]
        return [_plane_block(reader, [index], planes, layer, min(1.0, *filter(None, apart))) for index in indices]
    if len(own) == 1 and not (between or thickness):
        return [_plane_block(reader, indices, planes, layer, grid.geometry.spacing[2])]
    require_within(grid.geometry.size, 1, reader.limit)
    load = partial(reader.stack, indices, grid.slices, grid.geometry.size)
    return [Block(load=load, size=grid.geometry.size, geometry=grid.geometry, layer=layer)]


def _plane_block(reader: "_Frames", indices: Sequence[int], planes: Sequence[Plane], layer: int, step: float) -> Block:
    plane = planes[indices[0]]
    geometry = regular_grid([plane], reader.rows, reader.columns, step=step).geometry
    load = partial(reader.stack, indices, (0,), geometry.size)
    return Block(load=load, size=geometry.size, geometry=geometry, layer=layer, is_plane=True)


class _Frames:
    """The pixels of a Segmentation's frames, decoded only when they are needed."""

    def __init__(self, made: Any, threshold: float | None, limit: int) -> None:
        self._made, self._threshold, self.limit = made, threshold, limit
        self.rows, self.columns = int(made.Rows), int(made.Columns)
        syntax = made.file_meta.TransferSyntaxUID
        self._is_packed = int(made.BitsAllocated) == 1 and not syntax.is_compressed
        self._most = int(made.MaximumFractionalValue) if str(made.SegmentationType) == "FRACTIONAL" else 0

    def stack(self, indices: Sequence[int], slices: Sequence[int], size: tuple[int, int, int]) -> Array:
        """Return frames in their slices, shape (slices, rows, columns); slices without a frame are clear."""
        stack: Array | None = None
        for index, at in zip(indices, slices, strict=True):
            frame = self._frame(index)
            if stack is None:
                stack = np.zeros(size[::-1], frame.dtype)
            stack[at] = frame
        return np.zeros(size[::-1], bool) if stack is None else stack

    def _frame(self, index: int) -> Array:
        try:
            frame = self._bits(index) if self._is_packed else pixel_array(self._made, index=index, raw=True)
        except (*_UNREADABLE, OSError):
            msg = "a frame of the Segmentation cannot be decoded; it is damaged, or its codec is not installed"
            raise InvalidMaskError(msg, field="PixelData", index=index) from None
        if frame.shape != (self.rows, self.columns):
            msg = "a frame of the Segmentation has several values for each pixel"
            raise InvalidMaskError(msg, field="SamplesPerPixel", index=index)
        return to_labels(frame / np.float32(self._most) if self._most else frame, self._threshold)

    def _bits(self, index: int) -> Array:
        """Return a frame with one bit per pixel; there is no padding between frames (PS3.5 section 8.1.1)."""
        pixels = self.rows * self.columns
        first, shift = divmod(index * pixels, 8)
        end = first + (shift + pixels + 7) // 8
        data = np.frombuffer(self._made.PixelData, np.uint8)[first:end]
        if len(data) < end - first:
            msg = "Pixel Data ends too early"
            raise ValueError(msg)
        bits = np.unpackbits(data, bitorder="little")[shift : shift + pixels]
        return bits.reshape(self.rows, self.columns)


def write_segmentation(file: BinaryIO, masks: Array, sources: Sequence[str], names: Sequence[str]) -> None:
    """Write a binary Segmentation of the images.

    Parameters
    ----------
    masks : shape (images, rows, columns, segments), 0 or 1.
    sources : the images' paths; only one for an enhanced multi-frame image.
    names : the segments' labels.
    """
    highdicom = _highdicom()
    from pydicom.sr.codedict import codes  # noqa: PLC0415 - the same

    try:
        images = [pydicom.dcmread(source, stop_before_pixels=True) for source in sources]
        segmentation = highdicom.seg.Segmentation(
            source_images=images,
            pixel_array=masks,
            segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[
                highdicom.seg.SegmentDescription(
                    segment_number=number,
                    segment_label=name[:64],
                    # A plane does not say what it shows or who drew it, so the most general codes are used.
                    segmented_property_category=codes.SCT.Tissue,
                    segmented_property_type=codes.SCT.Tissue,
                    algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
                )
                for number, name in enumerate(names, 1)
            ],
            series_instance_uid=highdicom.UID(),
            series_number=1000,
            sop_instance_uid=highdicom.UID(),
            instance_number=1,
            manufacturer="dicom-overlay",
            manufacturer_model_name="dicom-overlay",
            software_versions=__version__,
            device_serial_number="0",
            omit_empty_frames=bool(masks.any()),
        )
    except _UNREADABLE as error:
        msg = "the images lack attributes that a Segmentation needs, such as patient, study and position"
        raise InvalidSeriesError(msg, found=type(error).__name__) from None
    segmentation.save_as(file)
